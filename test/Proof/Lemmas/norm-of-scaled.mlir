// A norm takes factors away, but from its epsilon.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=norm-of-scaled | FileCheck %s
// RUN: %check-lemma norm-of-scaled reals %t/holds.mlir
// RUN: %check-lemma norm-of-scaled unchanged %t/negative.mlir
// RUN: %check-lemma norm-of-scaled unchanged %t/about.mlir
// RUN: %check-lemma norm-of-scaled unchanged %t/divisor.mlir

// CHECK-NOT: grow.scale
// CHECK: grow.rms_norm {{.*}} epsilon 1/90 count 1
// CHECK-NOT: grow.scale
// CHECK: grow.layer_norm {{.*}} epsilon 1/20 count 1 centered 3

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @h : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 3 : tensor<?x?x4xf64>
    %n = grow.rms_norm %s gain(%g) epsilon 1/10 count 1 : tensor<?x?x4xf64>
    %t = grow.scale %n by sqrt(2) : tensor<?x?x4xf64>
    %y = grow.layer_norm %t gain(%h) epsilon 1/10 count 1 centered 3 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- negative.mlir
// A negative factor turns the result around.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @h : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by -3 : tensor<?x?x4xf64>
    %n = grow.rms_norm %s gain(%g) epsilon 1/10 count 1 : tensor<?x?x4xf64>
    %t = grow.scale %n by -1 : tensor<?x?x4xf64>
    %y = grow.layer_norm %t gain(%h) epsilon 1/10 count 1 centered 3 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- about.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @h : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 3 about 1 : tensor<?x?x4xf64>
    %n = grow.rms_norm %s gain(%g) epsilon 1/10 count 1 : tensor<?x?x4xf64>
    %t = grow.scale %n by 2 about 1 : tensor<?x?x4xf64>
    %y = grow.layer_norm %t gain(%h) epsilon 1/10 count 1 centered 3 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- divisor.mlir
// A norm that divides by a count is written otherwise first.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @h : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 3 : tensor<?x?x4xf64>
    %n = grow.rms_norm %s gain(%g) epsilon 1/10 count 2 : tensor<?x?x4xf64>
    %t = grow.scale %n by sqrt(2) : tensor<?x?x4xf64>
    %y = grow.layer_norm %t gain(%h) epsilon 1/10 count 2 centered 3 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

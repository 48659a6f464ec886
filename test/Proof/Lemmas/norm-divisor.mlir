// One way to write a norm: a sum of squares instead of their mean.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=norm-divisor | FileCheck %s
// RUN: %check-lemma norm-divisor reals %t/holds.mlir
// RUN: %check-lemma norm-divisor unchanged %t/one.mlir

// CHECK: %[[G:.*]] = grow.scale %{{.*}} by sqrt(3) about -1 : tensor<4xf64>
// CHECK: grow.rms_norm %{{.*}} gain(%[[G]]) unit_offset epsilon 3/10 count 1
// CHECK: %[[H:.*]] = grow.scale %{{.*}} by sqrt(2) : tensor<4xf64>
// CHECK: grow.layer_norm %{{.*}} gain(%[[H]]) bias(%{{.*}}) epsilon 1/5 count 1 centered 4

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @h : tensor<4xf64>
  grow.param @b : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %b = grow.get @b : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.rms_norm %x gain(%g) unit_offset epsilon 1/10 count 3 : tensor<?x?x4xf64>
    %y = grow.layer_norm %n gain(%h) bias(%b) epsilon 1/10 count 2 centered 4 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- one.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @h : tensor<4xf64>
  grow.param @b : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %b = grow.get @b : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.rms_norm %x gain(%g) unit_offset epsilon 1/10 count 1 : tensor<?x?x4xf64>
    %y = grow.layer_norm %n gain(%h) bias(%b) epsilon 1/10 count 1 centered 4 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

// On either side; what is computed from zeros may be zero, too.
// RUN: split-file %s %t
// RUN: grow-opt %t/plain.mlir --grow-apply-lemmas=lemmas=sum-with-zero | FileCheck %s --check-prefix=PLAIN
// RUN: grow-opt %t/norms.mlir --grow-apply-lemmas=lemmas=sum-with-zero | FileCheck %s --check-prefix=NORMS
// RUN: %check-lemma sum-with-zero bits %t/plain.mlir
// RUN: %check-lemma sum-with-zero bits %t/norms.mlir
// RUN: %check-lemma sum-with-zero unchanged %t/epsilon.mlir
// RUN: %check-lemma sum-with-zero unchanged %t/constant.mlir

// PLAIN-NOT: arith.addf
// PLAIN: return

// NORMS-NOT: arith.addf
// NORMS: return

//--- plain.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @zeros : tensor<7x4xf64> {
    %0 = grow.fill #grow.zero -> tensor<7x4xf64>
    grow.yield %0 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %zeros = grow.get @zeros : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %zeros : tensor<?x?xi64>, tensor<7x4xf64>
    %a = arith.addf %z, %x : tensor<?x?x4xf64>
    %y = arith.addf %a, %z : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- norms.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @zeros : tensor<7x4xf64> {
    %0 = grow.fill #grow.zero -> tensor<7x4xf64>
    grow.yield %0 : tensor<7x4xf64>
  }
  grow.param @g : tensor<4xf64>
  grow.param @b : tensor<4xf64> {
    %0 = grow.fill #grow.zero -> tensor<4xf64>
    grow.yield %0 : tensor<4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %zeros = grow.get @zeros : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %b = grow.get @b : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %zeros : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.rms_norm %z gain(%g) epsilon 1/10 count 4 : tensor<?x?x4xf64>
    %l = grow.layer_norm %z gain(%g) bias(%b) epsilon 1/10 count 4 centered 4 : tensor<?x?x4xf64>
    %a = arith.addf %n, %x : tensor<?x?x4xf64>
    %y = arith.addf %a, %l : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- epsilon.mlir
// Without an epsilon the norm of zero is zero over zero.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @zeros : tensor<7x4xf64> {
    %0 = grow.fill #grow.zero -> tensor<7x4xf64>
    grow.yield %0 : tensor<7x4xf64>
  }
  grow.param @g : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %zeros = grow.get @zeros : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %zeros : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.rms_norm %z gain(%g) epsilon 0 count 4 : tensor<?x?x4xf64>
    %l = grow.layer_norm %z gain(%g) epsilon 0 count 4 centered 4 : tensor<?x?x4xf64>
    %a = arith.addf %n, %x : tensor<?x?x4xf64>
    %y = arith.addf %a, %l : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @zeros : tensor<7x4xf64> {
    %0 = grow.fill #grow.constant<1> -> tensor<7x4xf64>
    grow.yield %0 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %zeros = grow.get @zeros : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %zeros : tensor<?x?xi64>, tensor<7x4xf64>
    %a = arith.addf %z, %x : tensor<?x?x4xf64>
    %y = arith.addf %a, %z : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

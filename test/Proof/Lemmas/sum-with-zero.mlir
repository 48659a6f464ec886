// On either side.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=sum-with-zero | FileCheck %s
// RUN: %check-lemma sum-with-zero bits %t/holds.mlir
// RUN: %check-lemma sum-with-zero unchanged %t/constant.mlir

// CHECK-NOT: arith.addf
// CHECK: return

//--- holds.mlir
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

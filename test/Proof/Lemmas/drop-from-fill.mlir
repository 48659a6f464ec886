// Every entry is the same.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=drop-from-fill | FileCheck %s
// RUN: %check-lemma drop-from-fill bits %t/holds.mlir
// RUN: %check-lemma drop-from-fill unchanged %t/random.mlir

// CHECK: grow.fill #grow.constant<2/3> -> tensor<7x4xf64>
// CHECK-NOT: grow.drop

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.fill #grow.constant<2/3> -> tensor<9x4xf64>
    %1 = grow.drop %0 along 0 at [7] by [2] : tensor<9x4xf64>
    grow.yield %1 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- random.mlir
// Random entries are numbered by coordinate.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.fill #grow.normal<stddev = 1> -> tensor<9x4xf64>
    %1 = grow.drop %0 along 0 at [7] by [2] : tensor<9x4xf64>
    grow.yield %1 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

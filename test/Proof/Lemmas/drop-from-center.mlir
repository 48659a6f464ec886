// Rows are centred one by one.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=drop-from-center | FileCheck %s
// RUN: %check-lemma drop-from-center bits %t/holds.mlir
// RUN: %check-lemma drop-from-center unchanged %t/along.mlir

// CHECK: %[[D:.*]] = grow.drop %{{.*}} along 0 at [7] by [2] : tensor<9x4xf64>
// CHECK: grow.center %[[D]] along 1 : tensor<7x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<9x4xf64>
    %1 = grow.center %0 along 1 : tensor<9x4xf64>
    %2 = grow.drop %1 along 0 at [7] by [2] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- along.mlir
// The mean is that of what is left out, too.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<9x4xf64>
    %1 = grow.center %0 along 0 : tensor<9x4xf64>
    %2 = grow.drop %1 along 0 at [7] by [2] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

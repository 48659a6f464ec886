// What is left out in two steps; a block that is inserted along one axis is reached
// through what is left out along another.
// RUN: split-file %s %t
// RUN: grow-opt %t/along.mlir --grow-apply-lemmas=lemmas=drop-from-drop | FileCheck %s --check-prefix=ALONG
// RUN: grow-opt %t/across.mlir --grow-apply-lemmas=lemmas=drop-from-drop | FileCheck %s --check-prefix=ACROSS
// RUN: %check-lemma drop-from-drop bits %t/along.mlir
// RUN: %check-lemma drop-from-drop bits %t/across.mlir
// RUN: %check-lemma drop-from-drop unchanged %t/unchanged.mlir

// ALONG: grow.drop %{{.*}} along 0 at [0, 4] by [2, 1] : tensor<10x4xf64>
// ALONG-NOT: grow.drop

// ACROSS: %[[D:.*]] = grow.drop %{{.*}} along 1 at [3, 5] by [1, 1] : tensor<9x6xf64>
// ACROSS: grow.drop %[[D]] along 0 at [0] by [2] : tensor<9x4xf64>

//--- along.mlir
// Rows 0, 1 and 4 in all.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<10x4xf64>
    %1 = grow.drop %0 along 0 at [1] by [1] : tensor<10x4xf64>
    %2 = grow.drop %1 along 0 at [0, 3] by [1, 1] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- across.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<9x4xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [4] by [2] : tensor<9x4xf64>
    %2 = grow.drop %1 along 0 at [0] by [2] : tensor<9x6xf64>
    %3 = grow.drop %2 along 1 at [3, 5] by [1, 1] : tensor<7x6xf64>
    grow.yield %3 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- unchanged.mlir
// Nothing is inserted along the second axis.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<9x6xf64>
    %1 = grow.drop %0 along 0 at [0] by [2] : tensor<9x6xf64>
    %2 = grow.drop %1 along 1 at [3, 5] by [1, 1] : tensor<7x6xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

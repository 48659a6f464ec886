// Slices that are whole slices of what is read anew.
// RUN: split-file %s %t
// RUN: grow-opt %t/outer.mlir --grow-apply-lemmas=lemmas=drop-from-regroup | FileCheck %s --check-prefix=OUTER
// RUN: grow-opt %t/inner.mlir --grow-apply-lemmas=lemmas=drop-from-regroup | FileCheck %s --check-prefix=INNER
// RUN: grow-opt %t/other.mlir --grow-apply-lemmas=lemmas=drop-from-regroup | FileCheck %s --check-prefix=OTHER
// RUN: %check-lemma drop-from-regroup bits %t/outer.mlir
// RUN: %check-lemma drop-from-regroup bits %t/inner.mlir
// RUN: %check-lemma drop-from-regroup bits %t/other.mlir
// RUN: %check-lemma drop-from-regroup unchanged %t/half.mlir

// OUTER: %[[D:.*]] = grow.drop %{{.*}} along 0 at [1] by [1] : tensor<4x6xf64>
// OUTER: grow.regroup %[[D]] along 0 into 6 x 3 : tensor<3x6xf64>

// INNER: %[[D:.*]] = grow.drop %{{.*}} along 1 at [0, 3] by [1, 1] : tensor<4x6xf64>
// INNER: grow.regroup %[[D]] along 0 into 8 x 2 : tensor<4x4xf64>

// OTHER: %[[D:.*]] = grow.drop %{{.*}} along 0 at [0] by [1] : tensor<5x1x2x3xf64>
// OTHER: grow.regroup %[[D]] along 1 into 2 x 1 : tensor<4x1x2x3xf64>

//--- outer.mlir
// Rows 2 and 3 of eight are row 1 of four.
module {
  grow.param @table : tensor<6x3xf64> {
    %0 = grow.source "table" : tensor<4x6xf64>
    %1 = grow.regroup %0 along 0 into 8 x 3 : tensor<4x6xf64>
    %2 = grow.drop %1 along 0 at [2] by [2] : tensor<8x3xf64>
    grow.yield %2 : tensor<6x3xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x3xf64> {
    %table = grow.get @table : tensor<6x3xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<6x3xf64>
    return %y : tensor<?x?x3xf64>
  }
}

//--- inner.mlir
// Column 0 of three is columns 0 and 3 of six.
module {
  grow.param @table : tensor<8x2xf64> {
    %0 = grow.source "table" : tensor<4x6xf64>
    %1 = grow.regroup %0 along 0 into 8 x 3 : tensor<4x6xf64>
    %2 = grow.drop %1 along 1 at [0] by [1] : tensor<8x3xf64>
    grow.yield %2 : tensor<8x2xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x2xf64> {
    %table = grow.get @table : tensor<8x2xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<8x2xf64>
    return %y : tensor<?x?x2xf64>
  }
}

//--- other.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<5x1x2x3xf64>
    %1 = grow.regroup %0 along 1 into 2 x 1 : tensor<5x1x2x3xf64>
    %2 = grow.drop %1 along 0 at [0] by [1] : tensor<5x2x1x3xf64>
    grow.yield %2 : tensor<4x2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- half.mlir
// Halves of two rows.
module {
  grow.param @table : tensor<6x3xf64> {
    %0 = grow.source "table" : tensor<4x6xf64>
    %1 = grow.regroup %0 along 0 into 8 x 3 : tensor<4x6xf64>
    %2 = grow.drop %1 along 0 at [1] by [2] : tensor<8x3xf64>
    grow.yield %2 : tensor<6x3xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x3xf64> {
    %table = grow.get @table : tensor<6x3xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<6x3xf64>
    return %y : tensor<?x?x3xf64>
  }
}

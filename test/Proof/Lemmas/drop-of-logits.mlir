// Logits that are left out need not be computed.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=drop-of-logits | FileCheck %s
// RUN: %check-lemma drop-of-logits bits %t/holds.mlir
// RUN: %check-lemma drop-of-logits unchanged %t/tokens.mlir

// CHECK: %[[U:.*]] = grow.drop %{{.*}} along 0 at [0, 7] by [1, 2] : tensor<9x4xf64>
// CHECK: %[[B:.*]] = grow.drop %{{.*}} along 0 at [0, 7] by [1, 2] : tensor<9xf64>
// CHECK: grow.unembedding %{{.*}}, %[[U]] bias(%[[B]] : tensor<6xf64>) : tensor<?x?x4xf64>, tensor<6x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @u : tensor<9x4xf64>
  grow.param @ub : tensor<9xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %u = grow.get @u : tensor<9x4xf64>
    %ub = grow.get @ub : tensor<9xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %l = grow.unembedding %x, %u bias(%ub : tensor<9xf64>) : tensor<?x?x4xf64>, tensor<9x4xf64>
    %y = grow.drop %l along 2 at [0, 7] by [1, 2] : tensor<?x?x9xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- tokens.mlir
// Tokens that are left out.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @u : tensor<9x4xf64>
  grow.param @ub : tensor<9xf64>
  func.func @forward(%ids: tensor<2x5xi64>) -> tensor<2x4x9xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %u = grow.get @u : tensor<9x4xf64>
    %ub = grow.get @ub : tensor<9xf64>
    %x = grow.embedding %ids, %table : tensor<2x5xi64>, tensor<7x4xf64>
    %l = grow.unembedding %x, %u bias(%ub : tensor<9xf64>) : tensor<2x5x4xf64>, tensor<9x4xf64>
    %y = grow.drop %l along 1 at [3] by [1] : tensor<2x5x9xf64>
    return %y : tensor<2x4x9xf64>
  }
}

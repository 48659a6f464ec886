// Factors of what is read and of the table are factors of the logits; with a bias they are
// factors of what is read.
// RUN: split-file %s %t
// RUN: grow-opt %t/plain.mlir --grow-apply-lemmas=lemmas=factor-of-logits | FileCheck %s --check-prefix=PLAIN
// RUN: grow-opt %t/bias.mlir --grow-apply-lemmas=lemmas=factor-of-logits | FileCheck %s --check-prefix=BIAS
// RUN: %check-lemma factor-of-logits reals %t/plain.mlir
// RUN: %check-lemma factor-of-logits reals %t/bias.mlir
// RUN: %check-lemma factor-of-logits unchanged %t/about.mlir
// RUN: %check-lemma factor-of-logits unchanged %t/scaled.mlir

// PLAIN: %[[L:.*]] = grow.unembedding
// PLAIN: %[[Y:.*]] = grow.scale %[[L]] by 1/3 * sqrt(2)
// PLAIN: return %[[Y]]

// BIAS: %[[U:.*]] = grow.source "u"
// BIAS: %[[S:.*]] = grow.scale %{{.*}} by -1/3 : tensor<?x?x4xf64>
// BIAS: grow.unembedding %[[S]], %[[U]] bias(

//--- plain.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @u : tensor<5x4xf64> {
    %0 = grow.source "u" : tensor<5x4xf64>
    %1 = grow.scale %0 by 1/3 : tensor<5x4xf64>
    grow.yield %1 : tensor<5x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %u = grow.get @u : tensor<5x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by sqrt(2) : tensor<?x?x4xf64>
    %y = grow.unembedding %s, %u : tensor<?x?x4xf64>, tensor<5x4xf64>
    return %y : tensor<?x?x5xf64>
  }
}

//--- bias.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @u : tensor<5x4xf64> {
    %0 = grow.source "u" : tensor<5x4xf64>
    %1 = grow.scale %0 by -1/3 : tensor<5x4xf64>
    grow.yield %1 : tensor<5x4xf64>
  }
  grow.param @ub : tensor<5xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %u = grow.get @u : tensor<5x4xf64>
    %ub = grow.get @ub : tensor<5xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.unembedding %x, %u bias(%ub : tensor<5xf64>) : tensor<?x?x4xf64>, tensor<5x4xf64>
    return %y : tensor<?x?x5xf64>
  }
}

//--- about.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @u : tensor<5x4xf64> {
    %0 = grow.source "u" : tensor<5x4xf64>
    %1 = grow.scale %0 by 1/3 about 1 : tensor<5x4xf64>
    grow.yield %1 : tensor<5x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %u = grow.get @u : tensor<5x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by sqrt(2) about 1 : tensor<?x?x4xf64>
    %y = grow.unembedding %s, %u : tensor<?x?x4xf64>, tensor<5x4xf64>
    return %y : tensor<?x?x5xf64>
  }
}

//--- scaled.mlir
// With a bias the factor of what is read stays where it is.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @u : tensor<5x4xf64> {
    %0 = grow.source "u" : tensor<5x4xf64>
    %1 = grow.center %0 along 1 : tensor<5x4xf64>
    grow.yield %1 : tensor<5x4xf64>
  }
  grow.param @ub : tensor<5xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %u = grow.get @u : tensor<5x4xf64>
    %ub = grow.get @ub : tensor<5xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 3 : tensor<?x?x4xf64>
    %y = grow.unembedding %s, %u bias(%ub : tensor<5xf64>) : tensor<?x?x4xf64>, tensor<5x4xf64>
    return %y : tensor<?x?x5xf64>
  }
}

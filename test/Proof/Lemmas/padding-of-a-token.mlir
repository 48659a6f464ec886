// A token has the new channels that all have.
// RUN: split-file %s %t
// RUN: grow-opt %t/zero.mlir --grow-apply-lemmas=lemmas=padding-of-a-token | FileCheck %s --check-prefix=ZERO
// RUN: grow-opt %t/mean.mlir --grow-apply-lemmas=lemmas=padding-of-a-token | FileCheck %s --check-prefix=MEAN
// RUN: %check-lemma padding-of-a-token bits %t/zero.mlir
// RUN: %check-lemma padding-of-a-token bits %t/mean.mlir
// RUN: %check-lemma padding-of-a-token unchanged %t/random.mlir
// RUN: %check-lemma padding-of-a-token unchanged %t/tokens.mlir

// ZERO: %[[T:.*]] = grow.select_token %{{.*}} at 2 : tensor<?x?x4xf64>
// ZERO: grow.extend %[[T]] with #grow.zero along 2 at [1] by [2] : tensor<?x1x4xf64>

// MEAN: %[[T:.*]] = grow.select_token %{{.*}} at 2 : tensor<?x?x4xf64>
// MEAN: grow.extend %[[T]] with #grow.mean along 2 at [1] by [2] : tensor<?x1x4xf64>

//--- zero.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x1x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.select_token %p at 2 : tensor<?x?x6xf64>
    return %y : tensor<?x1x6xf64>
  }
}

//--- mean.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x1x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.select_token %p at 2 : tensor<?x?x6xf64>
    return %y : tensor<?x1x6xf64>
  }
}

//--- random.mlir
// Random entries are numbered by coordinate.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x1x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.normal<stddev = 1, key = "k"> along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.select_token %p at 2 : tensor<?x?x6xf64>
    return %y : tensor<?x1x6xf64>
  }
}

//--- tokens.mlir
// New tokens are no channels.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<2x4xi64>) -> tensor<2x1x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<2x4xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 1 at [1] by [2] : tensor<2x4x4xf64>
    %y = grow.select_token %p at 2 : tensor<2x6x4xf64>
    return %y : tensor<2x1x4xf64>
  }
}

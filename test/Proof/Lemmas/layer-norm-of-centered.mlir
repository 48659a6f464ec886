// A layer norm that centres every channel does not see that they are centred.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=layer-norm-of-centered | FileCheck %s
// RUN: %check-lemma layer-norm-of-centered reals %t/holds.mlir
// RUN: %check-lemma layer-norm-of-centered unchanged %t/part.mlir

// CHECK: %[[X:.*]] = grow.embedding
// CHECK: grow.layer_norm %[[X]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @b : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %b = grow.get @b : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.center %x along 2 : tensor<?x?x4xf64>
    %y = grow.layer_norm %c gain(%g) bias(%b) epsilon 1/10 count 3 centered 4 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- part.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @b : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %b = grow.get @b : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.center %x along 2 : tensor<?x?x4xf64>
    %y = grow.layer_norm %c gain(%g) bias(%b) epsilon 1/10 count 3 centered 3 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

// Tokens and positions that the source does not know.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=unknown-rows | FileCheck %s
// RUN: %check-lemma unknown-rows bits %t/holds.mlir
// RUN: %check-lemma unknown-rows unchanged %t/between.mlir
// RUN: %check-lemma unknown-rows unchanged %t/offset.mlir
// RUN: %check-lemma unknown-rows unchanged %t/types.mlir

// CHECK: %[[T:.*]] = grow.drop %{{.*}} along 0 at [7] by [2] : tensor<9x4xf64>
// CHECK: grow.embedding %{{.*}}, %[[T]] : tensor<?x?xi64>, tensor<7x4xf64>
// CHECK: %[[P:.*]] = grow.drop %{{.*}} along 0 at [10] by [4] : tensor<14x4xf64>
// CHECK: grow.position_embedding %{{.*}}, %[[P]] offset 2 : tensor<?x?xi64>, tensor<10x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<9x4xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [7] by [2] : tensor<7x4xf64>
    grow.yield %1 : tensor<9x4xf64>
  }
  grow.param @positions : tensor<14x4xf64> {
    %0 = grow.source "positions" : tensor<10x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [10] by [4] : tensor<10x4xf64>
    grow.yield %1 : tensor<14x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<9x4xf64>
    %positions = grow.get @positions : tensor<14x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<9x4xf64>
    %p = grow.position_embedding %ids, %positions offset 2 : tensor<?x?xi64>, tensor<14x4xf64>
    %y = arith.addf %x, %p : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- between.mlir
// Rows in front of others change what the numbers stand for.
module {
  grow.param @table : tensor<9x4xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [3] by [2] : tensor<7x4xf64>
    grow.yield %1 : tensor<9x4xf64>
  }
  grow.param @positions : tensor<14x4xf64> {
    %0 = grow.source "positions" : tensor<10x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [0] by [4] : tensor<10x4xf64>
    grow.yield %1 : tensor<14x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<9x4xf64>
    %positions = grow.get @positions : tensor<14x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<9x4xf64>
    %p = grow.position_embedding %ids, %positions offset 2 : tensor<?x?xi64>, tensor<14x4xf64>
    %y = arith.addf %x, %p : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- offset.mlir
// No position would be left.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @positions : tensor<8x4xf64> {
    %0 = grow.source "positions" : tensor<2x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [2] by [6] : tensor<2x4xf64>
    grow.yield %1 : tensor<8x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %positions = grow.get @positions : tensor<8x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.position_embedding %ids, %positions offset 2 : tensor<?x?xi64>, tensor<8x4xf64>
    %y = arith.addf %x, %p : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- types.mlir
// Types are chosen by the model.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @types : tensor<8x4xf64> {
    %0 = grow.source "types" : tensor<2x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [2] by [6] : tensor<2x4xf64>
    grow.yield %1 : tensor<8x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %types = grow.get @types : tensor<8x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.type_embedding %ids, %types row 5 : tensor<?x?xi64>, tensor<8x4xf64>
    %y = arith.addf %x, %p : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

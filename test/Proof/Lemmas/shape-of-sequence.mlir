// Of a stream only the number of tokens counts, whatever its channels are.
// RUN: split-file %s %t
// RUN: grow-opt %t/types.mlir --grow-apply-lemmas=lemmas=shape-of-sequence --remarks-filter=grow 2>%t/remarks | FileCheck %s --check-prefix=TYPES
// RUN: FileCheck %s --input-file=%t/remarks --check-prefix=REMARK
// RUN: grow-opt %t/positions.mlir --grow-apply-lemmas=lemmas=shape-of-sequence | FileCheck %s --check-prefix=POSITIONS
// RUN: %check-lemma shape-of-sequence bits %t/types.mlir
// RUN: %check-lemma shape-of-sequence bits %t/positions.mlir
// RUN: %check-lemma shape-of-sequence unchanged %t/tokens.mlir

// REMARK: [Passed] ApplyLemmas | Category:grow | Reason="{{[1-9][0-9]*}} uses of lemmas", uses=
// TYPES: %[[X:.*]] = grow.embedding
// TYPES: grow.type_embedding %[[X]], %{{.*}} row 1 : tensor<?x?x4xf64>, tensor<2x6xf64>

// POSITIONS: %[[X:.*]] = grow.embedding
// POSITIONS: grow.position_embedding %[[X]], %{{.*}} : tensor<?x?x4xf64>, tensor<5x6xf64>

//--- types.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @types : tensor<2x6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %types = grow.get @types : tensor<2x6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
    %d = grow.drop %p along 2 at [0] by [1] : tensor<?x?x6xf64>
    %c = grow.center %d along 2 : tensor<?x?x5xf64>
    %s = grow.scale %c by 3 : tensor<?x?x5xf64>
    %t = grow.type_embedding %s, %types row 1 : tensor<?x?x5xf64>, tensor<2x6xf64>
    %y = arith.addf %t, %p : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- positions.mlir
module {
  grow.param @table : tensor<4x4xf64>
  grow.param @positions : tensor<5x6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<4x4xf64>
    %positions = grow.get @positions : tensor<5x6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<4x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
    %t = grow.position_embedding %p, %positions : tensor<?x?x6xf64>, tensor<5x6xf64>
    %y = arith.addf %t, %p : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- tokens.mlir
// Two more tokens.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @positions : tensor<6x4xf64>
  func.func @forward(%ids: tensor<2x4xi64>) -> tensor<2x6x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %positions = grow.get @positions : tensor<6x4xf64>
    %x = grow.embedding %ids, %table : tensor<2x4xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 1 at [1] by [2] : tensor<2x4x4xf64>
    %t = grow.position_embedding %p, %positions : tensor<2x6x4xf64>, tensor<6x4xf64>
    %y = arith.addf %t, %p : tensor<2x6x4xf64>
    return %y : tensor<2x6x4xf64>
  }
}

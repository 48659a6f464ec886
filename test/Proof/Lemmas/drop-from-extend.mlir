// Inserted slices, other slices, slices of another axis.
// RUN: split-file %s %t
// RUN: grow-opt %t/inserted.mlir --grow-apply-lemmas=lemmas=drop-from-extend | FileCheck %s --check-prefix=INSERTED
// RUN: grow-opt %t/others.mlir --grow-apply-lemmas=lemmas=drop-from-extend | FileCheck %s --check-prefix=OTHERS
// RUN: grow-opt %t/across.mlir --grow-apply-lemmas=lemmas=drop-from-extend | FileCheck %s --check-prefix=ACROSS
// RUN: grow-opt %t/everything.mlir --grow-apply-lemmas=lemmas=drop-from-extend | FileCheck %s --check-prefix=EVERYTHING
// RUN: %check-lemma drop-from-extend bits %t/inserted.mlir
// RUN: %check-lemma drop-from-extend bits %t/others.mlir
// RUN: %check-lemma drop-from-extend bits %t/across.mlir
// RUN: %check-lemma drop-from-extend bits %t/everything.mlir
// RUN: %check-lemma drop-from-extend unchanged %t/part.mlir
// RUN: %check-lemma drop-from-extend unchanged %t/random.mlir
// RUN: %check-lemma drop-from-extend unchanged %t/mean.mlir
// RUN: %check-lemma drop-from-extend unchanged %t/means.mlir
// RUN: %check-lemma drop-from-extend unchanged %t/stream.mlir

// INSERTED-NOT: grow.extend
// INSERTED-NOT: grow.drop
// INSERTED: grow.source "table"

// EVERYTHING-NOT: grow.extend
// EVERYTHING: grow.fill #grow.constant<2> -> tensor<7x4xf64>

// OTHERS: %[[D:.*]] = grow.drop %{{.*}} along 0 at [0] by [1] : tensor<6x4xf64>
// OTHERS: grow.extend %[[D]] with #grow.constant<2> along 0 at [5] by [2] : tensor<5x4xf64>

// ACROSS: %[[D:.*]] = grow.drop %{{.*}} along 0 at [2, 4] by [1, 1] : tensor<9x2xf64>
// ACROSS: grow.extend %[[D]] with #grow.copy<[1, 0], factor = -2> along 1 at [0, 2] by [1, 1] : tensor<7x2xf64>

//--- inserted.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [4] by [2] : tensor<7x4xf64>
    %2 = grow.drop %1 along 1 at [4] by [2] : tensor<7x6xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- others.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.constant<2> along 0 at [6] by [3] : tensor<6x4xf64>
    %2 = grow.drop %1 along 0 at [0, 7] by [1, 1] : tensor<9x4xf64>
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
    %0 = grow.source "table" : tensor<9x2xf64>
    %1 = grow.extend %0 with #grow.copy<[1, 0], factor = -2> along 1 at [0, 2] by [1, 1] : tensor<9x2xf64>
    %2 = grow.drop %1 along 0 at [2, 4] by [1, 1] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- everything.mlir
// Of the input nothing is left.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<2x4xf64>
    %1 = grow.extend %0 with #grow.constant<2> along 0 at [2] by [7] : tensor<2x4xf64>
    %2 = grow.drop %1 along 0 at [0] by [2] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- part.mlir
// A part of a block of random entries: they are numbered by coordinate.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [6] by [3] : tensor<6x4xf64>
    %2 = grow.drop %1 along 0 at [0, 7] by [1, 1] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- random.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<9x2xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [0, 2] by [1, 1] : tensor<9x2xf64>
    %2 = grow.drop %1 along 0 at [2, 4] by [1, 1] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- mean.mlir
// The mean is that of what is left out, too.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.mean along 0 at [6] by [3] : tensor<6x4xf64>
    %2 = grow.drop %1 along 0 at [0, 7] by [1, 1] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- means.mlir
// Means of what is left out.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<2x4xf64>
    %1 = grow.extend %0 with #grow.mean along 0 at [2] by [7] : tensor<2x4xf64>
    %2 = grow.drop %1 along 0 at [0] by [2] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- stream.mlir
// A stream of as many tokens as there are is no parameter.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x1xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %e = grow.extend %x with #grow.constant<2> along 2 at [4] by [1] : tensor<?x?x4xf64>
    %y = grow.drop %e along 2 at [0] by [4] : tensor<?x?x5xf64>
    return %y : tensor<?x?x1xf64>
  }
}

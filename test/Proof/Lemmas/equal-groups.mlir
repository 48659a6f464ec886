// Groups in a row that have equal keys and values are one group of more heads.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=equal-groups | FileCheck %s
// RUN: %check-lemma equal-groups bits %t/holds.mlir
// RUN: %check-lemma equal-groups unchanged %t/multiples.mlir
// RUN: %check-lemma equal-groups unchanged %t/values.mlir
// RUN: %check-lemma equal-groups unchanged %t/bias.mlir
// RUN: %check-lemma equal-groups unchanged %t/apart.mlir

// CHECK-DAG: grow.regroup %{{.*}} along 1 into 2 x 2 : tensor<4x4x1x3xf64>
// CHECK-DAG: grow.regroup %{{.*}} along 0 into 2 x 2 : tensor<4x1x3xf64>
// CHECK-DAG: grow.regroup %{{.*}} along 0 into 2 x 2 : tensor<4x1x3x4xf64>
// CHECK-DAG: grow.drop %{{.*}} along 1 at [1, 3] by [1, 1] : tensor<4x4x3xf64>
// CHECK-DAG: grow.drop %{{.*}} along 0 at [1, 3] by [1, 1] : tensor<4x3xf64>
// CHECK: grow.attention {{.*}} alibi [5.000000e-01, 2.500000e-01, 1.250000e-01, 1.000000e+00] causal : (tensor<?x?x4xf64>, tensor<4x2x2x3xf64>, tensor<2x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<4x2x3xf64>, tensor<2x2x3x4xf64>) -> tensor<?x?x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x4x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x2x3xf64>
    %1 = grow.regroup %0 along 1 into 4 x 1 : tensor<4x2x2x3xf64>
    grow.yield %1 : tensor<4x4x1x3xf64>
  }
  grow.param @bq : tensor<4x1x3xf64> {
    %0 = grow.source "bq" : tensor<2x2x3xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3xf64>
    grow.yield %1 : tensor<4x1x3xf64>
  }
  grow.param @wk : tensor<4x4x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [1, 2] by [1, 1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @bk : tensor<4x3xf64> {
    %0 = grow.source "bk" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 0 at [1, 2] by [1, 1] : tensor<2x3xf64>
    grow.yield %1 : tensor<4x3xf64>
  }
  grow.param @wv : tensor<4x4x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [1, 2] by [1, 1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @wo : tensor<4x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x2x3x4xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3x4xf64>
    grow.yield %1 : tensor<4x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x4x1x3xf64>
    %bq = grow.get @bq : tensor<4x1x3xf64>
    %wk = grow.get @wk : tensor<4x4x3xf64>
    %bk = grow.get @bk : tensor<4x3xf64>
    %wv = grow.get @wv : tensor<4x4x3xf64>
    %wo = grow.get @wo : tensor<4x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125, 1.0] causal : (tensor<?x?x4xf64>, tensor<4x4x1x3xf64>, tensor<4x1x3xf64>, tensor<4x4x3xf64>, tensor<4x3xf64>, tensor<4x4x3xf64>, tensor<4x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- multiples.mlir
// Keys that are multiples of what was not the first group, with a constant beside them.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x4xf64>
  grow.param @wk : tensor<4x2x4xf64> {
    %0 = grow.source "wk" : tensor<4x4x3xf64>
    %1 = grow.drop %0 along 1 at [0, 3] by [2, 1] : tensor<4x4x3xf64>
    %2 = grow.extend %1 with #grow.copy<[0], factor = 2> along 1 at [1] by [1] : tensor<4x1x3xf64>
    %3 = grow.extend %2 with #grow.constant<1> along 2 at [3] by [1] : tensor<4x2x3xf64>
    grow.yield %3 : tensor<4x2x4xf64>
  }
  grow.param @wv : tensor<4x2x3xf64> {
    %0 = grow.source "wv" : tensor<4x1x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0], factor = 1> along 1 at [1] by [1] : tensor<4x1x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x4xf64>
    %wk = grow.get @wk : tensor<4x2x4xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x4xf64>, tensor<4x2x4xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- values.mlir
// Values that are multiples are not equal.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x4x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x2x3xf64>
    %1 = grow.regroup %0 along 1 into 4 x 1 : tensor<4x2x2x3xf64>
    grow.yield %1 : tensor<4x4x1x3xf64>
  }
  grow.param @bq : tensor<4x1x3xf64> {
    %0 = grow.source "bq" : tensor<2x2x3xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3xf64>
    grow.yield %1 : tensor<4x1x3xf64>
  }
  grow.param @wk : tensor<4x4x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [1, 2] by [1, 1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @bk : tensor<4x3xf64> {
    %0 = grow.source "bk" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 0 at [1, 2] by [1, 1] : tensor<2x3xf64>
    grow.yield %1 : tensor<4x3xf64>
  }
  grow.param @wv : tensor<4x4x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = -1> along 1 at [1, 2] by [1, 1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @wo : tensor<4x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x2x3x4xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3x4xf64>
    grow.yield %1 : tensor<4x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x4x1x3xf64>
    %bq = grow.get @bq : tensor<4x1x3xf64>
    %wk = grow.get @wk : tensor<4x4x3xf64>
    %bk = grow.get @bk : tensor<4x3xf64>
    %wv = grow.get @wv : tensor<4x4x3xf64>
    %wo = grow.get @wo : tensor<4x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125, 1.0] causal : (tensor<?x?x4xf64>, tensor<4x4x1x3xf64>, tensor<4x1x3xf64>, tensor<4x4x3xf64>, tensor<4x3xf64>, tensor<4x4x3xf64>, tensor<4x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x4x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x2x3xf64>
    %1 = grow.regroup %0 along 1 into 4 x 1 : tensor<4x2x2x3xf64>
    grow.yield %1 : tensor<4x4x1x3xf64>
  }
  grow.param @bq : tensor<4x1x3xf64> {
    %0 = grow.source "bq" : tensor<2x2x3xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3xf64>
    grow.yield %1 : tensor<4x1x3xf64>
  }
  grow.param @wk : tensor<4x4x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [1, 2] by [1, 1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @bk : tensor<4x3xf64> {
    %0 = grow.source "bk" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [1, 2] by [1, 1] : tensor<2x3xf64>
    grow.yield %1 : tensor<4x3xf64>
  }
  grow.param @wv : tensor<4x4x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [1, 2] by [1, 1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @wo : tensor<4x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x2x3x4xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3x4xf64>
    grow.yield %1 : tensor<4x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x4x1x3xf64>
    %bq = grow.get @bq : tensor<4x1x3xf64>
    %wk = grow.get @wk : tensor<4x4x3xf64>
    %bk = grow.get @bk : tensor<4x3xf64>
    %wv = grow.get @wv : tensor<4x4x3xf64>
    %wo = grow.get @wo : tensor<4x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125, 1.0] causal : (tensor<?x?x4xf64>, tensor<4x4x1x3xf64>, tensor<4x1x3xf64>, tensor<4x4x3xf64>, tensor<4x3xf64>, tensor<4x4x3xf64>, tensor<4x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- apart.mlir
// Groups 0 and 2, and 1 and 3, are equal: not in a row.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x4x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x2x3xf64>
    %1 = grow.regroup %0 along 1 into 4 x 1 : tensor<4x2x2x3xf64>
    grow.yield %1 : tensor<4x4x1x3xf64>
  }
  grow.param @bq : tensor<4x1x3xf64> {
    %0 = grow.source "bq" : tensor<2x2x3xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3xf64>
    grow.yield %1 : tensor<4x1x3xf64>
  }
  grow.param @wk : tensor<4x4x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [2] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @bk : tensor<4x3xf64> {
    %0 = grow.source "bk" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 0 at [2] by [2] : tensor<2x3xf64>
    grow.yield %1 : tensor<4x3xf64>
  }
  grow.param @wv : tensor<4x4x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [2] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x4x3xf64>
  }
  grow.param @wo : tensor<4x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x2x3x4xf64>
    %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2x3x4xf64>
    grow.yield %1 : tensor<4x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x4x1x3xf64>
    %bq = grow.get @bq : tensor<4x1x3xf64>
    %wk = grow.get @wk : tensor<4x4x3xf64>
    %bk = grow.get @bk : tensor<4x3xf64>
    %wv = grow.get @wv : tensor<4x4x3xf64>
    %wo = grow.get @wo : tensor<4x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125, 1.0] causal : (tensor<?x?x4xf64>, tensor<4x4x1x3xf64>, tensor<4x1x3xf64>, tensor<4x4x3xf64>, tensor<4x3xf64>, tensor<4x4x3xf64>, tensor<4x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

// The norm takes a common factor of queries and keys away; a bias of zero has any.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=qk-norm-of-scaled | FileCheck %s
// RUN: %check-lemma qk-norm-of-scaled reals %t/holds.mlir
// RUN: %check-lemma qk-norm-of-scaled unchanged %t/other.mlir
// RUN: %check-lemma qk-norm-of-scaled unchanged %t/bias.mlir
// RUN: %check-lemma qk-norm-of-scaled unchanged %t/negative.mlir
// RUN: %check-lemma qk-norm-of-scaled unchanged %t/divisor.mlir

// CHECK-NOT: grow.scale
// CHECK: grow.attention {{.*}} epsilon 9/20 count 1 scale 1/2 causal

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(2) : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x3xf64>
  }
  grow.param @bq : tensor<2x1x3xf64> {
    %0 = grow.fill #grow.zero -> tensor<2x1x3xf64>
    grow.yield %0 : tensor<2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(2) : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<3xf64>
  grow.param @kg : tensor<3xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %bq = grow.get @bq : tensor<2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<3xf64>
    %kg = grow.get @kg : tensor<3xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) epsilon 1/10 count 1 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- other.mlir
// Factors differ.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(2) : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x3xf64>
  }
  grow.param @bq : tensor<2x1x3xf64> {
    %0 = grow.fill #grow.zero -> tensor<2x1x3xf64>
    grow.yield %0 : tensor<2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by 1/2 : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<3xf64>
  grow.param @kg : tensor<3xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %bq = grow.get @bq : tensor<2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<3xf64>
    %kg = grow.get @kg : tensor<3xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) epsilon 1/10 count 1 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
// The bias has no factor.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(2) : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x3xf64>
  }
  grow.param @bq : tensor<2x1x3xf64> {
    %0 = grow.source "bq" : tensor<2x1x3xf64>
    grow.yield %0 : tensor<2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(2) : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<3xf64>
  grow.param @kg : tensor<3xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %bq = grow.get @bq : tensor<2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<3xf64>
    %kg = grow.get @kg : tensor<3xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) epsilon 1/10 count 1 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- negative.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.scale %0 by -1/3 * sqrt(2) : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x3xf64>
  }
  grow.param @bq : tensor<2x1x3xf64> {
    %0 = grow.fill #grow.zero -> tensor<2x1x3xf64>
    grow.yield %0 : tensor<2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by -1/3 * sqrt(2) : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<3xf64>
  grow.param @kg : tensor<3xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %bq = grow.get @bq : tensor<2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<3xf64>
    %kg = grow.get @kg : tensor<3xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) epsilon 1/10 count 1 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- divisor.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(2) : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x3xf64>
  }
  grow.param @bq : tensor<2x1x3xf64> {
    %0 = grow.fill #grow.zero -> tensor<2x1x3xf64>
    grow.yield %0 : tensor<2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(2) : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<3xf64>
  grow.param @kg : tensor<3xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %bq = grow.get @bq : tensor<2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<3xf64>
    %kg = grow.get @kg : tensor<3xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) epsilon 1/10 count 3 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

// Factors of queries and keys, or of the gains of their norms, are factors of the scores.
// RUN: split-file %s %t
// RUN: grow-opt %t/plain.mlir --grow-apply-lemmas=lemmas=factor-of-scores | FileCheck %s --check-prefix=PLAIN
// RUN: grow-opt %t/gains.mlir --grow-apply-lemmas=lemmas=factor-of-scores | FileCheck %s --check-prefix=GAINS
// RUN: %check-lemma factor-of-scores reals %t/plain.mlir
// RUN: %check-lemma factor-of-scores reals %t/gains.mlir
// RUN: %check-lemma factor-of-scores unchanged %t/bias.mlir
// RUN: %check-lemma factor-of-scores unchanged %t/norm.mlir

// PLAIN-NOT: grow.scale
// PLAIN: grow.attention {{.*}} scale 1/6 * sqrt(2) softcap 3 causal

// GAINS-NOT: grow.scale
// GAINS: grow.attention {{.*}} qk_norm({{.*}}) unit_offset epsilon 1/10 count 3 scale 3/4 causal

//--- plain.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.scale %0 by 1/3 : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by sqrt(2) : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @bk : tensor<2x3xf64> {
    %0 = grow.source "bk" : tensor<2x3xf64>
    %1 = grow.scale %0 by sqrt(2) : tensor<2x3xf64>
    grow.yield %1 : tensor<2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %bk = grow.get @bk : tensor<2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk, %bk) v(%wv) o(%wo) scale 1/2 softcap 3 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- gains.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<3xf64> {
    %0 = grow.source "qg" : tensor<3xf64>
    %1 = grow.scale %0 by 3 about -1 : tensor<3xf64>
    grow.yield %1 : tensor<3xf64>
  }
  grow.param @kg : tensor<3xf64> {
    %0 = grow.source "kg" : tensor<3xf64>
    %1 = grow.scale %0 by 1/2 about -1 : tensor<3xf64>
    grow.yield %1 : tensor<3xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<3xf64>
    %kg = grow.get @kg : tensor<3xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) unit_offset epsilon 1/10 count 3 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
// Of keys and their bias only one has the factor; queries have a negative one.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.scale %0 by -1/3 : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by sqrt(2) : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @bk : tensor<2x3xf64> {
    %0 = grow.source "bk" : tensor<2x3xf64>
    %1 = grow.scale %0 by sqrt(3) : tensor<2x3xf64>
    grow.yield %1 : tensor<2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %bk = grow.get @bk : tensor<2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk, %bk) v(%wv) o(%wo) scale 1/2 softcap 3 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- norm.mlir
// A norm takes factors away.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @wk : tensor<4x2x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.scale %0 by 1/3 : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x3xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<3xf64> {
    %0 = grow.source "qg" : tensor<3xf64>
    %1 = grow.scale %0 by 3 : tensor<3xf64>
    grow.yield %1 : tensor<3xf64>
  }
  grow.param @kg : tensor<3xf64> {
    %0 = grow.source "kg" : tensor<3xf64>
    %1 = grow.scale %0 by 1/2 : tensor<3xf64>
    grow.yield %1 : tensor<3xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<3xf64>
    %kg = grow.get @kg : tensor<3xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) unit_offset epsilon 1/10 count 3 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

// Channels of keys that add nothing to a score. Rotary pairs stay together; a norm sees
// the channels of both sides.
// RUN: split-file %s %t
// RUN: grow-opt %t/pairs.mlir --grow-apply-lemmas=lemmas=silent-keys | FileCheck %s --check-prefix=PAIRS
// RUN: grow-opt %t/norm.mlir --grow-apply-lemmas=lemmas=silent-keys | FileCheck %s --check-prefix=NORM
// RUN: %check-lemma silent-keys bits %t/pairs.mlir
// RUN: %check-lemma silent-keys bits %t/norm.mlir
// RUN: %check-lemma silent-keys unchanged %t/bias.mlir
// RUN: %check-lemma silent-keys unchanged %t/halves.mlir
// RUN: %check-lemma silent-keys unchanged %t/norm-of-queries.mlir

// PAIRS: #[[ROPE:.*]] = #grow.rope<half_split, frequencies = [1.000000e+00, 5.000000e-01], factor = 3/2>
// PAIRS-COUNT-4: grow.drop %{{.*}} along {{[123]}} at [1, 4] by [1, 1]
// PAIRS: grow.attention {{.*}} rope #[[ROPE]] scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x5xf64>, tensor<2x1x5xf64>, tensor<4x2x5xf64>, tensor<2x5xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>

// NORM-COUNT-4: grow.drop %{{.*}} along {{[023]}} at [3] by [2]
// NORM: grow.attention {{.*}} qk_norm({{.*}}) epsilon 1/10 count 3 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<?x?x4xf64>

//--- pairs.mlir
// Channels 1 and 4 are the second of three pairs.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x7xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x5xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 3 at [1, 3] by [1, 1] : tensor<4x2x1x5xf64>
    grow.yield %1 : tensor<4x2x1x7xf64>
  }
  grow.param @bq : tensor<2x1x7xf64> {
    %0 = grow.source "bq" : tensor<2x1x5xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 2 at [1, 3] by [1, 1] : tensor<2x1x5xf64>
    grow.yield %1 : tensor<2x1x7xf64>
  }
  grow.param @wk : tensor<4x2x7xf64> {
    %0 = grow.source "wk" : tensor<4x2x5xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [1, 3] by [1, 1] : tensor<4x2x5xf64>
    grow.yield %1 : tensor<4x2x7xf64>
  }
  grow.param @bk : tensor<2x7xf64> {
    %0 = grow.source "bk" : tensor<2x5xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1, 3] by [1, 1] : tensor<2x5xf64>
    grow.yield %1 : tensor<2x7xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x7xf64>
    %bq = grow.get @bq : tensor<2x1x7xf64>
    %wk = grow.get @wk : tensor<4x2x7xf64>
    %bk = grow.get @bk : tensor<2x7xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv) o(%wo) rope #grow.rope<half_split, frequencies = [1.0, 0.25, 0.5], factor = 3/2> scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x7xf64>, tensor<2x1x7xf64>, tensor<4x2x7xf64>, tensor<2x7xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- norm.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x5xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.extend %0 with #grow.zero along 3 at [3] by [2] : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x5xf64>
  }
  grow.param @wk : tensor<4x2x5xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [3] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x5xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<5xf64> {
    %0 = grow.source "qg" : tensor<3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [3] by [2] : tensor<3xf64>
    grow.yield %1 : tensor<5xf64>
  }
  grow.param @kg : tensor<5xf64> {
    %0 = grow.source "kg" : tensor<3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [3] by [2] : tensor<3xf64>
    grow.yield %1 : tensor<5xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x5xf64>
    %wk = grow.get @wk : tensor<4x2x5xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<5xf64>
    %kg = grow.get @kg : tensor<5xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) epsilon 1/10 count 3 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x5xf64>, tensor<4x2x5xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<5xf64>, tensor<5xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
// Keys have a bias.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x7xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x5xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 3 at [1, 3] by [1, 1] : tensor<4x2x1x5xf64>
    grow.yield %1 : tensor<4x2x1x7xf64>
  }
  grow.param @bq : tensor<2x1x7xf64> {
    %0 = grow.source "bq" : tensor<2x1x5xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 2 at [1, 3] by [1, 1] : tensor<2x1x5xf64>
    grow.yield %1 : tensor<2x1x7xf64>
  }
  grow.param @wk : tensor<4x2x7xf64> {
    %0 = grow.source "wk" : tensor<4x2x5xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [1, 3] by [1, 1] : tensor<4x2x5xf64>
    grow.yield %1 : tensor<4x2x7xf64>
  }
  grow.param @bk : tensor<2x7xf64> {
    %0 = grow.source "bk" : tensor<2x5xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 1 at [1, 3] by [1, 1] : tensor<2x5xf64>
    grow.yield %1 : tensor<2x7xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x7xf64>
    %bq = grow.get @bq : tensor<2x1x7xf64>
    %wk = grow.get @wk : tensor<4x2x7xf64>
    %bk = grow.get @bk : tensor<2x7xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv) o(%wo) rope #grow.rope<half_split, frequencies = [1.0, 0.25, 0.5], factor = 3/2> scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x7xf64>, tensor<2x1x7xf64>, tensor<4x2x7xf64>, tensor<2x7xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- halves.mlir
// Halves of two pairs.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x7xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x5xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 3 at [1, 4] by [1, 1] : tensor<4x2x1x5xf64>
    grow.yield %1 : tensor<4x2x1x7xf64>
  }
  grow.param @bq : tensor<2x1x7xf64> {
    %0 = grow.source "bq" : tensor<2x1x5xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 2 at [1, 4] by [1, 1] : tensor<2x1x5xf64>
    grow.yield %1 : tensor<2x1x7xf64>
  }
  grow.param @wk : tensor<4x2x7xf64> {
    %0 = grow.source "wk" : tensor<4x2x5xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [1, 4] by [1, 1] : tensor<4x2x5xf64>
    grow.yield %1 : tensor<4x2x7xf64>
  }
  grow.param @bk : tensor<2x7xf64> {
    %0 = grow.source "bk" : tensor<2x5xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1, 4] by [1, 1] : tensor<2x5xf64>
    grow.yield %1 : tensor<2x7xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x7xf64>
    %bq = grow.get @bq : tensor<2x1x7xf64>
    %wk = grow.get @wk : tensor<4x2x7xf64>
    %bk = grow.get @bk : tensor<2x7xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv) o(%wo) rope #grow.rope<half_split, frequencies = [1.0, 0.25, 0.5], factor = 3/2> scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x7xf64>, tensor<2x1x7xf64>, tensor<4x2x7xf64>, tensor<2x7xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- norm-of-queries.mlir
// The norm of queries sees channels that keys do not have.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x5xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 3 at [3] by [2] : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x2x1x5xf64>
  }
  grow.param @wk : tensor<4x2x5xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [3] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x5xf64>
  }
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @qg : tensor<5xf64> {
    %0 = grow.source "qg" : tensor<3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [3] by [2] : tensor<3xf64>
    grow.yield %1 : tensor<5xf64>
  }
  grow.param @kg : tensor<5xf64> {
    %0 = grow.source "kg" : tensor<3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [3] by [2] : tensor<3xf64>
    grow.yield %1 : tensor<5xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x5xf64>
    %wk = grow.get @wk : tensor<4x2x5xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %qg = grow.get @qg : tensor<5xf64>
    %kg = grow.get @kg : tensor<5xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) qk_norm(%qg, %kg) epsilon 1/10 count 3 scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x5xf64>, tensor<4x2x5xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>, tensor<5xf64>, tensor<5xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

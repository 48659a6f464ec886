// Every op survives printing and parsing, as text and as bytecode.
// RUN: grow-opt %s --verify-roundtrip | FileCheck %s
// RUN: grow-opt %inputs/tiny.mlir --verify-roundtrip -o /dev/null
// RUN: grow-opt %s --mlir-print-op-generic | grow-opt | FileCheck %s

// One alias serves all layers.
// CHECK: #[[ROPE:.*]] = #grow.rope<half_split, frequencies = [1.000000e+00, 1.000000e-02], factor = 1>

// CHECK: grow.param @table : tensor<13x8xf32>{{$}}
grow.param @table : tensor<13x8xf32>
// CHECK: grow.param @gain : tensor<8xf32> storage<"norm.weight"> attributes {note = "last"}
grow.param @gain : tensor<8xf32> storage<"norm.weight"> attributes {note = "last"}

// CHECK: grow.param @"a name with blanks" : tensor<6xf64> storage<"b" : f32> {
// CHECK-NEXT: %[[SOURCE:.*]] = grow.source "a" : tensor<2xf64>
// CHECK-NEXT: %[[COPIED:.*]] = grow.extend %[[SOURCE]] with #grow.copy<[0, 1], factor = -1> along 0 at [2] by [2] : tensor<2xf64>
// CHECK-NEXT: %[[SCALED:.*]] = grow.scale %[[COPIED]] by 1/4 * sqrt(2) : tensor<4xf64>
// CHECK-NEXT: %[[INSERTED:.*]] = grow.extend %[[SCALED]] with #grow.mean along 0 at [0, 4] by [1, 1] : tensor<4xf64>
// CHECK-NEXT: grow.yield %[[INSERTED]] : tensor<6xf64>
grow.param @"a name with blanks" : tensor<6xf64> storage<"b" : f32> {
  %0 = grow.source "a" : tensor<2xf64>
  %1 = grow.extend %0 with #grow.copy<[0, 1], factor = -1> along 0 at [2] by [2] : tensor<2xf64>
  %2 = grow.scale %1 by 1/4 * sqrt(2) : tensor<4xf64>
  %3 = grow.extend %2 with #grow.mean along 0 at [0, 4] by [1, 1] : tensor<4xf64>
  grow.yield %3 : tensor<6xf64>
}

// Derivations outside of a parameter, in stored order and with keys as values.
// CHECK-LABEL: func.func @derivation(
// CHECK-SAME: %[[X:.*]]: tensor<3x2xbf16>, %[[KEY:.*]]: i64
func.func @derivation(%x: tensor<3x2xbf16>, %key: i64) -> (tensor<5x2xbf16>, tensor<5x2xf16>) {
  // CHECK: grow.extend %[[X]] with #grow.normal<stddev = 1> along 0 at [0, 3] by [1, 1] key(%[[KEY]]) order [1, 0] : tensor<3x2xbf16>
  %0 = grow.extend %x with #grow.normal<stddev = 1> along 0 at [0, 3] by [1, 1] key(%key) order [1, 0] : tensor<3x2xbf16>
  // CHECK: grow.fill #grow.uniform<bound = 1> key(%[[KEY]]) order [1, 0] -> tensor<5x2xf16>
  %1 = grow.fill #grow.uniform<bound = 1> key(%key) order [1, 0] -> tensor<5x2xf16>
  return %0, %1 : tensor<5x2xbf16>, tensor<5x2xf16>
}

// CHECK-LABEL: grow.param @fills
grow.param @fills : tensor<2x4xf16> {
  // CHECK: grow.fill #grow.zero -> tensor<2x4xf16>
  %0 = grow.fill #grow.zero -> tensor<2x4xf16>
  // CHECK: grow.fill #grow.constant<-3/2> -> tensor<2x4xf16>
  %1 = grow.fill #grow.constant<-3/2> -> tensor<2x4xf16>
  // CHECK: grow.fill #grow.normal<stddev = 1/50> -> tensor<2x4xf16>
  %2 = grow.fill #grow.normal<stddev = 1/50> -> tensor<2x4xf16>
  // CHECK: grow.fill #grow.normal<stddev = 1/50, seed = 7, key = "other"> -> tensor<2x4xf16>
  %3 = grow.fill #grow.normal<key = "other", stddev = 1/50, seed = 7> -> tensor<2x4xf16>
  // CHECK: grow.fill #grow.uniform<bound = 1.0e-05, seed = 18446744073709551615> -> tensor<2x4xf16>
  %4 = grow.fill #grow.uniform<bound = 0.00001, seed = 18446744073709551615> -> tensor<2x4xf16>
  grow.yield %4 : tensor<2x4xf16>
}

// CHECK-LABEL: func.func @embeddings(
// CHECK-SAME: %[[IDS:.*]]: tensor<?x?xi64>, %[[IDS32:.*]]: tensor<2x?xi32>
func.func @embeddings(%ids: tensor<?x?xi64>, %ids32: tensor<2x?xi32>) {
  // CHECK: %[[TABLE:.*]] = grow.get @table : tensor<13x8xf32>
  %table = grow.get @table : tensor<13x8xf32>
  // CHECK: %[[X:.*]] = grow.embedding %[[IDS]], %[[TABLE]] : tensor<?x?xi64>, tensor<13x8xf32>
  %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<13x8xf32>
  // CHECK: grow.position_embedding %[[IDS32]], %[[TABLE]] : tensor<2x?xi32>, tensor<13x8xf32>
  %p = grow.position_embedding %ids32, %table : tensor<2x?xi32>, tensor<13x8xf32>
  // CHECK: grow.unembedding %[[X]], %[[TABLE]] : tensor<?x?x8xf32>, tensor<13x8xf32>
  %logits = grow.unembedding %x, %table : tensor<?x?x8xf32>, tensor<13x8xf32>
  return
}

// CHECK-LABEL: func.func @norms(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>, %[[G:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>
func.func @norms(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) {
  // CHECK: grow.rms_norm %[[X]] gain(%[[G]]) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
  %0 = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
  // CHECK: grow.layer_norm %[[X]] gain(%[[G]]) epsilon 0 count 6 centered 4 : tensor<?x?x8xf32>
  %1 = grow.layer_norm %x gain(%g) epsilon 0 count 6 centered 4 : tensor<?x?x8xf32>
  // CHECK: grow.layer_norm %[[X]] gain(%[[G]]) bias(%[[B]]) epsilon 1/3 count 8 centered 8 : tensor<?x?x8xf32>
  %2 = grow.layer_norm %x gain(%g) bias(%b) epsilon 1/3 count 8 centered 8 : tensor<?x?x8xf32>
  return
}

// Two groups of three query heads, keys of width 4, values of width 5.
// CHECK-LABEL: func.func @attention(
func.func @attention(%x: tensor<2x7x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>,
    %wv: tensor<8x2x5xf32>, %wo: tensor<2x3x5x8xf32>, %bq: tensor<2x3x4xf32>,
    %bk: tensor<2x4xf32>, %bv: tensor<2x5xf32>, %bo: tensor<8xf32>) {
  // CHECK: grow.attention %[[X:.*]] q(%[[Q:.*]]) k(%[[K:.*]]) v(%[[V:.*]]) o(%[[O:.*]]) scale 1/2 :
  %0 = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2
    : (tensor<2x7x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x5xf32>, tensor<2x3x5x8xf32>)
    -> tensor<2x7x8xf32>
  // CHECK: grow.attention %[[X]] q(%[[Q]], %{{.*}}) k(%[[K]], %{{.*}}) v(%[[V]], %{{.*}}) o(%[[O]], %{{.*}}) rope #[[ROPE]] scale 1/6 * sqrt(3) causal :
  %1 = grow.attention %x q(%wq, %bq) k(%wk, %bk) v(%wv, %bv) o(%wo, %bo)
    rope #grow.rope<half_split, frequencies = [1.0, 0.01], factor = 1> scale 1/6 * sqrt(3) causal
    : (tensor<2x7x8xf32>, tensor<8x2x3x4xf32>, tensor<2x3x4xf32>, tensor<8x2x4xf32>, tensor<2x4xf32>,
       tensor<8x2x5xf32>, tensor<2x5xf32>, tensor<2x3x5x8xf32>, tensor<8xf32>) -> tensor<2x7x8xf32>
  // Keys and output without a bias: the operands that are there are known by name.
  // CHECK: grow.attention %[[X]] q(%[[Q]], %{{.*}}) k(%[[K]]) v(%[[V]], %{{.*}}) o(%[[O]]) rope #{{.*}} scale 1/2 :
  %2 = grow.attention %x q(%wq, %bq) k(%wk) v(%wv, %bv) o(%wo)
    rope #grow.rope<interleaved, frequencies = [0.5], factor = 3/2> scale 0.5
    : (tensor<2x7x8xf32>, tensor<8x2x3x4xf32>, tensor<2x3x4xf32>, tensor<8x2x4xf32>,
       tensor<8x2x5xf32>, tensor<2x5xf32>, tensor<2x3x5x8xf32>) -> tensor<2x7x8xf32>
  return
}

// CHECK-LABEL: func.func @mlp(
func.func @mlp(%x: tensor<?x?x8xf32>, %w: tensor<8x12xf32>, %down: tensor<12x8xf32>,
               %b: tensor<12xf32>, %db: tensor<8xf32>) {
  // CHECK: grow.mlp %[[X:.*]] up(%[[W:.*]], %[[B:.*]]) down(%[[D:.*]], %[[DB:.*]]) activation gelu_tanh :
  %0 = grow.mlp %x up(%w, %b) down(%down, %db) activation gelu_tanh
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<12xf32>, tensor<12x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  // CHECK: grow.mlp %[[X]] up(%[[W]]) gate(%[[W]]) down(%[[D]]) activation silu :
  %1 = grow.mlp %x up(%w) gate(%w) down(%down) activation silu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<8x12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: grow.mlp %[[X]] up(%[[W]]) gate(%[[W]], %[[B]]) down(%[[D]]) activation gelu :
  %2 = grow.mlp %x up(%w) gate(%w, %b) down(%down) activation gelu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<8x12xf32>, tensor<12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: grow.mlp %[[X]] up(%[[W]]) down(%[[D]]) activation relu :
  %3 = grow.mlp %x up(%w) down(%down) activation relu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return
}

// A layer may read values besides the stream.
// CHECK-LABEL: func.func @layer(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>, %[[M:.*]]: tensor<8xf32>
func.func @layer(%x: tensor<?x?x8xf32>, %m: tensor<8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: grow.layer "h.0" (%[[IN:.*]] = %[[X]] : tensor<?x?x8xf32>, %[[G:.*]] = %[[M]] : tensor<8xf32>) {
  // CHECK-NEXT: grow.rms_norm %[[IN]] gain(%[[G]])
  %0 = grow.layer "h.0" (%y = %x : tensor<?x?x8xf32>, %g = %m : tensor<8xf32>) {
    %n = grow.rms_norm %y gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    grow.yield %n : tensor<?x?x8xf32>
  }
  return %0 : tensor<?x?x8xf32>
}

// CHECK-LABEL: grow.schedule @expansions {
grow.schedule @expansions {
  // CHECK-NEXT: grow.expand_mlp to 8{{$}}
  grow.expand_mlp to 8
  // Runs of layers print as ranges; `zero down` is the default.
  // CHECK-NEXT: grow.expand_mlp to 16 layers [0, 2:5, 7]{{$}}
  grow.expand_mlp to 16 layers [0, 2, 3:5, 7] zero down
  // CHECK-NEXT: grow.expand_mlp to 32 zero pair init #grow.normal<stddev = 1/50, seed = 7> bias_init #grow.zero up_init #grow.constant<1> gate_init #grow.constant<2> down_init #grow.uniform<bound = 1> allow_dead
  grow.expand_mlp to 32 zero pair init #grow.normal<stddev = 1/50, seed = 7> bias_init #grow.zero
    up_init #grow.constant<1> gate_init #grow.constant<2> down_init #grow.uniform<bound = 1> allow_dead
  // CHECK-NEXT: grow.add_layers at [0, 1, 1, 2] from previous
  grow.add_layers at [0, 1, 1, 2] from previous
  // CHECK-NEXT: grow.add_layers at [3] init #grow.normal<stddev = 1/50> bias_init #grow.zero allow_dead
  grow.add_layers at [3] from random init #grow.normal<stddev = 1/50> bias_init #grow.zero allow_dead
  // CHECK-NEXT: grow.add_layers at [3] from next
  grow.add_layers at [3] from next
}
// CHECK: grow.schedule @empty {
grow.schedule @empty {}

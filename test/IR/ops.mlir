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

// Slices of a parameter are left out; streams are derived along their channels.
// CHECK-LABEL: grow.param @dropped
grow.param @dropped : tensor<4x3xf32> {
  %0 = grow.source "dropped" : tensor<8x3xf32>
  // CHECK: grow.drop %{{.*}} along 0 at [2, 6] by [2, 2] : tensor<8x3xf32>
  %1 = grow.drop %0 along 0 at [2, 6] by [2, 2] : tensor<8x3xf32>
  grow.yield %1 : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @derived_streams(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>, %[[Y:.*]]: tensor<2x?x8xf32>
func.func @derived_streams(%x: tensor<?x?x8xf32>, %y: tensor<2x?x8xf32>) -> (tensor<?x?x10xf32>, tensor<2x?x5xf32>, tensor<?x?x8xf32>) {
  // CHECK: grow.extend %[[X]] with #grow.zero along 2 at [4] by [2] : tensor<?x?x8xf32>
  %0 = grow.extend %x with #grow.zero along 2 at [4] by [2] : tensor<?x?x8xf32>
  // CHECK: grow.drop %[[Y]] along 2 at [0, 7] by [2, 1] : tensor<2x?x8xf32>
  %1 = grow.drop %y along 2 at [0, 7] by [2, 1] : tensor<2x?x8xf32>
  // CHECK: grow.center %[[X]] along 2 : tensor<?x?x8xf32>
  %2 = grow.center %x along 2 : tensor<?x?x8xf32>
  return %0, %1, %2 : tensor<?x?x10xf32>, tensor<2x?x5xf32>, tensor<?x?x8xf32>
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

// The result of a layer is what it yields, of another width than the stream.
// CHECK-LABEL: func.func @layer_that_narrows(
func.func @layer_that_narrows(%x: tensor<?x?x8xf32>) -> tensor<?x?x6xf32> {
  // CHECK: %[[Y:.*]] = grow.layer "h.0" (%[[IN:.*]] = %{{.*}} : tensor<?x?x8xf32>) {
  %0 = grow.layer "h.0" (%y = %x : tensor<?x?x8xf32>) {
    // CHECK-NEXT: %[[D:.*]] = grow.drop %[[IN]]
    %d = grow.drop %y along 2 at [2] by [2] : tensor<?x?x8xf32>
    // CHECK-NEXT: grow.yield %[[D]] : tensor<?x?x6xf32>
    grow.yield %d : tensor<?x?x6xf32>
  }
  // CHECK: return %[[Y]] : tensor<?x?x6xf32>
  return %0 : tensor<?x?x6xf32>
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
// What only some models have.
// CHECK-LABEL: func.func @attention_variants(
func.func @attention_variants(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>,
                              %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>) {
  // CHECK: grow.attention %{{.*}} qk_norm(%[[G:[a-z0-9]+]], %[[G]]) epsilon 1.0e-05 count 4 scale 1/2 softcap 50 causal window 3 :
  %0 = grow.attention %x q(%wq) k(%wk) v(%wk) o(%wo) qk_norm(%g, %g) epsilon 1.0e-05 count 4
    scale 1/2 softcap 50 causal window 3
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>,
       tensor<2x3x4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x8xf32>
  // CHECK: grow.attention %{{.*}} qk_norm(%[[G]], %[[G]]) unit_offset epsilon 0 count 2 rope #{{.*}} scale 1 :
  %1 = grow.attention %x q(%wq) k(%wk) v(%wk) o(%wo) qk_norm(%g, %g) unit_offset epsilon 0 count 2
    rope #grow.rope<half_split, frequencies = [0.5], factor = 1> scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>,
       tensor<2x3x4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x8xf32>
  // CHECK: grow.attention %{{.*}} scale 1 alibi [5.000000e-01, 2.500000e-01, 1.250000e-01, 1.000000e+00, 1.000000e+00, 1.000000e+00] causal :
  %2 = grow.attention %x q(%wq) k(%wk) v(%wk) o(%wo) scale 1 alibi [0.5, 0.25, 0.125, 1.0, 1.0, 1.0] causal
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>,
       tensor<2x3x4x8xf32>) -> tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func.func @around_the_layers(
func.func @around_the_layers(%ids: tensor<?x?xi64>, %images: tensor<?x3x8x4xf32>, %x: tensor<?x?x8xf32>,
                             %table: tensor<6x8xf32>, %b: tensor<6xf32>, %g: tensor<8xf32>,
                             %patch: tensor<3x4x2x8xf32>, %w: tensor<8x5xf32>, %wb: tensor<5xf32>) {
  // CHECK: grow.position_embedding %{{.*}}, %{{.*}} offset 2 : tensor<?x?xi64>, tensor<6x8xf32>
  %0 = grow.position_embedding %ids, %table offset 2 : tensor<?x?xi64>, tensor<6x8xf32>
  // CHECK: grow.position_embedding %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<6x8xf32>
  %1 = grow.position_embedding %x, %table offset 0 : tensor<?x?x8xf32>, tensor<6x8xf32>
  // CHECK: grow.type_embedding %{{.*}}, %{{.*}} row 5 : tensor<?x?xi64>, tensor<6x8xf32>
  %2 = grow.type_embedding %ids, %table row 5 : tensor<?x?xi64>, tensor<6x8xf32>
  // CHECK: grow.patch_embedding %{{.*}} weight(%{{.*}}, %{{.*}}) class_token(%{{.*}}) : {{.*}} -> tensor<?x5x8xf32>
  %3 = grow.patch_embedding %images weight(%patch, %g) class_token(%g)
    : (tensor<?x3x8x4xf32>, tensor<3x4x2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x5x8xf32>
  // CHECK: grow.patch_embedding %{{.*}} weight(%{{.*}}) class_token(%{{.*}}) :
  %4 = grow.patch_embedding %images weight(%patch) class_token(%g)
    : (tensor<?x3x8x4xf32>, tensor<3x4x2x8xf32>, tensor<8xf32>) -> tensor<?x5x8xf32>
  // CHECK: grow.scale %{{.*}} by 1/4 * sqrt(2) : tensor<?x?x8xf32>
  %5 = grow.scale %x by 1/4 * sqrt(2) : tensor<?x?x8xf32>
  // CHECK: grow.softcap %{{.*}} at 30 : tensor<?x?x8xf32>
  %6 = grow.softcap %x at 30 : tensor<?x?x8xf32>
  // CHECK: grow.select_token %[[V:.*]] at 4 : tensor<?x5x8xf32>
  %7 = grow.select_token %3 at 4 : tensor<?x5x8xf32>
  // CHECK: grow.unembedding %{{.*}}, %{{.*}} bias(%{{.*}} : tensor<6xf32>) : tensor<?x1x8xf32>, tensor<6x8xf32>
  %8 = grow.unembedding %7, %table bias(%b : tensor<6xf32>) : tensor<?x1x8xf32>, tensor<6x8xf32>
  // CHECK: grow.dense %{{.*}}, %{{.*}} bias(%{{.*}} : tensor<5xf32>) activation gelu : tensor<?x?x8xf32>, tensor<8x5xf32>
  %9 = grow.dense %x, %w bias(%wb : tensor<5xf32>) activation gelu : tensor<?x?x8xf32>, tensor<8x5xf32>
  // CHECK: grow.dense %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<8x5xf32>
  %10 = grow.dense %x, %w : tensor<?x?x8xf32>, tensor<8x5xf32>
  // CHECK: grow.rms_norm %{{.*}} gain(%{{.*}}) unit_offset epsilon 0 count 8 :
  %11 = grow.rms_norm %x gain(%g) unit_offset epsilon 0 count 8 : tensor<?x?x8xf32>
  // CHECK: grow.layer_norm %{{.*}} gain(%{{.*}}) epsilon 0 count 8 centered 4 :
  %12 = grow.layer_norm %x gain(%g) epsilon 0 count 8 centered 4 : tensor<?x?x8xf32>
  return
}

// CHECK: grow.param @regrouped
grow.param @regrouped : tensor<8x4x2x4xf32> {
  %0 = grow.source "regrouped" : tensor<8x2x4x4xf32>
  // CHECK: grow.regroup %{{.*}} along 1 into 4 x 2 : tensor<8x2x4x4xf32>
  %1 = grow.regroup %0 along 1 into 4 x 2 : tensor<8x2x4x4xf32>
  // CHECK-NEXT: grow.center %{{.*}} along 0 : tensor<8x4x2x4xf32>
  %2 = grow.center %1 along 0 : tensor<8x4x2x4xf32>
  // CHECK-NEXT: grow.scale %{{.*}} by 1/2 about -1 : tensor<8x4x2x4xf32>
  %3 = grow.scale %2 by 1/2 about -1 : tensor<8x4x2x4xf32>
  grow.yield %3 : tensor<8x4x2x4xf32>
}

// CHECK-LABEL: grow.schedule @width {
grow.schedule @width {
  // CHECK-NEXT: grow.expand_heads to 8{{$}}
  grow.expand_heads to 8 zero output
  // CHECK-NEXT: grow.expand_heads to 8 layers [0:2] zero value init #grow.zero bias_init #grow.zero value_init #grow.zero output_init #grow.constant<1> allow_dead
  grow.expand_heads to 8 layers [0, 1] zero value init #grow.zero bias_init #grow.zero value_init #grow.zero output_init #grow.constant<1> allow_dead
  // CHECK-NEXT: grow.expand_attention to 8{{$}}
  grow.expand_attention to 8 zero key compensation graph
  // CHECK-NEXT: grow.expand_attention to 8 layers [1] zero query compensation weights frequencies [1.000000e+00, 5.000000e-01] init #grow.constant<1> bias_init #grow.zero query_init #grow.zero key_init #grow.constant<2> allow_dead
  grow.expand_attention to 8 layers [1] zero query compensation weights frequencies [1.0, 0.5]
    init #grow.constant<1> bias_init #grow.zero query_init #grow.zero key_init #grow.constant<2> allow_dead
  // CHECK-NEXT: grow.add_heads groups by 2{{$}}
  grow.add_heads groups by 2
  // CHECK-NEXT: grow.add_heads queries by 1 layers [0] init #grow.constant<1> bias_init #grow.zero query_init #grow.constant<2> output_init #grow.zero allow_dead
  grow.add_heads queries by 1 layers [0] init #grow.constant<1> bias_init #grow.zero query_init #grow.constant<2>
    output_init #grow.zero allow_dead
  // CHECK-NEXT: grow.add_heads groups by 1 zero value key_init #grow.constant<1> value_init #grow.zero
  grow.add_heads groups by 1 zero value key_init #grow.constant<1> value_init #grow.zero
  // CHECK-NEXT: grow.unshare_heads by 2{{$}}
  grow.unshare_heads by 2
  // CHECK-NEXT: grow.unshare_heads by 4 layers [0, 2]
  grow.unshare_heads by 4 layers [0, 2]
  // CHECK-NEXT: grow.expand_hidden to 16{{$}}
  grow.expand_hidden to 16
  // CHECK-NEXT: grow.expand_hidden to 16 compensation weights padding centered init #grow.constant<1> gain_init #grow.constant<2> allow_dead
  grow.expand_hidden to 16 compensation weights padding centered init #grow.constant<1> gain_init #grow.constant<2> allow_dead
  // CHECK-NEXT: grow.expand_vocabulary to 32 init #grow.mean bias_init #grow.zero
  grow.expand_vocabulary to 32 init #grow.mean bias_init #grow.zero
  // CHECK-NEXT: grow.expand_positions to 64 init #grow.constant<1>
  grow.expand_positions to 64 init #grow.constant<1>
}
// CHECK: grow.schedule @empty {
grow.schedule @empty {}

// CHECK-LABEL: func @kernels
func.func @kernels(%q: tensor<?x?x2x3x16xbf16>, %k: tensor<?x?x2x16xbf16>, %v: tensor<?x?x2x32xbf16>,
    %slopes: tensor<2x3xf32>, %o: tensor<?x?x2x3x32xbf16>, %qb: memref<2x8x2x3x16xf16>,
    %kb: memref<2x8x2x16xf16>, %vb: memref<2x8x2x32xf16>, %ob: memref<2x8x2x3x32xf16>) -> tensor<?x?x2x3x32xbf16> {
  // CHECK-NEXT: grow.fused_attention ins(%{{.*}}, %{{.*}}, %{{.*}} slopes %{{.*}} : tensor<?x?x2x3x16xbf16>, tensor<?x?x2x16xbf16>, tensor<?x?x2x32xbf16>, tensor<2x3xf32>) outs(%{{.*}} : tensor<?x?x2x3x32xbf16>) scale 1/4 softcap 30 causal window 5 -> tensor<?x?x2x3x32xbf16>
  %0 = grow.fused_attention ins(%q, %k, %v slopes %slopes : tensor<?x?x2x3x16xbf16>, tensor<?x?x2x16xbf16>,
      tensor<?x?x2x32xbf16>, tensor<2x3xf32>) outs(%o : tensor<?x?x2x3x32xbf16>) scale 1/4 softcap 30 causal window 5
      -> tensor<?x?x2x3x32xbf16>
  // CHECK-NEXT: grow.fused_attention ins(%{{.*}}, %{{.*}}, %{{.*}} : memref<2x8x2x3x16xf16>, memref<2x8x2x16xf16>, memref<2x8x2x32xf16>) outs(%{{.*}} : memref<2x8x2x3x32xf16>) scale 1/4{{$}}
  grow.fused_attention ins(%qb, %kb, %vb : memref<2x8x2x3x16xf16>, memref<2x8x2x16xf16>, memref<2x8x2x32xf16>)
      outs(%ob : memref<2x8x2x3x32xf16>) scale 1/4
  return %0 : tensor<?x?x2x3x32xbf16>
}

// Every diagnostic of the ops; where a constraint is numbered in the op's
// description its label stands above the test that breaks it.
// RUN: grow-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

// param_c1
// expected-error @below {{attribute 'type' failed to satisfy constraint}}
grow.param @w : tensor<4xi32>

// -----

// param_c1
// expected-error @below {{expects a static shape of 1 to 4 axes, none of them empty, but found 'tensor<?xf32>'}}
grow.param @w : tensor<?xf32>

// -----

// param_c1
// expected-error @below {{expects a static shape of 1 to 4 axes, none of them empty, but found 'tensor<f32>'}}
grow.param @w : tensor<f32>

// -----

// param_c1
// expected-error @below {{expects a static shape of 1 to 4 axes, none of them empty, but found 'tensor<1x1x1x1x1xf32>'}}
grow.param @w : tensor<1x1x1x1x1xf32>

// -----

// param_c1
// expected-error @below {{expects a static shape of 1 to 4 axes, none of them empty, but found 'tensor<0xf32>'}}
grow.param @w : tensor<0xf32>

// -----

// param_c2
// expected-error @below {{expects the storage to name 2 axes, but it names 1}}
grow.param @w : tensor<4x2xf32> storage<"w"[0]>

// -----

// expected-error @below {{has 2 stored dimensions and cannot be a part along 2 inside 0}}
grow.param @w : tensor<4x2xf32> storage<"w", part 0 of 2 along 2 inside 0>

// -----

// Without axes in the storage each stored dimension is one axis.
// expected-error @below {{has 2 stored dimensions and cannot be a part along 0 inside 1}}
grow.param @w : tensor<4x2xf32> storage<"w", part 0 of 2 along 0 inside 1>

// -----

// param_c3
// expected-error @below {{expects a non-empty block}}
"grow.param"() <{sym_name = "w", type = tensor<4xf32>}> ({
^bb0:
}) : () -> ()

// -----

// param_c3
// expected-error @below {{expects its derivation to end in 'grow.yield'}}
grow.param @w : tensor<4xf32> {
  llvm.unreachable
}

// -----

// param_c3
grow.param @w : tensor<4xf32> {
  %0 = grow.source "w" : tensor<3xf32>
  // expected-error @below {{expects a value of the parameter's type 'tensor<4xf32>', but found 'tensor<3xf32>'}}
  grow.yield %0 : tensor<3xf32>
}

// -----

// expected-error @below {{expects only derivation ops in its region}}
grow.param @w : tensor<4xf32> {
  // expected-note @below {{found 'grow.get'}}
  %0 = grow.get @w : tensor<4xf32>
  grow.yield %0 : tensor<4xf32>
}

// -----

func.func @get_unknown() {
  // expected-error @below {{expects @nothing to be a 'grow.param' of the module}}
  %0 = grow.get @nothing : tensor<3xf32>
  return
}

// -----

// get_c1: a symbol, but not of a parameter.
func.func @get_function() {
  // expected-error @below {{expects @get_function to be a 'grow.param' of the module}}
  %0 = grow.get @get_function : tensor<3xf32>
  return
}

// -----

// get_c1
// expected-note @below {{the parameter is 'tensor<2xf32>'}}
grow.param @w : tensor<2xf32>
func.func @get_type() {
  // expected-error @below {{reads @w as 'tensor<3xf32>'}}
  %0 = grow.get @w : tensor<3xf32>
  return
}

// -----

func.func @yield_elsewhere(%x: tensor<2xf32>) {
  // expected-error @below {{expects parent op to be one of 'grow.param, grow.layer'}}
  grow.yield %x : tensor<2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Derivations
//===----------------------------------------------------------------------===//

// fill_c1
func.func @fill_reads() {
  // expected-error @below {{expects a fill that needs no input, but found #grow.mean}}
  %0 = grow.fill #grow.mean -> tensor<4xf32>
  return
}

// -----

func.func @fill_order() {
  // expected-error @below {{expects 'order' to be a permutation of the 2 axes, but found [0, 2]}}
  %0 = grow.fill #grow.zero order [0, 2] -> tensor<2x2xf32>
  return
}

// -----

func.func @fill_dynamic() {
  // expected-error @below {{result #0 must be statically shaped tensor}}
  %0 = grow.fill #grow.zero -> tensor<?xf32>
  return
}

// -----

// extend_c1
func.func @extend_axis(%x: tensor<4xf32>) {
  // expected-error @below {{expects one of the 1 axes of 'tensor<4xf32>', but found axis 1}}
  %0 = grow.extend %x with #grow.zero along 1 at [4] by [1] : tensor<4xf32>
  return
}

// -----

// extend_c1: the generic form states a type and infers none.
func.func @extend_axis_generic(%x: tensor<4xf32>) {
  // expected-error @below {{expects one of the 1 axes of 'tensor<4xf32>', but found axis 9223372036854775807}}
  %0 = "grow.extend"(%x) <{axis = 9223372036854775807 : i64, positions = array<i64: 4>, sizes = array<i64: 1>, fill = #grow.zero}> : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @extend_result(%x: tensor<4xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<5xf32>' are incompatible with return type(s) of operation 'tensor<f32>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = "grow.extend"(%x) <{axis = 0 : i64, positions = array<i64: 4>, sizes = array<i64: 1>, fill = #grow.zero}> : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

// extend_c2
func.func @extend_beyond(%x: tensor<4xf32>) {
  // expected-error @below {{expects positions between 0 and 4, but found 5}}
  %0 = grow.extend %x with #grow.zero along 0 at [5] by [1] : tensor<4xf32>
  return
}

// -----

// extend_c2
func.func @extend_negative(%x: tensor<4xf32>) {
  // expected-error @below {{expects positions between 0 and 4, but found -1}}
  %0 = grow.extend %x with #grow.zero along 0 at [-1] by [1] : tensor<4xf32>
  return
}

// -----

// extend_c2
func.func @extend_twice(%x: tensor<4xf32>) {
  // expected-error @below {{expects positions in increasing order, but 2 follows 2}}
  %0 = grow.extend %x with #grow.zero along 0 at [2, 2] by [1, 1] : tensor<4xf32>
  return
}

// -----

// extend_c2
func.func @extend_unmatched(%x: tensor<4xf32>) {
  // expected-error @below {{expects a size for each position, and at least one, but found 2 positions and 1 sizes}}
  %0 = grow.extend %x with #grow.zero along 0 at [2, 3] by [1] : tensor<4xf32>
  return
}

// -----

// extend_c2
func.func @extend_nothing(%x: tensor<4xf32>) {
  // expected-error @below {{expects a size for each position, and at least one, but found 0 positions and 0 sizes}}
  %0 = grow.extend %x with #grow.zero along 0 at [] by [] : tensor<4xf32>
  return
}

// -----

// extend_c2
func.func @extend_shrinks(%x: tensor<4xf32>) {
  // expected-error @below {{expects positive sizes whose sum fits in 63 bits, but found [-5]}}
  %0 = grow.extend %x with #grow.zero along 0 at [2] by [-5] : tensor<4xf32>
  return
}

// -----

// extend_c2
func.func @extend_overflows(%x: tensor<4xf32>) {
  // expected-error @below {{expects positive sizes whose sum fits in 63 bits, but found [9223372036854775807]}}
  %0 = grow.extend %x with #grow.zero along 0 at [2] by [9223372036854775807] : tensor<4xf32>
  return
}

// -----

// extend_c3
func.func @extend_copies_too_few(%x: tensor<4xf32>) {
  // expected-error @below {{expects a copy of 2 slices, as many as are inserted, but it names 1}}
  %0 = grow.extend %x with #grow.copy<[0], factor = 1> along 0 at [2] by [2] : tensor<4xf32>
  return
}

// -----

// extend_c3
func.func @extend_copies_beyond(%x: tensor<4xf32>) {
  // expected-error @below {{expects copies of slices 0 to 3, but found 4}}
  %0 = grow.extend %x with #grow.copy<[4], factor = 1> along 0 at [2] by [1] : tensor<4xf32>
  return
}

// -----

// extend_c3
func.func @extend_mean_of_nothing(%x: tensor<0x4xf32>) {
  // expected-error @below {{expects at least one slice to take the mean of}}
  %0 = grow.extend %x with #grow.mean along 0 at [0] by [1] : tensor<0x4xf32>
  return
}

// -----

// extend_c4
func.func @extend_order(%x: tensor<4xf32>) {
  // expected-error @below {{expects 'order' to be a permutation of the 1 axes, but found [1]}}
  %0 = grow.extend %x with #grow.zero along 0 at [2] by [1] order [1] : tensor<4xf32>
  return
}

// -----

func.func @extend_without_fill(%x: tensor<4xf32>) {
  // expected-error @below {{invalid kind of attribute specified}}
  %0 = grow.extend %x with "zero" along 0 at [2] by [1] : tensor<4xf32>
  return
}

// -----

// scale_c1
func.func @scale_zero(%x: tensor<4xf32>) {
  // expected-error @below {{expects a factor other than zero}}
  %0 = grow.scale %x by 0 : tensor<4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Model ops
//===----------------------------------------------------------------------===//

func.func @embedding_rank(%ids: tensor<?x?xi64>, %t: tensor<8xf32>) {
  // expected-error @below {{expects a batch of sequences and a table, but found 'tensor<?x?xi64>' and 'tensor<8xf32>'}}
  %0 = grow.embedding %ids, %t : tensor<?x?xi64>, tensor<8xf32>
  return
}

// -----

func.func @embedding_ids(%ids: tensor<?x?xf32>, %t: tensor<4x8xf32>) {
  // expected-error @below {{operand #0 must be 2D tensor of 64-bit signless integer or 32-bit signless integer}}
  %0 = grow.embedding %ids, %t : tensor<?x?xf32>, tensor<4x8xf32>
  return
}

// -----

// unembedding_c1
func.func @unembedding_hidden(%x: tensor<?x?x8xf32>, %t: tensor<4x7xf32>) {
  // expected-error @below {{expects 'table' of type 'tensor<4x8xf32>', but found 'tensor<4x7xf32>'}}
  %0 = grow.unembedding %x, %t : tensor<?x?x8xf32>, tensor<4x7xf32>
  return
}

// -----

// unembedding_c1
func.func @unembedding_type(%x: tensor<?x?x8xf32>, %t: tensor<4x8xf16>) {
  // expected-error @below {{expects 'table' of type 'tensor<4x8xf32>', but found 'tensor<4x8xf16>'}}
  %0 = grow.unembedding %x, %t : tensor<?x?x8xf32>, tensor<4x8xf16>
  return
}

// -----

// The gain's type follows from the stream's.
// expected-note @below {{prior use here}}
func.func @norm_gain(%x: tensor<?x?x8xf32>, %g: tensor<4xf32>) {
  // expected-error @below {{expects different type than prior uses: 'tensor<8xf32>' vs 'tensor<4xf32>'}}
  %0 = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
  return
}

// -----

func.func @norm_gain_generic(%x: tensor<?x?x8xf32>, %g: tensor<4xf32>) {
  // expected-error @below {{'gain' has one entry per channel of 'x'}}
  %0 = "grow.rms_norm"(%x, %g) <{epsilon = #grow.exact<0>, count = 8 : i64}>
    : (tensor<?x?x8xf32>, tensor<4xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

func.func @rms_norm_epsilon(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{expects an epsilon of at least 0}}
  %0 = grow.rms_norm %x gain(%g) epsilon -1 count 8 : tensor<?x?x8xf32>
  return
}

// -----

func.func @layer_norm_epsilon(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{expects an epsilon of at least 0}}
  %0 = grow.layer_norm %x gain(%g) epsilon -1 count 8 centered 8 : tensor<?x?x8xf32>
  return
}

// -----

func.func @layer_norm_count(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{'centered' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = grow.layer_norm %x gain(%g) epsilon 0 count 8 centered 0 : tensor<?x?x8xf32>
  return
}

// -----

// attention_c1: keys for three groups, queries for two.
func.func @attention_groups(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>,
    %k: tensor<8x3x4xf32>, %v: tensor<8x2x4xf32>, %o: tensor<2x1x4x8xf32>) {
  // expected-error @below {{expects 'wk' of type 'tensor<8x2x4xf32>', but found 'tensor<8x3x4xf32>'}}
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x3x4xf32>, tensor<8x2x4xf32>, tensor<2x1x4x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c1
func.func @attention_hidden(%x: tensor<?x?x8xf32>, %q: tensor<7x2x1x4xf32>,
    %k: tensor<8x2x4xf32>, %v: tensor<8x2x4xf32>, %o: tensor<2x1x4x8xf32>) {
  // expected-error @below {{expects 'wq' of type 'tensor<8x2x1x4xf32>', but found 'tensor<7x2x1x4xf32>'}}
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1
    : (tensor<?x?x8xf32>, tensor<7x2x1x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x1x4x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c1
func.func @attention_value_groups(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>,
    %k: tensor<8x2x4xf32>, %v: tensor<8x1x4xf32>, %o: tensor<2x1x4x8xf32>) {
  // expected-error @below {{expects 'wv' of type 'tensor<8x2x4xf32>', but found 'tensor<8x1x4xf32>'}}
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x2x4xf32>, tensor<8x1x4xf32>, tensor<2x1x4x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c1: the output projection's input is as wide as the values.
func.func @attention_value_width(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>,
    %k: tensor<8x2x4xf32>, %v: tensor<8x2x5xf32>, %o: tensor<2x1x4x8xf32>) {
  // expected-error @below {{expects 'wo' of type 'tensor<2x1x5x8xf32>', but found 'tensor<2x1x4x8xf32>'}}
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x2x4xf32>, tensor<8x2x5xf32>, tensor<2x1x4x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c1
func.func @attention_biases(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>, %k: tensor<8x2x4xf32>,
    %v: tensor<8x2x5xf32>, %o: tensor<2x1x5x8xf32>, %b: tensor<9xf32>, %b2: tensor<2x9xf32>,
    %b3: tensor<2x1x9xf32>) {
  // expected-error @below {{expects 'bq' of type 'tensor<2x1x4xf32>', but found 'tensor<2x1x9xf32>'}}
  %0 = grow.attention %x q(%q, %b3) k(%k) v(%v) o(%o) scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<2x1x9xf32>, tensor<8x2x4xf32>, tensor<8x2x5xf32>, tensor<2x1x5x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c1
func.func @attention_biases(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>, %k: tensor<8x2x4xf32>,
    %v: tensor<8x2x5xf32>, %o: tensor<2x1x5x8xf32>, %b: tensor<9xf32>, %b2: tensor<2x9xf32>,
    %b3: tensor<2x1x9xf32>) {
  // expected-error @below {{expects 'bk' of type 'tensor<2x4xf32>', but found 'tensor<2x9xf32>'}}
  %0 = grow.attention %x q(%q) k(%k, %b2) v(%v) o(%o) scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x2x4xf32>, tensor<2x9xf32>, tensor<8x2x5xf32>, tensor<2x1x5x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c1
func.func @attention_biases(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>, %k: tensor<8x2x4xf32>,
    %v: tensor<8x2x5xf32>, %o: tensor<2x1x5x8xf32>, %b: tensor<9xf32>, %b2: tensor<2x9xf32>,
    %b3: tensor<2x1x9xf32>) {
  // expected-error @below {{expects 'bv' of type 'tensor<2x5xf32>', but found 'tensor<2x9xf32>'}}
  %0 = grow.attention %x q(%q) k(%k) v(%v, %b2) o(%o) scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x2x4xf32>, tensor<8x2x5xf32>, tensor<2x9xf32>, tensor<2x1x5x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c1
func.func @attention_biases(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>, %k: tensor<8x2x4xf32>,
    %v: tensor<8x2x5xf32>, %o: tensor<2x1x5x8xf32>, %b: tensor<9xf32>, %b2: tensor<2x9xf32>,
    %b3: tensor<2x1x9xf32>) {
  // expected-error @below {{expects 'bo' of type 'tensor<8xf32>', but found 'tensor<9xf32>'}}
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o, %b) scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x2x4xf32>, tensor<8x2x5xf32>, tensor<2x1x5x8xf32>, tensor<9xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c2
func.func @attention_rope(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x5xf32>,
    %k: tensor<8x2x5xf32>, %v: tensor<8x2x4xf32>, %o: tensor<2x1x4x8xf32>) {
  // expected-error @below {{expects a rotary embedding of at most 2 frequencies for a key width of 5, but found 3}}
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o)
    rope #grow.rope<half_split, frequencies = [1.0, 0.1, 0.01], factor = 1> scale 1
    : (tensor<?x?x8xf32>, tensor<8x2x1x5xf32>, tensor<8x2x5xf32>, tensor<8x2x4xf32>, tensor<2x1x4x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c3
func.func @attention_scale(%x: tensor<?x?x8xf32>, %q: tensor<8x2x1x4xf32>,
    %k: tensor<8x2x4xf32>, %v: tensor<8x2x4xf32>, %o: tensor<2x1x4x8xf32>) {
  // expected-error @below {{expects a positive scale}}
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 0
    : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x1x4x8xf32>)
    -> tensor<?x?x8xf32>
  return
}

// -----

// mlp_c1
func.func @mlp_weights(%x: tensor<?x?x8xf32>, %up: tensor<8x12xf32>, %up7: tensor<7x12xf32>,
                       %up13: tensor<8x13xf32>, %down: tensor<12x8xf32>) {
  // expected-error @below {{expects 'up' of type 'tensor<8x12xf32>', but found 'tensor<7x12xf32>'}}
  %0 = grow.mlp %x up(%up7) down(%down) activation relu
    : (tensor<?x?x8xf32>, tensor<7x12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// mlp_c1
func.func @mlp_weights(%x: tensor<?x?x8xf32>, %up: tensor<8x12xf32>, %up7: tensor<7x12xf32>,
                       %up13: tensor<8x13xf32>, %down: tensor<12x8xf32>) {
  // expected-error @below {{expects 'gate' of type 'tensor<8x12xf32>', but found 'tensor<8x13xf32>'}}
  %0 = grow.mlp %x up(%up) gate(%up13) down(%down) activation relu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<8x13xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// mlp_c1
func.func @mlp_weights(%x: tensor<?x?x8xf32>, %up: tensor<8x12xf32>, %up7: tensor<7x12xf32>,
                       %up13: tensor<8x13xf32>, %down: tensor<12x8xf32>) {
  // expected-error @below {{expects 'down' of type 'tensor<13x8xf32>', but found 'tensor<12x8xf32>'}}
  %0 = grow.mlp %x up(%up13) down(%down) activation relu
    : (tensor<?x?x8xf32>, tensor<8x13xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// mlp_c1
func.func @mlp_biases(%x: tensor<?x?x8xf32>, %up: tensor<8x12xf32>, %down: tensor<12x8xf32>, %b: tensor<9xf32>) {
  // expected-error @below {{expects 'up_bias' of type 'tensor<12xf32>', but found 'tensor<9xf32>'}}
  %0 = grow.mlp %x up(%up, %b) down(%down) activation relu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<9xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// mlp_c1
func.func @mlp_biases(%x: tensor<?x?x8xf32>, %up: tensor<8x12xf32>, %down: tensor<12x8xf32>, %b: tensor<9xf32>) {
  // expected-error @below {{expects 'gate_bias' of type 'tensor<12xf32>', but found 'tensor<9xf32>'}}
  %0 = grow.mlp %x up(%up) gate(%up, %b) down(%down) activation relu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<8x12xf32>, tensor<9xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// mlp_c1
func.func @mlp_biases(%x: tensor<?x?x8xf32>, %up: tensor<8x12xf32>, %down: tensor<12x8xf32>, %b: tensor<9xf32>) {
  // expected-error @below {{expects 'down_bias' of type 'tensor<8xf32>', but found 'tensor<9xf32>'}}
  %0 = grow.mlp %x up(%up) down(%down, %b) activation relu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<12x8xf32>, tensor<9xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// The written form cannot say this.
func.func @mlp_gate_bias_alone(%x: tensor<?x?x8xf32>, %up: tensor<8x12xf32>, %down: tensor<12x8xf32>, %b: tensor<12xf32>) {
  // expected-error @below {{has a bias for a gate, but no gate}}
  %0 = "grow.mlp"(%x, %up, %b, %down) <{activation = #grow<activation relu>,
      operandSegmentSizes = array<i32: 1, 1, 0, 0, 1, 1, 0>}>
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

func.func @mlp_dynamic(%x: tensor<?x?x?xf32>, %up: tensor<?x8xf32>, %down: tensor<8x?xf32>) {
  // expected-error @below {{operand #1 must be statically shaped 2D tensor}}
  %0 = grow.mlp %x up(%up) down(%down) activation silu
    : (tensor<?x?x?xf32>, tensor<?x8xf32>, tensor<8x?xf32>) -> tensor<?x?x?xf32>
  return
}

// -----

// layer_c1
func.func @layer_inputs(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects the residual stream as input}}
  %0 = grow.layer "a" () { grow.yield %x : tensor<?x?x8xf32> }
  return
}

// -----

// layer_c1
func.func @layer_inputs_generic() {
  // expected-error @below {{expects the residual stream as first operand}}
  %0 = "grow.layer"() <{name = "a"}> ({
    %1 = grow.source "w" : tensor<1x1x8xf32>
    grow.yield %1 : tensor<1x1x8xf32>
  }) : () -> tensor<?x?x8xf32>
  return
}

// -----

func.func @layer_arguments(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects one argument in its region for each operand, of the same type}}
  %0 = "grow.layer"(%x) <{name = "a"}> ({
  ^bb0(%y: tensor<?x?x4xf32>):
    grow.yield %y : tensor<?x?x4xf32>
  }) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// layer_c1
func.func @layer_result(%x: tensor<?x?x8xf32>) {
  %0 = "grow.layer"(%x) <{name = "a"}> ({
  ^bb0(%y: tensor<?x?x8xf32>):
    // expected-error @below {{expects a value of the layer's type 'tensor<?x?x9xf32>', but found 'tensor<?x?x8xf32>'}}
    grow.yield %y : tensor<?x?x8xf32>
  }) : (tensor<?x?x8xf32>) -> tensor<?x?x9xf32>
  return
}

// -----

// layer_c1
func.func @layer_yield(%x: tensor<?x?x8xf32>, %m: tensor<8xf32>) {
  // expected-error @below {{result #0 must be 3D tensor}}
  %0 = grow.layer "a" (%y = %x : tensor<?x?x8xf32>, %n = %m : tensor<8xf32>) {
    grow.yield %n : tensor<8xf32>
  }
  return
}

// -----

func.func @layer_empty_region(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects a non-empty block}}
  %0 = grow.layer "a" (%y = %x : tensor<?x?x8xf32>) {}
  return
}

// -----

func.func @layer_yields_nothing(%x: tensor<?x?x8xf32>) {
  %0 = grow.layer "a" (%y = %x : tensor<?x?x8xf32>) {
    // expected-error @below {{requires a single operand}}
    "grow.yield"() : () -> ()
  }
  return
}

// -----

func.func @layer_terminator(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects its region to end in 'grow.yield'}}
  %0 = "grow.layer"(%x) <{name = "a"}> ({
  ^bb0(%y: tensor<?x?x8xf32>):
    llvm.unreachable
  }) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Expansions
//===----------------------------------------------------------------------===//

// expected-error @below {{expects parent op 'grow.schedule'}}
grow.expand_mlp to 4

// -----

// expand_mlp_c1
grow.schedule @s {
  // expected-error @below {{'size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  grow.expand_mlp to 0
}

// -----

// expand_mlp_c2
grow.schedule @s {
  // expected-error @below {{expects at least one layer in 'layers'}}
  grow.expand_mlp to 4 layers []
}

// -----

// expand_mlp_c2
grow.schedule @s {
  // expected-error @below {{expects 'layers' not to be negative, but found -1}}
  grow.expand_mlp to 4 layers [-1]
}

// -----

// expand_mlp_c2
grow.schedule @s {
  // expected-error @below {{expects 'layers' in strictly increasing order, but 1 follows 1}}
  grow.expand_mlp to 4 layers [1, 1]
}

// -----

grow.schedule @s {
  // expected-error @below {{expects a range of at least one and at most 1048576 layers, but found 2:2}}
  grow.expand_mlp to 4 layers [2:2]
}

// -----

grow.schedule @s {
  // expected-error @below {{expects a range of at least one and at most 1048576 layers, but found -9223372036854775808:9223372036854775807}}
  grow.expand_mlp to 4 layers [-9223372036854775808:9223372036854775807]
}

// -----

// expand_mlp_c3
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_mlp to 4 init #grow.mean
}

// -----

// expand_mlp_c3
grow.schedule @s {
  // expected-error @below {{expects 'bias_init' to be a fill that needs no input}}
  grow.expand_mlp to 4 bias_init #grow.mean
}

// -----

// expand_mlp_c3
grow.schedule @s {
  // expected-error @below {{expects 'up_init' to be a fill that needs no input}}
  grow.expand_mlp to 4 up_init #grow.mean
}

// -----

// expand_mlp_c3
grow.schedule @s {
  // expected-error @below {{expects 'gate_init' to be a fill that needs no input}}
  grow.expand_mlp to 4 gate_init #grow.copy<[0], factor = 1>
}

// -----

// expand_mlp_c3
grow.schedule @s {
  // expected-error @below {{expects 'down_init' to be a fill that needs no input}}
  grow.expand_mlp to 4 down_init #grow.mean
}

// -----

grow.schedule @s {
  // expected-error @+2 {{to be one of: down, up, gate, pair}}
  // expected-error @+2 {{failed to parse Grow_MLPZeroSideAttr}}
  grow.expand_mlp to 4 zero sideways
}

// -----

// add_layers_c1
grow.schedule @s {
  // expected-error @below {{expects at least one position}}
  grow.add_layers at []
}

// -----

// add_layers_c1
grow.schedule @s {
  // expected-error @below {{expects positions not to be negative, but found -1}}
  grow.add_layers at [-1]
}

// -----

// add_layers_c1
grow.schedule @s {
  // expected-error @below {{expects positions in increasing order, but 0 follows 1}}
  grow.add_layers at [1, 0]
}

// -----

// add_layers_c2
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_layers at [1] init #grow.mean
}

// -----

// add_layers_c2
grow.schedule @s {
  // expected-error @below {{expects 'bias_init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_layers at [1] bias_init #grow.mean
}

// -----

// Types are inferred before operands are checked.
func.func @negative_embedding_rank(%ids: tensor<?x?xi64>, %t: tensor<f32>) {
  // expected-error @below {{expects a batch of sequences and a table, but found 'tensor<?x?xi64>' and 'tensor<f32>'}}
  %0 = grow.embedding %ids, %t : tensor<?x?xi64>, tensor<f32>
  return
}

// -----

func.func @negative_position_embedding_rank(%ids: tensor<i64>, %t: tensor<4x8xf32>) {
  // expected-error @below {{expects a batch of sequences and a table, but found 'tensor<i64>' and 'tensor<4x8xf32>'}}
  %0 = grow.position_embedding %ids, %t : tensor<i64>, tensor<4x8xf32>
  return
}

// -----

func.func @negative_unembedding_rank(%x: tensor<f32>, %t: tensor<f32>) {
  // expected-error @below {{expects tensors of rank 3 and 2, but found 'tensor<f32>' and 'tensor<f32>'}}
  %0 = grow.unembedding %x, %t : tensor<f32>, tensor<f32>
  return
}

// -----

// param_c1
// expected-error @below {{expects a size in bytes that fits in 63 bits, but found 'tensor<4294967296x4294967296xf32>'}}
grow.param @w : tensor<4294967296x4294967296xf32>

// -----

// param_c1
// expected-error @below {{expects a tensor without an encoding, but found 'tensor<4xf32, "rows">'}}
grow.param @w : tensor<4xf32, "rows">

// -----

// param_c3
grow.param @w : tensor<4x3xf32> {
  %0 = grow.source "w" : tensor<4x3xf32>
  // expected-error @below {{expects the rank and the element type of the parameter, 'tensor<4x3xf32>', but found 'tensor<3xf32>'}}
  %1 = grow.fill #grow.zero -> tensor<3xf32>
  grow.yield %0 : tensor<4x3xf32>
}

// -----

// param_c3
grow.param @w : tensor<4x3xf32> {
  // expected-error @below {{expects no 'order' in a derivation, whose axes are the logical ones}}
  %0 = grow.fill #grow.zero order [1, 0] -> tensor<4x3xf32>
  grow.yield %0 : tensor<4x3xf32>
}

// -----

// layer_c2
func.func @negative_layer_nested(%x0: tensor<?x?x8xf32>) {
  // expected-note @below {{the other layer is here}}
  %0 = grow.layer "a" (%x = %x0 : tensor<?x?x8xf32>) {
    // expected-error @below {{expects not to stand in another layer}}
    %1 = grow.layer "b" (%y = %x : tensor<?x?x8xf32>) {
      grow.yield %y : tensor<?x?x8xf32>
    }
    grow.yield %1 : tensor<?x?x8xf32>
  }
  return
}

// -----

// fill_c2
func.func @negative_fill_counter(%key: i64) {
  // expected-error @below {{expects a tensor of at most 4 axes, the words of the generator's counter, but found 5}}
  %0 = grow.fill #grow.normal<stddev = 1> key(%key) -> tensor<1x2x3x4x5xf32>
  return
}

// -----

// fill_c3
func.func @infinite_fill(%key: i64) {
  // expected-error @below {{fills with entries up to 1.000e+05, but the largest finite 'f16' is 6.550e+04}}
  %0 = grow.fill #grow.constant<-100000> -> tensor<2xf16>
  return
}

// -----

// extend_c7
grow.param @p : tensor<2x4xf32> {
  %0 = grow.source "p" : tensor<2x3xf32>
  // expected-error @below {{in @p fills with entries up to 1.000e+39, but the largest finite 'f32' is 3.403e+38}}
  %1 = grow.extend %0 with #grow.uniform<bound = 1.0e+39> along 1 at [3] by [1] : tensor<2x3xf32>
  grow.yield %1 : tensor<2x4xf32>
}

// -----

// extend_c5
func.func @negative_extend_counter(%x: tensor<1x2x3x4x5xf32>, %key: i64) {
  // expected-error @below {{expects a tensor of at most 4 axes, the words of the generator's counter, but found 5}}
  %0 = grow.extend %x with #grow.normal<stddev = 1> along 0 at [1] by [1] key(%key) : tensor<1x2x3x4x5xf32>
  return
}

// -----

// param_c4
// expected-note @below {{the function is here}}
func.func @negative_param_in_function() {
  builtin.module {
    // expected-error @below {{expects to stand in a module that is not inside of a function}}
    grow.param @w : tensor<4xf32>
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// Variants of attention, and what is around the layers
//===----------------------------------------------------------------------===//

// -----

// attention_c3
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects a positive soft cap}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0>, scale = #grow.exact<1>, softcap = #grow.exact<0>}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c4
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects a window only with 'causal'}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0>, scale = #grow.exact<1>, window = 3 : i64}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c5
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects gains for both queries and keys, or for neither}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo, %g) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0>, scale = #grow.exact<1>}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>, tensor<4xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c5
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects an epsilon and a count with the gains of queries and keys, and none without}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo, %g, %g) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1>, scale = #grow.exact<1>}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c5
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects an epsilon and a count with the gains of queries and keys, and none without}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0>, scale = #grow.exact<1>, qk_count = 4 : i64}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c5
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects 'q_gain' of type 'tensor<4xf32>', but found 'tensor<3xf32>'}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo, %h, %h) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1>, scale = #grow.exact<1>, qk_count = 4 : i64, qk_epsilon = #grow.exact<0>}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c5
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects an epsilon of at least 0}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo, %g, %g) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1>, scale = #grow.exact<1>, qk_count = 4 : i64, qk_epsilon = #grow.exact<-1>}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// attention_c6
func.func @f(%x: tensor<?x?x8xf32>, %wq: tensor<8x2x3x4xf32>, %wk: tensor<8x2x4xf32>, %wo: tensor<2x3x4x8xf32>, %g: tensor<4xf32>, %h: tensor<3xf32>) {
  // expected-error @below {{expects a slope for each of its 6 query heads, but found 2}}
  %0 = "grow.attention"(%x, %wq, %wk, %wk, %wo) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0>, scale = #grow.exact<1>, alibi = array<f64: 1.0, 0.5>}>
    : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x3x4x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// position_embedding_c1
func.func @f(%ids: tensor<?x?xi64>, %t: tensor<6x8xf32>) {
  // expected-error @below {{expects an offset between 0 and 5, but found 6}}
  %0 = grow.position_embedding %ids, %t offset 6 : tensor<?x?xi64>, tensor<6x8xf32>
  return
}

// -----

// type_embedding_c1
func.func @f(%ids: tensor<?x?xi64>, %t: tensor<6x8xf32>) {
  // expected-error @below {{expects a row between 0 and 5, but found 6}}
  %0 = grow.type_embedding %ids, %t row 6 : tensor<?x?xi64>, tensor<6x8xf32>
  return
}

// -----

// patch_embedding_c1
func.func @f(%i: tensor<?x3x8x5xf32>, %w: tensor<3x4x2x8xf32>, %c: tensor<8xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{expects images that divide into 4x2 patches, but found 'tensor<?x3x8x5xf32>'}}
  %0 = grow.patch_embedding %i weight(%w) class_token(%c) : (tensor<?x3x8x5xf32>, tensor<3x4x2x8xf32>, tensor<8xf32>) -> tensor<?x5x8xf32>
  return
}

// -----

// patch_embedding_c1
func.func @f(%i: tensor<?x1x8x4xf32>, %w: tensor<3x4x2x8xf32>, %c: tensor<8xf32>) {
  // expected-error @below {{expects images of 3 channels of 'f32', but found 'tensor<?x1x8x4xf32>'}}
  %0 = grow.patch_embedding %i weight(%w) class_token(%c) : (tensor<?x1x8x4xf32>, tensor<3x4x2x8xf32>, tensor<8xf32>) -> tensor<?x5x8xf32>
  return
}

// -----

// patch_embedding_c2
func.func @f(%i: tensor<?x3x8x4xf32>, %w: tensor<3x4x2x8xf32>, %c: tensor<7xf32>) {
  // expected-error @below {{expects 'class_token' of type 'tensor<8xf32>', but found 'tensor<7xf32>'}}
  %0 = grow.patch_embedding %i weight(%w) class_token(%c) : (tensor<?x3x8x4xf32>, tensor<3x4x2x8xf32>, tensor<7xf32>) -> tensor<?x5x8xf32>
  return
}

// -----

// unembedding_c1
func.func @f(%x: tensor<?x?x8xf32>, %t: tensor<6x8xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{expects 'bias' of type 'tensor<6xf32>', but found 'tensor<5xf32>'}}
  %0 = grow.unembedding %x, %t bias(%b : tensor<5xf32>) : tensor<?x?x8xf32>, tensor<6x8xf32>
  return
}

// -----

// softcap_c1
func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects a positive bound}}
  %0 = grow.softcap %x at 0 : tensor<?x?x8xf32>
  return
}

// -----

// select_token_c1
func.func @f(%x: tensor<?x5x8xf32>) {
  // expected-error @below {{expects a position between 0 and 4, but found 5}}
  %0 = grow.select_token %x at 5 : tensor<?x5x8xf32>
  return
}

// -----

// dense_c1
func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<7x5xf32>) {
  // expected-error @below {{expects 'weight' of type 'tensor<8x5xf32>', but found 'tensor<7x5xf32>'}}
  %0 = grow.dense %x, %w : tensor<?x?x8xf32>, tensor<7x5xf32>
  return
}

// -----

// layer_norm_c1
func.func @f(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{expects to center at most its 8 channels, but found 9}}
  %0 = grow.layer_norm %x gain(%g) epsilon 0 count 8 centered 9 : tensor<?x?x8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Regrouping, centring and dropping
//===----------------------------------------------------------------------===//

// -----

// regroup_c1
grow.param @w : tensor<4x6xf32> {
  %0 = grow.source "w" : tensor<4x6xf32>
  // expected-error @below {{expects an axis with another after it, but found axis 1 of 2}}
  %1 = grow.regroup %0 along 1 into 2 x 3 : tensor<4x6xf32>
  grow.yield %0 : tensor<4x6xf32>
}

// -----

// regroup_c1
grow.param @w : tensor<4x6xf32> {
  %0 = grow.source "w" : tensor<4x6xf32>
  // expected-error @below {{expects 24 slices, but found 5 x 5}}
  %1 = grow.regroup %0 along 0 into 5 x 5 : tensor<4x6xf32>
  grow.yield %0 : tensor<4x6xf32>
}

// -----

// regroup_c1
func.func @regroup_many(%x: tensor<4294967296x4294967297xf32>) {
  // expected-error @below {{expects axes 0 and 1 of 'tensor<4294967296x4294967297xf32>' to be of known sizes whose product fits in 63 bits}}
  %0 = grow.regroup %x along 0 into 4 x 1073741824 : tensor<4294967296x4294967297xf32>
  return
}

// -----

// regroup_c1
func.func @regroup_unknown_size(%x: tensor<?x6xf32>) {
  // expected-error @below {{expects axes 0 and 1 of 'tensor<?x6xf32>' to be of known sizes}}
  %0 = grow.regroup %x along 0 into 3 x 2 : tensor<?x6xf32>
  return
}

// -----

// regroup_c1
func.func @regroup_axis_generic(%x: tensor<4x6xf32>) {
  // expected-error @below {{expects an axis with another after it, but found axis 1000000 of 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = "grow.regroup"(%x) <{axis = 1000000 : i64, inner = 4 : i64, outer = 6 : i64}> : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return
}

// -----

// center_c1
func.func @center_axis_generic(%x: tensor<f32>) {
  // expected-error @below {{expects one of the 0 axes of 'tensor<f32>', but found axis 1000000}}
  %0 = "grow.center"(%x) <{axis = 1000000 : i64}> : (tensor<f32>) -> tensor<f32>
  return
}

// -----

// drop_c1
func.func @drop_axis_generic(%x: tensor<4x6xf32>) {
  // expected-error @below {{expects an axis of known size of 'tensor<4x6xf32>', but found 1000000}}
  // expected-error @below {{failed to infer returned types}}
  %0 = "grow.drop"(%x) <{axis = 1000000 : i64, positions = array<i64: 0>, sizes = array<i64: 1>}> : (tensor<4x6xf32>) -> tensor<4x5xf32>
  return
}

// -----

// center_c1
grow.param @w : tensor<4x6xf32> {
  %0 = grow.source "w" : tensor<4x6xf32>
  // expected-error @below {{expects one of the 2 axes of 'tensor<4x6xf32>', but found axis 2}}
  %1 = grow.center %0 along 2 : tensor<4x6xf32>
  grow.yield %0 : tensor<4x6xf32>
}

// -----

// extend_c6
func.func @extend_unknown_size(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects axis 1 of 'tensor<?x?x8xf32>' to be of known size}}
  %0 = grow.extend %x with #grow.zero along 1 at [0] by [1] : tensor<?x?x8xf32>
  return
}

// -----

// center_c1
func.func @center_unknown_size(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects axis 1 of 'tensor<?x?x8xf32>' to be of known size}}
  %0 = grow.center %x along 1 : tensor<?x?x8xf32>
  return
}

// -----

// drop_c1
func.func @drop_axis(%x: tensor<4x6xf32>) {
  // expected-error @below {{expects an axis of known size of 'tensor<4x6xf32>', but found 2}}
  %0 = grow.drop %x along 2 at [0] by [1] : tensor<4x6xf32>
  return
}

// -----

// drop_c1
func.func @drop_unknown_size(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expects an axis of known size of 'tensor<?x?x8xf32>', but found 0}}
  %0 = grow.drop %x along 0 at [0] by [1] : tensor<?x?x8xf32>
  return
}

// -----

// drop_c2
func.func @drop_unmatched(%x: tensor<4xf32>) {
  // expected-error @below {{expects a size for each position, and at least one, but found 2 positions and 1 sizes}}
  %0 = grow.drop %x along 0 at [0, 2] by [1] : tensor<4xf32>
  return
}

// -----

// drop_c2
func.func @drop_nothing(%x: tensor<4xf32>) {
  // expected-error @below {{expects a size for each position, and at least one, but found 0 positions and 0 sizes}}
  %0 = grow.drop %x along 0 at [] by [] : tensor<4xf32>
  return
}

// -----

// drop_c2: the second range begins inside the first.
func.func @drop_overlap(%x: tensor<4xf32>) {
  // expected-error @below {{expects ranges in increasing order within 4 slices, but found 1 slices at 1}}
  %0 = grow.drop %x along 0 at [0, 1] by [2, 1] : tensor<4xf32>
  return
}

// -----

// drop_c2
func.func @drop_negative(%x: tensor<4xf32>) {
  // expected-error @below {{expects ranges in increasing order within 4 slices, but found 1 slices at -1}}
  %0 = grow.drop %x along 0 at [-1] by [1] : tensor<4xf32>
  return
}

// -----

// drop_c2
func.func @drop_no_slices(%x: tensor<4xf32>) {
  // expected-error @below {{expects ranges in increasing order within 4 slices, but found 0 slices at 1}}
  %0 = grow.drop %x along 0 at [1] by [0] : tensor<4xf32>
  return
}

// -----

// drop_c2: also where position and size add up to more than fits.
func.func @drop_beyond(%x: tensor<4xf32>) {
  // expected-error @below {{expects ranges in increasing order within 4 slices, but found 9223372036854775807 slices at 3}}
  %0 = grow.drop %x along 0 at [3] by [9223372036854775807] : tensor<4xf32>
  return
}

// -----

// drop_c2
func.func @drop_position_beyond(%x: tensor<4xf32>) {
  // expected-error @below {{expects ranges in increasing order within 4 slices, but found 1 slices at 4}}
  %0 = grow.drop %x along 0 at [4] by [1] : tensor<4xf32>
  return
}

// -----

// drop_c2
func.func @drop_everything(%x: tensor<4xf32>) {
  // expected-error @below {{expects to leave a slice}}
  %0 = grow.drop %x along 0 at [0, 1] by [1, 3] : tensor<4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Expansions in width
//===----------------------------------------------------------------------===//

// -----

// expand_heads_c1
grow.schedule @s {
  // expected-error @below {{expects at least one layer in 'layers'}}
  grow.expand_heads to 8 layers []
}

// -----

// expand_attention_c1
grow.schedule @s {
  // expected-error @below {{expects at least one layer in 'layers'}}
  grow.expand_attention to 8 layers []
}

// -----

// add_heads_c1
grow.schedule @s {
  // expected-error @below {{expects at least one layer in 'layers'}}
  grow.add_heads groups by 1 layers []
}

// -----

// unshare_heads_c1
grow.schedule @s {
  // expected-error @below {{expects at least one layer in 'layers'}}
  grow.unshare_heads by 2 layers []
}

// -----

// unshare_heads_c1
grow.schedule @s {
  // expected-error @below {{expects a factor of at least 2, but found 1}}
  grow.unshare_heads by 1
}

// -----

// expand_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_heads to 8 init #grow.mean
}

// -----

// expand_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'bias_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_heads to 8 bias_init #grow.mean
}

// -----

// expand_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'value_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_heads to 8 value_init #grow.mean
}

// -----

// expand_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'output_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_heads to 8 output_init #grow.mean
}

// -----

// expand_attention_c2
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_attention to 8 init #grow.mean
}

// -----

// expand_attention_c2
grow.schedule @s {
  // expected-error @below {{expects 'bias_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_attention to 8 bias_init #grow.mean
}

// -----

// expand_attention_c2
grow.schedule @s {
  // expected-error @below {{expects 'query_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_attention to 8 query_init #grow.mean
}

// -----

// expand_attention_c2
grow.schedule @s {
  // expected-error @below {{expects 'key_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_attention to 8 key_init #grow.mean
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_heads groups by 1 init #grow.mean
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'bias_init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_heads groups by 1 bias_init #grow.mean
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'query_init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_heads groups by 1 query_init #grow.mean
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'key_init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_heads groups by 1 key_init #grow.mean
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'value_init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_heads groups by 1 value_init #grow.mean
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'output_init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_heads groups by 1 output_init #grow.mean
}

// -----

// expand_hidden_c2
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_hidden to 8 init #grow.mean
}

// -----

// expand_hidden_c2
grow.schedule @s {
  // expected-error @below {{expects 'gain_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_hidden to 8 gain_init #grow.mean
}

// -----

// expand_vocabulary_c1
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input}}
  grow.expand_vocabulary to 8 init #grow.copy<[0], factor = 1>
}

// -----

// expand_vocabulary_c1
grow.schedule @s {
  // expected-error @below {{expects 'bias_init' to be a fill that needs no input}}
  grow.expand_vocabulary to 8 bias_init #grow.copy<[0], factor = 1>
}

// -----

// expand_positions_c1
grow.schedule @s {
  // expected-error @below {{expects 'init' to be a fill that needs no input}}
  grow.expand_positions to 8 init #grow.copy<[0], factor = 1>
}

// -----

// expand_heads_c2
grow.schedule @s {
  // expected-error @below {{expects no 'output_init', or one of zeros, with 'zero output', but found #grow.constant<1>}}
  grow.expand_heads to 8 output_init #grow.constant<1>
}

// -----

// expand_heads_c2
grow.schedule @s {
  // expected-error @below {{expects no 'value_init', or one of zeros, with 'zero value', but found #grow.constant<1>}}
  grow.expand_heads to 8 zero value value_init #grow.constant<1>
}

// -----

// expand_attention_c2
grow.schedule @s {
  // expected-error @below {{expects no 'key_init', or one of zeros, with 'zero key', but found #grow.constant<1>}}
  grow.expand_attention to 8 key_init #grow.constant<1>
}

// -----

// expand_attention_c2
grow.schedule @s {
  // expected-error @below {{expects no 'query_init', or one of zeros, with 'zero query', but found #grow.constant<1>}}
  grow.expand_attention to 8 zero query query_init #grow.constant<1>
}

// -----

// expand_attention_c2
grow.schedule @s {
  // expected-error @below {{expects no 'query_init', or one of zeros, with 'zero both', but found #grow.constant<1>}}
  grow.expand_attention to 8 zero both query_init #grow.constant<1>
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects no 'output_init', or one of zeros, with 'zero output', but found #grow.constant<1>}}
  grow.add_heads groups by 1 output_init #grow.constant<1>
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects no 'value_init', or one of zeros, with 'zero value', but found #grow.constant<1>}}
  grow.add_heads groups by 1 zero value value_init #grow.constant<1>
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects 'zero output' for heads of queries, which have no values of their own}}
  grow.add_heads queries by 1 zero value
}

// -----

// add_heads_c2
grow.schedule @s {
  // expected-error @below {{expects no 'key_init' and no 'value_init' for heads of queries, which have neither keys nor values of their own}}
  grow.add_heads queries by 1 key_init #grow.constant<1>
}

// -----

// expand_hidden_c2
grow.schedule @s {
  // expected-error @below {{expects 'padding zero' with 'compensation graph', but found 'padding mean'}}
  grow.expand_hidden to 8 padding mean
}

// -----

// fused_attention_c1
func.func @fused_attention_keys(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x1x16xbf16>, %v: tensor<?x4x2x32xbf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects 'keys' of shape ?x4x2x16, as the queries and the values have it, but found 'tensor<?x4x1x16xbf16>'}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, tensor<?x4x1x16xbf16>, tensor<?x4x2x32xbf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c1
func.func @fused_attention_values(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x5x2x32xbf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects 'values' of shape ?x4x2x32, as the queries and the values have it, but found 'tensor<?x5x2x32xbf16>'}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x5x2x32xbf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c1
func.func @fused_attention_init(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x32xbf16>, %o: tensor<?x4x2x3x16xbf16>) {
  // expected-error @below {{expects 'init' of shape ?x4x2x3x32, as the queries and the values have it, but found 'tensor<?x4x2x3x16xbf16>'}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x32xbf16>)
      outs(%o : tensor<?x4x2x3x16xbf16>) scale 1
      -> tensor<?x4x2x3x16xbf16>
  return
}

// -----

// fused_attention_c1
func.func @fused_attention_slopes(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x32xbf16>, %o: tensor<?x4x2x3x32xbf16>, %s: tensor<6x1xf32>) {
  // expected-error @below {{expects 'slopes' of shape 2x3, as the queries and the values have it, but found 'tensor<6x1xf32>'}}
  %0 = grow.fused_attention ins(%q, %k, %v slopes %s : tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x32xbf16>, tensor<6x1xf32>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c1: sizes that decide on the code
func.func @fused_attention_unknown_heads(%q: tensor<?x4x2x?x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x32xbf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects known groups, heads and key width, but found queries of type 'tensor<?x4x2x?x16xbf16>'}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x?x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x32xbf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c1
func.func @fused_attention_unknown_width(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x?xbf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects a known value width, but found values of type 'tensor<?x4x2x?xbf16>'}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x?xbf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c2
func.func @fused_attention_buffers(%q: tensor<?x4x2x3x16xbf16>, %k: memref<?x4x2x16xbf16>, %v: tensor<?x4x2x32xbf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects tensors or buffers, not both: found 'tensor<?x4x2x3x16xbf16>' and 'memref<?x4x2x16xbf16>'}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, memref<?x4x2x16xbf16>, tensor<?x4x2x32xbf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c3
func.func @fused_attention_types(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x32xf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects one element type, but found 'bf16' and 'f16'}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x32xf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c4
func.func @fused_attention_scale(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x32xbf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects a positive scale}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x32xbf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale -1
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c4
func.func @fused_attention_softcap(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x32xbf16>, %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects a positive soft cap}}
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x32xbf16>)
      outs(%o : tensor<?x4x2x3x32xbf16>) scale 1 softcap 0
      -> tensor<?x4x2x3x32xbf16>
  return
}

// -----

// fused_attention_c5
func.func @fused_attention_window(%q: tensor<?x4x2x3x16xbf16>, %k: tensor<?x4x2x16xbf16>, %v: tensor<?x4x2x32xbf16>,
    %o: tensor<?x4x2x3x32xbf16>) {
  // expected-error @below {{expects a window only with 'causal'}}
  %0 = "grow.fused_attention"(%q, %k, %v, %o) {scale = #grow.exact<1>, window = 2 : i64}
    : (tensor<?x4x2x3x16xbf16>, tensor<?x4x2x16xbf16>, tensor<?x4x2x32xbf16>, tensor<?x4x2x3x32xbf16>)
    -> tensor<?x4x2x3x32xbf16>
  return
}

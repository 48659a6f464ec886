// Every diagnostic of the attributes.
// RUN: grow-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Exact numbers
//===----------------------------------------------------------------------===//

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a denominator other than zero}}
  %0 = grow.scale %x by 1/0 : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a positive number under the root, but found 0}}
  %0 = grow.scale %x by sqrt(0) : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a positive number under the root, but found -2}}
  %0 = grow.scale %x by 3 * sqrt(-2) : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{integer value too large}}
  %0 = grow.scale %x by sqrt(9223372036854775808) : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a finite number}}
  %0 = grow.scale %x by 1.0e400 : tensor<4xf32>
  return
}

// -----

// Only a root may follow the star.
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected 'sqrt'}}
  %0 = grow.scale %x by 3 * 2 : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected floating point literal}}
  %0 = grow.scale %x by pi : tensor<4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Rotary embeddings
//===----------------------------------------------------------------------===//

// expected-error @below {{expects at least one frequency}}
#rope = #grow.rope<half_split, frequencies = [], factor = 1>

// -----

// expected-error @below {{expects finite frequencies, but entry 1 is not}}
#rope = #grow.rope<half_split, frequencies = [1.0, 0x7FF0000000000000], factor = 1>

// -----

// expected-error @+2 {{to be one of: half_split, interleaved}}
// expected-error @below {{failed to parse Grow_RopeAttr parameter 'layout'}}
#rope = #grow.rope<sideways, frequencies = [1.0], factor = 1>

// -----

//===----------------------------------------------------------------------===//
// Storage
//===----------------------------------------------------------------------===//

// expected-error @below {{expects the name of a stored tensor}}
grow.param @w : tensor<4x2xf32> storage<"">

// -----

// expected-error @below {{expects each logical axis once, but found [0, 0]}}
grow.param @w : tensor<4x2xf32> storage<"w"[0, 0]>

// -----

// expected-error @below {{expects each logical axis once, but found [1, 2]}}
grow.param @w : tensor<4x2xf32> storage<"w"[1*2]>

// -----

// expected-error @below {{expects at least one part, but found 0}}
grow.param @w : tensor<4x2xf32> storage<"w", part 0 of 0 along 0 inside 0>

// -----

// expected-error @below {{expects a part between 0 and 1, but found 2}}
grow.param @w : tensor<4x2xf32> storage<"w", part 2 of 2 along 0 inside 0>

// -----

// expected-error @below {{expects 'along' and 'inside' not to be negative}}
grow.param @w : tensor<4x2xf32> storage<"w", part 0 of 2 along -1 inside 0>

// -----

// expected-error @below {{expects parts along one of 1 stored dimensions, but found 1}}
grow.param @w : tensor<4x2xf32> storage<"w"[0*1], part 0 of 2 along 1 inside 0>

// -----

// expected-error @below {{expects the parts inside at most 1 axes of stored dimension 0, but found 2}}
grow.param @w : tensor<4x2xf32> storage<"w"[0*1], part 0 of 2 along 0 inside 2>

// -----

// expected-error @below {{expects f64, f32, f16 or bf16 as stored element type, but found 'i8'}}
grow.param @w : tensor<4x2xf32> storage<"w" : i8>

// -----

// expected-error @below {{expected 'part'}}
grow.param @w : tensor<4x2xf32> storage<"w", offset 3>

// -----

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

// expected-error @below {{expects a standard deviation of at least 0}}
#fill = #grow.normal<stddev = -1>

// -----

// expected-error @below {{expects a bound of at least 0}}
#fill = #grow.uniform<bound = -1/2>

// -----

// expected-error @+2 {{integer value too large}}
// expected-error @below {{failed to parse Grow_NormalAttr parameter 'seed'}}
#fill = #grow.normal<stddev = 1, seed = 18446744073709551616>

// -----

func.func @negative_exact_length(%x: tensor<4xf32>) {
  // expected-error @below {{expects a number of at most 4096 bits}}
  %0 = grow.scale %x by 1/9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999 : tensor<4xf32>
  return
}

// -----

func.func @negative_exact_denominator(%x: tensor<4xf32>) {
  // expected-error @below {{expects a denominator}}
  %0 = grow.scale %x by 1/x : tensor<4xf32>
  return
}

// -----

// expected-error @below {{expects each logical axis once, but found []}}
grow.param @w : tensor<4x2xf32> storage<"w"[unit, unit]>

// -----

// expected-error @below {{expects no part of a tensor with 'unit' dimensions}}
grow.param @w : tensor<4x2xf32> storage<"w"[unit, 0*1], part 0 of 2 along 1 inside 0>

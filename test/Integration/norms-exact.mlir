// A stream that grew by zeros keeps every bit of its norms, as long as `count` and
// `centered` stay; so do heads whose queries and keys grew by zeros under qk_norm.
// RUN: grow-opt %s --convert-grow-to-linalg --grow-to-llvm | %run | FileCheck %s
// RUN: grow-opt %s --convert-grow-to-linalg --grow-to-llvm=vector-bits=128 | %run | FileCheck %s

#two = #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1>
#three = #grow.rope<half_split, frequencies = [1.0, 0.25, 0.5], factor = 1>

func.func private @printMemrefI64(tensor<*xi64> {bufferization.access = "read"}) attributes {llvm.emit_c_interface}

// How many of the old entries differ in any bit.
func.func private @count_differences(%old: tensor<2x3x7xf32>, %new: tensor<2x3x12xf32>) {
  %same = tensor.extract_slice %new[0, 0, 0] [2, 3, 7] [1, 1, 1] : tensor<2x3x12xf32> to tensor<2x3x7xf32>
  %a = arith.bitcast %old : tensor<2x3x7xf32> to tensor<2x3x7xi32>
  %b = arith.bitcast %same : tensor<2x3x7xf32> to tensor<2x3x7xi32>
  %zero = arith.constant dense<0> : tensor<1xi64>
  %count = linalg.generic {
    indexing_maps = [affine_map<(i, j, k, l) -> (i, j, k)>, affine_map<(i, j, k, l) -> (i, j, k)>, affine_map<(i, j, k, l) -> (l)>],
    iterator_types = ["reduction", "reduction", "reduction", "parallel"]}
    ins(%a, %b : tensor<2x3x7xi32>, tensor<2x3x7xi32>) outs(%zero : tensor<1xi64>) {
  ^bb0(%x: i32, %y: i32, %n: i64):
    %d = arith.cmpi ne, %x, %y : i32
    %e = arith.extui %d : i1 to i64
    %m = arith.addi %n, %e : i64
    linalg.yield %m : i64
  } -> tensor<1xi64>
  %any = tensor.cast %count : tensor<1xi64> to tensor<*xi64>
  call @printMemrefI64(%any) : (tensor<*xi64>) -> ()
  return
}

func.func @main() {
  %x = grow.fill #grow.normal<stddev = 1, key = "x"> -> tensor<2x3x7xf32>
  %g = grow.fill #grow.normal<stddev = 1, key = "g"> -> tensor<7xf32>
  %b = grow.fill #grow.normal<stddev = 1, key = "b"> -> tensor<7xf32>
  %wide = grow.extend %x with #grow.zero along 2 at [7] by [5] : tensor<2x3x7xf32>
  %wide_g = grow.extend %g with #grow.constant<1> along 0 at [7] by [5] : tensor<7xf32>
  %wide_b = grow.extend %b with #grow.zero along 0 at [7] by [5] : tensor<7xf32>

  // CHECK: {{^}}[0]
  %layer = grow.layer_norm %x gain(%g) bias(%b) epsilon 1.0e-05 count 7 centered 7 : tensor<2x3x7xf32>
  %wide_layer = grow.layer_norm %wide gain(%wide_g) bias(%wide_b) epsilon 1.0e-05 count 7 centered 7 : tensor<2x3x12xf32>
  call @count_differences(%layer, %wide_layer) : (tensor<2x3x7xf32>, tensor<2x3x12xf32>) -> ()

  // Centering the new channels, too, is another function.
  // CHECK: {{^}}[42]
  %all = grow.layer_norm %wide gain(%wide_g) bias(%wide_b) epsilon 1.0e-05 count 7 centered 12 : tensor<2x3x12xf32>
  call @count_differences(%layer, %all) : (tensor<2x3x7xf32>, tensor<2x3x12xf32>) -> ()

  // CHECK: {{^}}[0]
  %rms = grow.rms_norm %x gain(%g) unit_offset epsilon 1.0e-05 count 7 : tensor<2x3x7xf32>
  %wide_rms = grow.rms_norm %wide gain(%wide_g) unit_offset epsilon 1.0e-05 count 7 : tensor<2x3x12xf32>
  call @count_differences(%rms, %wide_rms) : (tensor<2x3x7xf32>, tensor<2x3x12xf32>) -> ()

  %q = grow.fill #grow.normal<stddev = 1, key = "q"> -> tensor<7x2x2x4xf32>
  %k = grow.fill #grow.normal<stddev = 1, key = "k"> -> tensor<7x2x4xf32>
  %v = grow.fill #grow.normal<stddev = 1, key = "v"> -> tensor<7x2x3xf32>
  %o = grow.fill #grow.normal<stddev = 1, key = "o"> -> tensor<2x2x3x7xf32>
  %n = grow.fill #grow.normal<stddev = 1, key = "n"> -> tensor<4xf32>
  %attention = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%n, %n) epsilon 1.0e-06 count 4 rope #two scale 1/2 softcap 2 causal window 2
    : (tensor<2x3x7xf32>, tensor<7x2x2x4xf32>, tensor<7x2x4xf32>, tensor<7x2x3xf32>, tensor<2x2x3x7xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x7xf32>

  // Keys and queries grow by zeros, beside the halves that turn together.
  %q_zero = grow.extend %q with #grow.zero along 3 at [2, 4] by [1, 1] : tensor<7x2x2x4xf32>
  %k_zero = grow.extend %k with #grow.zero along 2 at [2, 4] by [1, 1] : tensor<7x2x4xf32>
  %n_one = grow.extend %n with #grow.constant<1> along 0 at [2, 4] by [1, 1] : tensor<4xf32>
  %q_wide = grow.extend %q_zero with #grow.normal<stddev = 1, key = "q"> along 0 at [7] by [5] : tensor<7x2x2x6xf32>
  %k_wide = grow.extend %k_zero with #grow.normal<stddev = 1, key = "k"> along 0 at [7] by [5] : tensor<7x2x6xf32>
  %v_wide = grow.extend %v with #grow.normal<stddev = 1, key = "v"> along 0 at [7] by [5] : tensor<7x2x3xf32>
  %o_wide = grow.extend %o with #grow.zero along 3 at [7] by [5] : tensor<2x2x3x7xf32>
  %wide_attention = grow.attention %wide q(%q_wide) k(%k_wide) v(%v_wide) o(%o_wide) qk_norm(%n_one, %n_one) epsilon 1.0e-06 count 4 rope #three scale 1/2 softcap 2 causal window 2
    : (tensor<2x3x12xf32>, tensor<12x2x2x6xf32>, tensor<12x2x6xf32>, tensor<12x2x3xf32>, tensor<2x2x3x12xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x3x12xf32>
  // CHECK: {{^}}[0]
  call @count_differences(%attention, %wide_attention) : (tensor<2x3x7xf32>, tensor<2x3x12xf32>) -> ()
  return
}

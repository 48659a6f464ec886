// What attention computes, seen from outside: facts that hold whatever the
// weights are.
// RUN: grow-opt %s --convert-grow-to-linalg --grow-to-llvm | %run | FileCheck %s

#half_split = #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1>
#interleaved = #grow.rope<interleaved, frequencies = [1.0, 0.25], factor = 1>

func.func private @printMemrefF64(tensor<*xf64> {bufferization.access = "read"}) attributes {llvm.emit_c_interface}

func.func private @input() -> tensor<?x?x6xf64> {
  %x = grow.fill #grow.normal<stddev = 1, key = "x"> -> tensor<2x3x6xf64>
  %0 = tensor.cast %x : tensor<2x3x6xf64> to tensor<?x?x6xf64>
  return %0 : tensor<?x?x6xf64>
}

// The largest difference of two results, as one number.
func.func private @print_difference(%a: tensor<?x?x6xf64>, %b: tensor<?x?x6xf64>) {
  %zero = arith.constant dense<0.0> : tensor<1xf64>
  %max = linalg.generic {
    indexing_maps = [affine_map<(i, j, k, l) -> (i, j, k)>, affine_map<(i, j, k, l) -> (i, j, k)>, affine_map<(i, j, k, l) -> (l)>],
    iterator_types = ["reduction", "reduction", "reduction", "parallel"]}
    ins(%a, %b : tensor<?x?x6xf64>, tensor<?x?x6xf64>) outs(%zero : tensor<1xf64>) {
  ^bb0(%x: f64, %y: f64, %m: f64):
    %d = arith.subf %x, %y : f64
    %n = math.absf %d : f64
    %o = arith.maximumf %m, %n : f64
    linalg.yield %o : f64
  } -> tensor<1xf64>
  // Counted in units of 1e-15, so that rounding prints as a small number.
  %unit = arith.constant dense<1.0e15> : tensor<1xf64>
  %counted = arith.mulf %max, %unit : tensor<1xf64>
  %rounded = math.floor %counted : tensor<1xf64>
  %any = tensor.cast %rounded : tensor<1xf64> to tensor<*xf64>
  call @printMemrefF64(%any) : (tensor<*xf64>) -> ()
  return
}

func.func @main() {
  %x = call @input() : () -> tensor<?x?x6xf64>
  %q = grow.fill #grow.normal<stddev = 1, key = "q"> -> tensor<6x2x2x4xf64>
  %k = grow.fill #grow.normal<stddev = 1, key = "k"> -> tensor<6x2x4xf64>
  %v = grow.fill #grow.normal<stddev = 1, key = "v"> -> tensor<6x2x3xf64>
  %o = grow.fill #grow.normal<stddev = 1, key = "o"> -> tensor<2x2x3x6xf64>
  %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #half_split scale 1/2 causal
    : (tensor<?x?x6xf64>, tensor<6x2x2x4xf64>, tensor<6x2x4xf64>, tensor<6x2x3xf64>, tensor<2x2x3x6xf64>) -> tensor<?x?x6xf64>

  // The two rotary layouts differ by the order of channels: channels 0 1 2 3 of
  // half_split are channels 0 2 1 3 of interleaved. (Not bit for bit: products
  // are added in the order of channels.)
  // CHECK: {{\[[0-9]\]}}
  %q_left = tensor.extract_slice %q[0, 0, 0, 0] [6, 2, 2, 2] [1, 1, 1, 1] : tensor<6x2x2x4xf64> to tensor<6x2x2x2xf64>
  %q_right = tensor.extract_slice %q[0, 0, 0, 2] [6, 2, 2, 2] [1, 1, 1, 1] : tensor<6x2x2x4xf64> to tensor<6x2x2x2xf64>
  %q0 = tensor.insert_slice %q_left into %q[0, 0, 0, 0] [6, 2, 2, 2] [1, 1, 1, 2] : tensor<6x2x2x2xf64> into tensor<6x2x2x4xf64>
  %q1 = tensor.insert_slice %q_right into %q0[0, 0, 0, 1] [6, 2, 2, 2] [1, 1, 1, 2] : tensor<6x2x2x2xf64> into tensor<6x2x2x4xf64>
  %k_left = tensor.extract_slice %k[0, 0, 0] [6, 2, 2] [1, 1, 1] : tensor<6x2x4xf64> to tensor<6x2x2xf64>
  %k_right = tensor.extract_slice %k[0, 0, 2] [6, 2, 2] [1, 1, 1] : tensor<6x2x4xf64> to tensor<6x2x2xf64>
  %k0 = tensor.insert_slice %k_left into %k[0, 0, 0] [6, 2, 2] [1, 1, 2] : tensor<6x2x2xf64> into tensor<6x2x4xf64>
  %k1 = tensor.insert_slice %k_right into %k0[0, 0, 1] [6, 2, 2] [1, 1, 2] : tensor<6x2x2xf64> into tensor<6x2x4xf64>
  %interleaved = grow.attention %x q(%q1) k(%k1) v(%v) o(%o) rope #interleaved scale 1/2 causal
    : (tensor<?x?x6xf64>, tensor<6x2x2x4xf64>, tensor<6x2x4xf64>, tensor<6x2x3xf64>, tensor<2x2x3x6xf64>) -> tensor<?x?x6xf64>
  call @print_difference(%a, %interleaved) : (tensor<?x?x6xf64>, tensor<?x?x6xf64>) -> ()

  // The same channels without reordering them: a wrong layout shows.
  // CHECK: {{[0-9]e[+][0-9]+}}
  %wrong = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #interleaved scale 1/2 causal
    : (tensor<?x?x6xf64>, tensor<6x2x2x4xf64>, tensor<6x2x4xf64>, tensor<6x2x3xf64>, tensor<2x2x3x6xf64>) -> tensor<?x?x6xf64>
  call @print_difference(%a, %wrong) : (tensor<?x?x6xf64>, tensor<?x?x6xf64>) -> ()

  // New key channels that are zero change nothing, to the last bit, if the
  // scale stays: the mathematics of attention expansion without rotation.
  // CHECK: {{\[0\]}}
  %plain = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2
    : (tensor<?x?x6xf64>, tensor<6x2x2x4xf64>, tensor<6x2x4xf64>, tensor<6x2x3xf64>, tensor<2x2x3x6xf64>) -> tensor<?x?x6xf64>
  %q_wide = grow.extend %q with #grow.normal<stddev = 1, key = "q"> along 3 at [4] by [3] : tensor<6x2x2x4xf64>
  %k_wide = grow.extend %k with #grow.zero along 2 at [4] by [3] : tensor<6x2x4xf64>
  %wide = grow.attention %x q(%q_wide) k(%k_wide) v(%v) o(%o) scale 1/2
    : (tensor<?x?x6xf64>, tensor<6x2x2x7xf64>, tensor<6x2x7xf64>, tensor<6x2x3xf64>, tensor<2x2x3x6xf64>) -> tensor<?x?x6xf64>
  call @print_difference(%plain, %wide) : (tensor<?x?x6xf64>, tensor<?x?x6xf64>) -> ()

  // A group whose key and value heads are copies of another's is the same as
  // more query heads in that group.
  // CHECK: {{\[[0-9]\]}}
  %k2 = grow.extend %k with #grow.copy<[1], factor = 1> along 1 at [2] by [1] : tensor<6x2x4xf64>
  %v2 = grow.extend %v with #grow.copy<[1], factor = 1> along 1 at [2] by [1] : tensor<6x2x3xf64>
  %q2 = grow.extend %q with #grow.zero along 1 at [2] by [1] : tensor<6x2x2x4xf64>
  %o2 = grow.extend %o with #grow.zero along 0 at [2] by [1] : tensor<2x2x3x6xf64>
  %more = grow.attention %x q(%q2) k(%k2) v(%v2) o(%o2) rope #half_split scale 1/2 causal
    : (tensor<?x?x6xf64>, tensor<6x3x2x4xf64>, tensor<6x3x4xf64>, tensor<6x3x3xf64>, tensor<3x2x3x6xf64>) -> tensor<?x?x6xf64>
  call @print_difference(%a, %more) : (tensor<?x?x6xf64>, tensor<?x?x6xf64>) -> ()
  return
}

// The polynomials for exp, tanh and erf against libm in f64, on every 257th f32.
// All of them take some minutes:
//   sed 's/257 : i64/1 : i64/' math-error.mlir | grow-opt --grow-to-llvm |
//     mlir-runner -O2 -e main -entry-point-result=void -shared-libs=...

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O2 -e main -entry-point-result=void \
// RUN:   -shared-libs=%mlir_libs | FileCheck %s

func.func private @stride() -> i64 {
  %stride = arith.constant 257 : i64
  return %stride : i64
}

// The distance of a result from the exact one in units of the last place that the
// exact one has in f32; infinite if only one of them is a number, or finite.
func.func private @error(%is: f32, %shall: f64) -> f64 {
  %infinity = arith.constant 0x7ff0000000000000 : f64
  %zero = arith.constant 0.0 : f64
  %wide = arith.extf %is : f32 to f64
  // What is beyond the largest f32 rounds to infinity.
  %nearest = arith.truncf %shall : f64 to f32
  %rounded = arith.extf %nearest : f32 to f64
  %size = math.absf %rounded : f64
  %is_size = math.absf %wide : f64
  %shall_be_finite = arith.cmpf olt, %size, %infinity : f64
  %is_finite = arith.cmpf olt, %is_size, %infinity : f64
  %both_finite = arith.andi %shall_be_finite, %is_finite : i1
  %shall_be_nan = arith.cmpf uno, %shall, %shall : f64
  %is_nan = arith.cmpf uno, %wide, %wide : f64
  %both_nan = arith.andi %shall_be_nan, %is_nan : i1
  %equal = arith.cmpf oeq, %wide, %rounded : f64
  %same = arith.ori %both_nan, %equal : i1
  %otherwise = arith.select %same, %zero, %infinity : f64

  %bits = arith.bitcast %shall : f64 to i64
  %mantissa = arith.constant 52 : i64
  %mask = arith.constant 2047 : i64
  %shifted = arith.shrui %bits, %mantissa : i64
  %exponent = arith.andi %shifted, %mask : i64
  %digits = arith.constant 23 : i64
  %place = arith.subi %exponent, %digits : i64
  // The last place of subnormal numbers is that of the smallest normal one.
  %lowest = arith.constant 874 : i64
  %last_place = arith.maxsi %place, %lowest : i64
  %unit_bits = arith.shli %last_place, %mantissa : i64
  %unit = arith.bitcast %unit_bits : i64 to f64
  %difference = arith.subf %wide, %shall : f64
  %distance = math.absf %difference : f64
  %units = arith.divf %distance, %unit : f64
  %result = arith.select %both_finite, %units, %otherwise : f64
  return %result : f64
}

func.func private @sweep_exp() -> f64 {
  %zero = arith.constant 0.0 : f64
  %first = arith.constant 0 : i64
  %end = arith.constant 0x100000000 : i64
  %stride = call @stride() : () -> i64
  %worst = scf.for %i = %first to %end step %stride iter_args(%so_far = %zero) -> (f64) : i64 {
    %bits = arith.trunci %i : i64 to i32
    %x = arith.bitcast %bits : i32 to f32
    %is = math.exp %x : f32
    %wide = arith.extf %x : f32 to f64
    %shall = math.exp %wide : f64
    %error = func.call @error(%is, %shall) : (f32, f64) -> f64
    %worse = arith.maximumf %so_far, %error : f64
    scf.yield %worse : f64
  }
  return %worst : f64
}

func.func private @sweep_tanh() -> f64 {
  %zero = arith.constant 0.0 : f64
  %first = arith.constant 0 : i64
  %end = arith.constant 0x100000000 : i64
  %stride = call @stride() : () -> i64
  %worst = scf.for %i = %first to %end step %stride iter_args(%so_far = %zero) -> (f64) : i64 {
    %bits = arith.trunci %i : i64 to i32
    %x = arith.bitcast %bits : i32 to f32
    %is = math.tanh %x : f32
    %wide = arith.extf %x : f32 to f64
    %shall = math.tanh %wide : f64
    %error = func.call @error(%is, %shall) : (f32, f64) -> f64
    %worse = arith.maximumf %so_far, %error : f64
    scf.yield %worse : f64
  }
  return %worst : f64
}

func.func private @sweep_erf() -> f64 {
  %zero = arith.constant 0.0 : f64
  %first = arith.constant 0 : i64
  %end = arith.constant 0x100000000 : i64
  %stride = call @stride() : () -> i64
  %worst = scf.for %i = %first to %end step %stride iter_args(%so_far = %zero) -> (f64) : i64 {
    %bits = arith.trunci %i : i64 to i32
    %x = arith.bitcast %bits : i32 to f32
    %is = math.erf %x : f32
    %wide = arith.extf %x : f32 to f64
    %shall = math.erf %wide : f64
    %error = func.call @error(%is, %shall) : (f32, f64) -> f64
    %worse = arith.maximumf %so_far, %error : f64
    scf.yield %worse : f64
  }
  return %worst : f64
}

func.func private @check(%error: f64, %bound: f64) {
  %holds = arith.cmpf ole, %error, %bound : f64
  vector.print %holds : i1
  vector.print %error : f64
  return
}

func.func private @print_bits(%x: f32) {
  %bits = arith.bitcast %x : f32 to i32
  vector.print %bits : i32
  return
}

func.func @main() {
  // CHECK: {{^1$}}
  %exp = call @sweep_exp() : () -> f64
  %exp_bound = arith.constant 1.02 : f64
  call @check(%exp, %exp_bound) : (f64, f64) -> ()
  // CHECK-NEXT: {{^(0\.9|1\.0)}}
  // CHECK-NEXT: {{^1$}}
  %tanh = call @sweep_tanh() : () -> f64
  %tanh_bound = arith.constant 1.47 : f64
  call @check(%tanh, %tanh_bound) : (f64, f64) -> ()
  // CHECK-NEXT: {{^1\.[0-4]}}
  // CHECK-NEXT: {{^1$}}
  %erf = call @sweep_erf() : () -> f64
  %erf_bound = arith.constant 1.26 : f64
  call @check(%erf, %erf_bound) : (f64, f64) -> ()
  // CHECK-NEXT: {{^1\.[0-2]}}

  // Zeros keep their sign, and e^0 is 1: a softmax over one entry is exact.
  %zero = arith.constant 0.0 : f32
  %minus_zero = arith.constant -0.0 : f32
  // CHECK-NEXT: {{^1065353216$}}
  %exp_zero = math.exp %zero : f32
  call @print_bits(%exp_zero) : (f32) -> ()
  // CHECK-NEXT: {{^0$}}
  %tanh_zero = math.tanh %zero : f32
  call @print_bits(%tanh_zero) : (f32) -> ()
  // CHECK-NEXT: {{^-2147483648$}}
  %tanh_minus = math.tanh %minus_zero : f32
  call @print_bits(%tanh_minus) : (f32) -> ()
  // CHECK-NEXT: {{^0$}}
  %erf_zero = math.erf %zero : f32
  call @print_bits(%erf_zero) : (f32) -> ()
  // CHECK-NEXT: {{^-2147483648$}}
  %erf_minus = math.erf %minus_zero : f32
  call @print_bits(%erf_minus) : (f32) -> ()

  // The borders, which the stride may miss: e^x of infinities, of what overflows,
  // and of what becomes the smallest subnormal number and 0.
  %infinity = arith.constant 0x7f800000 : f32
  %minus_infinity = arith.constant 0xff800000 : f32
  // CHECK-NEXT: {{^2139095040$}}
  %exp_infinity = math.exp %infinity : f32
  call @print_bits(%exp_infinity) : (f32) -> ()
  // CHECK-NEXT: {{^0$}}
  %exp_minus = math.exp %minus_infinity : f32
  call @print_bits(%exp_minus) : (f32) -> ()
  // CHECK-NEXT: {{^2139094916$}}
  %largest = arith.constant 88.72283172607421875 : f32
  %exp_largest = math.exp %largest : f32
  call @print_bits(%exp_largest) : (f32) -> ()
  // CHECK-NEXT: {{^2139095040$}}
  %overflow = arith.constant 88.72283935546875 : f32
  %exp_overflow = math.exp %overflow : f32
  call @print_bits(%exp_overflow) : (f32) -> ()
  // CHECK-NEXT: {{^1$}}
  %smallest = arith.constant -103.5 : f32
  %exp_smallest = math.exp %smallest : f32
  call @print_bits(%exp_smallest) : (f32) -> ()
  // CHECK-NEXT: {{^0$}}
  %underflow = arith.constant -104.0 : f32
  %exp_underflow = math.exp %underflow : f32
  call @print_bits(%exp_underflow) : (f32) -> ()
  // CHECK-NEXT: {{^1065353216$}}
  %tanh_infinity = math.tanh %infinity : f32
  call @print_bits(%tanh_infinity) : (f32) -> ()
  // CHECK-NEXT: {{^-1082130432$}}
  %erf_minus_infinity = math.erf %minus_infinity : f32
  call @print_bits(%erf_minus_infinity) : (f32) -> ()
  return
}

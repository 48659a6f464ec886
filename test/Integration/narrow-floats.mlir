// Conversions of f16 and bf16, over all f16 and over f64 that lie on ties, beside them
// and beyond the range, as checksums. Those to compare with are Python's (struct's format
// 'e', and fractions for bf16). Instructions of the machine and integers agree.
// RUN: grow-opt %s --grow-to-llvm | %run | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=expand-f16 | %run | FileCheck %s

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"}) attributes {llvm.emit_c_interface}

// The sum of number i times 2 i + 1.
func.func private @print_checksum(%numbers: tensor<65536xi32>) {
  %zero = arith.constant dense<0> : tensor<1xi32>
  %sum = linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>],
    iterator_types = ["reduction", "parallel"]}
    ins(%numbers : tensor<65536xi32>) outs(%zero : tensor<1xi32>) {
  ^bb0(%x: i32, %s: i32):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i32
    %one = arith.constant 1 : i32
    %m = arith.addi %n, %n : i32
    %o = arith.addi %m, %one : i32
    %p = arith.muli %x, %o : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  } -> tensor<1xi32>
  %any = tensor.cast %sum : tensor<1xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

// Exponents from -28 to 35; the fraction ends after 11 or 8 bits, or just beyond.
func.func private @numbers() -> tensor<65536xf64> {
  %r = tensor.generate {
  ^bb0(%i: index):
    %n = arith.index_cast %i : index to i64
    %c = arith.constant 0x9E3779B97F4A7C15 : i64
    %h = arith.muli %n, %c : i64
    %sign_mask = arith.constant 0x8000000000000000 : i64
    %sign = arith.andi %h, %sign_mask : i64
    %c52 = arith.constant 52 : i64
    %c63 = arith.constant 63 : i64
    %c995 = arith.constant 995 : i64
    %e0 = arith.shrui %h, %c52 : i64
    %e1 = arith.andi %e0, %c63 : i64
    %e2 = arith.addi %e1, %c995 : i64
    %e = arith.shli %e2, %c52 : i64
    %c8 = arith.constant 8 : i64
    %m0 = arith.shrui %h, %c8 : i64
    %c2 = arith.constant 2 : i64
    %c1 = arith.constant 1 : i64
    %c0 = arith.constant 0 : i64
    %bit1 = arith.andi %n, %c2 : i64
    %long = arith.cmpi eq, %bit1, %c0 : i64
    %mask11 = arith.constant 0x000FFE0000000000 : i64
    %mask8 = arith.constant 0x000FF00000000000 : i64
    %mask = arith.select %long, %mask11, %mask8 : i64
    %m1 = arith.andi %m0, %mask : i64
    %bit0 = arith.andi %n, %c1 : i64
    %m = arith.ori %m1, %bit0 : i64
    %b0 = arith.ori %sign, %e : i64
    %b = arith.ori %b0, %m : i64
    %x = arith.bitcast %b : i64 to f64
    tensor.yield %x : f64
  } : tensor<65536xf64>
  return %r : tensor<65536xf64>
}

func.func @main() {
  // CHECK: {{^}}[1283457024]
  %extended = tensor.generate {
  ^bb0(%i: index):
    %n = arith.index_cast %i : index to i16
    %x = arith.bitcast %n : i16 to f16
    %y = arith.extf %x : f16 to f32
    %b = arith.bitcast %y : f32 to i32
    %nan = arith.cmpf uno, %y, %y : f32
    %zero = arith.constant 0 : i32
    %r = arith.select %nan, %zero, %b : i32
    tensor.yield %r : i32
  } : tensor<65536xi32>
  call @print_checksum(%extended) : (tensor<65536xi32>) -> ()

  %numbers = call @numbers() : () -> tensor<65536xf64>

  // CHECK: {{^}}[1524211983]
  %f16 = arith.truncf %numbers : tensor<65536xf64> to tensor<65536xf16>
  %f16_short = arith.bitcast %f16 : tensor<65536xf16> to tensor<65536xi16>
  %f16_bits = arith.extui %f16_short : tensor<65536xi16> to tensor<65536xi32>
  call @print_checksum(%f16_bits) : (tensor<65536xi32>) -> ()

  // CHECK: {{^}}[1938250675]
  %bf16 = arith.truncf %numbers : tensor<65536xf64> to tensor<65536xbf16>
  %bf16_short = arith.bitcast %bf16 : tensor<65536xbf16> to tensor<65536xi16>
  %bf16_bits = arith.extui %bf16_short : tensor<65536xi16> to tensor<65536xi32>
  call @print_checksum(%bf16_bits) : (tensor<65536xi32>) -> ()

  // Rounding to f32 on the way is another function.
  // CHECK: {{^}}[1356277680]
  %f32 = arith.truncf %numbers : tensor<65536xf64> to tensor<65536xf32>
  %twice = arith.truncf %f32 : tensor<65536xf32> to tensor<65536xf16>
  %twice_short = arith.bitcast %twice : tensor<65536xf16> to tensor<65536xi16>
  %twice_bits = arith.extui %twice_short : tensor<65536xi16> to tensor<65536xi32>
  call @print_checksum(%twice_bits) : (tensor<65536xi32>) -> ()
  return
}

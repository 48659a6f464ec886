// Random fills are the bits that docs/Fills.md says, in any storage order and at
// any place of a tensor.
// RUN: grow-opt %s --convert-grow-to-linalg --grow-to-llvm | %run | FileCheck %s

func.func private @printMemrefF64(tensor<*xf64> {bufferization.access = "read"}) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(tensor<*xi64> {bufferization.access = "read"}) attributes {llvm.emit_c_interface}

func.func private @print_bits(%x: tensor<3x2xf64>) {
  %bits = arith.bitcast %x : tensor<3x2xf64> to tensor<3x2xi64>
  %any = tensor.cast %bits : tensor<3x2xi64> to tensor<*xi64>
  call @printMemrefI64(%any) : (tensor<*xi64>) -> ()
  return
}

func.func @main() {
  // numpy: ((S - 262140.0) * (0.5 / sqrt(8 * (65536.0**2 - 1) / 12))).view(int64)
  //      CHECK: 4589080840045501445,   -4621298005461410480
  // CHECK-NEXT: -4630529585478152141,   4605059820569903092
  // CHECK-NEXT: -4618503015680017321,   -4624368301859679198
  %normal = grow.fill #grow.normal<stddev = 1/2, seed = 7, key = "w"> -> tensor<3x2xf64>
  call @print_bits(%normal) : (tensor<3x2xf64>) -> ()

  // Stored transposed: the same entry at the same logical coordinate.
  //      CHECK: [2, 3]
  //      CHECK: 0.0618951,   -0.113493,   -0.743161
  // CHECK-NEXT: -0.466428,   0.764344,   -0.295992
  %stored = grow.fill #grow.normal<stddev = 1/2, seed = 7, key = "w"> order [1, 0] -> tensor<2x3xf64>
  %stored_any = tensor.cast %stored : tensor<2x3xf64> to tensor<*xf64>
  call @printMemrefF64(%stored_any) : (tensor<*xf64>) -> ()

  // A block has the entries that the whole tensor would have in its place.
  //      CHECK: 0.0618951,   -0.466428
  // CHECK-NEXT: 1,   1
  // CHECK-NEXT: -0.743161,   -0.295992
  %one = grow.fill #grow.constant<1> -> tensor<1x2xf64>
  %block = grow.extend %one with #grow.normal<stddev = 1/2, seed = 7, key = "w"> along 0 at [0, 1] by [1, 1] : tensor<1x2xf64>
  %block_any = tensor.cast %block : tensor<3x2xf64> to tensor<*xf64>
  call @printMemrefF64(%block_any) : (tensor<*xf64>) -> ()

  // numpy: ((2 * w0 - (2**32 - 1)) * (0.5 / (2**32 - 1))).view(int64)
  //      CHECK: -4628905207008144579,   4585712539871197506
  // CHECK-NEXT: -4628740119471101597,   4600153825959413640
  // CHECK-NEXT: 4585581550851277344,   -4624601885633798890
  %uniform = grow.fill #grow.uniform<bound = 1/2, seed = 7, key = "w"> -> tensor<3x2xf64>
  call @print_bits(%uniform) : (tensor<3x2xf64>) -> ()
  return
}

// An MLP and a larger one made from it, in one program that prints the largest
// difference between what they compute.
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})
  attributes {llvm.emit_c_interface}

func.func @main() {
  %x = grow.fill #grow.normal<stddev = 1, key = "x"> -> tensor<2x3x4xf32>
  %up = grow.fill #grow.normal<stddev = 1, key = "up"> -> tensor<4x8xf32>
  %down = grow.fill #grow.normal<stddev = 1, key = "down"> -> tensor<8x4xf32>
  %old = grow.mlp %x up(%up) down(%down) activation silu
    : (tensor<2x3x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x4xf32>

  // Four new units: whatever enters them, zeros leave.
  %new_up = grow.extend %up with #grow.normal<stddev = 1, key = "up"> along 1 at [8] by [4] : tensor<4x8xf32>
  %new_down = grow.extend %down with #grow.zero along 0 at [8] by [4] : tensor<8x4xf32>
  %new = grow.mlp %x up(%new_up) down(%new_down) activation silu
    : (tensor<2x3x4xf32>, tensor<4x12xf32>, tensor<12x4xf32>) -> tensor<2x3x4xf32>

  %difference = arith.subf %new, %old : tensor<2x3x4xf32>
  %distance = math.absf %difference : tensor<2x3x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %largest = linalg.reduce { arith.maximumf } ins(%distance : tensor<2x3x4xf32>)
    outs(%zero : tensor<f32>) dimensions = [0, 1, 2]
  %any = tensor.cast %largest : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}

// RUN: sed s/TYPE/f32/g %s | grow-opt --pass-pipeline='builtin.module(convert-grow-to-linalg,cse,grow-block-results{bytes=4096},grow-to-spirv)' \
// RUN: | %python %S/Inputs/validate-kernels.py | FileCheck %s
// RUN: sed s/TYPE/f64/g %s | grow-opt --pass-pipeline='builtin.module(convert-grow-to-linalg,cse,grow-block-results{bytes=4096},grow-to-spirv)' \
// RUN: | %python %S/Inputs/validate-kernels.py | FileCheck %s
// RUN: sed s/TYPE/bf16/g %s | grow-opt --pass-pipeline='builtin.module(convert-grow-to-linalg,cse,grow-block-results{bytes=4096},grow-to-spirv)' \
// RUN: | %python %S/Inputs/validate-kernels.py | FileCheck %s
// RUN: sed s/TYPE/f16/g %s | grow-opt --pass-pipeline='builtin.module(convert-grow-to-linalg,cse,grow-block-results{bytes=4096},grow-to-spirv)' \
// RUN: | %python %S/Inputs/validate-kernels.py | FileCheck %s
// REQUIRES: spirv-val

// The kernels of all kinds of derivations are valid for Vulkan.
// CHECK: {{[1-9][0-9]*}} kernels, 0 invalid
func.func @extend_normal(%o: tensor<37x50xTYPE>, %k: i64) -> tensor<37x91xTYPE> {
  %0 = grow.extend %o with #grow.normal<stddev = 1/50> along 1 at [20] by [41] key(%k) : tensor<37x50xTYPE>
  return %0 : tensor<37x91xTYPE>
}
func.func @fill_uniform() -> tensor<33x17x5xTYPE> {
  %0 = grow.fill #grow.uniform<bound = 1/3, key = "a.b"> -> tensor<33x17x5xTYPE>
  return %0 : tensor<33x17x5xTYPE>
}
func.func @scale(%o: tensor<130x77xTYPE>) -> tensor<130x77xTYPE> {
  %0 = grow.scale %o by sqrt(2) : tensor<130x77xTYPE>
  return %0 : tensor<130x77xTYPE>
}
func.func @scale_about(%o: tensor<130x77xTYPE>) -> tensor<130x77xTYPE> {
  %0 = grow.scale %o by sqrt(3) about -7/5 : tensor<130x77xTYPE>
  return %0 : tensor<130x77xTYPE>
}
func.func @center(%o: tensor<64x33xTYPE>) -> tensor<64x33xTYPE> {
  %0 = grow.center %o along 0 : tensor<64x33xTYPE>
  return %0 : tensor<64x33xTYPE>
}
func.func @mean(%o: tensor<64x33xTYPE>) -> tensor<64x40xTYPE> {
  %0 = grow.extend %o with #grow.mean along 1 at [3] by [7] : tensor<64x33xTYPE>
  return %0 : tensor<64x40xTYPE>
}
func.func @copy(%o: tensor<64x33xTYPE>) -> tensor<68x33xTYPE> {
  %0 = grow.extend %o with #grow.copy<[1, 2, 0, 9], factor = 2/3> along 0 at [5] by [4] : tensor<64x33xTYPE>
  return %0 : tensor<68x33xTYPE>
}
func.func @zero(%o: tensor<64x33xTYPE>) -> tensor<64x40xTYPE> {
  %0 = grow.extend %o with #grow.zero along 1 at [33] by [7] : tensor<64x33xTYPE>
  return %0 : tensor<64x40xTYPE>
}
func.func @regroup(%o: tensor<6x2x4x3xTYPE>) -> tensor<6x4x2x3xTYPE> {
  %0 = grow.regroup %o along 1 into 4 x 2 : tensor<6x2x4x3xTYPE>
  return %0 : tensor<6x4x2x3xTYPE>
}
func.func @drop(%o: tensor<8x3xTYPE>) -> tensor<4x3xTYPE> {
  %0 = grow.drop %o along 0 at [0, 2] by [1, 3] : tensor<8x3xTYPE>
  return %0 : tensor<4x3xTYPE>
}

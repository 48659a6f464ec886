// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-nvgpu-lower-math | FileCheck %s

// CHECK-LABEL: func @instructions
// CHECK: llvm.call_intrinsic "llvm.fma"(%{{.*}}, %{{.*}}, %{{.*}}) : (f32, f32, f32) -> f32
// CHECK: llvm.call_intrinsic "llvm.sqrt"(%{{.*}}) : (f64) -> f64
// CHECK: math.ctpop
func.func @instructions(%x: f32, %y: f64, %i: i32) -> (f32, f64, i32) {
  %fma = math.fma %x, %x, %x : f32
  %sqrt = math.sqrt %y : f64
  %bits = math.ctpop %i : i32
  return %fma, %sqrt, %bits : f32, f64, i32
}

// -----

func.func @function(%x: f64) -> f64 {
  // expected-error @below {{'math.exp' op on 'f64' has no instruction on NVIDIA GPUs: run 'grow-cpu-approximate-math' and 'grow-gpu-expand-math' before, which know functions of f32}}
  %exp = math.exp %x : f64
  return %exp : f64
}

// -----

// Only where an approximation will do.
// CHECK-LABEL: func @exp2
// CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%{{.*}}) : (f32) -> f32
func.func @exp2(%x: f32) -> f32 {
  %0 = math.exp2 %x fastmath<afn> : f32
  return %0 : f32
}

// -----

func.func @exact_exp2(%x: f32) -> f32 {
  // expected-error @below {{'math.exp2' op on 'f32' has no instruction on NVIDIA GPUs}}
  %0 = math.exp2 %x : f32
  return %0 : f32
}

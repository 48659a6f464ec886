// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-expand-narrow-floats,grow-cpu-approximate-math))' \
// RUN: | FileCheck %s

// CHECK-LABEL: @f32
// CHECK-NOT: math.exp
// CHECK-NOT: math.tanh
// CHECK-NOT: math.erf
// CHECK: math.cos
func.func @f32(%x: f32) -> f32 {
  %a = math.exp %x : f32
  %b = math.tanh %a : f32
  %c = math.erf %b : f32
  %d = math.cos %c : f32
  return %d : f32
}

// CHECK-LABEL: @negative_f64
// CHECK: math.exp
func.func @negative_f64(%x: f64) -> f64 {
  %a = math.exp %x : f64
  return %a : f64
}

// CHECK-LABEL: @bf16
// CHECK-NOT: arith.truncf
// CHECK: arith.shrui
func.func @bf16(%x: f32) -> bf16 {
  %a = arith.truncf %x : f32 to bf16
  return %a : bf16
}

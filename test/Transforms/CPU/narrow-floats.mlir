// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-expand-narrow-floats))' \
// RUN: | FileCheck %s --check-prefixes=CHECK,INSTRUCTIONS
// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-expand-narrow-floats{expand-f16}))' \
// RUN: | FileCheck %s --check-prefixes=CHECK,INTEGERS

// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-expand-narrow-floats{expand-bf16-dot}))' \
// RUN: | FileCheck %s --check-prefixes=DOT

// Sums of bf16 are sums of f32, or LLVM would convert by functions of its own.
// CHECK-LABEL: @add_bf16
// CHECK-NOT: arith.extf
// CHECK: arith.addf {{.*}} : f32
// CHECK-NOT: arith.truncf
// CHECK: arith.bitcast {{.*}} : i16 to bf16
func.func @add_bf16(%x: bf16, %y: bf16) -> bf16 {
  %a = arith.addf %x, %y : bf16
  return %a : bf16
}

// Each result is rounded, also between two ops.
// CHECK-LABEL: @rounds_each
// CHECK: arith.addf {{.*}} : f32
// CHECK: arith.trunci {{.*}} : i32 to i16
// CHECK: arith.mulf {{.*}} : f32
// CHECK: arith.trunci {{.*}} : i32 to i16
func.func @rounds_each(%x: bf16, %y: bf16) -> bf16 {
  %a = arith.addf %x, %y : bf16
  %b = arith.mulf %a, %y : bf16
  return %b : bf16
}

// CHECK-LABEL: @vectors
// CHECK: arith.mulf {{.*}} : vector<8xf32>
// CHECK: arith.bitcast {{.*}} : vector<8xi16> to vector<8xbf16>
func.func @vectors(%x: vector<8xbf16>, %y: vector<8xbf16>) -> vector<8xbf16> {
  %a = arith.mulf %x, %y : vector<8xbf16>
  return %a : vector<8xbf16>
}

// CHECK-LABEL: @add_f16
// INSTRUCTIONS: arith.extf {{.*}} : f16 to f32
// INTEGERS-NOT: arith.extf
// CHECK: arith.addf {{.*}} : f32
// INSTRUCTIONS: arith.truncf {{.*}} : f32 to f16
// INTEGERS-NOT: arith.truncf
func.func @add_f16(%x: f16, %y: f16) -> f16 {
  %a = arith.addf %x, %y : f16
  return %a : f16
}

// CHECK-LABEL: @exp
// CHECK: math.exp {{.*}} : f32
// CHECK: math.fma {{.*}} : f32
func.func @exp(%x: bf16) -> bf16 {
  %a = math.exp %x : bf16
  %b = math.fma %a, %x, %x : bf16
  return %b : bf16
}

// Conversions between f64 and 16 bits go by way of f32.
// CHECK-LABEL: @widen
// CHECK: arith.bitcast {{.*}} : i32 to f32
// CHECK: arith.extf {{.*}} : f32 to f64
func.func @widen(%x: bf16) -> f64 {
  %a = arith.extf %x : bf16 to f64
  return %a : f64
}

// CHECK-LABEL: @round
// CHECK: arith.truncf {{.*}} : f64 to f32
// CHECK: arith.cmpf one
func.func @round(%x: f64) -> f16 {
  %a = arith.truncf %x : f64 to f16
  return %a : f16
}

// The product of the odd entries, the high halves, is added first.
// CHECK-LABEL: @dot
// CHECK: x86vector.avx512.dot
// DOT-LABEL: @dot(
// DOT-SAME: %[[SUM:.*]]: vector<8xf32>, %[[X:.*]]: vector<16xbf16>, %[[Y:.*]]: vector<16xbf16>
// DOT-DAG: %[[MASK:.*]] = arith.constant dense<-65536>
// DOT-DAG: %[[HALF:.*]] = arith.constant dense<16>
// DOT: %[[XS:.*]] = vector.bitcast %[[X]]
// DOT: %[[YS:.*]] = vector.bitcast %[[Y]]
// DOT-DAG: %[[XH:.*]] = arith.andi %[[XS]], %[[MASK]]
// DOT-DAG: %[[XODD:.*]] = arith.bitcast %[[XH]]
// DOT-DAG: %[[YH:.*]] = arith.andi %[[YS]], %[[MASK]]
// DOT-DAG: %[[YODD:.*]] = arith.bitcast %[[YH]]
// DOT: %[[FIRST:.*]] = vector.fma %[[XODD]], %[[YODD]], %[[SUM]]
// DOT-DAG: %[[XL:.*]] = arith.shli %[[XS]], %[[HALF]]
// DOT-DAG: %[[XEVEN:.*]] = arith.bitcast %[[XL]]
// DOT-DAG: %[[YL:.*]] = arith.shli %[[YS]], %[[HALF]]
// DOT-DAG: %[[YEVEN:.*]] = arith.bitcast %[[YL]]
// DOT: vector.fma %[[XEVEN]], %[[YEVEN]], %[[FIRST]]
func.func @dot(%sum: vector<8xf32>, %x: vector<16xbf16>, %y: vector<16xbf16>) -> vector<8xf32> {
  %0 = x86vector.avx512.dot %sum, %x, %y : vector<16xbf16> -> vector<8xf32>
  return %0 : vector<8xf32>
}

// RUN: grow-opt %s --grow-gpu-expand-math | FileCheck %s

// The quarter of the circle decides between the two polynomials, and the sign.
// CHECK-LABEL: @sine
// CHECK: %[[X:.*]] = arith.extf %arg0 : f32 to f64
// CHECK: arith.bitcast {{.*}} : f64 to i64
// CHECK: arith.select
// CHECK: arith.negf
// CHECK: arith.select
// CHECK: %[[Y:.*]] = arith.truncf {{.*}} : f64 to f32
// CHECK: return %[[Y]]
func.func @sine(%x: f32) -> f32 {
  %0 = math.sin %x : f32
  return %0 : f32
}

// CHECK-LABEL: @root
// CHECK: %[[ROOT:.*]] = math.sqrt %arg0
// CHECK: arith.divf %{{.*}}, %[[ROOT]]
func.func @root(%x: f32) -> f32 {
  %0 = math.rsqrt %x : f32
  return %0 : f32
}

// Left to whoever can compute it.
// CHECK-LABEL: @double
// CHECK: math.cos
func.func @double(%x: f64) -> f64 {
  %0 = math.cos %x : f64
  return %0 : f64
}

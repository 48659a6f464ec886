// RUN: grow-opt %s --pass-pipeline='builtin.module(grow-cpu-lower-contractions{vector-bits=256},func.func(canonicalize,cse))' \
// RUN: | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#nk = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

// Blocks, panels in the accumulator's type, and calls of the routines that all
// contractions share.
// CHECK-LABEL: func.func @nk(
// CHECK: scf.parallel
// CHECK-DAG: %[[ROWS:.*]] = memref.alloc() {{.*}} : memref<32x256x4xf32>
// CHECK-DAG: %[[COLUMNS:.*]] = memref.alloc() {{.*}} : memref<11x256x24xf32>
// CHECK: scf.for
// CHECK: call @pack_depth1_f32_4xf32_by_4
// CHECK: call @pack_depth1_f32_24xf32_by_8
// CHECK: call @multiply_panels_4x3x8xf32
// CHECK: memref.dealloc %[[ROWS]]
// CHECK: memref.dealloc %[[COLUMNS]]
func.func @nk(%x: memref<?x?xf32>, %w: memref<?x?xf32>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #nk, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xf32>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Only the packing of the weight differs.
// CHECK-LABEL: func.func @kn_bf16(
// CHECK: call @pack_depth1_f32_4xf32_by_4
// CHECK: call @pack_lanes1_bf16_24xf32_by_8
// CHECK: call @multiply_panels_4x3x8xf32
func.func @kn_bf16(%x: memref<?x?xf32>, %w: memref<?x?xbf16>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xbf16>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: bf16, %sum: f32):
      %wide = arith.extf %b : bf16 to f32
      %next = math.fma %a, %wide, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Blocks of a static size are cut equally, an even number of them along n.
// CHECK-LABEL: func.func @static
// CHECK-DAG: memref.alloc() {{.*}} : memref<2x160x4xf32>
// CHECK-DAG: memref.alloc() {{.*}} : memref<7x160x24xf32>
func.func @static(%x: memref<5x320xf32>, %w: memref<320x320xf32>, %result: memref<5x320xf32>) {
  linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<5x320xf32>, memref<320x320xf32>) outs(%result : memref<5x320xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Vectors are stored along the result's innermost dimension: this one is strided.
// CHECK-LABEL: func.func @negative_strided_result
// CHECK: linalg.generic
func.func @negative_strided_result(%x: memref<?x?xf32>, %w: memref<?x?xf32>, %result: memref<?x?xf32, strided<[?, 2]>>) {
  linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xf32>) outs(%result : memref<?x?xf32, strided<[?, 2]>>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Nothing fixed how this step rounds: that is the business of grow-cpu-pin-arithmetic.
// CHECK-LABEL: func.func @negative_not_pinned
// CHECK: linalg.generic
func.func @negative_not_pinned(%x: memref<?x?xf32>, %w: memref<?x?xf32>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xf32>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %product = arith.mulf %a, %b : f32
      %next = arith.addf %sum, %product : f32
      linalg.yield %next : f32
  }
  return
}

// An operand stored along k is transposed.
// CHECK-LABEL: func.func private @pack_depth1_f32_4xf32_by_4
// CHECK-SAME: memref<?x?xf32, strided<[?, 1], offset: ?>>
// CHECK-SAME: passthrough = ["noinline"]
// CHECK: vector.load {{.*}}, vector<4xf32>
// CHECK: vector.shuffle
// CHECK: vector.maskedload

// A kernel of four rows by three vectors whose accumulators stay in registers.
// CHECK-LABEL: func.func private @multiply_panels_4x3x8xf32
// CHECK-SAME: %[[ROWS:.*]]: memref<?x?x4xf32>, %[[COLUMNS:.*]]: memref<?x?x24xf32>,
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-3: vector.load %[[COLUMNS]]
// CHECK: memref.load %[[ROWS]]
// CHECK-COUNT-12: vector.fma

// A weight in bf16 stored along n is copied, and extended on the way.
// CHECK-LABEL: func.func private @pack_lanes1_bf16_24xf32_by_8
// CHECK: vector.load {{.*}}, vector<8xbf16>
// CHECK-NEXT: arith.extf
// CHECK-NEXT: vector.store

// RUN: grow-opt %s --pass-pipeline='builtin.module(grow-cpu-lower-contractions{vector-bits=256 bf16-dot},func.func(canonicalize,cse))' \
// RUN: | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#panels = affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>
#y = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @packed(
// CHECK: call @multiply_12x2x8xf32_dot_bf16_by_panels_bf16
func.func @packed(%x: memref<?x?xbf16>, %w: memref<?x?x16xbf16>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #panels, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xbf16>, memref<?x?x16xbf16>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: bf16, %b: bf16, %sum: f32):
      %x0 = arith.extf %a : bf16 to f32
      %w0 = arith.extf %b : bf16 to f32
      %next = math.fma %x0, %w0, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Where one side is f32, and where sums are f64, each step is one of its own.
// CHECK-LABEL: func.func @negative_f32_rows(
// CHECK: call @multiply_6x2x8xf32_f32_by_rows_bf16
func.func @negative_f32_rows(%x: memref<?x?xf32>, %w: memref<?x?xbf16>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xbf16>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: bf16, %sum: f32):
      %w0 = arith.extf %b : bf16 to f32
      %next = math.fma %a, %w0, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// CHECK-LABEL: func.func @negative_f64_sums(
// CHECK: call @multiply_6x2x4xf64_bf16_by_rows_bf16
func.func @negative_f64_sums(%x: memref<?x?xbf16>, %w: memref<?x?xbf16>, %result: memref<?x?xf64>) {
  linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xbf16>, memref<?x?xbf16>) outs(%result : memref<?x?xf64>) {
    ^bb0(%a: bf16, %b: bf16, %sum: f64):
      %x0 = arith.extf %a : bf16 to f64
      %w0 = arith.extf %b : bf16 to f64
      %next = math.fma %x0, %w0, %sum : f64
      linalg.yield %next : f64
  }
  return
}

// Blocks are copied in pairs: the earlier step in the high half; beyond an odd depth -0 in
// the rows.
// CHECK-LABEL: func.func private @multiply_12x2x8xf32_dot_bf16_by_panels_bf16
// CHECK-SAME: (%[[X:.*]]: memref<?x?xbf16, {{.*}}>, %{{.*}}: memref<?x?x16xbf16, {{.*}}>, %{{.*}}: memref<?x?xf32
// CHECK-DAG: %[[HALF:.*]] = arith.constant 16 : i32
// CHECK-DAG: %[[MINUS:.*]] = arith.constant 32768 : i32
// CHECK-DAG: %[[PANEL:.*]] = memref.alloca() {{.*}} : memref<192x16xi32>
// CHECK-DAG: %[[ROWS:.*]] = memref.alloca() {{.*}} : memref<144x208xi32>
// CHECK: func.call @multiply_row_12x2x8xf32_dot_bf16_by_panels_bf16
// CHECK: %[[E:.*]] = memref.load {{.*}} : memref<?x?xbf16
// CHECK: %[[L:.*]] = memref.load {{.*}} : memref<?x?xbf16
// CHECK: %[[EBITS:.*]] = arith.bitcast %[[E]]
// CHECK: %[[EWIDE:.*]] = arith.extui %[[EBITS]]
// CHECK: %[[HIGH:.*]] = arith.shli %[[EWIDE]], %[[HALF]]
// CHECK: %[[LBITS:.*]] = arith.bitcast %[[L]]
// CHECK: %[[LOW:.*]] = arith.extui %[[LBITS]]
// CHECK: %[[PAIR:.*]] = arith.ori %[[HIGH]], %[[LOW]]
// CHECK: memref.store %[[PAIR]], %[[ROWS]]
// CHECK: %[[HIGH:.*]] = arith.shli
// CHECK: %[[LAST:.*]] = arith.ori %[[HIGH]], %[[MINUS]]
// CHECK: memref.store %[[LAST]], %[[ROWS]]
// CHECK: vector.load {{.*}} : memref<?x16xbf16
// CHECK: vector.store {{.*}}, %[[PANEL]]
// CHECK: call @multiply_panel_12x2x8xf32_dot

// A single row multiplies by the same instruction, or bits would depend on the number of rows.
// CHECK-LABEL: func.func private @multiply_row_12x2x8xf32_dot_bf16_by_panels_bf16
// CHECK-NOT: vector.fma
// CHECK-COUNT-8: x86vector.avx512.dot

// CHECK-LABEL: func.func private @multiply_tile_12x2x8xf32_dot
// CHECK-SAME: memref<?x?xi32, strided<[208, 1], offset: ?>>, %{{.*}}: memref<?x16xi32
// CHECK-NOT: vector.fma
// CHECK-COUNT-96: x86vector.avx512.dot

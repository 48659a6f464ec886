// RUN: grow-opt %s --pass-pipeline='builtin.module(grow-cpu-lower-contractions{vector-bits=256},func.func(canonicalize,cse))' \
// RUN: | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#panels = affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>
#narrow = affine_map<(m, n, k) -> (n floordiv 8, k, n mod 8)>
#kn = affine_map<(m, n, k) -> (k, n)>
#nk = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

// A call; where the result is zero before, the routine does not read it.
// CHECK-LABEL: func.func @packed(
// CHECK-NOT: linalg
// CHECK: %[[FALSE:.*]] = arith.constant false
// CHECK: call @multiply_6x2x8xf32_f32_by_panels_f32({{.*}}, %[[FALSE]])
func.func @packed(%x: memref<?x?xf32>, %w: memref<?x?x16xf32>, %result: memref<?x?xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%result : memref<?x?xf32>)
  linalg.generic {indexing_maps = [#x, #panels, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?x16xf32>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Without a fill, products are added to what is there.
// CHECK-LABEL: func.func @adds(
// CHECK: %[[TRUE:.*]] = arith.constant true
// CHECK: call @multiply_6x2x8xf32_f32_by_rows_bf16({{.*}}, %[[TRUE]])
func.func @adds(%x: memref<?x?xf32>, %w: memref<?x?xbf16>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xbf16>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: bf16, %sum: f32):
      %wide = arith.extf %b : bf16 to f32
      %next = math.fma %a, %wide, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Columns anyhow.
// CHECK-LABEL: func.func @strided_columns(
// CHECK: call @multiply_6x2x8xf32_f32_by_matrix_f32
func.func @strided_columns(%x: memref<?x?xf32>, %w: memref<?x?xf32>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #nk, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xf32>) outs(%result : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Loops that all operands share surround the call.
// CHECK-LABEL: func.func @batch(
// CHECK: scf.for
// CHECK: call @multiply_6x2x8xf32_f32_by_rows_f32
func.func @batch(%x: memref<?x?x?xf32>, %w: memref<?x?x?xf32>, %result: memref<?x?x?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>,
                                   affine_map<(b, m, n, k) -> (b, m, n)>],
                  iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?x?xf32>, memref<?x?x?xf32>) outs(%result : memref<?x?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Panels for another machine are not this kernel's.
// CHECK-LABEL: func.func @negative_other_panels
// CHECK: linalg.generic
func.func @negative_other_panels(%x: memref<?x?xf32>, %w: memref<?x?x8xf32>, %result: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#x, #narrow, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?x8xf32>) outs(%result : memref<?x?xf32>) {
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

// Blocks of the depth, then panels.
// CHECK-LABEL: func.func private @multiply_6x2x8xf32_f32_by_panels_f32
// CHECK-SAME: memref<?x?xf32, strided<[?, 1], offset: ?>>, %{{.*}}: memref<?x?x16xf32, strided<[?, 16, 1], offset: ?>>
// CHECK-SAME: passthrough = ["noinline"]
// CHECK: call @multiply_row_6x2x8xf32_f32_by_panels_f32
// CHECK: scf.for
// CHECK: scf.for
// CHECK: call @multiply_panel_6x2x8xf32

// Four panels side by side for one row.
// CHECK-LABEL: func.func private @multiply_row_6x2x8xf32_f32_by_panels_f32
// CHECK: scf.for {{.*}} iter_args
// CHECK: memref.load
// CHECK-COUNT-8: vector.fma

// CHECK-LABEL: func.func private @multiply_panel_6x2x8xf32
// CHECK: scf.index_switch
// CHECK: call @multiply_tile_1x2x8xf32
// CHECK: call @multiply_tile_6x2x8xf32

// A kernel of six rows by two vectors whose accumulators stay in registers, four
// steps at a time.
// CHECK-LABEL: func.func private @multiply_tile_6x2x8xf32
// CHECK-SAME: %[[ROWS:.*]]: memref<?x?xf32, {{.*}}>, %[[PANEL:.*]]: memref<?x16xf32, {{.*}}>, %{{.*}}: memref
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-2: vector.load %[[PANEL]]
// CHECK: memref.load %[[ROWS]]
// CHECK-COUNT-48: vector.fma
// CHECK: scf.yield

// A weight in bf16 is extended block by block.
// CHECK-LABEL: func.func private @multiply_6x2x8xf32_f32_by_rows_bf16
// CHECK: memref.alloca() {{.*}} : memref<384x16xf32>
// CHECK: vector.load {{.*}} : memref<?x?xbf16
// CHECK-NEXT: arith.extf
// CHECK-NEXT: vector.store

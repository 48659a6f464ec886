// RUN: grow-opt %s --split-input-file --grow-nvgpu-lower-contractions | FileCheck %s

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>

// Three copies are under way before the loop, a fourth is started in each step, and
// nothing remains of the fill.
// CHECK-LABEL: func @bf16
// CHECK: gpu.launch
// CHECK-SAME: workgroup(%[[MEMORY:.*]] : memref<75776xi8, #gpu.address_space<workgroup>>)
// CHECK: %[[ROWS:.*]] = memref.view %[[MEMORY]][%c0{{[_0-9]*}}][] : {{.*}} to memref<4x128x40xbf16, #gpu.address_space<workgroup>>
// CHECK: %[[COLUMNS:.*]] = memref.view %[[MEMORY]][%c40960][] : {{.*}} to memref<4x32x136xbf16, #gpu.address_space<workgroup>>
// CHECK-NOT: linalg
// CHECK: gpu.barrier
// CHECK: scf.if
// CHECK-COUNT-3: nvgpu.device_async_create_group
// CHECK: scf.for
// CHECK: nvvm.cp.async.wait.group 2
// CHECK-NEXT: gpu.barrier
// CHECK-COUNT-4: nvgpu.device_async_copy
// CHECK: nvgpu.device_async_create_group
// CHECK: nvgpu.ldmatrix %[[ROWS]]{{.*}}transpose = false
// CHECK: nvgpu.ldmatrix %[[COLUMNS]]{{.*}}transpose = true
// CHECK: nvvm.mma.sync
// CHECK-SAME: multiplicandAPtxType = #nvvm.mma_type<bf16>
// CHECK-SAME: shape = #nvvm.shape<m = 16, n = 8, k = 16>
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NOT: arith.addf
// CHECK-NOT: linalg
func.func @bf16(%rows: memref<?x64xbf16>, %columns: memref<64x128xbf16>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant 0.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.fill ins(%zero : f32) outs(%sums : memref<?x128xf32>)
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x64xbf16>, memref<64x128xbf16>)
        outs(%sums : memref<?x128xf32>) {
    ^bb0(%row: bf16, %column: bf16, %sum: f32):
      %x = arith.extf %row : bf16 to f32
      %y = arith.extf %column : bf16 to f32
      %next = math.fma %x, %y, %sum : f32
      linalg.yield %next : f32
    }
    gpu.terminator
  }
  return
}

// -----

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (n, k)>
#sums = affine_map<(m, n, k) -> (m, n)>

// Columns that lie as rows are not transposed on their way; without a fill, sums are
// added. Rows of 63 entries are never aligned: there is no asynchronous copy.
// CHECK-LABEL: func @transposed
// CHECK-NOT: nvgpu.device_async_copy
// CHECK-NOT: transpose = true
// CHECK: nvvm.mma.sync
// CHECK-SAME: : (vector<2xf16>, vector<2xf16>, f32)
// CHECK: arith.addf
func.func @transposed(%rows: memref<?x63xf16>, %columns: memref<128x63xf16>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x63xf16>, memref<128x63xf16>)
        outs(%sums : memref<?x128xf32>) {
    ^bb0(%row: f16, %column: f16, %sum: f32):
      %x = arith.extf %row : f16 to f32
      %y = arith.extf %column : f16 to f32
      %next = math.fma %x, %y, %sum : f32
      linalg.yield %next : f32
    }
    gpu.terminator
  }
  return
}

// -----

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>

// Not for tensor cores: f32, which they would round.
// CHECK-LABEL: func @f32
// CHECK: linalg.generic
func.func @f32(%rows: memref<?x64xf32>, %columns: memref<64x128xf32>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x64xf32>, memref<64x128xf32>)
        outs(%sums : memref<?x128xf32>) {
    ^bb0(%row: f32, %column: f32, %sum: f32):
      %next = math.fma %row, %column, %sum : f32
      linalg.yield %next : f32
    }
    gpu.terminator
  }
  return
}

// -----

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>

// The same warps share a smaller block where there are no more columns.
// CHECK-LABEL: func @narrow
// CHECK: memref.view {{.*}} to memref<4x128x40xbf16,
// CHECK: memref.view {{.*}} to memref<4x32x72xbf16,
// CHECK-NOT: linalg
func.func @narrow(%rows: memref<?x64xbf16>, %columns: memref<64x48xbf16>, %sums: memref<?x48xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x64xbf16>, memref<64x48xbf16>)
        outs(%sums : memref<?x48xf32>) {
    ^bb0(%row: bf16, %column: bf16, %sum: f32):
      %x = arith.extf %row : bf16 to f32
      %y = arith.extf %column : bf16 to f32
      %next = math.fma %x, %y, %sum : f32
      linalg.yield %next : f32
    }
    gpu.terminator
  }
  return
}

// RUN: grow-opt %s --split-input-file --grow-nvgpu-lower-contractions=tf32 | FileCheck %s
// RUN: grow-opt %s --split-input-file --grow-nvgpu-lower-contractions="tf32 warpgroups" | FileCheck %s
// RUN: grow-opt %s --split-input-file --grow-nvgpu-lower-contractions | FileCheck %s --check-prefix=FULL

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>

// Rows are those of bf16 with half the depth: four entries longer than needed, for
// ldmatrix. From depth x columns lanes read four steps of eight columns, in different
// banks, since rows are eight entries longer. All are rounded.
// FULL-LABEL: func @tf32
// FULL-NOT: nvvm
// FULL: linalg.generic
// FULL-NOT: nvvm
// CHECK-LABEL: func @tf32
// CHECK: gpu.launch
// CHECK-SAME: workgroup(%[[MEMORY:.*]] : memref<75776xi8, #gpu.address_space<workgroup>>)
// CHECK: %[[ROWS:.*]] = memref.view %[[MEMORY]][%c0{{[_0-9]*}}][] : {{.*}} to memref<4x128x20xf32, #gpu.address_space<workgroup>>
// CHECK: %[[COLUMNS:.*]] = memref.view %[[MEMORY]][%c40960][] : {{.*}} to memref<4x16x136xf32, #gpu.address_space<workgroup>>
// CHECK-NOT: linalg
// CHECK-COUNT-3: nvgpu.device_async_create_group
// CHECK: scf.for
// CHECK-COUNT-4: nvgpu.device_async_copy {{.*}}, 4, {{.*}} {bypassL1}
// CHECK: nvgpu.device_async_create_group
// CHECK: nvgpu.ldmatrix %[[ROWS]]{{.*}}transpose = false{{.*}} -> vector<4x1xf32>
// CHECK-NOT: nvgpu.ldmatrix %[[COLUMNS]]
// CHECK-COUNT-4: memref.load %[[COLUMNS]]
// CHECK: nvvm.convert.float.to.tf32 %{{.*}} {rnd = #nvvm.fp_rnd_mode<rna>}
// CHECK: nvvm.mma.sync
// CHECK-SAME: multiplicandAPtxType = #nvvm.mma_type<tf32>
// CHECK-SAME: shape = #nvvm.shape<m = 16, n = 8, k = 8>
func.func @tf32(%rows: memref<?x64xf32>, %columns: memref<64x128xf32>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant 0.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.fill ins(%zero : f32) outs(%sums : memref<?x128xf32>)
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
#columns = affine_map<(m, n, k) -> (n, k)>
#sums = affine_map<(m, n, k) -> (m, n)>

// Columns that lie as rows are read as rows are. Rows of 62 entries are not aligned to
// 16 bytes.
// FULL-LABEL: func @transposed
// FULL-NOT: nvvm
// CHECK-LABEL: func @transposed
// CHECK-NOT: nvgpu.device_async_copy
// CHECK: nvgpu.ldmatrix
// CHECK: nvgpu.ldmatrix {{.*}} memref<4x128x20xf32{{.*}} -> vector<4x1xf32>
// CHECK: nvvm.mma.sync
// CHECK: arith.addf
func.func @transposed(%rows: memref<?x62xf32>, %columns: memref<128x62xf32>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x62xf32>, memref<128x62xf32>)
        outs(%sums : memref<?x128xf32>) {
    ^bb0(%row: f32, %column: f32, %sum: f32):
      %next = math.fma %row, %column, %sum : f32
      linalg.yield %next : f32
    }
    gpu.terminator
  }
  return
}

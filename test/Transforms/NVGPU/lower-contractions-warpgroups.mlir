// RUN: grow-opt %s --split-input-file --grow-nvgpu-lower-contractions=warpgroups | FileCheck %s

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>

// The host describes both buffers; columns that lie as depth x columns are copied 64 at a
// time. One thread has blocks copied, four stages ahead, and a stage again when all eight
// warps are done with it.
// CHECK-LABEL: func @bf16
// CHECK-SAME: (%[[X:.*]]: memref<?x200xbf16>, %[[W:.*]]: memref<200x128xbf16>,
// CHECK: %[[ROWS:.*]] = memref.cast %[[X]] : memref<?x200xbf16> to memref<*xbf16>
// CHECK: %[[ROW_MAP:.*]] = nvgpu.tma.create.descriptor %[[ROWS]] box[%{{.*}}, %{{.*}}] : memref<*xbf16> -> <tensor = memref<128x64xbf16, #gpu.address_space<workgroup>>, swizzle = swizzle_128b, l2promo = l2promo_128b, oob = zero, interleave = none>
// CHECK: %[[COLUMNS:.*]] = memref.cast %[[W]]
// CHECK: %[[COLUMN_MAP:.*]] = nvgpu.tma.create.descriptor %[[COLUMNS]] {{.*}} -> <tensor = memref<64x64xbf16, #gpu.address_space<workgroup>>
// CHECK: gpu.launch
// CHECK-SAME: workgroup(%[[MEMORY:.*]] : memref<131136xi8, #gpu.address_space<workgroup>>)
// CHECK-NOT: linalg
// CHECK: %[[BARRIERS:.*]] = builtin.unrealized_conversion_cast {{.*}} to !nvgpu.mbarrier.group<memorySpace = #gpu.address_space<workgroup>, num_barriers = 8>
// CHECK: %[[WARPS:.*]] = arith.constant 8 : index
// CHECK: nvgpu.mbarrier.init %[[BARRIERS]][%{{.*}}], %[[WARPS]]
// CHECK: nvvm.fence.proxy
// CHECK: gpu.barrier
// CHECK: %[[BYTES:.*]] = arith.constant 32768 : index
// CHECK: nvgpu.mbarrier.arrive.expect_tx %[[BARRIERS]][%{{.*}}], %[[BYTES]]
// CHECK: nvgpu.tma.async.load %[[ROW_MAP]][
// CHECK-COUNT-2: nvgpu.tma.async.load %[[COLUMN_MAP]][
// CHECK: scf.for
// CHECK: nvgpu.mbarrier.try_wait.parity
// CHECK: nvvm.wgmma.fence.aligned
// CHECK-COUNT-4: nvvm.wgmma.mma_async {{.*}} <m = 64, n = 128, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <row>]
// CHECK: nvvm.wgmma.commit.group.sync.aligned
// CHECK: llvm.inline_asm {{.*}}"wgmma.wait_group.sync.aligned 1;"
// CHECK: nvgpu.mbarrier.arrive %[[BARRIERS]]
// CHECK: nvgpu.mbarrier.try_wait.parity
// CHECK: nvgpu.tma.async.load %[[ROW_MAP]][
// CHECK: llvm.inline_asm {{.*}}"wgmma.wait_group.sync.aligned 0;"
// CHECK: gpu.barrier
// CHECK-COUNT-8: nvvm.mbarrier.inval
// CHECK-NOT: arith.addf
// Buffers that are not aligned are multiplied otherwise.
// CHECK: else
// CHECK: nvvm.mma.sync
func.func @bf16(%rows: memref<?x200xbf16>, %columns: memref<200x128xbf16>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant 0.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.fill ins(%zero : f32) outs(%sums : memref<?x128xf32>)
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x200xbf16>, memref<200x128xbf16>)
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

// Slices are coordinates of the whole buffers, which may have more axes. Columns that lie
// as columns x depth take one copy; of 40 columns, 64 are enough. Without a fill, sums
// are added.
// CHECK-LABEL: func @slices
// CHECK: nvgpu.tma.create.descriptor {{.*}} -> <tensor = memref<1x128x1x64xf16,
// CHECK: nvgpu.tma.create.descriptor {{.*}} -> <tensor = memref<64x64xf16,
// CHECK: gpu.launch blocks(%[[BX:[^,]*]],
// CHECK: nvgpu.tma.async.load %{{.*}}[%{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}],
// CHECK: nvvm.wgmma.mma_async {{.*}} <m = 64, n = 64, k = 16>, D[<f32>, <one>], A[<f16>, <one>, <row>], B[<f16>, <one>, <col>]
// CHECK: arith.addf
func.func @slices(%rows: memref<2x?x3x64xf16>, %columns: memref<?x64xf16>, %sums: memref<?x40xf32>, %n: index) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    %row_part = memref.subview %rows[%bx, 8, %by, 0] [1, %n, 1, 64] [1, 1, 1, 1]
        : memref<2x?x3x64xf16> to memref<?x64xf16, strided<[192, 1], offset: ?>>
    %column_part = memref.subview %columns[%bx, 0] [40, 64] [1, 1]
        : memref<?x64xf16> to memref<40x64xf16, strided<[64, 1], offset: ?>>
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%row_part, %column_part : memref<?x64xf16, strided<[192, 1], offset: ?>>, memref<40x64xf16, strided<[64, 1], offset: ?>>)
        outs(%sums : memref<?x40xf32>) {
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

// A part of the depth that does not end with a block: what lies behind it would be
// multiplied, too.
// CHECK-LABEL: func @part_of_depth
// CHECK-NOT: wgmma
// CHECK: nvvm.mma.sync
// CHECK-NOT: wgmma
// CHECK: return
func.func @part_of_depth(%rows: memref<?x200xbf16>, %columns: memref<40x128xbf16>, %sums: memref<?x128xf32>, %n: index) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    %row_part = memref.subview %rows[0, 0] [%n, 40] [1, 1]
        : memref<?x200xbf16> to memref<?x40xbf16, strided<[200, 1]>>
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%row_part, %columns : memref<?x40xbf16, strided<[200, 1]>>, memref<40x128xbf16>)
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
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>

// Rows of 100 entries are not aligned to 16 bytes, of which there is no tensor map.
// CHECK-LABEL: func @never_aligned
// CHECK-NOT: nvgpu.tma
// CHECK: nvvm.mma.sync
func.func @never_aligned(%rows: memref<?x100xbf16>, %columns: memref<100x128xbf16>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x100xbf16>, memref<100x128xbf16>)
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

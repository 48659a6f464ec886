// RUN: grow-opt %s --split-input-file --grow-nvgpu-lower-attention | FileCheck %s
// RUN: grow-opt %s --split-input-file --grow-nvgpu-lower-attention="block-rows=128 warp-rows=32 block-keys=128" \
// RUN:   | FileCheck %s --check-prefix=TILE

// Four warps; queries, keys and values of a block in workgroup memory. The fragments of
// the queries are loaded once; in the loop values are copied, keys multiplied, the next
// keys copied, and values multiplied.
// CHECK-LABEL: func.func @causal
// CHECK: gpu.launch blocks({{.*}}) threads({{.*}} = %c128
// CHECK-SAME: workgroup(%[[Q:arg[0-9]+]] : memref<1x64x72xbf16, #gpu.address_space<workgroup>>,
// CHECK-SAME:           %[[K:arg[0-9]+]] : memref<1x64x72xbf16, #gpu.address_space<workgroup>>,
// CHECK-SAME:           %[[V:arg[0-9]+]] : memref<1x64x40xbf16, #gpu.address_space<workgroup>>)
// CHECK: nvgpu.device_async_copy {{.*}}, %[[Q]]
// CHECK: nvgpu.device_async_copy {{.*}}, %[[K]]
// CHECK: nvvm.cp.async.wait.group 1
// CHECK-NEXT: gpu.barrier
// CHECK-COUNT-4: nvgpu.ldmatrix %[[Q]]
// CHECK-NOT: nvgpu.ldmatrix %[[Q]]
// CHECK: scf.for
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NEXT: gpu.barrier
// CHECK: nvgpu.device_async_copy {{.*}}, %[[V]]
// CHECK: nvgpu.ldmatrix %[[K]]{{.*}}transpose = false
// CHECK-COUNT-32: nvvm.mma.sync
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NEXT: gpu.barrier
// CHECK: nvgpu.device_async_copy {{.*}}, %[[K]]
// The mask, where a row needs one.
// CHECK: scf.if
// CHECK: arith.cmpi sge
// CHECK: gpu.shuffle{{.*}}xor
// CHECK: math.exp2 %{{.*}} fastmath<afn>
// CHECK-NOT: memref.store
// CHECK: arith.truncf %{{.*}} : vector<2xf32> to vector<2xbf16>
// CHECK: nvgpu.ldmatrix %[[V]]{{.*}}transpose = true
// CHECK-COUNT-16: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK-NOT: grow.fused_attention
// TILE-LABEL: func.func @causal
// TILE: gpu.launch blocks({{.*}}) threads({{.*}} = %c128
// TILE-SAME: memref<1x128x72xbf16, {{.*}}memref<1x128x72xbf16, {{.*}}memref<1x128x40xbf16,
func.func @causal(%q: memref<?x?x2x3x64xbf16>, %k: memref<?x?x2x64xbf16>, %v: memref<?x?x2x32xbf16>,
    %o: memref<?x?x2x3x32xbf16>) {
  grow.fused_attention ins(%q, %k, %v : memref<?x?x2x3x64xbf16>, memref<?x?x2x64xbf16>, memref<?x?x2x32xbf16>)
    outs(%o : memref<?x?x2x3x32xbf16>) scale 1/8 causal
  return
}

// -----

// A window may leave rows that see no key of a block yet: nothing is subtracted from
// their scores.
// CHECK-LABEL: func.func @window
// CHECK: arith.maxsi
// CHECK: scf.for
// CHECK: arith.cmpf une
// CHECK: arith.select
func.func @window(%q: memref<2x300x1x1x16xf16>, %k: memref<2x300x1x16xf16>, %o: memref<2x300x1x1x16xf16>) {
  grow.fused_attention ins(%q, %k, %k : memref<2x300x1x1x16xf16>, memref<2x300x1x16xf16>, memref<2x300x1x16xf16>)
    outs(%o : memref<2x300x1x1x16xf16>) scale 1/4 causal window 100
  return
}

// -----

// Wide queries stay in workgroup memory.
// CHECK-LABEL: func.func @wide
// CHECK-SAME: memref<1x8x1x1x192xf16>
// CHECK: workgroup(%[[Q:arg[0-9]+]] : memref<1x64x200xf16
// CHECK: scf.for
// CHECK: nvgpu.ldmatrix %[[Q]]
// The bias is added to capped scores.
// CHECK: arith.divf
// CHECK: math.tanh
// CHECK: math.fma
func.func @wide(%q: memref<1x8x1x1x192xf16>, %k: memref<1x8x1x192xf16>, %v: memref<1x8x1x16xf16>,
    %slopes: memref<1x1xf32>, %o: memref<1x8x1x1x16xf16>) {
  grow.fused_attention ins(%q, %k, %v slopes %slopes : memref<1x8x1x1x192xf16>, memref<1x8x1x192xf16>, memref<1x8x1x16xf16>, memref<1x1xf32>)
    outs(%o : memref<1x8x1x1x16xf16>) scale 1/4 softcap 30
  return
}

// -----

// Rows that are never aligned are copied entry by entry: there is no other code.
// CHECK-LABEL: func.func @unaligned
// CHECK-NOT: nvgpu.device_async_copy
// CHECK: nvvm.mma.sync
func.func @unaligned(%q: memref<1x8x1x1x16xf16, strided<[136, 17, 17, 17, 1]>>, %k: memref<1x8x1x16xf16>,
    %o: memref<1x8x1x1x16xf16>) {
  grow.fused_attention ins(%q, %k, %k : memref<1x8x1x1x16xf16, strided<[136, 17, 17, 17, 1]>>, memref<1x8x1x16xf16>, memref<1x8x1x16xf16>)
    outs(%o : memref<1x8x1x1x16xf16>) scale 1/4
  return
}

// -----

// No position is as far away as this: every earlier key is seen.
// CHECK-LABEL: func.func @wide_window
// CHECK-NOT: arith.maxsi
// CHECK-NOT: arith.cmpf une
func.func @wide_window(%q: memref<2x300x1x1x16xf16>, %k: memref<2x300x1x16xf16>, %o: memref<2x300x1x1x16xf16>) {
  grow.fused_attention ins(%q, %k, %k : memref<2x300x1x1x16xf16>, memref<2x300x1x16xf16>, memref<2x300x1x16xf16>)
    outs(%o : memref<2x300x1x1x16xf16>) scale 1/4 causal window 9223372036854775807
  return
}

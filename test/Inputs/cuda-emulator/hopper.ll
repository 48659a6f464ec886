; Intrinsics of sm_90a by functions of hopper.inc; emulate.py has renamed them.

declare void @emulated_warp_sync(i32)
declare void @emulated_mbarrier_init(ptr, i32)
declare void @emulated_mbarrier_inval(ptr)
declare i64 @emulated_mbarrier_arrive(ptr)
declare i64 @emulated_mbarrier_arrive_expect(ptr, i32)
declare void @emulated_mbarrier_wait(ptr, i32)
declare void @emulated_fence_proxy()
declare void @emulated_copy_block(ptr, ptr, ptr, ptr, i32)
declare void @emulated_wgmma_fence()
declare void @emulated_wgmma(ptr, i32, i32)
declare void @emulated_wgmma_commit()
declare void @emulated_wgmma_wait(ptr, i32, i32)

define void @emulated.nvvm.bar.warp.sync(i32 %mask) {
  call void @emulated_warp_sync(i32 %mask)
  ret void
}
define void @emulated.nvvm.mbarrier.init.shared(ptr addrspace(3) %barrier, i32 %count) {
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  call void @emulated_mbarrier_init(ptr %b, i32 %count)
  ret void
}
define void @emulated.nvvm.mbarrier.inval.shared(ptr addrspace(3) %barrier) {
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  call void @emulated_mbarrier_inval(ptr %b)
  ret void
}
define i64 @emulated.nvvm.mbarrier.arrive.shared(ptr addrspace(3) %barrier) {
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  %r = call i64 @emulated_mbarrier_arrive(ptr %b)
  ret i64 %r
}
define i64 @emulated.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(ptr addrspace(3) %barrier, i32 %bytes) {
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  %r = call i64 @emulated_mbarrier_arrive_expect(ptr %b, i32 %bytes)
  ret i64 %r
}
define void @emulated.nvvm.fence.proxy.async() {
  call void @emulated_fence_proxy()
  ret void
}
define void @emulated.nvvm.wgmma.fence.sync.aligned() {
  call void @emulated_wgmma_fence()
  ret void
}
define void @emulated.nvvm.wgmma.commit_group.sync.aligned() {
  call void @emulated_wgmma_commit()
  ret void
}
define void @emulated.nvvm.cp.async.bulk.tensor.g2s.tile.1d(ptr addrspace(7) %to, ptr addrspace(3) %barrier, ptr %map, i32 %c0, i16 %mask, i64 %hint, i1 %hasMask, i1 %hasHint, i32 %group) {
  %coordinates = alloca [1 x i32]
  %p0 = getelementptr i32, ptr %coordinates, i32 0
  store i32 %c0, ptr %p0
  %t = addrspacecast ptr addrspace(7) %to to ptr
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  call void @emulated_copy_block(ptr %t, ptr %b, ptr %map, ptr %coordinates, i32 1)
  ret void
}
define void @emulated.nvvm.cp.async.bulk.tensor.g2s.tile.2d(ptr addrspace(7) %to, ptr addrspace(3) %barrier, ptr %map, i32 %c0, i32 %c1, i16 %mask, i64 %hint, i1 %hasMask, i1 %hasHint, i32 %group) {
  %coordinates = alloca [2 x i32]
  %p0 = getelementptr i32, ptr %coordinates, i32 0
  store i32 %c0, ptr %p0
  %p1 = getelementptr i32, ptr %coordinates, i32 1
  store i32 %c1, ptr %p1
  %t = addrspacecast ptr addrspace(7) %to to ptr
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  call void @emulated_copy_block(ptr %t, ptr %b, ptr %map, ptr %coordinates, i32 2)
  ret void
}
define void @emulated.nvvm.cp.async.bulk.tensor.g2s.tile.3d(ptr addrspace(7) %to, ptr addrspace(3) %barrier, ptr %map, i32 %c0, i32 %c1, i32 %c2, i16 %mask, i64 %hint, i1 %hasMask, i1 %hasHint, i32 %group) {
  %coordinates = alloca [3 x i32]
  %p0 = getelementptr i32, ptr %coordinates, i32 0
  store i32 %c0, ptr %p0
  %p1 = getelementptr i32, ptr %coordinates, i32 1
  store i32 %c1, ptr %p1
  %p2 = getelementptr i32, ptr %coordinates, i32 2
  store i32 %c2, ptr %p2
  %t = addrspacecast ptr addrspace(7) %to to ptr
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  call void @emulated_copy_block(ptr %t, ptr %b, ptr %map, ptr %coordinates, i32 3)
  ret void
}
define void @emulated.nvvm.cp.async.bulk.tensor.g2s.tile.4d(ptr addrspace(7) %to, ptr addrspace(3) %barrier, ptr %map, i32 %c0, i32 %c1, i32 %c2, i32 %c3, i16 %mask, i64 %hint, i1 %hasMask, i1 %hasHint, i32 %group) {
  %coordinates = alloca [4 x i32]
  %p0 = getelementptr i32, ptr %coordinates, i32 0
  store i32 %c0, ptr %p0
  %p1 = getelementptr i32, ptr %coordinates, i32 1
  store i32 %c1, ptr %p1
  %p2 = getelementptr i32, ptr %coordinates, i32 2
  store i32 %c2, ptr %p2
  %p3 = getelementptr i32, ptr %coordinates, i32 3
  store i32 %c3, ptr %p3
  %t = addrspacecast ptr addrspace(7) %to to ptr
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  call void @emulated_copy_block(ptr %t, ptr %b, ptr %map, ptr %coordinates, i32 4)
  ret void
}
define void @emulated.nvvm.cp.async.bulk.tensor.g2s.tile.5d(ptr addrspace(7) %to, ptr addrspace(3) %barrier, ptr %map, i32 %c0, i32 %c1, i32 %c2, i32 %c3, i32 %c4, i16 %mask, i64 %hint, i1 %hasMask, i1 %hasHint, i32 %group) {
  %coordinates = alloca [5 x i32]
  %p0 = getelementptr i32, ptr %coordinates, i32 0
  store i32 %c0, ptr %p0
  %p1 = getelementptr i32, ptr %coordinates, i32 1
  store i32 %c1, ptr %p1
  %p2 = getelementptr i32, ptr %coordinates, i32 2
  store i32 %c2, ptr %p2
  %p3 = getelementptr i32, ptr %coordinates, i32 3
  store i32 %c3, ptr %p3
  %p4 = getelementptr i32, ptr %coordinates, i32 4
  store i32 %c4, ptr %p4
  %t = addrspacecast ptr addrspace(7) %to to ptr
  %b = addrspacecast ptr addrspace(3) %barrier to ptr
  call void @emulated_copy_block(ptr %t, ptr %b, ptr %map, ptr %coordinates, i32 5)
  ret void
}

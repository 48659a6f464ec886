; Intrinsics of NVPTX by functions of device.cpp; emulate.py has renamed them.

declare i32 @emulated_thread(i32)
declare i32 @emulated_block(i32)
declare i32 @emulated_block_size(i32)
declare i32 @emulated_grid_size(i32)
declare void @emulated_barrier()
declare void @emulated_copy_async(ptr, ptr, i32, i32)
declare void @emulated_commit()
declare void @emulated_wait(i32)
declare void @emulated_ldmatrix(ptr, ptr, i32)
declare void @emulated_mma(ptr, ptr, i32)
declare i32 @emulated_round_tf32(i32)

define i32 @emulated.nvvm.read.ptx.sreg.tid.x() {
  %r = call i32 @emulated_thread(i32 0)
  ret i32 %r
}
define i32 @emulated.nvvm.read.ptx.sreg.tid.y() {
  %r = call i32 @emulated_thread(i32 1)
  ret i32 %r
}
define i32 @emulated.nvvm.read.ptx.sreg.tid.z() {
  %r = call i32 @emulated_thread(i32 2)
  ret i32 %r
}
define i32 @emulated.nvvm.read.ptx.sreg.ctaid.x() {
  %r = call i32 @emulated_block(i32 0)
  ret i32 %r
}
define i32 @emulated.nvvm.read.ptx.sreg.ctaid.y() {
  %r = call i32 @emulated_block(i32 1)
  ret i32 %r
}
define i32 @emulated.nvvm.read.ptx.sreg.ctaid.z() {
  %r = call i32 @emulated_block(i32 2)
  ret i32 %r
}
define i32 @emulated.nvvm.read.ptx.sreg.ntid.x() {
  %r = call i32 @emulated_block_size(i32 0)
  ret i32 %r
}
define i32 @emulated.nvvm.read.ptx.sreg.nctaid.x() {
  %r = call i32 @emulated_grid_size(i32 0)
  ret i32 %r
}
define void @emulated.nvvm.barrier.cta.sync.aligned.all(i32 %id) {
  call void @emulated_barrier()
  ret void
}
define void @emulated.nvvm.cp.async.cg.shared.global.16.s(ptr addrspace(3) %to, ptr addrspace(1) %from, i32 %read) {
  %t = addrspacecast ptr addrspace(3) %to to ptr
  %f = addrspacecast ptr addrspace(1) %from to ptr
  call void @emulated_copy_async(ptr %t, ptr %f, i32 16, i32 %read)
  ret void
}
define void @emulated.nvvm.cp.async.commit.group() {
  call void @emulated_commit()
  ret void
}
define void @emulated.nvvm.cp.async.wait.group(i32 %pending) {
  call void @emulated_wait(i32 %pending)
  ret void
}
define { i32, i32, i32, i32 } @emulated.ldmatrix(ptr addrspace(3) %address, i32 %transposed) {
  %result = alloca { i32, i32, i32, i32 }
  %a = addrspacecast ptr addrspace(3) %address to ptr
  call void @emulated_ldmatrix(ptr %a, ptr %result, i32 %transposed)
  %r = load { i32, i32, i32, i32 }, ptr %result
  ret { i32, i32, i32, i32 } %r
}
define { i32, i32, i32, i32 } @emulated.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3(ptr addrspace(3) %address) {
  %r = call { i32, i32, i32, i32 } @emulated.ldmatrix(ptr addrspace(3) %address, i32 0)
  ret { i32, i32, i32, i32 } %r
}
define { i32, i32, i32, i32 } @emulated.nvvm.ldmatrix.sync.aligned.m8n8.x4.trans.b16.p3(ptr addrspace(3) %address) {
  %r = call { i32, i32, i32, i32 } @emulated.ldmatrix(ptr addrspace(3) %address, i32 1)
  ret { i32, i32, i32, i32 } %r
}
define { float, float, float, float } @emulated.mma(i32 %a0, i32 %a1, i32 %a2, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3, i32 %kind) {
  %arguments = alloca { i32, i32, i32, i32, i32, i32, float, float, float, float }
  %result = alloca { float, float, float, float }
  %p1 = getelementptr i32, ptr %arguments, i32 1
  %p2 = getelementptr i32, ptr %arguments, i32 2
  %p3 = getelementptr i32, ptr %arguments, i32 3
  %p4 = getelementptr i32, ptr %arguments, i32 4
  %p5 = getelementptr i32, ptr %arguments, i32 5
  %p6 = getelementptr i32, ptr %arguments, i32 6
  %p7 = getelementptr i32, ptr %arguments, i32 7
  %p8 = getelementptr i32, ptr %arguments, i32 8
  %p9 = getelementptr i32, ptr %arguments, i32 9
  store i32 %a0, ptr %arguments
  store i32 %a1, ptr %p1
  store i32 %a2, ptr %p2
  store i32 %a3, ptr %p3
  store i32 %b0, ptr %p4
  store i32 %b1, ptr %p5
  store float %c0, ptr %p6
  store float %c1, ptr %p7
  store float %c2, ptr %p8
  store float %c3, ptr %p9
  call void @emulated_mma(ptr %arguments, ptr %result, i32 %kind)
  %r = load { float, float, float, float }, ptr %result
  ret { float, float, float, float } %r
}
define i32 @emulated.nvvm.f2tf32.rna(float %x) {
  %word = bitcast float %x to i32
  %r = call i32 @emulated_round_tf32(i32 %word)
  ret i32 %r
}
define { float, float, float, float } @emulated.nvvm.mma.m16n8k8.row.col.tf32(i32 %a0, i32 %a1, i32 %a2, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3) {
  %r = call { float, float, float, float } @emulated.mma(i32 %a0, i32 %a1, i32 %a2, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3, i32 2)
  ret { float, float, float, float } %r
}
define { float, float, float, float } @emulated.nvvm.mma.m16n8k16.row.col.bf16(i32 %a0, i32 %a1, i32 %a2, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3) {
  %r = call { float, float, float, float } @emulated.mma(i32 %a0, i32 %a1, i32 %a2, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3, i32 1)
  ret { float, float, float, float } %r
}
define { float, float, float, float } @emulated.nvvm.mma.m16n8k16.row.col.f32.f32(<2 x half> %a0, <2 x half> %a1, <2 x half> %a2, <2 x half> %a3, <2 x half> %b0, <2 x half> %b1, float %c0, float %c1, float %c2, float %c3) {
  %i0 = bitcast <2 x half> %a0 to i32
  %i1 = bitcast <2 x half> %a1 to i32
  %i2 = bitcast <2 x half> %a2 to i32
  %i3 = bitcast <2 x half> %a3 to i32
  %j0 = bitcast <2 x half> %b0 to i32
  %j1 = bitcast <2 x half> %b1 to i32
  %r = call { float, float, float, float } @emulated.mma(i32 %i0, i32 %i1, i32 %i2, i32 %i3, i32 %j0, i32 %j1, float %c0, float %c1, float %c2, float %c3, i32 0)
  ret { float, float, float, float } %r
}

; Values of other lanes, and functions that instructions approximate.

declare i32 @emulated_shuffle_xor(i32, i32, i32, i32)
declare float @emulated_exp2(float)

define float @emulated.nvvm.shfl.sync.bfly.f32(i32 %mask, float %value, i32 %distance, i32 %clamp) {
  %word = bitcast float %value to i32
  %other = call i32 @emulated_shuffle_xor(i32 %mask, i32 %word, i32 %distance, i32 %clamp)
  %r = bitcast i32 %other to float
  ret float %r
}
define float @emulated.nvvm.ex2.approx.ftz.f32(float %x) {
  %r = call float @emulated_exp2(float %x)
  ret float %r
}

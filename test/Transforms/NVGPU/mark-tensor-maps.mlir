// RUN: grow-opt %s --pass-pipeline="builtin.module(gpu.module(grow-nvgpu-mark-tensor-maps))" | FileCheck %s

module attributes {gpu.container_module} {
  gpu.module @kernels {
    // CHECK: llvm.func @kernel(%{{.*}}: !llvm.ptr<7>, %{{.*}}: !llvm.ptr<3>, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant}, %{{.*}}: i32)
    llvm.func @kernel(%to: !llvm.ptr<7>, %barrier: !llvm.ptr<3>, %x: !llvm.ptr, %map: !llvm.ptr, %i: i32) attributes {gpu.kernel, nvvm.kernel} {
      nvvm.cp.async.bulk.tensor.shared.cluster.global %to, %map, %barrier, box[%i, %i] : !llvm.ptr<7>, !llvm.ptr
      llvm.return
    }
  }
}

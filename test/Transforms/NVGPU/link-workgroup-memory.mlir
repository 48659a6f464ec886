// RUN: grow-opt %s --pass-pipeline="builtin.module(gpu.module(grow-nvgpu-link-workgroup-memory))" | FileCheck %s

module attributes {gpu.container_module} {
  gpu.module @kernels {
    // CHECK: llvm.mlir.global external @sized_by_launch() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
    llvm.mlir.global internal @sized_by_launch() {addr_space = 3 : i32} : !llvm.array<0 x i8>
    // CHECK: llvm.mlir.global internal @sized() {addr_space = 3 : i32} : !llvm.array<8 x i8>
    llvm.mlir.global internal @sized() {addr_space = 3 : i32} : !llvm.array<8 x i8>
  }
}

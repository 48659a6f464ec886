// Memory of a workgroup with entries of bf16 is there before what uses it, also in a
// nested region.
// RUN: grow-opt %s --grow-gpu-kernels-to-spirv | FileCheck %s

#target = #spirv.target_env<#spirv.vce<v1.3,
    [Shader, Int16, StorageBuffer16BitAccess],
    [SPV_KHR_storage_buffer_storage_class, SPV_KHR_16bit_storage]>,
    api = Vulkan, #spirv.resource_limits<>>

module attributes {gpu.container_module} {
  gpu.module @kernels [#target] {
    // CHECK: spirv.GlobalVariable @[[SHARED:.*]] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x i16>)>, Workgroup>
    // CHECK: spirv.func @kernel(
    // CHECK: spirv.mlir.addressof @[[SHARED]]
    // CHECK: spirv.Store "Workgroup" %{{.*}} : i16
    // CHECK: spirv.Load "Workgroup" %{{.*}} : i16
    gpu.func @kernel(%x: memref<?xbf16>, %y: memref<?xbf16>)
        workgroup(%shared: memref<4xbf16, #gpu.address_space<workgroup>>)
        kernel attributes {known_block_size = array<i32: 4, 1, 1>} {
      %t = gpu.thread_id x
      %c2 = arith.constant 2 : index
      %inside = arith.cmpi ult, %t, %c2 : index
      scf.if %inside {
        %0 = memref.load %x[%t] : memref<?xbf16>
        memref.store %0, %shared[%t] : memref<4xbf16, #gpu.address_space<workgroup>>
      }
      gpu.barrier
      scf.if %inside {
        %1 = memref.load %shared[%t] : memref<4xbf16, #gpu.address_space<workgroup>>
        memref.store %1, %y[%t] : memref<?xbf16>
      }
      gpu.return
    }
  }
}

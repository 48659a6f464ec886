// RUN: grow-opt %s --grow-gpu-kernels-to-spirv | FileCheck %s
// RUN: grow-opt %s --grow-gpu-kernels-to-spirv="float-controls=false denormals=true" | FileCheck %s --check-prefix=MODES

#target = #spirv.target_env<#spirv.vce<v1.3,
    [Shader, Int16, Int64, Float64, StorageBuffer16BitAccess],
    [SPV_KHR_storage_buffer_storage_class, SPV_KHR_16bit_storage]>,
    api = Vulkan, #spirv.resource_limits<>>

// MODES-NOT: RoundingModeRTE
// MODES: spirv.ExecutionMode @kernel "DenormPreserve", 32
module attributes {gpu.container_module} {
  // CHECK: gpu.module @kernels
  gpu.module @kernels [#target] {
    // CHECK: spirv.module
    // CHECK: spirv.GlobalVariable @[[NUMBERS:.*]] : !spirv.ptr<!spirv.struct<(!spirv.array<3 x i32, stride=4> [0])>, PushConstant>

    // Buffers are bindings in their order, without numbers. bf16 is i16.
    // CHECK: spirv.func @kernel(
    // CHECK-SAME: !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer> {spirv.interface_var_abi = #spirv.interface_var_abi<(0, 0)>}
    // CHECK-SAME: !spirv.ptr<!spirv.struct<(!spirv.rtarray<i16, stride=2> [0])>, StorageBuffer> {spirv.interface_var_abi = #spirv.interface_var_abi<(0, 1)>}

    // The number of 64 bits has two words, the lower one first.
    // CHECK: spirv.UConvert %{{.*}} : i32 to i64
    // CHECK: spirv.ShiftLeftLogical
    // CHECK: spirv.BitwiseOr

    // CHECK: spirv.FMul {{.*}} {no_contraction}
    // CHECK: spirv.FAdd {{.*}} {no_contraction}
    // CHECK: spirv.ControlBarrier <Workgroup>, <Workgroup>, <AcquireRelease|UniformMemory|WorkgroupMemory>
    // CHECK: spirv.ExecutionMode @kernel "RoundingModeRTE", 32
    // CHECK: spirv.ExecutionMode @kernel "SignedZeroInfNanPreserve", 32

    // Launches still refer to the kernel.
    // CHECK: gpu.func @kernel
    // CHECK-NEXT: gpu.return
    gpu.func @kernel(%n: index, %x: memref<?xf32>, %key: i64, %y: memref<?xbf16>)
        workgroup(%shared: memref<4xf32, #gpu.address_space<workgroup>>)
        kernel attributes {known_block_size = array<i32: 4, 1, 1>} {
      %t = gpu.thread_id x
      %0 = memref.load %x[%n] : memref<?xf32>
      %1 = arith.mulf %0, %0 : f32
      %2 = arith.addf %1, %0 : f32
      memref.store %2, %shared[%t] : memref<4xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      %3 = memref.load %shared[%n] : memref<4xf32, #gpu.address_space<workgroup>>
      memref.store %3, %x[%t] : memref<?xf32>
      %4 = arith.trunci %key : i64 to i32
      %5 = arith.index_cast %4 : i32 to index
      %6 = memref.load %y[%t] : memref<?xbf16>
      memref.store %6, %y[%5] : memref<?xbf16>
      gpu.return
    }
  }
}

// RUN: grow-opt %s --grow-gpu-kernels-to-spirv --split-input-file --verify-diagnostics

#target = #spirv.target_env<#spirv.vce<v1.3, [Shader, Float64],
    [SPV_KHR_storage_buffer_storage_class]>, api = Vulkan, #spirv.resource_limits<>>
gpu.module @double [#target] {
  gpu.func @kernel(%x: memref<?xf64>) kernel attributes {known_block_size = array<i32: 4, 1, 1>} {
    %t = gpu.thread_id x
    %0 = memref.load %x[%t] : memref<?xf64>
    // expected-error @+1 {{is not available in f64 on Vulkan devices: compute it in f32, or run this on the CPU}}
    %1 = math.exp %0 : f64
    memref.store %1, %x[%t] : memref<?xf64>
    gpu.return
  }
}

// -----

// expected-error @+1 {{names no target environment of SPIR-V: run 'spirv-attach-target' first}}
gpu.module @no_target {
}

// -----

#target = #spirv.target_env<#spirv.vce<v1.3, [Shader],
    [SPV_KHR_storage_buffer_storage_class]>, api = Vulkan, #spirv.resource_limits<>>
gpu.module @no_size [#target] {
  // expected-error @+1 {{is launched by workgroups of different sizes: expected a constant size}}
  gpu.func @kernel(%x: memref<?xf32>) kernel {
    gpu.return
  }
}

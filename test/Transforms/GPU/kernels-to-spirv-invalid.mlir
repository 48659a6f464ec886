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

// -----

#target = #spirv.target_env<#spirv.vce<v1.3, [Shader, Int64],
    [SPV_KHR_storage_buffer_storage_class]>, api = Vulkan, #spirv.resource_limits<>>
gpu.module @many_numbers [#target] {
  // expected-error @+1 {{takes 34 words of sizes and offsets, but Vulkan devices need not have room for more than 32: give more of the tensors static shapes}}
  gpu.func @kernel(%a0: i64, %a1: i64, %a2: i64, %a3: i64, %a4: i64, %a5: i64, %a6: i64, %a7: i64,
                   %a8: i64, %a9: i64, %a10: i64, %a11: i64, %a12: i64, %a13: i64, %a14: i64, %a15: i64,
                   %a16: i64) kernel attributes {known_block_size = array<i32: 4, 1, 1>} {
    gpu.return
  }
}

// -----

#target = #spirv.target_env<#spirv.vce<v1.3, [Shader],
    [SPV_KHR_storage_buffer_storage_class]>, api = Vulkan, #spirv.resource_limits<>>
gpu.module @branches [#target] {
  // expected-error @+1 {{consists of 2 blocks: expected one, with loops and conditions as ops of scf}}
  gpu.func @kernel(%n: i32) kernel attributes {known_block_size = array<i32: 4, 1, 1>} {
    %0 = arith.addi %n, %n : i32
    spirv.Branch ^end
  ^end:
    %1 = arith.addi %0, %n : i32
    gpu.return
  }
}

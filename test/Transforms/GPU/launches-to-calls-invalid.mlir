// RUN: grow-opt %s --grow-gpu-launches-to-calls --split-input-file --verify-diagnostics

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @kernel() kernel {
      gpu.return
    }
  }
  func.func @launch() {
    %c1 = arith.constant 1 : index
    // expected-error @+1 {{runs a kernel of @kernels, of which there is no binary: run 'gpu-module-to-binary' first}}
    gpu.launch_func @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
    return
  }
}

// -----

func.func @memory() {
  // expected-error @+1 {{has the type 'memref<4xf80>': expected a contiguous buffer of numbers of 1, 2, 4 or 8 bytes}}
  %0 = memref.alloc() : memref<4xf80>
  return
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#spirv.target_env<#spirv.vce<v1.3, [Shader], []>, #spirv.resource_limits<>>, "code">]
  func.func @tensor_map(%x: memref<8x8xf32>) {
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %any = memref.cast %x : memref<8x8xf32> to memref<*xf32>
    // expected-error @+1 {{describes what the runtime has no tensor map for: expected a buffer of bf16 or f16 with 1 to 5 axes, zeros beyond its ends, and no interleave}}
    %map = nvgpu.tma.create.descriptor %any box[%c32, %c32] : memref<*xf32> -> <tensor = memref<32x32xf32, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>
    gpu.launch_func @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%map : !nvgpu.tensormap.descriptor<tensor = memref<32x32xf32, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>)
    return
  }
}

// -----

func.func @other_use(%x: memref<8x8xbf16>) {
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %any = memref.cast %x : memref<8x8xbf16> to memref<*xbf16>
  // expected-error @+1 {{is used by another op than a launch: expected none}}
  %map = nvgpu.tma.create.descriptor %any box[%c8, %c64] : memref<*xbf16> -> <tensor = memref<8x64xbf16, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>
  nvgpu.tma.prefetch.descriptor %map : !nvgpu.tensormap.descriptor<tensor = memref<8x64xbf16, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>
  return
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#spirv.target_env<#spirv.vce<v1.3, [Shader], []>, #spirv.resource_limits<>>, "code">]
  func.func @launch(%x: vector<4xf32>) {
    %c1 = arith.constant 1 : index
    // expected-error @+1 {{passes a value of type 'vector<4xf32>': expected buffers, numbers and tensor maps}}
    gpu.launch_func @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%x : vector<4xf32>)
    return
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#spirv.target_env<#spirv.vce<v1.3, [Shader], []>, #spirv.resource_limits<>>, "code">]
  func.func @signed(%x: si32) {
    %c1 = arith.constant 1 : index
    // expected-error @+1 {{passes a value of type 'si32': expected buffers, numbers and tensor maps}}
    gpu.launch_func @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%x : si32)
    return
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#spirv.target_env<#spirv.vce<v1.3, [Shader], []>, #spirv.resource_limits<>>, "code">]
  func.func @asynchronous(%x: memref<4xf32>) {
    %c1 = arith.constant 1 : index
    // expected-error @+1 {{waits for tokens or returns one: expected a launch without, the runtime keeps launches in order}}
    %token = gpu.launch_func async @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%x : memref<4xf32>)
    gpu.wait [%token]
    return
  }
}

// -----

!map = !nvgpu.tensormap.descriptor<tensor = memref<8x64xbf16, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>
module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#spirv.target_env<#spirv.vce<v1.3, [Shader], []>, #spirv.resource_limits<>>, "code">]
  func.func @flat_box(%x: memref<8x64xbf16>) {
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %any = memref.cast %x : memref<8x64xbf16> to memref<*xbf16>
    // expected-error @+1 {{has a box of 1 axes for a buffer of 2: expected as many}}
    %map = nvgpu.tma.create.descriptor %any box[%c64] : memref<*xbf16> -> !map
    gpu.launch_func @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%map : !map)
    return
  }
}

// -----

// expected-error @+1 {{redefinition of function 'growDeviceReturn'}}
llvm.func @growDeviceReturn()
func.func @other_runtime(%x: memref<4xf32>) {
  memref.dealloc %x : memref<4xf32>
  return
}

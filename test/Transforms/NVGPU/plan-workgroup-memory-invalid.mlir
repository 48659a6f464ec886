// RUN: grow-opt %s --grow-nvgpu-plan-workgroup-memory --split-input-file --verify-diagnostics
// RUN: not grow-opt %s --split-input-file --grow-nvgpu-plan-workgroup-memory=limit=4294967296 2>&1 | FileCheck %s
// CHECK: error: 'limit' is 4294967296: expected 0 to 2147483647

gpu.module @kernels {
  // expected-error @+1 {{declares workgroup memory of type 'memref<4xvector<4xf32>, #gpu.address_space<workgroup>>': expected a contiguous buffer of numbers of 1, 2, 4 or 8 bytes, of a known shape and less than 2 GB}}
  gpu.func @vectors() workgroup(%x: memref<4xvector<4xf32>, #gpu.address_space<workgroup>>) kernel {
    gpu.return
  }
}

// -----

gpu.module @kernels {
  // expected-error @+1 {{declares workgroup memory of type 'memref<?xf32, #gpu.address_space<workgroup>>'}}
  gpu.func @unknown() workgroup(%x: memref<?xf32, #gpu.address_space<workgroup>>) kernel {
    gpu.return
  }
}

// -----

// So many bytes that 64 bits do not count them.
gpu.module @kernels {
  // expected-error @+1 {{declares workgroup memory of type 'memref<4611686018427387904x4xf32, #gpu.address_space<workgroup>>'}}
  gpu.func @uncountable() workgroup(%x: memref<4611686018427387904x4xf32, #gpu.address_space<workgroup>>) kernel {
    gpu.return
  }
}

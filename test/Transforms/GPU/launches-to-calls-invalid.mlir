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

// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-flatten-buffers))' --split-input-file --verify-diagnostics

func.func @strided(%x: memref<4xf32, strided<[2]>>, %y: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{uses a buffer of type 'memref<4xf32, strided<[2]>>', of which the host does not know where it lies: expected a contiguous one}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0 = memref.load %x[%tx] : memref<4xf32, strided<[2]>>
    memref.store %0, %y[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @large(%x: memref<65536x65536xf32>, %y: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{uses a buffer of type 'memref<65536x65536xf32>': kernels count entries with 32 bits, so that a buffer can have at most 2147483647}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0 = memref.load %x[%tx, %tx] : memref<65536x65536xf32>
    memref.store %0, %y[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @carried(%x: memref<4xf32>, %y: memref<4xf32>, %z: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // expected-error @+1 {{has a loop that carries buffers from one iteration to the next: expected the loop to write to one buffer}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0:2 = scf.for %i = %bx to %c4 step %c1 iter_args(%a = %x, %b = %y) -> (memref<4xf32>, memref<4xf32>) {
      %1 = memref.load %a[%i] : memref<4xf32>
      memref.store %1, %z[%i] : memref<4xf32>
      scf.yield %b, %a : memref<4xf32>, memref<4xf32>
    }
    gpu.terminator
  }
  return
}

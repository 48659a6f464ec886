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

// -----

func.func @uncountable(%x: memref<4611686018427387904x4xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{kernels count entries with 32 bits, so that a buffer can have at most 2147483647}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0 = memref.load %x[%tx, %tx] : memref<4611686018427387904x4xf32>
    memref.store %0, %x[%ty, %ty] : memref<4611686018427387904x4xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @unranked(%x: memref<*xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{uses a buffer of type 'memref<*xf32>': expected buffers whose types have shapes}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0 = memref.cast %x : memref<*xf32> to memref<4xf32>
    %1 = memref.load %0[%tx] : memref<4xf32>
    memref.store %1, %0[%ty] : memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @no_such_axis(%x: memref<?xf32>, %y: memref<4xindex>) {
  %axis = arith.constant -1 : index
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    // expected-error @+1 {{asks for the size of axis -1 of a buffer with 1 axes: expected one of them}}
    %0 = memref.dim %x, %axis : memref<?xf32>
    memref.store %0, %y[%tx] : memref<4xindex>
    gpu.terminator
  }
  return
}

// -----

// Only views of the same shape are places in the buffer behind them.
func.func @other_shape(%x: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{has a loop that carries buffers from one iteration to the next}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0 = builtin.unrealized_conversion_cast %x : memref<4xf32> to memref<2x2xf32>
    %1 = memref.load %0[%tx, %ty] : memref<2x2xf32>
    memref.store %1, %0[%ty, %tx] : memref<2x2xf32>
    gpu.terminator
  }
  return
}

// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-map-blocks))' --split-input-file --verify-diagnostics
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-map-blocks{threads=2048}))' 2>&1 \
// RUN: | FileCheck %s

// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-map-blocks{elements-at-a-time=0}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=ELEMENTS
// ELEMENTS: error: 'elements-at-a-time' is 0: expected 1 to 64
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-map-blocks{elements-at-a-time=100000000}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=MANY
// MANY: error: 'elements-at-a-time' is 100000000: expected 1 to 64
// CHECK: error: 'threads' is 2048: expected 1 to 1024
func.func @load(%x: memref<2xf32>, %i: index) -> f32 {
  // expected-error @+1 {{reads memory of the device on the host: expected sizes and conditions of loops that depend on the sizes of tensors, not on their entries}}
  %0 = memref.load %x[%i] : memref<2xf32>
  return %0 : f32
}

// -----

func.func @tensor(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{works on tensors: expected buffers, run 'one-shot-bufferize' first}}
  %0 = linalg.add ins(%x, %y : tensor<2xf32>, tensor<2xf32>) outs(%x : tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

memref.global "private" @variable : memref<2xf32> = dense<1.0>
func.func @global() -> memref<2xf32> {
  // expected-error @+1 {{reads a global that is no constant of at most 4096 numbers: pass it as an argument of the function}}
  %0 = memref.get_global @variable : memref<2xf32>
  return %0 : memref<2xf32>
}

// -----

func.func @reduction(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  // expected-error @+1 {{combines results of its iterations: expected a loop that writes them to buffers}}
  %0 = scf.parallel (%i) = (%c0) to (%n) step (%c1) init (%zero) -> f32 {
    scf.reduce(%zero : f32) {
      ^bb0(%a: f32, %b: f32):
        %1 = arith.addf %a, %b : f32
        scf.reduce.return %1 : f32
    }
  }
  return %0 : f32
}

// -----

func.func private @callee(memref<8xf32>)
func.func @call(%x: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    // expected-error @+1 {{is in a block that becomes a kernel: expected structured ops, copies, loops and arithmetic}}
    func.call @callee(%x) : (memref<8xf32>) -> ()
  }
  return
}

// -----

func.func @unbounded(%x: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    // expected-error @+1 {{is in a block that becomes a kernel, and has no constant bound: expected the size of a block}}
    %0 = memref.alloc(%n) : memref<?xf32>
    linalg.fill ins(%zero : f32) outs(%0 : memref<?xf32>)
  }
  return
}

// -----

memref.global "private" constant @complex : memref<2xcomplex<f32>> = dense<(1.0, 2.0)>
func.func @complex_numbers() -> memref<2xcomplex<f32>> {
  // expected-error @+1 {{reads a global that is no constant of at most 4096 numbers: pass it as an argument of the function}}
  %0 = memref.get_global @complex : memref<2xcomplex<f32>>
  return %0 : memref<2xcomplex<f32>>
}

// -----

func.func @unranked(%x: memref<*xf32>, %y: memref<*xf32>) {
  // expected-error @+1 {{copies a buffer of unknown rank: expected buffers whose types have shapes}}
  memref.copy %x, %y : memref<*xf32> to memref<*xf32>
  return
}

// -----

func.func @unranked_in_block(%x: memref<*xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
    // expected-error @+1 {{copies a buffer of unknown rank: expected buffers whose types have shapes}}
    memref.copy %x, %y : memref<*xf32> to memref<8xf32>
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0, d1)>
func.func @many_results(%x: memref<4x4xf32>, %y: memref<4x4xf32>) {
  // expected-error @+1 {{has results that a loop that reduces goes along: expected the iterator type 'parallel' for all loops along results}}
  linalg.generic {indexing_maps = [#rows, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x4xf32>) outs(%y : memref<4x4xf32>) {
    ^bb0(%a: f32, %sum: f32):
      %0 = arith.addf %a, %sum : f32
      linalg.yield %0 : f32
  }
  return
}

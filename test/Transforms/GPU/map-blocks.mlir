// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-map-blocks{threads=64 workgroup-bytes=1024},canonicalize,cse))' --split-input-file | FileCheck %s
// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-map-blocks{threads=64 elements-at-a-time=4},canonicalize,cse))' --split-input-file | FileCheck %s --check-prefix=FOUR

// A thread for each element: the last workgroup has threads that do nothing.
// CHECK-LABEL: @elements
// CHECK: %[[N:.*]] = memref.dim %arg0
// CHECK: %[[SUM:.*]] = arith.addi %[[N]], %c63
// CHECK: %[[GROUPS:.*]] = arith.divui %[[SUM]], %c64
// CHECK: gpu.launch
// CHECK-SAME: threads(%[[THREAD:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c64
// CHECK: arith.cmpi ult, %{{.*}}, %[[GROUPS]]
// CHECK: %[[ELEMENT:.*]] = arith.addi %{{.*}}, %[[THREAD]]
// CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %[[ELEMENT]], %[[N]]
// CHECK: scf.if %[[INSIDE]]
// CHECK: %[[X:.*]] = memref.load %arg0[%[[ELEMENT]]]
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK: memref.store %[[Y]], %arg1[%[[ELEMENT]]]
func.func @elements(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
    ^bb0(%a: f32, %b: f32):
      %0 = arith.mulf %a, %a : f32
      linalg.yield %0 : f32
  }
  return
}

// -----

// One thread reduces an element, in ascending order, and stores it once.
// CHECK-LABEL: @reduction
// CHECK: gpu.launch
// CHECK: scf.if
// CHECK: %[[INIT:.*]] = memref.load %arg1[%[[I:.*]]]
// CHECK: %[[SUM:.*]] = scf.for %[[J:.*]] = %c0{{.*}} to %c5{{.*}} step %c1{{.*}} iter_args(%[[ACC:.*]] = %[[INIT]])
// CHECK: memref.load %arg0[%[[I]], %[[J]]]
// CHECK: arith.addf %[[ACC]],
// CHECK: memref.store %[[SUM]], %arg1[%[[I]]]
func.func @reduction(%x: memref<3x5xf32>, %y: memref<3xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x5xf32>) outs(%y : memref<3xf32>) {
    ^bb0(%a: f32, %b: f32):
      %0 = arith.addf %b, %a : f32
      linalg.yield %0 : f32
  }
  return
}

// -----

// An iteration of a parallel loop is a workgroup. Its buffer is memory of the
// workgroup, and its ops, one after the other, are done by all threads.
// CHECK-LABEL: @blocks
// CHECK: gpu.launch blocks(%[[BLOCK:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c4
// CHECK-SAME: workgroup(%[[SHARED:.*]] : memref<128xf32, #gpu.address_space<workgroup>>)
// CHECK-DAG: memref.memory_space_cast %[[SHARED]]
// CHECK-DAG: %[[ROW:.*]] = arith.muli %[[BLOCK]], %c2
// CHECK: scf.for
// CHECK: memref.store
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: memref.store
// CHECK: gpu.barrier
func.func @blocks(%x: memref<8x64xf32>, %y: memref<8x64xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  scf.parallel (%i) = (%c0) to (%c8) step (%c2) {
    %in = memref.subview %x[%i, 0] [2, 64] [1, 1]
      : memref<8x64xf32> to memref<2x64xf32, strided<[64, 1], offset: ?>>
    %out = memref.subview %y[%i, 0] [2, 64] [1, 1]
      : memref<8x64xf32> to memref<2x64xf32, strided<[64, 1], offset: ?>>
    %scratch = memref.alloc() : memref<2x64xf32>
    memref.copy %in, %scratch
      : memref<2x64xf32, strided<[64, 1], offset: ?>> to memref<2x64xf32>
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                    iterator_types = ["parallel", "parallel"]}
        ins(%scratch : memref<2x64xf32>)
        outs(%out : memref<2x64xf32, strided<[64, 1], offset: ?>>) {
      ^bb0(%a: f32, %b: f32):
        %0 = arith.negf %a : f32
        linalg.yield %0 : f32
    }
    memref.dealloc %scratch : memref<2x64xf32>
  }
  return
}

// -----

// What a workgroup has no memory for is its part of a buffer of the host's.
// CHECK-LABEL: @large_scratch
// CHECK: %[[ALL:.*]] = memref.alloc() : memref<4x512xf32>
// CHECK: gpu.launch blocks(%[[BLOCK:[a-z0-9]+]], %{{.*}}, %{{.*}}) in
// CHECK-NOT: workgroup(
// CHECK: memref.subview %[[ALL]][%[[BLOCK]], 0] [1, 512] [1, 1]
// CHECK: gpu.terminator
// CHECK: memref.dealloc
func.func @large_scratch(%y: memref<4x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f32
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    %scratch = memref.alloc() : memref<512xf32>
    linalg.fill ins(%one : f32) outs(%scratch : memref<512xf32>)
    %out = memref.subview %y[%i, 0] [1, 512] [1, 1]
      : memref<4x512xf32> to memref<512xf32, strided<[1], offset: ?>>
    memref.copy %scratch, %out
      : memref<512xf32> to memref<512xf32, strided<[1], offset: ?>>
  }
  return
}

// -----

// A constant is written by a kernel: the host cannot.
// CHECK-LABEL: func.func @constant
// CHECK: %[[BUFFER:.*]] = memref.alloc() : memref<2xf32>
// CHECK: gpu.launch
// CHECK-DAG: memref.store %{{.*}}, %[[BUFFER]][%c0
// CHECK-DAG: memref.store %{{.*}}, %[[BUFFER]][%c1
// CHECK: gpu.launch
// CHECK: memref.load %[[BUFFER]]
// CHECK: memref.dealloc %[[BUFFER]]
memref.global "private" constant @table : memref<2xf32> = dense<[1.0, 3.0]>
func.func @constant(%y: memref<2xf32>) {
  %0 = memref.get_global @table : memref<2xf32>
  memref.copy %0, %y : memref<2xf32> to memref<2xf32>
  return
}

// -----

// 32 threads reduce a row: two rows at a time are enough for 64 threads. The neutral
// element begins each thread's part, of which it loads four entries at a time, and what the
// result held is added once.
// CHECK-LABEL: @rows
// CHECK: gpu.launch
// CHECK-SAME: threads(%[[THREAD:[a-z0-9]+]],
// CHECK-SAME: workgroup(%{{.*}} : memref<64xf32, #gpu.address_space<workgroup>>)
// CHECK: %[[PARTS:.*]] = memref.memory_space_cast
// CHECK: %[[LANE:.*]] = arith.remui %[[THREAD]], %c32
// CHECK: %[[TEAM:.*]] = arith.divui %[[THREAD]], %c32
// CHECK: scf.for %[[FIRST:.*]] = %c0 to %c3 step %c2
// CHECK: %[[ROW:.*]] = arith.addi %[[FIRST]], %[[TEAM]]
// CHECK: %[[BEGIN:.*]] = arith.muli %[[LANE]], %c4
// CHECK: %[[PART:.*]] = scf.for %[[J:.*]] = %[[BEGIN]] to %c100 step %c128 iter_args(%[[SUM:.*]] = %cst)
// CHECK: %[[NEXT:.*]] = arith.addi %[[J]], %c1 overflow<nsw>
// CHECK: %[[X0:.*]] = memref.load %[[IN:.*]][%[[ROW]], %[[J]]]
// CHECK: %[[X1:.*]] = memref.load %[[IN]][%[[ROW]], %[[NEXT]]]
// CHECK-COUNT-2: memref.load
// CHECK: %[[SUM0:.*]] = math.fma %[[X0]], %[[X0]], %[[SUM]]
// CHECK: %[[SUM1:.*]] = math.fma %[[X1]], %[[X1]], %[[SUM0]]
// CHECK-COUNT-2: math.fma
// CHECK: scf.yield
// CHECK: memref.store %[[PART]], %[[PARTS]][%[[THREAD]]]
// CHECK: gpu.barrier
// CHECK-COUNT-5: gpu.barrier
// CHECK: arith.addf
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[ROW]]]
// CHECK: gpu.barrier
func.func @rows(%x: memref<2x3x100xf32>, %y: memref<2x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  scf.parallel (%i) = (%c0) to (%c2) step (%c1) {
    %in = memref.subview %x[%i, 0, 0] [1, 3, 100] [1, 1, 1]
      : memref<2x3x100xf32> to memref<3x100xf32, strided<[100, 1], offset: ?>>
    %out = memref.subview %y[%i, 0] [1, 3] [1, 1]
      : memref<2x3xf32> to memref<3xf32, strided<[1], offset: ?>>
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                    iterator_types = ["parallel", "reduction"]}
        ins(%in : memref<3x100xf32, strided<[100, 1], offset: ?>>)
        outs(%out : memref<3xf32, strided<[1], offset: ?>>) {
      ^bb0(%a: f32, %b: f32):
        %0 = math.fma %a, %a, %b : f32
        linalg.yield %0 : f32
    }
  }
  return
}

// -----

// At the end of a row whose length is not known there may be fewer than four.
// CHECK-LABEL: @any_row
// CHECK: %[[SIZE:.*]] = memref.dim
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %[[SIZE]] step %c128 iter_args(%[[SUM:.*]] = %cst)
// CHECK: %[[END:.*]] = arith.addi %[[J]], %c4
// CHECK: %[[FEWER:.*]] = arith.cmpi ult, %[[SIZE]], %[[END]]
// CHECK: scf.if %[[FEWER]]
// CHECK: scf.for %{{.*}} = %[[J]] to %[[SIZE]] step %c1 iter_args(%{{.*}} = %[[SUM]])
// CHECK: else
// CHECK-COUNT-4: memref.load
// CHECK-COUNT-4: arith.maximumf
func.func @any_row(%x: memref<2x?xf32>, %y: memref<2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %size = memref.dim %x, %c1 : memref<2x?xf32>
  scf.parallel (%i) = (%c0) to (%c2) step (%c1) {
    %in = memref.subview %x[%i, 0] [1, %size] [1, 1]
      : memref<2x?xf32> to memref<1x?xf32, strided<[?, 1], offset: ?>>
    %out = memref.subview %y[%i] [1] [1] : memref<2xf32> to memref<1xf32, strided<[1], offset: ?>>
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                    iterator_types = ["parallel", "reduction"]}
        ins(%in : memref<1x?xf32, strided<[?, 1], offset: ?>>)
        outs(%out : memref<1xf32, strided<[1], offset: ?>>) {
      ^bb0(%a: f32, %b: f32):
        %0 = arith.maximumf %b, %a : f32
        linalg.yield %0 : f32
    }
  }
  return
}

// -----

// Four elements for each thread of a row whose length is not known: loads come first, and
// at the end of the row there may be fewer.
// FOUR-LABEL: @neighbours
// FOUR: gpu.launch
// FOUR: %[[FIRST:.*]] = arith.muli %{{.*}}, %c4
// FOUR: %[[END:.*]] = arith.addi %[[FIRST]], %c4
// FOUR: %[[FEWER:.*]] = arith.cmpi ult, %{{.*}}, %[[END]]
// FOUR: scf.if %[[FEWER]]
// FOUR: scf.for %{{.*}} = %[[FIRST]] to
// FOUR: else
// FOUR-NOT: memref.store
// FOUR-COUNT-4: memref.load
// FOUR-NOT: memref.load
// FOUR-COUNT-4: memref.store
func.func @neighbours(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
    ^bb0(%a: f32, %b: f32):
      %0 = arith.mulf %a, %a : f32
      linalg.yield %0 : f32
  }
  return
}

// -----

// No row has fewer.
// FOUR-LABEL: @multiples
// FOUR-NOT: scf.for
// FOUR-COUNT-4: memref.store
// FOUR-NOT: memref.store
func.func @multiples(%x: memref<?x8xf32>, %y: memref<?x8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x8xf32>) outs(%y : memref<?x8xf32>) {
    ^bb0(%a: f32, %b: f32):
      %0 = arith.mulf %a, %a : f32
      linalg.yield %0 : f32
  }
  return
}

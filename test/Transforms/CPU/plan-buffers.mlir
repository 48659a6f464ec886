// RUN: grow-opt %s --grow-cpu-plan-buffers --canonicalize --cse --split-input-file | FileCheck %s
// RUN: grow-opt %s --grow-cpu-plan-buffers=alignment=256 --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=WIDE
// RUN: not grow-opt %s --grow-cpu-plan-buffers=alignment=96 --split-input-file 2>&1 | FileCheck %s --check-prefix=INVALID
// RUN: not grow-opt %s --grow-cpu-plan-buffers=alignment=-64 --split-input-file 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// INVALID: error: 'alignment' is 96: expected a power of two
// NEGATIVE: error: 'alignment' is -64: expected a power of two

// %a is not needed any more when %c is allocated: they share a slot, and here the view of it. %b,
// alive with both, has the next one.
// CHECK-LABEL: func.func @slots(
// CHECK-SAME: %[[X:.*]]: memref<?xf32>, %[[OUT:.*]]: memref<?xf32>)
// CHECK: %[[N:.*]] = memref.dim %[[X]]
// CHECK: %[[ARENA:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?xi8>
// CHECK: %[[A:.*]] = memref.view %[[ARENA]][%[[FIRST:.*]]][%[[N]]] : memref<?xi8> to memref<?xf32>
// CHECK: %[[B:.*]] = memref.view %[[ARENA]][%[[SECOND:.*]]][%[[N]]]
// CHECK: memref.copy %[[A]], %[[B]]
// CHECK: memref.copy %[[B]], %[[A]]
// CHECK-NOT: memref.alloc
// CHECK: return
func.func @slots(%x: memref<?xf32>, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  memref.copy %x, %a : memref<?xf32> to memref<?xf32>
  %b = memref.alloc(%n) : memref<?xf32>
  memref.copy %a, %b : memref<?xf32> to memref<?xf32>
  %c = memref.alloc(%n) : memref<?xf32>
  memref.copy %b, %c : memref<?xf32> to memref<?xf32>
  memref.copy %c, %out : memref<?xf32> to memref<?xf32>
  return
}

// -----

// A view keeps its buffer alive.
// CHECK-LABEL: func.func @view(
// CHECK: memref.view %{{.*}}[%[[FIRST:.*]]][]
// CHECK: memref.view %{{.*}}[%[[SECOND:[a-z0-9_]*]]][]
// CHECK-NOT: [%[[FIRST]]][]
// CHECK: return
func.func @view(%x: memref<4x4xf32>, %out: memref<16xf32>) {
  %a = memref.alloc() : memref<4x4xf32>
  memref.copy %x, %a : memref<4x4xf32> to memref<4x4xf32>
  %flat = memref.collapse_shape %a [[0, 1]] : memref<4x4xf32> into memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %out, %b : memref<16xf32> to memref<16xf32>
  memref.copy %flat, %out : memref<16xf32> to memref<16xf32>
  memref.copy %b, %out : memref<16xf32> to memref<16xf32>
  return
}

// -----

// Layers take an arena and a buffer for their result. Both calls use the same arena.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:.*]]: memref<?x8xf32>) -> memref<?x8xf32>
// CHECK: %[[ARENA:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?xi8>
// CHECK: %[[R1:.*]] = memref.view %[[ARENA]][%[[FIRST:.*]]][%{{.*}}] : memref<?xi8> to memref<?xi8>
// CHECK: %[[L1:.*]] = memref.view %[[ARENA]][%[[SECOND:.*]]][%{{.*}}] : memref<?xi8> to memref<?xi8>
// CHECK: call @layer(%[[X]], %[[R1]], %[[L1]])
// CHECK: %[[Y:.*]] = memref.view %[[R1]]
// CHECK: call @layer(%[[Y]], %{{.*}}, %[[L1]])
// CHECK: %[[RESULT:.*]] = memref.alloc(%{{.*}}) : memref<?x8xf32>
// CHECK: return %[[RESULT]]

// CHECK-LABEL: func.func private @layer(
// CHECK-SAME: %[[X:.*]]: memref<?x8xf32>, %[[OUT:.*]]: memref<?xi8>, %[[ARENA:.*]]: memref<?xi8>)
// CHECK: memref.view %[[ARENA]]{{.*}} to memref<?x32xf32>
// CHECK: memref.view %[[OUT]]{{.*}} to memref<?x8xf32>
// CHECK-NOT: memref.alloc
// CHECK: return
func.func @forward(%x: memref<?x8xf32>) -> memref<?x8xf32> {
  %c0 = arith.constant 0 : index
  %y = call @layer(%x) : (memref<?x8xf32>) -> memref<?x8xf32>
  %z = call @layer(%y) : (memref<?x8xf32>) -> memref<?x8xf32>
  %n = memref.dim %x, %c0 : memref<?x8xf32>
  %result = memref.alloc(%n) : memref<?x8xf32>
  memref.copy %z, %result : memref<?x8xf32> to memref<?x8xf32>
  return %result : memref<?x8xf32>
}
func.func private @layer(%x: memref<?x8xf32>) -> memref<?x8xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?x8xf32>
  %hidden = memref.alloc(%n) : memref<?x32xf32>
  linalg.fill ins(%zero : f32) outs(%hidden : memref<?x32xf32>)
  %result = memref.alloc(%n) : memref<?x8xf32>
  memref.copy %x, %result : memref<?x8xf32> to memref<?x8xf32>
  return %result : memref<?x8xf32>
}

// -----

// A size that is not known at the entry.
// CHECK-LABEL: func.func @negative_size(
// CHECK: memref.alloc(%{{.*}}) : memref<?xf32>
func.func @negative_size(%sizes: memref<1xindex>, %x: f32) {
  %c0 = arith.constant 0 : index
  %n = memref.load %sizes[%c0] : memref<1xindex>
  %a = memref.alloc(%n) : memref<?xf32>
  linalg.fill ins(%x : f32) outs(%a : memref<?xf32>)
  return
}

// -----

// What a layer returns is its argument: it stays as it is.
// CHECK-LABEL: func.func private @negative_result(
// CHECK-SAME: %{{.*}}: memref<8xf32>) -> memref<8xf32>
func.func @forward(%x: memref<8xf32>) -> memref<8xf32> {
  %y = call @negative_result(%x) : (memref<8xf32>) -> memref<8xf32>
  return %y : memref<8xf32>
}
func.func private @negative_result(%x: memref<8xf32>) -> memref<8xf32> {
  return %x : memref<8xf32>
}

// -----

// What calls itself would need an arena of unknown size.
// CHECK-LABEL: func.func private @negative_recursive(
// CHECK-SAME: %{{.*}}: memref<8xf32>) -> memref<8xf32>
func.func private @negative_recursive(%x: memref<8xf32>) -> memref<8xf32> {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  %y = call @negative_recursive(%a) : (memref<8xf32>) -> memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  memref.copy %y, %b : memref<8xf32> to memref<8xf32>
  return %b : memref<8xf32>
}

// -----

// Two results that both belong to the caller: a part of an arena cannot be freed.
// CHECK-LABEL: func.func @returned(
// CHECK-DAG: %[[A:.*]] = memref.alloc() {alignment = 64 : i64} : memref<64xi8>
// CHECK-DAG: %[[B:.*]] = memref.alloc() {alignment = 64 : i64} : memref<64xi8>
// CHECK: return
func.func @returned(%x: memref<8xf32>) -> (memref<8xf32>, memref<8xf32>) {
  %a = call @layer(%x) : (memref<8xf32>) -> memref<8xf32>
  %b = call @layer(%a) : (memref<8xf32>) -> memref<8xf32>
  return %a, %b : memref<8xf32>, memref<8xf32>
}
func.func private @layer(%x: memref<8xf32>) -> memref<8xf32> {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  return %a : memref<8xf32>
}

// -----

// Freed by hand; in another memory; of a type that LLVM pads.
// CHECK-LABEL: func.func @negative_kinds(
// CHECK: memref.alloc() : memref<8xf32>
// CHECK: memref.alloc() : memref<8xf32, 1>
// CHECK: memref.alloc() : memref<8xi24>
func.func @negative_kinds(%x: f32, %y: i24) {
  %a = memref.alloc() : memref<8xf32>
  linalg.fill ins(%x : f32) outs(%a : memref<8xf32>)
  memref.dealloc %a : memref<8xf32>
  %b = memref.alloc() : memref<8xf32, 1>
  linalg.fill ins(%x : f32) outs(%b : memref<8xf32, 1>)
  %c = memref.alloc() : memref<8xi24>
  linalg.fill ins(%y : i24) outs(%c : memref<8xi24>)
  return
}

// -----

// It needs nothing of its callers.
// CHECK-LABEL: func.func @nothing_needed(
// CHECK-NEXT: call @negative_needs(%{{.*}}) : (memref<8xf32>) -> ()
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @negative_needs(
// CHECK-SAME: %{{[a-z0-9_]*}}: memref<8xf32>) {
func.func @nothing_needed(%x: memref<8xf32>) {
  call @negative_needs(%x) : (memref<8xf32>) -> ()
  return
}
func.func private @negative_needs(%x: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%x : memref<8xf32>)
  return
}

// -----

// The arena and its slots begin at multiples of the alignment; what asks for more stays.
// CHECK-LABEL: func.func @alignment(
// CHECK-DAG: %[[ARENA:.*]] = memref.alloc() {alignment = 64 : i64} : memref<128xi8>
// CHECK-DAG: memref.view %[[ARENA]][%c0
// CHECK-DAG: memref.view %[[ARENA]][%c64
// CHECK-DAG: memref.alloc() {alignment = 128 : i64} : memref<3xf32>
// WIDE-LABEL: func.func @alignment(
// WIDE: %[[ARENA:.*]] = memref.alloc() {alignment = 256 : i64} : memref<768xi8>
// WIDE-DAG: memref.view %[[ARENA]][%c0
// WIDE-DAG: memref.view %[[ARENA]][%c256
// WIDE-DAG: memref.view %[[ARENA]][%c512
// WIDE-NOT: memref.alloc
// WIDE: return
func.func @alignment(%x: memref<3xf32>, %y: memref<3xf32>, %z: memref<3xf32>) {
  %a = memref.alloc() : memref<3xf32>
  memref.copy %x, %a : memref<3xf32> to memref<3xf32>
  %b = memref.alloc() {alignment = 64 : i64} : memref<3xf32>
  memref.copy %y, %b : memref<3xf32> to memref<3xf32>
  %c = memref.alloc() {alignment = 128 : i64} : memref<3xf32>
  memref.copy %z, %c : memref<3xf32> to memref<3xf32>
  memref.copy %a, %x : memref<3xf32> to memref<3xf32>
  memref.copy %b, %y : memref<3xf32> to memref<3xf32>
  memref.copy %c, %z : memref<3xf32> to memref<3xf32>
  return
}

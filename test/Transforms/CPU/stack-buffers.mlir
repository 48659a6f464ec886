// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-stack-buffers))' | FileCheck %s
// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-stack-buffers,grow-cpu-lower-scopes))' \
// RUN: | FileCheck %s --check-prefix=LOWERED

#bound = affine_map<(i)[n] -> (32, n - i)>

// A block of at most 32 rows, and a buffer of a loop inside.
// CHECK-LABEL: func.func @block
// CHECK: scf.parallel
// CHECK-NEXT: memref.alloca_scope
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<1024xi8>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<64xi8>
// CHECK: memref.view %{{.*}} : memref<1024xi8> to memref<?x8xf32>
// CHECK: scf.for
// CHECK: memref.view %{{.*}} : memref<64xi8> to memref<16xf32>
// CHECK-NOT: memref.alloc(

// LOWERED-LABEL: func.func @block
// LOWERED: scf.parallel
// LOWERED-NEXT: %[[STACK:.*]] = llvm.intr.stacksave
// LOWERED: memref.alloca()
// LOWERED: llvm.intr.stackrestore %[[STACK]]
// LOWERED-NEXT: scf.reduce
func.func @block(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c32) {
    %rows = affine.min #bound(%i)[%n]
    %a = memref.alloc(%rows) : memref<?x8xf32>
    linalg.fill ins(%x : f32) outs(%a : memref<?x8xf32>)
    scf.for %j = %c0 to %rows step %c1 {
      %b = memref.alloc() : memref<16xf32>
      linalg.fill ins(%x : f32) outs(%b : memref<16xf32>)
    }
  }
  return
}

// Without a bound, too large for a stack, or of an alignment that stacks do not have.
// CHECK-LABEL: func.func @negative
// CHECK-NOT: memref.alloca
// CHECK: memref.alloc(%{{.*}}) : memref<?xf32>
// CHECK: memref.alloc() : memref<1000000xf32>
// CHECK: memref.alloc() {alignment = 128 : i64} : memref<8xf32>
func.func @negative(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %a = memref.alloc(%n) : memref<?xf32>
    linalg.fill ins(%x : f32) outs(%a : memref<?xf32>)
    %b = memref.alloc() : memref<1000000xf32>
    linalg.fill ins(%x : f32) outs(%b : memref<1000000xf32>)
    %c = memref.alloc() {alignment = 128 : i64} : memref<8xf32>
    linalg.fill ins(%x : f32) outs(%c : memref<8xf32>)
  }
  return
}

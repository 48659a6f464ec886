// Buffers that are never needed at once lie in the same place.
// RUN: grow-opt %s --grow-nvgpu-plan-workgroup-memory --split-input-file | FileCheck %s

!buffer = memref<256xf32, #gpu.address_space<workgroup>>

// A barrier is between them.
// CHECK-LABEL: @in_turn
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
gpu.module @in_turn {
  gpu.func @kernel(%x: f32, %i: index) workgroup(%a: !buffer, %b: !buffer) kernel {
    memref.store %x, %a[%i] : !buffer
    gpu.barrier
    memref.store %x, %b[%i] : !buffer
    gpu.return
  }
}

// -----

!buffer = memref<256xf32, #gpu.address_space<workgroup>>

// No barrier is between them, or but one that not all threads reach by then.
// CHECK-LABEL: @no_barrier
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
// CHECK: %[[C1024:.*]] = arith.constant 1024 : index
// CHECK: memref.view %{{.*}}[%[[C1024]]]
gpu.module @no_barrier {
  gpu.func @kernel(%x: f32, %i: index, %c: i1) workgroup(%a: !buffer, %b: !buffer) kernel {
    memref.store %x, %a[%i] : !buffer
    scf.if %c {
      gpu.barrier
    }
    memref.store %x, %b[%i] : !buffer
    gpu.barrier
    gpu.return
  }
}

// -----

!buffer = memref<256xf32, #gpu.address_space<workgroup>>

// The next iteration of a loop may need what the last one left.
// CHECK-LABEL: @in_a_loop
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
// CHECK: %[[C1024:.*]] = arith.constant 1024 : index
// CHECK: memref.view %{{.*}}[%[[C1024]]]
gpu.module @in_a_loop {
  gpu.func @kernel(%x: f32, %i: index) workgroup(%a: !buffer, %b: !buffer) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %j = %c0 to %i step %c1 {
      memref.store %x, %a[%i] : !buffer
      gpu.barrier
      memref.store %x, %b[%i] : !buffer
      gpu.barrier
    }
    gpu.return
  }
}

// -----

!buffer = memref<256xf32, #gpu.address_space<workgroup>>

// Two loops, one after the other, and views that are made before both.
// CHECK-LABEL: @two_loops
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
gpu.module @two_loops {
  gpu.func @kernel(%x: f32, %i: index) workgroup(%a: !buffer, %b: !buffer) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %wide_a = memref.memory_space_cast %a : !buffer to memref<256xf32>
    %wide_b = memref.memory_space_cast %b : !buffer to memref<256xf32>
    scf.for %j = %c0 to %i step %c1 {
      memref.store %x, %wide_a[%j] : memref<256xf32>
    }
    gpu.barrier
    scf.for %j = %c0 to %i step %c1 {
      memref.store %x, %wide_b[%j] : memref<256xf32>
    }
    gpu.return
  }
}

// -----

!buffer = memref<256xf32, #gpu.address_space<workgroup>>

// Of two branches one runs.
// CHECK-LABEL: @branches
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
gpu.module @branches {
  gpu.func @kernel(%x: f32, %i: index, %c: i1) workgroup(%a: !buffer, %b: !buffer) kernel {
    scf.if %c {
      memref.store %x, %a[%i] : !buffer
    } else {
      memref.store %x, %b[%i] : !buffer
    }
    gpu.return
  }
}

// -----

!buffer = memref<256xf32, #gpu.address_space<workgroup>>

// One of them is used before the branch, too.
// CHECK-LABEL: @branch_after_use
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]]
// CHECK: %[[C1024:.*]] = arith.constant 1024 : index
// CHECK: memref.view %{{.*}}[%[[C1024]]]
gpu.module @branch_after_use {
  gpu.func @kernel(%x: f32, %i: index, %c: i1) workgroup(%a: !buffer, %b: !buffer) kernel {
    memref.store %x, %a[%i] : !buffer
    scf.if %c {
      memref.store %x, %a[%i] : !buffer
    } else {
      memref.store %x, %b[%i] : !buffer
    }
    gpu.return
  }
}

// -----

!buffer = memref<256xf32, #gpu.address_space<workgroup>>
!small = memref<4xf32, #gpu.address_space<workgroup>>

// Two small ones that share a place with a large one, but not with one another.
// CHECK-LABEL: @three
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]][] : {{.*}} to memref<256xf32
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[C0]]][] : {{.*}} to memref<4xf32
// CHECK: %[[C128:.*]] = arith.constant 128 : index
// CHECK: memref.view %{{.*}}[%[[C128]]][] : {{.*}} to memref<4xf32
gpu.module @three {
  gpu.func @kernel(%x: f32, %i: index) workgroup(%a: !small, %b: !small, %c: !buffer) kernel {
    memref.store %x, %a[%i] : !small
    memref.store %x, %b[%i] : !small
    gpu.barrier
    memref.store %x, %c[%i] : !buffer
    gpu.return
  }
}

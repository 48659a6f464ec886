// RUN: grow-opt %s --grow-nvgpu-plan-workgroup-memory | FileCheck %s
// RUN: not grow-opt %s --grow-nvgpu-plan-workgroup-memory=limit=1000 2>&1 | FileCheck %s --check-prefix=LIMIT

// LIMIT: 'gpu.func' op needs 1152 bytes of workgroup memory, but the target has 1000: choose smaller blocks

module attributes {gpu.container_module} {
  // CHECK-LABEL: func @host
  // CHECK: %[[BYTES:.*]] = arith.constant 1152 : i32
  // CHECK: gpu.launch_func @kernels::@two
  // CHECK-SAME: dynamic_shared_memory_size %[[BYTES]]
  // CHECK: gpu.launch_func @kernels::@none
  // CHECK-NOT: dynamic_shared_memory_size
  func.func @host(%x: memref<4xf32>) {
    %c1 = arith.constant 1 : index
    gpu.launch_func @kernels::@two blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%x : memref<4xf32>)
    gpu.launch_func @kernels::@none blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
        args(%x : memref<4xf32>)
    return
  }
  gpu.module @kernels {
    // The largest first; the other starts at the next multiple of 128.
    // CHECK: gpu.func @two(%[[X:.*]]: memref<4xf32>) kernel
    // CHECK: %[[MEMORY:.*]] = gpu.dynamic_shared_memory : memref<?xi8, #gpu.address_space<workgroup>>
    // CHECK: %[[C0:.*]] = arith.constant 0 : index
    // CHECK: memref.view %[[MEMORY]][%[[C0]]][] : {{.*}} to memref<256xf32, #gpu.address_space<workgroup>>
    // CHECK: %[[C1024:.*]] = arith.constant 1024 : index
    // CHECK: memref.view %[[MEMORY]][%[[C1024]]][] : {{.*}} to memref<3xbf16, #gpu.address_space<workgroup>>
    gpu.func @two(%x: memref<4xf32>)
        workgroup(%a: memref<3xbf16, #gpu.address_space<workgroup>>,
                  %b: memref<256xf32, #gpu.address_space<workgroup>>) kernel {
      %c0 = arith.constant 0 : index
      %v = memref.load %x[%c0] : memref<4xf32>
      memref.store %v, %b[%c0] : memref<256xf32, #gpu.address_space<workgroup>>
      %n = arith.truncf %v : f32 to bf16
      memref.store %n, %a[%c0] : memref<3xbf16, #gpu.address_space<workgroup>>
      gpu.return
    }
    // Large ones start at multiples of 1024.
    // CHECK: gpu.func @large
    // CHECK: memref.view %{{.*}}[%c0{{.*}}][] : {{.*}} to memref<4100xi8,
    // CHECK: memref.view %{{.*}}[%c5120{{.*}}][] : {{.*}} to memref<4100xi8,
    gpu.func @large(%x: i8)
        workgroup(%a: memref<4100xi8, #gpu.address_space<workgroup>>,
                  %b: memref<4100xi8, #gpu.address_space<workgroup>>) kernel {
      %c0 = arith.constant 0 : index
      memref.store %x, %a[%c0] : memref<4100xi8, #gpu.address_space<workgroup>>
      memref.store %x, %b[%c0] : memref<4100xi8, #gpu.address_space<workgroup>>
      gpu.return
    }
    // CHECK: gpu.func @none
    // CHECK-NOT: dynamic_shared_memory
    gpu.func @none(%x: memref<4xf32>) kernel {
      gpu.return
    }
  }
}

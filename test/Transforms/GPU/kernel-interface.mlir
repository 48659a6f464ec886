// RUN: grow-opt %s --pass-pipeline="builtin.module(gpu.module(grow-gpu-kernel-interface))" --mlir-print-op-generic | FileCheck %s

// Buffers of unknown size become such of one size, and indices words of 32 bits; numbers,
// other buffers and the memory of the workgroup stay. Buffers begin at multiples of 16.
// Tensor maps are pointers.
// CHECK: "gpu.func"() <{arg_attrs = [{llvm.align = 16 : i64}, {}, {}, {llvm.align = 16 : i64}], function_type = (memref<2147483647xf32>, i32, f32, memref<8xf32>) -> ()
// CHECK: ^bb0(%[[X:.*]]: memref<2147483647xf32>, %[[I:.*]]: i32, %[[V:.*]]: f32, %{{.*}}: memref<8xf32>, %{{.*}}: memref<4xf32, #gpu.address_space<workgroup>>):
// CHECK-DAG: %[[BUFFER:.*]] = "memref.cast"(%[[X]]) : (memref<2147483647xf32>) -> memref<?xf32>
// CHECK-DAG: %[[INDEX:.*]] = "arith.index_castui"(%[[I]]){{.*}} : (i32) -> index
// CHECK: "memref.store"(%[[V]], %[[BUFFER]], %[[INDEX]])
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @store(%x: memref<?xf32>, %i: index, %v: f32, %y: memref<8xf32>)
        workgroup(%w: memref<4xf32, #gpu.address_space<workgroup>>) kernel {
      memref.store %v, %x[%i] : memref<?xf32>
      memref.store %v, %w[%i] : memref<4xf32, #gpu.address_space<workgroup>>
      memref.store %v, %y[%i] : memref<8xf32>
      gpu.return
    }
    // CHECK: ^bb0(%[[MAP:.*]]: !llvm.ptr):
    // CHECK: "builtin.unrealized_conversion_cast"(%[[MAP]]) : (!llvm.ptr) -> !nvgpu.tensormap.descriptor<
    gpu.func @map(%map: !nvgpu.tensormap.descriptor<tensor = memref<128x64xbf16, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>) kernel {
      nvgpu.tma.prefetch.descriptor %map : !nvgpu.tensormap.descriptor<tensor = memref<128x64xbf16, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>
      gpu.return
    }
  }
}

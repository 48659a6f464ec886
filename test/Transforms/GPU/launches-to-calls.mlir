// RUN: grow-opt %s --grow-gpu-launches-to-calls | FileCheck %s

// CHECK-DAG: llvm.mlir.global internal constant @__grow.kernels.binary("code") {{.*}}alignment = 16
// CHECK-DAG: llvm.mlir.global internal constant @__grow.kernel.name("kernel\00")
// CHECK-DAG: llvm.mlir.global internal constant @__grow.kinds.bwl("bwl\00")
module attributes {gpu.container_module} {
  // CHECK-NOT: gpu.binary
  gpu.binary @kernels [#gpu.object<#spirv.target_env<#spirv.vce<v1.3, [Shader], []>, #spirv.resource_limits<>>, "code">]

  // CHECK-LABEL: func.func @launch
  // CHECK-SAME: %[[X:.*]]: memref<?xf32>, %[[N:.*]]: index, %[[KEY:.*]]: i64
  // CHECK-DAG: %[[ARGUMENTS:.*]] = llvm.alloca %{{.*}} x i64
  // CHECK-DAG: memref.extract_aligned_pointer_as_index %[[X]]
  // CHECK: llvm.call @growDeviceCheckEntries(%{{.*}}, %{{.*}}) : (i64, !llvm.ptr) -> ()
  // CHECK: llvm.store %[[KEY]], %{{.*}} : i64, !llvm.ptr
  // CHECK: llvm.call @growDeviceLaunch(%{{.*}}) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr, i32, !llvm.ptr, !llvm.ptr) -> ()
  func.func @launch(%x: memref<?xf32>, %n: index, %key: i64) {
    %c1 = arith.constant 1 : index
    gpu.launch_func @kernels::@kernel blocks in (%n, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%x : memref<?xf32>, %n : index, %key : i64)
    return
  }

  // CHECK-LABEL: func.func @memory
  // CHECK: %[[BYTES:.*]] = arith.muli %arg0, %c4
  // CHECK: %[[SIZE:.*]] = arith.index_cast %[[BYTES]] : index to i64
  // CHECK: %[[ADDRESS:.*]] = llvm.call @growDeviceBorrow(%[[SIZE]]) : (i64) -> i64
  // CHECK: llvm.inttoptr %[[ADDRESS]]
  // CHECK: memref.view
  // CHECK: llvm.call @growDeviceReturn
  func.func @memory(%n: index) {
    %0 = memref.alloc(%n) : memref<?xf32>
    memref.dealloc %0 : memref<?xf32>
    return
  }
}

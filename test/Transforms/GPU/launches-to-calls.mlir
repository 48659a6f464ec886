// RUN: grow-opt %s --grow-gpu-launches-to-calls | FileCheck %s

// CHECK-DAG: llvm.mlir.global internal constant @__grow.kernels.binary("code") {{.*}}alignment = 16
// CHECK-DAG: llvm.mlir.global internal constant @__grow.kernel.name("kernel\00")
// CHECK-DAG: llvm.mlir.global internal constant @__grow.kinds.bwl("bwl\00")
// CHECK-DAG: llvm.mlir.global internal constant @__grow.kinds.t("t\00")
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

  // The host describes a slice: address, type (bf16), swizzle, rank; then sizes, strides
  // in bytes and the block, each the innermost first.
  // CHECK-LABEL: func.func @tensor_map
  // CHECK-NOT: nvgpu
  // CHECK: %[[BASE:.*]], %[[OFFSET:.*]], %[[SIZES:.*]]:2, %[[STRIDES:.*]]:2 = memref.extract_strided_metadata
  // CHECK: %[[ADDRESS:.*]] = arith.addi
  // CHECK: %[[TYPE:.*]] = llvm.mlir.constant(2 : i64)
  // CHECK: %[[SWIZZLE:.*]] = llvm.mlir.constant(128 : i64)
  // CHECK: %[[RANK:.*]] = llvm.mlir.constant(2 : i64)
  // CHECK: %[[SIZE:.*]] = arith.index_cast %[[SIZES]]#1
  // CHECK: arith.index_cast %[[SIZES]]#0
  // CHECK: arith.muli %[[STRIDES]]#1, %c2
  // CHECK: arith.muli %[[STRIDES]]#0, %c2
  // CHECK: llvm.getelementptr %[[MAP:[a-z0-9_]+]][0]
  // CHECK: llvm.store %[[ADDRESS]]
  // CHECK: llvm.store %[[TYPE]]
  // CHECK: llvm.store %[[SWIZZLE]]
  // CHECK: llvm.store %[[RANK]]
  // CHECK: llvm.store %[[SIZE]]
  // CHECK-COUNT-14: llvm.store
  // CHECK: %[[ARGUMENT:.*]] = llvm.ptrtoint %[[MAP]] : !llvm.ptr to i64
  // CHECK: llvm.store %[[ARGUMENT]]
  // CHECK: llvm.mlir.addressof @__grow.kinds.t
  // CHECK: llvm.call @growDeviceLaunch
  func.func @tensor_map(%x: memref<?x?xbf16, strided<[200, 1], offset: ?>>) {
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %any = memref.cast %x : memref<?x?xbf16, strided<[200, 1], offset: ?>> to memref<*xbf16>
    %map = nvgpu.tma.create.descriptor %any box[%c128, %c64] : memref<*xbf16> -> <tensor = memref<128x64xbf16, 3>, swizzle = swizzle_128b, l2promo = l2promo_128b, oob = zero, interleave = none>
    gpu.launch_func @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      args(%map : !nvgpu.tensormap.descriptor<tensor = memref<128x64xbf16, 3>, swizzle = swizzle_128b, l2promo = l2promo_128b, oob = zero, interleave = none>)
    return
  }
}

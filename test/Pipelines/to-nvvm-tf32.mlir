// Products of f32 have full precision unless TF32 is asked for, which Hopper multiplies
// without warpgroups, too.
// RUN: grow-opt %s --grow-to-nvvm | FileCheck %s --check-prefix=FULL
// RUN: grow-opt %s --grow-to-nvvm="tf32 tensor-cores=false" | FileCheck %s --check-prefix=FULL
// RUN: grow-opt %s --grow-to-nvvm=tf32 | FileCheck %s
// RUN: grow-opt %s --grow-to-nvvm="tf32 chip=sm_90a" | FileCheck %s

// FULL-NOT: tf32
// FULL: fma.rn.f32
// FULL-NOT: tf32

// CHECK-NOT: wgmma
// CHECK: cp.async.cg.shared.global [{{[^]]*}}], [{{[^]]*}}], 16,
// CHECK: cvt.rna.tf32.f32
// CHECK: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK-NOT: fma.rn.f32
func.func @project(%x: tensor<?x64xf32>, %w: tensor<64x256xf32>) -> tensor<?x256xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%n) : tensor<?x256xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x256xf32>) -> tensor<?x256xf32>
  %result = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x256xf32>)
                          outs(%init : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %result : tensor<?x256xf32>
}

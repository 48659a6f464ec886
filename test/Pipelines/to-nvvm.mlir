// A projection in bf16 down to PTX: the product on tensor cores, with operands that come
// by asynchronous copies, and the bias added where the sums lie.
// RUN: grow-opt %s --grow-to-nvvm | FileCheck %s
// RUN: grow-opt %s --grow-to-nvvm=tensor-cores=false | FileCheck %s --check-prefix=SCALAR
// RUN: grow-opt %s --grow-to-nvvm=chip=sm_90a | FileCheck %s --check-prefix=HOPPER
// RUN: grow-opt %s --grow-to-nvvm="chip=sm_90a warpgroups=false" | FileCheck %s --check-prefix=WARPS
// Tiles are the chip's: smaller where there is less memory. Options may say otherwise.
// RUN: grow-opt %s --grow-to-nvvm=chip=sm_86 | FileCheck %s --check-prefix=SMALL
// RUN: grow-opt %s --grow-to-nvvm="chip=sm_86 block-columns=32 stages=3" | FileCheck %s --check-prefix=OPTIONS
// RUN: grow-opt %s --grow-to-rocdl | FileCheck %s --check-prefix=AMD

// CHECK: .target sm_80
// CHECK-SAME: .extern .shared .align 1024 .b8 __dynamic_shmem__0[]
// CHECK-SAME: .visible .entry project_kernel(
// CHECK-NOT: .local
// CHECK: cp.async.cg.shared.global
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: llvm.func @project(%{{.*}}: !llvm.ptr)
// CHECK: llvm.call @growDeviceLaunch

// No function is left for a library to define.
// SCALAR-NOT: .extern .func
// SCALAR-NOT: mma.sync
// SCALAR: fma.rn.f32
// SCALAR: llvm.call @growDeviceLaunch

// On Hopper, warpgroups multiply what tensor maps describe; the maps are arguments.
// HOPPER: @__grow.kinds.wwbbttbb
// HOPPER: .target sm_90a
// HOPPER-SAME: .visible .entry project_kernel(
// HOPPER-SAME: .param .align 64 .b8 project_kernel_param_{{[0-9]+}}[128]
// HOPPER-NOT: .local
// HOPPER: mbarrier.init.shared.b64
// HOPPER: fence.proxy.async
// HOPPER: mbarrier.arrive.expect_tx
// HOPPER: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
// HOPPER: wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16
// HOPPER: wgmma.wait_group.sync.aligned 1;
// HOPPER: llvm.func @project(%{{.*}}: !llvm.ptr)
// HOPPER: llvm.call @growDeviceLaunch

// WARPS: .target sm_90a
// WARPS-NOT: wgmma
// WARPS: mma.sync.aligned
// WARPS: llvm.func @project

// SMALL: .target sm_86
// SMALL: llvm.mlir.constant(55296 : i32)
// OPTIONS: llvm.mlir.constant(128 : i32)
// OPTIONS: llvm.call @growDeviceLaunch

// AMD: amdgcn-amd-amdhsa--gfx90a
// AMD-SAME: v_fma{{c?}}_f32
// AMD: llvm.call @growDeviceLaunch

func.func @project(%x: tensor<?x72xbf16>, %w: tensor<72x200xbf16>, %bias: tensor<200xbf16>) -> tensor<?x200xbf16> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x72xbf16>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%n) : tensor<?x200xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x200xf32>) -> tensor<?x200xf32>
  %product = linalg.matmul ins(%x, %w : tensor<?x72xbf16>, tensor<72x200xbf16>)
                           outs(%init : tensor<?x200xf32>) -> tensor<?x200xf32>
  %result = tensor.empty(%n) : tensor<?x200xbf16>
  %sum = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
                         iterator_types = ["parallel", "parallel"]}
      ins(%product, %bias : tensor<?x200xf32>, tensor<200xbf16>) outs(%result : tensor<?x200xbf16>) {
  ^bb0(%p: f32, %b: bf16, %out: bf16):
    %wide = arith.extf %b : bf16 to f32
    %s = arith.addf %p, %wide : f32
    %t = arith.truncf %s : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x200xbf16>
  return %sum : tensor<?x200xbf16>
}

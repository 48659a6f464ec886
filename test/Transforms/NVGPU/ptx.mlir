// Down to PTX for sm_80: tensor cores, asynchronous copies past the first-level cache,
// and no register in local memory.
// RUN: grow-opt %s --pass-pipeline="builtin.module(grow-nvgpu-lower-contractions,canonicalize,cse,gpu-launch-sink-index-computations,gpu-kernel-outlining,canonicalize,grow-nvgpu-plan-workgroup-memory,nvvm-attach-target{chip=sm_80 features=+ptx80},convert-nvgpu-to-nvvm,gpu.module(convert-scf-to-cf,expand-strided-metadata,lower-affine,convert-vector-to-llvm,convert-gpu-to-nvvm,canonicalize,cse,reconcile-unrealized-casts),gpu-module-to-binary{format=isa})" | FileCheck %s

// CHECK: assembly =
// CHECK-SAME: .target sm_80
// CHECK-NOT: .local
// CHECK: cp.async.cg.shared.global
// CHECK: cp.async.commit_group
// CHECK: cp.async.wait_group
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>
func.func @product(%rows: memref<?x64xbf16>, %columns: memref<64x128xbf16>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant 0.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
    linalg.fill ins(%zero : f32) outs(%sums : memref<?x128xf32>)
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<?x64xbf16>, memref<64x128xbf16>)
        outs(%sums : memref<?x128xf32>) {
    ^bb0(%row: bf16, %column: bf16, %sum: f32):
      %x = arith.extf %row : bf16 to f32
      %y = arith.extf %column : bf16 to f32
      %next = math.fma %x, %y, %sum : f32
      linalg.yield %next : f32
    }
    gpu.terminator
  }
  return
}

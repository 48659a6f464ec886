// RUN: not grow-opt %s --grow-nvgpu-lower-contractions=warp-rows=24 2>&1 | FileCheck %s --check-prefix=WARP
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions=warp-rows=0 2>&1 | FileCheck %s --check-prefix=NO-WARP
// RUN: not grow-opt %s --grow-to-nvvm="block-rows=9223372036854775807 warp-rows=-1 threads=128" 2>&1 | FileCheck %s --check-prefix=PIPELINE
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions=block-depth=1048576 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions=stages=100000 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions="warpgroups warpgroup-stages=100000" 2>&1 | FileCheck %s --check-prefix=MANY-OF-WARPGROUPS
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions=block-rows=96 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions=block-depth=0 2>&1 | FileCheck %s --check-prefix=DEPTH
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions=stages=1 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions="block-rows=192 warp-rows=64 block-depth=16" 2>&1 | FileCheck %s --check-prefix=SHARE
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions="warpgroups block-rows=64 block-columns=64 warp-rows=64" 2>&1 | FileCheck %s --check-prefix=WARPGROUP
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions="warpgroups warpgroup-columns=96" 2>&1 | FileCheck %s --check-prefix=COLUMNS
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions="warpgroups warpgroup-stages=1" 2>&1 | FileCheck %s --check-prefix=WARPGROUP-STAGES
// RUN: not grow-opt %s --grow-nvgpu-lower-contractions 2>&1 | FileCheck %s --check-prefix=THREADS

// WARP: error: the tile of tensor cores does not do: a warp computes 24 x 32: expected multiples of 16
// NO-WARP: error: the tile of tensor cores does not do: a warp computes 0 x 32: expected multiples of 16
// PIPELINE: error: the tile of tensor cores does not do: a warp computes -1 x 32: expected multiples of 16
// LARGE: a block of 128 x 128, or of its depth 1048576, is too large: expected at most 512 of each
// MANY: there are 100000 stages: expected 2 to 64
// MANY-OF-WARPGROUPS: there are 100000 stages for warpgroups: expected 2 to 64
// BLOCK: a block of 96 x 128 cannot be shared by warps that compute 64 x 32: expected multiples
// DEPTH: a block of the depth has 0 steps: expected a multiple of 16
// STAGES: there are 1 stages: expected 2 to 64
// SHARE: 384 threads cannot share the copies of 192 x 16 and 16 x 128 entries evenly
// WARPGROUP: there are 64 threads: expected 1 to 4 warpgroups, 128 threads each
// COLUMNS: a warpgroup computes 96 columns: expected 64, 128 or 256
// WARPGROUP-STAGES: there are 1 stages for warpgroups: expected 2 to 64
// THREADS: error: 'linalg.generic' op is not computed by 256 threads, as tiles of 128 x 128 by warps of 64 x 32 need: choose other tiles, or launch so many threads
#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>
func.func @threads(%rows: memref<?x64xbf16>, %columns: memref<64x128xbf16>, %sums: memref<?x128xf32>) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
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

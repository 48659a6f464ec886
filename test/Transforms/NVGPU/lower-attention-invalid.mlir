// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-nvgpu-lower-attention
// RUN: not grow-opt %s --grow-nvgpu-lower-attention=warp-rows=24 2>&1 | FileCheck %s --check-prefix=WARP
// RUN: not grow-opt %s --grow-nvgpu-lower-attention="block-rows=48 warp-rows=32" 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not grow-opt %s --grow-nvgpu-lower-attention=block-rows=1024 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: not grow-opt %s --grow-nvgpu-lower-attention=block-keys=40 2>&1 | FileCheck %s --check-prefix=KEYS
// RUN: not grow-opt %s --grow-nvgpu-lower-attention="block-rows=4611686018427387904 warp-rows=4611686018427387904" 2>&1 | FileCheck %s --check-prefix=MANY-ROWS
// RUN: not grow-opt %s --grow-nvgpu-lower-attention=block-keys=1048576 2>&1 | FileCheck %s --check-prefix=MANY-KEYS
// RUN: not grow-opt %s --split-input-file --grow-nvgpu-lower-attention="block-rows=128 block-keys=16" 2>&1 | FileCheck %s --check-prefix=SHARE

// WARP: error: the tile of attention does not do: a warp has 24 rows: expected a multiple of 16, at most 128
// BLOCK: error: the tile of attention does not do: a block of 48 rows cannot be shared by warps that have 32: expected 32 to 1024, and a multiple
// THREADS: error: the tile of attention does not do: a block of 1024 rows cannot be shared by warps that have 16: expected 16 to 512, and a multiple
// KEYS: error: the tile of attention does not do: a block has 40 keys: expected a multiple of 16, at most 512
// MANY-ROWS: a warp has 4611686018427387904 rows: expected a multiple of 16, at most 128
// MANY-KEYS: a block has 1048576 keys: expected a multiple of 16, at most 512
// SHARE: error: 'grow.fused_attention' op cannot run on tensor cores: 256 threads cannot share the copies of 16 x 16 entries evenly

func.func @tensors(%q: tensor<1x8x1x1x16xf16>, %k: tensor<1x8x1x16xf16>) -> tensor<1x8x1x1x16xf16> {
  // expected-error @below {{works on tensors: expected buffers, run 'one-shot-bufferize' first}}
  %0 = grow.fused_attention ins(%q, %k, %k : tensor<1x8x1x1x16xf16>, tensor<1x8x1x16xf16>, tensor<1x8x1x16xf16>)
      outs(%q : tensor<1x8x1x1x16xf16>) scale 1 -> tensor<1x8x1x1x16xf16>
  return %0 : tensor<1x8x1x1x16xf16>
}

// -----

func.func @odd(%q: memref<1x8x1x1x24xf16>, %k: memref<1x8x1x24xf16>, %v: memref<1x8x1x16xf16>, %o: memref<1x8x1x1x16xf16>) {
  // expected-error @below {{cannot run on tensor cores: a key or a value has 24 entries: expected a multiple of 16, at most 256}}
  grow.fused_attention ins(%q, %k, %v : memref<1x8x1x1x24xf16>, memref<1x8x1x24xf16>, memref<1x8x1x16xf16>)
      outs(%o : memref<1x8x1x1x16xf16>) scale 1
  return
}

// -----

func.func @too_wide(%q: memref<1x8x1x1x16xf16>, %k: memref<1x8x1x16xf16>, %v: memref<1x8x1x272xf16>, %o: memref<1x8x1x1x272xf16>) {
  // expected-error @below {{cannot run on tensor cores: a key or a value has 272 entries: expected a multiple of 16, at most 256}}
  grow.fused_attention ins(%q, %k, %v : memref<1x8x1x1x16xf16>, memref<1x8x1x16xf16>, memref<1x8x1x272xf16>)
      outs(%o : memref<1x8x1x1x272xf16>) scale 1
  return
}

// -----

func.func @narrow(%q: memref<1x8x1x1x16xf16>, %k: memref<1x8x1x16xf16>, %o: memref<1x8x1x1x16xf16>) {
  grow.fused_attention ins(%q, %k, %k : memref<1x8x1x1x16xf16>, memref<1x8x1x16xf16>, memref<1x8x1x16xf16>)
      outs(%o : memref<1x8x1x1x16xf16>) scale 1
  return
}

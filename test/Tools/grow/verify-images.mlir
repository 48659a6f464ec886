// A model that reads images is compared on random pixels.
// RUN: grow-opt %s --grow-expand > %t.mlir
// RUN: grow verify %s %t.mlir | FileCheck %s
// CHECK: equivalent: identical, bit for bit
// CHECK: run {{ *}}2 tokens in f32
// RUN: grow verify %s %t.mlir --batch 3 --seed 5 | FileCheck %s --check-prefix=THREE
// THREE: run {{ *}}3 tokens in f32

// RUN: not grow verify %s %t.mlir --ids 1,2 2>&1 | FileCheck %s --check-prefix=IDS
// IDS: error: the model reads images, not token numbers

// Fewer positions than patches is an error before anything runs.
// RUN: sed -e 's/@wpe : tensor<7x6/@wpe : tensor<6x6/' -e 's/, tensor<7x6xf32>$/, tensor<6x6xf32>/' %s > %t.short.mlir
// RUN: not grow verify %t.short.mlir %t.short.mlir 2>&1 | FileCheck %s --check-prefix=POSITIONS
// POSITIONS: error: {{.*}}has positions for 6 tokens, but the sequence has 7

// RUN: grow bench %s --batch 3 --repeat 1 | FileCheck %s --check-prefix=BENCH
// BENCH: verify-images.mlir: 3 images of 7 tokens in f32
// RUN: not grow bench %s --seq 3 2>&1 | FileCheck %s --check-prefix=SEQ
// SEQ: error: --seq is for models of tokens: this one reads images

grow.param @patches : tensor<3x2x2x6xf32>
grow.param @class : tensor<6xf32>
grow.param @wpe : tensor<7x6xf32>
grow.param @up : tensor<6x8xf32>
grow.param @down : tensor<8x6xf32>
grow.param @head : tensor<5x6xf32>
grow.param @head_bias : tensor<5xf32>

func.func @forward(%pixels: tensor<?x3x4x6xf32>) -> tensor<?x1x5xf32> {
  %w = grow.get @patches : tensor<3x2x2x6xf32>
  %c = grow.get @class : tensor<6xf32>
  %p = grow.patch_embedding %pixels weight(%w) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x6xf32>, tensor<6xf32>) -> tensor<?x7x6xf32>
  %wpe = grow.get @wpe : tensor<7x6xf32>
  %positions = grow.position_embedding %p, %wpe : tensor<?x7x6xf32>, tensor<7x6xf32>
  %0 = arith.addf %p, %positions : tensor<?x7x6xf32>
  %1 = grow.layer "h.0" (%x = %0 : tensor<?x7x6xf32>) {
    %up = grow.get @up : tensor<6x8xf32>
    %down = grow.get @down : tensor<8x6xf32>
    %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x7x6xf32>, tensor<6x8xf32>, tensor<8x6xf32>) -> tensor<?x7x6xf32>
    %y = arith.addf %x, %m : tensor<?x7x6xf32>
    grow.yield %y : tensor<?x7x6xf32>
  }
  %2 = grow.select_token %1 at 0 : tensor<?x7x6xf32>
  %head = grow.get @head : tensor<5x6xf32>
  %head_bias = grow.get @head_bias : tensor<5xf32>
  %logits = grow.unembedding %2, %head bias(%head_bias : tensor<5xf32>) : tensor<?x1x6xf32>, tensor<5x6xf32>
  return %logits : tensor<?x1x5xf32>
}

grow.schedule @bigger {
  grow.expand_mlp to 12
}

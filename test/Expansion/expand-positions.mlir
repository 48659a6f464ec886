// New learned positions: what their rows are.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// Rows are appended; the type of the function stays.
// CHECK-LABEL: module @expand_positions
module @expand_positions {
  // CHECK: grow.param @wte : tensor<5x4xf32>{{$}}
  grow.param @wte : tensor<5x4xf32>
  // CHECK: grow.param @wpe : tensor<12x4xf32>
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.normal<stddev = 1/50> along 0 at [8] by [4]
  // CHECK-NEXT: grow.yield
  grow.param @wpe : tensor<8x4xf32>
  // CHECK: func.func @forward(%{{.*}}: tensor<?x?xi64>) -> tensor<?x?x5xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %wpe = grow.get @wpe : tensor<8x4xf32>
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<8x4xf32>
    %y = arith.addf %x, %p : tensor<?x?x4xf32>
    %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    grow.expand_positions to 12
  }
}

// -----

// The size counts all rows, also those before the first position.
// CHECK-LABEL: module @expand_positions_offset
module @expand_positions_offset {
  grow.param @wte : tensor<5x4xf32>
  // CHECK: grow.param @wpe : tensor<9x4xf32>
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.mean along 0 at [8] by [1]
  // CHECK-NEXT: grow.yield
  grow.param @wpe : tensor<8x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %wpe = grow.get @wpe : tensor<8x4xf32>
    %p = grow.position_embedding %ids, %wpe offset 2 : tensor<?x?xi64>, tensor<8x4xf32>
    %y = arith.addf %x, %p : tensor<?x?x4xf32>
    %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    grow.expand_positions to 9 init #grow.mean
  }
}

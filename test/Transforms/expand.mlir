// Schedules: which are applied, and what they leave behind.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s
// RUN: grow-opt %s --split-input-file --pass-pipeline='builtin.module(grow-expand{schedule=first})' | FileCheck %s --check-prefix=FIRST
// RUN: grow-opt %s --split-input-file --grow-expand --remarks-filter=grow 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// All schedules, in order, unless one is named; what is applied is consumed.
// CHECK-LABEL: module @all_schedules
// CHECK: grow.param @l.up : tensor<4x16xf32>
// CHECK: at [8] by [4]
// CHECK: at [12] by [4]
// CHECK-NOT: grow.schedule
// FIRST-LABEL: module @all_schedules
// FIRST: grow.param @l.up : tensor<4x12xf32>
// FIRST-NOT: grow.schedule @first
// FIRST: grow.schedule @second
// REMARK: remark: [Passed] ExpandMLP | Category:grow | Reason="8 -> 12 hidden units", layers=1, new-units=4
// REMARK: remark: [Passed] ExpandMLP | Category:grow | Reason="12 -> 16 hidden units", layers=1, new-units=4
module @all_schedules {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @first {
    grow.expand_mlp to 12
  }
  grow.schedule @second {
    grow.expand_mlp to 16
  }
}

// -----

// A schedule applies its expansions to what those before it made: layer 2 is
// the source's layer 1 here, and the new layer has the new size.
// CHECK-LABEL: module @in_order
// CHECK-SAME: attributes {grow.note = "kept"}
// CHECK: grow.param @h.0.up : tensor<4x12xf32>
// CHECK: grow.param @new.1.0.up : tensor<4x12xf32>
// CHECK: grow.param @h.1.up : tensor<4x16xf32>
// FIRST-LABEL: module @in_order
// REMARK: ExpandMLP | Category:grow | Reason="8, 10 -> 12 hidden units", layers=2, new-units=6
// REMARK: AddLayers | Category:grow | Reason="2 -> 3 layers", new-layers=1
// REMARK: ExpandMLP
module @in_order attributes {grow.note = "kept"} {
  grow.schedule @first {
    grow.expand_mlp to 12
    grow.add_layers at [1]
    grow.expand_mlp to 16 layers [2]
  }
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.up : tensor<4x10xf32>
  grow.param @h.1.down : tensor<10x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      %up = grow.get @h.1.up : tensor<4x10xf32>
      %down = grow.get @h.1.down : tensor<10x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x10xf32>, tensor<10x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
}

// -----

// A schedule of nothing does nothing.
// CHECK-LABEL: module @empty
// CHECK: grow.param @w : tensor<4x4xf32>{{$}}
// CHECK-NOT: grow.schedule
module @empty {
  grow.param @w : tensor<4x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
    %w = grow.get @w : tensor<4x4xf32>
    %0 = grow.embedding %ids, %w : tensor<?x?xi64>, tensor<4x4xf32>
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @first {
  }
}

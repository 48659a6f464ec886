// A schedule whose second expansion is refused leaves no trace of its first:
// not in the module, not among the remarks.
// RUN: not grow-opt %s --grow-expand --mlir-print-ir-after-failure --remarks-filter=grow 2>&1 | FileCheck %s

// CHECK-NOT: remark
// CHECK: error: 'grow.expand_mlp' op cannot widen the MLP of layer 0 ("l") to 10 units
// CHECK-NEXT: grow.expand_mlp to 10
// CHECK: note: it already has 12
// CHECK: IR Dump After ExpandPass Failed
// CHECK: grow.param @l.up : tensor<4x8xf32>{{$}}
// CHECK: grow.get @l.up : tensor<4x8xf32>
// CHECK: grow.schedule @bigger
// CHECK-NEXT: grow.expand_mlp to 12
// CHECK-NOT: remark
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
grow.schedule @bigger {
  grow.expand_mlp to 12
  grow.expand_mlp to 10
}

// A model that an expansion refuses is reduced to what it takes to refuse it: a script
// says, by failing, that a smaller module is still of interest. Ops that the
// stream can do without are bypassed, and what has grown becomes what has not.
// RUN: rm -rf %t && mkdir %t
// RUN: printf '#!/bin/sh\n! grow-opt --grow-expand "$1" 2>&1 | grep -q "it already has 8"\n' > %t/refuses.sh
// RUN: chmod +x %t/refuses.sh
// RUN: grow-reduce %s --reduction-tree='traversal-mode=0 test=%t/refuses.sh' \
// RUN:   > %t/reduced.mlir 2> %t/tried
// RUN: FileCheck %s --input-file=%t/reduced.mlir
// RUN: not %t/refuses.sh %t/reduced.mlir

// CHECK-NOT: @unread
// CHECK-NOT: grow.source
// CHECK: grow.param @up : tensor<4x8xf32>{{$}}
// CHECK-NOT: @unread
// CHECK-NOT: rms_norm
// CHECK-NOT: "norm"
// CHECK: grow.mlp
// CHECK-NOT: rms_norm
// CHECK: grow.expand_mlp to 6
grow.param @unread : tensor<4xf32>
grow.param @table : tensor<5x4xf32>
grow.param @gain : tensor<4xf32>
grow.param @up : tensor<4x8xf32> {
  %0 = grow.source "up" : tensor<4x7xf32>
  %1 = grow.extend %0 with #grow.zero along 1 at [7] by [1] : tensor<4x7xf32>
  grow.yield %1 : tensor<4x8xf32>
}
grow.param @down : tensor<8x4xf32>
func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
  %table = grow.get @table : tensor<5x4xf32>
  %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<5x4xf32>
  %y = grow.layer "mlp" (%s = %x : tensor<?x?x4xf32>) {
    %gain = grow.get @gain : tensor<4xf32>
    %n = grow.rms_norm %s gain(%gain) epsilon 1.0e-06 count 4 : tensor<?x?x4xf32>
    %up = grow.get @up : tensor<4x8xf32>
    %down = grow.get @down : tensor<8x4xf32>
    %m = grow.mlp %n up(%up) down(%down) activation silu
      : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
    %r = arith.addf %s, %m : tensor<?x?x4xf32>
    grow.yield %r : tensor<?x?x4xf32>
  }
  %z = grow.layer "norm" (%s = %y : tensor<?x?x4xf32>) {
    %gain = grow.get @gain : tensor<4xf32>
    %n = grow.rms_norm %s gain(%gain) epsilon 1.0e-06 count 4 : tensor<?x?x4xf32>
    grow.yield %n : tensor<?x?x4xf32>
  }
  %logits = grow.unembedding %z, %table : tensor<?x?x4xf32>, tensor<5x4xf32>
  return %logits : tensor<?x?x5xf32>
}
grow.schedule @bigger {
  grow.expand_vocabulary to 9
}
grow.schedule @smaller {
  grow.expand_mlp to 6
}

// IR has no weights: the first model's are drawn, the second's derived from them.
// RUN: grow-opt %s --grow-expand -o %t.mlir
// RUN: grow verify %s %t.mlir | FileCheck %s
// RUN: grow verify %inputs/tiny.mlir %inputs/tiny.mlir --seed 3 | FileCheck %s
// CHECK: equivalent: identical, bit for bit

// A grown model whose new units are not silent computes something else.
// RUN: sed 's/with #grow.zero/with #grow.constant<1>/' %t.mlir > %t.loud.mlir
// RUN: not grow verify %s %t.loud.mlir | FileCheck %s --check-prefix=LOUD
// LOUD: not equivalent: the logits differ

// Slices that are inserted and left out again; others are not missed unnoticed.
// RUN: sed 's|grow.param @gain : tensor<6xf64>$|& { %%0 = grow.source "gain" : tensor<6xf64> %%1 = grow.extend %%0 with #grow.constant<1> along 0 at [2] by [3] : tensor<6xf64> %%2 = grow.drop %%1 along 0 at [2] by [3] : tensor<9xf64> grow.yield %%2 : tensor<6xf64> }|' %s > %t.dropped.mlir
// RUN: grow verify %s %t.dropped.mlir | FileCheck %s
// RUN: sed 's/grow.drop %%1 along 0 at \[2\]/grow.drop %%1 along 0 at [1]/' %t.dropped.mlir > %t.others.mlir
// RUN: not grow verify %s %t.others.mlir | FileCheck %s --check-prefix=LOUD

// A derivation must start from what the first model has.
// RUN: sed 's/grow.source "down"/grow.source "other"/' %t.mlir > %t.other.mlir
// RUN: not grow verify %s %t.other.mlir 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: {{.*}}expects a parameter @other in the source model, which has none

// RUN: echo 'module {}' > %t.empty.mlir
// RUN: not grow verify %t.empty.mlir %s 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: error: {{.*}}expected a function @forward from token numbers to logits
// RUN: not grow verify %t.nowhere.mlir %s 2>&1 | FileCheck %s --check-prefix=NOWHERE
// NOWHERE: error: could not open input file {{.*}}nowhere.mlir

module {
  grow.param @wte : tensor<11x6xf64>
  grow.param @gain : tensor<6xf64>
  grow.param @up : tensor<6x10xf64>
  grow.param @down : tensor<10x6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x11xf64> {
    %wte = grow.get @wte : tensor<11x6xf64>
    %x0 = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x6xf64>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x6xf64>) {
      %gain = grow.get @gain : tensor<6xf64>
      %n = grow.rms_norm %x gain(%gain) epsilon 1.0e-05 count 6 : tensor<?x?x6xf64>
      %up = grow.get @up : tensor<6x10xf64>
      %down = grow.get @down : tensor<10x6xf64>
      %m = grow.mlp %n up(%up) down(%down) activation gelu
        : (tensor<?x?x6xf64>, tensor<6x10xf64>, tensor<10x6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %m : tensor<?x?x6xf64>
      grow.yield %y : tensor<?x?x6xf64>
    }
    %logits = grow.unembedding %x1, %wte : tensor<?x?x6xf64>, tensor<11x6xf64>
    return %logits : tensor<?x?x11xf64>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 17
    grow.add_layers at [0, 1]
  }
}

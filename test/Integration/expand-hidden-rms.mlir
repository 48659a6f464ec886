// Growth of the residual stream of a model with root mean square norms, as Gemma
// has them: a tied table whose rows are scaled, norms before and after every
// branch, gains stored as their difference from 1.
// RUN: sed 's/f64/f32/g' %s > %t.f32.mlir

// With attributes that stay, not a bit changes.
// RUN: grow-opt %s --grow-expand=schedule=graph -o %t.graph.mlir
// RUN: grow verify %s %t.graph.mlir | FileCheck %s
// RUN: grow-opt %t.f32.mlir --grow-expand=schedule=graph -o %t.graph32.mlir
// RUN: grow verify %t.f32.mlir %t.graph32.mlir | FileCheck %s
// CHECK: equivalent: identical, bit for bit

// With attributes that a framework derives from the size, weights change.
// RUN: grow-opt %s --grow-expand=schedule=weights -o %t.weights.mlir
// RUN: grow verify %s %t.weights.mlir | FileCheck %s --check-prefix=CLOSE
// RUN: grow-opt %t.f32.mlir --grow-expand=schedule=weights -o %t.weights32.mlir
// RUN: grow verify %t.f32.mlir %t.weights32.mlir | FileCheck %s --check-prefix=CLOSE
// CLOSE: {{^}}equivalent

// The factor comes from the original size, however often the model has grown.
// RUN: grow-opt %t.weights.mlir --canonicalize | FileCheck %s --check-prefix=ONCE
// ONCE: grow.param @pre :
// ONCE: %[[OLD:.*]] = grow.source
// ONCE-NEXT: grow.scale %[[OLD]] by 1/2 about -1 : tensor<6xf64>
// ONCE-NEXT: grow.extend %{{.*}} with #grow.constant<-1/2> along 0 at [6] by [2]
// ONCE-NEXT: grow.extend %{{.*}} with #grow.zero along 0 at [8] by [16]
// ONCE-NEXT: grow.yield

// Tempting, and wrong: the old epsilon, and table columns that are not zero.
// RUN: sed 's/epsilon 1\/40/epsilon 1\/10/' %t.weights.mlir > %t.epsilon.mlir
// RUN: not cmp %t.weights.mlir %t.epsilon.mlir
// RUN: sh -c 'grow verify %s %t.epsilon.mlir; test $? -eq 3'
// RUN: sed '/param @wte/,/yield/s/#grow.zero/#grow.normal<stddev = 1\/50>/' %t.graph.mlir > %t.columns.mlir
// RUN: not cmp %t.graph.mlir %t.columns.mlir
// RUN: sh -c 'grow verify %s %t.columns.mlir; test $? -eq 3'

module {
  grow.param @wte : tensor<11x6xf64>
  grow.param @pre : tensor<6xf64>
  grow.param @post : tensor<6xf64>
  grow.param @q : tensor<6x2x2x4xf64>
  grow.param @k : tensor<6x2x4xf64>
  grow.param @v : tensor<6x2x3xf64>
  grow.param @o : tensor<2x2x3x6xf64>
  grow.param @pre_mlp : tensor<6xf64>
  grow.param @post_mlp : tensor<6xf64>
  grow.param @up : tensor<6x10xf64>
  grow.param @gate : tensor<6x10xf64>
  grow.param @down : tensor<10x6xf64>
  grow.param @final : tensor<6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x11xf64> {
    %wte = grow.get @wte : tensor<11x6xf64>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x6xf64>
    %x0 = grow.scale %e by sqrt(6) : tensor<?x?x6xf64>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x6xf64>) {
      %pre = grow.get @pre : tensor<6xf64>
      %n0 = grow.rms_norm %x gain(%pre) unit_offset epsilon 1/10 count 6 : tensor<?x?x6xf64>
      %q = grow.get @q : tensor<6x2x2x4xf64>
      %k = grow.get @k : tensor<6x2x4xf64>
      %v = grow.get @v : tensor<6x2x3xf64>
      %o = grow.get @o : tensor<2x2x3x6xf64>
      %a = grow.attention %n0 q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x6xf64>, tensor<6x2x2x4xf64>, tensor<6x2x4xf64>, tensor<6x2x3xf64>, tensor<2x2x3x6xf64>) -> tensor<?x?x6xf64>
      %post = grow.get @post : tensor<6xf64>
      %b0 = grow.rms_norm %a gain(%post) unit_offset epsilon 1/10 count 6 : tensor<?x?x6xf64>
      %y0 = arith.addf %x, %b0 : tensor<?x?x6xf64>
      %pre_mlp = grow.get @pre_mlp : tensor<6xf64>
      %n1 = grow.rms_norm %y0 gain(%pre_mlp) unit_offset epsilon 1/10 count 6 : tensor<?x?x6xf64>
      %up = grow.get @up : tensor<6x10xf64>
      %gate = grow.get @gate : tensor<6x10xf64>
      %down = grow.get @down : tensor<10x6xf64>
      %m = grow.mlp %n1 up(%up) gate(%gate) down(%down) activation gelu_tanh
        : (tensor<?x?x6xf64>, tensor<6x10xf64>, tensor<6x10xf64>, tensor<10x6xf64>) -> tensor<?x?x6xf64>
      %post_mlp = grow.get @post_mlp : tensor<6xf64>
      %b1 = grow.rms_norm %m gain(%post_mlp) unit_offset epsilon 1/10 count 6 : tensor<?x?x6xf64>
      %y1 = arith.addf %y0, %b1 : tensor<?x?x6xf64>
      grow.yield %y1 : tensor<?x?x6xf64>
    }
    %final = grow.get @final : tensor<6xf64>
    %n = grow.rms_norm %x1 gain(%final) unit_offset epsilon 1/10 count 6 : tensor<?x?x6xf64>
    %logits = grow.unembedding %n, %wte : tensor<?x?x6xf64>, tensor<11x6xf64>
    %capped = grow.softcap %logits at 30 : tensor<?x?x11xf64>
    return %capped : tensor<?x?x11xf64>
  }
  grow.schedule @graph {
    grow.expand_hidden to 9
  }
  grow.schedule @weights {
    grow.expand_hidden to 8
    grow.expand_hidden to 24 compensation weights
  }
}

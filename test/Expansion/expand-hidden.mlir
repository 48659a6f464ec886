// Growth of the residual stream: what each new block is.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s
// RUN: grow-opt %s --split-input-file --grow-expand --remarks-filter=grow 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// By default norms keep their attributes: weights that write gain zeros, those
// that read random rows, gains ones. All but the logits has the new size.
// REMARK: remark: [Passed] ExpandHidden | Category:grow | Reason="4 -> 6 channels, padding zero: norms keep what they divide by and centre", norms=2, parameters=12
// CHECK-LABEL: module @expand_hidden_graph
module @expand_hidden_graph {
  // CHECK: grow.param @wte : tensor<7x6xf32>
  // CHECK: with #grow.zero along 1 at [4] by [2]
  grow.param @wte : tensor<7x4xf32>
  // CHECK: grow.param @gain : tensor<6xf32>
  // CHECK: with #grow.constant<1> along 0 at [4] by [2]
  grow.param @gain : tensor<4xf32>
  // CHECK: grow.param @q : tensor<6x1x1x2xf32>
  // CHECK: with #grow.uniform<bound = 1/10> along 0 at [4] by [2]
  grow.param @q : tensor<4x1x1x2xf32>
  // CHECK: grow.param @k : tensor<6x1x2xf32>
  // CHECK: with #grow.uniform<bound = 1/10> along 0
  grow.param @k : tensor<4x1x2xf32>
  // CHECK: grow.param @v : tensor<6x1x2xf32>
  // CHECK: with #grow.uniform<bound = 1/10> along 0
  grow.param @v : tensor<4x1x2xf32>
  // CHECK: grow.param @o : tensor<1x1x2x6xf32>
  // CHECK: with #grow.zero along 3
  grow.param @o : tensor<1x1x2x4xf32>
  // CHECK: grow.param @o_bias : tensor<6xf32>
  // CHECK: with #grow.zero along 0
  grow.param @o_bias : tensor<4xf32>
  // Biases of what is not the stream stay.
  // CHECK: grow.param @up_bias : tensor<5xf32>{{$}}
  grow.param @up_bias : tensor<5xf32>
  // CHECK: grow.param @up : tensor<6x5xf32>
  // CHECK: with #grow.uniform<bound = 1/10> along 0
  grow.param @up : tensor<4x5xf32>
  // CHECK: grow.param @gate : tensor<6x5xf32>
  // CHECK: with #grow.uniform<bound = 1/10> along 0
  grow.param @gate : tensor<4x5xf32>
  // CHECK: grow.param @down : tensor<5x6xf32>
  // CHECK: with #grow.zero along 1
  grow.param @down : tensor<5x4xf32>
  // CHECK: grow.param @final : tensor<6xf32>
  // CHECK: with #grow.constant<1> along 0
  grow.param @final : tensor<4xf32>
  // CHECK: grow.param @head : tensor<7x6xf32>
  // CHECK: with #grow.uniform<bound = 1/10> along 1
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x0 = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // CHECK: grow.layer "h.0" (%{{.*}} = %{{.*}} : tensor<?x?x6xf32>)
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x4xf32>) {
      %g = grow.get @gain : tensor<4xf32>
      // CHECK: grow.rms_norm %{{.*}} epsilon 1.0e-05 count 4 : tensor<?x?x6xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 4 : tensor<?x?x4xf32>
      %q = grow.get @q : tensor<4x1x1x2xf32>
      %k = grow.get @k : tensor<4x1x2xf32>
      %v = grow.get @v : tensor<4x1x2xf32>
      %o = grow.get @o : tensor<1x1x2x4xf32>
      %o_bias = grow.get @o_bias : tensor<4xf32>
      %a = grow.attention %n q(%q) k(%k) v(%v) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x1x1x2xf32>, tensor<4x1x2xf32>, tensor<4x1x2xf32>, tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %up = grow.get @up : tensor<4x5xf32>
      %up_bias = grow.get @up_bias : tensor<5xf32>
      %gate = grow.get @gate : tensor<4x5xf32>
      %down = grow.get @down : tensor<5x4xf32>
      %m = grow.mlp %n up(%up, %up_bias) gate(%gate) down(%down) activation silu
        : (tensor<?x?x4xf32>, tensor<4x5xf32>, tensor<5xf32>, tensor<4x5xf32>, tensor<5x4xf32>) -> tensor<?x?x4xf32>
      %y0 = arith.addf %x, %a : tensor<?x?x4xf32>
      // CHECK: arith.addf %{{.*}} : tensor<?x?x6xf32>
      %y1 = arith.addf %y0, %m : tensor<?x?x4xf32>
      // CHECK: grow.yield %{{.*}} : tensor<?x?x6xf32>
      grow.yield %y1 : tensor<?x?x4xf32>
    }
    %g = grow.get @final : tensor<4xf32>
    %n = grow.rms_norm %x1 gain(%g) epsilon 1.0e-05 count 4 : tensor<?x?x4xf32>
    %head = grow.get @head : tensor<7x4xf32>
    // CHECK: grow.unembedding %{{.*}} : tensor<?x?x6xf32>, tensor<7x6xf32>
    %logits = grow.unembedding %n, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    // CHECK: return %{{.*}} : tensor<?x?x7xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @wider {
    grow.expand_hidden to 6 init #grow.uniform<bound = 1/10>
  }
}

// -----

// With weights, a root mean square norm divides by the new size. New gains are
// not scaled, so that they are what the schedule says. A tied table is a writer.
// REMARK: Reason="4 -> 8 channels, padding zero: no norm centres channels", norms=1, parameters=2
// CHECK-LABEL: module @expand_hidden_weights_rms
module @expand_hidden_weights_rms {
  // CHECK: grow.param @wte : tensor<7x8xf32>
  // CHECK: with #grow.zero along 1
  grow.param @wte : tensor<7x4xf32>
  // CHECK: grow.param @final : tensor<8xf32>
  // CHECK: %[[OLD:.*]] = grow.source "final"
  // CHECK: %[[SCALED:.*]] = grow.scale %[[OLD]] by 1/2 * sqrt(2) : tensor<4xf32>
  // CHECK: grow.extend %[[SCALED]] with #grow.constant<3> along 0 at [4] by [4]
  grow.param @final : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %g = grow.get @final : tensor<4xf32>
    // CHECK: grow.rms_norm %{{.*}} epsilon 1/512 count 8 : tensor<?x?x8xf32>
    %n = grow.rms_norm %x gain(%g) epsilon 1/256 count 4 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @wider {
    grow.expand_hidden to 8 compensation weights gain_init #grow.constant<3> allow_dead
  }
}

// -----

// A gain that is stored as its difference from 1 is scaled about -1, and its new
// entries are 0. Norms that end branches are norms of zeros.
// CHECK-LABEL: module @expand_hidden_unit_offset_sandwich
module @expand_hidden_unit_offset_sandwich {
  // CHECK: grow.param @wte : tensor<7x16xf32>
  grow.param @wte : tensor<7x4xf32>
  // CHECK: grow.param @pre : tensor<16xf32>
  // CHECK: grow.scale %{{.*}} by 1/2 about -1
  // CHECK: with #grow.zero along 0
  grow.param @pre : tensor<4xf32>
  // CHECK: grow.param @post : tensor<16xf32>
  // CHECK: grow.scale %{{.*}} by 1/2 about -1
  // CHECK: with #grow.zero along 0
  grow.param @post : tensor<4xf32>
  grow.param @up : tensor<4x5xf32>
  grow.param @down : tensor<5x4xf32>
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // CHECK: grow.scale %{{.*}} by 2 : tensor<?x?x16xf32>
    %x = grow.scale %e by 2 : tensor<?x?x4xf32>
    %pre = grow.get @pre : tensor<4xf32>
    %n = grow.rms_norm %x gain(%pre) unit_offset epsilon 1/256 count 4 : tensor<?x?x4xf32>
    %up = grow.get @up : tensor<4x5xf32>
    %down = grow.get @down : tensor<5x4xf32>
    %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x5xf32>, tensor<5x4xf32>) -> tensor<?x?x4xf32>
    %post = grow.get @post : tensor<4xf32>
    // CHECK: unit_offset epsilon 1/1024 count 16
    %b = grow.rms_norm %m gain(%post) unit_offset epsilon 1/256 count 4 : tensor<?x?x4xf32>
    %y = arith.addf %x, %b : tensor<?x?x4xf32>
    %head = grow.get @head : tensor<7x4xf32>
    %logits = grow.unembedding %y, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    // CHECK: grow.softcap %{{.*}} at 30 : tensor<?x?x7xf32>
    %capped = grow.softcap %logits at 30 : tensor<?x?x7xf32>
    return %capped : tensor<?x?x7xf32>
  }
  grow.schedule @wider {
    grow.expand_hidden to 16 compensation weights
  }
}

// -----

// Layer norms that centre every channel: writers are padded with their mean, new
// biases are zero, and a reader that no norm precedes gains zeros.
// REMARK: Reason="4 -> 8 channels, padding mean: layer norms will centre every channel"
// CHECK-LABEL: module @expand_hidden_mean
module @expand_hidden_mean {
  // CHECK: grow.param @wte : tensor<7x8xf32>
  // CHECK: with #grow.mean along 1 at [4] by [4]
  grow.param @wte : tensor<7x4xf32>
  // CHECK: grow.param @wpe : tensor<9x8xf32>
  // CHECK: with #grow.mean along 1
  grow.param @wpe : tensor<9x4xf32>
  // CHECK: grow.param @up : tensor<8x5xf32>
  // CHECK: with #grow.zero along 0
  grow.param @up : tensor<4x5xf32>
  // CHECK: grow.param @down : tensor<5x8xf32>
  // CHECK: with #grow.mean along 1
  grow.param @down : tensor<5x4xf32>
  // CHECK: grow.param @down_bias : tensor<8xf32>
  // CHECK: with #grow.mean along 0
  grow.param @down_bias : tensor<4xf32>
  // CHECK: grow.param @gain : tensor<8xf32>
  // CHECK: grow.scale %{{.*}} by 1/2 * sqrt(2)
  // CHECK: with #grow.constant<1> along 0
  grow.param @gain : tensor<4xf32>
  // CHECK: grow.param @bias : tensor<8xf32>
  // CHECK-NOT: grow.scale
  // CHECK: with #grow.zero along 0
  grow.param @bias : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x1x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %wpe = grow.get @wpe : tensor<9x4xf32>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<9x4xf32>
    %x = arith.addf %e, %p : tensor<?x?x4xf32>
    %up = grow.get @up : tensor<4x5xf32>
    %down = grow.get @down : tensor<5x4xf32>
    %down_bias = grow.get @down_bias : tensor<4xf32>
    %m = grow.mlp %x up(%up) down(%down, %down_bias) activation gelu
      : (tensor<?x?x4xf32>, tensor<4x5xf32>, tensor<5x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
    %y = arith.addf %x, %m : tensor<?x?x4xf32>
    %c = grow.select_token %y at 0 : tensor<?x?x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    %bias = grow.get @bias : tensor<4xf32>
    // CHECK: grow.layer_norm %{{.*}} epsilon 1/512 count 8 centered 8 : tensor<?x1x8xf32>
    %n = grow.layer_norm %c gain(%gain) bias(%bias) epsilon 1/256 count 4 centered 4 : tensor<?x1x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x1x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x1x7xf32>
  }
  grow.schedule @wider {
    grow.expand_hidden to 8 compensation weights
  }
}

// -----

// Or writers are centred and padded with zeros.
// REMARK: Reason="4 -> 8 channels, padding centered: the schedule says so"
// CHECK-LABEL: module @expand_hidden_centered
module @expand_hidden_centered {
  // CHECK: grow.param @weight : tensor<3x2x2x8xf32>
  // CHECK: %[[CENTERED:.*]] = grow.center %{{.*}} along 3
  // CHECK: grow.extend %[[CENTERED]] with #grow.zero along 3
  grow.param @weight : tensor<3x2x2x4xf32>
  // CHECK: grow.param @token : tensor<8xf32>
  // CHECK: grow.center %{{.*}} along 0
  // CHECK: with #grow.zero along 0
  grow.param @token : tensor<4xf32>
  // CHECK: grow.param @gain : tensor<8xf32>
  // CHECK-NOT: grow.center
  grow.param @gain : tensor<4xf32>
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%images: tensor<?x3x4x4xf32>) -> tensor<?x5x7xf32> {
    %w = grow.get @weight : tensor<3x2x2x4xf32>
    %t = grow.get @token : tensor<4xf32>
    %x = grow.patch_embedding %images weight(%w) class_token(%t)
      : (tensor<?x3x4x4xf32>, tensor<3x2x2x4xf32>, tensor<4xf32>) -> tensor<?x5x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    // CHECK: grow.layer_norm %{{.*}} count 8 centered 8 : tensor<?x5x8xf32>
    %n = grow.layer_norm %x gain(%gain) epsilon 1/256 count 4 centered 4 : tensor<?x5x4xf32>
    %head = grow.get @head : tensor<7x4xf32>
    %logits = grow.unembedding %n, %head : tensor<?x5x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x5x7xf32>
  }
  grow.schedule @wider {
    grow.expand_hidden to 8 compensation weights padding centered
  }
}

// -----

// A weight that reads and writes grows both ways, also where layer norms follow
// norms: attributes stay.
// CHECK-LABEL: module @expand_hidden_dense
module @expand_hidden_dense {
  // CHECK: grow.param @wte : tensor<7x6xf32>
  grow.param @wte : tensor<7x4xf32>
  // CHECK: grow.param @types : tensor<2x6xf32>
  // CHECK: with #grow.zero along 1
  grow.param @types : tensor<2x4xf32>
  // Shared by two norms.
  // CHECK: grow.param @gain : tensor<6xf32>
  grow.param @gain : tensor<4xf32>
  // CHECK: grow.param @dense : tensor<6x6xf32>
  // CHECK: %[[ROWS:.*]] = grow.extend %{{.*}} with #grow.normal<stddev = 1/50> along 0 at [4] by [2] : tensor<4x4xf32>
  // CHECK: grow.extend %[[ROWS]] with #grow.zero along 1 at [4] by [2] : tensor<6x4xf32>
  grow.param @dense : tensor<4x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %types = grow.get @types : tensor<2x4xf32>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %t = grow.type_embedding %ids, %types row 0 : tensor<?x?xi64>, tensor<2x4xf32>
    %s = arith.addf %e, %t : tensor<?x?x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    // CHECK: count 4 centered 4 : tensor<?x?x6xf32>
    %x = grow.layer_norm %s gain(%gain) epsilon 1/256 count 4 centered 4 : tensor<?x?x4xf32>
    %dense = grow.get @dense : tensor<4x4xf32>
    %d = grow.dense %x, %dense activation gelu : tensor<?x?x4xf32>, tensor<4x4xf32>
    %y = arith.addf %x, %d : tensor<?x?x4xf32>
    %n = grow.layer_norm %y gain(%gain) epsilon 1/256 count 4 centered 4 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @wider {
    grow.expand_hidden to 6
  }
}

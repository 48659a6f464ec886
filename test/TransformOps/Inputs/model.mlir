// A decoder with learned positions, whose two layers have grouped attention and
// MLPs of different widths.
grow.param @embed : tensor<12x8xf32>
grow.param @positions : tensor<7x8xf32>
grow.param @h.0.norm : tensor<8xf32>
grow.param @h.0.q : tensor<8x2x3x4xf32>
grow.param @h.0.k : tensor<8x2x4xf32>
grow.param @h.0.v : tensor<8x2x6xf32>
grow.param @h.0.o : tensor<2x3x6x8xf32>
grow.param @h.0.up : tensor<8x14xf32>
grow.param @h.0.gate : tensor<8x14xf32>
grow.param @h.0.down : tensor<14x8xf32>
grow.param @h.1.norm : tensor<8xf32>
grow.param @h.1.q : tensor<8x2x3x4xf32>
grow.param @h.1.k : tensor<8x2x4xf32>
grow.param @h.1.v : tensor<8x2x6xf32>
grow.param @h.1.o : tensor<2x3x6x8xf32>
grow.param @h.1.up : tensor<8x10xf32>
grow.param @h.1.up_bias : tensor<10xf32>
grow.param @h.1.down : tensor<10x8xf32>
grow.param @norm : tensor<8xf32>
grow.param @head : tensor<12x8xf32>

func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x12xf32> {
  %embed = grow.get @embed : tensor<12x8xf32>
  %positions = grow.get @positions : tensor<7x8xf32>
  %e = grow.embedding %ids, %embed : tensor<?x?xi64>, tensor<12x8xf32>
  %p = grow.position_embedding %ids, %positions : tensor<?x?xi64>, tensor<7x8xf32>
  %x0 = arith.addf %e, %p : tensor<?x?x8xf32>
  %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x8xf32>) {
    %g = grow.get @h.0.norm : tensor<8xf32>
    %n = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    %q = grow.get @h.0.q : tensor<8x2x3x4xf32>
    %k = grow.get @h.0.k : tensor<8x2x4xf32>
    %v = grow.get @h.0.v : tensor<8x2x6xf32>
    %o = grow.get @h.0.o : tensor<2x3x6x8xf32>
    %a = grow.attention %n q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
      : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x6xf32>, tensor<2x3x6x8xf32>) -> tensor<?x?x8xf32>
    %y = arith.addf %x, %a : tensor<?x?x8xf32>
    %up = grow.get @h.0.up : tensor<8x14xf32>
    %gate = grow.get @h.0.gate : tensor<8x14xf32>
    %down = grow.get @h.0.down : tensor<14x8xf32>
    %m = grow.mlp %y up(%up) gate(%gate) down(%down) activation silu
      : (tensor<?x?x8xf32>, tensor<8x14xf32>, tensor<8x14xf32>, tensor<14x8xf32>) -> tensor<?x?x8xf32>
    %z = arith.addf %y, %m : tensor<?x?x8xf32>
    grow.yield %z : tensor<?x?x8xf32>
  }
  %x2 = grow.layer "h.1" (%x = %x1 : tensor<?x?x8xf32>) {
    %g = grow.get @h.1.norm : tensor<8xf32>
    %n = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    %q = grow.get @h.1.q : tensor<8x2x3x4xf32>
    %k = grow.get @h.1.k : tensor<8x2x4xf32>
    %v = grow.get @h.1.v : tensor<8x2x6xf32>
    %o = grow.get @h.1.o : tensor<2x3x6x8xf32>
    %a = grow.attention %n q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
      : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x6xf32>, tensor<2x3x6x8xf32>) -> tensor<?x?x8xf32>
    %y = arith.addf %x, %a : tensor<?x?x8xf32>
    %up = grow.get @h.1.up : tensor<8x10xf32>
    %up_bias = grow.get @h.1.up_bias : tensor<10xf32>
    %down = grow.get @h.1.down : tensor<10x8xf32>
    %m = grow.mlp %y up(%up, %up_bias) down(%down) activation gelu
      : (tensor<?x?x8xf32>, tensor<8x10xf32>, tensor<10xf32>, tensor<10x8xf32>) -> tensor<?x?x8xf32>
    %z = arith.addf %y, %m : tensor<?x?x8xf32>
    grow.yield %z : tensor<?x?x8xf32>
  }
  %g = grow.get @norm : tensor<8xf32>
  %n = grow.rms_norm %x2 gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
  %head = grow.get @head : tensor<12x8xf32>
  %logits = grow.unembedding %n, %head : tensor<?x?x8xf32>, tensor<12x8xf32>
  return %logits : tensor<?x?x12xf32>
}

// A two-layer decoder with learned positions, layer norms, biases and a tied
// unembedding, stored as GPT-2 stores it: fused query, key and value.
module @tiny {
  grow.param @wte : tensor<13x8xf32> storage<"wte.weight">
  grow.param @wpe : tensor<10x8xf32> storage<"wpe.weight">
  grow.param @h.0.ln_1.gain : tensor<8xf32> storage<"h.{layer}.ln_1.weight">
  grow.param @h.0.ln_1.bias : tensor<8xf32> storage<"h.{layer}.ln_1.bias">
  grow.param @h.0.attn.q : tensor<8x2x1x4xf32> storage<"h.{layer}.attn.c_attn.weight"[0, 1*2*3], part 0 of 3 along 1 inside 0>
  grow.param @h.0.attn.k : tensor<8x2x4xf32> storage<"h.{layer}.attn.c_attn.weight"[0, 1*2], part 1 of 3 along 1 inside 0>
  grow.param @h.0.attn.v : tensor<8x2x4xf32> storage<"h.{layer}.attn.c_attn.weight"[0, 1*2], part 2 of 3 along 1 inside 0>
  grow.param @h.0.attn.o : tensor<2x1x4x8xf32> storage<"h.{layer}.attn.c_proj.weight"[0*1*2, 3]>
  grow.param @h.0.mlp.up : tensor<8x12xf32> storage<"h.{layer}.mlp.c_fc.weight">
  grow.param @h.0.mlp.up_bias : tensor<12xf32> storage<"h.{layer}.mlp.c_fc.bias">
  grow.param @h.0.mlp.down : tensor<12x8xf32> storage<"h.{layer}.mlp.c_proj.weight">
  grow.param @h.0.mlp.down_bias : tensor<8xf32> storage<"h.{layer}.mlp.c_proj.bias">
  grow.param @h.1.ln_1.gain : tensor<8xf32> storage<"h.{layer}.ln_1.weight">
  grow.param @h.1.mlp.up : tensor<8x12xf32> storage<"h.{layer}.mlp.up.weight"[1, 0]>
  grow.param @h.1.mlp.gate : tensor<8x12xf32> storage<"h.{layer}.mlp.gate.weight"[1, 0]>
  grow.param @h.1.mlp.down : tensor<12x8xf32> storage<"h.{layer}.mlp.down.weight"[1, 0]>

  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x13xf32> {
    %wte = grow.get @wte : tensor<13x8xf32>
    %wpe = grow.get @wpe : tensor<10x8xf32>
    %tokens = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<13x8xf32>
    %positions = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<10x8xf32>
    %x0 = arith.addf %tokens, %positions : tensor<?x?x8xf32>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x8xf32>) {
      %g = grow.get @h.0.ln_1.gain : tensor<8xf32>
      %b = grow.get @h.0.ln_1.bias : tensor<8xf32>
      %n = grow.layer_norm %x gain(%g) bias(%b) epsilon 1.0e-05 count 8 centered 8 : tensor<?x?x8xf32>
      %wq = grow.get @h.0.attn.q : tensor<8x2x1x4xf32>
      %wk = grow.get @h.0.attn.k : tensor<8x2x4xf32>
      %wv = grow.get @h.0.attn.v : tensor<8x2x4xf32>
      %wo = grow.get @h.0.attn.o : tensor<2x1x4x8xf32>
      %a = grow.attention %n q(%wq) k(%wk) v(%wv) o(%wo)
        rope #grow.rope<half_split, frequencies = [1.0, 0.01], factor = 1> scale 1/2 causal
        : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x1x4x8xf32>) -> tensor<?x?x8xf32>
      %x1 = arith.addf %x, %a : tensor<?x?x8xf32>
      %up = grow.get @h.0.mlp.up : tensor<8x12xf32>
      %up_bias = grow.get @h.0.mlp.up_bias : tensor<12xf32>
      %down = grow.get @h.0.mlp.down : tensor<12x8xf32>
      %down_bias = grow.get @h.0.mlp.down_bias : tensor<8xf32>
      %m = grow.mlp %x1 up(%up, %up_bias) down(%down, %down_bias) activation gelu_tanh
        : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<12xf32>, tensor<12x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
      %x2 = arith.addf %x1, %m : tensor<?x?x8xf32>
      grow.yield %x2 : tensor<?x?x8xf32>
    }
    %x2 = grow.layer "h.1" (%x = %x1 : tensor<?x?x8xf32>) {
      %g = grow.get @h.1.ln_1.gain : tensor<8xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1.0e-06 count 8 : tensor<?x?x8xf32>
      %up = grow.get @h.1.mlp.up : tensor<8x12xf32>
      %gate = grow.get @h.1.mlp.gate : tensor<8x12xf32>
      %down = grow.get @h.1.mlp.down : tensor<12x8xf32>
      %m = grow.mlp %n up(%up) gate(%gate) down(%down) activation silu
        : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<8x12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
      %x1 = arith.addf %x, %m : tensor<?x?x8xf32>
      grow.yield %x1 : tensor<?x?x8xf32>
    }
    %logits = grow.unembedding %x2, %wte : tensor<?x?x8xf32>, tensor<13x8xf32>
    return %logits : tensor<?x?x13xf32>
  }

  grow.schedule @bigger {
    grow.expand_mlp to 16 layers [0:2] init #grow.normal<stddev = 1/50, seed = 7>
    grow.add_layers at [0, 1, 2] from previous
  }
}

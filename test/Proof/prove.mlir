// Each expansion of the example is proven, bit for bit with the default compensation.
// RUN: grow-opt %s --grow-expand="mlp=18" -o %t.mlp
// RUN: grow-opt %t.mlp --grow-prove="source=%s exactness=bits"
// RUN: grow-opt %s --grow-expand="layers=+1@1 hidden=10 heads=6 kv-heads=3 mlp=18 head-dim=6" -o %t.all
// RUN: grow-opt %t.all --grow-prove="source=%s exactness=bits certificate=-" -o %t.proven 2>&1 | FileCheck %s --check-prefix=ALL
// RUN: FileCheck %s --check-prefix=ATTR < %t.proven

// New groups and new heads of old groups are left out together once copies are one.
// RUN: (cat %s; echo 'grow.schedule @s { grow.add_heads groups by 1 grow.add_heads queries by 1 grow.unshare_heads by 3 }') | grow-opt --grow-expand -o %t.heads
// RUN: grow-opt %t.heads --grow-prove="source=%s exactness=bits" -o /dev/null

// ALL: proven: the grown model computes what its source does, bit for bit
// ALL: silent-units
// ATTR: module attributes {grow.proof = {exactness = "bits", grown = "sha256:
// A small decoder: root mean square norms, rotary embeddings, two heads of keys
// and values that four query heads share, a gated MLP. The pages on expansions
// grow it.
grow.param @embed : tensor<12x8xf32> storage<"embed.weight">
grow.param @h.0.norm_1 : tensor<8xf32> storage<"layers.{layer}.norm_1.weight">
grow.param @h.0.q : tensor<8x2x2x4xf32> storage<"layers.{layer}.q.weight"[1*2*3, 0]>
grow.param @h.0.k : tensor<8x2x4xf32> storage<"layers.{layer}.k.weight"[1*2, 0]>
grow.param @h.0.v : tensor<8x2x4xf32> storage<"layers.{layer}.v.weight"[1*2, 0]>
grow.param @h.0.o : tensor<2x2x4x8xf32> storage<"layers.{layer}.o.weight"[3, 0*1*2]>
grow.param @h.0.norm_2 : tensor<8xf32> storage<"layers.{layer}.norm_2.weight">
grow.param @h.0.up : tensor<8x12xf32> storage<"layers.{layer}.up.weight"[1, 0]>
grow.param @h.0.gate : tensor<8x12xf32> storage<"layers.{layer}.gate.weight"[1, 0]>
grow.param @h.0.down : tensor<12x8xf32> storage<"layers.{layer}.down.weight"[1, 0]>
grow.param @norm : tensor<8xf32> storage<"norm.weight">
grow.param @head : tensor<12x8xf32> storage<"head.weight">

func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x12xf32> {
  %embed = grow.get @embed : tensor<12x8xf32>
  %x0 = grow.embedding %ids, %embed : tensor<?x?xi64>, tensor<12x8xf32>
  %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x8xf32>) {
    %g1 = grow.get @h.0.norm_1 : tensor<8xf32>
    %n1 = grow.rms_norm %x gain(%g1) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    %q = grow.get @h.0.q : tensor<8x2x2x4xf32>
    %k = grow.get @h.0.k : tensor<8x2x4xf32>
    %v = grow.get @h.0.v : tensor<8x2x4xf32>
    %o = grow.get @h.0.o : tensor<2x2x4x8xf32>
    %a = grow.attention %n1 q(%q) k(%k) v(%v) o(%o)
      rope #grow.rope<half_split, frequencies = [1.0, 0.01], factor = 1> scale 1/2 causal
      : (tensor<?x?x8xf32>, tensor<8x2x2x4xf32>, tensor<8x2x4xf32>, tensor<8x2x4xf32>, tensor<2x2x4x8xf32>) -> tensor<?x?x8xf32>
    %y = arith.addf %x, %a : tensor<?x?x8xf32>
    %g2 = grow.get @h.0.norm_2 : tensor<8xf32>
    %n2 = grow.rms_norm %y gain(%g2) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    %up = grow.get @h.0.up : tensor<8x12xf32>
    %gate = grow.get @h.0.gate : tensor<8x12xf32>
    %down = grow.get @h.0.down : tensor<12x8xf32>
    %m = grow.mlp %n2 up(%up) gate(%gate) down(%down) activation silu
      : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<8x12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
    %z = arith.addf %y, %m : tensor<?x?x8xf32>
    grow.yield %z : tensor<?x?x8xf32>
  }
  %g = grow.get @norm : tensor<8xf32>
  %n = grow.rms_norm %x1 gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
  %head = grow.get @head : tensor<12x8xf32>
  %logits = grow.unembedding %n, %head : tensor<?x?x8xf32>, tensor<12x8xf32>
  return %logits : tensor<?x?x12xf32>
}

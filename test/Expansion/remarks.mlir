// What each expansion reports once the whole schedule has been applied.
// RUN: grow-opt %s --grow-expand --remarks-filter=grow -o /dev/null 2>&1 | FileCheck %s

// CHECK: remark: [Passed] ExpandVocabulary | Category:grow | Reason="5 -> 7 tokens", new-rows=2, parameters=1
// CHECK: remark: [Passed] ExpandPositions | Category:grow | Reason="8 -> 16 positions", new-rows=8, parameters=1
// CHECK: remark: [Passed] ExpandHeads | Category:grow | Reason="2, 3 -> 4 value channels in a head", layers=2, new-channels=3
// CHECK: remark: [Passed] ExpandAttention | Category:grow | Reason="4 -> 6 key channels in a head", layers=1, new-channels=2
// CHECK: remark: [Passed] UnshareHeads | Category:grow | Reason="1 -> 2 groups of heads", layers=2, new-groups=2
// CHECK: remark: [Passed] AddHeads | Category:grow | Reason="2 -> 3 groups of heads", layers=2, new-groups=2
// CHECK: remark: [Passed] AddHeads | Category:grow | Reason="1 -> 3 query heads in a group", layers=1, new-heads=2
module {
  grow.param @wte : tensor<5x4xf32>
  grow.param @wpe : tensor<8x4xf32>
  grow.param @h.0.q : tensor<4x1x2x4xf32>
  grow.param @h.0.k : tensor<4x1x4xf32>
  grow.param @h.0.v : tensor<4x1x2xf32>
  grow.param @h.0.o : tensor<1x2x2x4xf32>
  grow.param @h.1.q : tensor<4x1x2x4xf32>
  grow.param @h.1.k : tensor<4x1x4xf32>
  grow.param @h.1.v : tensor<4x1x3xf32>
  grow.param @h.1.o : tensor<1x2x3x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %wpe = grow.get @wpe : tensor<8x4xf32>
    %t = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<8x4xf32>
    %x0 = arith.addf %t, %p : tensor<?x?x4xf32>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x4xf32>) {
      %q = grow.get @h.0.q : tensor<4x1x2x4xf32>
      %k = grow.get @h.0.k : tensor<4x1x4xf32>
      %v = grow.get @h.0.v : tensor<4x1x2xf32>
      %o = grow.get @h.0.o : tensor<1x2x2x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x2xf32>, tensor<1x2x2x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %x2 = grow.layer "h.1" (%x = %x1 : tensor<?x?x4xf32>) {
      %q = grow.get @h.1.q : tensor<4x1x2x4xf32>
      %k = grow.get @h.1.k : tensor<4x1x4xf32>
      %v = grow.get @h.1.v : tensor<4x1x3xf32>
      %o = grow.get @h.1.o : tensor<1x2x3x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %logits = grow.unembedding %x2, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    grow.expand_vocabulary to 7
    grow.expand_positions to 16
    grow.expand_heads to 4
    grow.expand_attention to 6 layers [1]
    grow.unshare_heads by 2
    grow.add_heads groups by 1
    grow.add_heads queries by 2 layers [0]
  }
}

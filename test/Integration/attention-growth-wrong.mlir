// Growth of attention by rules that look right and are not: `grow verify` exits
// with 3 for each.
// DEFINE: %{pass} =
// DEFINE: %{grow} = grow-opt %s --pass-pipeline="builtin.module(grow-expand{schedule=%{pass}})" -o %t.right.mlir
// DEFINE: %{wrong} = not cmp -s %t.right.mlir %t.wrong.mlir && sh -c 'grow verify %s %t.wrong.mlir > %t.report; test $? = 3'

// New pairs of half-split channels, at the end and not in both halves:
// REDEFINE: %{pass} = keys
// RUN: %{grow}
// RUN: sed 's/at \[2, 4\] by \[1, 1\]/at [4] by [2]/' %t.right.mlir > %t.wrong.mlir
// RUN: %{wrong}

// The scale of the new width, and queries as they were:
// REDEFINE: %{pass} = weights
// RUN: %{grow}
// RUN: sed 's/grow.scale \(.*\) by .* :/grow.scale \1 by 1 :/' %t.right.mlir > %t.wrong.mlir
// RUN: %{wrong}

// Copies of heads after all groups and not next to theirs:
// REDEFINE: %{pass} = unshare
// RUN: %{grow}
// RUN: sed 's/at \[1, 2\] by \[1, 1\]/at [2] by [2]/' %t.right.mlir > %t.wrong.mlir
// RUN: %{wrong}

// Heads of queries after all others and not inside of each group:
// REDEFINE: %{pass} = queries
// RUN: %{grow}
// RUN: %python %S/append-heads.py %t.right.mlir > %t.wrong.mlir
// RUN: %{wrong}

module {
  grow.param @wte : tensor<7x4xf64>
  grow.param @h.0.q : tensor<4x2x2x4xf64>
  grow.param @h.0.k : tensor<4x2x4xf64>
  grow.param @h.0.v : tensor<4x2x2xf64>
  grow.param @h.0.o : tensor<2x2x2x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf64> {
    %wte = grow.get @wte : tensor<7x4xf64>
    %x0 = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf64>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x4xf64>) {
      %q = grow.get @h.0.q : tensor<4x2x2x4xf64>
      %k = grow.get @h.0.k : tensor<4x2x4xf64>
      %v = grow.get @h.0.v : tensor<4x2x2xf64>
      %o = grow.get @h.0.o : tensor<2x2x2x4xf64>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o)
        rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2 causal
        : (tensor<?x?x4xf64>, tensor<4x2x2x4xf64>, tensor<4x2x4xf64>, tensor<4x2x2xf64>, tensor<2x2x2x4xf64>) -> tensor<?x?x4xf64>
      %y = arith.addf %x, %a : tensor<?x?x4xf64>
      grow.yield %y : tensor<?x?x4xf64>
    }
    %logits = grow.unembedding %x1, %wte : tensor<?x?x4xf64>, tensor<7x4xf64>
    return %logits : tensor<?x?x7xf64>
  }

  grow.schedule @keys {
    grow.expand_attention to 6 init #grow.normal<stddev = 1>
  }

  grow.schedule @weights {
    grow.expand_attention to 6 compensation weights init #grow.normal<stddev = 1>
  }

  grow.schedule @unshare {
    grow.unshare_heads by 2
  }

  grow.schedule @queries {
    grow.add_heads queries by 1 init #grow.normal<stddev = 1>
  }
}

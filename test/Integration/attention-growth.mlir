// Growth of attention, run: every expansion leaves every logit as it is, bit for
// bit. The layers have rotary embeddings of both layouts and of some channels;
// one has biases everywhere.
// RUN: sed 's/f64/f32/g' %s > %t.f32.mlir
// RUN: cp %s %t.f64.mlir

// DEFINE: %{name} =
// DEFINE: %{type} =
// DEFINE: %{grow} = grow-opt %t.%{type}.mlir --pass-pipeline="builtin.module(grow-expand{schedule=%{name}})" -o %t.%{name}.mlir
// DEFINE: %{verify} = grow verify %t.%{type}.mlir %t.%{name}.mlir
// SAME: equivalent: identical, bit for bit

// REDEFINE: %{name} = one
// REDEFINE: %{type} = f64
// RUN: %{grow}
// RUN: %{verify} | FileCheck %s --check-prefix=SAME

// REDEFINE: %{name} = two
// REDEFINE: %{type} = f64
// RUN: %{grow}
// RUN: %{verify} | FileCheck %s --check-prefix=SAME

// REDEFINE: %{name} = three
// REDEFINE: %{type} = f64
// RUN: %{grow}
// RUN: %{verify} | FileCheck %s --check-prefix=SAME

// REDEFINE: %{name} = all
// REDEFINE: %{type} = f64
// RUN: %{grow}
// RUN: %{verify} | FileCheck %s --check-prefix=SAME

// REDEFINE: %{name} = all
// REDEFINE: %{type} = f32
// RUN: %{grow}
// RUN: %{verify} | FileCheck %s --check-prefix=SAME

// With `compensation weights` the function is the same up to rounding.
// REDEFINE: %{name} = weights
// REDEFINE: %{type} = f64
// RUN: %{grow}
// RUN: %{verify} | FileCheck %s --check-prefix=CLOSE
// REDEFINE: %{name} = weights
// REDEFINE: %{type} = f32
// RUN: %{grow}
// RUN: %{verify} | FileCheck %s --check-prefix=CLOSE
// CLOSE: {{^}}equivalent: the logits differ

module {
  grow.param @wte : tensor<11x6xf64>
  grow.param @wpe : tensor<12x6xf64>
  grow.param @head_bias : tensor<11xf64>
  grow.param @h.0.gain : tensor<6xf64>
  grow.param @h.0.q : tensor<6x2x2x4xf64>
  grow.param @h.0.q_bias : tensor<2x2x4xf64>
  grow.param @h.0.k : tensor<6x2x4xf64>
  grow.param @h.0.k_bias : tensor<2x4xf64>
  grow.param @h.0.v : tensor<6x2x3xf64>
  grow.param @h.0.v_bias : tensor<2x3xf64>
  grow.param @h.0.o : tensor<2x2x3x6xf64>
  grow.param @h.0.o_bias : tensor<6xf64>
  grow.param @h.1.gain : tensor<6xf64>
  grow.param @h.1.q : tensor<6x1x4x4xf64>
  grow.param @h.1.k : tensor<6x1x4xf64>
  grow.param @h.1.v : tensor<6x1x2xf64>
  grow.param @h.1.o : tensor<1x4x2x6xf64>
  grow.param @h.2.gain : tensor<6xf64>
  grow.param @h.2.q : tensor<6x2x2x6xf64>
  grow.param @h.2.q_bias : tensor<2x2x6xf64>
  grow.param @h.2.k : tensor<6x2x6xf64>
  grow.param @h.2.k_bias : tensor<2x6xf64>
  grow.param @h.2.v : tensor<6x2x4xf64>
  grow.param @h.2.o : tensor<2x2x4x6xf64>

  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x11xf64> {
    %wte = grow.get @wte : tensor<11x6xf64>
    %wpe = grow.get @wpe : tensor<12x6xf64>
    %tokens = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x6xf64>
    %positions = grow.position_embedding %ids, %wpe offset 2 : tensor<?x?xi64>, tensor<12x6xf64>
    %x0 = arith.addf %tokens, %positions : tensor<?x?x6xf64>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x6xf64>) {
      %gain = grow.get @h.0.gain : tensor<6xf64>
      %n = grow.rms_norm %x gain(%gain) epsilon 1.0e-05 count 6 : tensor<?x?x6xf64>
      %q = grow.get @h.0.q : tensor<6x2x2x4xf64>
      %q_bias = grow.get @h.0.q_bias : tensor<2x2x4xf64>
      %k = grow.get @h.0.k : tensor<6x2x4xf64>
      %k_bias = grow.get @h.0.k_bias : tensor<2x4xf64>
      %v = grow.get @h.0.v : tensor<6x2x3xf64>
      %v_bias = grow.get @h.0.v_bias : tensor<2x3xf64>
      %o = grow.get @h.0.o : tensor<2x2x3x6xf64>
      %o_bias = grow.get @h.0.o_bias : tensor<6xf64>
      %a = grow.attention %n q(%q, %q_bias) k(%k, %k_bias) v(%v, %v_bias) o(%o, %o_bias)
        rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2 causal
        : (tensor<?x?x6xf64>, tensor<6x2x2x4xf64>, tensor<2x2x4xf64>, tensor<6x2x4xf64>, tensor<2x4xf64>, tensor<6x2x3xf64>, tensor<2x3xf64>, tensor<2x2x3x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %a : tensor<?x?x6xf64>
      grow.yield %y : tensor<?x?x6xf64>
    }
    %x2 = grow.layer "h.1" (%x = %x1 : tensor<?x?x6xf64>) {
      %gain = grow.get @h.1.gain : tensor<6xf64>
      %n = grow.rms_norm %x gain(%gain) epsilon 1.0e-05 count 6 : tensor<?x?x6xf64>
      %q = grow.get @h.1.q : tensor<6x1x4x4xf64>
      %k = grow.get @h.1.k : tensor<6x1x4xf64>
      %v = grow.get @h.1.v : tensor<6x1x2xf64>
      %o = grow.get @h.1.o : tensor<1x4x2x6xf64>
      %a = grow.attention %n q(%q) k(%k) v(%v) o(%o)
        rope #grow.rope<interleaved, frequencies = [1.0, 0.25], factor = 1> scale 1/3 causal
        : (tensor<?x?x6xf64>, tensor<6x1x4x4xf64>, tensor<6x1x4xf64>, tensor<6x1x2xf64>, tensor<1x4x2x6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %a : tensor<?x?x6xf64>
      grow.yield %y : tensor<?x?x6xf64>
    }
    %x3 = grow.layer "h.2" (%x = %x2 : tensor<?x?x6xf64>) {
      %gain = grow.get @h.2.gain : tensor<6xf64>
      %n = grow.rms_norm %x gain(%gain) epsilon 1.0e-05 count 6 : tensor<?x?x6xf64>
      %q = grow.get @h.2.q : tensor<6x2x2x6xf64>
      %q_bias = grow.get @h.2.q_bias : tensor<2x2x6xf64>
      %k = grow.get @h.2.k : tensor<6x2x6xf64>
      %k_bias = grow.get @h.2.k_bias : tensor<2x6xf64>
      %v = grow.get @h.2.v : tensor<6x2x4xf64>
      %o = grow.get @h.2.o : tensor<2x2x4x6xf64>
      %a = grow.attention %n q(%q, %q_bias) k(%k, %k_bias) v(%v) o(%o)
        rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2 * sqrt(2)
        : (tensor<?x?x6xf64>, tensor<6x2x2x6xf64>, tensor<2x2x6xf64>, tensor<6x2x6xf64>, tensor<2x6xf64>, tensor<6x2x4xf64>, tensor<2x2x4x6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %a : tensor<?x?x6xf64>
      grow.yield %y : tensor<?x?x6xf64>
    }
    %head_bias = grow.get @head_bias : tensor<11xf64>
    %logits = grow.unembedding %x3, %wte bias(%head_bias : tensor<11xf64>) : tensor<?x?x6xf64>, tensor<11x6xf64>
    return %logits : tensor<?x?x11xf64>
  }

  grow.schedule @one {
    grow.expand_heads to 6 layers [0] init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
    grow.expand_attention to 8 layers [1] init #grow.normal<stddev = 1>
    grow.add_heads groups by 2 layers [2] init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
    grow.expand_vocabulary to 17 init #grow.mean bias_init #grow.mean
  }

  grow.schedule @two {
    grow.expand_attention to 10 layers [0] frequencies [0.5, 1.0, 0.75, 0.25, 0.125] init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
    grow.unshare_heads by 2 layers [1]
    grow.add_heads queries by 3 layers [2] init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
    grow.expand_positions to 20 init #grow.normal<stddev = 1>
  }

  grow.schedule @three {
    grow.add_heads groups by 1 layers [0] zero value init #grow.normal<stddev = 1>
    grow.expand_attention to 10 layers [1] zero query frequencies [0.5, 1.0, 0.75, 0.25, 0.125] init #grow.normal<stddev = 1>
    grow.expand_heads to 7 layers [2] zero value init #grow.normal<stddev = 1>
  }

  grow.schedule @all {
    grow.expand_vocabulary to 13
    grow.expand_positions to 14
    grow.expand_attention to 8 init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
    grow.add_heads queries by 2 init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
    grow.unshare_heads by 2
    grow.add_heads groups by 1 zero value init #grow.normal<stddev = 1>
    grow.expand_heads to 5 init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
    grow.expand_attention to 10 zero query init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
  }

  grow.schedule @weights {
    grow.expand_attention to 12 compensation weights init #grow.normal<stddev = 1> bias_init #grow.normal<stddev = 1>
  }
}

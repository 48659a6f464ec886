// Growth of the residual stream of a model with layer norms, as GPT-2 has them:
// learned positions, biases, a tied table.
// RUN: sed 's/f64/f32/g' %s > %t.f32.mlir

// With attributes that stay, not a bit changes.
// RUN: grow-opt %s --grow-expand=schedule=graph -o %t.graph.mlir
// RUN: grow verify %s %t.graph.mlir | FileCheck %s
// RUN: grow-opt %t.f32.mlir --grow-expand=schedule=graph -o %t.graph32.mlir
// RUN: grow verify %t.f32.mlir %t.graph32.mlir | FileCheck %s
// CHECK: equivalent: identical, bit for bit

// Norms that centre every channel read the mean in the new ones, also if the
// model grows twice.
// RUN: grow-opt %s --grow-expand=schedule=mean -o %t.mean.mlir
// RUN: grow verify %s %t.mean.mlir | FileCheck %s --check-prefix=CLOSE
// RUN: grow-opt %t.f32.mlir --grow-expand=schedule=mean -o %t.mean32.mlir
// RUN: grow verify %t.f32.mlir %t.mean32.mlir | FileCheck %s --check-prefix=CLOSE
// CLOSE: {{^}}equivalent

// Or zeros, once weights that write are centred. A table that is also read
// cannot be.
// RUN: sed '/unembedding/s/%%wte/%%head/' %s > %t.untied.mlir
// RUN: grow-opt %t.untied.mlir --grow-expand=schedule=centered -o %t.centered.mlir
// RUN: grow verify %t.untied.mlir %t.centered.mlir | FileCheck %s --check-prefix=CLOSE

// Tempting, and wrong: zeros without centring, the old epsilon, new biases that
// are not zero.
// RUN: sed 's/#grow.mean/#grow.zero/' %t.mean.mlir > %t.zero.mlir
// RUN: not cmp %t.mean.mlir %t.zero.mlir
// RUN: sh -c 'grow verify %s %t.zero.mlir; test $? -eq 3'
// RUN: sed '/grow.center/s/grow.center %%0 along ./grow.scale %%0 by 1/' %t.centered.mlir > %t.uncentered.mlir
// RUN: not cmp %t.centered.mlir %t.uncentered.mlir
// RUN: sh -c 'grow verify %t.untied.mlir %t.uncentered.mlir; test $? -eq 3'
// RUN: sed 's/epsilon 1\/20/epsilon 1\/10/' %t.mean.mlir > %t.epsilon.mlir
// RUN: not cmp %t.mean.mlir %t.epsilon.mlir
// RUN: sh -c 'grow verify %s %t.epsilon.mlir; test $? -eq 3'
// RUN: sed '/param @final_bias/,/yield/s/#grow.zero/#grow.constant<1>/' %t.mean.mlir > %t.bias.mlir
// RUN: not cmp %t.mean.mlir %t.bias.mlir
// RUN: sh -c 'grow verify %s %t.bias.mlir; test $? -eq 3'

module {
  grow.param @wte : tensor<11x6xf64>
  grow.param @head : tensor<11x6xf64>
  grow.param @wpe : tensor<32x6xf64>
  grow.param @ln.gain : tensor<6xf64>
  grow.param @ln.bias : tensor<6xf64>
  grow.param @q : tensor<6x2x1x4xf64>
  grow.param @k : tensor<6x2x4xf64>
  grow.param @v : tensor<6x2x3xf64>
  grow.param @o : tensor<2x1x3x6xf64>
  grow.param @o_bias : tensor<6xf64>
  grow.param @up : tensor<6x10xf64>
  grow.param @up_bias : tensor<10xf64>
  grow.param @down : tensor<10x6xf64>
  grow.param @down_bias : tensor<6xf64>
  grow.param @final_gain : tensor<6xf64>
  grow.param @final_bias : tensor<6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x11xf64> {
    %wte = grow.get @wte : tensor<11x6xf64>
    %head = grow.get @head : tensor<11x6xf64>
    %wpe = grow.get @wpe : tensor<32x6xf64>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x6xf64>
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<32x6xf64>
    %x0 = arith.addf %e, %p : tensor<?x?x6xf64>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x6xf64>) {
      %gain = grow.get @ln.gain : tensor<6xf64>
      %bias = grow.get @ln.bias : tensor<6xf64>
      %n = grow.layer_norm %x gain(%gain) bias(%bias) epsilon 1/10 count 6 centered 6 : tensor<?x?x6xf64>
      %q = grow.get @q : tensor<6x2x1x4xf64>
      %k = grow.get @k : tensor<6x2x4xf64>
      %v = grow.get @v : tensor<6x2x3xf64>
      %o = grow.get @o : tensor<2x1x3x6xf64>
      %o_bias = grow.get @o_bias : tensor<6xf64>
      %a = grow.attention %n q(%q) k(%k) v(%v) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x6xf64>, tensor<6x2x1x4xf64>, tensor<6x2x4xf64>, tensor<6x2x3xf64>, tensor<2x1x3x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
      %up = grow.get @up : tensor<6x10xf64>
      %up_bias = grow.get @up_bias : tensor<10xf64>
      %down = grow.get @down : tensor<10x6xf64>
      %down_bias = grow.get @down_bias : tensor<6xf64>
      %m = grow.mlp %n up(%up, %up_bias) down(%down, %down_bias) activation gelu
        : (tensor<?x?x6xf64>, tensor<6x10xf64>, tensor<10xf64>, tensor<10x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
      %y0 = arith.addf %x, %a : tensor<?x?x6xf64>
      %y1 = arith.addf %y0, %m : tensor<?x?x6xf64>
      grow.yield %y1 : tensor<?x?x6xf64>
    }
    %final_gain = grow.get @final_gain : tensor<6xf64>
    %final_bias = grow.get @final_bias : tensor<6xf64>
    %n = grow.layer_norm %x1 gain(%final_gain) bias(%final_bias) epsilon 1/10 count 6 centered 6 : tensor<?x?x6xf64>
    %logits = grow.unembedding %n, %wte : tensor<?x?x6xf64>, tensor<11x6xf64>
    return %logits : tensor<?x?x11xf64>
  }
  grow.schedule @graph {
    grow.expand_hidden to 9
  }
  grow.schedule @mean {
    grow.expand_hidden to 8 compensation weights init #grow.normal<stddev = 1>
    grow.expand_hidden to 12 compensation weights init #grow.normal<stddev = 1>
  }
  grow.schedule @centered {
    grow.expand_hidden to 12 compensation weights padding centered
  }
}

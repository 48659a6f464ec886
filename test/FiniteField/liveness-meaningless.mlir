// The bias of keys adds the same to all scores of a query: no logit depends on it,
// and growth is not to blame. With a rotary embedding it is not the same.
// RUN: grow-opt %s --grow-expand --grow-check-liveness --remarks-filter=grow -o /dev/null 2>&1 | FileCheck %s
// CHECK: Reason="1 new slice along axis 1 of @k: receives a gradient once others have moved"
// CHECK: Reason="1 new slice along axis 0 of @bk: never receives a gradient, as no logit depends on it"
// RUN: sed 's/scale 1/rope #grow.rope<interleaved, frequencies = [1.0], factor = 1> scale 1/' %s | grow-opt --grow-expand --grow-check-liveness --remarks-filter=grow -o /dev/null 2>&1 | FileCheck %s --check-prefix=ROPE
// ROPE: Reason="1 new slice along axis 0 of @bk: receives a gradient once others have moved"

// Blocks are followed in parameters only, and zero has no norm without an epsilon.
// RUN: sed -e '/^ *%%q = /a %%twice = grow.scale %%q by 2 : tensor<6x1x2x2xf32>' -e 's/q(%%q)/q(%%twice)/' %s | not grow-opt --grow-check-liveness 2>&1 | FileCheck %s --check-prefix=FUNCTION
// FUNCTION: error: changes a parameter in a function: expects that only the regions of parameters derive them
// RUN: sed -e 's,epsilon 1/8,epsilon 0,' -e '/param @g : .*f32>$/s/$/ { %%0 = grow.fill #grow.zero -> tensor<6xf32> grow.yield %%0 : tensor<6xf32> }/' %s | not grow-opt --grow-check-liveness 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: error: divides by zero over 4 fields: expects no norm with an epsilon of 0 of a stream that is zero
module {
  grow.param @wte : tensor<9x6xf32>
  grow.param @g : tensor<6xf32>
  grow.param @q : tensor<6x1x2x2xf32>
  grow.param @k : tensor<6x1x2xf32>
  grow.param @bk : tensor<1x2xf32>
  grow.param @v : tensor<6x1x3xf32>
  grow.param @o : tensor<1x2x3x6xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x9xf32> {
    %wte = grow.get @wte : tensor<9x6xf32>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x6xf32>
    %x = grow.layer "h" (%x0 = %e : tensor<?x?x6xf32>) {
      %g = grow.get @g : tensor<6xf32>
      %m = grow.rms_norm %x0 gain(%g) epsilon 1/8 count 6 : tensor<?x?x6xf32>
      %n = grow.rms_norm %m gain(%g) epsilon 1/8 count 6 : tensor<?x?x6xf32>
      %q = grow.get @q : tensor<6x1x2x2xf32>
      %k = grow.get @k : tensor<6x1x2xf32>
      %bk = grow.get @bk : tensor<1x2xf32>
      %v = grow.get @v : tensor<6x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x6xf32>
      %a = grow.attention %n q(%q) k(%k, %bk) v(%v) o(%o) scale 1
        : (tensor<?x?x6xf32>, tensor<6x1x2x2xf32>, tensor<6x1x2xf32>, tensor<1x2xf32>, tensor<6x1x3xf32>, tensor<1x2x3x6xf32>) -> tensor<?x?x6xf32>
      %y = arith.addf %x0, %a : tensor<?x?x6xf32>
      grow.yield %y : tensor<?x?x6xf32>
    }
    %l = grow.unembedding %x, %wte : tensor<?x?x6xf32>, tensor<9x6xf32>
    return %l : tensor<?x?x9xf32>
  }
  grow.schedule @more {
    grow.add_heads groups by 1 init #grow.normal<stddev = 1/2> bias_init #grow.normal<stddev = 1/2>
  }
}

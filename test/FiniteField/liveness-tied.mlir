// With a tied table what the last layer writes is read by nothing at first.
// RUN: grow-opt %s --grow-expand --remarks-filter=grow --grow-check-liveness -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=CheckLiveness
// RUN: grow-opt %s --grow-expand --remarks-filter=grow --grow-check-liveness=most-entries=0 -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=CheckLiveness
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @wte: receives a gradient at the first step"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @wpe: receives a gradient at the first step"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @norm: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.n1: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.q: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.k: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.v: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 3 of @h.0.o: receives a gradient at the first step"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.n2: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.up: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.gate: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.0.down: receives a gradient at the first step"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.n1: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.q: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.k: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.v: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 3 of @h.1.o: receives a gradient at the first step"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.n2: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.up: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.gate: receives a gradient once others have moved"
// CHECK: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.1.down: receives a gradient once others have moved"

module {
  grow.param @wte : tensor<9x6xf32>
  grow.param @wpe : tensor<8x6xf32>
  grow.param @norm : tensor<6xf32>
  grow.param @h.0.n1 : tensor<6xf32>
  grow.param @h.0.q : tensor<6x2x1x4xf32>
  grow.param @h.0.k : tensor<6x2x4xf32>
  grow.param @h.0.v : tensor<6x2x3xf32>
  grow.param @h.0.o : tensor<2x1x3x6xf32>
  grow.param @h.0.n2 : tensor<6xf32>
  grow.param @h.0.up : tensor<6x8xf32>
  grow.param @h.0.gate : tensor<6x8xf32>
  grow.param @h.0.down : tensor<8x6xf32>
  grow.param @h.1.n1 : tensor<6xf32>
  grow.param @h.1.q : tensor<6x2x1x4xf32>
  grow.param @h.1.k : tensor<6x2x4xf32>
  grow.param @h.1.v : tensor<6x2x3xf32>
  grow.param @h.1.o : tensor<2x1x3x6xf32>
  grow.param @h.1.n2 : tensor<6xf32>
  grow.param @h.1.up : tensor<6x8xf32>
  grow.param @h.1.gate : tensor<6x8xf32>
  grow.param @h.1.down : tensor<8x6xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x9xf32> {
    %wte = grow.get @wte : tensor<9x6xf32>
    %wpe = grow.get @wpe : tensor<8x6xf32>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x6xf32>
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<8x6xf32>
    %x0 = arith.addf %e, %p : tensor<?x?x6xf32>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x6xf32>) {
      %n1 = grow.get @h.0.n1 : tensor<6xf32>
      %q = grow.get @h.0.q : tensor<6x2x1x4xf32>
      %k = grow.get @h.0.k : tensor<6x2x4xf32>
      %v = grow.get @h.0.v : tensor<6x2x3xf32>
      %o = grow.get @h.0.o : tensor<2x1x3x6xf32>
      %n2 = grow.get @h.0.n2 : tensor<6xf32>
      %up = grow.get @h.0.up : tensor<6x8xf32>
      %gate = grow.get @h.0.gate : tensor<6x8xf32>
      %down = grow.get @h.0.down : tensor<8x6xf32>
      %a0 = grow.rms_norm %x gain(%n1) epsilon 1/8 count 6 : tensor<?x?x6xf32>
      %a = grow.attention %a0 q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2 causal
        : (tensor<?x?x6xf32>, tensor<6x2x1x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x1x3x6xf32>) -> tensor<?x?x6xf32>
      %y = arith.addf %x, %a : tensor<?x?x6xf32>
      %m0 = grow.rms_norm %y gain(%n2) epsilon 1/8 count 6 : tensor<?x?x6xf32>
      %m = grow.mlp %m0 up(%up) gate(%gate) down(%down) activation silu
        : (tensor<?x?x6xf32>, tensor<6x8xf32>, tensor<6x8xf32>, tensor<8x6xf32>) -> tensor<?x?x6xf32>
      %z = arith.addf %y, %m : tensor<?x?x6xf32>
      grow.yield %z : tensor<?x?x6xf32>
    }
    %x2 = grow.layer "h.1" (%x = %x1 : tensor<?x?x6xf32>) {
      %n1 = grow.get @h.1.n1 : tensor<6xf32>
      %q = grow.get @h.1.q : tensor<6x2x1x4xf32>
      %k = grow.get @h.1.k : tensor<6x2x4xf32>
      %v = grow.get @h.1.v : tensor<6x2x3xf32>
      %o = grow.get @h.1.o : tensor<2x1x3x6xf32>
      %n2 = grow.get @h.1.n2 : tensor<6xf32>
      %up = grow.get @h.1.up : tensor<6x8xf32>
      %gate = grow.get @h.1.gate : tensor<6x8xf32>
      %down = grow.get @h.1.down : tensor<8x6xf32>
      %a0 = grow.rms_norm %x gain(%n1) epsilon 1/8 count 6 : tensor<?x?x6xf32>
      %a = grow.attention %a0 q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2 causal
        : (tensor<?x?x6xf32>, tensor<6x2x1x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x1x3x6xf32>) -> tensor<?x?x6xf32>
      %y = arith.addf %x, %a : tensor<?x?x6xf32>
      %m0 = grow.rms_norm %y gain(%n2) epsilon 1/8 count 6 : tensor<?x?x6xf32>
      %m = grow.mlp %m0 up(%up) gate(%gate) down(%down) activation silu
        : (tensor<?x?x6xf32>, tensor<6x8xf32>, tensor<6x8xf32>, tensor<8x6xf32>) -> tensor<?x?x6xf32>
      %z = arith.addf %y, %m : tensor<?x?x6xf32>
      grow.yield %z : tensor<?x?x6xf32>
    }
    %norm = grow.get @norm : tensor<6xf32>
    %n = grow.rms_norm %x2 gain(%norm) epsilon 1/8 count 6 : tensor<?x?x6xf32>
    %l = grow.unembedding %n, %wte : tensor<?x?x6xf32>, tensor<9x6xf32>
    return %l : tensor<?x?x9xf32>
  }
  grow.schedule @wider {
    grow.expand_hidden to 8 compensation weights init #grow.normal<stddev = 1/2>
  }
}

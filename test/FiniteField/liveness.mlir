// When new blocks receive a gradient, for each expansion and each side that is
// silent: at whole models and at miniatures.

// DEFINE: %{schedule} =
// DEFINE: %{liveness} = grow-opt %s --grow-expand=schedule=%{schedule} --remarks-filter=grow -o /dev/null
// DEFINE: %{check} = FileCheck %s --implicit-check-not=CheckLiveness --check-prefix

// REDEFINE: %{schedule} = mlp
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=MLP
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=MLP
// MLP: CheckLiveness {{.*}}Reason="3 new slices along axis 1 of @h.0.up: receives a gradient once others have moved"
// MLP: CheckLiveness {{.*}}Reason="3 new slices along axis 1 of @h.0.gate: receives a gradient once others have moved"
// MLP: CheckLiveness {{.*}}Reason="3 new slices along axis 0 of @h.0.down: receives a gradient at the first step"

// REDEFINE: %{schedule} = mlp_up
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=MLP_UP
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=MLP_UP
// MLP_UP: CheckLiveness {{.*}}Reason="3 new slices along axis 1 of @h.0.up: receives a gradient at the first step"
// MLP_UP: CheckLiveness {{.*}}Reason="3 new slices along axis 1 of @h.0.gate: receives a gradient once others have moved"
// MLP_UP: CheckLiveness {{.*}}Reason="3 new slices along axis 0 of @h.0.down: receives a gradient once others have moved"

// REDEFINE: %{schedule} = mlp_gate
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=MLP_GATE
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=MLP_GATE
// MLP_GATE: CheckLiveness {{.*}}Reason="3 new slices along axis 1 of @h.0.up: receives a gradient once others have moved"
// MLP_GATE: CheckLiveness {{.*}}Reason="3 new slices along axis 1 of @h.0.gate: receives a gradient at the first step"
// MLP_GATE: CheckLiveness {{.*}}Reason="3 new slices along axis 0 of @h.0.down: receives a gradient once others have moved"

// REDEFINE: %{schedule} = mlp_pair
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=MLP_PAIR
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=MLP_PAIR
// MLP_PAIR: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.0.up: receives a gradient at the first step"
// MLP_PAIR: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.0.up: receives a gradient at the first step"
// MLP_PAIR: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.0.gate: receives a gradient at the first step"
// MLP_PAIR: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.0.gate: receives a gradient at the first step"
// MLP_PAIR: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.down: receives a gradient at the first step"
// MLP_PAIR: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.down: receives a gradient at the first step"

// REDEFINE: %{schedule} = heads
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=HEADS
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=HEADS
// HEADS: CheckLiveness {{.*}}Reason="1 new slice along axis 1 of @h.0.q: receives a gradient once others have moved"
// HEADS: CheckLiveness {{.*}}Reason="1 new slice along axis 1 of @h.0.k: receives a gradient once others have moved"
// HEADS: CheckLiveness {{.*}}Reason="1 new slice along axis 1 of @h.0.v: receives a gradient once others have moved"
// HEADS: CheckLiveness {{.*}}Reason="1 new slice along axis 0 of @h.0.o: receives a gradient at the first step"

// REDEFINE: %{schedule} = queries
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=QUERIES
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=QUERIES
// QUERIES: CheckLiveness {{.*}}Reason="1 new slice along axis 2 of @h.0.q: receives a gradient once others have moved"
// QUERIES: CheckLiveness {{.*}}Reason="1 new slice along axis 1 of @h.0.o: receives a gradient at the first step"

// REDEFINE: %{schedule} = values
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=VALUES
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=VALUES
// VALUES: CheckLiveness {{.*}}Reason="2 new slices along axis 2 of @h.0.v: receives a gradient once others have moved"
// VALUES: CheckLiveness {{.*}}Reason="2 new slices along axis 2 of @h.0.o: receives a gradient at the first step"

// REDEFINE: %{schedule} = values_zero
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=VALUES_ZERO
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=VALUES_ZERO
// VALUES_ZERO: CheckLiveness {{.*}}Reason="2 new slices along axis 2 of @h.0.v: receives a gradient at the first step"
// VALUES_ZERO: CheckLiveness {{.*}}Reason="2 new slices along axis 2 of @h.0.o: receives a gradient once others have moved"

// REDEFINE: %{schedule} = keys
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=KEYS
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=KEYS
// KEYS: CheckLiveness {{.*}}Reason="2 new slices along axis 3 of @h.0.q: receives a gradient once others have moved"
// KEYS: CheckLiveness {{.*}}Reason="2 new slices along axis 2 of @h.0.k: receives a gradient at the first step"

// REDEFINE: %{schedule} = keys_query
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=KEYS_QUERY
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=KEYS_QUERY
// KEYS_QUERY: CheckLiveness {{.*}}Reason="2 new slices along axis 3 of @h.0.q: receives a gradient at the first step"
// KEYS_QUERY: CheckLiveness {{.*}}Reason="2 new slices along axis 2 of @h.0.k: receives a gradient once others have moved"

// REDEFINE: %{schedule} = hidden
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=HIDDEN
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=HIDDEN
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @wte: receives a gradient at the first step"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @wpe: receives a gradient at the first step"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @head: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @norm: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.n1: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.q: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.k: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.v: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 3 of @h.0.o: receives a gradient at the first step"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.n2: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.up: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.0.gate: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.0.down: receives a gradient at the first step"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.n1: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.q: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.k: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.v: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 3 of @h.1.o: receives a gradient at the first step"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.n2: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.up: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @h.1.gate: receives a gradient once others have moved"
// HIDDEN: CheckLiveness {{.*}}Reason="2 new slices along axis 1 of @h.1.down: receives a gradient at the first step"

// REDEFINE: %{schedule} = layers
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=LAYERS
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=LAYERS
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.n1: receives a gradient once others have moved"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.q: receives a gradient once others have moved"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.k: receives a gradient once others have moved"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.v: receives a gradient once others have moved"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.o: receives a gradient at the first step"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.n2: receives a gradient once others have moved"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.up: receives a gradient once others have moved"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.gate: receives a gradient once others have moved"
// LAYERS: CheckLiveness {{.*}}Reason="@new.1.0.down: receives a gradient at the first step"

// REDEFINE: %{schedule} = copies
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=COPIES
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=COPIES
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.n1: receives a gradient once others have moved"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.q: receives a gradient once others have moved"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.k: receives a gradient once others have moved"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.v: receives a gradient once others have moved"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.o: receives a gradient at the first step"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.n2: receives a gradient once others have moved"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.up: receives a gradient once others have moved"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.gate: receives a gradient once others have moved"
// COPIES: CheckLiveness {{.*}}Reason="@new.1.0.down: receives a gradient at the first step"

// REDEFINE: %{schedule} = tables
// RUN: %{liveness} --grow-check-liveness 2>&1 | %{check}=TABLES
// RUN: %{liveness} --grow-check-liveness=most-entries=0 2>&1 | %{check}=TABLES
// TABLES: CheckLiveness {{.*}}Reason="3 new slices along axis 0 of @wte: receives a gradient at the first step"
// TABLES: CheckLiveness {{.*}}Reason="2 new slices along axis 0 of @wpe: receives a gradient at the first step"
// TABLES: CheckLiveness {{.*}}Reason="3 new slices along axis 0 of @head: receives a gradient at the first step"

module {
  grow.param @wte : tensor<9x6xf32>
  grow.param @wpe : tensor<8x6xf32>
  grow.param @head : tensor<9x6xf32>
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
    %head = grow.get @head : tensor<9x6xf32>
    %l = grow.unembedding %n, %head : tensor<?x?x6xf32>, tensor<9x6xf32>
    return %l : tensor<?x?x9xf32>
  }
  grow.schedule @mlp {
    grow.expand_mlp to 11 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @mlp_up {
    grow.expand_mlp to 11 layers [0] zero up init #grow.normal<stddev = 1/2>
  }
  grow.schedule @mlp_gate {
    grow.expand_mlp to 11 layers [0] zero gate init #grow.normal<stddev = 1/2>
  }
  grow.schedule @mlp_pair {
    grow.expand_mlp to 12 layers [0] zero pair init #grow.normal<stddev = 1/2>
  }
  grow.schedule @heads {
    grow.add_heads groups by 1 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @queries {
    grow.add_heads queries by 1 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @values {
    grow.expand_heads to 5 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @values_zero {
    grow.expand_heads to 5 layers [0] zero value init #grow.normal<stddev = 1/2>
  }
  grow.schedule @keys {
    grow.expand_attention to 6 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @keys_query {
    grow.expand_attention to 6 layers [0] zero query init #grow.normal<stddev = 1/2>
  }
  grow.schedule @hidden {
    grow.expand_hidden to 8 compensation weights init #grow.normal<stddev = 1/2>
  }
  grow.schedule @layers {
    grow.add_layers at [1] from random init #grow.normal<stddev = 1/2>
  }
  grow.schedule @copies {
    grow.add_layers at [1] from previous
  }
  grow.schedule @tables {
    grow.expand_vocabulary to 12 init #grow.normal<stddev = 1/2>
    grow.expand_positions to 10 init #grow.normal<stddev = 1/2>
  }
}

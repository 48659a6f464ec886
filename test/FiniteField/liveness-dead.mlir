// Blocks that never receive a gradient are errors, unless they are allowed.
// DEFINE: %{check} = FileCheck %s --implicit-check-not=error: --check-prefix
// RUN: cp %s %t.plain.mlir

// Units with two silent sides.
// RUN: grow-opt %t.plain.mlir --grow-expand=schedule=dmlp | sed 's/#grow.normal<[^>]*>/#grow.zero/' > %t.dmlp.mlir
// RUN: not grow-opt %t.dmlp.mlir --grow-check-liveness -o /dev/null 2>&1 | %{check} DMLP
// RUN: not grow-opt %t.dmlp.mlir --grow-check-liveness=most-entries=0 -o /dev/null 2>&1 | %{check} DMLP
// RUN: grow-opt %t.dmlp.mlir --grow-check-liveness=allow-dead -o /dev/null
// DMLP: error: 3 new slices along axis 1 of @h.0.up never receives a gradient: whatever it meets is zero, and stays so
// DMLP: note: give it, or one of the blocks that it is multiplied with, another init, or allow dead blocks
// DMLP: error: 3 new slices along axis 1 of @h.0.gate never receives a gradient: whatever it meets is zero, and stays so
// DMLP: error: 3 new slices along axis 0 of @h.0.down never receives a gradient: whatever it meets is zero, and stays so

// Queries and keys that are both zero.
// RUN: grow-opt %t.plain.mlir --grow-expand=schedule=dkeys | sed 's/#grow.normal<[^>]*>/#grow.zero/' > %t.dkeys.mlir
// RUN: not grow-opt %t.dkeys.mlir --grow-check-liveness -o /dev/null 2>&1 | %{check} DKEYS
// RUN: not grow-opt %t.dkeys.mlir --grow-check-liveness=most-entries=0 -o /dev/null 2>&1 | %{check} DKEYS
// RUN: grow-opt %t.dkeys.mlir --grow-check-liveness=allow-dead -o /dev/null
// DKEYS: error: 2 new slices along axis 3 of @h.0.q never receives a gradient: whatever it meets is zero, and stays so
// DKEYS: note: give it, or one of the blocks that it is multiplied with, another init, or allow dead blocks
// DKEYS: error: 2 new slices along axis 2 of @h.0.k never receives a gradient: whatever it meets is zero, and stays so

// Values and what reads them.
// RUN: grow-opt %t.plain.mlir --grow-expand=schedule=dvalues | sed 's/#grow.normal<[^>]*>/#grow.zero/' > %t.dvalues.mlir
// RUN: not grow-opt %t.dvalues.mlir --grow-check-liveness -o /dev/null 2>&1 | %{check} DVALUES
// RUN: not grow-opt %t.dvalues.mlir --grow-check-liveness=most-entries=0 -o /dev/null 2>&1 | %{check} DVALUES
// RUN: grow-opt %t.dvalues.mlir --grow-check-liveness=allow-dead -o /dev/null
// DVALUES: error: 2 new slices along axis 2 of @h.0.v never receives a gradient: whatever it meets is zero, and stays so
// DVALUES: note: give it, or one of the blocks that it is multiplied with, another init, or allow dead blocks
// DVALUES: error: 2 new slices along axis 2 of @h.0.o never receives a gradient: whatever it meets is zero, and stays so

// A wider stream with gains of zero: nothing new is ever read.
// RUN: grow-opt %t.plain.mlir --grow-expand=schedule=dgains | sed 's,#grow.constant<3/4>,#grow.zero,' > %t.dgains.mlir
// RUN: not grow-opt %t.dgains.mlir --grow-check-liveness -o /dev/null 2>&1 | %{check} DGAINS
// RUN: not grow-opt %t.dgains.mlir --grow-check-liveness=most-entries=0 -o /dev/null 2>&1 | %{check} DGAINS
// RUN: grow-opt %t.dgains.mlir --grow-check-liveness=allow-dead -o /dev/null
// DGAINS: error: 2 new slices along axis 1 of @wte never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: note: give it, or one of the blocks that it is multiplied with, another init, or allow dead blocks
// DGAINS: error: 2 new slices along axis 1 of @wpe never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 1 of @head never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @norm never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.0.n1 never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.0.q never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.0.k never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.0.v never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 3 of @h.0.o never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.0.n2 never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.0.up never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.0.gate never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 1 of @h.0.down never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.1.n1 never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.1.q never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.1.k never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.1.v never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 3 of @h.1.o never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.1.n2 never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.1.up never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 0 of @h.1.gate never receives a gradient: whatever it meets is zero, and stays so
// DGAINS: error: 2 new slices along axis 1 of @h.1.down never receives a gradient: whatever it meets is zero, and stays so

// A new layer whose norms are silent, too.
// RUN: grow-opt %t.plain.mlir --grow-expand=schedule=dlayer | sed 's/#grow.constant<1>/#grow.zero/' > %t.dlayer.mlir
// RUN: not grow-opt %t.dlayer.mlir --grow-check-liveness -o /dev/null 2>&1 | %{check} DLAYER
// RUN: not grow-opt %t.dlayer.mlir --grow-check-liveness=most-entries=0 -o /dev/null 2>&1 | %{check} DLAYER
// RUN: grow-opt %t.dlayer.mlir --grow-check-liveness=allow-dead -o /dev/null
// DLAYER: error: @new.1.0.n1 never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: note: give it, or one of the blocks that it is multiplied with, another init, or allow dead blocks
// DLAYER: error: @new.1.0.q never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: error: @new.1.0.k never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: error: @new.1.0.v never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: error: @new.1.0.o never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: error: @new.1.0.n2 never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: error: @new.1.0.up never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: error: @new.1.0.gate never receives a gradient: whatever it meets is zero, and stays so
// DLAYER: error: @new.1.0.down never receives a gradient: whatever it meets is zero, and stays so

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
  grow.schedule @dmlp {
    grow.expand_mlp to 11 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @dkeys {
    grow.expand_attention to 6 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @dvalues {
    grow.expand_heads to 5 layers [0] init #grow.normal<stddev = 1/2>
  }
  grow.schedule @dgains {
    grow.expand_hidden to 8 compensation weights init #grow.normal<stddev = 1/2> gain_init #grow.constant<3/4>
  }
  grow.schedule @dlayer {
    grow.add_layers at [1] from random init #grow.normal<stddev = 1/2>
  }
}

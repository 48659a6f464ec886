// Options of grow-expand stand for a schedule in the canonical order. Layers that are
// copies come before the stream.
// RUN: split-file %s %t

// RUN: cat %examples/decoder.mlir %t/one.mlir | grow-opt --grow-expand > %t/one.expected
// RUN: grow-opt %examples/decoder.mlir --grow-expand="mlp=16" | diff %t/one.expected -

// RUN: cat %examples/decoder.mlir %t/all.mlir | grow-opt --grow-expand > %t/all.expected
// RUN: grow-opt %examples/decoder.mlir --grow-expand="layers=+1@0 layers-from=next hidden=10 heads=12 kv-heads=3 mlp=16 value=6 key=6 seed=3" | diff %t/all.expected -

// RUN: cat %examples/decoder.mlir %t/unshare.mlir | grow-opt --grow-expand > %t/unshare.expected
// RUN: grow-opt %examples/decoder.mlir --grow-expand="unshare-kv-heads=4 heads=6 head-dim=6 init=uniform:0.1" | diff %t/unshare.expected -

// RUN: cat %examples/decoder.mlir %t/zero.mlir | grow-opt --grow-expand > %t/zero.expected
// RUN: grow-opt %examples/decoder.mlir --grow-expand="mlp=16 head-dim=6 mlp-zero=gate key-zero=query value-zero=value" | diff %t/zero.expected -

// Sizes come after the schedules of the module: 16 units are there already.
// RUN: cat %examples/decoder.mlir %t/one.mlir %t/second.mlir | grow-opt --grow-expand > %t/both.expected
// RUN: cat %examples/decoder.mlir %t/one.mlir | grow-opt --grow-expand="mlp=20 heads=6" | diff %t/both.expected -

// Compensation in weights is an option.
// RUN: cat %t/layer_norm.mlir %t/mean.mlir | grow-opt --grow-expand > %t/mean.expected
// RUN: grow-opt %t/layer_norm.mlir --grow-expand="hidden=6 compensation=weights" | diff %t/mean.expected -

// Layers that have a size already keep it; in the others it grows.
// RUN: grow-opt %t/two_widths.mlir --grow-expand="mlp=16" | FileCheck %s --check-prefix=WIDTHS
// WIDTHS: grow.param @a.up : tensor<4x16xf32> {
// WIDTHS: grow.param @b.up : tensor<4x16xf32>{{$}}

//--- one.mlir
grow.schedule @growth {
  grow.expand_mlp to 16
}
//--- second.mlir
grow.schedule @more {
  grow.expand_mlp to 20
  grow.add_heads queries by 1
}
//--- all.mlir
grow.schedule @growth {
  grow.expand_attention to 6 init #grow.normal<stddev = 1/50, seed = 3>
  grow.expand_heads to 6 init #grow.normal<stddev = 1/50, seed = 3>
  grow.expand_mlp to 16 init #grow.normal<stddev = 1/50, seed = 3>
  grow.add_heads queries by 2 init #grow.normal<stddev = 1/50, seed = 3>
  grow.add_heads groups by 1 init #grow.normal<stddev = 1/50, seed = 3>
  grow.add_layers at [0] from next
  grow.expand_hidden to 10 init #grow.normal<stddev = 1/50, seed = 3>
}
//--- unshare.mlir
grow.schedule @growth {
  grow.unshare_heads by 2
  grow.expand_attention to 6 init #grow.uniform<bound = 1/10>
  grow.expand_heads to 6 init #grow.uniform<bound = 1/10>
  grow.add_heads groups by 2 init #grow.uniform<bound = 1/10>
}
//--- zero.mlir
grow.schedule @growth {
  grow.expand_attention to 6 zero query
  grow.expand_heads to 6 zero value
  grow.expand_mlp to 16 zero gate
}
//--- mean.mlir
grow.schedule @growth {
  grow.expand_hidden to 6 compensation weights
}
//--- layer_norm.mlir
grow.param @embed : tensor<5x4xf32>
grow.param @gain : tensor<4xf32>
grow.param @bias : tensor<4xf32>
grow.param @up : tensor<4x8xf32>
grow.param @down : tensor<8x4xf32>
grow.param @head : tensor<5x4xf32>
func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
  %embed = grow.get @embed : tensor<5x4xf32>
  %x0 = grow.embedding %ids, %embed : tensor<?x?xi64>, tensor<5x4xf32>
  %x1 = grow.layer "l" (%x = %x0 : tensor<?x?x4xf32>) {
    %up = grow.get @up : tensor<4x8xf32>
    %down = grow.get @down : tensor<8x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    %bias = grow.get @bias : tensor<4xf32>
    %n = grow.layer_norm %x gain(%gain) bias(%bias) epsilon 1.0e-05 count 4 centered 4 : tensor<?x?x4xf32>
    %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
    %y = arith.addf %x, %m : tensor<?x?x4xf32>
    grow.yield %y : tensor<?x?x4xf32>
  }
  %gain2 = grow.get @gain2 : tensor<4xf32>
  %n = grow.layer_norm %x1 gain(%gain2) epsilon 1.0e-05 count 4 centered 4 : tensor<?x?x4xf32>
  %head = grow.get @head : tensor<5x4xf32>
  %logits = grow.unembedding %n, %head : tensor<?x?x4xf32>, tensor<5x4xf32>
  return %logits : tensor<?x?x5xf32>
}
grow.param @gain2 : tensor<4xf32>
//--- two_widths.mlir
grow.param @a.up : tensor<4x8xf32>
grow.param @a.down : tensor<8x4xf32>
grow.param @b.up : tensor<4x16xf32>
grow.param @b.down : tensor<16x4xf32>
func.func @forward(%x0: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %x1 = grow.layer "a" (%x = %x0 : tensor<?x?x4xf32>) {
    %up = grow.get @a.up : tensor<4x8xf32>
    %down = grow.get @a.down : tensor<8x4xf32>
    %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
    grow.yield %m : tensor<?x?x4xf32>
  }
  %x2 = grow.layer "b" (%x = %x1 : tensor<?x?x4xf32>) {
    %up = grow.get @b.up : tensor<4x16xf32>
    %down = grow.get @b.down : tensor<16x4xf32>
    %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x16xf32>, tensor<16x4xf32>) -> tensor<?x?x4xf32>
    grow.yield %m : tensor<?x?x4xf32>
  }
  return %x2 : tensor<?x?x4xf32>
}

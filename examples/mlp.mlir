// A model of one layer, written by hand, and how it is to grow.
module @mlp {
  grow.param @up : tensor<4x8xf32> storage<"mlp.up.weight"[1, 0]>
  grow.param @down : tensor<8x4xf32> storage<"mlp.down.weight"[1, 0]>

  func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %y = grow.layer "mlp" (%s = %x : tensor<?x?x4xf32>) {
      %up = grow.get @up : tensor<4x8xf32>
      %down = grow.get @down : tensor<8x4xf32>
      %m = grow.mlp %s up(%up) down(%down) activation silu
        : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %r = arith.addf %s, %m : tensor<?x?x4xf32>
      grow.yield %r : tensor<?x?x4xf32>
    }
    return %y : tensor<?x?x4xf32>
  }

  grow.schedule @wider {
    grow.expand_mlp to 12 init #grow.normal<stddev = 1/50, seed = 7>
  }
}

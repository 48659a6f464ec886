// What the expansion refuses.
grow.schedule @equal_shares {
  acme.split_units one_in 2
}

// -----

grow.param @w : tensor<4xf32>
func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %y = grow.layer "h" (%z = %x : tensor<?x?x4xf32>) {
    %w = grow.get @w : tensor<4xf32>
    %n = grow.rms_norm %z gain(%w) epsilon 1.0e-05 count 4 : tensor<?x?x4xf32>
    grow.yield %n : tensor<?x?x4xf32>
  }
  return %y : tensor<?x?x4xf32>
}
grow.schedule @no_mlp {
  acme.split_units one_in 3
}

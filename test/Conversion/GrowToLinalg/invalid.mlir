// RUN: grow-opt %s --convert-grow-to-linalg --split-input-file --verify-diagnostics

grow.param @w : tensor<4xf32>
func.func @parameter_left() -> tensor<4xf32> {
  // expected-error @below {{reads a parameter of the model: run 'grow-externalize-params' first}}
  %0 = grow.get @w : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @no_key() -> tensor<4xf32> {
  // expected-error @below {{draws random numbers without a key, or has a fill of an unknown kind: give it a 'key' operand or name the key in the fill}}
  %0 = grow.fill #grow.normal<stddev = 1> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @source_left() -> tensor<4xf32> {
  // expected-error @below {{cannot be lowered to linalg}}
  %0 = grow.source "w" : tensor<4xf32>
  return %0 : tensor<4xf32>
}

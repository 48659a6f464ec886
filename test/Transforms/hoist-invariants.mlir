// RUN: grow-opt %s --grow-hoist-invariants --cse --split-input-file | FileCheck %s

// Both layers pack their weight before the model runs, by one function. What depends
// on the length alone is computed once for both. The weight of the first layer is read
// as it is, too, and stays an argument.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[A:.*]]: tensor<8x8xf32> {grow.stored = "a"},
// CHECK-SAME: %[[PB:.*]]: tensor<1x8x16xf32> {grow.prepared = [@forward.prepare, "b"]},
// CHECK-SAME: %[[PA:.*]]: tensor<1x8x16xf32> {grow.prepared = [@forward.prepare, "a"]})
// CHECK: %[[TABLE:.*]] = linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: %[[FIRST:.*]] = call @layer(%[[X]], %[[TABLE]], %[[PA]])
// CHECK: %[[SECOND:.*]] = call @layer(%[[FIRST]], %[[TABLE]], %[[PB]])
// CHECK: return %[[SECOND]], %[[A]]

// CHECK-LABEL: func.func private @layer(
// CHECK-SAME: tensor<?x8xf32>, %{{.*}}: tensor<?xf32>, %{{.*}}: tensor<1x8x16xf32>)
// CHECK-NOT: linalg.pack

// CHECK-LABEL: func.func @forward.prepare(
// CHECK-SAME: %[[W:.*]]: tensor<8x8xf32>) -> tensor<1x8x16xf32>
// CHECK: %[[PACK:.*]] = linalg.pack %[[W]]
// CHECK: return %[[PACK]]
// CHECK-NOT: func.func
func.func @forward(%x: tensor<?x8xf32>, %a: tensor<8x8xf32> {grow.stored = "a"},
                   %b: tensor<8x8xf32> {grow.stored = "b"}) -> (tensor<?x8xf32>, tensor<8x8xf32>) {
  %first = call @layer(%x, %a) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %second = call @layer(%first, %b) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  return %second, %a : tensor<?x8xf32>, tensor<8x8xf32>
}
func.func private @layer(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %length = tensor.dim %x, %c0 : tensor<?x8xf32>
  %init = tensor.empty() : tensor<1x8x16xf32>
  %zero = arith.constant 0.0 : f32
  %pack = linalg.pack %w padding_value(%zero : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16]
      into %init : tensor<8x8xf32> -> tensor<1x8x16xf32>
  %places = tensor.empty(%length) : tensor<?xf32>
  %table = linalg.generic {indexing_maps = [affine_map<(s) -> (s)>], iterator_types = ["parallel"]}
      outs(%places : tensor<?xf32>) {
    ^bb0(%out: f32):
      %s = linalg.index 0 : index
      %i = arith.index_cast %s : index to i64
      %position = arith.sitofp %i : i64 to f32
      linalg.yield %position : f32
  } -> tensor<?xf32>
  %result = linalg.generic {indexing_maps = [affine_map<(s, c) -> (s)>, affine_map<(s, c) -> (0, c, 0)>, affine_map<(s, c) -> (s, c)>],
                            iterator_types = ["parallel", "parallel"]}
      ins(%table, %pack : tensor<?xf32>, tensor<1x8x16xf32>) outs(%x : tensor<?x8xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %product = arith.mulf %a, %b : f32
      %sum = arith.addf %product, %out : f32
      linalg.yield %sum : f32
  } -> tensor<?x8xf32>
  return %result : tensor<?x8xf32>
}

// -----

// A function of a caller that does not say what is a parameter stays as it is.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: tensor<8x8xf32>)
// CHECK: linalg.pack
func.func @forward(%w: tensor<8x8xf32>) -> tensor<1x8x16xf32> {
  %init = tensor.empty() : tensor<1x8x16xf32>
  %zero = arith.constant 0.0 : f32
  %pack = linalg.pack %w padding_value(%zero : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16]
      into %init : tensor<8x8xf32> -> tensor<1x8x16xf32>
  return %pack : tensor<1x8x16xf32>
}

// -----

// Callers outside of the module may call a public function: nothing leaves it.
// CHECK-LABEL: func.func @layer(
// CHECK-SAME: %{{.*}}: tensor<?xf32>)
// CHECK: linalg.generic
func.func @forward(%x: tensor<?xf32>) -> tensor<?xf32> {
  %first = call @layer(%x) : (tensor<?xf32>) -> tensor<?xf32>
  return %first : tensor<?xf32>
}
func.func @layer(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %length = tensor.dim %x, %c0 : tensor<?xf32>
  %places = tensor.empty(%length) : tensor<?xf32>
  %table = linalg.generic {indexing_maps = [affine_map<(s) -> (s)>], iterator_types = ["parallel"]}
      outs(%places : tensor<?xf32>) {
    ^bb0(%out: f32):
      %s = linalg.index 0 : index
      %i = arith.index_cast %s : index to i64
      %position = arith.sitofp %i : i64 to f32
      linalg.yield %position : f32
  } -> tensor<?xf32>
  %sum = linalg.add ins(%x, %table : tensor<?xf32>, tensor<?xf32>) outs(%x : tensor<?xf32>) -> tensor<?xf32>
  return %sum : tensor<?xf32>
}

// -----

// Nor does what the module calls change its arguments.
// CHECK-LABEL: func.func @main
// CHECK: call @forward(%{{.*}}) : (tensor<8x8xf32>)
// CHECK-LABEL: func.func @forward(
// CHECK: linalg.pack
func.func @main(%w: tensor<8x8xf32>) -> tensor<1x8x16xf32> {
  %p = call @forward(%w) : (tensor<8x8xf32>) -> tensor<1x8x16xf32>
  return %p : tensor<1x8x16xf32>
}
func.func @forward(%w: tensor<8x8xf32> {grow.stored = "w"}) -> tensor<1x8x16xf32> {
  %init = tensor.empty() : tensor<1x8x16xf32>
  %zero = arith.constant 0.0 : f32
  %pack = linalg.pack %w padding_value(%zero : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16]
      into %init : tensor<8x8xf32> -> tensor<1x8x16xf32>
  return %pack : tensor<1x8x16xf32>
}

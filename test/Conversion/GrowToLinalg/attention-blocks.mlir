// RUN: grow-opt %s --convert-grow-to-linalg="attention-rows=8 attention-keys=12 key-panel=6" \
// RUN:   --canonicalize --cse --split-input-file | FileCheck %s

// CHECK-DAG: #[[LEFT:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[PANELS:.*]] = affine_map<(d0, d1, d2) -> (d1 floordiv 6, d2, d1 mod 6)>
// CHECK-DAG: #[[RESULT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[PLAIN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>

// Keys are packed once. A block has the rows of two heads and four positions.
// CHECK-LABEL: func.func @grouped
// CHECK: linalg.pack %[[K:.*]] padding_value(%{{.*}} : f32) outer_dims_perm = [0, 2, 1, 3]
// CHECK-SAME: inner_dims_pos = [1] inner_tiles = [6] into %{{.*}} : tensor<?x?x2x4xf32> -> tensor<?x2x?x4x6xf32>
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (%{{.*}}, 2, %{{.*}}) shared_outs
// CHECK: bufferization.alloc_tensor() : tensor<4x2x4xf32>
// CHECK: tensor.insert_slice
// CHECK: %[[Q:.*]] = tensor.extract_slice %{{.*}} : tensor<8x4xf32> to tensor<?x4xf32>
// CHECK: bufferization.alloc_tensor() : tensor<8x12xf32>
// CHECK: scf.for %{{.*}} step %c12 iter_args(%{{.*}}, %{{.*}}, %{{.*}}) -> (tensor<?xf32>, tensor<?xf32>, tensor<?x3xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[LEFT]], #[[PANELS]], #[[RESULT]]]
// CHECK-SAME: ins(%[[Q]], %{{.*}} : tensor<?x4xf32>, tensor<?x4x6xf32>)
// CHECK: arith.cmpi sle
// CHECK: arith.maximumf
// CHECK-NOT: arith.cmpf
// CHECK: math.exp
// CHECK: math.exp
// CHECK: linalg.generic {indexing_maps = [#[[LEFT]], #[[PLAIN]], #[[RESULT]]]
// CHECK: arith.divf
// CHECK: tensor.parallel_insert_slice
func.func @grouped(%x: tensor<?x?x6xf32>, %q: tensor<6x2x2x4xf32>, %k: tensor<6x2x4xf32>, %v: tensor<6x2x3xf32>, %o: tensor<2x2x3x6xf32>) -> tensor<?x?x6xf32> {
  %y = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
    : (tensor<?x?x6xf32>, tensor<6x2x2x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x2x3x6xf32>) -> tensor<?x?x6xf32>
  return %y : tensor<?x?x6xf32>
}

// -----

// One head for each pair of keys and values: queries are read in place. f64 has
// panels half as wide, and a block is no larger than a sequence of known length.
// With a window a row may have seen no key yet.
// CHECK-LABEL: func.func @single
// CHECK: linalg.pack
// CHECK-SAME: inner_tiles = [3] into %{{.*}} : tensor<?x7x2x4xf64> -> tensor<?x2x3x4x3xf64>
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 2) shared_outs
// CHECK-NOT: tensor.insert_slice
// CHECK: bufferization.alloc_tensor() : tensor<7x9xf64>
// CHECK: arith.cmpf une
func.func @single(%x: tensor<?x7x6xf64>, %q: tensor<6x2x1x4xf64>, %k: tensor<6x2x4xf64>, %v: tensor<6x2x3xf64>, %o: tensor<2x1x3x6xf64>) -> tensor<?x7x6xf64> {
  %y = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal window 3
    : (tensor<?x7x6xf64>, tensor<6x2x1x4xf64>, tensor<6x2x4xf64>, tensor<6x2x3xf64>, tensor<2x1x3x6xf64>) -> tensor<?x7x6xf64>
  return %y : tensor<?x7x6xf64>
}

// A batch of empty sequences has no blocks.
// CHECK-LABEL: func.func @empty
// CHECK-NOT: scf.forall
// CHECK: return
func.func @empty(%x: tensor<1x0x6xf32>, %q: tensor<6x2x2x4xf32>, %k: tensor<6x2x4xf32>, %v: tensor<6x2x3xf32>,
                 %o: tensor<2x2x3x6xf32>) -> tensor<1x0x6xf32> {
  %y = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
    : (tensor<1x0x6xf32>, tensor<6x2x2x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x2x3x6xf32>) -> tensor<1x0x6xf32>
  return %y : tensor<1x0x6xf32>
}

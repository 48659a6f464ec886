// RUN: grow-opt %s --split-input-file --grow-externalize-params --verify-diagnostics | FileCheck %s

// A parameter becomes an argument that names its stored tensor.
// CHECK-LABEL: func.func @plain(
// CHECK-SAME: %{{.*}}: tensor<?x?xi64>, %[[W:.*]]: tensor<5x8xf32> {grow.stored = "wte.weight"})
// CHECK-NEXT: grow.embedding %{{.*}}, %[[W]]
module {
  grow.param @wte : tensor<5x8xf32> storage<"wte.weight">
  func.func @plain(%ids: tensor<?x?xi64>) -> tensor<?x?x8xf32> {
    %w = grow.get @wte : tensor<5x8xf32>
    %x = grow.embedding %ids, %w : tensor<?x?xi64>, tensor<5x8xf32>
    return %x : tensor<?x?x8xf32>
  }
}

// -----

// A transposed tensor is transposed as a matrix, before its heads are split.
// CHECK-LABEL: func.func @transposed(
// CHECK-SAME: %[[W:.*]]: tensor<12x8xf32>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[W]] : tensor<12x8xf32>) outs(%{{.*}}) permutation = [1, 0]
// CHECK: tensor.expand_shape %[[T]] {{\[}}[0], [1, 2]] output_shape [8, 3, 4]
module {
  grow.param @k : tensor<8x3x4xf32> storage<"k.weight"[1*2, 0]>
  func.func @transposed() -> tensor<8x3x4xf32> {
    %w = grow.get @k : tensor<8x3x4xf32>
    return %w : tensor<8x3x4xf32>
  }
}

// -----

// Axes that are stored in another order than dimensions can be put in are
// split first.
// CHECK-LABEL: func.func @torn_apart(
// CHECK-SAME: %[[W:.*]]: tensor<32x3xf32>
// CHECK: %[[E:.*]] = tensor.expand_shape %[[W]] {{\[}}[0, 1], [2]] output_shape [8, 4, 3]
// CHECK: linalg.transpose ins(%[[E]] : {{.*}}) permutation = [0, 2, 1]
module {
  grow.param @k : tensor<8x3x4xf32> storage<"k.weight"[0*2, 1]>
  func.func @torn_apart() -> tensor<8x3x4xf32> {
    %w = grow.get @k : tensor<8x3x4xf32>
    return %w : tensor<8x3x4xf32>
  }
}

// -----

// Parts of a fused tensor are slices of one argument.
// CHECK-LABEL: func.func @fused(
// CHECK-SAME: %[[W:.*]]: tensor<4x5xf32> {grow.stored = "ab"})
// CHECK-DAG: tensor.extract_slice %[[W]][0, 0] [4, 3] [1, 1]
// CHECK-DAG: tensor.extract_slice %[[W]][0, 3] [4, 2] [1, 1]
module {
  grow.param @a : tensor<4x3xf32> storage<"ab"[0, 1], part 0 of 2 along 1 inside 0>
  grow.param @b : tensor<4x2xf32> storage<"ab"[0, 1], part 1 of 2 along 1 inside 0>
  func.func @fused() -> (tensor<4x3xf32>, tensor<4x2xf32>) {
    %a = grow.get @a : tensor<4x3xf32>
    %b = grow.get @b : tensor<4x2xf32>
    return %a, %b : tensor<4x3xf32>, tensor<4x2xf32>
  }
}

// -----

// Parts interleaved under each head: heads are split off before the slice.
// CHECK-LABEL: func.func @interleaved(
// CHECK-SAME: %[[W:.*]]: tensor<10x8xf32> {grow.stored = "ab"})
// CHECK: %[[E:.*]] = tensor.expand_shape %[[W]] {{\[}}[0, 1], [2]] output_shape [2, 5, 8]
// CHECK: tensor.extract_slice %[[E]][0, 3, 0] [2, 2, 8] [1, 1, 1]
module {
  grow.param @a : tensor<8x2x3xf32> storage<"ab"[1*2, 0], part 0 of 2 along 0 inside 1>
  grow.param @b : tensor<8x2x2xf32> storage<"ab"[1*2, 0], part 1 of 2 along 0 inside 1>
  func.func @interleaved() -> tensor<8x2x2xf32> {
    %b = grow.get @b : tensor<8x2x2xf32>
    return %b : tensor<8x2x2xf32>
  }
}

// -----

// A checkpoint narrower than the model is widened as it is read.
// CHECK-LABEL: func.func @widened(
// CHECK-SAME: %[[W:.*]]: tensor<4xbf16> {grow.stored = "w"})
// CHECK-NEXT: arith.extf %[[W]] : tensor<4xbf16> to tensor<4xf64>
module {
  grow.param @w : tensor<4xf64> storage<"w" : bf16>
  func.func @widened() -> tensor<4xf64> {
    %w = grow.get @w : tensor<4xf64>
    return %w : tensor<4xf64>
  }
}

// -----

// Layers get what they read as operands, and their number fills in the name.
// CHECK-LABEL: func.func @layers(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>, %[[G0:.*]]: tensor<8xf32> {grow.stored = "h.0.g"}, %[[G1:.*]]: tensor<8xf32> {grow.stored = "h.1.g"})
// CHECK: grow.layer "a" (%[[A:.*]] = %[[X]] : tensor<?x?x8xf32>, %[[G:.*]] = %[[G0]] : tensor<8xf32>)
// CHECK-NEXT: grow.rms_norm %[[A]] gain(%[[G]])
// CHECK: grow.layer "b" ({{.*}}, %{{.*}} = %[[G1]] : tensor<8xf32>)
module {
  grow.param @a : tensor<8xf32> storage<"h.{layer}.g">
  grow.param @b : tensor<8xf32> storage<"h.{layer}.g">
  func.func @layers(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
    %0 = grow.layer "a" (%s = %x : tensor<?x?x8xf32>) {
      %g = grow.get @a : tensor<8xf32>
      %n = grow.rms_norm %s gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
      grow.yield %n : tensor<?x?x8xf32>
    }
    %1 = grow.layer "b" (%s = %0 : tensor<?x?x8xf32>) {
      %g = grow.get @b : tensor<8xf32>
      %n = grow.rms_norm %s gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
      grow.yield %n : tensor<?x?x8xf32>
    }
    return %1 : tensor<?x?x8xf32>
  }
}

// -----

module {
  // expected-error @below {{has no storage, so it cannot be found in a checkpoint}}
  grow.param @w : tensor<4xf32>
}

// -----

module {
  // expected-error @below {{is stored as "h.{layer}.w", but no layer reads it}}
  grow.param @w : tensor<4xf32> storage<"h.{layer}.w">
}

// -----

module {
  // expected-error @below {{is a part of "ab", whose part 1 is missing}}
  grow.param @a : tensor<4x3xf32> storage<"ab"[0, 1], part 0 of 2 along 1 inside 0>
}

// -----

module {
  // expected-note @below {{the other one is here}}
  grow.param @a : tensor<4xf32> storage<"w">
  // expected-error @below {{is stored in the same place of "w" as another parameter}}
  grow.param @b : tensor<4xf32> storage<"w">
}

// -----

module {
  // expected-note @below {{another part is here}}
  grow.param @a : tensor<4x3xf32> storage<"ab"[0, 1], part 0 of 2 along 1 inside 0>
  // expected-error @below {{cannot be a part of "ab": it differs from the other parts in more than the concatenated dimension}}
  grow.param @b : tensor<5x3xf32> storage<"ab"[0, 1], part 1 of 2 along 1 inside 0>
}

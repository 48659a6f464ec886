// RUN: grow-opt %s --canonicalize --cse | FileCheck %s

// Scales that follow one another multiply exactly: one rounding, or none.
// CHECK-LABEL: func.func @merge_scales(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>
func.func @merge_scales(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: %[[SCALED:.*]] = grow.scale %[[X]] by sqrt(6)
  %0 = grow.scale %x by sqrt(2) : tensor<4xf32>
  %1 = grow.scale %0 by sqrt(3) : tensor<4xf32>
  // The roots of 2 and 1/2 cancel.
  %2 = grow.scale %0 by 1/2 * sqrt(2) : tensor<4xf32>
  // CHECK: return %[[SCALED]], %[[X]]
  return %1, %2 : tensor<4xf32>, tensor<4xf32>
}

// Two scales whose product's root is too large stay two.
// CHECK-LABEL: func.func @negative_merge_scales_large(
func.func @negative_merge_scales_large(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: grow.scale %{{.*}} by sqrt(4294967291)
  // CHECK: grow.scale %{{.*}} by sqrt(4294967279)
  %0 = grow.scale %x by sqrt(4294967291) : tensor<4xf32>
  %1 = grow.scale %0 by sqrt(4294967279) : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// A scale passes zeros, and so reaches the scale of an earlier growth. Zeros are
// then written in one way, and merge.
// CHECK-LABEL: func.func @scale_before_zeros(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>
func.func @scale_before_zeros(%x: tensor<4xf32>) -> tensor<8xf32> {
  // CHECK: %[[SCALED:.*]] = grow.scale %[[X]] by 2
  // CHECK: %[[MORE:.*]] = grow.extend %[[SCALED]] with #grow.zero along 0 at [0, 4] by [2, 2] : tensor<4xf32>
  // CHECK: return %[[MORE]]
  %0 = grow.scale %x by sqrt(2) : tensor<4xf32>
  %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.constant<0> along 0 at [0] by [2] : tensor<6xf32>
  %3 = grow.scale %2 by sqrt(2) : tensor<8xf32>
  return %3 : tensor<8xf32>
}

// New entries that are not zero are scaled with the old.
// CHECK-LABEL: func.func @negative_scale_before_random(
func.func @negative_scale_before_random(%x: tensor<4xf32>) -> tensor<6xf32> {
  // CHECK: %[[EXTENDED:.*]] = grow.extend
  // CHECK: grow.scale %[[EXTENDED]]
  %0 = grow.extend %x with #grow.normal<stddev = 1> along 0 at [4] by [2] : tensor<4xf32>
  %1 = grow.scale %0 by 2 : tensor<6xf32>
  return %1 : tensor<6xf32>
}

// The unscaled tensor has a reader of its own.
// CHECK-LABEL: func.func @negative_scale_before_zeros_shared(
func.func @negative_scale_before_zeros_shared(%x: tensor<4xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  // CHECK: %[[EXTENDED:.*]] = grow.extend
  // CHECK: grow.scale %[[EXTENDED]]
  %0 = grow.extend %x with #grow.zero along 0 at [4] by [2] : tensor<4xf32>
  %1 = grow.scale %0 by 2 : tensor<6xf32>
  return %0, %1 : tensor<6xf32>, tensor<6xf32>
}

// A parameter is never dead, read or not; unused ops of its derivation are.
// CHECK-LABEL: grow.param @derived
grow.param @derived : tensor<2xf32> {
  // CHECK-NEXT: grow.source "a"
  // CHECK-NEXT: grow.yield
  %0 = grow.source "a" : tensor<2xf32>
  %1 = grow.source "b" : tensor<2xf32>
  %2 = grow.scale %0 by 1 : tensor<2xf32>
  grow.yield %2 : tensor<2xf32>
}

// A layer whose result nobody reads goes; reading a parameter twice is reading
// it once.
// CHECK-LABEL: func.func @pure(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x2xf32>
func.func @pure(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  // CHECK-NEXT: %[[GAIN:.*]] = grow.get @derived
  // CHECK-NEXT: %[[FIRST:.*]] = grow.rms_norm %[[X]] gain(%[[GAIN]])
  // CHECK-NEXT: %[[SECOND:.*]] = grow.rms_norm %[[FIRST]] gain(%[[GAIN]])
  // CHECK-NEXT: return %[[SECOND]]
  %0 = grow.layer "dead" (%y = %x : tensor<?x?x2xf32>) {
    grow.yield %y : tensor<?x?x2xf32>
  }
  %g1 = grow.get @derived : tensor<2xf32>
  %g2 = grow.get @derived : tensor<2xf32>
  %n1 = grow.rms_norm %x gain(%g1) epsilon 0 count 2 : tensor<?x?x2xf32>
  %n2 = grow.rms_norm %n1 gain(%g2) epsilon 0 count 2 : tensor<?x?x2xf32>
  return %n2 : tensor<?x?x2xf32>
}

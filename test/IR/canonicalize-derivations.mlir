// Steps of repeated growth become one wherever that makes the same entries.
// RUN: grow-opt %s --split-input-file --canonicalize | FileCheck %s

// Blocks of zeros that follow one another are one block.
// CHECK-LABEL: grow.param @merge_extends_zero
grow.param @merge_extends_zero : tensor<8xf32> {
  // CHECK: grow.extend %{{.*}} with #grow.zero along 0 at [4] by [4] : tensor<4xf32>
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.zero along 0 at [6] by [2] : tensor<6xf32>
  grow.yield %2 : tensor<8xf32>
}

// -----

// Before, between and inside blocks of zeros: positions count the input's slices.
// CHECK-LABEL: grow.param @merge_extends_zero_positions
grow.param @merge_extends_zero_positions : tensor<13xf32> {
  // CHECK: at [0, 1, 2, 3, 4] by [1, 3, 1, 3, 1] : tensor<4xf32>
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<4xf32>
  // x0 [..] x1 x2 [..] x3
  %1 = grow.extend %0 with #grow.zero along 0 at [1, 3] by [2, 2] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.zero along 0 at [0, 2, 4, 7, 8] by [1, 1, 1, 1, 1] : tensor<8xf32>
  grow.yield %2 : tensor<13xf32>
}

// -----

// A random block goes on where it ended: entries are drawn by their coordinates.
// CHECK-LABEL: grow.param @merge_extends_random
grow.param @merge_extends_random : tensor<8xf32> {
  // CHECK: at [4] by [4] : tensor<4xf32>
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.normal<stddev = 1/50> along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.normal<stddev = 1/50> along 0 at [6] by [2] : tensor<6xf32>
  grow.yield %2 : tensor<8xf32>
}

// -----

// A random block that the second step moves has been drawn where it was.
// CHECK-LABEL: grow.param @negative_merge_extends_random_moved
grow.param @negative_merge_extends_random_moved : tensor<8xf32> {
  // CHECK: at [4] by [2] : tensor<4xf32>
  // CHECK: at [4] by [2] : tensor<6xf32>
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.normal<stddev = 1/50> along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.normal<stddev = 1/50> along 0 at [4] by [2] : tensor<6xf32>
  grow.yield %2 : tensor<8xf32>
}

// -----

// Fills that draw with different seeds stay apart.
// CHECK-LABEL: grow.param @negative_merge_extends_fills
grow.param @negative_merge_extends_fills : tensor<8xf32> {
  // CHECK: seed = 1{{.*}} at [4] by [2]
  // CHECK: seed = 2{{.*}} at [6] by [2]
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.normal<stddev = 1/50, seed = 1> along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.normal<stddev = 1/50, seed = 2> along 0 at [6] by [2] : tensor<6xf32>
  grow.yield %2 : tensor<8xf32>
}

// -----

// Along another axis nothing merges.
// CHECK-LABEL: grow.param @negative_merge_extends_axes
grow.param @negative_merge_extends_axes : tensor<6x6xf32> {
  // CHECK: along 0
  // CHECK: along 1
  %0 = grow.source "x" : tensor<4x4xf32>
  %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4x4xf32>
  %2 = grow.extend %1 with #grow.zero along 1 at [4] by [2] : tensor<6x4xf32>
  grow.yield %2 : tensor<6x6xf32>
}

// -----

// A copy reads the tensor as it was before its own step.
// CHECK-LABEL: grow.param @negative_merge_extends_copy
grow.param @negative_merge_extends_copy : tensor<6xf32> {
  // CHECK: at [4] by [1]
  // CHECK: at [5] by [1]
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.copy<[3], factor = 1> along 0 at [4] by [1] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.copy<[3], factor = 1> along 0 at [5] by [1] : tensor<5xf32>
  grow.yield %2 : tensor<6xf32>
}

// -----

// A new tensor that grows by what it was made of is a larger new tensor.
// CHECK-LABEL: grow.param @extend_into_fill_random
grow.param @extend_into_fill_random : tensor<6x4xf32> {
  // CHECK: %[[FILL:.*]] = grow.fill #grow.normal<stddev = 1/50> -> tensor<6x4xf32>
  // CHECK-NEXT: grow.yield %[[FILL]]
  %0 = grow.fill #grow.normal<stddev = 1/50> -> tensor<4x4xf32>
  %1 = grow.extend %0 with #grow.normal<stddev = 1/50> along 0 at [4] by [2] : tensor<4x4xf32>
  grow.yield %1 : tensor<6x4xf32>
}

// -----

// Equal entries may be inserted anywhere.
// CHECK-LABEL: grow.param @extend_into_fill_constant
grow.param @extend_into_fill_constant : tensor<6xf32> {
  // CHECK: %[[FILL:.*]] = grow.fill #grow.constant<1> -> tensor<6xf32>
  // CHECK-NEXT: grow.yield %[[FILL]]
  %0 = grow.fill #grow.constant<1> -> tensor<4xf32>
  %1 = grow.extend %0 with #grow.constant<1> along 0 at [1] by [2] : tensor<4xf32>
  grow.yield %1 : tensor<6xf32>
}

// -----

// Random entries that would move keep what they were drawn as.
// CHECK-LABEL: grow.param @negative_extend_into_fill_random_moved
grow.param @negative_extend_into_fill_random_moved : tensor<6xf32> {
  // CHECK: grow.fill
  // CHECK: grow.extend
  %0 = grow.fill #grow.normal<stddev = 1/50> -> tensor<4xf32>
  %1 = grow.extend %0 with #grow.normal<stddev = 1/50> along 0 at [0] by [2] : tensor<4xf32>
  grow.yield %1 : tensor<6xf32>
}

// -----

// Scales multiply exactly, and before zeros are added: here they cancel.
// CHECK-LABEL: grow.param @merge_scales_across_zeros
grow.param @merge_scales_across_zeros : tensor<6xf32> {
  // CHECK: %[[X:.*]] = grow.source
  // CHECK-NEXT: grow.extend %[[X]]
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.scale %0 by sqrt(2) : tensor<4xf32>
  %2 = grow.extend %1 with #grow.zero along 0 at [4] by [2] : tensor<4xf32>
  %3 = grow.scale %2 by 1/2 * sqrt(2) : tensor<6xf32>
  grow.yield %3 : tensor<6xf32>
}

// -----

// A scale does not go past a block that is not zero.
// CHECK-LABEL: grow.param @negative_scale_across_random
grow.param @negative_scale_across_random : tensor<6xf32> {
  // CHECK: grow.extend
  // CHECK: grow.scale
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.normal<stddev = 1/50> along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.scale %1 by 2 : tensor<6xf32>
  grow.yield %2 : tensor<6xf32>
}

// -----

// Zeros are not scaled.
// CHECK-LABEL: grow.param @scale_zeros
grow.param @scale_zeros : tensor<4xf32> {
  // CHECK: %[[ZERO:.*]] = grow.fill #grow.zero
  // CHECK-NEXT: grow.yield %[[ZERO]]
  %0 = grow.fill #grow.zero -> tensor<4xf32>
  %1 = grow.scale %0 by sqrt(2) : tensor<4xf32>
  grow.yield %1 : tensor<4xf32>
}

// Scaled zeros are negative zeros if the factor is negative.
// CHECK-LABEL: grow.param @negative_scale_across_zeros_sign
grow.param @negative_scale_across_zeros_sign : tensor<6xf32> {
  %0 = grow.source "a" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4xf32>
  // CHECK: grow.extend
  // CHECK-NEXT: grow.scale
  %2 = grow.scale %1 by -1 : tensor<6xf32>
  grow.yield %2 : tensor<6xf32>
}

// -----

// Any number that a block is made of is scaled with what it extends.
// CHECK-LABEL: grow.param @merge_scales_across_constants
grow.param @merge_scales_across_constants : tensor<6xf32> {
  // CHECK: %[[X:.*]] = grow.source "x"
  // CHECK-NEXT: %[[SCALED:.*]] = grow.scale %[[X]] by 2 : tensor<4xf32>
  // CHECK-NEXT: grow.extend %[[SCALED]] with #grow.constant<3 * sqrt(2)> along 0 at [4] by [2]
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.scale %0 by sqrt(2) : tensor<4xf32>
  %2 = grow.extend %1 with #grow.constant<3> along 0 at [4] by [2] : tensor<4xf32>
  %3 = grow.scale %2 by sqrt(2) : tensor<6xf32>
  grow.yield %3 : tensor<6xf32>
}

// -----

// Also about another number than zero: -1 + 3 (5 + 1) = 17.
// CHECK-LABEL: grow.param @merge_scales_about
grow.param @merge_scales_about : tensor<6xf32> {
  // CHECK: grow.scale %{{.*}} by 6 about -1 : tensor<4xf32>
  // CHECK-NEXT: with #grow.constant<17> along 0
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.scale %0 by 2 about -1 : tensor<4xf32>
  %2 = grow.extend %1 with #grow.constant<5> along 0 at [4] by [2] : tensor<4xf32>
  %3 = grow.scale %2 by 3 about -1 : tensor<6xf32>
  grow.yield %3 : tensor<6xf32>
}

// -----

// What is scaled about stays; -1 + sqrt(2) is not a rational times a root.
// CHECK-LABEL: grow.param @negative_merge_scales_about
grow.param @negative_merge_scales_about : tensor<8xf32> {
  // CHECK: grow.scale %{{.*}} by sqrt(2) about -1 : tensor<4xf32>
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.constant<-1>
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.zero
  // CHECK-NEXT: grow.scale %{{.*}} by sqrt(2) about -1 : tensor<8xf32>
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.constant<-1> along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.scale %1 by sqrt(2) about -1 : tensor<6xf32>
  %3 = grow.extend %2 with #grow.zero along 0 at [6] by [2] : tensor<6xf32>
  %4 = grow.scale %3 by sqrt(2) about -1 : tensor<8xf32>
  grow.yield %4 : tensor<8xf32>
}

// -----

// Scales about different numbers stay apart.
// CHECK-LABEL: grow.param @negative_merge_scales_abouts
grow.param @negative_merge_scales_abouts : tensor<4xf32> {
  // CHECK: by 2 about -1
  // CHECK: by 3 :
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.scale %0 by 2 about -1 : tensor<4xf32>
  %2 = grow.scale %1 by 3 : tensor<4xf32>
  grow.yield %2 : tensor<4xf32>
}

// -----

// A tensor of one number stays one.
// CHECK-LABEL: grow.param @scale_constant
grow.param @scale_constant : tensor<4xf32> {
  // CHECK-NEXT: grow.fill #grow.constant<sqrt(3)> -> tensor<4xf32>
  // CHECK-NEXT: grow.yield
  %0 = grow.fill #grow.constant<3> -> tensor<4xf32>
  %1 = grow.scale %0 by 1/3 * sqrt(3) : tensor<4xf32>
  grow.yield %1 : tensor<4xf32>
}

// -----

// The mean of a tensor and of its mean is its mean.
// CHECK-LABEL: grow.param @merge_extends_mean
grow.param @merge_extends_mean : tensor<2x8xf32> {
  // CHECK: grow.extend %{{.*}} with #grow.mean along 1 at [4] by [4] : tensor<2x4xf32>
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<2x4xf32>
  %1 = grow.extend %0 with #grow.mean along 1 at [4] by [2] : tensor<2x4xf32>
  %2 = grow.extend %1 with #grow.mean along 1 at [6] by [2] : tensor<2x6xf32>
  grow.yield %2 : tensor<2x8xf32>
}

// -----

// Copies are of different slices.
// CHECK-LABEL: grow.param @negative_merge_extends_copy
grow.param @negative_merge_extends_copy : tensor<8xf32> {
  // CHECK: by [2] : tensor<4xf32>
  // CHECK: by [2] : tensor<6xf32>
  %0 = grow.source "x" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 0 at [4] by [2] : tensor<4xf32>
  %2 = grow.extend %1 with #grow.copy<[0, 1], factor = 1> along 0 at [4] by [2] : tensor<6xf32>
  grow.yield %2 : tensor<8xf32>
}

// -----

// What is centred stays so when it is scaled or gains zeros.
// CHECK-LABEL: grow.param @center_again
grow.param @center_again : tensor<3x8xf32> {
  // CHECK: grow.center
  // CHECK-NOT: grow.center
  // CHECK: grow.yield
  %0 = grow.source "x" : tensor<2x4xf32>
  %1 = grow.center %0 along 1 : tensor<2x4xf32>
  %2 = grow.scale %1 by 3 : tensor<2x4xf32>
  %3 = grow.extend %2 with #grow.zero along 0 at [2] by [1] : tensor<2x4xf32>
  %4 = grow.extend %3 with #grow.zero along 1 at [4] by [4] : tensor<3x4xf32>
  %5 = grow.center %4 along 1 : tensor<3x8xf32>
  grow.yield %5 : tensor<3x8xf32>
}

// -----

// But not along another axis, about another number or with other entries.
// CHECK-LABEL: grow.param @negative_center_again
grow.param @negative_center_again : tensor<2x6xf32> {
  // CHECK: grow.center %{{.*}} along 0
  // CHECK: grow.center %{{.*}} along 1
  // CHECK: grow.center %{{.*}} along 1
  // CHECK: grow.center %{{.*}} along 1
  %0 = grow.source "x" : tensor<2x4xf32>
  %1 = grow.center %0 along 0 : tensor<2x4xf32>
  %2 = grow.center %1 along 1 : tensor<2x4xf32>
  %3 = grow.scale %2 by 3 about 1 : tensor<2x4xf32>
  %4 = grow.center %3 along 1 : tensor<2x4xf32>
  %5 = grow.extend %4 with #grow.constant<1> along 1 at [4] by [2] : tensor<2x4xf32>
  %6 = grow.center %5 along 1 : tensor<2x6xf32>
  grow.yield %6 : tensor<2x6xf32>
}

// -----

// What is dropped in two steps is dropped at once: the second counts what the first
// has left.
// CHECK-LABEL: grow.param @merge_drops
grow.param @merge_drops : tensor<4xf32> {
  // CHECK: grow.drop %{{.*}} along 0 at [0, 4, 9] by [1, 4, 1] : tensor<10xf32>
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<10xf32>
  // 0 1 2 3 . . 6 7 8 9
  %1 = grow.drop %0 along 0 at [4] by [2] : tensor<10xf32>
  // . 1 2 3 . . . . 8 .
  %2 = grow.drop %1 along 0 at [0, 4, 7] by [1, 2, 1] : tensor<8xf32>
  grow.yield %2 : tensor<4xf32>
}

// -----

// One range of the second step may reach over several of the first.
// CHECK-LABEL: grow.param @merge_drops_across
grow.param @merge_drops_across : tensor<2xf32> {
  // CHECK: grow.drop %{{.*}} along 0 at [1] by [8] : tensor<10xf32>
  // CHECK-NEXT: grow.yield
  %0 = grow.source "x" : tensor<10xf32>
  // 0 1 . 3 . 5 6 . . 9
  %1 = grow.drop %0 along 0 at [2, 4, 7] by [1, 1, 2] : tensor<10xf32>
  %2 = grow.drop %1 along 0 at [1] by [4] : tensor<6xf32>
  grow.yield %2 : tensor<2xf32>
}

// -----

// Along another axis nothing merges.
// CHECK-LABEL: grow.param @negative_merge_drops_axes
grow.param @negative_merge_drops_axes : tensor<3x3xf32> {
  // CHECK: grow.drop %{{.*}} along 0
  // CHECK: grow.drop %{{.*}} along 1
  %0 = grow.source "x" : tensor<4x4xf32>
  %1 = grow.drop %0 along 0 at [0] by [1] : tensor<4x4xf32>
  %2 = grow.drop %1 along 1 at [0] by [1] : tensor<3x4xf32>
  grow.yield %2 : tensor<3x3xf32>
}

// -----

// Without the slices that were inserted the tensor is the one before, whatever
// filled them.
// CHECK-LABEL: func.func @drop_extension(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @drop_extension(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %0 = grow.extend %x with #grow.mean along 2 at [0, 2, 4] by [1, 2, 3] : tensor<?x?x4xf32>
  %1 = grow.drop %0 along 2 at [0, 3, 7] by [1, 2, 3] : tensor<?x?x10xf32>
  return %1 : tensor<?x?x4xf32>
}

// -----

// More than the inserted slices: the rest is dropped from the tensor before.
// CHECK-LABEL: func.func @drop_extension_and_more(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>)
// CHECK-NEXT: %[[Y:.*]] = grow.drop %[[X]] along 0 at [1] by [2] : tensor<4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @drop_extension_and_more(%x: tensor<4xf32>) -> tensor<2xf32> {
  // x0 x1 [..] x2 x3
  %0 = grow.extend %x with #grow.zero along 0 at [2] by [2] : tensor<4xf32>
  %1 = grow.drop %0 along 0 at [1] by [4] : tensor<6xf32>
  return %1 : tensor<2xf32>
}

// -----

// As many slices as were inserted, but not those.
// CHECK-LABEL: func.func @negative_drop_extension_others(
// CHECK: grow.extend
// CHECK: grow.drop
func.func @negative_drop_extension_others(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = grow.extend %x with #grow.zero along 0 at [2] by [2] : tensor<4xf32>
  %1 = grow.drop %0 along 0 at [3] by [2] : tensor<6xf32>
  return %1 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @negative_drop_extension_axes(
// CHECK: grow.extend
// CHECK: grow.drop
func.func @negative_drop_extension_axes(%x: tensor<4x4xf32>) -> tensor<6x2xf32> {
  %0 = grow.extend %x with #grow.zero along 0 at [2] by [2] : tensor<4x4xf32>
  %1 = grow.drop %0 along 1 at [2] by [2] : tensor<6x4xf32>
  return %1 : tensor<6x2xf32>
}

// Pictures of derivations: each block once, in the fill of its kind.
// RUN: split-file %s %t
// RUN: grow-translate --blocks-to-svg %t/blocks.mlir | FileCheck %s --implicit-check-not='class="centered'
// RUN: not grow-translate --blocks-to-svg --draw=nobody %t/blocks.mlir 2>&1 | FileCheck %s --check-prefix=NOBODY
// NOBODY: has no parameter @nobody to draw
// RUN: not grow-translate --blocks-to-svg %t/unchanged.mlir 2>&1 | FileCheck %s --check-prefix=UNCHANGED
// UNCHANGED: has no parameter that has changed: draw it after 'grow-expand'
// RUN: grow-translate --blocks-to-svg --draw=same %t/blocks.mlir | FileCheck %s --check-prefix=SAME
// SAME: class="name"{{.*}}>same<
// SAME-NOT: class="name"

// Multiplied by sqrt(2) twice is multiplied by 2, new rows are not.
// CHECK: >scaled<
// CHECK: >4 &#215; 4<
// CHECK: class="kept block"
// CHECK: >6 &#215; 4<
// CHECK: class="scaled block" x="400.0" y="56.0" width="56.0" height="56.0"/>
// CHECK: fill="url(#scaled)"
// CHECK: >&#215; 2<
// CHECK: class="zero dashed" x="400.0" y="112.0" width="56.0" height="28.0"/>
// A copy of what has grown has the zeros of the original.
// CHECK: >copied<
// CHECK: class="kept block"
// CHECK: class="zero dashed"
// CHECK: class="copied block"
// Two groups of two are four of one, and each entry is where it was.
// CHECK: >regrouped<
// CHECK-COUNT-2: class="kept block"
// Rows 0 and 2 of the old tensor and the last row of zeros are left.
// CHECK: >dropped<
// CHECK: >3 &#215; 4<
// CHECK-COUNT-2: class="kept block" {{.*}} height="14.0"
// CHECK: class="zero dashed" {{.*}} height="14.0"
// CHECK: >mean<
// CHECK: class="mean block"
// CHECK: >new<
// CHECK: class="random block"
// The legend.
// CHECK: >kept</text>
// CHECK: >multiplied</text>
// CHECK: >copied</text>
// CHECK: >mean</text>
// CHECK: >zero</text>
// CHECK: >free</text>

//--- blocks.mlir
grow.param @same : tensor<4x4xf32>
grow.param @scaled : tensor<6x4xf32> {
  %0 = grow.source "scaled" : tensor<4x4xf32>
  %1 = grow.scale %0 by sqrt(2) : tensor<4x4xf32>
  %2 = grow.scale %1 by sqrt(2) : tensor<4x4xf32>
  %3 = grow.extend %2 with #grow.zero along 0 at [4] by [2] : tensor<4x4xf32>
  grow.yield %3 : tensor<6x4xf32>
}
grow.param @copied : tensor<4x6xf32> {
  %0 = grow.source "copied" : tensor<2x4xf32>
  %1 = grow.extend %0 with #grow.zero along 1 at [4] by [2] : tensor<2x4xf32>
  %2 = grow.extend %1 with #grow.copy<[0, 1], factor = 1> along 0 at [2] by [2] : tensor<2x6xf32>
  grow.yield %2 : tensor<4x6xf32>
}
grow.param @regrouped : tensor<4x1xf32> {
  %0 = grow.source "regrouped" : tensor<2x2xf32>
  %1 = grow.regroup %0 along 0 into 4 x 1 : tensor<2x2xf32>
  grow.yield %1 : tensor<4x1xf32>
}
grow.param @dropped : tensor<3x4xf32> {
  %0 = grow.source "dropped" : tensor<4x4xf32>
  %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4x4xf32>
  %2 = grow.drop %1 along 0 at [1, 3] by [1, 2] : tensor<6x4xf32>
  grow.yield %2 : tensor<3x4xf32>
}
grow.param @mean : tensor<6xf32> {
  %0 = grow.source "mean" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.mean along 0 at [4] by [2] : tensor<4xf32>
  grow.yield %1 : tensor<6xf32>
}
grow.param @new : tensor<4xf32> {
  %0 = grow.fill #grow.normal<stddev = 1/50> -> tensor<4xf32>
  grow.yield %0 : tensor<4xf32>
}
//--- unchanged.mlir
grow.param @same : tensor<4x4xf32>

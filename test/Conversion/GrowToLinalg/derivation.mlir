// RUN: grow-opt %s --convert-grow-to-linalg --split-input-file | FileCheck %s

// Old slices keep their order around the new ones.
// CHECK-LABEL: func.func @extend_zero(
// CHECK-SAME: %[[OLD:.*]]: tensor<4x3xf32>)
// CHECK: %[[E:.*]] = tensor.empty() : tensor<7x3xf32>
// CHECK: %[[A:.*]] = tensor.extract_slice %[[OLD]][0, 0] [2, 3]
// CHECK: %[[N0:.*]] = tensor.insert_slice %[[A]] into %[[E]][0, 0] [2, 3]
// CHECK: %[[Z:.*]] = linalg.fill
// CHECK: %[[N1:.*]] = tensor.insert_slice %[[Z]] into %[[N0]][2, 0] [1, 3]
// CHECK: %[[B:.*]] = tensor.extract_slice %[[OLD]][2, 0] [2, 3]
// CHECK: %[[N2:.*]] = tensor.insert_slice %[[B]] into %[[N1]][3, 0] [2, 3]
// CHECK: %[[Y:.*]] = linalg.fill
// CHECK: tensor.insert_slice %[[Y]] into %[[N2]][5, 0] [2, 3]
func.func @extend_zero(%old: tensor<4x3xf32>) -> tensor<7x3xf32> {
  %0 = grow.extend %old with #grow.zero along 0 at [2, 4] by [1, 2] : tensor<4x3xf32>
  return %0 : tensor<7x3xf32>
}

// -----

// Neighbouring slices are copied at once, and scaled in f64.
// CHECK-LABEL: func.func @extend_copy(
// CHECK-SAME: %[[OLD:.*]]: tensor<4xf32>)
// CHECK: %[[SLICES:.*]] = tensor.extract_slice %[[OLD]][1] [2] [1]
// CHECK: linalg.generic {{.*}} ins(%[[SLICES]] : tensor<2xf32>)
// CHECK: arith.extf {{.*}} to f64
// CHECK: arith.constant -2.000000e+00 : f64
// CHECK: tensor.extract_slice %[[OLD]][0] [1] [1]
func.func @extend_copy(%old: tensor<4xf32>) -> tensor<7xf32> {
  %0 = grow.extend %old with #grow.copy<[1, 2, 0], factor = -2> along 0 at [4] by [3] : tensor<4xf32>
  return %0 : tensor<7xf32>
}

// -----

// The mean is taken in f64 along the extended axis.
// CHECK-LABEL: func.func @extend_mean(
// CHECK-SAME: %[[OLD:.*]]: tensor<4x3xbf16>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[OLD]] : tensor<4x3xbf16>) outs(%{{.*}} : tensor<4xf64>)
// CHECK: arith.constant 3.000000e+00 : f64
// CHECK: arith.truncf {{.*}} : f32 to bf16
func.func @extend_mean(%old: tensor<4x3xbf16>) -> tensor<4x5xbf16> {
  %0 = grow.extend %old with #grow.mean along 1 at [3] by [2] : tensor<4x3xbf16>
  return %0 : tensor<4x5xbf16>
}

// -----

// A factor that is not a power of two is rounded once, to f64.
// CHECK-LABEL: func.func @scale(
// CHECK: arith.constant 1.4142135623730951 : f64
// CHECK: arith.mulf {{.*}} : f64
// CHECK: arith.truncf {{.*}} : f64 to f32
func.func @scale(%old: tensor<4xf32>) -> tensor<4xf32> {
  %0 = grow.scale %old by sqrt(2) : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The difference from `about` is scaled in f64, and the result is rounded once.
// CHECK-LABEL: func.func @scale_about(
// CHECK: arith.extf {{.*}} : bf16 to f64
// CHECK: %[[ABOUT:.*]] = arith.constant -1.000000e+00 : f64
// CHECK: %[[DISTANCE:.*]] = arith.subf %{{.*}}, %[[ABOUT]] : f64
// CHECK: %[[SCALED:.*]] = arith.mulf %[[DISTANCE]], %{{.*}} : f64
// CHECK: %[[SUM:.*]] = arith.addf %[[ABOUT]], %[[SCALED]] : f64
// CHECK: arith.truncf %{{.*}} to bf16
func.func @scale_about(%old: tensor<4xbf16>) -> tensor<4xbf16> {
  %0 = grow.scale %old by 3/2 about -1 : tensor<4xbf16>
  return %0 : tensor<4xbf16>
}

// -----

// The mean is summed up in f64 along the axis and subtracted before the result is
// rounded.
// CHECK-LABEL: func.func @center(
// CHECK-SAME: %[[OLD:.*]]: tensor<4x3xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[OLD]] : tensor<4x3xf32>) outs(%{{.*}} : tensor<3xf64>)
// CHECK: linalg.generic {{.*}} ins(%[[OLD]], %[[SUM]] : tensor<4x3xf32>, tensor<3xf64>)
// CHECK: %[[MEAN:.*]] = arith.divf
// CHECK: %[[CENTRED:.*]] = arith.subf %{{.*}}, %[[MEAN]] : f64
// CHECK: arith.truncf %[[CENTRED]] : f64 to f32
func.func @center(%old: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = grow.center %old along 0 : tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// A key that the fill names becomes a constant; coordinates count the old
// slices, and `order` says which axis is which.
// CHECK-LABEL: func.func @random(
// CHECK: %[[KEY:.*]] = arith.constant 8104344808565692802 : i64
// CHECK: arith.trunci %[[KEY]] : i64 to i32
// CHECK: linalg.generic
// CHECK: linalg.index 0
// CHECK: linalg.index 1
// CHECK: arith.constant 4 : i32
// CHECK: arith.sitofp {{.*}} : i32 to f64
func.func @random(%old: tensor<3x4xf32>) -> tensor<3x6xf32> {
  %0 = grow.extend %old with #grow.normal<stddev = 1, seed = 7, key = "a"> along 1 at [4] by [2] order [1, 0] : tensor<3x4xf32>
  return %0 : tensor<3x6xf32>
}

// -----

// Derivations inside of parameters are left alone.
// CHECK-LABEL: grow.param @w
// CHECK: grow.extend
grow.param @w : tensor<6xf32> {
  %0 = grow.source "w" : tensor<4xf32>
  %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4xf32>
  grow.yield %1 : tensor<6xf32>
}

// -----

// Two axes are read as one, and then as two others.
// CHECK-LABEL: func.func @regroup(
// CHECK-SAME: %[[OLD:.*]]: tensor<6x2x4x3xf32>)
// CHECK: %[[ONE:.*]] = tensor.collapse_shape %[[OLD]] {{\[\[}}0], [1, 2], [3]] : tensor<6x2x4x3xf32> into tensor<6x8x3xf32>
// CHECK: %[[TWO:.*]] = tensor.expand_shape %[[ONE]] {{\[\[}}0], [1, 2], [3]] output_shape [6, 4, 2, 3] : tensor<6x8x3xf32> into tensor<6x4x2x3xf32>
// CHECK: return %[[TWO]]
func.func @regroup(%old: tensor<6x2x4x3xf32>) -> tensor<6x4x2x3xf32> {
  %0 = grow.regroup %old along 1 into 4 x 2 : tensor<6x2x4x3xf32>
  return %0 : tensor<6x4x2x3xf32>
}

// -----

// Runs of slices that are left move together.
// CHECK-LABEL: func.func @drop(
// CHECK-SAME: %[[OLD:.*]]: tensor<8x3xf32>)
// CHECK: %[[E:.*]] = tensor.empty() : tensor<4x3xf32>
// CHECK: %[[A:.*]] = tensor.extract_slice %[[OLD]][1, 0] [1, 3] [1, 1]
// CHECK: %[[N0:.*]] = tensor.insert_slice %[[A]] into %[[E]][0, 0] [1, 3]
// CHECK: %[[B:.*]] = tensor.extract_slice %[[OLD]][5, 0] [3, 3] [1, 1]
// CHECK: %[[N1:.*]] = tensor.insert_slice %[[B]] into %[[N0]][1, 0] [3, 3]
// CHECK: return %[[N1]]
func.func @drop(%old: tensor<8x3xf32>) -> tensor<4x3xf32> {
  %0 = grow.drop %old along 0 at [0, 2] by [1, 3] : tensor<8x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// Sizes that are not known are taken from the stream.
// CHECK-LABEL: func.func @stream(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x4xf32>)
// CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[LENGTH:.*]] = tensor.dim %[[X]], %c1
// CHECK: tensor.empty(%[[BATCH]], %[[LENGTH]]) : tensor<?x?x6xf32>
// CHECK: linalg.fill {{.*}} -> tensor<?x?x2xf32>
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]
// CHECK: tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?x5xf32>
// CHECK: tensor.extract_slice
func.func @stream(%x: tensor<?x?x4xf32>) -> tensor<?x?x5xf32> {
  %0 = grow.extend %x with #grow.constant<2> along 2 at [4] by [2] : tensor<?x?x4xf32>
  %1 = grow.center %0 along 2 : tensor<?x?x6xf32>
  %2 = grow.drop %1 along 2 at [0] by [1] : tensor<?x?x6xf32>
  return %2 : tensor<?x?x5xf32>
}

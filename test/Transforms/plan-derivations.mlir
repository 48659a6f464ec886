// RUN: grow-opt %s --split-input-file --grow-plan-derivations --verify-diagnostics | FileCheck %s

// A tensor that has not changed is a copy, also under a new name.
// CHECK-LABEL: module @unchanged
// CHECK: module @derivations attributes {grow.plan = [{copy = "old.weight", tensor = "new.weight"}]}
module @unchanged {
  module @source {
    grow.param @w : tensor<4x2xf32> storage<"old.weight">
  }
  module @grown {
    grow.param @w : tensor<4x2xf32> storage<"new.weight">
  }
}

// -----

// A parameter that is a copy of another is a copy of its tensor.
// CHECK-LABEL: module @copied
// CHECK: {copy = "a.weight", tensor = "a.weight"}, {copy = "a.weight", tensor = "b.weight"}
// CHECK-NOT: func.func
module @copied {
  module @source {
    grow.param @a : tensor<4x2xf32> storage<"a.weight">
  }
  module @grown {
    grow.param @a : tensor<4x2xf32> storage<"a.weight">
    grow.param @b : tensor<4x2xf32> storage<"b.weight"> {
      %0 = grow.source "a" : tensor<4x2xf32>
      grow.yield %0 : tensor<4x2xf32>
    }
  }
}

// -----

// Layers that grow alike share a function; the key of a random fill is an
// argument, the first eight bytes of SHA-256 of "7:a" and "7:b".
// CHECK-LABEL: module @shared
// CHECK: {function = @derive, keys = [8104344808565692802], sources = ["a.weight"], tensor = "a.weight"}
// CHECK-SAME: {function = @derive, keys = [-2532933078656603412], sources = ["b.weight"], tensor = "b.weight"}
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<4x2xf32>, %[[KEY:.*]]: i64) -> tensor<4x3xf32>
// CHECK-NEXT: %[[NEW:.*]] = grow.extend %[[OLD]] with #grow.normal<stddev = 1/2> along 1 at [2] by [1] key(%[[KEY]]) : tensor<4x2xf32>
// CHECK-NEXT: return %[[NEW]]
// CHECK-NOT: func.func
module @shared {
  module @source {
    grow.param @a : tensor<4x2xf32> storage<"a.weight">
    grow.param @b : tensor<4x2xf32> storage<"b.weight">
  }
  module @grown {
    grow.param @a : tensor<4x3xf32> storage<"a.weight"> {
      %0 = grow.source "a" : tensor<4x2xf32>
      %1 = grow.extend %0 with #grow.normal<stddev = 1/2, seed = 7> along 1 at [2] by [1] : tensor<4x2xf32>
      grow.yield %1 : tensor<4x3xf32>
    }
    grow.param @b : tensor<4x3xf32> storage<"b.weight"> {
      %0 = grow.source "b" : tensor<4x2xf32>
      %1 = grow.extend %0 with #grow.normal<stddev = 1/2, seed = 7> along 1 at [2] by [1] : tensor<4x2xf32>
      grow.yield %1 : tensor<4x3xf32>
    }
  }
}

// -----

// A transposed tensor is extended as it is stored: axis 1 is its first
// dimension, and the fill knows which axis is which.
// CHECK-LABEL: module @transposed
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<2x4xf32>, %[[KEY:.*]]: i64) -> tensor<3x4xf32>
// CHECK-NEXT: grow.extend %[[OLD]] with #grow.normal<stddev = 1/2> along 0 at [2] by [1] key(%[[KEY]]) order [1, 0] : tensor<2x4xf32>
module @transposed {
  module @source {
    grow.param @w : tensor<4x2xf32> storage<"w"[1, 0]>
  }
  module @grown {
    grow.param @w : tensor<4x3xf32> storage<"w"[1, 0]> {
      %0 = grow.source "w" : tensor<4x2xf32>
      %1 = grow.extend %0 with #grow.normal<stddev = 1/2> along 1 at [2] by [1] : tensor<4x2xf32>
      grow.yield %1 : tensor<4x3xf32>
    }
  }
}

// -----

// Slices are left out where their axis is stored.
// CHECK-LABEL: module @dropped
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<5x4xf32>) -> tensor<3x4xf32>
// CHECK-NEXT: grow.drop %[[OLD]] along 0 at [0, 3] by [1, 1] : tensor<5x4xf32>
module @dropped {
  module @source {
    grow.param @w : tensor<4x5xf32> storage<"w"[1, 0]>
  }
  module @grown {
    grow.param @w : tensor<4x3xf32> storage<"w"[1, 0]> {
      %0 = grow.source "w" : tensor<4x5xf32>
      %1 = grow.drop %0 along 1 at [0, 3] by [1, 1] : tensor<4x5xf32>
      grow.yield %1 : tensor<4x3xf32>
    }
  }
}

// -----

// A part of a fused tensor grows: the other part moves, unchanged.
// CHECK-LABEL: module @fused
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<2x5xf32>) -> tensor<2x6xf32>
// CHECK: %[[A:.*]] = tensor.extract_slice %[[OLD]][0, 0] [2, 3] [1, 1]
// CHECK: %[[GROWN:.*]] = grow.extend %[[A]] with #grow.zero along 1 at [3] by [1]
// CHECK: %[[B:.*]] = tensor.extract_slice %[[OLD]][0, 3] [2, 2] [1, 1]
// CHECK: %[[NEW:.*]] = tensor.insert_slice %[[GROWN]] into %{{.*}}[0, 0] [2, 4] [1, 1]
// CHECK: tensor.insert_slice %[[B]] into %[[NEW]][0, 4] [2, 2] [1, 1]
module @fused {
  module @source {
    grow.param @a : tensor<2x3xf32> storage<"ab"[0, 1], part 0 of 2 along 1 inside 0>
    grow.param @b : tensor<2x2xf32> storage<"ab"[0, 1], part 1 of 2 along 1 inside 0>
  }
  module @grown {
    grow.param @a : tensor<2x4xf32> storage<"ab"[0, 1], part 0 of 2 along 1 inside 0> {
      %0 = grow.source "a" : tensor<2x3xf32>
      %1 = grow.extend %0 with #grow.zero along 1 at [3] by [1] : tensor<2x3xf32>
      grow.yield %1 : tensor<2x4xf32>
    }
    grow.param @b : tensor<2x2xf32> storage<"ab"[0, 1], part 1 of 2 along 1 inside 0>
  }
}

// -----

// A stored element type that differs is a conversion, not a copy.
// CHECK-LABEL: module @narrower
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<4xf32>) -> tensor<4xbf16>
// CHECK-NEXT: arith.truncf %[[OLD]] : tensor<4xf32> to tensor<4xbf16>
module @narrower {
  module @source {
    grow.param @w : tensor<4xf32> storage<"w">
  }
  module @grown {
    grow.param @w : tensor<4xf32> storage<"w" : bf16>
  }
}

// -----

module @unknown_source {
  module @source {
  }
  module @grown {
    grow.param @w : tensor<4xf32> storage<"w"> {
      // expected-error @below {{expects a parameter @v in the source model, which has none}}
      %0 = grow.source "v" : tensor<4xf32>
      grow.yield %0 : tensor<4xf32>
    }
  }
}

// -----

module @wrong_type {
  module @source {
    // expected-note @below {{it is 'tensor<3xf32>'}}
    grow.param @w : tensor<3xf32> storage<"w">
  }
  module @grown {
    // expected-error @below {{expects the source's parameter @w of type 'tensor<4xf32>'}}
    grow.param @w : tensor<4xf32> storage<"w">
  }
}

// -----

// expected-error @below {{expects a nested module @grown, but there is none}}
module @missing {
  module @source {
  }
}

// -----

// Axes are split anew as they are stored: 1 and 2 are the first two here.
// CHECK-LABEL: module @regrouped
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<24x6xf32>) -> tensor<24x6xf32>
// CHECK-NEXT: %[[AXES:.*]] = tensor.expand_shape %[[OLD]] {{.*}} into tensor<2x4x3x6xf32>
// CHECK-NEXT: %[[NEW:.*]] = grow.regroup %[[AXES]] along 0 into 4 x 2 : tensor<2x4x3x6xf32>
// CHECK-NEXT: tensor.collapse_shape %[[NEW]] {{.*}} : tensor<4x2x3x6xf32> into tensor<24x6xf32>
module @regrouped {
  module @source {
    grow.param @q : tensor<6x2x4x3xf32> storage<"q"[1*2*3, 0]>
  }
  module @grown {
    grow.param @q : tensor<6x4x2x3xf32> storage<"q"[1*2*3, 0]> {
      %0 = grow.source "q" : tensor<6x2x4x3xf32>
      %1 = grow.regroup %0 along 1 into 4 x 2 : tensor<6x2x4x3xf32>
      grow.yield %1 : tensor<6x4x2x3xf32>
    }
  }
}

// -----

// Axes that are stored in the other order, with a third between them, are
// brought together for it.
// CHECK-LABEL: module @regrouped_apart
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<4x3x2xf32>) -> tensor<2x3x4xf32>
// CHECK: %[[TOGETHER:.*]] = linalg.transpose ins(%[[OLD]] : tensor<4x3x2xf32>) outs(%{{.*}} : tensor<3x2x4xf32>) permutation = [1, 2, 0]
// CHECK: %[[SPLIT:.*]] = grow.regroup %[[TOGETHER]] along 1 into 4 x 2 : tensor<3x2x4xf32>
// CHECK: %[[NEW:.*]] = linalg.transpose ins(%[[SPLIT]] : tensor<3x4x2xf32>) outs(%{{.*}} : tensor<2x3x4xf32>) permutation = [2, 0, 1]
// CHECK: return %[[NEW]]
module @regrouped_apart {
  module @source {
    grow.param @b : tensor<2x4x3xf32> storage<"b"[1, 2, 0]>
  }
  module @grown {
    grow.param @b : tensor<4x2x3xf32> storage<"b"[1, 2, 0]> {
      %0 = grow.source "b" : tensor<2x4x3xf32>
      %1 = grow.regroup %0 along 0 into 4 x 2 : tensor<2x4x3xf32>
      grow.yield %1 : tensor<4x2x3xf32>
    }
  }
}

// -----

// What is centred along an axis of a transposed tensor, and what is scaled about
// a number, is so as it is stored.
// CHECK-LABEL: module @centered
// CHECK: func.func @derive(%[[OLD:.*]]: tensor<2x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT: %[[CENTERED:.*]] = grow.center %[[OLD]] along 0 : tensor<2x4xf32>
// CHECK-NEXT: %[[SCALED:.*]] = grow.scale %[[CENTERED]] by 3 about -1 : tensor<2x4xf32>
// CHECK-NEXT: return %[[SCALED]]
module @centered {
  module @source {
    grow.param @w : tensor<4x2xf32> storage<"w.weight"[1, 0]>
  }
  module @grown {
    grow.param @w : tensor<4x2xf32> storage<"w.weight"[1, 0]> {
      %0 = grow.source "w" : tensor<4x2xf32>
      %1 = grow.center %0 along 1 : tensor<4x2xf32>
      %2 = grow.scale %1 by 3 about -1 : tensor<4x2xf32>
      grow.yield %2 : tensor<4x2xf32>
    }
  }
}

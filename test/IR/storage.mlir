// Each form of the storage attribute survives printing and parsing.
// RUN: grow-opt %s --verify-roundtrip | FileCheck %s

// CHECK: grow.param @plain : tensor<4x2xf32> storage<"w">
grow.param @plain : tensor<4x2xf32> storage<"w">
// CHECK: grow.param @typed : tensor<4x2xf32> storage<"w" : bf16>
grow.param @typed : tensor<4x2xf32> storage<"w" : bf16>
// CHECK: grow.param @transposed : tensor<4x2xf32> storage<"w"[1, 0]>
grow.param @transposed : tensor<4x2xf32> storage<"w"[1, 0]>
// CHECK: grow.param @heads : tensor<8x2x1x4xf32> storage<"h.{layer}.q"[1*2*3, 0] : f16>
grow.param @heads : tensor<8x2x1x4xf32> storage<"h.{layer}.q"[1*2*3, 0] : f16>
// CHECK: grow.param @fused : tensor<8x2x4xf32> storage<"qkv"[0, 1*2], part 1 of 3 along 1 inside 0>
grow.param @fused : tensor<8x2x4xf32> storage<"qkv"[0, 1*2], part 1 of 3 along 1 inside 0>
// CHECK: grow.param @interleaved : tensor<8x2x4xf32> storage<"qkv"[1*2, 0], part 2 of 3 along 0 inside 1 : bf16>
grow.param @interleaved : tensor<8x2x4xf32> storage<"qkv"[1*2, 0], part 2 of 3 along 0 inside 1 : bf16>
// A tensor of which it is the only part is an ordinary tensor.
// CHECK: grow.param @only_part : tensor<4xf32> storage<"w">
grow.param @only_part : tensor<4xf32> storage<"w", part 0 of 1 along 0 inside 0>
// CHECK: grow.param @escaped : tensor<4xf32> storage<"a\22b\\">
grow.param @escaped : tensor<4xf32> storage<"a\22b\\">
// CHECK: grow.param @units : tensor<4x2xf32> storage<"w"[unit, 1, unit, 0]>
grow.param @units : tensor<4x2xf32> storage<"w"[unit, 1, unit, 0]>

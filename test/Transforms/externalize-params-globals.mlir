// Stored tensors as globals, which other compilers than ours find the values of.

// RUN: grow-opt %s --split-input-file --grow-externalize-params=mode=globals | FileCheck %s --check-prefixes=CHECK,EXTERN
// RUN: grow-opt %s --split-input-file --allow-unregistered-dialect --verify-roundtrip \
// RUN:   --grow-externalize-params=mode=iree | FileCheck %s --check-prefixes=CHECK,IREE
// RUN: grow-opt %s --split-input-file --allow-unregistered-dialect \
// RUN:   --grow-externalize-params="mode=iree scope=gpt2" | FileCheck %s --check-prefix=SCOPE
// RUN: grow-opt %s --split-input-file --allow-unregistered-dialect \
// RUN:   --grow-externalize-params="mode=iree scope=" | FileCheck %s --check-prefix=UNSCOPED
// RUN: grow-opt %s --split-input-file --grow-externalize-params=mode=args | FileCheck %s --check-prefix=ARGS

// One global for each stored tensor, by its name; functions load what they read. The
// schedule is gone, and the symbol of the parameter need not differ from the tensor's.
// EXTERN: #[[EXTERN:.*]] = #ml_program.extern : tensor<8x5xf32>
// EXTERN: #[[EXTERN1:.*]] = #ml_program.extern : tensor<8xf32>
// CHECK-LABEL: module @plain
// EXTERN-NEXT: ml_program.global private @wte.weight(#[[EXTERN]]) : tensor<8x5xf32>
// EXTERN-NEXT: ml_program.global private @gain(#[[EXTERN1]]) : tensor<8xf32>
// IREE-NEXT: ml_program.global private @wte.weight(#flow.parameter.named<"model"::"wte.weight"> : tensor<8x5xf32>) : tensor<8x5xf32>
// IREE-NEXT: ml_program.global private @gain(#flow.parameter.named<"model"::"gain"> : tensor<8xf32>) : tensor<8xf32>
// CHECK-NEXT: func.func @forward(%[[IDS:.*]]: tensor<?x?xi64>) -> tensor<?x?x8xf32> {
// CHECK-NEXT: %[[W:.*]] = ml_program.global_load_const @wte.weight : tensor<8x5xf32>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[W]] : {{.*}}) outs({{.*}}) permutation = [1, 0]
// CHECK: grow.embedding %[[IDS]], %[[T]]
// CHECK: func.func @other()
// CHECK-NEXT: %[[G:.*]] = ml_program.global_load_const @gain : tensor<8xf32>
// CHECK-NEXT: return %[[G]], %[[G]]
// CHECK: func.func @reads_nothing(%{{.*}}: tensor<8xf32>)
// CHECK-NEXT: return
// CHECK-NOT: grow.schedule

// SCOPE: #flow.parameter.named<"gpt2"::"wte.weight"> : tensor<8x5xf32>
// UNSCOPED: #flow.parameter.named<"wte.weight"> : tensor<8x5xf32>

// ARGS-LABEL: module @plain
// ARGS-NEXT: func.func @forward(%{{.*}}: tensor<?x?xi64>, %{{.*}}: tensor<8x5xf32> {grow.stored = "wte.weight"}, %{{.*}}: tensor<8xf32> {grow.stored = "gain"})
module @plain {
  grow.param @wte : tensor<5x8xf32> storage<"wte.weight"[1, 0]>
  grow.param @gain : tensor<8xf32> storage<"gain">
  grow.schedule @s { grow.expand_vocabulary to 6 }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x8xf32> {
    %w = grow.get @wte : tensor<5x8xf32>
    %x = grow.embedding %ids, %w : tensor<?x?xi64>, tensor<5x8xf32>
    return %x : tensor<?x?x8xf32>
  }
  func.func @other() -> (tensor<8xf32>, tensor<8xf32>) {
    %a = grow.get @gain : tensor<8xf32>
    %b = grow.get @gain : tensor<8xf32>
    return %a, %b : tensor<8xf32>, tensor<8xf32>
  }
  func.func @reads_nothing(%x: tensor<8xf32>) -> tensor<8xf32> {
    return %x : tensor<8xf32>
  }
}

// -----

// Parts of a fused tensor are slices of one global, loaded once.
// CHECK-LABEL: module @fused
// CHECK-COUNT-1: ml_program.global private @ab(
// CHECK: %[[W:.*]] = ml_program.global_load_const @ab : tensor<4x5xf32>
// CHECK-NOT: ml_program
// CHECK-DAG: tensor.extract_slice %[[W]][0, 0] [4, 3] [1, 1]
// CHECK-DAG: tensor.extract_slice %[[W]][0, 3] [4, 2] [1, 1]
module @fused {
  grow.param @a : tensor<4x3xf32> storage<"ab"[0, 1], part 0 of 2 along 1 inside 0>
  grow.param @b : tensor<4x2xf32> storage<"ab"[0, 1], part 1 of 2 along 1 inside 0>
  func.func @forward() -> (tensor<4x3xf32>, tensor<4x2xf32>) {
    %a = grow.get @a : tensor<4x3xf32>
    %b = grow.get @b : tensor<4x2xf32>
    return %a, %b : tensor<4x3xf32>, tensor<4x2xf32>
  }
}

// -----

// The global has the type of the file. Layers get what they read as operands, so that
// equal layers stay equal.
// CHECK-LABEL: module @layers
// EXTERN: ml_program.global private @h.0.g(#extern) : tensor<8xbf16>
// EXTERN: ml_program.global private @h.1.g(#extern) : tensor<8xbf16>
// CHECK: %[[G0:.*]] = ml_program.global_load_const @h.0.g : tensor<8xbf16>
// CHECK: %[[G1:.*]] = ml_program.global_load_const @h.1.g : tensor<8xbf16>
// CHECK: grow.layer "a" ({{.*}}, %[[A:.*]] = %[[G0]] : tensor<8xbf16>)
// CHECK-NEXT: arith.extf %[[A]] : tensor<8xbf16> to tensor<8xf32>
// CHECK: grow.layer "b" ({{.*}}, %{{.*}} = %[[G1]] : tensor<8xbf16>)
module @layers {
  grow.param @a : tensor<8xf32> storage<"h.{layer}.g" : bf16>
  grow.param @b : tensor<8xf32> storage<"h.{layer}.g" : bf16>
  func.func @forward(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
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

// Names that need quotes.
// CHECK-LABEL: module @quoted
// EXTERN-NEXT: ml_program.global private @"a \22b\22 <c"(#extern)
// IREE-NEXT: ml_program.global private @"a \22b\22 <c"(#flow.parameter.named<"model"::"a \22b\22 <c"> : tensor<8xf32>)
module @quoted {
  grow.param @a : tensor<8xf32> storage<"a \"b\" <c">
}

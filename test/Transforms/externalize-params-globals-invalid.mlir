// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-externalize-params=mode=globals
// RUN: grow-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --grow-externalize-params=mode=iree

// RUN: not grow-opt --grow-externalize-params=mode=iree %S/../Inputs/tiny.mlir 2>&1 | FileCheck %s --check-prefix=UNREGISTERED
// UNREGISTERED: error: mode=iree makes attributes of IREE's dialect 'flow', which is not registered here: allow dialects that are not, with --allow-unregistered-dialect

// RUN: not grow-opt --grow-externalize-params=mode=onnx %S/../Inputs/tiny.mlir 2>&1 | FileCheck %s --check-prefix=MODE
// MODE: Cannot find option named 'onnx'

module {
  // expected-note @below {{"forward" holds this parameter}}
  grow.param @w : tensor<4xf32> storage<"forward">
  // expected-error @below {{has the name of a stored tensor, which is to be the name of its global: rename this symbol, or use mode=args}}
  func.func @forward() -> tensor<4xf32> {
    %w = grow.get @w : tensor<4xf32>
    return %w : tensor<4xf32>
  }
}

// -----

module {
  // expected-note @below {{the other one is here}}
  grow.param @a : tensor<4xf32> storage<"w">
  // expected-error @below {{is stored in the same place of "w" as another parameter}}
  grow.param @b : tensor<4xf32> storage<"w">
}

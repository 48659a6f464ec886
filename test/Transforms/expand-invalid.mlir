// What grow-expand refuses before it asks an expansion.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(grow-expand{schedule=bigger})'

// The schedule asked for exists.
// expected-error @+1 {{expects a 'grow.schedule' named @bigger, as the option 'schedule' of grow-expand asks for}}
module {
  grow.schedule @smaller {
  }
}

// -----

// There is a model.
// expected-error @+1 {{expects exactly one function with 'grow.layer' or 'grow.get' ops, the model, but found 0}}
module {
  func.func @helper() {
    return
  }
  grow.schedule @bigger {
    grow.expand_mlp to 16
  }
}

// -----

// And only one.
// expected-error @+1 {{expects exactly one function with 'grow.layer' or 'grow.get' ops, the model, but found 2}}
module {
  grow.param @w : tensor<4x4xf32>
  // expected-note @+1 {{one is @a}}
  func.func @a() -> tensor<4x4xf32> {
    %w = grow.get @w : tensor<4x4xf32>
    return %w : tensor<4x4xf32>
  }
  // expected-note @+1 {{one is @b}}
  func.func @b() -> tensor<4x4xf32> {
    %w = grow.get @w : tensor<4x4xf32>
    return %w : tensor<4x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 16
  }
}

// -----

// Layers follow one another.
module {
  grow.param @g : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>, %c: i1) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{the first layer is in another}}
    %0 = grow.layer "l.0" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    %1 = scf.if %c -> tensor<?x?x4xf32> {
      // expected-error @+1 {{expects all layers of a model in one block}}
      %2 = grow.layer "l.1" (%x = %0 : tensor<?x?x4xf32>) {
        grow.yield %x : tensor<?x?x4xf32>
      }
      scf.yield %2 : tensor<?x?x4xf32>
    } else {
      scf.yield %0 : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 16
  }
}

// -----

// Ops of a schedule are expansions.
module {
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  // expected-note @+1 {{every op of a schedule is applied, or none is}}
  grow.schedule @bigger {
    // expected-error @+1 {{'arith.constant' op is not an expansion: it does not implement ExpansionOpInterface}}
    %c = arith.constant 1 : i64
  }
}

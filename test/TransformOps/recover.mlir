// A script recovers from a refused expansion, which leaves no trace in any of
// the models, though the first one could have grown.
// RUN: grow-opt %s --transform-interpreter='entry-point=suppressed' --remarks-filter=grow 2>&1 | FileCheck %s --check-prefix=SUPPRESSED
// RUN: grow-opt %s --transform-interpreter='entry-point=alternative' 2>&1 | FileCheck %s --check-prefix=ALTERNATIVE
// RUN: not grow-opt %s --transform-interpreter='entry-point=propagated' --mlir-print-ir-after-failure 2>&1 | FileCheck %s --check-prefixes=PROPAGATED,SUPPRESSED

// PROPAGATED: recover.mlir:[[#@LINE+51]]:5: error: 'grow.expand_mlp' op cannot widen the MLP of layer 0 ("h.0") to 10 units
// PROPAGATED: recover.mlir:{{.*}}: note: it already has 12

// SUPPRESSED-NOT: error
// SUPPRESSED-NOT: remark
// SUPPRESSED: module @small
// SUPPRESSED: grow.param @up : tensor<4x8xf32>{{$}}
// SUPPRESSED: module @large
// SUPPRESSED: grow.param @up : tensor<4x12xf32>{{$}}
// SUPPRESSED-NOT: remark

// ALTERNATIVE-NOT: error
// ALTERNATIVE: module @small
// ALTERNATIVE: grow.param @up : tensor<4x9xf32> {
// ALTERNATIVE: module @large
// ALTERNATIVE: grow.param @up : tensor<4x13xf32> {
module attributes {transform.with_named_sequence} {
  module @small {
    grow.param @up : tensor<4x8xf32>
    grow.param @down : tensor<8x4xf32>
    func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
        %up = grow.get @up : tensor<4x8xf32>
        %down = grow.get @down : tensor<8x4xf32>
        %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
        grow.yield %m : tensor<?x?x4xf32>
      }
      return %0 : tensor<?x?x4xf32>
    }
  }
  module @large {
    grow.param @up : tensor<4x12xf32>
    grow.param @down : tensor<12x4xf32>
    func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
        %up = grow.get @up : tensor<4x12xf32>
        %down = grow.get @down : tensor<12x4xf32>
        %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x12xf32>, tensor<12x4xf32>) -> tensor<?x?x4xf32>
        grow.yield %m : tensor<?x?x4xf32>
      }
      return %0 : tensor<?x?x4xf32>
    }
  }

  transform.named_sequence @find_models(%root: !transform.any_op {transform.readonly}) -> !transform.any_op {
    %functions = transform.structured.match ops{["func.func"]} in %root : (!transform.any_op) -> !transform.any_op
    %models = transform.get_parent_op %functions {op_name = "builtin.module"} : (!transform.any_op) -> !transform.any_op
    transform.yield %models : !transform.any_op
  }
  transform.named_sequence @propagated(%root: !transform.any_op {transform.readonly}) {
    %models = transform.include @find_models failures(propagate) (%root) : (!transform.any_op) -> !transform.any_op
    transform.grow.expand_mlp to 10 in %models : !transform.any_op
    transform.yield
  }
  transform.named_sequence @suppressed(%root: !transform.any_op {transform.readonly}) {
    %models = transform.include @find_models failures(propagate) (%root) : (!transform.any_op) -> !transform.any_op
    transform.sequence %models : !transform.any_op failures(suppress) {
    ^bb0(%targets: !transform.any_op):
      transform.grow.expand_mlp to 10 in %targets : !transform.any_op
    }
    transform.yield
  }
  // What has grown before the refusal has not grown after it.
  transform.named_sequence @alternative(%root: !transform.any_op {transform.readonly}) {
    %models = transform.include @find_models failures(propagate) (%root) : (!transform.any_op) -> !transform.any_op
    transform.foreach %models : !transform.any_op {
    ^bb0(%model: !transform.any_op):
      transform.alternatives %model : !transform.any_op {
      ^bb1(%scope: !transform.any_op):
        transform.grow.expand_mlp to 14 in %scope : !transform.any_op
        transform.grow.add_heads groups by 1 in %scope : !transform.any_op
      }, {
      ^bb2(%scope: !transform.any_op):
        transform.grow.expand_mlp to 9 in %scope : !transform.any_op
      }, {
      ^bb3(%scope: !transform.any_op):
        transform.grow.expand_mlp to 13 in %scope : !transform.any_op
      }
    }
    transform.yield
  }
}

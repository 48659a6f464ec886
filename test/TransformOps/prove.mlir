// A script that grows a model and has the growth proven, by the pass that there
// is anyway.
// RUN: sed 's|SOURCE|%S/Inputs/model.mlir|' %s > %t.script
// RUN: grow-opt %S/Inputs/model.mlir --transform-preload-library='transform-library-paths=%t.script' \
// RUN:   --transform-interpreter | FileCheck %s

// The proof is one of this model: it is not the one of another.
// RUN: sed 's|SOURCE|%examples/decoder.mlir|' %s > %t.wrong
// RUN: not grow-opt %S/Inputs/model.mlir --transform-preload-library='transform-library-paths=%t.wrong' \
// RUN:   --transform-interpreter 2>&1 | FileCheck %s --check-prefix=WRONG

// CHECK: module attributes {grow.proof = {exactness = "bits"
// WRONG: error: pass pipeline failed
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.consumed}) {
    transform.grow.add_heads groups by 1 in %model : !transform.any_op
    transform.grow.expand_mlp to 16 in %model : !transform.any_op
    transform.grow.add_layers at [1] in %model : !transform.any_op
    %proven = transform.apply_registered_pass "grow-prove" with options = { "source" = "SOURCE", "exactness" = "bits" }
      to %model : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

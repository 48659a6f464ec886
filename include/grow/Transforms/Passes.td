//===- Passes.td - Passes on models ------------------------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_PASSES_TD
#define GROW_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def BlockResultsPass : Pass<"grow-block-results", "::mlir::ModuleOp"> {
  let summary = "compute large results in blocks of rows";
  let description = [{
    Each function that returns a single static tensor larger than `bytes` gets two
    more arguments, the number of the first row (slice along axis 0) and how many
    rows to compute, and returns these rows only. Whoever calls it with one block
    after the other needs memory for a block, whatever the size of the tensor, and
    gets the same bytes.

    Works on linalg and tensor ops, elementwise but for insertions and
    extractions: run after `convert-grow-to-linalg`, on functions that nobody in
    the module calls. A function in which a row depends on more than a few others
    is left as it is.

    ```mlir
    func.func @derive(%old: tensor<4096x1024xf32>) -> tensor<4096x4096xf32>
    // becomes
    func.func @derive(%old: tensor<4096x1024xf32>, %begin: index, %count: index)
      -> tensor<?x4096xf32>
    ```
  }];
  let options = [
    Option<"bytes", "bytes", "uint64_t", /*default=*/"4194304",
           "Leave results alone that take no more than this">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ExpandPass : Pass<"grow-expand", "::mlir::ModuleOp"> {
  let summary = "apply schedules of expansions";
  let description = [{
    Applies the expansions of each `grow.schedule` of the module, in the order
    written, to the module's model, and erases the schedules. Parameters that
    change get a derivation, or a longer one; their types and those of the
    `grow.get` ops that read them change with them.

    Expansions are ops that implement `ExpansionOpInterface`, of this dialect or
    any other. All or nothing: if one of them is refused, the pass fails with
    its error and the module is what it was.

    Options name sizes that the model is to have once the schedules have been
    applied, as the flags of `grow apply` do. They stand for a schedule in the
    order that leaves most of the new entries free: un-sharing, keys, values, MLP,
    heads, stream, layers, vocabulary, positions. 0 leaves a size as it is.

    ```
    grow-opt model.mlir --grow-expand="mlp=512 hidden=96 heads=6 layers=+2@0,4"
    ```

    Each expansion is a remark of the category `grow`
    (`--remarks-filter=grow`).

    Example: with this schedule,

    ```mlir
    grow.param @h.0.down : tensor<12x8xf32>
    grow.schedule @bigger {
      grow.expand_mlp to 16
    }
    ```

    the parameter becomes

    ```mlir
    grow.param @h.0.down : tensor<16x8xf32> {
      %0 = grow.source "h.0.down" : tensor<12x8xf32>
      %1 = grow.extend %0 with #grow.zero along 0 at [12] by [4] : tensor<12x8xf32>
      grow.yield %1 : tensor<16x8xf32>
    }
    ```
  }];
  let options = [
    Option<"schedule", "schedule", "std::string", /*default=*/"",
           "Symbol of the schedule to apply; all of them, in order, if empty">,
    Option<"mlp", "mlp", "int64_t", "0", "Units of each MLP">,
    Option<"hidden", "hidden", "int64_t", "0", "Channels of the stream">,
    Option<"heads", "heads", "int64_t", "0", "Query heads of each layer, in all">,
    Option<"kvHeads", "kv-heads", "int64_t", "0", "Heads of keys and values">,
    Option<"headDim", "head-dim", "int64_t", "0",
           "Channels of keys and values of each head">,
    Option<"key", "key", "int64_t", "0", "Channels of keys of each head">,
    Option<"value", "value", "int64_t", "0", "Channels of values of each head">,
    Option<"vocabulary", "vocabulary", "int64_t", "0", "Tokens">,
    Option<"positions", "positions", "int64_t", "0",
           "Longest sequence, of learned positions">,
    Option<"unshareKVHeads", "unshare-kv-heads", "int64_t", "0",
           "Copy heads of keys and values until there are so many, before all else">,
    Option<"layers", "layers", "std::string", /*default=*/"",
           "New layers: +N, spread evenly, or +N@i,j,... before these layers">,
    Option<"layersFrom", "layers-from", "std::string", /*default=*/"\"random\"",
           "What new layers start as: random, previous or next">,
    Option<"init", "init", "std::string", /*default=*/"",
           "Fill of free weights: normal:STDDEV, uniform:BOUND or zero">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of random fills">,
    Option<"mlpZero", "mlp-zero", "std::string", /*default=*/"\"down\"",
           "Zero side of new MLP units: down, up, gate or pair">,
    Option<"keyZero", "key-zero", "std::string", /*default=*/"\"key\"",
           "Zero side of new key channels: key, query or both">,
    Option<"valueZero", "value-zero", "std::string", /*default=*/"\"output\"",
           "Zero side of new values and heads: output or value">,
    Option<"compensation", "compensation", "std::string", /*default=*/"\"graph\"",
           "Where compensating factors go: graph or weights">,
    Option<"allowDead", "allow-dead", "bool", "false",
           "Allow new entries that never receive a gradient">,
  ];
}

def ExternalizeParamsPass
    : Pass<"grow-externalize-params", "::mlir::ModuleOp"> {
  let summary = "turn the parameters of a model into arguments or globals";
  let description = [{
    Names each tensor that the model's checkpoint stores, of the stored shape and
    element type, in a form that other compilers understand. Each `grow.get`
    becomes a view of its tensor: a slice of a fused tensor, an expansion of
    flattened axes, a transposition, a conversion of the element type. Layers
    receive the tensors that they read as operands.

    * `mode=args`: every function that reads parameters gets one more argument
      for each stored tensor, in the order in which the parameters are declared.
      The attribute `grow.stored` on the argument names the tensor.
    * `mode=globals`: each stored tensor is an immutable `ml_program.global` of
      its name, whose value is external (`#ml_program.extern`). Functions load
      those that they read.
    * `mode=iree`: the same, but the value is
      `#flow.parameter.named<"scope"::"name">`, which IREE reads from the file
      that is given to its runtime as `--parameters=scope=FILE`. The attribute is
      of a dialect of IREE's: unless the context has it, as in a compiler built on
      IREE, it must allow dialects that are not registered
      (`--allow-unregistered-dialect`).

    No parameter is left afterwards, and no schedule, since there is nothing
    left that could grow; derivations are dropped, since the arguments or globals
    are the derived tensors.

    Fails, with the module unchanged, if a parameter has no storage, if parts of
    a fused tensor do not fit together, or if another symbol has the name of a
    global.

    ```mlir
    grow.param @w : tensor<4x8xf32> storage<"w.weight"[1, 0]>
    func.func @forward(%x: tensor<?x?xi64>) -> tensor<?x?x8xf32> {
      %w = grow.get @w : tensor<4x8xf32>
      ...
    // becomes
    func.func @forward(%x: tensor<?x?xi64>,
                       %t: tensor<8x4xf32> {grow.stored = "w.weight"}) -> ... {
      %w = linalg.transpose ins(%t) outs(...) permutation = [1, 0]
      ...
    // or
    ml_program.global private @w.weight(#ml_program.extern : tensor<8x4xf32>) : tensor<8x4xf32>
    func.func @forward(%x: tensor<?x?xi64>) -> tensor<?x?x8xf32> {
      %t = ml_program.global_load_const @w.weight : tensor<8x4xf32>
      ...
    ```
  }];
  let options = [
    Option<"mode", "mode", "::grow::ParamsMode",
           /*default=*/"::grow::ParamsMode::Args", "What stored tensors become",
           [{::llvm::cl::values(
             clEnumValN(::grow::ParamsMode::Args, "args",
                        "arguments of the functions that read parameters"),
             clEnumValN(::grow::ParamsMode::Globals, "globals",
                        "external globals of the dialect ml_program"),
             clEnumValN(::grow::ParamsMode::IREE, "iree",
                        "globals that are parameters of IREE's runtime"))}]>,
    Option<"scope", "scope", "std::string", /*default=*/"\"model\"",
           "With mode=iree: the scope of the parameters' names; none if empty">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::ml_program::MLProgramDialect",
                           "::mlir::tensor::TensorDialect"];
}

def HoistInvariantsPass : Pass<"grow-hoist-invariants", "::mlir::ModuleOp"> {
  let summary = "compute once what depends on parameters or sizes alone";
  let description = [{
    Structured ops (`linalg`) of a private function that all its callers would
    compute alike move to the callers: what depends only on stored tensors
    (arguments with `grow.stored`), such as weights in another layout, and what
    depends only on sizes, such as the cosines and sines of positions. Sizes are
    traced through the calls, so that `cse` merges what all layers share.

    What depends on stored tensors alone then leaves the public function, too: it
    becomes a function that a host calls once, when it loads the model, and an
    argument with the attribute `grow.prepared`, which names that function and the
    tensors to call it with. Stored tensors that nothing else reads are no
    arguments any more. Equal functions are shared.

    ```mlir
    func.func @forward(%x: tensor<?x64xf32>, %w: tensor<64x64xf32> {grow.stored = "w"}) {
      %p = linalg.pack %w ...
    // becomes
    func.func @forward(%x: tensor<?x64xf32>,
                       %p: tensor<4x64x16xf32> {grow.prepared = [@forward.prepare, "w"]}) {
    func.func @forward.prepare(%w: tensor<64x64xf32>) -> tensor<4x64x16xf32> {
      %p = linalg.pack %w ...
    ```

    Functions of several blocks are left as they are.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::tensor::TensorDialect"];
}

def OutlineLayersPass : Pass<"grow-outline-layers", "::mlir::ModuleOp"> {
  let summary = "turn layers into calls, equal layers into calls of one function";
  let description = [{
    Each `grow.layer` becomes a call of a private function with the layer's
    region as body. Layers whose regions are equal share the function, so that
    compile time does not grow with depth. Run after
    `grow-externalize-params`: layers that name their parameters differ.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def OutlineOpsPass : Pass<"grow-outline-ops", "::mlir::ModuleOp"> {
  let summary = "turn the ops of a model into calls between two marks";
  let description = [{
    Each op of the model becomes a call of a private function of its own, between
    calls of `@grow_begin_op` and `@grow_end_op` with the op's number: whoever
    runs the code provides these two and can tell how long each op takes. The
    function's attribute `grow.timed` is the number. Views of parameters move
    into the functions that read them, so that no tensor is copied for a call.

    Ops are what depends on the input of `@forward`, in it and in the functions
    that it calls: not what is made of parameters alone. Run after
    `grow-externalize-params` and `grow-outline-layers`.

    ```mlir
    %y = grow.rms_norm %x gain(%g) ... : tensor<?x?x8xf32>
    // becomes
    %id = arith.constant 3 : i64
    call @grow_begin_op(%id) : (i64) -> ()
    %y = call @rms_norm(%x, %g) : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
    call @grow_end_op(%id) : (i64) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect"];
}

def PlanDerivationsPass : Pass<"grow-plan-derivations", "::mlir::ModuleOp"> {
  let summary = "turn the derivations of a grown model into functions";
  let description = [{
    Expects two nested modules, a model and the model it has grown into, and adds
    a third, `@derivations`, with a function for each distinct way in which a
    stored tensor of the grown checkpoint is computed. The module's attribute
    `grow.plan` lists the stored tensors in order: each is either a copy of a
    source's tensor or `function(sources..., keys...)`. Tensors are independent
    of one another, and functions of layers that grow alike are shared.

    Derivations run in the order in which the checkpoint stores the axes, so
    nothing is transposed. This is what `grow apply` runs.

    ```mlir
    module @derivations attributes {grow.plan = [
      {copy = "wte.weight", tensor = "wte.weight"},
      {function = @derive, keys = [42], sources = ["h.0.up"], tensor = "h.0.up"}
    ]} {
      func.func @derive(%arg0: tensor<8x12xf32>, %arg1: i64) -> tensor<8x16xf32> {
    ```
  }];
  let options = [
    Option<"source", "source", "std::string", /*default=*/"\"source\"",
           "Name of the module that has not grown">,
    Option<"grown", "grown", "std::string", /*default=*/"\"grown\"",
           "Name of the module that has grown">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // GROW_TRANSFORMS_PASSES_TD

//===- MatchTransformOps.cpp - Finding parts of a model -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransformOpsUtils.h"
#include "grow/Expansion/Model.h"
#include "grow/IR/Layers.h"
#include "grow/TransformOps/GrowTransformOps.h"

using namespace mlir;
using namespace grow;
using namespace grow::transform_ops;
using transform::TransformResults;
using transform::TransformState;

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

static std::optional<ArrayRef<int64_t>> getLayerNumbers(Operation *op) {
  if (auto layers = op->getAttrOfType<DenseI64ArrayAttr>("layers"))
    return layers.asArrayRef();
  return std::nullopt;
}

LogicalResult transform_ops::detail::verifyMatch(Operation *op) {
  return verifyLayers(op, getLayerNumbers(op));
}

/// The layers that `op` selects of a payload op. Emits an error and fails if it
/// has no layers to select.
static FailureOr<SmallVector<LayerOp>> selectLayers(Operation *op,
                                                    Operation *payload) {
  std::optional<ArrayRef<int64_t>> numbers = getLayerNumbers(op);
  if (auto module = dyn_cast<ModuleOp>(payload)) {
    FailureOr<Model> model = Model::get(module);
    if (failed(model))
      return failure();
    if (!numbers)
      return llvm::to_vector(model->getLayers());
    return model->selectLayers(op, numbers);
  }
  auto layer = dyn_cast<LayerOp>(payload);
  if (layer && !numbers)
    return SmallVector<LayerOp>{layer};
  InFlightDiagnostic diag = op->emitOpError();
  if (layer)
    diag << "expects no 'layers' where the targets are layers";
  else
    diag << "expects models, each a 'builtin.module', or layers as targets";
  diag.attachNote(payload->getLoc())
      << "the target is this '" << payload->getName() << "'";
  return diag;
}

DiagnosedSilenceableFailure
transform_ops::detail::match(Operation *op, StringRef name,
                             TransformResults &results,
                             const TransformState &state) {
  SmallVector<Operation *> matches;
  auto collect = [&]() -> LogicalResult {
    for (Operation *payload : state.getPayloadOps(op->getOperand(0))) {
      FailureOr<SmallVector<LayerOp>> layers = selectLayers(op, payload);
      if (failed(layers))
        return failure();
      for (LayerOp layer : *layers)
        layer->walk([&](Operation *part) {
          if (part->getName().getStringRef() == name)
            matches.push_back(part);
        });
    }
    return success();
  };
  DiagnosedSilenceableFailure collected = silenceErrors(op, collect);
  if (collected.succeeded())
    results.set(cast<OpResult>(op->getResult(0)), matches);
  return collected;
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The number that `op` has of `size`, by the first of its parameters that has
/// such an axis.
static std::optional<int64_t> findSize(ParameterizedOpInterface op,
                                       StringRef size) {
  for (auto [i, role] : llvm::enumerate(op.getParamRoles())) {
    OpOperand *operand = op.getParamOperand(i);
    if (!operand)
      continue;
    for (auto [axis, counted] : llvm::enumerate(role.axes))
      if (getSizeName(counted) == size)
        return cast<ShapedType>(operand->get().getType()).getDimSize(axis);
  }
  return std::nullopt;
}

/// The size that all ops in `payload` have which have it at all.
static FailureOr<int64_t> getCommonSize(GetSizeOp op, Operation *payload) {
  StringRef name = stringifyModelSize(op.getSize());
  // By size, where it was found first.
  llvm::MapVector<int64_t, Operation *> found;
  payload->walk([&](ParameterizedOpInterface part) {
    if (std::optional<int64_t> size = findSize(part, name))
      found.insert({*size, part});
  });
  if (found.size() == 1)
    return found.front().first;
  InFlightDiagnostic diag = op.emitOpError();
  if (found.empty()) {
    diag << "expects targets with parameters that have '" << name << "'";
    diag.attachNote(payload->getLoc())
        << "this '" << payload->getName() << "' has none";
  } else {
    diag << "expects one '" << name
         << "' in each target; match the parts of the model that differ";
    for (auto [size, part] : found)
      diag.attachNote(part->getLoc()) << "here it is " << size;
  }
  return diag;
}

DiagnosedSilenceableFailure GetSizeOp::apply(transform::TransformRewriter &,
                                             TransformResults &results,
                                             TransformState &state) {
  Builder builder(getContext());
  SmallVector<Attribute> sizes;
  auto collect = [&]() -> LogicalResult {
    for (Operation *payload : state.getPayloadOps(getTarget())) {
      FailureOr<int64_t> size = getCommonSize(*this, payload);
      if (failed(size))
        return failure();
      sizes.push_back(builder.getI64IntegerAttr(*size));
    }
    return success();
  };
  DiagnosedSilenceableFailure collected =
      transform_ops::detail::silenceErrors(*this, collect);
  if (collected.succeeded())
    results.setParams(cast<OpResult>(getResult()), sizes);
  return collected;
}

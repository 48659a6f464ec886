//===- Model.cpp - Running models -----------------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow-c/Model.h"
#include "Handles.h"
#include "grow/Execution/CodeCache.h"
#include "grow/Execution/CompiledModel.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;
using namespace grow::capi;

namespace {
/// Tensors in memory of the caller.
class CallerSource : public TensorSource {
public:
  explicit CallerSource(ArrayRef<GrowTensor> given) {
    for (const GrowTensor &tensor : given)
      tensors[unwrap(tensor.name)] =
          ArrayRef(static_cast<const char *>(tensor.data), tensor.size);
  }

  llvm::Expected<TensorView> lookup(StringRef name,
                                    RankedTensorType type) override {
    auto it = tensors.find(name);
    if (it == tensors.end())
      return llvm::createStringError(llvm::formatv(
          "the tensor '{0}', which the model reads, is not given", name));
    if (it->second.size() != getByteSize(type))
      return llvm::createStringError(
          llvm::formatv("the tensor '{0}' has {1} bytes, expected {2} for {3}",
                        name, it->second.size(), getByteSize(type), type));
    return TensorView{type, it->second};
  }

private:
  llvm::StringMap<ArrayRef<char>> tensors;
};

/// What a GrowModel stands for.
struct BoundModel {
  MLIRContext *context;
  CompiledModel compiled;
  /// What the parameters are views of; nulls: the model is not bound.
  std::shared_ptr<const CheckpointDir> dir;
  std::unique_ptr<TensorSource> source;

  LogicalResult bind(std::shared_ptr<const CheckpointDir> newDir,
                     std::unique_ptr<TensorSource> newSource);
  /// Copies what `run` computes to `logits`, which must have `tokens` logits
  /// each for so many numbers.
  LogicalResult run(std::optional<int64_t> tokens, void *logits, size_t size,
                    llvm::function_ref<llvm::Expected<HostTensor>()> run) const;
};
} // namespace

DEFINE_C_API_PTR_METHODS(GrowModel, BoundModel)

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

GrowModel growModelCompile(MlirModule handle) {
  ModuleOp module = unwrap(handle);
  if (failed(checkModule(module)))
    return {nullptr};
  OwningOpRef<ModuleOp> stored = module.clone();
  storeUnderOwnNames(*stored);
  CompileOptions options;
  options.cacheDirectory = CodeCache::getDefaultDirectory();
  FailureOr<CompiledModel> compiled = CompiledModel::compile(*stored, options);
  if (failed(compiled))
    return {nullptr};
  return wrap(new BoundModel{module.getContext(), std::move(*compiled),
                             /*dir=*/{}, /*source=*/{}});
}

void growModelDestroy(GrowModel model) { delete unwrap(model); }

void growModelForEachParameter(GrowModel model,
                               void (*callback)(MlirStringRef, MlirType,
                                                void *),
                               void *userData) {
  if (growModelIsNull(model) || !callback)
    return;
  llvm::StringSet<> seen;
  for (const ModelInput &input : unwrap(model)->compiled.getInterface().inputs)
    for (const StoredInput &stored : input.sources)
      if (seen.insert(stored.name).second)
        callback(wrap(StringRef(stored.name)), wrap(Type(stored.type)),
                 userData);
}

static const ForwardInterface *getInterface(GrowModel model) {
  return growModelIsNull(model) ? nullptr
                                : &unwrap(model)->compiled.getInterface();
}

int64_t growModelGetVocabulary(GrowModel model) {
  const ForwardInterface *interface = getInterface(model);
  return interface ? interface->logits.getShape().back() : 0;
}

int64_t growModelGetPositions(GrowModel model) {
  const ForwardInterface *interface = getInterface(model);
  return interface ? interface->limits.positions.value_or(0) : 0;
}

MlirType growModelGetLogitsType(GrowModel model) {
  const ForwardInterface *interface = getInterface(model);
  return wrap(interface ? interface->logits.getElementType() : Type());
}

MlirType growModelGetImageType(GrowModel model) {
  const ForwardInterface *interface = getInterface(model);
  return wrap(interface ? Type(interface->limits.images) : Type());
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

LogicalResult BoundModel::bind(std::shared_ptr<const CheckpointDir> newDir,
                               std::unique_ptr<TensorSource> newSource) {
  source = nullptr;
  if (llvm::Error error = compiled.bind(*newSource))
    return report(context, std::move(error));
  source = std::move(newSource);
  dir = std::move(newDir);
  return success();
}

MlirLogicalResult growModelBindCheckpoint(GrowModel handle,
                                          GrowCheckpoint checkpoint) {
  if (growModelIsNull(handle))
    return mlirLogicalResultFailure();
  BoundModel &model = *unwrap(handle);
  if (growCheckpointIsNull(checkpoint)) {
    capi::emitError(model.context) << "expected a checkpoint, found null";
    return mlirLogicalResultFailure();
  }
  if (failed(checkSameContext(model.context, unwrap(checkpoint)->context,
                              "a checkpoint")))
    return mlirLogicalResultFailure();
  std::shared_ptr<const CheckpointDir> dir = unwrap(checkpoint)->dir;
  return wrap(model.bind(dir, std::make_unique<CheckpointSource>(*dir)));
}

MlirLogicalResult growModelBindTensors(GrowModel handle, intptr_t count,
                                       const GrowTensor *tensors) {
  if (growModelIsNull(handle))
    return mlirLogicalResultFailure();
  BoundModel &model = *unwrap(handle);
  if (count < 0 || (count > 0 && !tensors)) {
    capi::emitError(model.context)
        << "expected tensors, found " << (tensors ? "" : "null and ")
        << "a count of " << count;
    return mlirLogicalResultFailure();
  }
  ArrayRef<GrowTensor> given(tensors, count);
  for (const GrowTensor &tensor : given) {
    if (!getString(model.context, "the name of a tensor", tensor.name))
      return mlirLogicalResultFailure();
    if (!tensor.data && tensor.size) {
      capi::emitError(model.context)
          << "the tensor '" << unwrap(tensor.name) << "' is null";
      return mlirLogicalResultFailure();
    }
  }
  return wrap(model.bind(/*newDir=*/{}, std::make_unique<CallerSource>(given)));
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// None if that is not a number that memory could have so many bytes of.
static std::optional<int64_t> multiply(std::optional<int64_t> a, int64_t b) {
  int64_t product;
  if (!a || *a < 0 || b < 0 || llvm::MulOverflow(*a, b, product))
    return std::nullopt;
  return product;
}

LogicalResult
BoundModel::run(std::optional<int64_t> tokens, void *logits, size_t size,
                llvm::function_ref<llvm::Expected<HostTensor>()> run) const {
  RankedTensorType type = compiled.getInterface().logits;
  std::optional<int64_t> expected =
      multiply(multiply(tokens, type.getShape().back()),
               type.getElementTypeBitWidth() / 8);
  if (!source)
    return capi::emitError(context)
           << "the model is not bound to parameters: call "
              "growModelBindCheckpoint or growModelBindTensors";
  if (!expected)
    return capi::emitError(context)
           << "expected a batch and a sequence that logits can be computed of";
  if (!logits || size != static_cast<size_t>(*expected))
    return capi::emitError(context)
           << "expected memory for " << *expected << " bytes of logits, found "
           << (logits ? "" : "null and ") << "a size of " << size;
  llvm::Expected<HostTensor> result = run();
  if (!result)
    return report(context, result.takeError());
  llvm::copy(result->getBytes(), static_cast<char *>(logits));
  return success();
}

MlirLogicalResult growModelRun(GrowModel handle, const int64_t *ids,
                               int64_t batch, int64_t sequence, void *logits,
                               size_t size) {
  if (growModelIsNull(handle))
    return mlirLogicalResultFailure();
  const BoundModel &model = *unwrap(handle);
  std::optional<int64_t> tokens = multiply(batch, sequence);
  return wrap(
      model.run(tokens, logits, size, [&]() -> llvm::Expected<HostTensor> {
        if (!ids && *tokens > 0)
          return llvm::createStringError("expected token numbers, found null");
        TokenBatch rows;
        rows.ids.assign(ids, ids + *tokens);
        rows.batch = batch;
        rows.sequence = sequence;
        return model.compiled.run(rows);
      }));
}

MlirLogicalResult growModelRunImages(GrowModel handle, const void *pixels,
                                     size_t pixelsSize, int64_t batch,
                                     void *logits, size_t size) {
  if (growModelIsNull(handle))
    return mlirLogicalResultFailure();
  const BoundModel &model = *unwrap(handle);
  auto run = [&]() -> llvm::Expected<HostTensor> {
    RankedTensorType type = model.compiled.getLimits().images;
    if (!type)
      return llvm::createStringError(
          "the model reads token numbers, not images");
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = batch;
    RankedTensorType given = type.clone(shape);
    if (!pixels || pixelsSize != getByteSize(given))
      return llvm::createStringError(llvm::formatv(
          "expected {0} bytes of pixels for {1}, found {2}{3}",
          getByteSize(given), given, pixels ? "" : "null and ", pixelsSize));
    return model.compiled.run(TensorView{
        given, ArrayRef(static_cast<const char *>(pixels), pixelsSize)});
  };
  return wrap(model.run(multiply(batch, 1), logits, size, run));
}

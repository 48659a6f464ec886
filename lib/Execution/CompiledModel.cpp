//===- CompiledModel.cpp - A transformer that runs ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModel.h"
#include "grow/Conversion/Passes.h"
#include "grow/IR/GrowOps.h"
#include "grow/Pipelines/Pipelines.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

static constexpr llvm::StringLiteral kForward = "forward";
static constexpr llvm::StringLiteral kStored = "grow.stored";
static constexpr llvm::StringLiteral kPrepared = "grow.prepared";

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

static bool isIds(Type type) {
  auto ids = dyn_cast<RankedTensorType>(type);
  return ids && ids.getRank() == 2 && ids.getElementType().isInteger();
}

/// Images of any number, but of one size.
static bool isImages(Type type) {
  auto images = dyn_cast<RankedTensorType>(type);
  return images && images.getRank() == 4 &&
         isa<FloatType>(images.getElementType()) &&
         !ShapedType::isDynamicShape(images.getShape().drop_front());
}

static bool isLogits(Type type) {
  auto logits = dyn_cast<RankedTensorType>(type);
  return logits && logits.getRank() == 3 &&
         isa<FloatType>(logits.getElementType()) && !logits.isDynamicDim(2);
}

static FailureOr<func::FuncOp> getForward(ModuleOp model) {
  auto forward = model.lookupSymbol<func::FuncOp>(kForward);
  if (!forward)
    return model.emitError() << "expected a function @" << kForward
                             << " from token numbers to logits";
  if (forward.getNumArguments() != 1 || forward.getNumResults() != 1 ||
      !(isIds(forward.getArgumentTypes().front()) ||
        isImages(forward.getArgumentTypes().front())) ||
      !isLogits(forward.getResultTypes().front()))
    return forward.emitOpError()
           << "expects one argument, token numbers (batch x sequence) or "
              "images "
              "(batch x channels x rows x columns), and one result, logits "
              "(batch x sequence x vocabulary)";
  return forward;
}

static std::optional<int64_t> getIfStatic(int64_t size) {
  if (ShapedType::isDynamic(size))
    return std::nullopt;
  return size;
}

/// Checks that a sequence of known length has a learned position for each
/// token.
static LogicalResult checkPositions(PositionEmbeddingOp op, int64_t most) {
  int64_t length = op.getType().getDimSize(1);
  if (ShapedType::isDynamic(length) || length <= most)
    return success();
  return op.emitOpError() << "has positions for " << most
                          << " tokens, but the sequence has " << length;
}

FailureOr<ModelLimits> ModelLimits::get(ModuleOp model) {
  FailureOr<func::FuncOp> forward = getForward(model);
  if (failed(forward))
    return failure();
  ModelLimits limits;
  auto input = cast<RankedTensorType>(forward->getArgumentTypes().front());
  limits.batch = getIfStatic(input.getDimSize(0));
  if (isImages(input))
    limits.images = input;
  else
    limits.sequence = getIfStatic(input.getDimSize(1));
  WalkResult result = forward->walk([&](PositionEmbeddingOp op) -> WalkResult {
    int64_t most = op.getTable().getType().getDimSize(0) -
                   static_cast<int64_t>(op.getOffset());
    limits.positions = std::min(limits.positions.value_or(most), most);
    return checkPositions(op, most);
  });
  if (result.wasInterrupted())
    return failure();
  std::optional<int64_t> rows;
  forward->walk([&](EmbeddingOp op) {
    int64_t size = op.getTable().getType().getDimSize(0);
    rows = std::min(rows.value_or(size), size);
  });
  auto logits = cast<RankedTensorType>(forward->getResultTypes().front());
  limits.vocabulary = rows.value_or(logits.getDimSize(2));
  return limits;
}

static llvm::Error checkBatch(std::optional<int64_t> expected, int64_t found) {
  if (!expected || *expected == found)
    return llvm::Error::success();
  return llvm::createStringError("the batch has %" PRId64
                                 " entries, but the model is written for "
                                 "%" PRId64,
                                 found, *expected);
}

llvm::Error ModelLimits::check(const TokenBatch &tokens) const {
  if (images)
    return llvm::createStringError("the model reads images, not token numbers");
  if (tokens.batch < 1 || tokens.sequence < 1)
    return llvm::createStringError("there are no tokens to run the model on");
  if (llvm::Error error = checkBatch(batch, tokens.batch))
    return error;
  if (sequence && tokens.sequence != *sequence)
    return llvm::createStringError("the sequence has %" PRId64
                                   " tokens, but the model is written for "
                                   "%" PRId64,
                                   tokens.sequence, *sequence);
  if (positions && tokens.sequence > *positions)
    return llvm::createStringError("the sequence has %" PRId64
                                   " tokens, but the model has only %" PRId64
                                   " positions: use at most that many",
                                   tokens.sequence, *positions);
  for (int64_t id : tokens.ids)
    if (id < 0 || id >= vocabulary)
      return llvm::createStringError(
          "token %" PRId64 " is not in the model's vocabulary: expected 0 to "
          "%" PRId64,
          id, vocabulary - 1);
  return llvm::Error::success();
}

llvm::Error ModelLimits::check(TensorView view) const {
  if (!images)
    return llvm::createStringError("the model reads token numbers, not images");
  if (view.type.getElementType() != images.getElementType() ||
      view.type.getShape().drop_front() != images.getShape().drop_front())
    return llvm::createStringError(llvm::formatv(
        "the images are {0}, but the model reads {1}", view.type, images));
  if (view.type.getDimSize(0) < 1)
    return llvm::createStringError("there are no images to run the model on");
  return checkBatch(batch, view.type.getDimSize(0));
}

//===----------------------------------------------------------------------===//
// CompiledModel
//===----------------------------------------------------------------------===//

/// Turns parameters into arguments and layers, with `timeOps` ops, too, into
/// functions.
static LogicalResult outline(ModuleOp model, bool timeOps) {
  PassManager pm(model.getContext());
  pm.addPass(createExternalizeParamsPass());
  pm.addPass(createOutlineLayersPass());
  if (timeOps)
    pm.addPass(createOutlineOpsPass());
  return pm.run(model);
}

/// Turns functions of model ops into blocks, on the CPU on packed weights.
static LogicalResult tile(ModuleOp model, Target target) {
  PassManager pm(model.getContext());
  switch (target) {
  case Target::CPU:
    buildModelTiling(pm, ToLLVMPipelineOptions());
    break;
  case Target::Vulkan:
    buildGPUModelTiling(pm, ToSPIRVPipelineOptions());
    break;
  case Target::CUDA:
    buildGPUModelTiling(pm, ToNVVMPipelineOptions());
    break;
  }
  return pm.run(model);
}

/// What the arguments of the forward after its input are. Attributes that say
/// so are dropped: the translation to LLVM IR would warn about them.
namespace {
class Inputs {
public:
  static Inputs take(func::FuncOp forward) {
    Inputs inputs;
    for (unsigned i = 1; i < forward.getNumArguments(); ++i) {
      Description input;
      if (auto prepared = dyn_cast_or_null<ArrayAttr>(
              forward.removeArgAttr(i, kPrepared))) {
        auto symbol = cast<FlatSymbolRefAttr>(prepared[0]);
        input.function = symbol.getValue().str();
        auto function =
            SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(forward, symbol);
        for (auto [name, type] : llvm::zip_equal(
                 prepared.getValue().drop_front(), function.getArgumentTypes()))
          input.sources.push_back(
              {cast<StringAttr>(name).str(), cast<RankedTensorType>(type)});
      } else {
        auto name = cast<StringAttr>(forward.removeArgAttr(i, kStored));
        auto type = cast<RankedTensorType>(forward.getArgumentTypes()[i]);
        input.sources.push_back({name.str(), type});
      }
      inputs.descriptions.push_back(std::move(input));
    }
    return inputs;
  }

  std::vector<ModelInput> resolve(const CompiledModule &module) && {
    std::vector<ModelInput> result;
    for (Description &input : descriptions) {
      if (input.function.empty())
        result.push_back(std::move(input.sources.front()));
      else
        result.push_back(PreparedInput{module.lookup(input.function),
                                       std::move(input.sources)});
    }
    return result;
  }

private:
  struct Description {
    std::string function; // that prepares it; none if it is stored
    std::vector<StoredInput> sources;
  };
  std::vector<Description> descriptions;
};
} // namespace

FailureOr<CompiledModel> CompiledModel::compile(ModuleOp model,
                                                const CompileOptions &options) {
  assert(!(options.device && options.timeOps) &&
         "a device runs ops when their calls have returned");
  FailureOr<ModelLimits> limits = ModelLimits::get(model);
  if (failed(limits))
    return failure();
  OwningOpRef<ModuleOp> module = model.clone();
  if (failed(outline(*module, options.timeOps)))
    return failure();
  auto timer = options.timeOps ? std::make_unique<OpTimer>(*module) : nullptr;
  Target target = options.device ? options.device->getTarget() : Target::CPU;
  if (failed(tile(*module, target)))
    return failure();
  auto forward = module->lookupSymbol<func::FuncOp>(kForward);
  auto inputType = cast<RankedTensorType>(forward.getArgumentTypes().front());
  Inputs inputs = Inputs::take(forward);
  FailureOr<CompiledModule> compiled =
      CompiledModule::compile(*module, options);
  if (failed(compiled))
    return failure();
  CompiledFunction function = compiled->lookup(kForward);
  CompiledModel result(*std::move(compiled), function);
  result.limits = *limits;
  result.inputType = inputType;
  result.inputs = std::move(inputs).resolve(result.module);
  result.timer = std::move(timer);
  result.device = options.device;
  return result;
}

/// The bytes of the stored tensors that an input is made of.
static uint64_t getSourceBytes(const ModelInput &input) {
  const auto *prepared = std::get_if<PreparedInput>(&input);
  uint64_t bytes = 0;
  if (prepared)
    for (const StoredInput &source : prepared->sources)
      bytes += getByteSize(source.type);
  return bytes;
}

llvm::Error CompiledModel::bind(TensorSource &source) {
  prepared.clear();
  onDevice.clear();
  parameters.assign(inputs.size(), TensorView());
  // The largest first: while it is prepared, it is there twice, and so few
  // others are there at that time.
  std::vector<std::pair<uint64_t, size_t>> order;
  for (auto [index, input] : llvm::enumerate(inputs))
    order.push_back({getSourceBytes(input), index});
  llvm::sort(order, std::greater<>());
  for (auto [bytes, index] : order) {
    const auto *stored = std::get_if<StoredInput>(&inputs[index]);
    llvm::Expected<CompiledFunction::Argument> parameter =
        stored ? keep(*stored, source)
               : prepare(std::get<PreparedInput>(inputs[index]), source);
    if (!parameter)
      return parameter.takeError();
    parameters[index] = *parameter;
  }
  return llvm::Error::success();
}

/// A stored tensor as it is.
llvm::Expected<CompiledFunction::Argument>
CompiledModel::keep(const StoredInput &input, TensorSource &source) {
  llvm::Expected<TensorView> view = source.lookup(input.name, input.type);
  if (!view)
    return view.takeError();
  if (!device)
    return CompiledFunction::Argument(*view);
  llvm::Expected<DeviceTensor> copy = device->upload(*view);
  if (!copy)
    return copy.takeError();
  source.release(input.name);
  onDevice.push_back(std::move(*copy));
  return CompiledFunction::Argument(DeviceView(onDevice.back()));
}

llvm::Expected<CompiledFunction::Argument>
CompiledModel::prepare(const PreparedInput &input, TensorSource &source) {
  SmallVector<CompiledFunction::Argument> arguments;
  for (const StoredInput &used : input.sources) {
    llvm::Expected<TensorView> view = source.lookup(used.name, used.type);
    if (!view)
      return view.takeError();
    arguments.push_back(*view);
  }
  CompiledFunction::Argument result;
  if (device) {
    llvm::Expected<DeviceTensor> tensor = input.prepare.callOnDevice(arguments);
    if (!tensor)
      return tensor.takeError();
    onDevice.push_back(std::move(*tensor));
    result = DeviceView(onDevice.back());
  } else {
    prepared.push_back(llvm::cantFail(input.prepare(arguments)));
    result = TensorView(prepared.back());
  }
  // An embedding that is read as it is, too, needs few of its rows again.
  for (const StoredInput &used : input.sources)
    source.release(used.name);
  return result;
}

/// The ids in the integer type that the model takes.
static HostTensor makeIds(const TokenBatch &tokens, RankedTensorType type) {
  HostTensor ids =
      HostTensor::allocate(type.clone({tokens.batch, tokens.sequence}));
  char *entry = ids.getBytes().data();
  if (type.getElementType().isInteger(64))
    llvm::copy(tokens.ids, reinterpret_cast<int64_t *>(entry));
  else
    llvm::copy(tokens.ids, reinterpret_cast<int32_t *>(entry));
  return ids;
}

llvm::Expected<HostTensor> CompiledModel::call(TensorView input) const {
  assert(parameters.size() == inputs.size() && "parameters are not bound");
  SmallVector<CompiledFunction::Argument> arguments = {input};
  llvm::append_range(arguments, parameters);
  OpTimer::Scope scope(timer.get());
  return forward(arguments);
}

llvm::Expected<HostTensor> CompiledModel::run(const TokenBatch &tokens) const {
  if (llvm::Error error = limits.check(tokens))
    return error;
  return call(makeIds(tokens, inputType));
}

llvm::Expected<HostTensor> CompiledModel::run(TensorView images) const {
  if (llvm::Error error = limits.check(images))
    return error;
  return call(images);
}

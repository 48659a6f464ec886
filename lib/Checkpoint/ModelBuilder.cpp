//===- ModelBuilder.cpp - IR from a configuration -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "Rope.h"
#include "grow/IR/GrowDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace mlir;
using namespace grow;

static constexpr llvm::StringLiteral layerPlaceholder = "{layer}";
static constexpr llvm::StringLiteral prefixPlaceholder = "{prefix}";

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Type grow::getElementType(MLIRContext *context, DType dtype) {
  switch (dtype) {
  case DType::F64:
    return Float64Type::get(context);
  case DType::F32:
    return Float32Type::get(context);
  case DType::F16:
    return Float16Type::get(context);
  case DType::BF16:
    return BFloat16Type::get(context);
  default:
    return {};
  }
}

DType grow::getDType(Type elementType) {
  if (elementType.isF64())
    return DType::F64;
  if (elementType.isF32())
    return DType::F32;
  if (elementType.isF16())
    return DType::F16;
  assert(elementType.isBF16() && "not an element type of a model");
  return DType::BF16;
}

TensorTable::TensorTable(const CheckpointDir &dir) {
  for (const SafetensorsFile &shard : dir.getShards())
    for (const TensorInfo &tensor : shard.getTensors())
      entries[tensor.name] = {tensor.dtype, tensor.shape,
                              shard.getPath().str()};
  origin = dir.getShards().size() == 1 ? dir.getShards().front().getPath().str()
                                       : dir.getPath().str();
}

TensorTable::TensorTable(const StorageMap &storage) {
  origin = "the grown model";
  for (const StoredTensor &tensor : storage.getTensors())
    entries[tensor.name] = {getDType(tensor.elementType),
                            SmallVector<int64_t, 4>(ArrayRef(tensor.shape)),
                            origin};
}

const TensorTable::Entry *TensorTable::lookup(StringRef name) const {
  auto it = entries.find(name.str());
  return it == entries.end() ? nullptr : &it->second;
}

static std::string printShape(ArrayRef<int64_t> shape) {
  return shape.empty()
             ? "a scalar"
             : llvm::join(llvm::map_range(shape,
                                          [](int64_t size) {
                                            return std::to_string(size);
                                          }),
                          "x");
}

/// Whether `name` is `pattern` with a number for `{layer}`.
static bool matches(StringRef pattern, StringRef name) {
  auto [before, after] = pattern.split(layerPlaceholder);
  if (before.size() == pattern.size())
    return name == pattern;
  return name.consume_front(before) && name.consume_back(after) &&
         !name.empty() && llvm::all_of(name, llvm::isDigit);
}

static FailureOr<Architecture> findArchitecture(const ConfigFile &file,
                                                const ImportOptions &options) {
  const llvm::json::Value *type = file.lookup("model_type");
  StringRef modelType = type ? type->getAsString().value_or("") : "";
  if (modelType.empty())
    return emitError(file.getLoc("model_type"))
           << "'model_type' is "
           << (type ? printJSON(*type) : std::string("missing"))
           << ", expected the name of an architecture";
  llvm::Expected<Architecture> arch = [&]() -> llvm::Expected<Architecture> {
    if (options.architectureFile.empty())
      return Architecture::get(modelType);
    auto buffer = llvm::MemoryBuffer::getFile(options.architectureFile);
    if (!buffer)
      return llvm::createFileError(options.architectureFile, buffer.getError());
    return Architecture::parse(options.architectureFile,
                               (*buffer)->getBuffer());
  }();
  if (!arch)
    return emitError(file.getLoc("model_type"))
           << llvm::toString(arch.takeError());
  if (arch->modelType != modelType)
    return emitError(file.getLoc("model_type"))
           << "'model_type' is \"" << modelType << "\", but '" << arch->file
           << "' describes models of type \"" << arch->modelType << "\"";
  return std::move(*arch);
}

FailureOr<ImportedConfig> grow::importConfig(const CheckpointDir &dir,
                                             MLIRContext *context,
                                             const ImportOptions &options) {
  llvm::SmallString<128> path(dir.getPath());
  llvm::sys::path::append(path, "config.json");
  FailureOr<ConfigFile> file =
      ConfigFile::parse(context, path, dir.getConfigText());
  if (failed(file))
    return failure();
  FailureOr<Architecture> found = findArchitecture(*file, options);
  if (failed(found))
    return failure();
  auto arch = std::make_unique<Architecture>(std::move(*found));
  FailureOr<ModelConfig> config =
      ModelConfig::resolve(*arch, std::move(*file), options);
  if (failed(config))
    return failure();
  return ImportedConfig{std::move(arch), std::move(*config)};
}

StringRef grow::findPrefix(const Architecture &arch, const TensorTable &table) {
  auto hasTensor = [&](const BlockSpec &block, StringRef prefix) {
    return !block.isInLayer &&
           llvm::any_of(block.params, [&](const ParamSpec &param) {
             return llvm::any_of(param.getNames(), [&](StringRef name) {
               return name.contains(prefixPlaceholder) &&
                      table.lookup(substitute(name, prefixPlaceholder, prefix));
             });
           });
  };
  for (StringRef prefix : arch.prefixes)
    for (const auto &[name, block] : arch.blocks)
      if (hasTensor(block, prefix))
        return prefix;
  return arch.prefixes.front();
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

namespace {
class ModelBuilder {
public:
  ModelBuilder(const ModelConfig &config, const TensorTable &table,
               Type elementType)
      : config(config), arch(config.getArchitecture()), table(table),
        prefix(findPrefix(arch, table)), elementType(elementType),
        context(config.getFile().getContext()),
        builder(config.getFile().getLoc(), context), paramBuilder(builder) {}

  FailureOr<BuiltModel> build();

private:
  using Values = llvm::StringMap<Value>;

  LogicalResult findElementType();
  LogicalResult buildFunction();
  LogicalResult buildLayer(int64_t number, Values &values);
  /// Returns the last value.
  FailureOr<Value> buildStatements(ArrayRef<Statement> statements,
                                   Values &values);
  RankedTensorType getInputType();
  FailureOr<Value> buildCall(const Statement &statement, const Values &values);

  // One for each kind of block: the op with the given parameters.
  using Params = ArrayRef<Value>;
  FailureOr<Value> buildBlock(const BlockSpec &block, Value x);
  FailureOr<Value> buildLayerNorm(const BlockSpec &block, Value x, Params w);
  FailureOr<Value> buildRMSNorm(const BlockSpec &block, Value x, Params w);
  FailureOr<Value> buildAttention(const BlockSpec &block, Value x, Params w);
  FailureOr<Value> buildMLP(const BlockSpec &block, Value x, Params w);
  FailureOr<Value> buildDense(const BlockSpec &block, Value x, Params w);
  FailureOr<Value> buildScale(const BlockSpec &block, Value x);
  FailureOr<Value> buildSoftcap(const BlockSpec &block, Value x);

  FailureOr<SmallVector<Value>> getParams(const BlockSpec &block);
  FailureOr<Value> getParam(const BlockSpec &block, const ParamRole &role,
                            const ParamSpec &spec);
  FailureOr<bool> isPresent(const ParamSpec &spec);
  FailureOr<ParamOp> findOrCreateParam(StringRef symbol, const ParamRole &role,
                                       const ParamSpec &spec);
  std::string getSymbol(const BlockSpec &block, const ParamRole &role) const;
  std::string getTensorName(StringRef name) const;
  StringRef findName(const ParamSpec &spec) const;

  FailureOr<ExactAttr> getExact(const Setting &setting);
  FailureOr<ExactAttr> getOptionalExact(const std::optional<Setting> &setting);
  FailureOr<ExactAttr> getScale(const NumberSpec &scale);
  FailureOr<IntegerAttr> getWindow(const std::optional<WindowSpec> &window);
  FailureOr<RopeAttr> getRope(const BlockSpec &block);
  UnitAttr getUnit(bool isThere) {
    return isThere ? builder.getUnitAttr() : UnitAttr();
  }

  bool isIgnorable(StringRef tensor) const;
  LogicalResult checkTensors();
  LogicalResult checkShape(const StoredTensor &tensor,
                           const TensorTable::Entry &entry);
  LogicalResult checkLeftOver();

  const ModelConfig &config;
  const Architecture &arch;
  const TensorTable &table;
  StringRef prefix;
  Type elementType;
  MLIRContext *context;
  ImplicitLocOpBuilder builder, paramBuilder;
  BuiltModel result;
  llvm::StringMap<ParamOp> params;
  llvm::DenseMap<Operation *, const ParamRole *> roleOf;
  /// The layer being built; -1 outside of them.
  int64_t layer = -1;
  /// By the architecture's word on them.
  llvm::DenseMap<const RopeSpec *, RopeAttr> ropes;
};
} // namespace

FailureOr<BuiltModel> ModelBuilder::build() {
  context->loadDialect<GrowDialect, arith::ArithDialect, func::FuncDialect>();
  if (failed(findElementType()))
    return failure();
  result.module = ModuleOp::create(builder.getLoc(), arch.modelType);
  builder.setInsertionPointToStart(result.module->getBody());
  if (failed(buildFunction()) || failed(verify(*result.module)) ||
      failed(checkTensors()) || failed(checkLeftOver()))
    return failure();
  return std::move(result);
}

/// The type to compute in, unless it is given: the stored type of all tensors.
LogicalResult ModelBuilder::findElementType() {
  const std::pair<const std::string, TensorTable::Entry> *first = nullptr;
  for (const auto &tensor : table.getEntries()) {
    const auto &[name, entry] = tensor;
    if (isIgnorable(name))
      continue;
    if (!::grow::getElementType(context, entry.dtype))
      return emitError(builder.getLoc())
             << "'" << entry.file << "' has tensor '" << name << "' of type "
             << stringifyDType(entry.dtype)
             << ", but grow reads only F64, F32, F16 and BF16: convert a "
                "quantized checkpoint to one of these first";
    if (!first)
      first = &tensor;
    if (!elementType && entry.dtype != first->second.dtype)
      return emitError(builder.getLoc())
             << "'" << entry.file << "' has tensor '" << name << "' of type "
             << stringifyDType(entry.dtype) << ", but tensor '" << first->first
             << "' is of type " << stringifyDType(first->second.dtype)
             << ": say which type to compute in with --dtype";
  }
  if (!first)
    return emitError(builder.getLoc())
           << "'" << table.getOrigin() << "' has no tensors";
  if (!elementType)
    elementType = ::grow::getElementType(context, first->second.dtype);
  return success();
}

LogicalResult ModelBuilder::buildFunction() {
  RankedTensorType input = getInputType();
  auto function = func::FuncOp::create(builder, "forward",
                                       builder.getFunctionType(input, input));
  paramBuilder.setInsertionPoint(function);
  builder.setInsertionPointToStart(function.addEntryBlock());

  Values values;
  values[arch.getInput()] = function.getArgument(0);
  if (failed(buildStatements(arch.prologue, values)))
    return failure();
  for (layer = 0; layer < config.getSize("layers"); ++layer)
    if (failed(buildLayer(layer, values)))
      return failure();
  layer = -1;
  FailureOr<Value> logits = buildStatements(arch.epilogue, values);
  if (failed(logits))
    return failure();
  func::ReturnOp::create(builder, *logits);
  function.setType(builder.getFunctionType(input, logits->getType()));
  return success();
}

RankedTensorType ModelBuilder::getInputType() {
  if (arch.getInput() == "ids")
    return RankedTensorType::get({ShapedType::kDynamic, ShapedType::kDynamic},
                                 builder.getI64Type());
  return RankedTensorType::get(
      {ShapedType::kDynamic, config.getSize("image_channels"),
       config.getSize("image_rows"), config.getSize("image_columns")},
      elementType);
}

LogicalResult ModelBuilder::buildLayer(int64_t number, Values &values) {
  Value x = values.lookup("x");
  std::string name =
      substitute(arch.layerName, layerPlaceholder, std::to_string(number));
  auto op = LayerOp::create(builder, x.getType(), name, x);
  OpBuilder::InsertionGuard guard(builder);
  Block *body =
      builder.createBlock(&op.getBody(), {}, x.getType(), builder.getLoc());
  Values inner;
  inner["x"] = body->getArgument(0);
  if (failed(buildStatements(arch.layer, inner)))
    return failure();
  YieldOp::create(builder, inner.lookup("x"));
  values["x"] = op.getResult();
  return success();
}

FailureOr<Value> ModelBuilder::buildStatements(ArrayRef<Statement> statements,
                                               Values &values) {
  Value last;
  for (const Statement &statement : statements) {
    if (!statement.condition.empty()) {
      FailureOr<bool> flag = config.getFlag(statement.condition);
      if (failed(flag))
        return failure();
      if (*flag == statement.isNegated)
        continue;
    }
    FailureOr<Value> value = buildCall(statement, values);
    if (failed(value))
      return failure();
    last = values[statement.result] = *value;
  }
  return last;
}

FailureOr<Value> ModelBuilder::buildCall(const Statement &statement,
                                         const Values &values) {
  Value first = values.lookup(statement.arguments.front());
  if (statement.callee != "add")
    return buildBlock(arch.blocks.at(statement.callee), first);
  Value second = values.lookup(statement.arguments.back());
  return arith::AddFOp::create(builder, first, second).getResult();
}

FailureOr<Value> ModelBuilder::buildBlock(const BlockSpec &block, Value x) {
  auto params = getParams(block);
  if (failed(params))
    return failure();
  Params w = *params;
  switch (block.kind) {
  case BlockKind::Embedding:
    return EmbeddingOp::create(builder, x, w[0]).getResult();
  case BlockKind::PositionEmbedding:
    return PositionEmbeddingOp::create(builder, x, w[0], block.index)
        .getResult();
  case BlockKind::TypeEmbedding:
    return TypeEmbeddingOp::create(builder, x, w[0], block.index).getResult();
  case BlockKind::PatchEmbedding:
    return PatchEmbeddingOp::create(builder, x, w[0], w[1], w[2]).getResult();
  case BlockKind::SelectToken:
    return SelectTokenOp::create(builder, x, block.index).getResult();
  case BlockKind::Dense:
    return buildDense(block, x, w);
  case BlockKind::Unembedding:
    return UnembeddingOp::create(builder, x, w[0], w[1]).getResult();
  case BlockKind::LayerNorm:
    return buildLayerNorm(block, x, w);
  case BlockKind::RMSNorm:
    return buildRMSNorm(block, x, w);
  case BlockKind::Attention:
    return buildAttention(block, x, w);
  case BlockKind::MLP:
    return buildMLP(block, x, w);
  case BlockKind::Scale:
    return buildScale(block, x);
  case BlockKind::Softcap:
    return buildSoftcap(block, x);
  }
  llvm_unreachable("unknown kind of block");
}

FailureOr<Value> ModelBuilder::buildLayerNorm(const BlockSpec &block, Value x,
                                              Params w) {
  FailureOr<ExactAttr> epsilon = getExact(*block.epsilon);
  if (failed(epsilon))
    return failure();
  int64_t hidden = config.getSize("hidden");
  return LayerNormOp::create(builder, x, w[0], w[1], *epsilon, hidden, hidden)
      .getResult();
}

FailureOr<Value> ModelBuilder::buildRMSNorm(const BlockSpec &block, Value x,
                                            Params w) {
  FailureOr<ExactAttr> epsilon = getExact(*block.epsilon);
  if (failed(epsilon))
    return failure();
  return RMSNormOp::create(builder, x, w[0], *epsilon, config.getSize("hidden"),
                           block.hasUnitOffset)
      .getResult();
}

FailureOr<Value> ModelBuilder::buildAttention(const BlockSpec &block, Value x,
                                              Params w) {
  FailureOr<ExactAttr> scale = getScale(*block.scale);
  FailureOr<ExactAttr> softcap = getOptionalExact(block.softcap);
  FailureOr<RopeAttr> rope = getRope(block);
  FailureOr<IntegerAttr> window = getWindow(block.window);
  FailureOr<ExactAttr> qkEpsilon = ExactAttr();
  IntegerAttr qkCount;
  if (block.qkEpsilon) {
    qkEpsilon = getExact(*block.qkEpsilon);
    qkCount = builder.getI64IntegerAttr(config.getSize("key"));
  }
  if (failed(scale) || failed(softcap) || failed(rope) || failed(window) ||
      failed(qkEpsilon))
    return failure();
  return AttentionOp::create(builder, x, w[0], w[1], w[2], w[3], w[4], w[5],
                             w[6], w[7], w[8], w[9], *qkEpsilon, qkCount,
                             getUnit(block.qkHasUnitOffset), *rope, *scale,
                             *softcap, /*alibi=*/DenseF64ArrayAttr(),
                             getUnit(block.isCausal), *window)
      .getResult();
}

FailureOr<Value> ModelBuilder::buildMLP(const BlockSpec &block, Value x,
                                        Params w) {
  FailureOr<Activation> activation = config.getActivation(*block.activation);
  if (failed(activation))
    return failure();
  return MLPOp::create(builder, x, w[0], w[1], w[2], w[3], w[4], w[5],
                       ActivationAttr::get(context, *activation))
      .getResult();
}

FailureOr<Value> ModelBuilder::buildDense(const BlockSpec &block, Value x,
                                          Params w) {
  ActivationAttr activation;
  if (block.activation) {
    FailureOr<Activation> found = config.getActivation(*block.activation);
    if (failed(found))
      return failure();
    activation = ActivationAttr::get(context, *found);
  }
  return DenseOp::create(builder, x, w[0], w[1], activation).getResult();
}

/// The float of a type that is nearest to `value`, as a fraction; none if that
/// is infinite.
static std::optional<Exact> roundTo(FloatType type, const Exact &value) {
  llvm::APFloat nearest = value.toFloat(type.getFloatSemantics());
  if (!nearest.isFinite())
    return std::nullopt;
  int exponent;
  double mantissa = std::frexp(nearest.convertToDouble(), &exponent);
  // An integer of at most 53 digits times a power of two.
  Exact::Int numerator(int64_t(std::ldexp(mantissa, 53))), denominator(1);
  for (exponent -= 53; exponent < 0; ++exponent)
    denominator *= 2;
  for (; exponent > 0; --exponent)
    numerator *= 2;
  return Exact::rational(numerator, denominator);
}

/// A factor of 1 needs no op.
FailureOr<Value> ModelBuilder::buildScale(const BlockSpec &block, Value x) {
  FailureOr<ExactAttr> factor = getScale(*block.scale);
  if (failed(factor))
    return failure();
  // Frameworks that round do so to the type of the weights. In f64 the op
  // itself rounds like them.
  if (block.isRounded && !elementType.isF64()) {
    std::optional<Exact> rounded =
        roundTo(cast<FloatType>(elementType), factor->getValue());
    if (!rounded)
      return emitError(builder.getLoc())
             << "the factor of block '" << block.name
             << "' is larger than all numbers of type " << elementType;
    factor = ExactAttr::get(context, *rounded);
  }
  if (factor->getValue().isOne())
    return x;
  return ScaleOp::create(builder, x, *factor, /*about=*/ExactAttr())
      .getResult();
}

FailureOr<Value> ModelBuilder::buildSoftcap(const BlockSpec &block, Value x) {
  FailureOr<ExactAttr> bound = getOptionalExact(block.softcap);
  if (failed(bound))
    return failure();
  return *bound ? SoftcapOp::create(builder, x, *bound).getResult() : x;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<Value>> ModelBuilder::getParams(const BlockSpec &block) {
  SmallVector<Value> values;
  for (auto [role, spec] : llvm::zip(getRoles(block.kind), block.params)) {
    FailureOr<Value> value = getParam(block, role, spec);
    if (failed(value))
      return failure();
    values.push_back(*value);
  }
  return values;
}

/// The value of a parameter; null if the model does not have it.
FailureOr<Value> ModelBuilder::getParam(const BlockSpec &block,
                                        const ParamRole &role,
                                        const ParamSpec &spec) {
  FailureOr<bool> present = isPresent(spec);
  FailureOr<bool> tied = false;
  if (!spec.tiedIf.empty())
    tied = config.getFlag(spec.tiedIf);
  if (failed(present) || failed(tied))
    return failure();
  if (!*present)
    return Value();

  std::string symbol = getSymbol(block, role);
  const ParamSpec *stored = &spec;
  if (*tied) {
    const BlockSpec &target = arch.blocks.at(spec.tiedTo);
    symbol = getSymbol(target, role);
    stored = &target.params.front();
  }
  std::string original = getTensorName(findName(*stored));
  for (StringRef name : spec.getNames()) {
    std::string copy = getTensorName(name);
    if (copy != original && table.lookup(copy))
      result.copies.push_back({copy, original, *tied});
  }
  FailureOr<ParamOp> param = findOrCreateParam(symbol, role, *stored);
  if (failed(param))
    return failure();
  return GetOp::create(builder, param->getTensorType(), param->getSymName())
      .getResult();
}

FailureOr<bool> ModelBuilder::isPresent(const ParamSpec &spec) {
  if (spec.tensor.empty())
    return false;
  if (!spec.condition.empty())
    return config.getFlag(spec.condition);
  return !spec.isOptional || table.lookup(getTensorName(findName(spec)));
}

std::string ModelBuilder::getSymbol(const BlockSpec &block,
                                    const ParamRole &role) const {
  std::string symbol = block.name;
  if (block.isInLayer)
    symbol =
        substitute(arch.layerName, layerPlaceholder, std::to_string(layer)) +
        "." + symbol;
  // An op with a single parameter lends it its name.
  return role.name == "table" ? symbol : symbol + "." + role.name.str();
}

std::string ModelBuilder::getTensorName(StringRef name) const {
  return substitute(substitute(name, prefixPlaceholder, prefix),
                    layerPlaceholder, std::to_string(layer));
}

/// The name, with its placeholder for the layer, under which the checkpoint has
/// the parameter; the first one if it does not have it.
StringRef ModelBuilder::findName(const ParamSpec &spec) const {
  for (StringRef name : spec.otherNames)
    if (!table.lookup(getTensorName(spec.tensor)) &&
        table.lookup(getTensorName(name)))
      return name;
  return spec.tensor;
}

FailureOr<ParamOp> ModelBuilder::findOrCreateParam(StringRef symbol,
                                                   const ParamRole &role,
                                                   const ParamSpec &spec) {
  ParamOp &param = params[symbol];
  if (param)
    return param;
  std::string name = getTensorName(findName(spec));
  const TensorTable::Entry *entry = table.lookup(name);
  if (!entry) {
    std::string layers = layer < 0 ? "" : config.explainSize("layers");
    return emitError(config.getFile().getLoc())
           << "'" << table.getOrigin() << "' has no tensor '" << name
           << "', which " << (layers.empty() ? "every" : "a")
           << " model of type " << arch.modelType
           << (layers.empty() ? "" : " with ") << layers << " has";
  }
  SmallVector<int64_t> shape;
  for (StringRef axis : llvm::map_range(role.axes, getSizeName))
    shape.push_back(config.getSize(axis));
  Type stored = ::grow::getElementType(context, entry->dtype);
  auto storage =
      StorageAttr::get(context,
                       builder.getStringAttr(substitute(
                           findName(spec), prefixPlaceholder, prefix)),
                       spec.axes, spec.groups, spec.part, spec.parts, spec.dim,
                       spec.inside, stored == elementType ? Type() : stored);
  param = ParamOp::create(paramBuilder, symbol,
                          RankedTensorType::get(shape, elementType), storage);
  roleOf[param] = &role;
  return param;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

FailureOr<ExactAttr> ModelBuilder::getExact(const Setting &setting) {
  FailureOr<Exact> number = config.getNumber(setting);
  if (failed(number))
    return failure();
  return ExactAttr::get(context, *number);
}

/// Null if the architecture has no such setting, or its value is null.
FailureOr<ExactAttr>
ModelBuilder::getOptionalExact(const std::optional<Setting> &setting) {
  if (!setting)
    return ExactAttr();
  FailureOr<std::optional<Exact>> number = config.getOptionalNumber(*setting);
  if (failed(number))
    return failure();
  return *number ? ExactAttr::get(context, **number) : ExactAttr();
}

FailureOr<ExactAttr> ModelBuilder::getScale(const NumberSpec &scale) {
  FailureOr<Exact> number = config.getNumber(scale);
  if (failed(number))
    return failure();
  if (number->isPositive())
    return ExactAttr::get(context, *number);
  return config.emitBadValue(scale.setting, "a positive number");
}

/// Null if layers like the one being built attend to all of the past.
FailureOr<IntegerAttr>
ModelBuilder::getWindow(const std::optional<WindowSpec> &window) {
  if (!window)
    return IntegerAttr();
  FailureOr<std::optional<int64_t>> size =
      config.getWindow(*window, config.getLayerType(layer));
  if (failed(size))
    return failure();
  return *size ? builder.getI64IntegerAttr(**size) : IntegerAttr();
}

/// Null for attention without a rotary embedding.
FailureOr<RopeAttr> ModelBuilder::getRope(const BlockSpec &block) {
  const RopeSpec *spec = block.findRope(config.getLayerType(layer));
  if (!spec)
    return RopeAttr();
  // The same for all layers of a type, and its warnings are wanted once.
  RopeAttr &rope = ropes[spec];
  if (!rope) {
    FailureOr<RopeAttr> imported = importRope(config, *spec);
    if (failed(imported))
      return failure();
    rope = *imported;
  }
  return rope;
}

//===----------------------------------------------------------------------===//
// Checking tensors
//===----------------------------------------------------------------------===//

/// Whether the tensor is one that models of this architecture need not read.
bool ModelBuilder::isIgnorable(StringRef tensor) const {
  return llvm::any_of(arch.ignoredTensors, [&](StringRef pattern) {
    return matches(substitute(pattern, prefixPlaceholder, prefix), tensor);
  });
}

LogicalResult ModelBuilder::checkTensors() {
  FailureOr<StorageMap> storage = StorageMap::resolve(*result.module);
  if (failed(storage))
    return failure();
  llvm::StringSet<> used;
  for (const StoredTensor &tensor : storage->getTensors()) {
    used.insert(tensor.name);
    if (failed(checkShape(tensor, *table.lookup(tensor.name))))
      return failure();
  }
  for (const auto &[name, entry] : table.getEntries())
    if (!used.contains(name))
      result.ignoredTensors.push_back(name);
  return success();
}

/// The sizes that make up the dimensions in which two shapes differ.
static SmallVector<StringRef> findBlamedSizes(const StoredTensor &tensor,
                                              ArrayRef<int64_t> found,
                                              const ParamRole &role) {
  ParamOp param = tensor.parts.front().param;
  StorageAttr storage = param.getStorageAttr();
  int64_t rank = param.getTensorType().getRank();
  SmallVector<int64_t> axes = storage.getPermutation(rank);
  SmallVector<StringRef> sizes;
  for (auto [dim, group] : llvm::enumerate(storage.getReassociation(rank)))
    if (found.size() != tensor.shape.size() || found[dim] != tensor.shape[dim])
      for (int64_t position : group)
        sizes.push_back(getSizeName(role.axes[axes[position]]));
  return sizes;
}

LogicalResult ModelBuilder::checkShape(const StoredTensor &tensor,
                                       const TensorTable::Entry &entry) {
  if (ArrayRef<int64_t>(entry.shape) == ArrayRef(tensor.shape))
    return success();
  const ParamRole &role = *roleOf.at(tensor.parts.front().param);
  std::string reason =
      config.explainSizes(findBlamedSizes(tensor, entry.shape, role));
  return emitError(config.getFile().getLoc())
         << "config.json says " << reason << ", so tensor '" << tensor.name
         << "' should be " << printShape(tensor.shape) << ", but '"
         << entry.file << "' has it as " << printShape(entry.shape);
}

LogicalResult ModelBuilder::checkLeftOver() {
  for (const std::string &name : result.ignoredTensors) {
    auto isName = [&](const TensorCopy &copy) { return copy.name == name; };
    if (llvm::any_of(result.copies, isName) || isIgnorable(name))
      continue;
    return emitError(config.getFile().getLoc())
           << "'" << table.lookup(name)->file << "' has tensor '" << name
           << "', which is no part of a model of type " << arch.modelType
           << " with " << config.explainSize("layers")
           << ": the configuration does not belong to these weights";
  }
  return success();
}

FailureOr<BuiltModel> grow::buildModel(const ModelConfig &config,
                                       const TensorTable &table,
                                       Type elementType) {
  return ModelBuilder(config, table, elementType).build();
}

//===- Export.cpp - The configuration of a grown model --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Export.h"
#include "Capabilities.h"
#include "ConfigEditor.h"
#include "Conform.h"
#include "ModelBuilder.h"
#include "Rope.h"
#include "grow/Checkpoint/CompareModels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Parameters of a module
//===----------------------------------------------------------------------===//

namespace {
/// Which block of the architecture a parameter of a module belongs to, by where
/// it is stored.
class ParamIndex {
public:
  struct Entry {
    const BlockSpec *block;
    const ParamRole *role;
  };

  ParamIndex(const Architecture &arch, ModuleOp module,
             const TensorTable &table);

  /// None for what the architecture does not store.
  std::optional<Entry> lookup(ParamOp param) const;
  /// The block that an op with parameters was built from, by the first of them.
  const BlockSpec *findBlock(ParameterizedOpInterface op) const;

private:
  std::map<std::pair<std::string, int64_t>, Entry> entries;
  SymbolTable symbols;
};
} // namespace

ParamIndex::ParamIndex(const Architecture &arch, ModuleOp module,
                       const TensorTable &table)
    : symbols(module) {
  StringRef prefix = findPrefix(arch, table);
  for (const auto &[name, block] : arch.blocks)
    for (auto [role, param] : llvm::zip(getRoles(block.kind), block.params))
      for (StringRef name : param.getNames())
        entries[{substitute(name, "{prefix}", prefix), param.part}] = {&block,
                                                                       &role};
}

std::optional<ParamIndex::Entry> ParamIndex::lookup(ParamOp param) const {
  StorageAttr storage = param.getStorageAttr();
  auto it = entries.find({storage.getName().str(), storage.getPart()});
  if (it == entries.end())
    return std::nullopt;
  return it->second;
}

const BlockSpec *ParamIndex::findBlock(ParameterizedOpInterface op) const {
  auto get = op->getOperand(1).getDefiningOp<GetOp>();
  if (!get)
    return nullptr;
  std::optional<Entry> entry = lookup(symbols.lookup<ParamOp>(get.getParam()));
  return entry ? entry->block : nullptr;
}

//===----------------------------------------------------------------------===//
// Sizes of a module
//===----------------------------------------------------------------------===//

namespace {
/// Reads the sizes that an architecture names off the parameters of a module:
/// the way back from shapes to numbers of a configuration.
class SizeReader {
public:
  SizeReader(const Architecture &arch, ModuleOp module, const ParamIndex &index)
      : arch(arch), module(module), index(index) {
    numberLayers();
  }

  /// Fails, with an error, if parameters disagree about a size.
  FailureOr<SizeMap> read();

private:
  /// What layers, or parameters outside of them, have as a size.
  using Holders = std::map<int64_t, SmallVector<std::string>>;

  void numberLayers();
  LogicalResult checkAgreement(StringRef size, const Holders &holders);

  const Architecture &arch;
  ModuleOp module;
  const ParamIndex &index;
  llvm::DenseMap<StringAttr, int64_t> layerOf;
  int64_t layers = 0;
};
} // namespace

void SizeReader::numberLayers() {
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!forward)
    return;
  forward.walk([&](LayerOp layer) {
    layer.walk(
        [&](GetOp get) { layerOf[get.getParamAttr().getAttr()] = layers; });
    ++layers;
  });
}

FailureOr<SizeMap> SizeReader::read() {
  std::map<std::string, Holders> holders;
  for (auto param : module.getOps<ParamOp>()) {
    std::optional<ParamIndex::Entry> entry = index.lookup(param);
    // What the architecture does not store is found by the comparison.
    if (!entry || entry->role->axes.size() !=
                      static_cast<size_t>(param.getTensorType().getRank()))
      continue;
    auto layer = layerOf.find(param.getSymNameAttr());
    std::string holder = layer == layerOf.end()
                             ? ("@" + param.getSymName()).str()
                             : "layer " + std::to_string(layer->second);
    for (auto [axis, size] :
         llvm::zip(entry->role->axes, param.getTensorType().getShape()))
      if (auto &names = holders[getSizeName(axis).str()][size];
          names.empty() || names.back() != holder)
        names.push_back(holder);
  }
  SizeMap sizes;
  sizes["layers"] = layers;
  for (const auto &[size, found] : holders) {
    if (failed(checkAgreement(size, found)))
      return failure();
    sizes[size] = found.begin()->first;
  }
  for (const SizeSpec &size : arch.sizes)
    if (size.inverse && !sizes.count(size.name))
      if (std::optional<int64_t> value = evaluate(*size.inverse, sizes))
        sizes[size.name] = *value;
  return sizes;
}

LogicalResult SizeReader::checkAgreement(StringRef size,
                                         const Holders &holders) {
  if (holders.size() == 1)
    return success();
  std::string key = arch.findSize(size)->key;
  InFlightDiagnostic diag =
      emitError(module.getLoc())
      << "the configuration of " << arch.modelType << " holds one "
      << (key.empty() ? "size '" + size.str() + "'" : "'" + key + "'")
      << " for all layers, but the grown model has several: grow all layers "
         "alike";
  for (const auto &[value, names] : holders)
    diag.attachNote() << value << " in " << llvm::join(names, ", ");
  return diag;
}

/// The types of the layers of a module, which their windows show. Empty if the
/// architecture does not have types.
static std::vector<std::string> readLayerTypes(const Architecture &arch,
                                               ModuleOp module) {
  std::vector<std::string> types;
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!arch.layerTypes || !forward)
    return types;
  StringRef windowed = arch.getWindowedType();
  const std::vector<std::string> &values = arch.layerTypes->values;
  StringRef other = values[values.front() == windowed];
  forward.walk([&](LayerOp layer) {
    bool hasWindow = false;
    layer.walk([&](AttentionOp op) { hasWindow |= bool(op.getWindowAttr()); });
    types.push_back((hasWindow ? windowed : other).str());
  });
  return types;
}

//===----------------------------------------------------------------------===//
// Epsilons of a module
//===----------------------------------------------------------------------===//

/// The epsilon of a norm that divides by its size, as frameworks do.
template <typename NormOp>
static std::optional<Exact> getImpliedEpsilon(NormOp op) {
  Exact ratio =
      Exact::rational(Exact::Int(op.getCount()),
                      Exact::Int(op.getGain().getType().getDimSize(0)));
  return op.getEpsilon().getValue().times(ratio);
}

/// What each key that holds an epsilon has to say, so that norms which kept
/// their divisor compute the same with that of the framework. If norms that
/// share a key ask for different numbers, the first is taken; the others have
/// to be conformed to it.
static std::map<std::string, Exact> readEpsilons(ModuleOp module,
                                                 const ParamIndex &index) {
  std::map<std::string, Exact> epsilons;
  module.walk([&](ParameterizedOpInterface op) {
    const BlockSpec *block = index.findBlock(op);
    if (!block || !block->epsilon || block->epsilon->key.empty())
      return;
    std::optional<Exact> epsilon;
    if (auto norm = dyn_cast<RMSNormOp>(*op))
      epsilon = getImpliedEpsilon(norm);
    else if (auto norm = dyn_cast<LayerNormOp>(*op))
      epsilon = getImpliedEpsilon(norm);
    if (epsilon)
      epsilons.try_emplace(block->epsilon->key, *epsilon);
  });
  // Norms of queries and keys last: their weights can make up for an epsilon.
  module.walk([&](AttentionOp op) {
    const BlockSpec *block = index.findBlock(op);
    if (!block || !block->qkEpsilon || block->qkEpsilon->key.empty() ||
        !op.getQkEpsilon())
      return;
    Exact ratio = Exact::rational(Exact::Int(*op.getQkCount()),
                                  Exact::Int(op.getKeyWidth()));
    if (auto epsilon = op.getQkEpsilon()->getValue().times(ratio))
      epsilons.try_emplace(block->qkEpsilon->key, *epsilon);
  });
  return epsilons;
}

//===----------------------------------------------------------------------===//
// Rotary embeddings of a module
//===----------------------------------------------------------------------===//

static LogicalResult setRopes(ConfigEditor &editor, ModuleOp module,
                              const ParamIndex &index,
                              ArrayRef<std::string> layerTypes) {
  llvm::SmallPtrSet<const RopeSpec *, 2> seen;
  auto setRope = [&](AttentionOp op, StringRef layerType) -> LogicalResult {
    const BlockSpec *block = index.findBlock(op);
    const RopeSpec *spec = block ? block->findRope(layerType) : nullptr;
    if (!spec || !op.getRope() || !seen.insert(spec).second)
      return success();
    return editor.setRope(*spec, *op.getRope());
  };
  size_t number = 0;
  WalkResult result = module.walk([&](LayerOp layer) {
    StringRef type = layerTypes.empty() ? StringRef() : layerTypes[number++];
    return layer.walk(
        [&](AttentionOp op) { return WalkResult(setRope(op, type)); });
  });
  return success(!result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Export
//===----------------------------------------------------------------------===//

FailureOr<std::string> grow::exportConfig(const CheckpointDir &source,
                                          ModuleOp sourceModule, ModuleOp grown,
                                          const ImportOptions &options) {
  FailureOr<StorageMap> storage = StorageMap::resolve(grown);
  if (failed(storage))
    return failure();
  TensorTable table(*storage);

  FailureOr<ImportedConfig> read =
      importConfig(source, grown.getContext(), options);
  if (failed(read))
    return failure();
  const auto &[arch, config] = *read;

  ParamIndex index(*arch, grown, table);
  FailureOr<SizeMap> sizes = SizeReader(*arch, grown, index).read();
  if (failed(sizes) ||
      failed(Capabilities(config).check(*sizes, grown.getLoc())))
    return failure();
  std::map<std::string, Exact> epsilons = readEpsilons(grown, index);
  ConfigEditor editor(config, source.getConfigText(), options);
  std::vector<std::string> layerTypes = readLayerTypes(*arch, grown);
  if (failed(editor.setSizes(*sizes)) ||
      failed(editor.setLayerTypes(layerTypes)) ||
      failed(editor.setNumbers(epsilons)) ||
      failed(setRopes(editor, grown, index, layerTypes)))
    return failure();

  auto params = sourceModule.getOps<ParamOp>();
  Type elementType = params.empty()
                         ? Type()
                         : (*params.begin()).getTensorType().getElementType();
  // Built against the tensors that the grown model will store.
  FailureOr<ModelConfig> edited = editor.resolve();
  FailureOr<BuiltModel> described = failure();
  if (succeeded(edited))
    described = buildModel(*edited, table, elementType);
  SmallVector<Exact> exactNumbers;
  for (const auto &[key, epsilon] : epsilons)
    exactNumbers.push_back(epsilon);
  if (failed(described) ||
      failed(conformModel(grown, *described->module, exactNumbers)) ||
      failed(compareModels(grown, *described->module)))
    return emitError(grown.getLoc())
           << "the grown model is not one that a configuration of "
           << arch->modelType << " can describe";
  return editor.getText();
}

//===----------------------------------------------------------------------===//
// Rotary frequencies of wider heads
//===----------------------------------------------------------------------===//

/// Whether the entries of `part` are entries of `whole`, in the same order.
static bool isSubsequence(ArrayRef<double> part, ArrayRef<double> whole) {
  for (double number : whole)
    if (!part.empty() && part.front() == number)
      part = part.drop_front();
  return part.empty();
}

/// The rotary embedding of heads of `width` channels.
static RopeAttr getRopeAt(const ModelConfig &config, const RopeSpec &spec,
                          StringRef text, int64_t width,
                          const ImportOptions &options) {
  ConfigEditor editor(config, text, options);
  if (failed(editor.setSizes(SizeMap({{"key", width}}))))
    return {};
  FailureOr<ModelConfig> edited = editor.resolve();
  if (failed(edited) || edited->getSize("key") != width)
    return {};
  FailureOr<RopeAttr> rope = importRope(*edited, spec);
  return succeeded(rope) ? *rope : RopeAttr();
}

std::optional<SmallVector<double>>
grow::getFrequenciesAt(const CheckpointDir &source, AttentionOp attention,
                       int64_t width, const ImportOptions &options) {
  if (!attention.getRope())
    return std::nullopt;
  RopeAttr old = *attention.getRope();
  MLIRContext *context = attention.getContext();
  // The source has been imported: what it had to say has been said.
  ScopedDiagnosticHandler silence(context,
                                  [](Diagnostic &) { return success(); });
  FailureOr<ImportedConfig> read = importConfig(source, context, options);
  if (failed(read))
    return std::nullopt;
  const auto &[arch, config] = *read;
  for (const auto &[name, block] : arch->blocks)
    for (const RopeSpec &spec : block.ropes) {
      FailureOr<RopeAttr> rope = importRope(config, spec);
      FailureOr<bool> depends = dependsOnLength(config, spec);
      if (failed(rope) || *rope != old || failed(depends) || *depends)
        continue;
      RopeAttr wider =
          getRopeAt(config, spec, source.getConfigText(), width, options);
      if (!wider || wider.getFactor() != old.getFactor())
        continue;
      ArrayRef<double> frequencies = wider.getFrequencies().asArrayRef();
      if (isSubsequence(old.getFrequencies().asArrayRef(), frequencies))
        return SmallVector<double>(frequencies);
    }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

/// How the framework initialises weights of this model: by a normal
/// distribution of this standard deviation.
static FailureOr<Exact> getDefaultStddev(const CheckpointDir &dir,
                                         MLIRContext *context) {
  constexpr double kUsual = 0.02;
  // A configuration with NaN in it is not JSON, but frameworks accept it.
  auto config = llvm::json::parse(dir.getConfigText());
  if (!config)
    llvm::consumeError(config.takeError());
  const llvm::json::Object *object = config ? config->getAsObject() : nullptr;
  const llvm::json::Value *range =
      object ? object->get("initializer_range") : nullptr;
  if (!range || range->kind() == llvm::json::Value::Null)
    return *Exact::fromDouble(kUsual);
  std::optional<double> number = range->getAsNumber();
  std::optional<Exact> stddev =
      number && *number > 0 ? Exact::fromDouble(*number) : std::nullopt;
  if (!stddev)
    return emitError(UnknownLoc::get(context))
           << "'initializer_range' of config.json is "
           << llvm::formatv("{0}", *range).str()
           << ": expected a positive number to draw new weights with; say how "
              "to, as in init=normal:0.02";
  return *stddev;
}

LogicalResult grow::completeRequest(SizeRequest &request,
                                    const CheckpointDir &source, uint64_t seed,
                                    MLIRContext *context,
                                    const ImportOptions &options) {
  if (!request.init) {
    FailureOr<Exact> stddev = getDefaultStddev(source, context);
    if (failed(stddev))
      return failure();
    request.init = NormalAttr::get(context, *stddev, seed, /*key=*/{});
  }
  request.centersAllChannels = true;
  request.getFrequencies = [&source, options](AttentionOp op, int64_t width) {
    return getFrequenciesAt(source, op, width, options);
  };
  return success();
}

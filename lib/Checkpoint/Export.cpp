//===- Export.cpp - The configuration of a grown model --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Export.h"
#include "CompareModels.h"
#include "ModelBuilder.h"
#include "grow/Checkpoint/JSONEdit.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace grow;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Sizes of a module
//===----------------------------------------------------------------------===//

namespace {
/// Reads the sizes that an architecture names off the parameters of a module:
/// the way back from shapes to numbers of a configuration.
class SizeReader {
public:
  SizeReader(const Architecture &arch, ModuleOp module,
             const TensorTable &table);

  /// Fails, with an error, if parameters disagree about a size.
  FailureOr<SizeMap> read();

private:
  /// What layers, or parameters outside of them, have as a size.
  using Holders = std::map<int64_t, SmallVector<std::string>>;

  void numberLayers();
  LogicalResult checkAgreement(StringRef size, const Holders &holders);

  const Architecture &arch;
  ModuleOp module;
  /// The axes of the parameter that is stored as the given part of a tensor.
  std::map<std::pair<std::string, int64_t>, ArrayRef<Axis>> axesOf;
  llvm::DenseMap<StringAttr, int64_t> layerOf;
  int64_t layers = 0;
};
} // namespace

SizeReader::SizeReader(const Architecture &arch, ModuleOp module,
                       const TensorTable &table)
    : arch(arch), module(module) {
  StringRef prefix = findPrefix(arch, table);
  for (const auto &[name, block] : arch.blocks)
    for (auto [role, param] : llvm::zip(getRoles(block.kind), block.params))
      for (StringRef name : param.getNames())
        axesOf[{substitute(name, "{prefix}", prefix), param.part}] = role.axes;
  numberLayers();
}

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
    StorageAttr storage = param.getStorageAttr();
    auto it = axesOf.find({storage.getName().str(), storage.getPart()});
    // What the architecture does not store is found by the comparison.
    if (it == axesOf.end() ||
        it->second.size() !=
            static_cast<size_t>(param.getTensorType().getRank()))
      continue;
    auto layer = layerOf.find(param.getSymNameAttr());
    std::string holder = layer == layerOf.end()
                             ? ("@" + param.getSymName()).str()
                             : "layer " + std::to_string(layer->second);
    for (auto [axis, size] :
         llvm::zip(it->second, param.getTensorType().getShape()))
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
// Editing
//===----------------------------------------------------------------------===//

namespace {
class ConfigEditor {
public:
  ConfigEditor(const ModelConfig &config, StringRef text)
      : config(config), arch(config.getArchitecture()), text(text.str()) {}

  FailureOr<std::string> edit(const SizeMap &grown,
                              ArrayRef<std::string> layerTypes);

private:
  LogicalResult editLayerTypes(ArrayRef<std::string> types);
  LogicalResult set(StringRef key, const json::Value &value);

  const ModelConfig &config;
  const Architecture &arch;
  std::string text;
};
} // namespace

LogicalResult ConfigEditor::set(StringRef key, const json::Value &value) {
  llvm::Expected<std::string> edited = setTopLevel(text, key, value);
  if (!edited)
    return emitError(config.getFile().getLoc(key))
           << "cannot change '" << key
           << "': " << llvm::toString(edited.takeError());
  text = std::move(*edited);
  return success();
}

/// Writes the list of types if it is there or no longer follows.
LogicalResult ConfigEditor::editLayerTypes(ArrayRef<std::string> types) {
  if (!arch.layerTypes)
    return success();
  auto followed = config.getDefaultLayerTypes(types.size());
  if (failed(followed))
    return failure();
  StringRef key = arch.layerTypes->key;
  json::Array list(types);
  const json::Value *written = config.getFile().lookup(key);
  if (written ? *written->getAsArray() == list : types == ArrayRef(*followed))
    return success();
  return set(key, std::move(list));
}

FailureOr<std::string> ConfigEditor::edit(const SizeMap &grown,
                                          ArrayRef<std::string> layerTypes) {
  // In the order of the architecture, in which a default depends on sizes
  // before it: one that followed from them may have to be written down now.
  SizeMap sizes;
  for (const SizeSpec &size : arch.sizes) {
    bool isWritten = !size.key.empty() && config.getFile().lookup(size.key);
    const std::optional<Expression> &expression = config.getExpression(size);
    std::optional<int64_t> current;
    if (isWritten)
      current = config.getSize(size.name);
    else if (expression)
      current = evaluate(*expression, sizes);
    auto it = grown.find(size.name);
    // What no parameter shows did not grow.
    sizes[size.name] =
        it != grown.end() ? it->second : config.getSize(size.name);
    // What is no number cannot be changed: the comparison refuses the model.
    if (!size.key.empty() && size.isPlain() && current != sizes[size.name] &&
        failed(set(size.key, sizes[size.name])))
      return failure();
  }
  if (failed(editLayerTypes(layerTypes)))
    return failure();
  for (const auto &[key, element] : arch.perLayer)
    if (config.getFile().lookup(key) &&
        sizes["layers"] != config.getSize("layers") &&
        failed(set(key, json::Array(std::vector<json::Value>(sizes["layers"],
                                                             element)))))
      return failure();
  return std::move(text);
}

//===----------------------------------------------------------------------===//
// Export
//===----------------------------------------------------------------------===//

/// The model that the edited text describes, built against the tensors that the
/// grown model will store.
static FailureOr<BuiltModel>
importEdited(const Architecture &arch, StringRef path, StringRef text,
             const TensorTable &table, Type elementType,
             const ImportOptions &options, MLIRContext *context) {
  FailureOr<ConfigFile> file = ConfigFile::parse(context, path, text);
  if (failed(file))
    return failure();
  FailureOr<ModelConfig> config =
      ModelConfig::resolve(arch, std::move(*file), options);
  if (failed(config))
    return failure();
  return buildModel(*config, table, elementType);
}

FailureOr<std::string> grow::exportConfig(const CheckpointDir &source,
                                          ModuleOp sourceModule, ModuleOp grown,
                                          const ImportOptions &options) {
  MLIRContext *context = grown.getContext();
  FailureOr<StorageMap> storage = StorageMap::resolve(grown);
  if (failed(storage))
    return failure();
  TensorTable table(*storage);

  llvm::SmallString<128> path(source.getPath());
  llvm::sys::path::append(path, "config.json");
  FailureOr<ConfigFile> file =
      ConfigFile::parse(context, path, source.getConfigText());
  if (failed(file))
    return failure();
  FailureOr<Architecture> arch = findArchitecture(*file, options);
  if (failed(arch))
    return failure();
  FailureOr<ModelConfig> config =
      ModelConfig::resolve(*arch, std::move(*file), options);
  if (failed(config))
    return failure();

  FailureOr<SizeMap> sizes = SizeReader(*arch, grown, table).read();
  if (failed(sizes))
    return failure();
  FailureOr<std::string> text = ConfigEditor(*config, source.getConfigText())
                                    .edit(*sizes, readLayerTypes(*arch, grown));
  if (failed(text))
    return failure();

  auto params = sourceModule.getOps<ParamOp>();
  Type elementType = params.empty()
                         ? Type()
                         : (*params.begin()).getTensorType().getElementType();
  FailureOr<BuiltModel> described =
      importEdited(*arch, path, *text, table, elementType, options, context);
  if (failed(described) || failed(compareModels(grown, *described->module)))
    return emitError(grown.getLoc())
           << "the grown model is not one that a configuration of "
           << arch->modelType << " can describe";
  return text;
}

//===- Inspect.cpp - What a checkpoint is and how it can grow -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Inspect.h"
#include "Capabilities.h"
#include "ModelBuilder.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Model.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

/// Adds what the stored tensors tell.
static LogicalResult addTensors(ModuleOp module, const CheckpointDir &dir,
                                CheckpointSummary &summary) {
  FailureOr<StorageMap> storage = StorageMap::resolve(module);
  if (failed(storage))
    return failure();
  for (const StoredTensor &tensor : storage->getTensors()) {
    const TensorInfo &info = *dir.lookup(tensor.name)->info;
    summary.parameterCount += tensor.getType().getNumElements();
    summary.storedBytes += info.getByteSize();
    if (!llvm::is_contained(summary.dtypes, info.dtype))
      summary.dtypes.push_back(info.dtype);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// How it can grow
//===----------------------------------------------------------------------===//

namespace {
/// An expansion to twice the size, say, and the sizes that this leads to.
struct Trial {
  std::string name;
  std::string op;
  SizeMap sizes;
};

/// Tries each expansion on an imported model: whether it applies is up to the
/// expansion, whether a configuration can hold the result up to the
/// architecture.
class GrowthTable {
public:
  explicit GrowthTable(const ImportedCheckpoint &imported)
      : config(imported.config), module(*imported.model.module) {}

  FailureOr<std::vector<CheckpointSummary::Growth>> build();

private:
  std::vector<Trial> getTrials();
  std::string findRefusal(ExpansionOpInterface expansion, Model &model);
  CheckpointSummary::Growth judge(const Trial &trial) const;
  std::vector<std::string> findChangedKeys(const SizeMap &sizes) const;

  const ModelConfig &config;
  mutable ModuleOp module; // a handle, which const methods may walk
};
} // namespace

static int64_t getSmallestFactor(int64_t number) {
  for (int64_t factor = 2; factor * factor <= number; ++factor)
    if (number % factor == 0)
      return factor;
  return std::max<int64_t>(number, 2);
}

std::vector<Trial> GrowthTable::getTrials() {
  constexpr llvm::StringLiteral init = "init #grow.normal<stddev = 1/50>";
  auto get = [&](StringRef size) { return config.getSize(size); };
  std::vector<Trial> trials;
  auto addWider = [&](StringRef name, StringRef size, StringRef clauses = "") {
    if (int64_t old = get(size))
      trials.push_back({name.str(),
                        llvm::formatv("grow.{0} to {1} {2} {3}", name, 2 * old,
                                      clauses, init),
                        SizeMap({{size, 2 * old}})});
  };
  bool hasLayerNorm = false;
  module.walk([&](LayerNormOp) { hasLayerNorm = true; });
  addWider("expand_mlp", "mlp");
  addWider("expand_heads", "value");
  addWider("expand_attention", "key");
  for (StringRef unit : {"groups", "queries"})
    trials.push_back(
        {("add_heads " + unit).str(),
         llvm::formatv("grow.add_heads {0} by {1} {2}", unit, get(unit), init),
         SizeMap({{unit, 2 * get(unit)}})});
  int64_t factor = getSmallestFactor(get("queries"));
  trials.push_back({"unshare_heads",
                    llvm::formatv("grow.unshare_heads by {0}", factor),
                    SizeMap({{"groups", get("groups") * factor},
                             {"queries", get("queries") / factor}})});
  // Frameworks centre every channel, so a padded one has to hold the mean.
  addWider("expand_hidden", "hidden",
           hasLayerNorm ? "compensation weights" : "");
  trials.push_back(
      {"add_layers",
       llvm::formatv("grow.add_layers at [{0}] {1}", get("layers"), init),
       SizeMap({{"layers", get("layers") + 1}})});
  addWider("expand_vocabulary", "vocabulary");
  addWider("expand_positions", "positions");
  return trials;
}

/// What the expansion says against itself; empty if it applies.
std::string GrowthTable::findRefusal(ExpansionOpInterface expansion,
                                     Model &model) {
  std::string refusal;
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diag) {
    if (!refusal.empty() || diag.getSeverity() != DiagnosticSeverity::Error)
      return success();
    refusal = diag.str();
    for (Diagnostic &note : diag.getNotes()) {
      refusal += ": " + note.str();
      break;
    }
    return success();
  });
  if (succeeded(expansion.check(model)))
    return "";
  // The row of the table names the op already.
  StringRef text = refusal;
  if (text.consume_front("'"))
    text = text.split("' op ").second;
  return text.empty() ? "it is refused" : text.str();
}

std::vector<std::string>
GrowthTable::findChangedKeys(const SizeMap &sizes) const {
  SizeMap all = Capabilities(config).complete(sizes);
  std::vector<std::string> keys;
  for (const SizeSpec &size : config.getArchitecture().sizes)
    if (!size.key.empty() && all.lookup(size.name) != config.getSize(size.name))
      keys.push_back(size.key);
  return keys;
}

CheckpointSummary::Growth GrowthTable::judge(const Trial &trial) const {
  CheckpointSummary::Growth growth;
  growth.expansion = trial.name;
  Capabilities capabilities(config);
  std::optional<Sizes> companions = capabilities.findCompanions(trial.sizes);
  if (!companions) {
    growth.reason = *capabilities.explainMisfit(trial.sizes);
    return growth;
  }
  SizeMap sizes = trial.sizes;
  for (const auto &[name, value] : *companions) {
    growth.together.push_back(name);
    sizes[name] = value;
  }
  growth.keys = findChangedKeys(sizes);
  return growth;
}

FailureOr<std::vector<CheckpointSummary::Growth>> GrowthTable::build() {
  FailureOr<Model> model = Model::get(module);
  if (failed(model))
    return failure();
  std::vector<CheckpointSummary::Growth> table;
  for (const Trial &trial : getTrials()) {
    auto schedule = parseSourceString<ModuleOp>(
        "grow.schedule @trial { " + trial.op + " }", module.getContext());
    if (!schedule)
      return failure();
    auto block = (*schedule->getOps<ScheduleOp>().begin()).getBody().begin();
    auto expansion = dyn_cast<ExpansionOpInterface>(block->front());
    if (!expansion)
      continue;
    CheckpointSummary::Growth growth = judge(trial);
    if (std::string refusal = findRefusal(expansion, *model); !refusal.empty())
      growth = {trial.name, {}, {}, std::move(refusal)};
    table.push_back(std::move(growth));
  }
  return table;
}

//===----------------------------------------------------------------------===//
// Summary
//===----------------------------------------------------------------------===//

FailureOr<CheckpointSummary>
grow::summarizeCheckpoint(const CheckpointDir &dir, MLIRContext *context,
                          const ImportOptions &options) {
  FailureOr<ImportedCheckpoint> imported =
      importWithDetails(dir, context, options);
  if (failed(imported))
    return failure();
  const Architecture &arch = *imported->arch;
  CheckpointSummary summary;
  summary.modelType = arch.modelType;
  for (const SizeSpec &size : arch.sizes)
    summary.sizes.push_back(
        {size.name, size.key, imported->config.getSize(size.name)});
  summary.layers = imported->config.getSize("layers");
  summary.ignoredTensors = imported->model.ignoredTensors;
  if (failed(addTensors(*imported->model.module, dir, summary)))
    return failure();
  FailureOr<std::vector<CheckpointSummary::Growth>> growth =
      GrowthTable(*imported).build();
  if (failed(growth))
    return failure();
  summary.growth = std::move(*growth);
  return summary;
}

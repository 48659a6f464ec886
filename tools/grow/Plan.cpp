//===- Plan.cpp - What growth will do, before it does it ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"
#include "grow/Expansion/Model.h"
#include "llvm/Support/InterleavedRange.h"

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

/// Whether the op runs once for each token, and not once for a sequence, such
/// as the head of a classifier.
static bool runsPerToken(mlir::Operation *op) {
  auto stream =
      mlir::dyn_cast<mlir::RankedTensorType>(op->getOperand(0).getType());
  return !stream || stream.getRank() != 3 || stream.getDimSize(1) != 1;
}

/// Whether a parameter of the op is multiplied with each token.
static bool multiplies(ParameterizedOpInterface op, const ParamRole &role) {
  return role.kind == ParamKind::Weight && role.axes.size() > 1 &&
         !mlir::isa<EmbeddingOp, PositionEmbeddingOp, TypeEmbeddingOp>(
             op.getOperation());
}

static uint64_t countFlops(mlir::ModuleOp module, int64_t context) {
  uint64_t flops = 0;
  module.walk([&](ParameterizedOpInterface op) {
    if (!runsPerToken(op))
      return;
    for (auto [i, role] : enumerate(op.getParamRoles()))
      if (mlir::OpOperand *operand = op.getParamOperand(i))
        if (multiplies(op, role))
          flops +=
              2 * mlir::cast<mlir::RankedTensorType>(operand->get().getType())
                      .getNumElements();
    if (auto attention = mlir::dyn_cast<AttentionOp>(op.getOperation())) {
      int64_t seen = context;
      if (std::optional<uint64_t> window = attention.getWindow())
        seen = std::min<int64_t>(seen, *window);
      flops += 2 * attention.getGroups() * attention.getHeadsPerGroup() *
               (attention.getKeyWidth() + attention.getValueWidth()) * seen;
    }
  });
  return flops;
}

static ModelCost getCost(mlir::ModuleOp module, const StorageMap &storage,
                         int64_t context) {
  ModelCost cost;
  for (const StoredTensor &tensor : storage.getTensors()) {
    uint64_t entries = tensor.getType().getNumElements();
    cost.parameters += entries;
    cost.bytes += entries * tensor.elementType.getIntOrFloatBitWidth() / 8;
  }
  cost.flopsPerToken = countFlops(module, context);
  return cost;
}

//===----------------------------------------------------------------------===//
// Collection
//===----------------------------------------------------------------------===//

bool PlannedTensor::isUnchanged() const {
  return before == after && all_of(parts, [](const PlannedPart &part) {
           return part.blocks.size() == 1 &&
                  getContent(part.blocks.front(), part.name) ==
                      BlockContent::Kept;
         });
}

namespace {
/// What the parameters of a model are: the role that the first reader gives.
class RoleMap {
public:
  explicit RoleMap(mlir::ModuleOp module) {
    module.walk([&](ParameterizedOpInterface op) {
      for (auto [i, role] : enumerate(op.getParamRoles()))
        if (mlir::OpOperand *operand = op.getParamOperand(i))
          if (auto get = operand->get().getDefiningOp<GetOp>())
            roles.try_emplace(get.getParam(), &role);
    });
  }

  /// Null if no op of this dialect reads it.
  const ParamRole *lookup(StringRef param) const { return roles.lookup(param); }

private:
  StringMap<const ParamRole *> roles;
};
} // namespace

static PlannedPart planPart(ParamOp param, const RoleMap &roles) {
  PlannedPart part;
  part.name = param.getSymName().str();
  part.shape = to_vector(param.getTensorType().getShape());
  part.blocks = getDerivationBlocks(param);
  if (const ParamRole *role = roles.lookup(part.name)) {
    part.role = role->name.str();
    for (Axis axis : role->axes)
      part.axes.push_back(getSizeName(axis).str());
  }
  return part;
}

/// The number that stands for `{layer}` in a tensor's name.
static std::optional<int64_t> getLayer(StringRef name, StringRef pattern) {
  auto [prefix, suffix] = pattern.split("{layer}");
  int64_t number;
  if (prefix == pattern || !name.consume_front(prefix) ||
      name.consumeInteger(10, number))
    return std::nullopt;
  return number;
}

/// The stored shape of the source's tensor that a parameter's own entries come
/// from; empty if there is none.
static SmallVector<int64_t> getShapeBefore(ParamOp param,
                                           const mlir::SymbolTable &source,
                                           const StorageMap &storage) {
  auto old = source.lookup<ParamOp>(param.getSymName());
  bool isDerivedFromOld =
      !param.isDerived() ||
      any_of(param.getDerivation().getOps<SourceOp>(),
             [&](SourceOp op) { return op.getName() == param.getSymName(); });
  if (!old || !isDerivedFromOld)
    return {};
  return storage.lookup(old).shape;
}

mlir::FailureOr<GrowthPlan> GrowthPlan::get(mlir::ModuleOp source,
                                            mlir::ModuleOp grown,
                                            std::optional<int64_t> context) {
  mlir::FailureOr<StorageMap> before = StorageMap::resolve(source);
  mlir::FailureOr<StorageMap> after = StorageMap::resolve(grown);
  if (failed(before) || failed(after))
    return mlir::failure();
  GrowthPlan plan;
  plan.context = context.value_or(2048);
  if (!context)
    source.walk([&](PositionEmbeddingOp op) {
      plan.context = op.getTable().getType().getDimSize(0) - op.getOffset();
    });
  plan.before = getCost(source, *before, plan.context);
  plan.after = getCost(grown, *after, plan.context);
  RoleMap roles(grown);
  mlir::SymbolTable symbols(source);
  for (const StoredTensor &tensor : after->getTensors()) {
    PlannedTensor planned;
    planned.name = tensor.name;
    ParamOp first = tensor.parts.front().param;
    planned.pattern = first.getStorageAttr().getName().str();
    planned.layer = getLayer(planned.name, planned.pattern);
    planned.after = tensor.shape;
    planned.before = getShapeBefore(first, symbols, *before);
    for (const StoredPart &part : tensor.parts)
      planned.parts.push_back(planPart(part.param, roles));
    plan.tensors.push_back(std::move(planned));
  }
  return plan;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static std::string formatShape(ArrayRef<int64_t> shape) {
  return formatv("{0}", interleaved(shape, "x"));
}

namespace {
/// Blocks that are alike, as a product of sets of slices.
struct Region {
  std::string what, how;
  /// For each axis, ranges in order.
  SmallVector<SmallVector<std::pair<int64_t, int64_t>, 2>, 4> ranges;
};
} // namespace

/// How the entries of a block come about, in words.
static std::string describeOrigin(const DerivationBlock &block,
                                  const PlannedPart &part) {
  std::string text;
  raw_string_ostream os(text);
  BlockContent kind = getContent(block, part.name);
  if (kind == BlockContent::Random || kind == BlockContent::Constant) {
    std::string fill = formatv("{0}", mlir::Attribute(block.fill));
    StringRef shown = fill;
    shown.consume_front("#grow.");
    os << shown << ' ';
  }
  if (kind == BlockContent::Copied) {
    os << "of ";
    if (block.source != part.name)
      os << block.source;
    DerivationBlock place = block;
    place.offsets = block.sourceOffsets;
    os << describePlace(place, part.shape) << ' ';
  }
  os << describeSteps(block);
  return StringRef(text).trim().str();
}

/// Joins two regions that differ along one axis only.
static bool joinRegions(Region &into, const Region &from) {
  if (into.what != from.what || into.how != from.how)
    return false;
  std::optional<size_t> axis;
  for (size_t i = 0; i < into.ranges.size(); ++i) {
    if (into.ranges[i] == from.ranges[i])
      continue;
    if (axis)
      return false;
    axis = i;
  }
  if (!axis)
    return false;
  auto &ranges = into.ranges[*axis];
  append_range(ranges, from.ranges[*axis]);
  llvm::sort(ranges);
  SmallVector<std::pair<int64_t, int64_t>, 2> joined;
  for (auto [begin, end] : ranges) {
    if (!joined.empty() && joined.back().second == begin)
      joined.back().second = end;
    else
      joined.emplace_back(begin, end);
  }
  ranges = std::move(joined);
  return true;
}

static std::vector<Region> getRegions(const PlannedPart &part) {
  std::vector<Region> regions;
  for (const DerivationBlock &block : part.blocks) {
    Region region;
    region.what = getName(getContent(block, part.name)).str();
    region.how = describeOrigin(block, part);
    for (auto [offset, size] : zip(block.offsets, block.sizes))
      region.ranges.push_back({{offset, offset + size}});
    regions.push_back(std::move(region));
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < regions.size(); ++i)
      for (size_t j = i + 1; j < regions.size();) {
        if (!joinRegions(regions[i], regions[j])) {
          ++j;
          continue;
        }
        regions.erase(regions.begin() + j);
        changed = true;
      }
  }
  return regions;
}

static std::string formatRegion(const Region &region, ArrayRef<int64_t> shape) {
  std::string text = "[";
  raw_string_ostream os(text);
  interleaveComma(enumerate(region.ranges), os, [&](auto item) {
    auto [axis, ranges] = item;
    if (ranges.front() == std::pair<int64_t, int64_t>(0, shape[axis])) {
      os << ':';
      return;
    }
    interleave(
        ranges, os,
        [&](auto range) { os << range.first << ':' << range.second; }, "+");
  });
  os << ']';
  return text;
}

/// What the table says of a tensor below its name.
static std::string formatBlocks(const PlannedTensor &tensor) {
  std::string text;
  raw_string_ostream os(text);
  for (const PlannedPart &part : tensor.parts) {
    os << "  ";
    if (part.role.empty())
      os << formatShape(part.shape) << '\n';
    else
      os << part.role << ", " << interleaved(part.axes, " x ") << ": "
         << formatShape(part.shape) << '\n';
    for (const Region &region : getRegions(part)) {
      std::string line = formatv("    {0,-9} {1}", region.what,
                                 formatRegion(region, part.shape));
      if (!region.how.empty())
        line += "  " + region.how;
      os << line << '\n';
    }
  }
  return text;
}

static std::string formatChange(const PlannedTensor &tensor) {
  if (tensor.isNew())
    return "new, " + formatShape(tensor.after);
  if (tensor.isUnchanged())
    return formatShape(tensor.after) + ", unchanged";
  if (tensor.before == tensor.after)
    return formatShape(tensor.after);
  return formatShape(tensor.before) + " -> " + formatShape(tensor.after);
}

/// Numbers with runs shortened: `0..3, 5`.
static std::string formatNumbers(ArrayRef<int64_t> numbers) {
  std::string text;
  raw_string_ostream os(text);
  for (size_t i = 0; i < numbers.size();) {
    size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1)
      ++end;
    os << (i ? "," : "") << numbers[i];
    if (end > i + 1)
      os << (end == i + 2 ? "," : "..") << numbers[end - 1];
    i = end;
  }
  return text;
}

static std::string formatName(StringRef pattern, ArrayRef<int64_t> layers,
                              StringRef name) {
  if (layers.size() < 2)
    return name.str();
  auto [prefix, suffix] = pattern.split("{layer}");
  return (prefix + "{" + formatNumbers(layers) + "}" + suffix).str();
}

static void printRow(raw_ostream &os, StringRef name, uint64_t before,
                     uint64_t after) {
  os << formatv("{0,-16}{1,20}{2,20}\n", name, formatCount(before),
                formatCount(after));
}

void GrowthPlan::print(raw_ostream &os) const {
  struct Entry {
    const PlannedTensor *tensor;
    std::string blocks;
    SmallVector<int64_t> layers;
  };
  // Tensors of one pattern that change alike, in the order of the first.
  std::vector<Entry> entries;
  StringMap<size_t> entryOfKey;
  for (const PlannedTensor &tensor : tensors) {
    std::string blocks =
        tensor.isUnchanged() ? std::string() : formatBlocks(tensor);
    auto [it, isNew] = entryOfKey.try_emplace(
        tensor.pattern + '\n' + formatChange(tensor) + '\n' + blocks,
        entries.size());
    if (isNew)
      entries.push_back({&tensor, std::move(blocks), {}});
    if (tensor.layer)
      entries[it->second].layers.push_back(*tensor.layer);
  }
  for (const Entry &entry : entries)
    os << formatName(entry.tensor->pattern, entry.layers, entry.tensor->name)
       << ": " << formatChange(*entry.tensor) << '\n'
       << entry.blocks;
  os << formatv("\n{0,-16}{1,20}{2,20}\n", "", "before", "after");
  printRow(os, "parameters", before.parameters, after.parameters);
  printRow(os, "bytes", before.bytes, after.bytes);
  printRow(os, "FLOPs per token", before.flopsPerToken, after.flopsPerToken);
  os << formatv("\nFLOPs per token: 2 x weights that multiply it, and for each "
                "query head\n2 x (key + value width) x tokens attended to, at "
                "a context of {0}.\n",
                formatCount(context));
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json::Object toJSON(const ModelCost &cost) {
  return json::Object{{"parameters", cost.parameters},
                      {"bytes", cost.bytes},
                      {"flops_per_token", cost.flopsPerToken}};
}

static json::Array toJSON(ArrayRef<BlockStep> steps) {
  json::Array array;
  for (const BlockStep &step : steps) {
    json::Object object;
    if (step.factor)
      object["factor"] = formatv("{0}", *step.factor).str();
    else
      object["subtract"] = "mean";
    if (step.about)
      object["about"] = formatv("{0}", *step.about).str();
    array.push_back(std::move(object));
  }
  return array;
}

static json::Object toJSON(const DerivationBlock &block, StringRef name) {
  json::Object object{{"kind", getName(getContent(block, name))},
                      {"offsets", json::Array(block.offsets)},
                      {"sizes", json::Array(block.sizes)}};
  if (block.origin == BlockOrigin::Source) {
    object["source"] = block.source;
    object["source_offsets"] = json::Array(block.sourceOffsets);
  }
  if (block.fill)
    object["fill"] = formatv("{0}", mlir::Attribute(block.fill)).str();
  if (!block.steps.empty())
    object["steps"] = toJSON(block.steps);
  return object;
}

static json::Object toJSON(const PlannedPart &part) {
  json::Array blocks;
  for (const DerivationBlock &block : part.blocks)
    blocks.push_back(toJSON(block, part.name));
  json::Object object{{"parameter", part.name},
                      {"shape", json::Array(part.shape)},
                      {"blocks", std::move(blocks)}};
  if (!part.role.empty()) {
    object["role"] = part.role;
    object["axes"] = json::Array(part.axes);
  }
  return object;
}

json::Object GrowthPlan::toJSON() const {
  json::Array list;
  for (const PlannedTensor &tensor : tensors) {
    json::Array parts;
    for (const PlannedPart &part : tensor.parts)
      parts.push_back(::toJSON(part));
    json::Object object{{"tensor", tensor.name},
                        {"shape", json::Array(tensor.after)},
                        {"parts", std::move(parts)}};
    if (!tensor.isNew())
      object["shape_before"] = json::Array(tensor.before);
    list.push_back(std::move(object));
  }
  return json::Object{{"tensors", std::move(list)},
                      {"context", context},
                      {"before", ::toJSON(before)},
                      {"after", ::toJSON(after)}};
}

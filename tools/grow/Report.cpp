//===- Report.cpp - Checkpoints in tables and in JSON ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/InterleavedRange.h"

using namespace llvm;
using namespace grow;

static std::string formatTypes(ArrayRef<DType> dtypes) {
  return formatv("{0}", interleaved(map_range(dtypes, stringifyDType), ", "));
}

json::Object toJSON(const CheckpointSummary &summary) {
  json::Object object{{"model_type", summary.modelType},
                      {"layers", summary.layers},
                      {"parameters", summary.parameterCount},
                      {"bytes", summary.storedBytes},
                      {"ignored_tensors", json::Array(summary.ignoredTensors)}};
  for (const CheckpointSummary::Size &size : summary.sizes)
    object[size.name] = size.value;
  json::Array dtypes;
  for (DType dtype : summary.dtypes)
    dtypes.push_back(stringifyDType(dtype));
  object["dtypes"] = std::move(dtypes);
  json::Array growth;
  for (const CheckpointSummary::Growth &way : summary.growth) {
    json::Object row{{"expansion", way.expansion},
                     {"possible", way.reason.empty()},
                     {"keys", json::Array(way.keys)},
                     {"together_with", json::Array(way.together)}};
    if (!way.reason.empty())
      row["reason"] = way.reason;
    growth.push_back(std::move(row));
  }
  object["growth"] = std::move(growth);
  return object;
}

namespace {
/// Name and text of what is printed of a checkpoint.
using Rows = SmallVector<std::pair<std::string, std::string>>;
} // namespace

static Rows getRows(const CheckpointSummary &summary) {
  Rows rows;
  for (const CheckpointSummary::Size &size : summary.sizes)
    rows.emplace_back(size.name, formatCount(size.value));
  rows.emplace_back("parameters", formatCount(summary.parameterCount));
  rows.emplace_back("bytes", formatCount(summary.storedBytes));
  rows.emplace_back("stored as", formatTypes(summary.dtypes));
  return rows;
}

void printSummary(const CheckpointSummary &summary) {
  outs() << summary.modelType << '\n';
  for (const auto &[name, text] : getRows(summary))
    outs() << formatv("  {0,-14}{1,20}\n", name, text);
  if (!summary.ignoredTensors.empty())
    outs() << formatv("The model does not read {0} of the tensors; a grown "
                      "checkpoint will not have them.\n",
                      summary.ignoredTensors.size());
  if (summary.growth.empty())
    return;
  outs() << formatv("\n{0,-20}{1,-24}{2}\n", "expansion", "possible",
                    "changes in config.json");
  for (const CheckpointSummary::Growth &way : summary.growth) {
    outs() << formatv("{0,-20}", way.expansion);
    if (!way.reason.empty())
      outs() << "no: " << way.reason << '\n';
    else
      outs() << formatv("{0,-24}{1}\n",
                        way.together.empty()
                            ? std::string("alone")
                            : "with " + join(way.together, ", "),
                        join(way.keys, ", "));
  }
}

void printChanges(const CheckpointSummary &before,
                  const CheckpointSummary &after) {
  outs() << formatv("{0,-14}{1,20}{2,20}\n", "", "before", "after");
  for (const auto &[a, b] : zip(getRows(before), getRows(after)))
    if (a != b)
      outs() << formatv("{0,-14}{1,20}{2,20}\n", a.first, a.second, b.second);
}

//===- ConfigEditor.cpp - Changing a config.json --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigEditor.h"
#include "Rope.h"
#include "grow/Checkpoint/JSONEdit.h"
#include <cmath>

using namespace mlir;
using namespace grow;
namespace json = llvm::json;

LogicalResult ConfigEditor::set(StringRef key, const json::Value &value) {
  llvm::Expected<std::string> edited = setTopLevel(text, key, value);
  if (!edited)
    return emitError(config.getFile().getLoc(key))
           << "cannot change '" << key
           << "': " << llvm::toString(edited.takeError());
  text = std::move(*edited);
  return success();
}

FailureOr<ModelConfig> ConfigEditor::resolve() const {
  MLIRContext *context = config.getFile().getContext();
  auto loc = dyn_cast<FileLineColLoc>(config.getFile().getLoc());
  FailureOr<ConfigFile> file = ConfigFile::parse(
      context, loc ? loc.getFilename().getValue() : "config.json", text);
  if (failed(file))
    return failure();
  return ModelConfig::resolve(arch, std::move(*file), options);
}

//===----------------------------------------------------------------------===//
// Sizes and numbers
//===----------------------------------------------------------------------===//

LogicalResult ConfigEditor::setSizes(const SizeMap &grown) {
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
    if (!size.key.empty() && current != sizes[size.name] &&
        failed(set(size.key, sizes[size.name])))
      return failure();
  }
  for (const auto &[key, element] : arch.perLayer)
    if (config.getFile().lookup(key) &&
        sizes["layers"] != config.getSize("layers") &&
        failed(set(key, json::Array(std::vector<json::Value>(sizes["layers"],
                                                             element)))))
      return failure();
  return success();
}

LogicalResult ConfigEditor::setLayerTypes(ArrayRef<std::string> types) {
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

LogicalResult
ConfigEditor::setNumbers(const std::map<std::string, Exact> &numbers) {
  for (const auto &[key, number] : numbers) {
    FailureOr<Exact> current = config.getNumber(Setting{key});
    if (failed(current))
      return failure();
    if (current->toDouble() != number.toDouble() &&
        failed(set(key, number.toDouble())))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Rotary embeddings
//===----------------------------------------------------------------------===//

/// Whether the text means this rotary embedding. A candidate that does not, or
/// that means nothing, is not worth a word to the user.
bool ConfigEditor::hasRope(const RopeSpec &spec, RopeAttr wanted) const {
  ScopedDiagnosticHandler silence(config.getFile().getContext(),
                                  [](Diagnostic &) { return success(); });
  FailureOr<ModelConfig> edited = resolve();
  if (failed(edited))
    return false;
  FailureOr<RopeAttr> rope = importRope(*edited, spec);
  return succeeded(rope) && *rope == wanted;
}

/// A factor for which transformers computes `1 / (factor * 1) == frequency` in
/// f32. Not every float is the reciprocal of one; then none.
static std::optional<double> findReciprocal(double frequency) {
  auto value = static_cast<float>(frequency);
  float guess = 1.0f / value;
  for (float factor :
       {guess, std::nextafter(guess, 0.0f), std::nextafter(guess, HUGE_VALF)})
    if (std::isfinite(factor) && factor != 0 && 1.0f / factor == value)
      return factor;
  return std::nullopt;
}

/// Type `longrope` divides each frequency by a factor of its own. With a theta
/// of 1 all frequencies are 1, and the factors say everything.
LogicalResult ConfigEditor::setTable(RopeAttr wanted) {
  json::Array factors;
  for (double frequency : wanted.getFrequencies().asArrayRef()) {
    std::optional<double> factor = findReciprocal(frequency);
    if (!factor)
      return failure();
    factors.push_back(*factor);
  }
  FailureOr<ModelConfig> edited = resolve();
  if (failed(edited))
    return failure();
  json::Value list(std::move(factors));
  json::Value table = json::Object{
      {"rope_type", "longrope"},
      {"short_factor", list},
      {"long_factor", list},
      {"factor", 1.0},
      {"attention_factor", wanted.getFactor().toDouble()},
      {"original_max_position_embeddings", edited->getSize("positions")}};
  const ConfigFile &file = edited->getFile();
  // Both forms, where a file has both: versions of transformers read one or
  // the other.
  bool isNewForm = file.lookup("rope_parameters");
  if (!isNewForm || file.lookup("rope_theta"))
    if (failed(set("rope_theta", 1.0)))
      return failure();
  if (isNewForm)
    (*table.getAsObject())["rope_theta"] = 1.0;
  if (!isNewForm || file.lookup("rope_scaling"))
    if (failed(set("rope_scaling", table)))
      return failure();
  return isNewForm ? set("rope_parameters", table) : success();
}

LogicalResult ConfigEditor::setRope(const RopeSpec &spec, RopeAttr wanted) {
  FailureOr<bool> depends = dependsOnLength(config, spec);
  if (failed(depends))
    return failure();
  int64_t width = config.getSize("key");
  FailureOr<ModelConfig> edited = resolve();
  if (failed(edited))
    return failure();
  if (*depends && edited->getSize("key") != width)
    return emitError(config.getFile().getLoc("rope_scaling"))
           << "the rotary frequencies of this model change with the length of "
              "the sequence, which wider heads cannot follow: add heads "
              "instead of widening queries and keys";
  if (hasRope(spec, wanted))
    return success();
  std::string before = text;
  if (succeeded(setTable(wanted)) && hasRope(spec, wanted))
    return success();
  text = std::move(before);
  InFlightDiagnostic diag =
      emitError(config.getFile().getLoc("rope_scaling"))
      << "no rotary embedding that transformers knows has the frequencies of "
         "the grown model";
  diag.attachNote() << "grow the width of queries and keys from " << width
                    << " to a multiple of it, with the frequencies that the "
                       "configuration gives at that width";
  return diag;
}

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
    if (size.key.empty() || current == sizes[size.name])
      continue;
    if (!size.isPlain())
      return emitError(config.getFile().getLoc(size.key))
             << "'" << size.key << "' is no number, so it cannot be changed to "
             << "say that the size '" << size.name << "' is "
             << sizes[size.name];
    if (failed(set(size.key, sizes[size.name])))
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

/// Replaces the members of `rope_parameters` that are about this embedding, and
/// of what it was called before: versions of transformers read one or the
/// other.
LogicalResult ConfigEditor::setRopeMembers(const RopeSpec &spec,
                                           const json::Object &members) {
  FailureOr<ModelConfig> edited = resolve();
  if (failed(edited))
    return failure();
  const ConfigFile &file = edited->getFile();
  const json::Value *found = file.lookup("rope_parameters");
  const json::Object *parameters = found ? found->getAsObject() : nullptr;
  if (!spec.layerType.empty()) {
    // The old form has no place for a type of layers.
    if (!parameters || !parameters->getObject(spec.layerType))
      return failure();
    json::Object all = *parameters;
    all[spec.layerType] = json::Object(members);
    return set("rope_parameters", std::move(all));
  }
  json::Object old = members;
  old.erase("rope_theta");
  bool hasTheta = members.get("rope_theta");
  if (hasTheta && (!parameters || file.lookup(spec.thetaKey)))
    if (failed(set(spec.thetaKey, *members.get("rope_theta"))))
      return failure();
  if (!parameters || file.lookup("rope_scaling"))
    if (failed(set("rope_scaling", std::move(old))))
      return failure();
  return parameters ? set("rope_parameters", json::Object(members)) : success();
}

/// Sets which part of a head rotates.
LogicalResult ConfigEditor::setPart(const RopeSpec &spec, double part) {
  const json::Value *found = config.getFile().lookup("rope_parameters");
  const json::Object *parameters = found ? found->getAsObject() : nullptr;
  if (parameters && parameters->get("partial_rotary_factor")) {
    json::Object members = *parameters;
    members["partial_rotary_factor"] = part;
    if (failed(set("rope_parameters", std::move(members))))
      return failure();
    if (!config.getFile().lookup(spec.partialKey))
      return success();
  }
  return set(spec.partialKey, part);
}

/// Keeps the channels that rotate, if this rounds to their number.
bool ConfigEditor::setPart(const RopeSpec &spec, RopeAttr wanted) {
  FailureOr<ModelConfig> edited = resolve();
  if (spec.partialKey.empty() || failed(edited))
    return false;
  double width = edited->getSize("key");
  auto rotating = 2.0 * wanted.getFrequencies().size();
  // Frameworks truncate the product: a little more is the same number.
  for (double part : {rotating / width, std::nextafter(rotating / width, 1.0),
                      (rotating + 0.5) / width})
    if (succeeded(setPart(spec, part)) && hasRope(spec, wanted))
      return true;
  return false;
}

/// Type `longrope` divides each frequency by a factor of its own. With a theta
/// of 1 all frequencies are 1, and the factors say everything.
LogicalResult ConfigEditor::setTable(const RopeSpec &spec, RopeAttr wanted) {
  json::Array factors;
  for (double frequency : wanted.getFrequencies().asArrayRef()) {
    std::optional<double> factor = findReciprocal(frequency);
    if (!factor)
      return failure();
    factors.push_back(*factor);
  }
  json::Value list(std::move(factors));
  // Its length matters only to what the factors below leave open.
  json::Object table{
      {"rope_type", "longrope"},
      {"rope_theta", 1.0},
      {"short_factor", list},
      {"long_factor", list},
      {"factor", 1.0},
      {"attention_factor", wanted.getFactor().toDouble()},
      {"original_max_position_embeddings", config.getSize("positions")}};
  return setRopeMembers(spec, table);
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
  if (setPart(spec, wanted))
    return success();
  text = before;
  if (succeeded(setTable(spec, wanted)) && hasRope(spec, wanted))
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

//===- Manifest.cpp - What a compiled model reads -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manifest.h"
#include "JSON.h"
#include <limits>

using namespace grow::runtime;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

unsigned grow::runtime::getElementBytes(std::string_view dtype) {
  if (dtype == "F64" || dtype == "I64")
    return 8;
  if (dtype == "F32" || dtype == "I32")
    return 4;
  return dtype == "F16" || dtype == "BF16" ? 2 : 0;
}

uint64_t TensorType::getBytes() const {
  uint64_t bytes = getElementBytes(dtype);
  for (int64_t size : shape)
    bytes *= size < 0 ? 1 : size;
  return bytes;
}

std::string TensorType::describe() const {
  std::string text = dtype + " of shape [";
  for (size_t axis = 0; axis < shape.size(); ++axis)
    text += (axis ? ", " : "") + std::to_string(shape[axis]);
  return text + "]";
}

//===----------------------------------------------------------------------===//
// Manifest
//===----------------------------------------------------------------------===//

/// Open axes are null.
static TensorType parseType(const JSON &json) {
  TensorType type;
  type.dtype = json.at("dtype");
  for (const JSON &size : json.at("shape"))
    type.shape.push_back(size.is_null() ? -1 : size.get<int64_t>());
  return type;
}

static Argument parseArgument(const JSON &json,
                              const std::vector<Parameter> &parameters) {
  Argument argument;
  argument.parameters = json.at("parameters").get<std::vector<unsigned>>();
  if (json.contains("function")) {
    argument.function = json.at("function").get<unsigned>();
    argument.type = parseType(json);
  } else {
    argument.type = parameters.at(argument.parameters.at(0)).type;
  }
  return argument;
}

/// A model that runs on a GPU says apart what the processor beside it is.
static void parseTarget(const JSON &target, Manifest &manifest) {
  manifest.kind = target.at("kind");
  bool isCPU = manifest.kind == "cpu";
  const JSON &host = isCPU ? target : target.at("host");
  manifest.triple = host.at("triple");
  manifest.chip = host.at("chip");
  manifest.features = host.at("features").get<std::vector<std::string>>();
  if (!isCPU && target.contains("chip"))
    manifest.deviceChip = target.at("chip");
}

/// Whether the bytes of a tensor can be counted, with open axes among the first
/// `open`.
static bool isValid(const TensorType &type, size_t open) {
  uint64_t bytes = getElementBytes(type.dtype);
  bool isValid = bytes != 0;
  for (size_t axis = 0; axis < type.shape.size(); ++axis) {
    int64_t size = type.shape[axis];
    if (size < 0 ? axis >= open
                 : __builtin_mul_overflow(bytes, size, &bytes) ||
                       bytes > std::numeric_limits<int64_t>::max())
      isValid = false;
  }
  return isValid;
}

/// Whether logits of so many tokens can be counted in the widest type.
static bool isVocabulary(int64_t size) {
  return size > 0 && size <= std::numeric_limits<int64_t>::max() /
                                 static_cast<int64_t>(sizeof(double));
}

Status Manifest::check(size_t functions) const {
  bool areForwardsTypes = (input.shape.size() == 2 || readsImages()) &&
                          isValid(input, readsImages() ? 1 : 2) &&
                          logits.shape.size() == 3 &&
                          isValid(logits, readsImages() ? 1 : 2) &&
                          isVocabulary(logits.shape.back());
  if (!areForwardsTypes || forward >= functions)
    return Status::error("the input is ", input.describe(), ", the logits are ",
                         logits.describe(), ", and the forward is function ",
                         forward, " of ", functions);
  for (const Parameter &parameter : parameters)
    if (!isValid(parameter.type, /*open=*/0))
      return Status::error("parameter '", parameter.name, "' is ",
                           parameter.type.describe());
  for (const Argument &argument : arguments) {
    bool isMade = argument.function.has_value();
    if (isMade && (*argument.function >= functions ||
                   !isValid(argument.type, /*open=*/0)))
      return Status::error("an argument is made by function ",
                           *argument.function, " of ", functions, " and is ",
                           argument.type.describe());
    for (unsigned parameter : argument.parameters)
      if (parameter >= parameters.size())
        return Status::error("an argument is parameter ", parameter, " of ",
                             parameters.size());
  }
  return Status::success();
}

Status Manifest::parse(std::string_view text) try {
  JSON json = JSON::parse(text);
  int64_t version = json.at("version");
  if (version != kVersion)
    return Status::error("the compiled model is of version ", version,
                         ", but what it is linked to runs version ", kVersion,
                         ": compile the model again");
  name = json.at("name");
  parseTarget(json.at("target"), *this);
  input = parseType(json.at("input"));
  logits = parseType(json.at("logits"));
  const JSON &limits = json.at("limits");
  vocabulary = limits.at("vocabulary");
  if (limits.contains("positions"))
    positions = limits.at("positions").get<int64_t>();
  forward = json.at("forward");
  for (const JSON &parameter : json.at("parameters"))
    parameters.push_back({parameter.at("name"), parseType(parameter)});
  for (const JSON &argument : json.at("arguments"))
    arguments.push_back(parseArgument(argument, parameters));
  if (Status status = check(json.at("functions").size()))
    return Status::error("the manifest is damaged: ", status.getText(),
                         ": compile the model again");
  return Status::success();
} catch (const std::exception &error) {
  return Status::error("the manifest is damaged: ", error.what(),
                       ": compile the model again");
}

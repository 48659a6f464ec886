//===- Architecture.cpp - Model families as data --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArchitectureReader.h"
#include "CheckpointUtils.h"
#include "grow/Checkpoint/Import.h"
#include "grow/IR/GrowOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// What is built in
//===----------------------------------------------------------------------===//

namespace {
struct EmbeddedFile {
  StringLiteral name;
  StringLiteral text;
};
} // namespace

/// The files of lib/Checkpoint/Architectures, made by CMake.
static constexpr EmbeddedFile embeddedFiles[] = {
#include "EmbeddedArchitectures.inc"
};

static constexpr StringLiteral commonConfig =
#include "EmbeddedCommonConfig.inc"
    ;

static StringRef getModelType(const EmbeddedFile &file) {
  return file.name.drop_back(StringRef(".json").size());
}

std::vector<std::string> grow::getArchitectureNames() {
  std::vector<std::string> names;
  for (const EmbeddedFile &file : embeddedFiles)
    names.push_back(getModelType(file).str());
  return names;
}

Expected<Architecture> Architecture::get(StringRef modelType) {
  for (const EmbeddedFile &file : embeddedFiles)
    if (getModelType(file) == modelType)
      return parse(file.name, file.text);
  return makeError("grow does not know the model type {0}, only {1}; "
                   "docs/Architectures.md says how to describe another",
                   quote(modelType), join(getArchitectureNames(), ", "));
}

Expected<Architecture> Architecture::parse(StringRef file, StringRef text) {
  Architecture arch;
  if (Error error = detail::readArchitecture(file, text, commonConfig, arch))
    return error;
  if (Error error = detail::checkArchitecture(arch))
    return error;
  return arch;
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

ArrayRef<ParamRole> grow::getRoles(BlockKind kind) {
  switch (kind) {
  case BlockKind::Embedding:
    return EmbeddingOp::getParamRoles();
  case BlockKind::Unembedding:
    return UnembeddingOp::getParamRoles();
  case BlockKind::PositionEmbedding:
    return PositionEmbeddingOp::getParamRoles();
  case BlockKind::LayerNorm:
    return LayerNormOp::getParamRoles();
  case BlockKind::RMSNorm:
    return RMSNormOp::getParamRoles();
  case BlockKind::Attention:
    return AttentionOp::getParamRoles();
  case BlockKind::MLP:
    return MLPOp::getParamRoles();
  case BlockKind::TypeEmbedding:
    return TypeEmbeddingOp::getParamRoles();
  case BlockKind::PatchEmbedding:
    return PatchEmbeddingOp::getParamRoles();
  case BlockKind::Dense:
    return DenseOp::getParamRoles();
  case BlockKind::SelectToken:
  case BlockKind::Scale:
  case BlockKind::Softcap:
    return {};
  }
  llvm_unreachable("unknown kind of block");
}

SmallVector<StringRef> grow::detail::getSizeNames(const ParamRole &role) {
  return map_to_vector(role.axes, getSizeName);
}

//===----------------------------------------------------------------------===//
// Questions
//===----------------------------------------------------------------------===//

const SizeSpec *Architecture::findSize(StringRef name) const {
  auto it =
      find_if(sizes, [&](const SizeSpec &size) { return size.name == name; });
  return it == sizes.end() ? nullptr : &*it;
}

SmallVector<StringRef> Expression::getNames() const {
  SmallVector<StringRef> names;
  for (const Operand &operand : operands)
    if (!operand.name.empty())
      names.push_back(operand.name);
  return names;
}

SmallVector<StringRef> ParamSpec::getNames() const {
  SmallVector<StringRef> names;
  if (!tensor.empty())
    names.push_back(tensor);
  names.append(otherNames.begin(), otherNames.end());
  return names;
}

StringRef Architecture::getInput() const {
  bool readsImages = any_of(prologue, [](const Statement &statement) {
    return is_contained(statement.arguments, "images");
  });
  return readsImages ? "images" : "ids";
}

const RopeSpec *BlockSpec::findRope(StringRef layerType) const {
  for (const RopeSpec &rope : ropes)
    if (rope.layerType.empty() || rope.layerType == layerType)
      return &rope;
  return nullptr;
}

bool Architecture::hasRope() const {
  return any_of(blocks,
                [](const auto &entry) { return !entry.second.ropes.empty(); });
}

StringRef Architecture::getWindowedType() const {
  for (const auto &[name, block] : blocks)
    if (block.window && !block.window->layerType.empty())
      return block.window->layerType;
  return {};
}

/// Whether the key says how heads rotate.
bool Architecture::isRopeKey(StringRef key) const {
  if (hasRope() && is_contained(getRopeConfigKeys(), key))
    return true;
  return any_of(blocks, [&](const auto &entry) {
    return any_of(entry.second.ropes, [&](const RopeSpec &rope) {
      return rope.thetaKey == key || rope.partialKey == key;
    });
  });
}

bool Architecture::isHarmlessKey(StringRef key) const {
  return any_of(harmless, [&](StringRef pattern) {
    return pattern.consume_back("*") ? key.starts_with(pattern)
                                     : key == pattern;
  });
}

bool Architecture::isKnownKey(StringRef key) const {
  std::string text = key.str();
  return key == "model_type" || key == "architectures" ||
         defaults.count(text) || required.count(text) || perLayer.count(text) ||
         any_of(sizes, [&](const SizeSpec &size) { return size.key == key; }) ||
         (layerTypes && layerTypes->key == key) || isRopeKey(key) ||
         isHarmlessKey(key);
}

std::string grow::substitute(StringRef text, StringRef placeholder,
                             StringRef value) {
  std::string result;
  for (;;) {
    size_t position = text.find(placeholder);
    result += text.take_front(position);
    if (position == StringRef::npos)
      return result;
    result += value;
    text = text.drop_front(position + placeholder.size());
  }
}

//===- Roles.cpp - What the parameters of an op are -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowOps.h"

using namespace mlir;
using namespace grow;

StringRef grow::getSizeName(Axis axis) {
  switch (axis) {
  case Axis::Vocabulary:
    return "vocabulary";
  case Axis::Positions:
    return "positions";
  case Axis::Types:
    return "types";
  case Axis::HiddenIn:
  case Axis::HiddenOut:
  case Axis::HiddenEach:
    return "hidden";
  case Axis::Groups:
    return "groups";
  case Axis::Queries:
    return "queries";
  case Axis::Key:
    return "key";
  case Axis::Value:
    return "value";
  case Axis::MLP:
    return "mlp";
  case Axis::ImageChannels:
    return "image_channels";
  case Axis::PatchRows:
    return "patch_rows";
  case Axis::PatchColumns:
    return "patch_columns";
  }
  llvm_unreachable("unknown axis");
}

std::optional<int64_t> ParamRole::findAxis(Axis axis) const {
  const Axis *it = llvm::find(axes, axis);
  if (it == axes.end())
    return std::nullopt;
  return it - axes.begin();
}

//===----------------------------------------------------------------------===//
// The roles of each op, in the order of its operands
//===----------------------------------------------------------------------===//

static constexpr Axis tableOut[] = {Axis::Vocabulary, Axis::HiddenOut};
static constexpr Axis positionsOut[] = {Axis::Positions, Axis::HiddenOut};
static constexpr Axis typesOut[] = {Axis::Types, Axis::HiddenOut};
static constexpr Axis patchOut[] = {Axis::ImageChannels, Axis::PatchRows,
                                    Axis::PatchColumns, Axis::HiddenOut};
static constexpr Axis tableIn[] = {Axis::Vocabulary, Axis::HiddenIn};
static constexpr Axis vocabulary[] = {Axis::Vocabulary};
static constexpr Axis hiddenOut[] = {Axis::HiddenOut};
static constexpr Axis hiddenEach[] = {Axis::HiddenEach};
static constexpr Axis hiddenInOut[] = {Axis::HiddenIn, Axis::HiddenOut};
static constexpr Axis query[] = {Axis::HiddenIn, Axis::Groups, Axis::Queries,
                                 Axis::Key};
static constexpr Axis queryBias[] = {Axis::Groups, Axis::Queries, Axis::Key};
static constexpr Axis key[] = {Axis::HiddenIn, Axis::Groups, Axis::Key};
static constexpr Axis keyBias[] = {Axis::Groups, Axis::Key};
static constexpr Axis keyEach[] = {Axis::Key};
static constexpr Axis value[] = {Axis::HiddenIn, Axis::Groups, Axis::Value};
static constexpr Axis valueBias[] = {Axis::Groups, Axis::Value};
static constexpr Axis output[] = {Axis::Groups, Axis::Queries, Axis::Value,
                                  Axis::HiddenOut};
static constexpr Axis up[] = {Axis::HiddenIn, Axis::MLP};
static constexpr Axis upBias[] = {Axis::MLP};
static constexpr Axis down[] = {Axis::MLP, Axis::HiddenOut};

ArrayRef<ParamRole> EmbeddingOp::getParamRoles() {
  static constexpr ParamRole roles[] = {{"table", ParamKind::Weight, tableOut}};
  return roles;
}

ArrayRef<ParamRole> PositionEmbeddingOp::getParamRoles() {
  static constexpr ParamRole roles[] = {
      {"table", ParamKind::Weight, positionsOut}};
  return roles;
}

ArrayRef<ParamRole> TypeEmbeddingOp::getParamRoles() {
  static constexpr ParamRole roles[] = {{"table", ParamKind::Weight, typesOut}};
  return roles;
}

ArrayRef<ParamRole> PatchEmbeddingOp::getParamRoles() {
  static constexpr ParamRole roles[] = {
      {"weight", ParamKind::Weight, patchOut},
      {"bias", ParamKind::Bias, hiddenOut, true},
      {"class_token", ParamKind::Weight, hiddenOut}};
  return roles;
}

ArrayRef<ParamRole> UnembeddingOp::getParamRoles() {
  static constexpr ParamRole roles[] = {
      {"table", ParamKind::Weight, tableIn},
      {"bias", ParamKind::Bias, vocabulary, true}};
  return roles;
}

ArrayRef<ParamRole> RMSNormOp::getParamRoles() {
  static constexpr ParamRole roles[] = {{"gain", ParamKind::Gain, hiddenEach}};
  return roles;
}

ArrayRef<ParamRole> LayerNormOp::getParamRoles() {
  static constexpr ParamRole roles[] = {
      {"gain", ParamKind::Gain, hiddenEach},
      {"bias", ParamKind::Shift, hiddenEach, true}};
  return roles;
}

ArrayRef<ParamRole> AttentionOp::getParamRoles() {
  static constexpr ParamRole roles[] = {
      {"q", ParamKind::Weight, query},
      {"q_bias", ParamKind::Bias, queryBias, true},
      {"k", ParamKind::Weight, key},
      {"k_bias", ParamKind::Bias, keyBias, true},
      {"v", ParamKind::Weight, value},
      {"v_bias", ParamKind::Bias, valueBias, true},
      {"o", ParamKind::Weight, output},
      {"o_bias", ParamKind::Bias, hiddenOut, true},
      {"q_gain", ParamKind::Gain, keyEach, true},
      {"k_gain", ParamKind::Gain, keyEach, true}};
  return roles;
}

ArrayRef<ParamRole> MLPOp::getParamRoles() {
  static constexpr ParamRole roles[] = {
      {"up", ParamKind::Weight, up},
      {"up_bias", ParamKind::Bias, upBias, true},
      {"gate", ParamKind::Weight, up, true},
      {"gate_bias", ParamKind::Bias, upBias, true},
      {"down", ParamKind::Weight, down},
      {"down_bias", ParamKind::Bias, hiddenOut, true}};
  return roles;
}

ArrayRef<ParamRole> DenseOp::getParamRoles() {
  static constexpr ParamRole roles[] = {
      {"weight", ParamKind::Weight, hiddenInOut},
      {"bias", ParamKind::Bias, hiddenOut, true}};
  return roles;
}

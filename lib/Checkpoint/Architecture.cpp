//===- Architecture.cpp - Model families as data --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Architecture.h"
#include "CheckpointUtils.h"
#include "JSONScanner.h"
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

/// The names of the sizes of a parameter's axes.
static SmallVector<StringRef> getSizeNames(const ParamRole &role) {
  return map_to_vector(role.axes, getSizeName);
}

//===----------------------------------------------------------------------===//
// Reading: pieces of text
//===----------------------------------------------------------------------===//

namespace grow {

static bool isName(StringRef text) {
  return !text.empty() && (isAlpha(text.front()) || text.front() == '_') &&
         all_of(text, [](char c) { return isAlnum(c) || c == '_'; });
}

/// `4 * hidden`, `rows * columns + 1`, or a number.
static bool fromJSON(const json::Value &in, Expression &out, json::Path path) {
  if (std::optional<int64_t> number = in.getAsInteger()) {
    out.operands = {{'+', "", *number}};
    return true;
  }
  std::optional<StringRef> text = in.getAsString();
  if (!text) {
    path.report("expected an integer or an expression such as '4 * hidden'");
    return false;
  }
  SmallVector<StringRef> tokens;
  text->split(tokens, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (auto [i, token] : enumerate(tokens)) {
    if (i % 2 == 1) {
      if (!is_contained({"*", "/", "+", "-"}, token)) {
        path.report("expected '*', '/', '+' or '-' between the sizes");
        return false;
      }
      continue;
    }
    Expression::Operand operand{i > 0 ? tokens[i - 1].front() : '+', "", 0};
    if (token.getAsInteger(10, operand.number)) {
      if (!isName(token)) {
        path.report("expected integers and names of sizes with spaces around "
                    "operators");
        return false;
      }
      operand.name = token.str();
    }
    out.operands.push_back(std::move(operand));
  }
  if (tokens.size() % 2 == 0) {
    path.report("expected a size after the operator");
    return false;
  }
  return true;
}

/// Takes `if KEY` or `unless KEY` from the end of a statement.
static bool parseCondition(StringRef &text, Statement &out) {
  for (bool isNegated : {false, true}) {
    auto [statement, key] = text.split(isNegated ? " unless " : " if ");
    if (statement.size() == text.size())
      continue;
    out.condition = key.trim().str();
    out.isNegated = isNegated;
    text = statement;
    return isName(out.condition);
  }
  return true;
}

/// `x = add(x, a)`, and a condition.
static bool fromJSON(const json::Value &in, Statement &out, json::Path path) {
  StringRef text = in.getAsString().value_or("");
  bool hasValidCondition = parseCondition(text, out);
  text = text.trim();
  auto [result, call] = text.split('=');
  auto [callee, rest] = call.split('(');
  out.result = result.trim().str();
  out.callee = callee.trim().str();
  bool valid = hasValidCondition && rest.consume_back(")") &&
               isName(out.result) && isName(out.callee);
  SmallVector<StringRef> arguments;
  rest.split(arguments, ',');
  for (StringRef argument : arguments) {
    out.arguments.push_back(argument.trim().str());
    valid &= isName(out.arguments.back());
  }
  if (!valid)
    path.report("expected a statement such as 'x = add(x, a)', or 'x = norm(x) "
                "unless KEY'");
  return valid;
}

/// A literal, or `{"config": KEY}`.
static bool fromJSON(const json::Value &in, Setting &out, json::Path path) {
  const json::Object *object = in.getAsObject();
  if (!object) {
    out.literal = in;
    return true;
  }
  std::optional<StringRef> key = object->getString("config");
  if (!key || object->size() != 1) {
    path.report("expected a value or an object with the member 'config'");
    return false;
  }
  out.key = key->str();
  return true;
}

static bool fromJSON(const json::Value &in, RopeLayout &out, json::Path path) {
  if (auto layout = symbolizeRopeLayout(in.getAsString().value_or(""))) {
    out = *layout;
    return true;
  }
  path.report("expected 'half_split' or 'interleaved'");
  return false;
}

static bool fromJSON(const json::Value &in, BlockKind &out, json::Path path) {
  auto kind =
      StringSwitch<std::optional<BlockKind>>(in.getAsString().value_or(""))
          .Case("embedding", BlockKind::Embedding)
          .Case("position_embedding", BlockKind::PositionEmbedding)
          .Case("unembedding", BlockKind::Unembedding)
          .Case("layer_norm", BlockKind::LayerNorm)
          .Case("rms_norm", BlockKind::RMSNorm)
          .Case("attention", BlockKind::Attention)
          .Case("mlp", BlockKind::MLP)
          .Case("type_embedding", BlockKind::TypeEmbedding)
          .Case("patch_embedding", BlockKind::PatchEmbedding)
          .Case("dense", BlockKind::Dense)
          .Case("select_token", BlockKind::SelectToken)
          .Case("scale", BlockKind::Scale)
          .Case("softcap", BlockKind::Softcap)
          .Default(std::nullopt);
  if (!kind) {
    path.report("expected embedding, position_embedding, type_embedding, "
                "patch_embedding, unembedding, layer_norm, rms_norm, "
                "attention, mlp, dense, select_token, scale or softcap");
    return false;
  }
  out = *kind;
  return true;
}

//===----------------------------------------------------------------------===//
// Reading: objects
//===----------------------------------------------------------------------===//

namespace {
/// json::ObjectMapper that refuses the members that nobody asked for: in a
/// file written by hand they are misspelled.
class StrictMapper {
public:
  StrictMapper(const json::Value &value, json::Path path)
      : mapper(value, path), object(value.getAsObject()), path(path) {}

  explicit operator bool() const { return bool(mapper); }

  template <typename T>
  bool map(StringLiteral name, T &out) {
    known.insert(name);
    return mapper.map(name, out);
  }
  template <typename T>
  bool mapOptional(StringLiteral name, T &out) {
    known.insert(name);
    return !object->get(name) || mapper.map(name, out);
  }
  /// Null if there is no such member. Not a copy: the path of an error refers
  /// to the members' names.
  const json::Value &get(StringLiteral name) {
    static const json::Value null = nullptr;
    known.insert(name);
    const json::Value *value = object->get(name);
    return value ? *value : null;
  }
  /// The members of the object under `name`, if there is one.
  bool mapMembers(StringLiteral name, std::map<std::string, json::Value> &out) {
    const json::Value &value = get(name);
    const json::Object *members = value.getAsObject();
    if (!members && !value.getAsNull()) {
      path.field(name).report("expected object");
      return false;
    }
    if (members)
      for (const auto &[key, member] : *members)
        out.emplace(key.str(), member);
    return true;
  }
  /// To be called last.
  bool finish() {
    for (const auto &[key, value] : *object)
      if (!known.contains(key)) {
        path.field(key).report("unknown member");
        return false;
      }
    return true;
  }

private:
  json::ObjectMapper mapper;
  const json::Object *object;
  json::Path path;
  StringSet<> known;
};
} // namespace

/// `0 of 3`.
static bool parsePart(StringRef text, int64_t &part, int64_t &parts,
                      json::Path path) {
  auto [first, second] = text.split(" of ");
  if (!first.getAsInteger(10, part) && !second.getAsInteger(10, parts) &&
      part >= 0 && part < parts)
    return true;
  path.report("expected a part such as '0 of 3'");
  return false;
}

static bool fromJSON(const json::Value &in, SizeSpec &out, json::Path path) {
  std::string element;
  std::optional<Expression> equals;
  StrictMapper o(in, path);
  if (!o || !o.map("name", out.name) || !o.mapOptional("key", out.key) ||
      !o.mapOptional("value", out.value) ||
      !o.mapOptional("default", out.defaults) ||
      !o.mapOptional("null", out.ifNull) || !o.mapOptional("equals", equals) ||
      !o.mapOptional("element", element) ||
      !o.mapOptional("counted", out.isCounted) ||
      !o.mapOptional("inverse", out.inverse) || !o.finish())
    return false;
  if (!element.empty() &&
      !parsePart(element, out.element, out.elements, path.field("element")))
    return false;
  if (out.key.empty() != out.value.has_value()) {
    path.report("expected a size to have either a 'key' or a 'value'");
    return false;
  }
  if (!equals)
    return true;
  if (out.key.empty() || out.defaults || out.inverse) {
    path.report("expected 'equals' to stand with a 'key' and without 'default' "
                "and 'inverse'");
    return false;
  }
  out.defaults = out.inverse = equals;
  out.isFixed = true;
  return true;
}

/// The members that a rotary embedding has for each type of layers.
static bool parseRopeOfType(StrictMapper &o, RopeSpec &out) {
  return o.map("default_theta", out.defaultTheta) &&
         o.mapOptional("theta_key", out.thetaKey) &&
         o.mapOptional("scaled", out.isScaled);
}

static bool parsePartialRope(const json::Value &in, RopeSpec &out,
                             json::Path path) {
  if (in.getAsNull())
    return true;
  StrictMapper o(in, path);
  return o && o.map("key", out.partialKey) &&
         o.map("default", out.defaultPartial) && o.finish();
}

/// One rotary embedding, or `by_layer_type` one for each.
static bool parseRopes(const json::Value &in, std::vector<RopeSpec> &out,
                       json::Path path) {
  if (in.getAsNull())
    return true;
  RopeSpec rope;
  StrictMapper o(in, path);
  if (!o || !o.map("layout", rope.layout) ||
      !parsePartialRope(o.get("partial"), rope, path.field("partial")))
    return false;
  const json::Value &types = o.get("by_layer_type");
  if (types.getAsNull()) {
    out.push_back(rope);
    return parseRopeOfType(o, out.back()) && o.finish();
  }
  json::Path typesPath = path.field("by_layer_type");
  const json::Object *members = types.getAsObject();
  if (!members) {
    typesPath.report("expected object");
    return false;
  }
  for (const auto &[type, value] : *members) {
    out.push_back(rope);
    out.back().layerType = type.str();
    StrictMapper variant(value, typesPath.field(type));
    if (!variant || !parseRopeOfType(variant, out.back()) || !variant.finish())
      return false;
  }
  return o.finish();
}

/// A setting, or an object with that, a condition and a type of layers.
static bool parseWindow(const json::Value &in, std::optional<WindowSpec> &out,
                        json::Path path) {
  if (in.getAsNull())
    return true;
  StrictMapper o(in, path);
  return o && o.map("size", out.emplace().size) &&
         o.mapOptional("if", out->condition) &&
         o.mapOptional("layer_type", out->layerType) && o.finish();
}

static bool fromJSON(const json::Value &in, LayerPattern &out,
                     json::Path path) {
  StrictMapper o(in, path);
  if (!o)
    return false;
  out.isEvery = !o.get("every").getAsNull();
  return o.map(out.isEvery ? StringLiteral("every") : StringLiteral("from"),
               out.number) &&
         o.map("type", out.type) && o.map("otherwise", out.otherwise) &&
         o.mapOptional("if", out.conditions) && o.finish();
}

static bool fromJSON(const json::Value &in, LayerTypes &out, json::Path path) {
  StrictMapper o(in, path);
  return o && o.map("key", out.key) && o.map("values", out.values) &&
         o.map("default", out.pattern) && o.finish();
}

/// What a stored order calls the axes of a parameter: by their sizes, if these
/// tell them apart.
static SmallVector<StringRef> getAxisNames(const ParamRole &role) {
  SmallVector<StringRef> names = getSizeNames(role);
  std::optional<int64_t> in = role.findAxis(Axis::HiddenIn);
  std::optional<int64_t> out = role.findAxis(Axis::HiddenOut);
  if (in && out) {
    names[*in] = "hidden_in";
    names[*out] = "hidden_out";
  }
  return names;
}

/// The stored order, such as `hidden (| groups queries key)`: one word or one
/// parenthesis for each stored dimension, `|` where the parts of a fused tensor
/// follow one another, `1` for a dimension of that size.
static bool parseStored(StringRef text, const ParamRole &role, ParamSpec &out,
                        json::Path path) {
  SmallVector<StringRef> sizes = getAxisNames(role);
  bool inGroup = false, sawBar = false;
  std::string spaced = substitute(substitute(text, "(", " ( "), ")", " ) ");
  SmallVector<StringRef> tokens;
  StringRef(spaced).split(tokens, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef token : tokens) {
    if (token == "(" || token == ")") {
      if (inGroup == (token == "(")) {
        path.report("expected balanced parentheses, one deep");
        return false;
      }
      inGroup = !inGroup;
      if (inGroup)
        out.groups.push_back(0);
    } else if (token == "|") {
      if (!inGroup || sawBar) {
        path.report("expected at most one '|', within parentheses");
        return false;
      }
      sawBar = true;
      out.dim = out.groups.size() - 1;
      out.inside = out.groups.back();
    } else if (token == "1" && !inGroup) {
      out.groups.push_back(0);
    } else {
      if (!inGroup)
        out.groups.push_back(0);
      ++out.groups.back();
      out.axes.push_back(find(sizes, token) - sizes.begin());
    }
  }
  SmallVector<int64_t> sorted(out.axes);
  llvm::sort(sorted);
  if (inGroup || !equal(sorted, seq<int64_t>(sizes.size()))) {
    path.report("expected each axis of the parameter once");
    return false;
  }
  if (sawBar != (out.parts > 1)) {
    path.report("expected '|' in the stored order of a part, and only there");
    return false;
  }
  return true;
}

static bool parseTied(const json::Value &in, ParamSpec &out, json::Path path) {
  StrictMapper o(in, path);
  return o && o.map("to", out.tiedTo) && o.map("if", out.tiedIf) && o.finish();
}

/// A name, or a list of those that a tensor may have.
static bool parseTensor(const json::Value &in, ParamSpec &out,
                        json::Path path) {
  if (in.getAsString())
    return fromJSON(in, out.tensor, path);
  if (!fromJSON(in, out.otherNames, path))
    return false;
  if (out.otherNames.empty()) {
    path.report("expected at least one name");
    return false;
  }
  out.tensor = out.otherNames.front();
  out.otherNames.erase(out.otherNames.begin());
  return true;
}

static bool parseParam(const json::Value &in, const ParamRole &role,
                       ParamSpec &out, json::Path path) {
  std::string stored, part;
  StrictMapper o(in, path);
  if (!o || !parseTensor(o.get("tensor"), out, path.field("tensor")) ||
      !o.mapOptional("stored", stored) || !o.mapOptional("part", part) ||
      !o.mapOptional("if", out.condition) ||
      !o.mapOptional("optional", out.isOptional))
    return false;
  const json::Value &tied = o.get("tied");
  if (!o.finish())
    return false;
  if (!part.empty() &&
      !parsePart(part, out.part, out.parts, path.field("part")))
    return false;
  if (!stored.empty() && !parseStored(stored, role, out, path.field("stored")))
    return false;
  if (stored.empty() && out.parts > 1) {
    path.report("expected a part to have a 'stored' order");
    return false;
  }
  if ((!out.condition.empty() || out.isOptional) && !role.isOptional) {
    path.report("this parameter cannot be left out");
    return false;
  }
  return tied.getAsNull() || parseTied(tied, out, path.field("tied"));
}

static bool parseParams(const json::Value &in, BlockSpec &out,
                        json::Path path) {
  const json::Object *object = in.getAsObject();
  if (!object) {
    path.report("expected object");
    return false;
  }
  ArrayRef<ParamRole> roles = getRoles(out.kind);
  out.params.resize(roles.size());
  for (const auto &[name, value] : *object) {
    StringRef key = name;
    const ParamRole *role =
        find_if(roles, [&](const ParamRole &role) { return role.name == key; });
    if (role == roles.end()) {
      path.field(name).report("the op has no such parameter");
      return false;
    }
    if (!parseParam(value, *role, out.params[role - roles.begin()],
                    path.field(name)))
      return false;
  }
  for (auto [role, param] : zip(roles, out.params))
    if (!role.isOptional && param.tensor.empty()) {
      path.field(role.name).report("missing parameter");
      return false;
    }
  return true;
}

/// A setting, or `{FUNCTION: OPERAND}` with a setting or the name of a size.
static bool fromJSON(const json::Value &in, NumberSpec &out, json::Path path) {
  static constexpr std::pair<StringLiteral, NumberSpec::Function> functions[] =
      {{"inverse", NumberSpec::Function::Inverse},
       {"root", NumberSpec::Function::Root},
       {"inverse_root", NumberSpec::Function::InverseRoot}};
  const json::Object *object = in.getAsObject();
  for (auto [name, function] : functions) {
    const json::Value *operand = object ? object->get(name) : nullptr;
    if (!operand)
      continue;
    if (object->size() != 1) {
      path.report("expected one function and nothing else");
      return false;
    }
    out.function = function;
    if (std::optional<StringRef> size = operand->getAsString()) {
      out.size = size->str();
      return true;
    }
    return fromJSON(*operand, out.setting, path.field(name));
  }
  return fromJSON(in, out.setting, path);
}

// What blocks of each kind have besides parameters.

static bool parseNorm(StrictMapper &o, BlockSpec &out) {
  return o.map("epsilon", out.epsilon.emplace()) &&
         (out.kind == BlockKind::LayerNorm ||
          o.mapOptional("unit_offset", out.hasUnitOffset));
}

static bool parseAttention(StrictMapper &o, BlockSpec &out, json::Path path) {
  return o.map("causal", out.isCausal) && o.map("scale", out.scale.emplace()) &&
         o.mapOptional("softcap", out.softcap) &&
         o.mapOptional("qk_epsilon", out.qkEpsilon) &&
         o.mapOptional("qk_unit_offset", out.qkHasUnitOffset) &&
         parseWindow(o.get("window"), out.window, path.field("window")) &&
         parseRopes(o.get("rope"), out.ropes, path.field("rope"));
}

static bool parseScale(StrictMapper &o, BlockSpec &out) {
  return o.map("factor", out.scale.emplace()) &&
         o.mapOptional("rounded", out.isRounded);
}

static bool parseIndex(StrictMapper &o, StringLiteral name, bool isOptional,
                       BlockSpec &out, json::Path path) {
  if (isOptional ? !o.mapOptional(name, out.index) : !o.map(name, out.index))
    return false;
  if (out.index >= 0)
    return true;
  path.field(name).report("expected a number of at least 0");
  return false;
}

static bool parseAttributes(StrictMapper &o, BlockSpec &out, json::Path path) {
  switch (out.kind) {
  case BlockKind::Embedding:
  case BlockKind::PatchEmbedding:
  case BlockKind::Unembedding:
    return true;
  case BlockKind::PositionEmbedding:
    return parseIndex(o, "offset", /*isOptional=*/true, out, path);
  case BlockKind::TypeEmbedding:
    return parseIndex(o, "row", /*isOptional=*/false, out, path);
  case BlockKind::SelectToken:
    return parseIndex(o, "position", /*isOptional=*/false, out, path);
  case BlockKind::Dense:
    return o.mapOptional("activation", out.activation);
  case BlockKind::LayerNorm:
  case BlockKind::RMSNorm:
    return parseNorm(o, out);
  case BlockKind::Attention:
    return parseAttention(o, out, path);
  case BlockKind::MLP:
    return o.map("activation", out.activation.emplace());
  case BlockKind::Scale:
    return parseScale(o, out);
  case BlockKind::Softcap:
    return o.map("bound", out.softcap.emplace());
  }
  llvm_unreachable("unknown kind of block");
}

static bool fromJSON(const json::Value &in, BlockSpec &out, json::Path path) {
  StrictMapper o(in, path);
  if (!o || !o.map("op", out.kind) || !parseAttributes(o, out, path))
    return false;
  if (getRoles(out.kind).empty())
    return o.finish();
  const json::Value &params = o.get("params");
  return o.finish() && parseParams(params, out, path.field("params"));
}

static bool parseConfig(const json::Value &in, Architecture &out,
                        json::Path path) {
  // Called for what all architectures share, too: adds to what is there.
  std::vector<std::string> harmless;
  StrictMapper o(in, path);
  if (!o || !o.mapMembers("defaults", out.defaults) ||
      !o.mapMembers("required", out.required) ||
      !o.mapOptional("harmless", harmless) ||
      !o.mapMembers("per_layer", out.perLayer) || !o.finish())
    return false;
  append_range(out.harmless, harmless);
  return true;
}

static bool parseForward(const json::Value &in, Architecture &out,
                         json::Path path) {
  StrictMapper o(in, path);
  return o && o.map("prologue", out.prologue) && o.map("layer", out.layer) &&
         o.map("epilogue", out.epilogue) && o.finish();
}

static bool fromJSON(const json::Value &in, Architecture &out,
                     json::Path path) {
  StrictMapper o(in, path);
  return o && o.map("model_type", out.modelType) &&
         o.map("architectures", out.classes) &&
         parseConfig(o.get("config"), out, path.field("config")) &&
         o.map("sizes", out.sizes) &&
         o.mapOptional("constraints", out.constraints) &&
         o.mapOptional("layer_types", out.layerTypes) &&
         o.map("prefixes", out.prefixes) &&
         o.map("layer_name", out.layerName) && o.map("blocks", out.blocks) &&
         parseForward(o.get("forward"), out, path.field("forward")) &&
         o.mapOptional("ignored_tensors", out.ignoredTensors) && o.finish();
}

} // namespace grow

//===----------------------------------------------------------------------===//
// Checking: what one part says of another
//===----------------------------------------------------------------------===//

namespace {
class Checker {
public:
  explicit Checker(Architecture &arch) : arch(arch) {}

  Error run() {
    if (Error error = checkSizes())
      return error;
    if (Error error = checkForward())
      return error;
    for (auto &[name, block] : arch.blocks) {
      block.name = name;
      if (Error error = checkBlock(block))
        return error;
    }
    return checkLayerTypes();
  }

private:
  template <typename... Ts>
  Error fail(const char *format, Ts &&...values) {
    return makeError("architecture '{0}': {1}", arch.file,
                     formatv(format, std::forward<Ts>(values)...));
  }

  Error checkSizes() {
    StringSet<> known;
    for (const SizeSpec &size : arch.sizes) {
      for (const auto &expression : {size.value, size.defaults, size.ifNull})
        if (expression)
          for (StringRef name : expression->getNames())
            if (!known.contains(name))
              return fail("size '{0}' is computed from '{1}', which is not a "
                          "size before it",
                          size.name, name);
      if (!known.insert(size.name).second)
        return fail("size '{0}' is there twice", size.name);
    }
    for (const Expression &constraint : arch.constraints)
      for (StringRef name : constraint.getNames())
        if (!known.contains(name))
          return fail("a constraint is about '{0}', which is not a size", name);
    if (!known.contains("layers"))
      return fail("there is no size 'layers'");
    if (arch.prefixes.empty())
      return fail("'prefixes' is empty: write \"\" for no prefix");
    return Error::success();
  }

  /// Follows the statements for each way in which conditions may turn out.
  Error checkForward() {
    SmallVector<std::string> conditions;
    for (const auto &statements : {arch.prologue, arch.layer, arch.epilogue})
      for (const Statement &statement : statements)
        if (!statement.condition.empty() &&
            !is_contained(conditions, statement.condition))
          conditions.push_back(statement.condition);
    for (StringRef condition : conditions)
      if (Error error = checkKey(condition))
        return error;
    if (conditions.size() > 8)
      return fail("statements depend on more than 8 keys");
    for (unsigned ways = 0; ways < 1u << conditions.size(); ++ways) {
      auto isExecuted = [&](const Statement &statement) {
        if (statement.condition.empty())
          return true;
        auto key = find(conditions, statement.condition) - conditions.begin();
        return bool(ways >> key & 1) != statement.isNegated;
      };
      if (Error error = checkForward(isExecuted))
        return error;
    }
    return Error::success();
  }

  Error checkForward(function_ref<bool(const Statement &)> isExecuted) {
    auto select = [&](ArrayRef<Statement> statements) {
      std::vector<Statement> result;
      copy_if(statements, std::back_inserter(result), isExecuted);
      return result;
    };
    called.clear();
    StringSet<> defined = {"ids", "images"};
    if (Error error = checkStatements(select(arch.prologue), defined, false))
      return error;
    if (!defined.contains("x"))
      return fail("the prologue does not define the stream 'x'");
    StringSet<> inLayer = {"x"};
    std::vector<Statement> layer = select(arch.layer);
    if (Error error = checkStatements(layer, inLayer, true))
      return error;
    if (layer.empty() || layer.back().result != "x")
      return fail("the last statement of the layer does not define 'x'");
    StringSet<> afterLayers = {"x"};
    std::vector<Statement> epilogue = select(arch.epilogue);
    if (epilogue.empty())
      return fail("the epilogue is empty");
    return checkStatements(epilogue, afterLayers, false);
  }

  Error checkStatements(ArrayRef<Statement> statements, StringSet<> &defined,
                        bool inLayer) {
    for (const Statement &statement : statements) {
      for (StringRef argument : statement.arguments)
        if (!defined.contains(argument))
          return fail("'{0}' is read before it is defined", argument);
      defined.insert(statement.result);
      if (Error error = checkCall(statement, inLayer))
        return error;
    }
    return Error::success();
  }

  Error checkCall(const Statement &statement, bool inLayer) {
    size_t arity = 2;
    if (statement.callee == "add") {
      for (StringRef input : {"ids", "images"})
        if (is_contained(statement.arguments, input))
          return fail("'{0}' cannot be added", input);
    } else {
      auto it = arch.blocks.find(statement.callee);
      if (it == arch.blocks.end())
        return fail("'{0}' is neither a block nor 'add'", statement.callee);
      if (!called.insert(statement.callee).second)
        return fail("block '{0}' is called twice", statement.callee);
      if (!used.insert(statement.callee).second &&
          it->second.isInLayer != inLayer)
        return fail("block '{0}' is called by the layer and outside of it",
                    statement.callee);
      it->second.isInLayer = inLayer;
      arity = 1;
      if (Error error = checkInput(it->second, statement))
        return error;
    }
    if (statement.arguments.size() != arity)
      return fail("'{0}' takes {1} argument(s)", statement.callee, arity);
    return Error::success();
  }

  /// Checks which input of the model, if any, the block reads.
  Error checkInput(const BlockSpec &block, const Statement &statement) {
    bool readsIds = is_contained(statement.arguments, "ids");
    bool readsImages = is_contained(statement.arguments, "images");
    bool readsAnything = block.kind == BlockKind::PositionEmbedding ||
                         block.kind == BlockKind::TypeEmbedding;
    if (readsImages != (block.kind == BlockKind::PatchEmbedding))
      return fail("'images' is what patch embeddings read, and nothing else: "
                  "'{0}'",
                  statement.callee);
    if (!readsAnything && readsIds != (block.kind == BlockKind::Embedding))
      return fail("'ids' is what embeddings read, and nothing else: '{0}'",
                  statement.callee);
    if (readsIds && arch.getInput() == "images")
      return fail("a model reads 'ids' or 'images', but not both");
    return Error::success();
  }

  Error checkBlock(const BlockSpec &block) {
    if (!used.contains(block.name))
      return fail("block '{0}' is never called", block.name);
    for (const auto &setting :
         {block.epsilon, block.activation, block.softcap, block.qkEpsilon})
      if (setting)
        if (Error error = checkSetting(*setting))
          return error;
    if (block.scale)
      if (Error error = checkNumber(block, *block.scale))
        return error;
    if (block.kind == BlockKind::PatchEmbedding)
      for (StringRef size : {"image_rows", "image_columns"})
        if (!arch.findSize(size))
          return fail("block '{0}' needs a size '{1}'", block.name, size);
    if (Error error = checkAttention(block))
      return error;
    for (auto [role, param] : zip(getRoles(block.kind), block.params))
      if (!param.tensor.empty())
        if (Error error = checkParam(block, role, param))
          return error;
    return Error::success();
  }

  Error checkNumber(const BlockSpec &block, const NumberSpec &number) {
    if (number.size.empty())
      return checkSetting(number.setting);
    if (arch.findSize(number.size))
      return Error::success();
    return fail("block '{0}' reads '{1}', which is not a size", block.name,
                number.size);
  }

  Error checkAttention(const BlockSpec &block) {
    if (!block.ropes.empty() && !arch.findSize("positions"))
      return fail("block '{0}' has a rotary embedding, but there is no size "
                  "'positions'",
                  block.name);
    for (const RopeSpec &rope : block.ropes)
      if (Error error = checkLayerType(block, rope.layerType))
        return error;
    if (Error error = checkRopesOfTypes(block))
      return error;
    if (Error error = checkQKNorm(block))
      return error;
    return block.window ? checkWindow(block, *block.window) : Error::success();
  }

  Error checkRopesOfTypes(const BlockSpec &block) {
    if (block.ropes.empty() || block.ropes.front().layerType.empty())
      return Error::success();
    for (StringRef type : arch.layerTypes->values)
      if (!block.findRope(type))
        return fail("block '{0}' has no rotary embedding for layers of type "
                    "'{1}'",
                    block.name, type);
    return Error::success();
  }

  /// Queries and keys are normalised both or not at all.
  Error checkQKNorm(const BlockSpec &block) {
    if (block.kind != BlockKind::Attention)
      return Error::success();
    unsigned gains = 0;
    for (auto [role, param] : zip(getRoles(block.kind), block.params))
      gains += role.kind == ParamKind::Gain && !param.tensor.empty();
    if (gains == (block.qkEpsilon ? 2 : 0) &&
        (block.qkEpsilon || !block.qkHasUnitOffset))
      return Error::success();
    return fail("block '{0}' should have 'q_gain', 'k_gain' and 'qk_epsilon', "
                "or none of them",
                block.name);
  }

  Error checkWindow(const BlockSpec &block, const WindowSpec &window) {
    if (!block.isCausal)
      return fail("block '{0}' has a window but is not causal", block.name);
    if (!window.condition.empty())
      if (Error error = checkKey(window.condition))
        return error;
    if (Error error = checkSetting(window.size))
      return error;
    return checkLayerType(block, window.layerType);
  }

  /// Checks what a block says about the layers of one type.
  Error checkLayerType(const BlockSpec &block, StringRef type) {
    if (type.empty())
      return Error::success();
    if (!block.isInLayer)
      return fail("block '{0}' is not called by the layer, so it is in none "
                  "of type '{1}'",
                  block.name, type);
    if (arch.layerTypes && is_contained(arch.layerTypes->values, type))
      return Error::success();
    return fail("block '{0}' is about layers of type '{1}', which is not one "
                "of 'layer_types'",
                block.name, type);
  }

  Error checkLayerTypes() {
    if (!arch.layerTypes)
      return Error::success();
    const LayerPattern &pattern = arch.layerTypes->pattern;
    ArrayRef<std::string> values = arch.layerTypes->values;
    // A grown layer shows its type by nothing but its window.
    if (values.size() != 2 || arch.getWindowedType().empty())
      return fail("'layer_types' should have two values, one of them that of a "
                  "window");
    if (!is_contained(values, pattern.type) ||
        !is_contained(values, pattern.otherwise))
      return fail("the default of 'layer_types' should be made of its values");
    for (StringRef key : pattern.conditions)
      if (Error error = checkKey(key))
        return error;
    return checkSetting(pattern.number);
  }

  Error checkSetting(const Setting &setting) {
    return setting.key.empty() ? Error::success() : checkKey(setting.key);
  }

  Error checkParam(const BlockSpec &block, const ParamRole &role,
                   const ParamSpec &param) {
    for (StringRef axis : getSizeNames(role))
      if (!arch.findSize(axis))
        return fail("block '{0}' needs a size '{1}'", block.name, axis);
    for (StringRef name : param.getNames())
      if (name.contains("{layer}") != block.isInLayer)
        return fail("tensor '{0}' of block '{1}' should have '{{layer}' in its "
                    "name if, and only if, the block is called by the layer",
                    name, block.name);
    for (StringRef key : {param.condition, param.tiedIf})
      if (!key.empty())
        if (Error error = checkKey(key))
          return error;
    if (param.tiedTo.empty())
      return Error::success();
    auto target = arch.blocks.find(param.tiedTo);
    if (target == arch.blocks.end() || target->second.isInLayer ||
        getSizeNames(getRoles(target->second.kind).front()) !=
            getSizeNames(role))
      return fail("'{0}' cannot be tied to '{1}': it is not a block outside of "
                  "the layer with a parameter of the same axes",
                  block.name, param.tiedTo);
    return Error::success();
  }

  Error checkKey(StringRef key) {
    if (arch.defaults.count(key.str()))
      return Error::success();
    return fail("configuration key '{0}' is read but has no default", key);
  }

  Architecture &arch;
  /// The blocks that are called, by any model or the one that is followed.
  StringSet<> used, called;
};
} // namespace

Expected<Architecture> Architecture::parse(StringRef file, StringRef text) {
  // The scanner knows doubled keys, the parser positions of errors.
  if (auto members = scanJSONObject(text); !members)
    return createFileError(file, members.takeError());
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return createFileError(file, value.takeError());
  Architecture arch;
  json::Path::Root common("CommonConfig.json");
  if (!parseConfig(cantFail(json::parse(commonConfig)), arch, common))
    return common.getError();
  json::Path::Root root(file);
  if (!fromJSON(*value, arch, root))
    return root.getError();
  arch.file = file.str();
  if (Error error = Checker(arch).run())
    return error;
  return arch;
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

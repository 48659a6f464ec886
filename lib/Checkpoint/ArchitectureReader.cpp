//===- ArchitectureReader.cpp - From JSON to an architecture --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArchitectureReader.h"
#include "CheckpointUtils.h"
#include "JSONScanner.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace grow;
using namespace grow::detail;

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

Error grow::detail::readArchitecture(StringRef file, StringRef text,
                                     StringRef common, Architecture &arch) {
  // The scanner knows doubled keys, the parser positions of errors.
  if (auto members = scanJSONObject(text); !members)
    return createFileError(file, members.takeError());
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return createFileError(file, value.takeError());
  json::Path::Root commonRoot("CommonConfig.json");
  if (!parseConfig(cantFail(json::parse(common)), arch, commonRoot))
    return commonRoot.getError();
  json::Path::Root root(file);
  if (!fromJSON(*value, arch, root))
    return root.getError();
  arch.file = file.str();
  return Error::success();
}

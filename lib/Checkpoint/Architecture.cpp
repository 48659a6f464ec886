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

/// `4 * hidden`, `hidden / heads`, or a number.
static bool fromJSON(const json::Value &in, Expression &out, json::Path path) {
  if (std::optional<int64_t> number = in.getAsInteger()) {
    out.factors = {{false, "", *number}};
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
      if (token != "*" && token != "/") {
        path.report("expected '*' or '/' between the sizes");
        return false;
      }
      continue;
    }
    Expression::Factor factor{i > 0 && tokens[i - 1] == "/", "", 0};
    if (token.getAsInteger(10, factor.number)) {
      if (!isName(token)) {
        path.report("expected integers and names of sizes with spaces around "
                    "'*' and '/'");
        return false;
      }
      factor.name = token.str();
    }
    out.factors.push_back(std::move(factor));
  }
  if (tokens.size() % 2 == 0) {
    path.report("expected a size after the operator");
    return false;
  }
  return true;
}

/// `x = add(x, a)`.
static bool fromJSON(const json::Value &in, Statement &out, json::Path path) {
  StringRef text = in.getAsString().value_or("");
  auto [result, call] = text.split('=');
  auto [callee, rest] = call.split('(');
  out.result = result.trim().str();
  out.callee = callee.trim().str();
  bool valid =
      rest.consume_back(")") && isName(out.result) && isName(out.callee);
  SmallVector<StringRef> arguments;
  rest.split(arguments, ',');
  for (StringRef argument : arguments) {
    out.arguments.push_back(argument.trim().str());
    valid &= isName(out.arguments.back());
  }
  if (!valid)
    path.report("expected a statement such as 'x = add(x, a)'");
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
          .Default(std::nullopt);
  if (!kind) {
    path.report("expected embedding, position_embedding, unembedding, "
                "layer_norm, rms_norm, attention or mlp");
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

static bool fromJSON(const json::Value &in, SizeSpec &out, json::Path path) {
  StrictMapper o(in, path);
  if (!o || !o.map("name", out.name) || !o.mapOptional("key", out.key) ||
      !o.mapOptional("value", out.value) ||
      !o.mapOptional("default", out.defaults) ||
      !o.mapOptional("inverse", out.inverse) || !o.finish())
    return false;
  if (out.key.empty() == out.value.has_value())
    return true;
  path.report("expected a size to have either a 'key' or a 'value'");
  return false;
}

static bool fromJSON(const json::Value &in, RopeSpec &out, json::Path path) {
  StrictMapper o(in, path);
  return o && o.map("layout", out.layout) &&
         o.map("default_theta", out.defaultTheta) && o.finish();
}

/// The stored order, such as `hidden (| groups queries key)`: one word or one
/// parenthesis for each stored dimension, `|` where the parts of a fused tensor
/// follow one another.
static bool parseStored(StringRef text, const ParamRole &role, ParamSpec &out,
                        json::Path path) {
  SmallVector<StringRef> sizes = getSizeNames(role);
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

/// `0 of 3`.
static bool parsePart(StringRef text, ParamSpec &out, json::Path path) {
  auto [part, parts] = text.split(" of ");
  if (!part.getAsInteger(10, out.part) && !parts.getAsInteger(10, out.parts) &&
      out.part >= 0 && out.part < out.parts)
    return true;
  path.report("expected a part such as '0 of 3'");
  return false;
}

static bool parseTied(const json::Value &in, ParamSpec &out, json::Path path) {
  StrictMapper o(in, path);
  return o && o.map("to", out.tiedTo) && o.map("if", out.tiedIf) && o.finish();
}

static bool parseParam(const json::Value &in, const ParamRole &role,
                       ParamSpec &out, json::Path path) {
  std::string stored, part;
  StrictMapper o(in, path);
  if (!o || !o.map("tensor", out.tensor) || !o.mapOptional("stored", stored) ||
      !o.mapOptional("part", part) || !o.mapOptional("if", out.condition) ||
      !o.mapOptional("optional", out.isOptional))
    return false;
  const json::Value &tied = o.get("tied");
  if (!o.finish())
    return false;
  if (!part.empty() && !parsePart(part, out, path.field("part")))
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

/// A number, a key, or `{"inverse_root": SIZE}`.
static bool parseScale(const json::Value &in, BlockSpec &out, json::Path path) {
  if (in.getAsNull()) {
    path.report("missing value");
    return false;
  }
  if (const json::Object *object = in.getAsObject())
    if (auto size = object->getString("inverse_root")) {
      out.scaleInverseRoot = size->str();
      return true;
    }
  return fromJSON(in, out.scale.emplace(), path);
}

static bool fromJSON(const json::Value &in, BlockSpec &out, json::Path path) {
  StrictMapper o(in, path);
  if (!o || !o.map("op", out.kind))
    return false;
  bool isNorm =
      out.kind == BlockKind::LayerNorm || out.kind == BlockKind::RMSNorm;
  if (isNorm && !o.map("epsilon", out.epsilon.emplace()))
    return false;
  if (out.kind == BlockKind::MLP &&
      !o.map("activation", out.activation.emplace()))
    return false;
  if (out.kind == BlockKind::Attention &&
      (!o.map("causal", out.isCausal) || !o.mapOptional("rope", out.rope) ||
       !parseScale(o.get("scale"), out, path.field("scale"))))
    return false;
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
    return Error::success();
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
      for (const auto &expression : {size.value, size.defaults})
        if (expression)
          for (const Expression::Factor &factor : expression->factors)
            if (!factor.name.empty() && !known.contains(factor.name))
              return fail("size '{0}' is computed from '{1}', which is not a "
                          "size before it",
                          size.name, factor.name);
      if (!known.insert(size.name).second)
        return fail("size '{0}' is there twice", size.name);
    }
    for (const Expression &constraint : arch.constraints)
      for (const Expression::Factor &factor : constraint.factors)
        if (!factor.name.empty() && !known.contains(factor.name))
          return fail("a constraint is about '{0}', which is not a size",
                      factor.name);
    if (!known.contains("layers"))
      return fail("there is no size 'layers'");
    if (arch.prefixes.empty())
      return fail("'prefixes' is empty: write \"\" for no prefix");
    return Error::success();
  }

  Error checkForward() {
    StringSet<> defined = {"ids"};
    if (Error error = checkStatements(arch.prologue, defined, false))
      return error;
    if (!defined.contains("x"))
      return fail("the prologue does not define the stream 'x'");
    StringSet<> inLayer = {"x"};
    if (Error error = checkStatements(arch.layer, inLayer, true))
      return error;
    if (arch.layer.empty() || arch.layer.back().result != "x")
      return fail("the last statement of the layer does not define 'x'");
    StringSet<> afterLayers = {"x"};
    if (arch.epilogue.empty())
      return fail("the epilogue is empty");
    return checkStatements(arch.epilogue, afterLayers, false);
  }

  Error checkStatements(ArrayRef<Statement> statements, StringSet<> &defined,
                        bool inLayer) {
    for (const Statement &statement : statements) {
      for (StringRef argument : statement.arguments)
        if (!defined.contains(argument))
          return fail("'{0}' is read before it is defined", argument);
      defined.insert(statement.result);
      size_t arity = 2;
      if (statement.callee == "add") {
        if (is_contained(statement.arguments, "ids"))
          return fail("'ids' cannot be added");
      } else {
        auto it = arch.blocks.find(statement.callee);
        if (it == arch.blocks.end())
          return fail("'{0}' is neither a block nor 'add'", statement.callee);
        if (!used.insert(statement.callee).second)
          return fail("block '{0}' is called twice", statement.callee);
        it->second.isInLayer = inLayer;
        arity = 1;
        if (readsIds(it->second) != is_contained(statement.arguments, "ids"))
          return fail("'ids' is what embeddings read, and nothing else: '{0}'",
                      statement.callee);
      }
      if (statement.arguments.size() != arity)
        return fail("'{0}' takes {1} argument(s)", statement.callee, arity);
    }
    return Error::success();
  }

  static bool readsIds(const BlockSpec &block) {
    return block.kind == BlockKind::Embedding ||
           block.kind == BlockKind::PositionEmbedding;
  }

  Error checkBlock(const BlockSpec &block) {
    if (!used.contains(block.name))
      return fail("block '{0}' is never called", block.name);
    for (const auto &setting : {block.epsilon, block.activation, block.scale})
      if (setting && !setting->key.empty())
        if (Error error = checkKey(setting->key))
          return error;
    if (!block.scaleInverseRoot.empty() &&
        !arch.findSize(block.scaleInverseRoot))
      return fail("the scale of block '{0}' reads '{1}', which is not a size",
                  block.name, block.scaleInverseRoot);
    if (block.rope && !arch.findSize("positions"))
      return fail("block '{0}' has a rotary embedding, but there is no size "
                  "'positions'",
                  block.name);
    for (auto [role, param] : zip(getRoles(block.kind), block.params))
      if (!param.tensor.empty())
        if (Error error = checkParam(block, role, param))
          return error;
    return Error::success();
  }

  Error checkParam(const BlockSpec &block, const ParamRole &role,
                   const ParamSpec &param) {
    for (StringRef axis : getSizeNames(role))
      if (!arch.findSize(axis))
        return fail("block '{0}' needs a size '{1}'", block.name, axis);
    if (StringRef(param.tensor).contains("{layer}") != block.isInLayer)
      return fail("tensor '{0}' of block '{1}' should have '{{layer}' in its "
                  "name if, and only if, the block is called by the layer",
                  param.tensor, block.name);
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
  StringSet<> used;
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

bool Architecture::hasRope() const {
  return any_of(
      blocks, [](const auto &entry) { return entry.second.rope.has_value(); });
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
         (hasRope() && is_contained(getRopeConfigKeys(), key)) ||
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

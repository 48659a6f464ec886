//===- ArchitectureChecker.cpp - What parts of it say of others -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArchitectureReader.h"
#include "CheckpointUtils.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace grow;
using namespace grow::detail;

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

Error grow::detail::checkArchitecture(Architecture &arch) {
  return Checker(arch).run();
}

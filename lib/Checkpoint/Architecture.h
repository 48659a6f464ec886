//===- Architecture.h - Model families as data ------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a family of models is: which sizes its configuration names, which
// tensors it stores and what it computes from them. One JSON file each; see
// docs/Architectures.md for the schema.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_ARCHITECTURE_H
#define GROW_LIB_CHECKPOINT_ARCHITECTURE_H

#include "grow/IR/GrowAttrs.h"
#include "grow/IR/Roles.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <map>

namespace grow {

//===----------------------------------------------------------------------===//
// Blocks: what the ops of the dialect ask of an architecture
//===----------------------------------------------------------------------===//

enum class BlockKind {
  Embedding,
  PositionEmbedding,
  TypeEmbedding,
  PatchEmbedding,
  Unembedding,
  LayerNorm,
  RMSNorm,
  Attention,
  MLP,
  Dense,
  SelectToken,
  Scale,
  Softcap
};

/// The parameters of a block, in the order of the op's operands.
llvm::ArrayRef<ParamRole> getRoles(BlockKind kind);

//===----------------------------------------------------------------------===//
// The parts of an architecture file
//===----------------------------------------------------------------------===//

/// Integers and names of sizes, put together from left to right.
struct Expression {
  struct Operand {
    char operation;   ///< One of + - * /; of the first operand +.
    std::string name; ///< Empty for a number.
    int64_t number;

    /// Whether the expression is smaller if this is larger.
    bool shrinks() const { return operation == '-' || operation == '/'; }
  };
  llvm::SmallVector<Operand, 2> operands;

  llvm::SmallVector<llvm::StringRef> getNames() const;
};

/// A size that is told by the configuration, computed from others, or both.
struct SizeSpec {
  std::string name;
  std::string key;                 ///< Empty if no key tells it.
  std::optional<Expression> value; ///< Without a key: what it is.
  std::optional<Expression>
      defaults;                     ///< With a key: if that is absent or null.
  std::optional<Expression> ifNull; ///< With a key: if null means another size.
  std::optional<Expression> inverse; ///< From the axes of a model, if no axis.
  bool isFixed = false; ///< The key may say nothing but the default.
  /// The key may hold a list of so many sizes, of which this is the given one.
  int64_t element = 0, elements = 1;
  bool isCounted = false; ///< The key holds an object; its members are counted.

  /// Whether the size stands under its key as a number.
  bool isPlain() const { return elements == 1 && !isCounted; }
};

/// A value written in the architecture, or a key of the configuration.
struct Setting {
  std::string key; ///< Empty for a literal.
  llvm::json::Value literal = nullptr;
};

/// A number: a setting or a size, or a function of either.
struct NumberSpec {
  enum class Function { Identity, Inverse, Root, InverseRoot };

  Function function = Function::Identity;
  Setting setting;
  std::string size; ///< Empty for a setting.
};

/// A rotary embedding, of all layers or of those of one type.
struct RopeSpec {
  RopeLayout layout = RopeLayout::HalfSplit;
  /// The member of `rope_parameters` that has its parameters; empty if these
  /// are all there are.
  std::string layerType;
  double defaultTheta = 0;
  std::string thetaKey = "rope_theta";
  /// Whether `rope_scaling`, the form before transformers 5, is about it.
  bool isScaled = true;
  /// The key that tells which part of a head rotates, and its default; without
  /// them, whole heads do.
  std::string partialKey;
  double defaultPartial = 1;
};

/// How far back a token attends.
struct WindowSpec {
  Setting size;          ///< Null for no window.
  std::string condition; ///< The key that says whether there is one, or empty.
  std::string layerType; ///< Layers of this type have it; empty for all.
};

/// Which layers are of which type if no list says so.
struct LayerPattern {
  bool isEvery = false; ///< Every `number`-th layer, or those from it on?
  Setting number;
  std::string type, otherwise;
  /// Keys that are null or false if all layers are of type `otherwise`.
  std::vector<std::string> conditions;
};

/// The types of layers, which a list under `key` tells.
struct LayerTypes {
  std::string key;
  std::vector<std::string> values;
  LayerPattern pattern;
};

/// Where a parameter is stored.
struct ParamSpec {
  std::string tensor;
  std::vector<std::string> otherNames; ///< That the tensor may have instead.
  llvm::SmallVector<int64_t> axes;     ///< As in StorageAttr.
  llvm::SmallVector<int64_t> groups;   ///< As in StorageAttr.
  int64_t part = 0, parts = 1, dim = 0, inside = 0;
  std::string condition;   ///< The key that says whether it exists, or empty.
  bool isOptional = false; ///< Exists if its tensor does.
  std::string tiedTo;      ///< The block whose parameter it may be instead,
  std::string tiedIf;      ///< and the key that says whether it is.

  /// The names that the tensor may have; none for an absent parameter.
  llvm::SmallVector<llvm::StringRef> getNames() const;
};

/// A named op with its parameters and attributes.
struct BlockSpec {
  std::string name;
  BlockKind kind;
  /// One for each role; absent roles have no tensor.
  llvm::SmallVector<ParamSpec, 8> params;
  std::optional<Setting> epsilon; ///< Of a norm.
  bool hasUnitOffset = false;     ///< Of a norm: the gain is stored less 1.
  std::optional<Setting> activation;
  /// The offset of positions, the row of types, the place of a token.
  int64_t index = 0;
  std::optional<NumberSpec> scale; ///< Of attention, or the factor of a scale.
  bool isRounded = false;          ///< The factor, to the type of the model.
  std::optional<Setting> softcap;  ///< Null for none.
  // Of attention.
  bool isCausal = false;
  std::optional<Setting> qkEpsilon;
  bool qkHasUnitOffset = false;
  std::optional<WindowSpec> window;
  std::vector<RopeSpec> ropes; ///< One for all types of layers or for each.
  bool isInLayer = false;

  /// The rotary embedding of layers of a type; null if there is none.
  const RopeSpec *findRope(llvm::StringRef layerType) const;
};

/// `result = callee(arguments)`, in some models only.
struct Statement {
  std::string result;
  std::string callee;
  llvm::SmallVector<std::string, 2> arguments;
  std::string condition;  ///< The key that has to be true, or empty.
  bool isNegated = false; ///< The key has to be false.
};

struct Architecture {
  std::string file;
  std::string modelType;
  std::vector<std::string> classes;

  // The keys of config.json, each in one of these or the key of a size.
  std::map<std::string, llvm::json::Value> defaults;
  std::map<std::string, llvm::json::Value> required;
  std::map<std::string, llvm::json::Value> perLayer;
  std::vector<std::string> harmless;

  std::vector<SizeSpec> sizes;
  /// Quotients that frameworks want to have no remainder, although nothing is
  /// computed from them.
  std::vector<Expression> constraints;
  std::optional<LayerTypes> layerTypes;
  std::vector<std::string> prefixes;
  std::string layerName;
  std::map<std::string, BlockSpec> blocks;
  std::vector<Statement> prologue, layer, epilogue;
  std::vector<std::string> ignoredTensors;

  const SizeSpec *findSize(llvm::StringRef name) const;
  bool hasRope() const;
  /// What the model is called with: `ids` or `images`.
  llvm::StringRef getInput() const;
  /// The type of layers that have a window where others have none; empty if
  /// all layers are alike.
  llvm::StringRef getWindowedType() const;
  /// Whether the key may stand in config.json: one that is read, whose value is
  /// checked, or that makes no difference.
  bool isKnownKey(llvm::StringRef key) const;
  bool isHarmlessKey(llvm::StringRef key) const;
  bool isRopeKey(llvm::StringRef key) const;

  /// Reads the text of an architecture file, named `file` in errors.
  static llvm::Expected<Architecture> parse(llvm::StringRef file,
                                            llvm::StringRef text);
  /// The architecture that is built in for the model type.
  static llvm::Expected<Architecture> get(llvm::StringRef modelType);
};

/// The keys that position embeddings of rotary kind read.
llvm::ArrayRef<llvm::StringLiteral> getRopeConfigKeys();

/// `text` with `value` for each occurrence of `placeholder`.
std::string substitute(llvm::StringRef text, llvm::StringRef placeholder,
                       llvm::StringRef value);

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_ARCHITECTURE_H

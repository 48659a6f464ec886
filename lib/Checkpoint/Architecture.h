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
  Unembedding,
  LayerNorm,
  RMSNorm,
  Attention,
  MLP
};

/// The parameters of a block, in the order of the op's operands.
llvm::ArrayRef<ParamRole> getRoles(BlockKind kind);

//===----------------------------------------------------------------------===//
// The parts of an architecture file
//===----------------------------------------------------------------------===//

/// A product and quotient of integers and names of sizes, from left to right.
struct Expression {
  struct Factor {
    bool divides;
    std::string name; ///< Empty for a number.
    int64_t number;
  };
  llvm::SmallVector<Factor, 2> factors;
};

/// A size that is told by the configuration, computed from others, or both.
struct SizeSpec {
  std::string name;
  std::string key;                 ///< Empty if no key tells it.
  std::optional<Expression> value; ///< Without a key: what it is.
  std::optional<Expression>
      defaults;                      ///< With a key: if that is absent or null.
  std::optional<Expression> inverse; ///< From the axes of a model, if no axis.
};

/// A value written in the architecture, or a key of the configuration.
struct Setting {
  std::string key; ///< Empty for a literal.
  llvm::json::Value literal = nullptr;
};

struct RopeSpec {
  RopeLayout layout = RopeLayout::HalfSplit;
  double defaultTheta = 0;
};

/// Where a parameter is stored.
struct ParamSpec {
  std::string tensor;
  llvm::SmallVector<int64_t> axes;   ///< As in StorageAttr.
  llvm::SmallVector<int64_t> groups; ///< As in StorageAttr.
  int64_t part = 0, parts = 1, dim = 0, inside = 0;
  std::string condition;   ///< The key that says whether it exists, or empty.
  bool isOptional = false; ///< Exists if its tensor does.
  std::string tiedTo;      ///< The block whose parameter it may be instead,
  std::string tiedIf;      ///< and the key that says whether it is.
};

/// A named op with its parameters and attributes.
struct BlockSpec {
  std::string name;
  BlockKind kind;
  /// One for each role; absent roles have no tensor.
  llvm::SmallVector<ParamSpec, 8> params;
  std::optional<Setting> epsilon;
  std::optional<Setting> activation;
  std::optional<Setting> scale;
  std::string scaleInverseRoot; ///< The size whose inverse root is the scale.
  bool isCausal = false;
  std::optional<RopeSpec> rope;
  bool isInLayer = false;
};

/// `result = callee(arguments)`.
struct Statement {
  std::string result;
  std::string callee;
  llvm::SmallVector<std::string, 2> arguments;
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
  std::vector<std::string> prefixes;
  std::string layerName;
  std::map<std::string, BlockSpec> blocks;
  std::vector<Statement> prologue, layer, epilogue;
  std::vector<std::string> ignoredTensors;

  const SizeSpec *findSize(llvm::StringRef name) const;
  bool hasRope() const;
  /// Whether the key may stand in config.json: one that is read, whose value is
  /// checked, or that makes no difference.
  bool isKnownKey(llvm::StringRef key) const;
  bool isHarmlessKey(llvm::StringRef key) const;

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

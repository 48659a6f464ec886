//===- ModelConfig.h - A config.json and what it means ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_MODELCONFIG_H
#define GROW_LIB_CHECKPOINT_MODELCONFIG_H

#include "Architecture.h"
#include "mlir/IR/Diagnostics.h"

namespace grow {

struct ImportOptions;

/// The members of a config.json, with their places in it.
class ConfigFile {
public:
  static mlir::FailureOr<ConfigFile>
  parse(mlir::MLIRContext *context, llvm::StringRef path, llvm::StringRef text);

  struct Member {
    llvm::json::Value value;
    mlir::Location loc;
  };
  /// In the order of their keys.
  const std::map<std::string, Member> &getMembers() const { return members; }
  /// The value under `key`; null if there is none, or JSON's null.
  const llvm::json::Value *lookup(llvm::StringRef key) const;
  /// Whether `key` is there and JSON's null.
  bool isNull(llvm::StringRef key) const;
  /// Where the key stands; the file, if it is not there.
  mlir::Location getLoc(llvm::StringRef key) const;
  mlir::Location getLoc() const { return loc; }
  mlir::MLIRContext *getContext() const { return loc.getContext(); }

private:
  explicit ConfigFile(mlir::Location loc) : loc(loc) {}

  std::map<std::string, Member> members;
  mlir::Location loc;
};

/// No model has an axis as long as this.
inline constexpr int64_t maxSize = int64_t(1) << 31;

/// Nor as many layers, of which there are lists.
inline constexpr int64_t maxLayers = int64_t(1) << 20;

/// Values for sizes, by name.
using SizeMap = llvm::StringMap<int64_t>;

/// The value of an expression. None if a size is missing, a division has a
/// remainder, or the result is not positive or absurdly large.
std::optional<int64_t> evaluate(const Expression &expression,
                                const SizeMap &sizes);

/// An expression as architecture files write it.
std::string printExpression(const Expression &expression);

/// A configuration seen through its architecture: checked, defaults filled in,
/// sizes worked out.
class ModelConfig {
public:
  /// Checks every key of the file; emits errors.
  static mlir::FailureOr<ModelConfig> resolve(const Architecture &arch,
                                              ConfigFile file,
                                              const ImportOptions &options);

  const Architecture &getArchitecture() const { return *arch; }
  const ConfigFile &getFile() const { return file; }
  const SizeMap &getSizes() const { return sizes; }
  int64_t getSize(llvm::StringRef name) const { return sizes.lookup(name); }
  /// What the size is if no key tells it. None if a key has to.
  const std::optional<Expression> &getExpression(const SizeSpec &size) const;
  bool isIgnored(llvm::StringRef key) const {
    return llvm::is_contained(ignoredKeys, key);
  }

  /// What the file says about the size: `n_embd 96, n_head 4`. Empty if it
  /// follows from nothing in the configuration.
  std::string explainSize(llvm::StringRef name) const;
  /// The same for several sizes, each key once.
  std::string explainSizes(llvm::ArrayRef<llvm::StringRef> names) const;

  /// The type of a layer; empty if the architecture does not have types, and
  /// outside of layers.
  llvm::StringRef getLayerType(int64_t layer) const {
    if (layerTypes.empty() || layer < 0)
      return {};
    return layerTypes[layer];
  }
  /// The types of so many layers if no list tells them; empty if the
  /// architecture does not have types.
  mlir::FailureOr<std::vector<std::string>>
  getDefaultLayerTypes(int64_t layers) const;

  // The value of a key or setting, of the type that the architecture expects.
  mlir::FailureOr<bool> getFlag(llvm::StringRef key) const;
  mlir::FailureOr<Exact> getNumber(const Setting &setting) const;
  mlir::FailureOr<Exact> getNumber(const NumberSpec &spec) const;
  /// A positive number; none if it is null.
  mlir::FailureOr<std::optional<Exact>>
  getOptionalNumber(const Setting &setting) const;
  /// A positive integer.
  mlir::FailureOr<int64_t> getCount(const Setting &setting) const;
  /// Says that a setting should be what is expected.
  mlir::InFlightDiagnostic emitBadValue(const Setting &setting,
                                        llvm::StringRef expected) const;
  /// The window of layers of a type; none if they attend to all of the past.
  mlir::FailureOr<std::optional<int64_t>>
  getWindow(const WindowSpec &window, llvm::StringRef layerType) const;
  mlir::FailureOr<Activation> getActivation(const Setting &setting) const;

private:
  ModelConfig(const Architecture &arch, ConfigFile file)
      : arch(&arch), file(std::move(file)) {}

  mlir::LogicalResult checkArchitectures() const;
  mlir::LogicalResult checkKeys() const;
  mlir::LogicalResult checkRequired(llvm::StringRef key,
                                    const llvm::json::Value &required) const;
  mlir::LogicalResult checkPerLayer(llvm::StringRef key,
                                    const llvm::json::Value &element) const;
  mlir::LogicalResult resolveSizes();
  mlir::LogicalResult resolveLayerTypes();
  bool isSet(llvm::StringRef key) const;
  mlir::FailureOr<int64_t> resolveSize(const SizeSpec &size) const;
  mlir::FailureOr<int64_t> resolveTold(const SizeSpec &size,
                                       const llvm::json::Value &value) const;
  void collectKeys(llvm::StringRef size,
                   llvm::SmallVectorImpl<std::string> &keys) const;
  const llvm::json::Value &get(const Setting &setting) const;

  const Architecture *arch;
  ConfigFile file;
  SizeMap sizes;
  std::vector<std::string> layerTypes;
  std::vector<std::string> ignoredKeys;
};

/// A JSON value on one line.
std::string printJSON(const llvm::json::Value &value);

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_MODELCONFIG_H

//===- ConfigEditor.h - Changing a config.json ------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_CONFIGEDITOR_H
#define GROW_LIB_CHECKPOINT_CONFIGEDITOR_H

#include "ModelConfig.h"
#include "grow/Checkpoint/Import.h"

namespace grow {

/// Changes the text of a configuration so that it describes a grown model. What
/// need not change stays as it is, byte for byte. All methods emit errors.
class ConfigEditor {
public:
  /// `text` is what `config` was read from, with these `options`. All three
  /// must outlive the editor.
  ConfigEditor(const ModelConfig &config, llvm::StringRef text,
               const ImportOptions &options)
      : config(config), arch(config.getArchitecture()), text(text.str()),
        options(options) {}

  /// Writes sizes. Those that `grown` does not have stay.
  mlir::LogicalResult setSizes(const SizeMap &grown);
  /// Writes the list of types of layers if it is there or no longer follows.
  mlir::LogicalResult setLayerTypes(llvm::ArrayRef<std::string> types);
  /// Writes numbers by their key, as the nearest doubles.
  mlir::LogicalResult setNumbers(const std::map<std::string, Exact> &numbers);
  /// Makes the configuration mean exactly this rotary embedding: with the
  /// parameters as they are if that will do, else with a smaller part of the
  /// head that rotates, else with a table in place of a formula.
  mlir::LogicalResult setRope(const RopeSpec &spec, RopeAttr wanted);

  const std::string &getText() const { return text; }
  /// What the text as it is now means.
  mlir::FailureOr<ModelConfig> resolve() const;

private:
  mlir::LogicalResult set(llvm::StringRef key, const llvm::json::Value &value);
  mlir::LogicalResult setPart(const RopeSpec &spec, double part);
  bool setPart(const RopeSpec &spec, RopeAttr wanted);
  mlir::LogicalResult setTable(const RopeSpec &spec, RopeAttr wanted);
  mlir::LogicalResult setRopeMembers(const RopeSpec &spec,
                                     const llvm::json::Object &members);
  bool hasRope(const RopeSpec &spec, RopeAttr wanted) const;

  const ModelConfig &config;
  const Architecture &arch;
  std::string text;
  const ImportOptions &options;
};

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_CONFIGEDITOR_H

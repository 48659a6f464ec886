//===- Translation.cpp - --import-hf --------------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Tools/mlir-translate/Translation.h"
#include "grow/Checkpoint/Import.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace grow;

namespace {
/// Translations have no option structs: their options are the tool's.
struct TranslationOptions {
  llvm::cl::list<std::string> ignoredConfigKeys{
      "ignore-config-key",
      llvm::cl::desc("Let config.json have this key although grow does not "
                     "know what it means"),
      llvm::cl::value_desc("key")};
  llvm::cl::opt<std::string> architectureFile{
      "architecture",
      llvm::cl::desc("Read the architecture from this file in place of those "
                     "that are built in"),
      llvm::cl::value_desc("file")};
  llvm::cl::opt<DType> dtype{
      "dtype", llvm::cl::desc("Element type to compute in"),
      llvm::cl::values(
          clEnumValN(DType::F64, "f64", ""), clEnumValN(DType::F32, "f32", ""),
          clEnumValN(DType::F16, "f16", ""),
          clEnumValN(DType::BF16, "bf16", ""),
          // No element type of a model.
          clEnumValN(DType::BOOL, "stored", "The checkpoint's (default)")),
      llvm::cl::init(DType::BOOL)};
};
} // namespace

static OwningOpRef<Operation *> translate(llvm::SourceMgr &sourceMgr,
                                          MLIRContext *context,
                                          const TranslationOptions &flags) {
  StringRef file = sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID())
                       ->getBufferIdentifier();
  StringRef path = llvm::sys::path::parent_path(file);
  llvm::Expected<CheckpointDir> dir =
      CheckpointDir::open(path.empty() ? "." : path);
  if (!dir) {
    emitError(UnknownLoc::get(context)) << llvm::toString(dir.takeError());
    return {};
  }
  ImportOptions options;
  options.elementType = getElementType(context, flags.dtype);
  options.ignoredConfigKeys.assign(flags.ignoredConfigKeys.begin(),
                                   flags.ignoredConfigKeys.end());
  options.architectureFile = flags.architectureFile;
  auto module = importCheckpoint(*dir, context, options);
  if (failed(module))
    return {};
  return OwningOpRef<Operation *>(module->release().getOperation());
}

void grow::registerImportTranslation() {
  static TranslationOptions flags;
  static TranslateToMLIRRegistration registration(
      "import-hf",
      "import a checkpoint directory, given by the path of its config.json",
      [](llvm::SourceMgr &sourceMgr, MLIRContext *context) {
        return translate(sourceMgr, context, flags);
      },
      registerImportDialects);
}

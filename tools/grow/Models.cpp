//===- Models.cpp - Models named on the command line ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "grow/IR/GrowOps.h"
#include "grow/InitAll.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Host
//===----------------------------------------------------------------------===//

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  grow::registerAllDialects(registry);
  registerCompilation(registry);
  return registry;
}

/// Prints diagnostics as LLVM tools do where they point at a place in a file,
/// and as `error: FILE: MESSAGE` where they are about all of it.
class Host::DiagnosticPrinter : public mlir::SourceMgrDiagnosticHandler {
public:
  DiagnosticPrinter(SourceMgr &sourceMgr, mlir::MLIRContext *context)
      : SourceMgrDiagnosticHandler(sourceMgr, context) {
    setHandler([this](mlir::Diagnostic &diagnostic) {
      print(diagnostic);
      for (mlir::Diagnostic &note : diagnostic.getNotes())
        print(note);
    });
  }

private:
  void print(mlir::Diagnostic &diagnostic) {
    mlir::Location loc = diagnostic.getLocation();
    auto fileLoc = loc->findInstanceOf<mlir::FileLineColLoc>();
    bool isPlace =
        fileLoc && (fileLoc.getLine() > 1 || fileLoc.getColumn() > 1);
    if (isPlace)
      return emitDiagnostic(loc, diagnostic.str(), diagnostic.getSeverity());
    printPrefix(diagnostic.getSeverity());
    if (fileLoc)
      errs() << fileLoc.getFilename().getValue() << ": ";
    errs() << diagnostic << '\n';
  }

  static void printPrefix(mlir::DiagnosticSeverity severity) {
    switch (severity) {
    case mlir::DiagnosticSeverity::Error:
      WithColor::error();
      return;
    case mlir::DiagnosticSeverity::Warning:
      WithColor::warning();
      return;
    case mlir::DiagnosticSeverity::Note:
    case mlir::DiagnosticSeverity::Remark:
      WithColor::note();
      return;
    }
  }
};

Host::Host()
    : context(makeRegistry()),
      printer(std::make_unique<DiagnosticPrinter>(sourceMgr, &context)) {
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
}

Host::~Host() = default;

mlir::OwningOpRef<mlir::ModuleOp> Host::parse(StringRef file) {
  // A device may have no end; files and pipes do.
  sys::fs::file_status status;
  if (!sys::fs::status(file, status) &&
      (status.type() == sys::fs::file_type::character_file ||
       status.type() == sys::fs::file_type::block_file)) {
    fail(formatv("{0}: expected a file of IR, but this is a device", file));
    return {};
  }
  // The printer's source manager finds the file again if it has to be quoted;
  // a parser reads only the first file of a manager.
  return mlir::parseSourceFile<mlir::ModuleOp>(file,
                                               mlir::ParserConfig(&context));
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// Parameters of hand-written IR need not say where they are stored.
static void storeUnderOwnNames(mlir::ModuleOp module) {
  for (auto param : module.getOps<ParamOp>())
    if (!param.getStorageAttr())
      param.setStorageAttr(StorageAttr::get(param.getSymNameAttr()));
}

mlir::FailureOr<LoadedModel> LoadedModel::loadIR(Host &host, StringRef file) {
  LoadedModel model;
  model.module = host.parse(file);
  if (!model.module)
    return failure();
  storeUnderOwnNames(*model.module);
  return model;
}

static mlir::FailureOr<LoadedModel> import(Host &host, CheckpointDir dir,
                                           const ImportOptions &options) {
  auto module = importCheckpoint(dir, &host.getContext(), options);
  if (failed(module))
    return failure();
  LoadedModel model;
  model.dir = std::move(dir);
  model.module = std::move(*module);
  return model;
}

mlir::FailureOr<LoadedModel> LoadedModel::load(Host &host, StringRef path,
                                               const ImportOptions &options) {
  Expected<CheckpointDir> dir = CheckpointDir::open(path);
  if (dir)
    return import(host, std::move(*dir), options);
  fail(dir.takeError());
  return failure();
}

static bool holdsF64(const CheckpointDir &dir) {
  for (const SafetensorsFile &shard : dir.getShards())
    for (const TensorInfo &tensor : shard.getTensors())
      if (tensor.dtype == DType::F64)
        return true;
  return false;
}

mlir::FailureOr<LoadedModel> LoadedModel::loadForRun(Host &host, StringRef path,
                                                     mlir::Type type) {
  Expected<CheckpointDir> dir = CheckpointDir::open(path);
  if (!dir) {
    fail(dir.takeError());
    return failure();
  }
  ImportOptions options;
  options.elementType = type;
  mlir::Builder builder(&host.getContext());
  if (!type)
    options.elementType =
        holdsF64(*dir) ? builder.getF64Type() : builder.getF32Type();
  return import(host, std::move(*dir), options);
}

mlir::FailureOr<RunnableModel>
RunnableModel::compile(mlir::ModuleOp module,
                       std::unique_ptr<TensorSource> parameters) {
  mlir::FailureOr<CompiledModel> compiled =
      CompiledModel::compile(module, getCompileOptions());
  if (failed(compiled))
    return failure();
  if (Error error = compiled->bind(*parameters)) {
    fail(std::move(error));
    return failure();
  }
  return RunnableModel{std::move(parameters), std::move(*compiled)};
}

json::Object toJSON(const CompileStatistics &statistics) {
  return json::Object{{"cached", statistics.cached},
                      {"seconds", statistics.seconds}};
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

Expected<TokenBatch> parseTokens(StringRef text) {
  TokenBatch tokens;
  for (StringRef rowText : llvm::split(text, ';')) {
    int64_t length = 0;
    for (StringRef idText : llvm::split(rowText, ',')) {
      int64_t id;
      if (idText.trim().getAsInteger(10, id))
        return createStringError(
            formatv("'{0}' is not a token number: expected rows such as "
                    "\"1,2,3;4,5,6\"",
                    idText));
      tokens.ids.push_back(id);
      ++length;
    }
    if (tokens.batch > 0 && length != tokens.sequence)
      return createStringError(
          formatv("row {0} has {1} tokens, the first {2}: all rows must be of "
                  "the same length",
                  tokens.batch, length, tokens.sequence));
    tokens.sequence = length;
    ++tokens.batch;
  }
  return tokens;
}

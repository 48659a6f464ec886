//===- Models.cpp - Models named on the command line ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "Plugins.h"
#include "grow/IR/GrowOps.h"
#include "grow/InitAll.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"
#include <random>

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Host
//===----------------------------------------------------------------------===//

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  grow::registerAllDialects(registry);
  registerCompilation(registry);
  registerPluginDialects(registry);
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

mlir::Type Host::getType(std::optional<DType> dtype) {
  return dtype ? getElementType(&context, *dtype) : mlir::Type();
}

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

bool isIR(StringRef path) { return path.ends_with(".mlir"); }

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

mlir::FailureOr<LoadedModel> LoadedModel::load(Host &host, StringRef path) {
  Expected<CheckpointDir> dir = CheckpointDir::open(path);
  if (dir)
    return import(host, std::move(*dir), getImportOptions());
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

static mlir::FailureOr<LoadedModel> loadDirForRun(Host &host, StringRef path,
                                                  mlir::Type type) {
  Expected<CheckpointDir> dir = CheckpointDir::open(path);
  if (!dir) {
    fail(dir.takeError());
    return failure();
  }
  ImportOptions options = getImportOptions();
  options.elementType = type;
  mlir::Builder builder(&host.getContext());
  if (!type)
    options.elementType =
        holdsF64(*dir) ? builder.getF64Type() : builder.getF32Type();
  return import(host, std::move(*dir), options);
}

mlir::FailureOr<LoadedModel> LoadedModel::loadForRun(Host &host, StringRef path,
                                                     mlir::Type type) {
  auto model =
      isIR(path) ? loadIR(host, path) : loadDirForRun(host, path, type);
  if (failed(model))
    return failure();
  auto limits = ModelLimits::get(*model->module);
  if (failed(limits))
    return failure();
  model->limits = *limits;
  return model;
}

mlir::FloatType getLogitsType(mlir::ModuleOp model) {
  auto forward = model.lookupSymbol<mlir::func::FuncOp>("forward");
  if (!forward || forward.getNumResults() == 0)
    return {};
  return dyn_cast<mlir::FloatType>(
      mlir::getElementTypeOrSelf(forward.getResultTypes().front()));
}

mlir::FloatType LoadedModel::getLogitsType() {
  return ::getLogitsType(*module);
}

mlir::FailureOr<std::unique_ptr<TensorSource>>
LoadedModel::getParameters(uint64_t seed) {
  if (dir)
    return std::unique_ptr<TensorSource>(
        std::make_unique<CheckpointSource>(*dir));
  auto drawn = drawParameters(*module, seed);
  if (failed(drawn))
    return failure();
  return std::unique_ptr<TensorSource>(
      std::make_unique<MemorySource>(std::move(*drawn)));
}

mlir::FailureOr<RunnableModel>
RunnableModel::compile(LoadedModel &model, TensorSource &parameters,
                       const CompileOptions &options) {
  Stopwatch watch;
  auto compiled = CompiledModel::compile(*model.module, options);
  if (failed(compiled))
    return failure();
  double compileSeconds = watch.lap();
  if (Error error = compiled->bind(parameters)) {
    fail(std::move(error));
    return failure();
  }
  return RunnableModel{std::move(*compiled), compileSeconds, watch.lap()};
}

json::Object toJSON(const CompileStatistics &statistics) {
  return json::Object{{"cached", statistics.cached},
                      {"seconds", statistics.seconds}};
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// Random tokens that all of the models know.
static TokenBatch drawTokens(ArrayRef<ModelLimits> models,
                             const InputSize &size, uint64_t seed) {
  TokenBatch tokens;
  tokens.batch = size.batch;
  tokens.sequence = size.sequence;
  int64_t vocabulary = std::numeric_limits<int64_t>::max();
  for (const ModelLimits &model : models) {
    if (!size.demandsBatch)
      tokens.batch = model.batch.value_or(tokens.batch);
    if (!size.demandsSequence)
      tokens.sequence = model.sequence.value_or(
          std::min(tokens.sequence, model.positions.value_or(tokens.sequence)));
    vocabulary = std::min(vocabulary, model.vocabulary);
  }
  std::mt19937_64 engine(seed);
  for (int64_t i = 0; i < tokens.batch * tokens.sequence; ++i)
    tokens.ids.push_back(engine() % vocabulary);
  return tokens;
}

/// Random pixels, of the size that the model reads.
static HostTensor drawImages(const ModelLimits &model, const InputSize &size,
                             uint64_t seed) {
  SmallVector<int64_t> shape(model.images.getShape());
  shape[0] = size.demandsBatch ? size.batch : model.batch.value_or(size.batch);
  return drawTensor(model.images.clone(shape), seed);
}

RunInput RunInput::draw(ArrayRef<ModelLimits> models, const InputSize &size,
                        uint64_t seed) {
  RunInput input;
  if (models.front().images)
    input.images = drawImages(models.front(), size, seed);
  else
    input.tokens = drawTokens(models, size, seed);
  return input;
}

int64_t RunInput::getBatch() const {
  return images.getType() ? images.getType().getDimSize(0) : tokens.batch;
}

Error RunInput::check(const ModelLimits &model) const {
  return images.getType() ? model.check(images) : model.check(tokens);
}

Expected<HostTensor> RunInput::run(const CompiledModel &model) const {
  return images.getType() ? model.run(images) : model.run(tokens);
}

std::optional<std::string> findMisuse(const InputSize &size) {
  if (size.batch < 1 || size.sequence < 1)
    return "--batch and --seq must be at least 1";
  constexpr int64_t kMostTokens = 1 << 20;
  if (size.batch > kMostTokens / size.sequence)
    return formatv("--batch and --seq must ask for at most {0} tokens together",
                   kMostTokens)
        .str();
  return std::nullopt;
}

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

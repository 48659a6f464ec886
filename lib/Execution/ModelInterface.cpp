//===- ModelInterface.cpp - What a compiled model says of itself ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelInterface.h"
#include "grow/Checkpoint/Import.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// ModelDescription
//===----------------------------------------------------------------------===//

int64_t ModelDescription::getPositions() const {
  return interface.limits.sequence.value_or(
      interface.limits.positions.value_or(0));
}

std::string ModelDescription::describeMachine() const {
  std::string processor =
      llvm::formatv("{0} ({1})", target.getChip(), target.getTriple().str());
  if (!runsOnDevice())
    return processor;
  return llvm::formatv("{0}{1}{2}{3}, with {4}", getKindName(kernels.kind),
                       kernels.chip.empty() ? "" : " ", kernels.chip,
                       kernels.tf32 ? " in TF32" : "", processor);
}

std::vector<std::string> ModelDescription::getFunctions() const {
  std::vector<std::string> functions = {ForwardInterface::kFunction.str()};
  for (const ModelInput &input : interface.inputs)
    if (input.isPrepared() && !llvm::is_contained(functions, input.function))
      functions.push_back(input.function);
  return functions;
}

std::vector<StoredInput> ModelDescription::getParameters() const {
  llvm::MapVector<llvm::StringRef, StoredInput> parameters;
  for (const ModelInput &input : interface.inputs)
    for (const StoredInput &source : input.sources)
      parameters.insert({source.name, source});
  std::vector<StoredInput> result;
  llvm::append_range(result, llvm::make_second_range(parameters));
  return result;
}

//===----------------------------------------------------------------------===//
// Manifest
//===----------------------------------------------------------------------===//

/// Spelled as in safetensors.
static StringRef getDTypeName(Type type) {
  if (type.isInteger())
    return type.isInteger(64) ? "I64" : "I32";
  return stringifyDType(getDType(type));
}

static llvm::json::Object toJSON(RankedTensorType type) {
  llvm::json::Array shape;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size))
      shape.push_back(nullptr);
    else
      shape.push_back(size);
  }
  return llvm::json::Object{{"dtype", getDTypeName(type.getElementType())},
                            {"shape", std::move(shape)}};
}

/// What an opened model asks the processor for.
static llvm::json::Array getFeatures(const CodeTarget &target) {
  llvm::json::Array features;
  if (target.getTriple().getArch() != llvm::Triple::x86_64)
    return features;
#define GROW_X86_FEATURE(NAME)                                                 \
  if (target.hasFeature(NAME))                                                 \
    features.push_back(NAME);
#include "grow/Runtime/X86Features.def"
#undef GROW_X86_FEATURE
  return features;
}

static llvm::json::Object describeProcessor(const CodeTarget &target) {
  return llvm::json::Object{{"triple", target.getTriple().str()},
                            {"chip", target.getChip()},
                            {"features", getFeatures(target)}};
}

static llvm::json::Object describeTarget(const ModelDescription &model) {
  llvm::json::Object target;
  if (model.runsOnDevice()) {
    target["kind"] = getKindName(model.kernels.kind);
    if (!model.kernels.chip.empty())
      target["chip"] = model.kernels.chip;
    if (model.kernels.kind == Target::CUDA)
      target["tf32"] = model.kernels.tf32;
    target["host"] = describeProcessor(model.target);
    return target;
  }
  target = describeProcessor(model.target);
  target["kind"] = getKindName(Target::CPU);
  target["vector_bits"] = model.target.getVectorBits();
  target["parallel"] = model.options.parallel;
  return target;
}

static llvm::json::Object describeLimits(const ModelDescription &model) {
  llvm::json::Object limits{{"vocabulary", model.interface.limits.vocabulary}};
  if (int64_t positions = model.getPositions())
    limits["positions"] = positions;
  return limits;
}

static llvm::json::Array describeParameters(ArrayRef<StoredInput> parameters) {
  llvm::json::Array result;
  for (const StoredInput &parameter : parameters) {
    llvm::json::Object object = toJSON(parameter.type);
    object["name"] = parameter.name;
    result.push_back(std::move(object));
  }
  return result;
}

/// Functions and parameters by their numbers.
static llvm::json::Array describeArguments(const ModelDescription &model,
                                           ArrayRef<StoredInput> parameters,
                                           ArrayRef<std::string> functions) {
  llvm::StringMap<int64_t> numbers;
  for (auto [number, parameter] : llvm::enumerate(parameters))
    numbers[parameter.name] = number;
  llvm::json::Array result;
  for (const ModelInput &input : model.interface.inputs) {
    llvm::json::Object object;
    if (input.isPrepared()) {
      object = toJSON(input.type);
      object["function"] =
          llvm::find(functions, input.function) - functions.begin();
    }
    llvm::json::Array sources;
    for (const StoredInput &source : input.sources)
      sources.push_back(numbers.lookup(source.name));
    object["parameters"] = std::move(sources);
    result.push_back(std::move(object));
  }
  return result;
}

std::string grow::printManifest(const ModelDescription &model) {
  std::vector<StoredInput> parameters = model.getParameters();
  std::vector<std::string> functions = model.getFunctions();
  // grow/Runtime/Manifest.h says which version it reads.
  llvm::json::Object manifest{
      {"version", 1},
      {"name", model.options.name},
      {"grow", model.options.version},
      {"target", describeTarget(model)},
      {"input", toJSON(model.interface.input)},
      {"logits", toJSON(model.interface.logits)},
      {"limits", describeLimits(model)},
      {"functions", llvm::json::Array(functions)},
      {"forward", 0},
      {"parameters", describeParameters(parameters)},
      {"arguments", describeArguments(model, parameters, functions)},
      {"ir_hash", model.hash}};
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(manifest)));
}

//===----------------------------------------------------------------------===//
// Header
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kHeader =
    R"(/* The model {name}, compiled by grow {version} for {machine}.

   Functions that return an int return 0, or 1 after an error; {name}_error() then
   says what was wrong. A model may be run by any number of threads at once; it
   must be open while they do, and its checkpoint's files must stay as they are.
   {threads} */

#ifndef {NAME}_H
#define {NAME}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A model with its weights. */
typedef struct {name}_model {name}_model;

/* Opens the model with the weights of `checkpoint`: a safetensors file, or a
   directory with model.safetensors or model.safetensors.index.json. {weights}
   Fails if a tensor is missing or is not what the model was compiled for, and on
   a machine that cannot run its code; *model is then null. */
int {name}_open(const char *checkpoint, {name}_model **model);

{open_on}/* Closes it. Null is fine. */
void {name}_close({name}_model *model);

/* The text of the last error of this thread. Valid until its next one. */
const char *{name}_error(void);

{forward}
{start}/* Logits of each {entry}: {vocabulary}. */
int64_t {name}_vocabulary(void);

{positions}/* The manifest, in JSON: what the model reads and how it was compiled. */
const char *{name}_manifest(void);

#ifdef __cplusplus
}
#endif

#endif /* {NAME}_H */
)";

static constexpr StringLiteral kOpenOn =
    R"(/* The same, on the device of this index, as `grow inspect --devices` lists them. */
int {name}_open_on(const char *checkpoint, uint32_t device, {name}_model **model);

)";

static constexpr StringLiteral kStart =
    R"(/* Begins that, and leaves the logits in the device's memory, at the address
   *logits, until the next call of this function or of {name}_close. They are there
   when {name}_wait returns, which fails if a run did. */
int {name}_start({name}_model *model, const int64_t *ids, int64_t batch,
                 int64_t sequence, uint64_t *logits);
int {name}_wait({name}_model *model);

)";

static constexpr StringLiteral kForwardTokens =
    R"(/* Runs token numbers from 0 to {last}, batch x sequence, row by row, and writes
   batch x sequence x {vocabulary} logits{bits}.{sizes} */
int {name}_forward(const {name}_model *model, const int64_t *ids, int64_t batch,
    int64_t sequence, {logits} *logits);
)";

static constexpr StringLiteral kForwardImages =
    R"(/* Runs images, batch x {image}, row by row, and writes batch x {shape}
   logits{bits}.{sizes} */
int {name}_forward(const {name}_model *model, const {pixels} *images, int64_t batch,
    {logits} *logits);
)";

static constexpr StringLiteral kPositions =
    R"(/* The most tokens of a sequence: {most}. */
int64_t {name}_positions(void);

)";

static StringRef getCType(Type type) {
  if (type.isF64())
    return "double";
  return type.isF32() ? "float" : "uint16_t";
}

/// What an entry of 16 bits means.
static std::string describeBits(Type type) {
  if (type.isF64() || type.isF32())
    return "";
  return (", the bits of " + stringifyDType(getDType(type))).str();
}

static std::string describeSizes(const ModelDescription &model) {
  const ModelLimits &limits = model.interface.limits;
  std::string text;
  if (limits.batch)
    text += llvm::formatv(" The batch must be {0}.", *limits.batch);
  if (limits.sequence)
    text += llvm::formatv(" The sequence must be {0}.", *limits.sequence);
  return text;
}

static std::string printShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(shape, os, " x ");
  return text;
}

/// Replaces each `{key}`.
static std::string fillIn(StringRef pattern,
                          ArrayRef<std::pair<StringRef, std::string>> values) {
  std::string text = pattern.str();
  for (const auto &[key, value] : values) {
    std::string place = ("{" + key + "}").str();
    for (size_t at = 0; (at = text.find(place, at)) != std::string::npos;
         at += value.size())
      text.replace(at, place.size(), value);
  }
  return text;
}

std::string grow::printHeader(const ModelDescription &model) {
  const ForwardInterface &interface = model.interface;
  bool images = model.readsImages();
  bool device = model.runsOnDevice();
  int64_t positions = model.getPositions();
  Type logits = interface.logits.getElementType();
  std::string most =
      positions ? std::to_string(positions) : "0, which means any number";
  std::string pixels, shape, image;
  if (images) {
    pixels = getCType(interface.input.getElementType()).str();
    image = printShape(interface.input.getShape().drop_front());
    shape = printShape(interface.logits.getShape().drop_front());
  }
  return fillIn(kHeader,
                {{"open_on", device ? kOpenOn.str() : ""},
                 {"forward", (images ? kForwardImages : kForwardTokens).str()},
                 {"start", device && !images ? kStart.str() : ""},
                 {"positions", images ? "" : kPositions.str()},
                 {"name", model.options.name},
                 {"NAME", StringRef(model.options.name).upper()},
                 {"version", model.options.version},
                 {"machine", model.describeMachine()},
                 {"threads", device ? "Runs of one model take turns."
                                    : "A thread that runs it needs a stack of "
                                      "2 MB."},
                 {"weights", device ? "They are\n   copied to the device."
                                    : "They are\n   mapped, not copied, but "
                                      "for matrices, which are laid out anew."},
                 {"entry", images ? "image" : "token"},
                 {"vocabulary", std::to_string(interface.logits.getDimSize(2))},
                 {"last", std::to_string(interface.limits.vocabulary - 1)},
                 {"most", most},
                 {"bits", describeBits(logits)},
                 {"sizes", describeSizes(model)},
                 {"logits", getCType(logits).str()},
                 {"pixels", pixels},
                 {"image", image},
                 {"shape", shape}});
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

namespace {
/// Adds globals and functions to a module in the LLVM dialect.
class EntryPointBuilder {
public:
  EntryPointBuilder(ModuleOp module, const ModelDescription &model)
      : module(module), symbols(module), model(model),
        builder(OpBuilder::atBlockEnd(module.getBody())), loc(module.getLoc()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        word(builder.getI32Type()), integer(builder.getI64Type()) {}

  LogicalResult addAll(StringRef manifest, llvm::StringSet<> &exported) {
    LLVM::GlobalOp text = addText(manifest);
    LLVM::GlobalOp code = addCode(text, manifest.size());
    Type none = LLVM::LLVMVoidType::get(builder.getContext());
    addOpening(code);
    addCall("close", "growModelClose", none, {pointer});
    addCall("error", "growModelError", pointer, {});
    if (model.readsImages())
      addCall("forward", "growModelForwardImages", word,
              {pointer, pointer, integer, pointer});
    else
      addCall("forward", "growModelForward", word,
              {pointer, pointer, integer, integer, pointer});
    if (model.runsOnDevice() && !model.readsImages()) {
      addCall("start", "growModelStart", word,
              {pointer, pointer, integer, integer, pointer});
      addCall("wait", "growModelWait", word, {pointer});
    }
    addInteger("vocabulary", model.interface.logits.getDimSize(2));
    if (!model.readsImages())
      addInteger("positions", model.getPositions());
    addFunction("manifest", pointer, {}, [&](ValueRange) -> Value {
      return LLVM::AddressOfOp::create(builder, loc, text);
    });
    exported.clear();
    exported.insert_range(names);
    return failure(clash);
  }

private:
  LLVM::GlobalOp addGlobal(StringRef name, Type type, Attribute value) {
    auto global =
        LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true,
                               LLVM::Linkage::Internal, name, value);
    symbols.insert(global);
    return global;
  }

  /// A constant that `fill` computes.
  LLVM::GlobalOp addGlobal(StringRef name, Type type,
                           llvm::function_ref<Value()> fill) {
    LLVM::GlobalOp global = addGlobal(name, type, Attribute());
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&global.getInitializerRegion());
    LLVM::ReturnOp::create(builder, loc, fill());
    return global;
  }

  /// Ends with a zero, as C likes it.
  LLVM::GlobalOp addText(StringRef text) {
    std::string terminated = text.str() + '\0';
    auto type =
        LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size());
    return addGlobal("model_manifest", type, builder.getStringAttr(terminated));
  }

  LLVM::GlobalOp addTable() {
    std::vector<std::string> functions = model.getFunctions();
    auto type = LLVM::LLVMArrayType::get(pointer, functions.size());
    return addGlobal("model_functions", type, [&] {
      Value table = LLVM::UndefOp::create(builder, loc, type);
      for (auto [index, function] : llvm::enumerate(functions)) {
        Value address =
            LLVM::AddressOfOp::create(builder, loc, pointer, function);
        table =
            LLVM::InsertValueOp::create(builder, loc, table, address, index);
      }
      return table;
    });
  }

  /// The GrowModelCode of grow/Runtime/Model.h.
  LLVM::GlobalOp addCode(LLVM::GlobalOp manifest, uint64_t manifestBytes) {
    LLVM::GlobalOp table = addTable();
    auto type = LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                                 {pointer, integer, pointer});
    return addGlobal("model_code", type, [&] {
      Value fields[] = {
          LLVM::AddressOfOp::create(builder, loc, manifest),
          LLVM::ConstantOp::create(builder, loc, integer, manifestBytes),
          LLVM::AddressOfOp::create(builder, loc, table)};
      Value code = LLVM::UndefOp::create(builder, loc, type);
      for (auto [index, field] : llvm::enumerate(fields))
        code = LLVM::InsertValueOp::create(builder, loc, code, field, index);
      return code;
    });
  }

  /// Adds the function `NAME_suffix` that returns what `compute` makes of its
  /// arguments, if anything.
  void addFunction(StringRef suffix, Type result, ArrayRef<Type> arguments,
                   llvm::function_ref<Value(ValueRange)> compute) {
    std::string name = model.options.name + "_" + suffix.str();
    if (symbols.lookup(name)) {
      clash = true;
      module.emitError() << "the model has a function '" << name
                         << "' itself: choose another --name";
      return;
    }
    auto type = LLVM::LLVMFunctionType::get(result, arguments);
    auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
    symbols.insert(function);
    names.push_back(name);
    OpBuilder::InsertionGuard guard(builder);
    Block *body = function.addEntryBlock(builder);
    builder.setInsertionPointToStart(body);
    Value value = compute(body->getArguments());
    LLVM::ReturnOp::create(builder, loc,
                           value ? ValueRange(value) : ValueRange());
  }

  void addOpening(LLVM::GlobalOp code) {
    if (!model.runsOnDevice())
      return addCall("open", "growModelOpen", word, {pointer, pointer}, code);
    constexpr StringLiteral runtime = "growModelOpenOnDevice";
    addCall("open_on", runtime, word, {pointer, word, pointer}, code);
    addFunction("open", word, {pointer, pointer}, [&](ValueRange given) {
      Value device = LLVM::ConstantOp::create(
          builder, loc, word, static_cast<int32_t>(GROW_DEVICE_DEFAULT));
      Value operands[] = {LLVM::AddressOfOp::create(builder, loc, code),
                          given[0], device, given[1]};
      auto function = symbols.lookup<LLVM::LLVMFuncOp>(runtime);
      return LLVM::CallOp::create(builder, loc, function, operands).getResult();
    });
  }

  void addInteger(StringRef suffix, int64_t value) {
    addFunction(suffix, integer, {}, [&](ValueRange) -> Value {
      return LLVM::ConstantOp::create(builder, loc, integer, value);
    });
  }

  /// Adds a function that calls one of the runtime with its arguments, after
  /// `first`, if that is given.
  void addCall(StringRef suffix, StringRef callee, Type result,
               ArrayRef<Type> arguments, LLVM::GlobalOp first = nullptr) {
    SmallVector<Type> types(arguments);
    if (first)
      types.insert(types.begin(), pointer);
    auto runtime = LLVM::LLVMFuncOp::create(
        builder, loc, callee, LLVM::LLVMFunctionType::get(result, types));
    symbols.insert(runtime);
    addFunction(suffix, result, arguments, [&](ValueRange given) -> Value {
      SmallVector<Value> operands;
      if (first)
        operands.push_back(LLVM::AddressOfOp::create(builder, loc, first));
      llvm::append_range(operands, given);
      auto call = LLVM::CallOp::create(builder, loc, runtime, operands);
      return call.getNumResults() ? call.getResult() : Value();
    });
  }

  ModuleOp module;
  SymbolTable symbols;
  const ModelDescription &model;
  OpBuilder builder;
  Location loc;
  Type pointer, word, integer;
  std::vector<std::string> names;
  bool clash = false;
};
} // namespace

LogicalResult grow::addEntryPoints(ModuleOp module,
                                   const ModelDescription &model,
                                   StringRef manifest,
                                   llvm::StringSet<> &exported) {
  return EntryPointBuilder(module, model).addAll(manifest, exported);
}

//===- ModelConfig.cpp - A config.json and what it means ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelConfig.h"
#include "JSONScanner.h"
#include "grow/Checkpoint/Import.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// ConfigFile
//===----------------------------------------------------------------------===//

std::string grow::printJSON(const json::Value &value) {
  // Config files hold lists and tables of any length.
  std::string text = llvm::formatv("{0}", value);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

static Location getLocation(MLIRContext *context, StringRef path,
                            StringRef text, const char *position) {
  StringRef before = text.take_front(position - text.data());
  return FileLineColLoc::get(context, path, before.count('\n') + 1,
                             before.size() - (before.rfind('\n') + 1) + 1);
}

FailureOr<ConfigFile> ConfigFile::parse(MLIRContext *context, StringRef path,
                                        StringRef text) {
  ConfigFile result(FileLineColLoc::get(context, path, 1, 1));
  auto members = scanJSONObject(text, NonFinite::Accept);
  if (!members) {
    emitError(result.loc) << "cannot read the configuration: "
                          << llvm::toString(members.takeError());
    return failure();
  }
  for (const JSONMember &member : *members) {
    Location loc = getLocation(context, path, text, member.keyText.data());
    llvm::Expected<json::Value> value = json::parse(member.valueText);
    if (!value) {
      // NaN or an infinity, which no key that grow reads may have: keep the
      // spelling, for an error that shows it.
      llvm::consumeError(value.takeError());
      value = json::Value(member.valueText.str());
    }
    result.members.insert({member.key, Member{std::move(*value), loc}});
  }
  return result;
}

const json::Value *ConfigFile::lookup(StringRef key) const {
  auto it = members.find(key.str());
  if (it == members.end() || it->second.value.getAsNull())
    return nullptr;
  return &it->second.value;
}

bool ConfigFile::isNull(StringRef key) const {
  auto it = members.find(key.str());
  return it != members.end() && it->second.value.getAsNull();
}

Location ConfigFile::getLoc(StringRef key) const {
  auto it = members.find(key.str());
  return it == members.end() ? loc : it->second.loc;
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// `a operation b`; none if that is no integer, or too large a one.
static std::optional<int64_t> apply(char operation, int64_t a, int64_t b) {
  int64_t result;
  bool overflows = false;
  switch (operation) {
  case '+':
    overflows = llvm::AddOverflow(a, b, result);
    break;
  case '-':
    overflows = llvm::SubOverflow(a, b, result);
    break;
  case '*':
    overflows = llvm::MulOverflow(a, b, result);
    break;
  case '/':
    if (b == 0 || a % b != 0)
      return std::nullopt;
    return a / b;
  default:
    llvm_unreachable("unknown operation");
  }
  if (overflows)
    return std::nullopt;
  return result;
}

std::optional<int64_t> grow::evaluate(const Expression &expression,
                                      const SizeMap &sizes) {
  int64_t result = 0;
  for (const Expression::Operand &operand : expression.operands) {
    int64_t value =
        operand.name.empty() ? operand.number : sizes.lookup(operand.name);
    // A size that is missing reads as 0, which no size is.
    if (value <= 0)
      return std::nullopt;
    std::optional<int64_t> next = apply(operand.operation, result, value);
    if (!next)
      return std::nullopt;
    result = *next;
  }
  if (result <= 0 || result >= maxSize)
    return std::nullopt;
  return result;
}

std::string grow::printExpression(const Expression &expression) {
  std::string text;
  for (auto [i, operand] : llvm::enumerate(expression.operands)) {
    if (i > 0)
      text += std::string(" ") + operand.operation + " ";
    text +=
        operand.name.empty() ? std::to_string(operand.number) : operand.name;
  }
  return text;
}

const std::optional<Expression> &
ModelConfig::getExpression(const SizeSpec &size) const {
  if (size.key.empty())
    return size.value;
  return size.ifNull && file.isNull(size.key) ? size.ifNull : size.defaults;
}

/// The size that the value of its key tells; none if the value is none for it.
static std::optional<int64_t> readSize(const SizeSpec &size,
                                       const json::Value &value) {
  std::optional<int64_t> number = value.getAsInteger();
  if (size.isCounted) {
    const json::Object *members = value.getAsObject();
    number = members ? std::optional<int64_t>(members->size()) : std::nullopt;
  } else if (const json::Array *list =
                 size.elements > 1 ? value.getAsArray() : nullptr) {
    if (static_cast<int64_t>(list->size()) != size.elements)
      return std::nullopt;
    number = (*list)[size.element].getAsInteger();
  }
  if (!number || *number <= 0 || *number >= maxSize)
    return std::nullopt;
  return number;
}

static std::string describeSize(const SizeSpec &size) {
  if (size.isCounted)
    return "an object with at least one member";
  std::string number = "a positive integer below " + std::to_string(maxSize);
  if (size.elements > 1)
    number += ", or a list of " + std::to_string(size.elements);
  return number;
}

/// The size that the key tells.
FailureOr<int64_t> ModelConfig::resolveTold(const SizeSpec &size,
                                            const json::Value &value) const {
  std::optional<int64_t> number = readSize(size, value);
  if (!number)
    return emitError(file.getLoc(size.key))
           << "'" << size.key << "' is " << printJSON(value) << ", expected "
           << describeSize(size);
  if (size.isFixed && number != evaluate(*size.defaults, sizes))
    return emitError(file.getLoc(size.key))
           << "'" << size.key << "' is " << *number << ", but grow imports "
           << arch->modelType << " only if it is "
           << printExpression(*size.defaults) << " for "
           << explainSizes(size.defaults->getNames());
  return *number;
}

FailureOr<int64_t> ModelConfig::resolveSize(const SizeSpec &size) const {
  if (const json::Value *value =
          size.key.empty() ? nullptr : file.lookup(size.key))
    return resolveTold(size, *value);
  const std::optional<Expression> &expression = getExpression(size);
  if (!expression)
    return emitError(file.getLoc())
           << "'" << size.key << "' is missing, and " << arch->modelType
           << " has no default for it";
  if (std::optional<int64_t> value = evaluate(*expression, sizes))
    return *value;
  return emitError(file.getLoc()) << "the size '" << size.name << "' should be "
                                  << printExpression(*expression)
                                  << ", which is not a positive integer for "
                                  << explainSizes(expression->getNames());
}

LogicalResult ModelConfig::resolveSizes() {
  for (const SizeSpec &size : arch->sizes) {
    FailureOr<int64_t> value = resolveSize(size);
    if (failed(value))
      return failure();
    // Before there is any list of them.
    if (size.name == "layers" && *value > maxLayers)
      return emitError(file.getLoc(size.key))
             << "the model has " << *value << " layers, expected at most "
             << maxLayers;
    sizes[size.name] = *value;
  }
  return success();
}

void ModelConfig::collectKeys(StringRef name,
                              SmallVectorImpl<std::string> &keys) const {
  const SizeSpec *size = arch->findSize(name);
  bool isTold = !size->key.empty() && file.lookup(size->key);
  const std::optional<Expression> &expression = getExpression(*size);
  if (isTold || (!size->key.empty() && !expression)) {
    if (!llvm::is_contained(keys, size->key))
      keys.push_back(size->key);
    return;
  }
  SmallVector<StringRef> operands = expression->getNames();
  for (StringRef operand : operands)
    collectKeys(operand, keys);
  if (operands.empty() && !size->key.empty() &&
      !llvm::is_contained(keys, size->key))
    keys.push_back(size->key);
}

std::string ModelConfig::explainSizes(ArrayRef<StringRef> names) const {
  SmallVector<std::string> keys;
  for (StringRef name : names)
    collectKeys(name, keys);
  SmallVector<std::string> texts;
  for (const SizeSpec &size : arch->sizes) {
    // One key may tell several sizes.
    auto key = llvm::find(keys, size.key);
    if (size.key.empty() || key == keys.end())
      continue;
    keys.erase(key);
    const json::Value *value = file.lookup(size.key);
    texts.push_back(
        size.key + " " +
        (value ? printJSON(*value)
               : std::to_string(getSize(size.name)) + " (the default)"));
  }
  return llvm::join(texts, ", ");
}

std::string ModelConfig::explainSize(StringRef name) const {
  return explainSizes(name);
}

//===----------------------------------------------------------------------===//
// Checking keys
//===----------------------------------------------------------------------===//

FailureOr<ModelConfig> ModelConfig::resolve(const Architecture &arch,
                                            ConfigFile file,
                                            const ImportOptions &options) {
  ModelConfig result(arch, std::move(file));
  result.ignoredKeys = options.ignoredConfigKeys;
  if (failed(result.checkArchitectures()) || failed(result.resolveSizes()) ||
      failed(result.checkKeys()) || failed(result.resolveLayerTypes()))
    return failure();
  return result;
}

LogicalResult ModelConfig::checkArchitectures() const {
  const json::Value *value = file.lookup("architectures");
  if (!value)
    return success();
  std::vector<std::string> names;
  json::Path::Root root;
  if (fromJSON(*value, names, root) &&
      llvm::any_of(names, [&](const std::string &name) {
        return llvm::is_contained(arch->classes, name);
      }))
    return success();
  return emitError(file.getLoc("architectures"))
         << "'architectures' is " << printJSON(*value)
         << ", but grow knows models of type " << arch->modelType << " only as "
         << llvm::join(arch->classes, " or ");
}

LogicalResult ModelConfig::checkRequired(StringRef key,
                                         const json::Value &required) const {
  const json::Value *value = file.lookup(key);
  if (!value || *value == required)
    return success();
  return emitError(file.getLoc(key))
         << "'" << key << "' is " << printJSON(*value) << ", but grow imports "
         << arch->modelType << " only if it is " << printJSON(required);
}

LogicalResult ModelConfig::checkPerLayer(StringRef key,
                                         const json::Value &element) const {
  const json::Value *value = file.lookup(key);
  if (!value)
    return success();
  int64_t layers = getSize("layers");
  const json::Array *list = value->getAsArray();
  if (list && static_cast<int64_t>(list->size()) == layers &&
      llvm::all_of(*list, [&](const json::Value &e) { return e == element; }))
    return success();
  return emitError(file.getLoc(key))
         << "'" << key << "' is " << printJSON(*value) << ", but grow imports "
         << arch->modelType << " only if it is " << printJSON(element)
         << " for each of the " << layers << " layers";
}

LogicalResult ModelConfig::checkKeys() const {
  for (const auto &[key, required] : arch->required)
    if (failed(checkRequired(key, required)))
      return failure();
  for (const auto &[key, element] : arch->perLayer)
    if (failed(checkPerLayer(key, element)))
      return failure();
  bool allKnown = true;
  for (const auto &[key, member] : file.getMembers()) {
    bool known = arch->isKnownKey(key);
    if (known && isIgnored(key) && !arch->isHarmlessKey(key))
      return emitError(member.loc)
             << "'" << key << "' cannot be ignored: it says what a "
             << arch->modelType << " model computes";
    if (known || isIgnored(key))
      continue;
    emitError(member.loc)
        << "'" << key << "' is " << printJSON(member.value)
        << ", and grow does not know what that means for " << arch->modelType
        << "; if it does not change what the model computes, pass "
           "--ignore-config-key="
        << key;
    allKnown = false;
  }
  return success(allKnown);
}

//===----------------------------------------------------------------------===//
// Types of layers
//===----------------------------------------------------------------------===//

/// Whether the key's value is neither null nor false.
bool ModelConfig::isSet(StringRef key) const {
  if (file.isNull(key))
    return false;
  const json::Value &value = get(Setting{key.str()});
  return !value.getAsNull() && value.getAsBoolean() != false;
}

FailureOr<std::vector<std::string>>
ModelConfig::getDefaultLayerTypes(int64_t layers) const {
  if (!arch->layerTypes)
    return std::vector<std::string>();
  const LayerPattern &pattern = arch->layerTypes->pattern;
  std::vector<std::string> types(layers, pattern.otherwise);
  if (!llvm::all_of(pattern.conditions,
                    [&](const std::string &key) { return isSet(key); }))
    return types;
  FailureOr<int64_t> number = getCount(pattern.number);
  if (failed(number))
    return failure();
  for (int64_t i = 0; i < layers; ++i)
    if (pattern.isEvery ? (i + 1) % *number == 0 : i >= *number)
      types[i] = pattern.type;
  return types;
}

LogicalResult ModelConfig::resolveLayerTypes() {
  int64_t layers = getSize("layers");
  if (!arch->layerTypes)
    return success();
  const auto &[key, values, pattern] = *arch->layerTypes;
  const json::Value *list = file.lookup(key);
  if (!list) {
    FailureOr<std::vector<std::string>> types = getDefaultLayerTypes(layers);
    if (succeeded(types))
      layerTypes = std::move(*types);
    return LogicalResult(types);
  }
  json::Path::Root root;
  if (fromJSON(*list, layerTypes, root) &&
      static_cast<int64_t>(layerTypes.size()) == layers &&
      llvm::all_of(layerTypes, [&](const std::string &type) {
        return llvm::is_contained(arch->layerTypes->values, type);
      }))
    return success();
  return emitError(file.getLoc(key))
         << "'" << key << "' is " << printJSON(*list) << ", expected one of "
         << llvm::join(values, " and ") << " for each of the " << layers
         << " layers";
}

FailureOr<std::optional<int64_t>>
ModelConfig::getWindow(const WindowSpec &window, StringRef layerType) const {
  std::optional<int64_t> none;
  if (!window.layerType.empty() && window.layerType != layerType)
    return none;
  FailureOr<bool> exists = true;
  if (!window.condition.empty())
    exists = getFlag(window.condition);
  if (failed(exists))
    return failure();
  bool isNull = get(window.size).getAsNull() || file.isNull(window.size.key);
  if (*exists && !isNull) {
    FailureOr<int64_t> size = getCount(window.size);
    if (failed(size))
      return failure();
    return std::optional<int64_t>(*size);
  }
  if (window.layerType.empty())
    return none;
  return emitError(file.getLoc(arch->layerTypes->key))
         << "a layer is of type \"" << layerType << "\", but "
         << (isNull ? "'" + window.size.key + "' is null"
                    : "'" + window.condition + "' is false");
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

const json::Value &ModelConfig::get(const Setting &setting) const {
  if (setting.key.empty())
    return setting.literal;
  if (const json::Value *value = file.lookup(setting.key))
    return *value;
  return arch->defaults.at(setting.key);
}

FailureOr<bool> ModelConfig::getFlag(StringRef key) const {
  Setting setting{key.str()};
  const json::Value &value = get(setting);
  if (std::optional<bool> flag = value.getAsBoolean())
    return *flag;
  return emitError(file.getLoc(key))
         << "'" << key << "' is " << printJSON(value)
         << ", expected true or false";
}

InFlightDiagnostic ModelConfig::emitBadValue(const Setting &setting,
                                             StringRef expected) const {
  InFlightDiagnostic diag = emitError(file.getLoc(setting.key));
  if (setting.key.empty())
    diag << "the architecture of " << arch->modelType << " says ";
  else
    diag << "'" << setting.key << "' is ";
  diag << printJSON(get(setting)) << ", expected " << expected;
  return diag;
}

FailureOr<Exact> ModelConfig::getNumber(const Setting &setting) const {
  if (std::optional<double> number = get(setting).getAsNumber())
    if (std::optional<Exact> exact = Exact::fromDouble(*number))
      return *exact;
  return emitBadValue(setting, "a number");
}

FailureOr<Exact> ModelConfig::getNumber(const NumberSpec &spec) const {
  FailureOr<Exact> value =
      spec.size.empty() ? getNumber(spec.setting) : Exact(getSize(spec.size));
  if (failed(value) || spec.function == NumberSpec::Function::Identity)
    return value;
  if (value->isZero())
    return emitBadValue(spec.setting, "a number other than 0");
  if (spec.function != NumberSpec::Function::Root)
    value = value->inverse();
  if (spec.function == NumberSpec::Function::Inverse)
    return value;
  if (!value->isPositive())
    return emitBadValue(spec.setting, "a positive number");
  if (std::optional<Exact> root = value->root())
    return *root;
  return emitBadValue(spec.setting, "a number with fewer digits, of which grow "
                                    "can keep the root exactly");
}

FailureOr<std::optional<Exact>>
ModelConfig::getOptionalNumber(const Setting &setting) const {
  if (file.isNull(setting.key) || get(setting).getAsNull())
    return std::optional<Exact>();
  FailureOr<Exact> number = getNumber(setting);
  if (failed(number))
    return failure();
  if (!number->isPositive())
    return emitBadValue(setting, "a positive number or null");
  return std::optional<Exact>(*number);
}

FailureOr<int64_t> ModelConfig::getCount(const Setting &setting) const {
  std::optional<int64_t> number = get(setting).getAsInteger();
  if (number && *number > 0 && *number < maxSize)
    return *number;
  return emitBadValue(setting,
                      "a positive integer below " + std::to_string(maxSize));
}

FailureOr<Activation> ModelConfig::getActivation(const Setting &setting) const {
  const json::Value &value = get(setting);
  // transformers has several implementations of one function.
  auto activation = llvm::StringSwitch<std::optional<Activation>>(
                        value.getAsString().value_or(""))
                        .Case("relu", Activation::ReLU)
                        .Cases({"gelu", "gelu_python"}, Activation::GELU)
                        .Cases({"gelu_new", "gelu_pytorch_tanh",
                                "gelu_python_tanh", "gelu_accurate"},
                               Activation::GELUTanh)
                        .Cases({"silu", "swish"}, Activation::SiLU)
                        .Default(std::nullopt);
  if (activation)
    return *activation;
  return emitError(file.getLoc(setting.key))
         << "'" << setting.key << "' is " << printJSON(value)
         << ", but grow knows only relu, gelu, gelu_new (and its other "
            "spellings) and silu";
}

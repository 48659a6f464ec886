//===- Rope.cpp - Rotary frequencies of a configuration -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Follows modeling_rope_utils.py of transformers operation by operation: what
// is a torch tensor there is a float here, what is a Python number a double.
// This file is compiled without contraction of floating-point expressions.
//
//===----------------------------------------------------------------------===//

#include "Rope.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace grow;
namespace json = llvm::json;

static constexpr llvm::StringLiteral configKeys[] = {
    "rope_theta", "rope_scaling", "rope_parameters",
    "original_max_position_embeddings"};

ArrayRef<llvm::StringLiteral> grow::getRopeConfigKeys() { return configKeys; }

namespace {
/// The members of `rope_parameters`, or of what it was called before.
class RopeParameters {
public:
  static FailureOr<RopeParameters> find(const ModelConfig &config,
                                        const RopeSpec &spec);

  Location getLoc() const { return config->getFile().getLoc(name); }
  StringRef getType() const { return type; }
  double getTheta() const { return theta; }

  bool has(StringRef key) const {
    const json::Value *value = members.get(key);
    return value && !value->getAsNull();
  }
  FailureOr<double> getNumber(StringRef key) const;
  /// What Python's `get(key) or otherwise` gives.
  FailureOr<double> getNumberOr(StringRef key, double otherwise) const;
  FailureOr<std::vector<float>> getList(StringRef key, size_t size) const;
  FailureOr<double> getOriginalPositions() const;
  FailureOr<bool> getTruncate() const;
  FailureOr<double> getPartial() const;
  double getPositions() const { return config->getSize("positions"); }
  bool dependsOnLength() const;

private:
  RopeParameters(const ModelConfig &config, const RopeSpec &spec)
      : config(&config), spec(&spec) {}

  LogicalResult findMembers();
  LogicalResult selectLayerType();
  LogicalResult findTheta();
  LogicalResult findType();
  LogicalResult checkKeys() const;
  InFlightDiagnostic emitBadMember(StringRef key, StringRef expected) const;

  const ModelConfig *config;
  const RopeSpec *spec;
  /// The key that the parameters stand under, and the way to them.
  std::string name = "rope_parameters", path = name;
  json::Object members;
  std::string type;
  double theta = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Finding the parameters
//===----------------------------------------------------------------------===//

FailureOr<RopeParameters> RopeParameters::find(const ModelConfig &config,
                                               const RopeSpec &spec) {
  RopeParameters result(config, spec);
  if (failed(result.findMembers()) || failed(result.findTheta()) ||
      failed(result.findType()) || failed(result.checkKeys()))
    return failure();
  return result;
}

LogicalResult RopeParameters::findMembers() {
  const json::Value *found = nullptr;
  for (StringRef key : {"rope_parameters", "rope_scaling"}) {
    const json::Value *value = config->getFile().lookup(key);
    if (!value)
      continue;
    const json::Object *object = value->getAsObject();
    if (!object)
      return emitError(config->getFile().getLoc(key))
             << "'" << key << "' is " << printJSON(*value)
             << ", expected an object";
    if (object->empty())
      continue;
    // Versions of transformers read one or the other.
    if (found && *found != *value)
      return emitError(config->getFile().getLoc(key))
             << "'rope_scaling' and 'rope_parameters' differ: remove the one "
                "that is not meant";
    found = value;
    name = path = key.str();
    members = *object;
  }
  return spec->layerType.empty() ? success() : selectLayerType();
}

/// Goes from the parameters of all types of layers to those of one.
LogicalResult RopeParameters::selectLayerType() {
  if (name == "rope_scaling") {
    if (!spec->isScaled)
      members = {};
    return success();
  }
  ArrayRef<std::string> types = config->getArchitecture().layerTypes->values;
  for (const auto &[type, value] : members)
    if (!llvm::is_contained(types, type.str()) ||
        (!value.getAsObject() && !value.getAsNull()))
      return emitError(getLoc())
             << "'" << type.str() << "' in '" << name << "' is "
             << printJSON(value) << ", expected an object for each of "
             << llvm::join(types, " and ");
  path += "." + spec->layerType;
  const json::Object *selected = members.getObject(spec->layerType);
  members = selected ? json::Object(*selected) : json::Object();
  return success();
}

LogicalResult RopeParameters::findTheta() {
  StringRef key = spec->thetaKey;
  const json::Value *outside = config->getFile().lookup(key);
  const json::Value *inside = members.get("rope_theta");
  if (inside && inside->getAsNull())
    inside = nullptr;
  if (outside && inside && outside->getAsNumber() != inside->getAsNumber())
    return emitError(config->getFile().getLoc(key))
           << "'" << key << "' is " << printJSON(*outside) << ", but "
           << printJSON(*inside) << " in '" << path
           << "': remove the one that is not meant";
  const json::Value *value = inside ? inside : outside;
  theta = value ? value->getAsNumber().value_or(0) : spec->defaultTheta;
  if (theta > 0)
    return success();
  return emitError(inside ? getLoc() : config->getFile().getLoc(key))
         << "'" << (inside ? "rope_theta" : key) << "' is " << printJSON(*value)
         << ", expected a positive number";
}

LogicalResult RopeParameters::findType() {
  StringRef key = members.get("rope_type") ? "rope_type" : "type";
  if (!has(key)) {
    type = "default";
    return success();
  }
  type = members.getString(key).value_or("").str();
  return type.empty() ? emitBadMember(key, "a string") : success();
}

/// Which members each type reads, besides its theta and its type.
LogicalResult RopeParameters::checkKeys() const {
  static constexpr llvm::StringLiteral known[] = {
      "rope_theta",
      "rope_type",
      "type",
      "factor",
      "attention_factor",
      "original_max_position_embeddings",
      "beta_fast",
      "beta_slow",
      "mscale",
      "mscale_all_dim",
      "truncate",
      "short_factor",
      "long_factor",
      "low_freq_factor",
      "high_freq_factor",
      "partial_rotary_factor"};
  for (const auto &[key, value] : members) {
    std::string member = path + "." + key.str();
    if (!llvm::is_contained(known, key.str()) && !config->isIgnored(member))
      return emitError(getLoc())
             << "'" << key.str() << "' in '" << path << "' is "
             << printJSON(value)
             << ", and grow does not know what that means; if it does not "
                "change the frequencies, pass --ignore-config-key="
             << member;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Reading them
//===----------------------------------------------------------------------===//

InFlightDiagnostic RopeParameters::emitBadMember(StringRef key,
                                                 StringRef expected) const {
  InFlightDiagnostic diag = emitError(getLoc())
                            << "rotary embedding of type '" << type << "': '"
                            << key << "' ";
  if (const json::Value *value = members.get(key))
    diag << "is " << printJSON(*value);
  else
    diag << "is missing";
  diag << ", expected " << expected;
  return diag;
}

FailureOr<double> RopeParameters::getNumber(StringRef key) const {
  if (std::optional<double> number = members.getNumber(key))
    return *number;
  return emitBadMember(key, "a number");
}

FailureOr<double> RopeParameters::getNumberOr(StringRef key,
                                              double otherwise) const {
  if (!has(key))
    return otherwise;
  FailureOr<double> number = getNumber(key);
  return succeeded(number) && *number == 0 ? otherwise : number;
}

FailureOr<std::vector<float>> RopeParameters::getList(StringRef key,
                                                      size_t size) const {
  const json::Array *array = members.getArray(key);
  std::vector<float> result;
  if (array)
    for (const json::Value &element : *array)
      if (std::optional<double> number = element.getAsNumber())
        result.push_back(*number);
  if (array && result.size() == size && array->size() == size)
    return result;
  return emitBadMember(key, "a list of " + std::to_string(size) + " numbers");
}

FailureOr<double> RopeParameters::getOriginalPositions() const {
  StringRef key = "original_max_position_embeddings";
  // transformers looks outside only if there is one type of layers.
  const json::Value *value =
      spec->layerType.empty() ? config->getFile().lookup(key) : nullptr;
  if (value) {
    std::optional<int64_t> number = value->getAsInteger();
    if (number && *number > 0)
      return *number;
    return emitError(config->getFile().getLoc(key))
           << "'" << key << "' is " << printJSON(*value)
           << ", expected a positive integer";
  }
  if (!has(key))
    return getPositions();
  FailureOr<double> number = getNumber(key);
  if (succeeded(number) && *number <= 0)
    return emitBadMember(key, "a positive number");
  return number;
}

FailureOr<bool> RopeParameters::getTruncate() const {
  if (!has("truncate"))
    return !members.get("truncate");
  if (std::optional<bool> flag = members.getBoolean("truncate"))
    return *flag;
  return emitBadMember("truncate", "true or false");
}

/// `longrope` with equal factors is how a table is written down.
bool RopeParameters::dependsOnLength() const {
  if (type != "longrope")
    return type == "dynamic";
  const json::Value *shortFactor = members.get("short_factor");
  const json::Value *longFactor = members.get("long_factor");
  return !shortFactor || !longFactor || *shortFactor != *longFactor;
}

/// The part of a head that rotates.
FailureOr<double> RopeParameters::getPartial() const {
  StringRef key = "partial_rotary_factor";
  double otherwise = spec->defaultPartial;
  if (!spec->partialKey.empty() && config->getFile().lookup(spec->partialKey)) {
    Setting outside{spec->partialKey};
    FailureOr<Exact> number = config->getNumber(outside);
    if (failed(number))
      return failure();
    otherwise = number->toDouble();
  }
  FailureOr<double> partial = has(key) ? getNumber(key) : otherwise;
  if (succeeded(partial) && *partial != 1 && spec->partialKey.empty())
    return emitError(getLoc()) << "rotary embedding of type '" << type
                               << "': 'partial_rotary_factor' is " << *partial
                               << ", but this model rotates whole heads";
  return partial;
}

//===----------------------------------------------------------------------===//
// Frequencies
//===----------------------------------------------------------------------===//

namespace {
struct Frequencies {
  std::vector<float> values;
  double factor = 1;
};
} // namespace

/// torch.pow of a number and an f32 tensor, correctly rounded. torch's own
/// vectorised function may be an ulp away from that.
static float power(double base, float exponent) {
  return std::pow(double(float(base)), double(exponent));
}

/// base^(2i/width) for each i: what all types start from.
static std::vector<float> getWavelengths(double base, int64_t count,
                                         int64_t width) {
  std::vector<float> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(power(base, float(2 * i) / float(width)));
  return result;
}

static Frequencies computeDefault(double base, int64_t width) {
  Frequencies result;
  for (float wavelength : getWavelengths(base, width / 2, width))
    result.values.push_back(1.0f / wavelength);
  return result;
}

static FailureOr<Frequencies> computeLinear(const RopeParameters &parameters,
                                            int64_t width) {
  FailureOr<double> factor = parameters.getNumber("factor");
  if (failed(factor))
    return failure();
  Frequencies result = computeDefault(parameters.getTheta(), width);
  for (float &value : result.values)
    value /= float(*factor);
  return result;
}

static FailureOr<Frequencies>
computeProportional(const RopeParameters &parameters, int64_t width) {
  FailureOr<double> factor = parameters.getNumberOr("factor", 1);
  FailureOr<double> proportion =
      parameters.getNumberOr("partial_rotary_factor", 1);
  if (failed(factor) || failed(proportion))
    return failure();
  int64_t rotating = std::floor(*proportion * width / 2);
  if (rotating < 0 || rotating > width / 2)
    return emitError(parameters.getLoc())
           << "'partial_rotary_factor' is " << *proportion
           << ", expected a number between 0 and 1";
  Frequencies result;
  for (float wavelength :
       getWavelengths(parameters.getTheta(), rotating, width))
    result.values.push_back(1.0f / wavelength / float(*factor));
  result.values.resize(width / 2, 0.0f);
  return result;
}

static FailureOr<Frequencies> computeDynamic(const RopeParameters &parameters,
                                             int64_t width) {
  FailureOr<double> factor = parameters.getNumber("factor");
  if (failed(factor))
    return failure();
  if (width <= 2)
    return emitError(parameters.getLoc())
           << "rotary embedding of type 'dynamic': expected heads wider than 2";
  emitWarning(parameters.getLoc())
      << "rotary embedding of type 'dynamic': imported as it is for sequences "
         "of up to "
      << int64_t(parameters.getPositions())
      << " tokens; its frequencies change with longer ones";
  // The growth of the base for a sequence of the original length: 1, up to
  // rounding.
  double positions = parameters.getPositions();
  double growth = *factor * positions / positions - (*factor - 1);
  double base = parameters.getTheta() *
                std::pow(growth, double(width) / double(width - 2));
  return computeDefault(base, width);
}

static FailureOr<Frequencies> computeLlama3(const RopeParameters &parameters,
                                            int64_t width) {
  FailureOr<double> factor = parameters.getNumber("factor");
  FailureOr<double> low = parameters.getNumber("low_freq_factor");
  FailureOr<double> high = parameters.getNumber("high_freq_factor");
  FailureOr<double> positions = parameters.getOriginalPositions();
  if (failed(factor) || failed(low) || failed(high) || failed(positions))
    return failure();
  if (*low <= 0 || *high <= *low)
    return emitError(parameters.getLoc())
           << "rotary embedding of type 'llama3': expected 'high_freq_factor' "
              "above 'low_freq_factor' above 0";
  float longest = *positions / *low, shortest = *positions / *high;
  Frequencies result = computeDefault(parameters.getTheta(), width);
  for (float &value : result.values) {
    // torch divides a number by a tensor as number times reciprocal.
    float wavelength = (1.0f / value) * float(2 * llvm::numbers::pi);
    if (wavelength > longest) {
      value /= float(*factor);
    } else if (!(wavelength < shortest)) {
      float smooth = ((1.0f / wavelength) * float(*positions) - float(*low)) /
                     float(*high - *low);
      value = (1.0f - smooth) * value / float(*factor) + smooth * value;
    }
  }
  return result;
}

/// The factor on cosine and sine that YaRN recommends (arXiv:2309.00071).
static FailureOr<double>
getYarnAttentionFactor(const RopeParameters &parameters, double factor) {
  if (parameters.has("attention_factor"))
    return parameters.getNumber("attention_factor");
  FailureOr<double> mscale = parameters.getNumberOr("mscale", 0);
  FailureOr<double> mscaleAllDim = parameters.getNumberOr("mscale_all_dim", 0);
  if (failed(mscale) || failed(mscaleAllDim))
    return failure();
  auto getScale = [&](double mscale) {
    return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
  };
  if (*mscale != 0 && *mscaleAllDim != 0)
    return getScale(*mscale) / getScale(*mscaleAllDim);
  return getScale(1);
}

/// The range of pairs over which YaRN goes from extrapolation to interpolation.
static FailureOr<std::pair<double, double>>
getYarnRange(const RopeParameters &parameters, int64_t width) {
  FailureOr<double> fast = parameters.getNumberOr("beta_fast", 32);
  FailureOr<double> slow = parameters.getNumberOr("beta_slow", 1);
  FailureOr<double> positions = parameters.getOriginalPositions();
  FailureOr<bool> truncate = parameters.getTruncate();
  if (failed(fast) || failed(slow) || failed(positions) || failed(truncate))
    return failure();
  double base = parameters.getTheta();
  auto findPair = [&](double rotations) {
    return (width *
            std::log(*positions / (rotations * 2 * llvm::numbers::pi))) /
           (2 * std::log(base));
  };
  double low = findPair(*fast), high = findPair(*slow);
  if (!std::isfinite(low) || !std::isfinite(high))
    return emitError(parameters.getLoc())
           << "rotary embedding of type 'yarn': expected positive 'beta_fast' "
              "and 'beta_slow', and a theta other than 1";
  if (*truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  return std::pair(std::max(low, 0.0), std::min(high, double(width - 1)));
}

/// How many times as many positions there are as in training.
static FailureOr<double> getExtensionFactor(const RopeParameters &parameters,
                                            double originalPositions) {
  if (parameters.has("factor"))
    return parameters.getNumber("factor");
  return parameters.getPositions() / originalPositions;
}

static FailureOr<Frequencies> computeYarn(const RopeParameters &parameters,
                                          int64_t width) {
  FailureOr<double> positions = parameters.getOriginalPositions();
  if (failed(positions))
    return failure();
  FailureOr<double> factor = getExtensionFactor(parameters, *positions);
  if (failed(factor))
    return failure();
  FailureOr<double> attentionFactor =
      getYarnAttentionFactor(parameters, *factor);
  auto range = getYarnRange(parameters, width);
  if (failed(attentionFactor) || failed(range))
    return failure();
  auto [low, high] = *range;
  if (low == high)
    high += 0.001; // as transformers does, to divide by something

  Frequencies result;
  result.factor = *attentionFactor;
  auto wavelengths = getWavelengths(parameters.getTheta(), width / 2, width);
  for (auto [i, wavelength] : llvm::enumerate(wavelengths)) {
    float ramp = (float(i) - float(low)) / float(high - low);
    float kept = 1.0f - std::clamp(ramp, 0.0f, 1.0f);
    float interpolated = 1.0f / (float(*factor) * wavelength);
    result.values.push_back(interpolated * (1.0f - kept) +
                            (1.0f / wavelength) * kept);
  }
  return result;
}

static FailureOr<Frequencies> computeLongrope(const RopeParameters &parameters,
                                              int64_t width) {
  FailureOr<std::vector<float>> shortFactor =
      parameters.getList("short_factor", width / 2);
  FailureOr<double> positions = parameters.getOriginalPositions();
  if (failed(shortFactor) || failed(positions) ||
      failed(parameters.getList("long_factor", width / 2)))
    return failure();
  FailureOr<double> factor = getExtensionFactor(parameters, *positions);
  if (failed(factor))
    return failure();
  FailureOr<double> attentionFactor =
      *factor <= 1 ? 1.0
                   : std::sqrt(1 + std::log(*factor) / std::log(*positions));
  if (parameters.has("attention_factor"))
    attentionFactor = parameters.getNumber("attention_factor");
  if (failed(attentionFactor))
    return failure();
  if (parameters.dependsOnLength())
    emitWarning(parameters.getLoc())
        << "rotary embedding of type 'longrope': imported as it is for "
           "sequences "
           "of up to "
        << int64_t(*positions) << " tokens; longer ones use 'long_factor'";
  Frequencies result;
  result.factor = *attentionFactor;
  auto wavelengths = getWavelengths(parameters.getTheta(), width / 2, width);
  for (auto [stretch, wavelength] : llvm::zip(*shortFactor, wavelengths))
    result.values.push_back(1.0f / (stretch * wavelength));
  return result;
}

static FailureOr<Frequencies>
computeFrequencies(const RopeParameters &parameters, int64_t width) {
  StringRef type = parameters.getType();
  if (type == "default")
    return computeDefault(parameters.getTheta(), width);
  if (type == "linear")
    return computeLinear(parameters, width);
  if (type == "dynamic")
    return computeDynamic(parameters, width);
  if (type == "yarn")
    return computeYarn(parameters, width);
  if (type == "longrope")
    return computeLongrope(parameters, width);
  if (type == "llama3")
    return computeLlama3(parameters, width);
  if (type == "proportional")
    return computeProportional(parameters, width);
  return emitError(parameters.getLoc())
         << "grow does not know the rotary embedding of type '" << type
         << "', only default, linear, dynamic, yarn, longrope, llama3 and "
            "proportional";
}

/// The number of channels of a head that rotate.
static FailureOr<int64_t> getRotatingWidth(const ModelConfig &config,
                                           const RopeParameters &parameters) {
  int64_t width = config.getSize("key");
  // Type `proportional` means by it that some pairs stand still.
  FailureOr<double> partial = parameters.getType() == "proportional"
                                  ? FailureOr<double>(1)
                                  : parameters.getPartial();
  if (failed(partial))
    return failure();
  if (*partial <= 0 || *partial > 1)
    return emitError(parameters.getLoc())
           << "'partial_rotary_factor' is " << *partial
           << ", expected a number above 0 and up to 1";
  width = static_cast<int64_t>(width * *partial);
  if (width % 2 == 0 && width > 0)
    return width;
  InFlightDiagnostic diag = emitError(config.getFile().getLoc())
                            << "a rotary embedding needs heads of an even "
                               "width, but "
                            << config.explainSize("key");
  if (*partial != 1)
    diag << " and 'partial_rotary_factor' " << *partial;
  diag << " make it " << width;
  return diag;
}

FailureOr<RopeAttr> grow::importRope(const ModelConfig &config,
                                     const RopeSpec &spec) {
  FailureOr<RopeParameters> parameters = RopeParameters::find(config, spec);
  if (failed(parameters))
    return failure();
  FailureOr<int64_t> width = getRotatingWidth(config, *parameters);
  if (failed(width))
    return failure();
  FailureOr<Frequencies> frequencies = computeFrequencies(*parameters, *width);
  if (failed(frequencies))
    return failure();
  std::optional<Exact> factor = Exact::fromDouble(frequencies->factor);
  bool isFinite = llvm::all_of(
      frequencies->values, [](float value) { return std::isfinite(value); });
  if (!factor || !isFinite)
    return emitError(parameters->getLoc())
           << "rotary embedding of type '" << parameters->getType()
           << "': its parameters give frequencies that are not finite";
  MLIRContext *context = config.getFile().getContext();
  SmallVector<double> values(frequencies->values.begin(),
                             frequencies->values.end());
  return RopeAttr::get(context, spec.layout,
                       DenseF64ArrayAttr::get(context, values), *factor);
}

FailureOr<bool> grow::dependsOnLength(const ModelConfig &config,
                                      const RopeSpec &spec) {
  FailureOr<RopeParameters> parameters = RopeParameters::find(config, spec);
  if (failed(parameters))
    return failure();
  return parameters->dependsOnLength();
}

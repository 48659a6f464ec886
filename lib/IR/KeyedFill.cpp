//===- KeyedFill.cpp - Keys of random fills -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/KeyedFill.h"
#include "grow/IR/GrowOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SHA256.h"
#include <cmath>

using namespace mlir;
using namespace grow;

uint64_t grow::getFillKey(FillAttrInterface fill, StringRef param) {
  StringAttr key = fill.getKey();
  std::string text =
      (Twine(fill.getSeed()) + ":" + (key ? key.getValue() : param)).str();
  std::array<uint8_t, 32> hash =
      llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::support::endian::read64le(hash.data());
}

/// Rebuilds a random fill with another seed and name.
static FillAttrInterface rekey(FillAttrInterface fill,
                               function_ref<uint64_t(uint64_t)> getSeed,
                               function_ref<StringAttr(StringAttr)> getKey) {
  return TypeSwitch<Attribute, FillAttrInterface>(fill)
      .Case([&](NormalAttr normal) {
        return NormalAttr::get(fill.getContext(), normal.getStddev(),
                               getSeed(normal.getSeed()),
                               getKey(normal.getKey()));
      })
      .Case([&](UniformAttr uniform) {
        return UniformAttr::get(fill.getContext(), uniform.getBound(),
                                getSeed(uniform.getSeed()),
                                getKey(uniform.getKey()));
      })
      .Default(fill);
}

/// The largest magnitude of an entry; 0 for one that is made of others.
static double getLargestEntry(FillAttrInterface fill) {
  // Eight uniform numbers lie at most this many standard deviations from 0.
  static const double kMostStddevs = std::sqrt(24.0);
  return TypeSwitch<Attribute, double>(fill)
      .Case([](ConstantAttr constant) {
        return std::abs(constant.getValue().toDouble());
      })
      .Case([](NormalAttr normal) {
        return normal.getStddev().toDouble() * kMostStddevs;
      })
      .Case([](UniformAttr uniform) { return uniform.getBound().toDouble(); })
      .Default(0.0);
}

LogicalResult grow::verifyEntriesFit(Operation *op, FillAttrInterface fill,
                                     Type type) {
  auto floats = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  if (!floats)
    return success();
  double largest = getLargestEntry(fill);
  double limit =
      APFloat::getLargest(floats.getFloatSemantics()).convertToDouble();
  if (largest <= limit)
    return success();
  InFlightDiagnostic diag = op->emitOpError();
  if (auto param = op->getParentOfType<ParamOp>())
    diag << "in @" << param.getSymName() << ' ';
  return diag << "fills with entries up to "
              << llvm::formatv("{0:e3}", largest).str()
              << ", but the largest finite " << floats << " is "
              << llvm::formatv("{0:e3}", limit).str();
}

FillAttrInterface grow::getUnkeyedFill(FillAttrInterface fill) {
  return rekey(
      fill, [](uint64_t) { return 0; },
      [](StringAttr) { return StringAttr(); });
}

FillAttrInterface grow::getFillKeyedBy(FillAttrInterface fill, StringRef name) {
  return rekey(
      fill, [](uint64_t seed) { return seed; },
      [&](StringAttr key) {
        return key ? key : StringAttr::get(fill.getContext(), name);
      });
}

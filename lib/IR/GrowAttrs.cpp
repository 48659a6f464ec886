//===- GrowAttrs.cpp - Attributes of the grow dialect ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowAttrs.h"
#include "grow/IR/GrowDialect.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <numeric>

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Lists in attribute syntax
//===----------------------------------------------------------------------===//

static ParseResult parseFrequencies(AsmParser &parser,
                                    DenseF64ArrayAttr &frequencies) {
  SmallVector<double> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseFloat(values.emplace_back());
      }))
    return failure();
  frequencies = DenseF64ArrayAttr::get(parser.getContext(), values);
  return success();
}

static void printFrequencies(AsmPrinter &printer,
                             DenseF64ArrayAttr frequencies) {
  printer << '[';
  llvm::interleaveComma(frequencies.asArrayRef(), printer, [&](double value) {
    printer.printFloat(APFloat(value));
  });
  printer << ']';
}

static ParseResult parseIndices(AsmParser &parser, DenseI64ArrayAttr &indices) {
  SmallVector<int64_t> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseInteger(values.emplace_back());
      }))
    return failure();
  indices = DenseI64ArrayAttr::get(parser.getContext(), values);
  return success();
}

static void printIndices(AsmPrinter &printer, DenseI64ArrayAttr indices) {
  printer << '[';
  llvm::interleaveComma(indices.asArrayRef(), printer);
  printer << ']';
}

#include "grow/IR/GrowAttrInterfaces.cpp.inc"
#include "grow/IR/GrowEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "grow/IR/GrowAttrs.cpp.inc"

void GrowDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "grow/IR/GrowAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// RopeAttr
//===----------------------------------------------------------------------===//

LogicalResult RopeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               RopeLayout, DenseF64ArrayAttr frequencies,
                               Exact) {
  if (frequencies.empty())
    return emitError() << "expects at least one frequency";
  for (auto [i, frequency] : llvm::enumerate(frequencies.asArrayRef()))
    if (!std::isfinite(frequency))
      return emitError() << "expects finite frequencies, but entry " << i
                         << " is not";
  return success();
}

//===----------------------------------------------------------------------===//
// StorageAttr
//===----------------------------------------------------------------------===//

Attribute StorageAttr::parse(AsmParser &parser, Type) {
  // Not as an attribute: that would take a colon and a type after it.
  std::string name;
  SmallVector<int64_t> axes, groups;
  int64_t part = 0, parts = 1, dim = 0, inside = 0;
  Type elementType;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseString(&name))
    return {};
  // Each stored dimension is a product of logical axes, or of none.
  auto parseStoredDim = [&]() -> ParseResult {
    groups.push_back(0);
    if (succeeded(parser.parseOptionalKeyword("unit")))
      return success();
    do {
      if (parser.parseInteger(axes.emplace_back()))
        return failure();
      ++groups.back();
    } while (succeeded(parser.parseOptionalStar()));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::OptionalSquare,
                                     parseStoredDim))
    return {};
  if (succeeded(parser.parseOptionalComma()))
    if (parser.parseKeyword("part") || parser.parseInteger(part) ||
        parser.parseKeyword("of") || parser.parseInteger(parts) ||
        parser.parseKeyword("along") || parser.parseInteger(dim) ||
        parser.parseKeyword("inside") || parser.parseInteger(inside))
      return {};
  if (succeeded(parser.parseOptionalColon()) && parser.parseType(elementType))
    return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<StorageAttr>(
      loc, parser.getContext(), parser.getBuilder().getStringAttr(name), axes,
      groups, part, parts, dim, inside, elementType);
}

void StorageAttr::print(AsmPrinter &printer) const {
  printer << '<' << getName();
  if (!getGroups().empty()) {
    ArrayRef<int64_t> axes = getAxes();
    printer << '[';
    llvm::interleaveComma(getGroups(), printer, [&](int64_t group) {
      if (group == 0)
        printer << "unit";
      llvm::interleave(axes.take_front(group), printer, "*");
      axes = axes.drop_front(group);
    });
    printer << ']';
  }
  if (isPart())
    printer << ", part " << getPart() << " of " << getParts() << " along "
            << getDim() << " inside " << getInside();
  if (getElementType())
    printer << " : " << getElementType();
  printer << '>';
}

LogicalResult StorageAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringAttr name, ArrayRef<int64_t> axes,
                                  ArrayRef<int64_t> groups, int64_t part,
                                  int64_t parts, int64_t dim, int64_t inside,
                                  Type elementType) {
  if (name.empty())
    return emitError() << "expects the name of a stored tensor";
  if (axes.empty() != groups.empty() || !isPermutationVector(axes))
    return emitError() << "expects each logical axis once, but found [" << axes
                       << "]";
  if (parts < 1)
    return emitError() << "expects at least one part, but found " << parts;
  if (part < 0 || part >= parts)
    return emitError() << "expects a part between 0 and " << parts - 1
                       << ", but found " << part;
  if (dim < 0 || inside < 0)
    return emitError() << "expects 'along' and 'inside' not to be negative";
  if (parts > 1 && llvm::is_contained(groups, 0))
    return emitError() << "expects no part of a tensor with 'unit' dimensions";
  if (!groups.empty() && parts > 1) {
    if (dim >= static_cast<int64_t>(groups.size()))
      return emitError() << "expects parts along one of " << groups.size()
                         << " stored dimensions, but found " << dim;
    if (inside >= groups[dim])
      return emitError() << "expects the parts inside at most "
                         << groups[dim] - 1 << " axes of stored dimension "
                         << dim << ", but found " << inside;
  }
  if (elementType && !elementType.isF64() && !elementType.isF32() &&
      !elementType.isF16() && !elementType.isBF16())
    return emitError() << "expects f64, f32, f16 or bf16 as stored element "
                          "type, but found "
                       << elementType;
  return success();
}

SmallVector<int64_t> StorageAttr::getPermutation(int64_t rank) const {
  if (!getAxes().empty())
    return llvm::to_vector(getAxes());
  return llvm::to_vector(llvm::seq<int64_t>(rank));
}

SmallVector<SmallVector<int64_t, 2>>
StorageAttr::getReassociation(int64_t rank) const {
  SmallVector<int64_t> sizes(getGroups());
  if (sizes.empty())
    sizes.assign(rank, 1);
  SmallVector<SmallVector<int64_t, 2>> result;
  int64_t position = 0;
  for (int64_t size : sizes) {
    result.emplace_back(
        llvm::to_vector<2>(llvm::seq<int64_t>(position, position + size)));
    position += size;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

bool ZeroAttr::isZero() const { return true; }
bool ConstantAttr::isZero() const { return getValue().isZero(); }

bool NormalAttr::isZero() const { return getStddev().isZero(); }
bool NormalAttr::isRandom() const { return true; }
LogicalResult NormalAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 Exact stddev, uint64_t, StringAttr) {
  if (stddev.isZero() || stddev.isPositive())
    return success();
  return emitError() << "expects a standard deviation of at least 0";
}

bool UniformAttr::isZero() const { return getBound().isZero(); }
bool UniformAttr::isRandom() const { return true; }
LogicalResult UniformAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  Exact bound, uint64_t, StringAttr) {
  if (bound.isZero() || bound.isPositive())
    return success();
  return emitError() << "expects a bound of at least 0";
}

bool CopyAttr::readsInput() const { return true; }
LogicalResult
CopyAttr::verifyBlock(function_ref<InFlightDiagnostic()> emitError,
                      int64_t extent, int64_t count) const {
  if (getIndices().size() != count)
    return emitError() << "expects a copy of " << count
                       << " slices, as many as are inserted, but it names "
                       << getIndices().size();
  for (int64_t index : getIndices().asArrayRef())
    if (index < 0 || index >= extent)
      return emitError() << "expects copies of slices 0 to " << extent - 1
                         << ", but found " << index;
  return success();
}

bool MeanAttr::readsInput() const { return true; }
LogicalResult
MeanAttr::verifyBlock(function_ref<InFlightDiagnostic()> emitError,
                      int64_t extent, int64_t) const {
  if (extent > 0)
    return success();
  return emitError() << "expects at least one slice to take the mean of";
}

//===- ContractionKernel.cpp - What a contraction's code depends on -------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionKernel.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;

static constexpr int64_t kDynamic = ShapedType::kDynamic;

/// A matrix that starts anywhere. Of the strides only the innermost is known,
/// and only if it is one.
static MemRefType getMatrixType(Type element, bool isContiguous = true) {
  auto layout = StridedLayoutAttr::get(element.getContext(), kDynamic,
                                       {kDynamic, isContiguous ? 1 : kDynamic});
  return MemRefType::get({kDynamic, kDynamic}, element, layout);
}

/// A block of a panel: nothing between steps.
static MemRefType getBlockType(Type element, int64_t width) {
  auto layout =
      StridedLayoutAttr::get(element.getContext(), kDynamic, {width, 1});
  return MemRefType::get({kDynamic, width}, element, layout);
}

VectorType ContractionKernel::getVector() const {
  return VectorType::get(tile.vectorLength, element);
}

int64_t ContractionKernel::getBlockSteps() const {
  return llvm::divideCeil(blockDepth, getStepDepth());
}

Type ContractionKernel::getEntry() const {
  return usesPairs ? IntegerType::get(element.getContext(), 32) : element;
}

MemRefType ContractionKernel::getRowsType() const {
  return getMatrixType(rowElement, rowsContiguous);
}

MemRefType ContractionKernel::getColumnsType() const {
  if (source != ColumnSource::Panels)
    return getMatrixType(columnElement, source == ColumnSource::Rows);
  auto layout = StridedLayoutAttr::get(columnElement.getContext(), kDynamic,
                                       {kDynamic, getWidth(), 1});
  return MemRefType::get({kDynamic, kDynamic, getWidth()}, columnElement,
                         layout);
}

MemRefType ContractionKernel::getResultType() const {
  return getMatrixType(element);
}

MemRefType ContractionKernel::getTileRowsType() const {
  if (!usesPairs)
    return getMatrixType(getEntry());
  // Always a copy: where its rows are, the instructions say, and a tile of many
  // rows needs no registers for their addresses.
  auto layout = StridedLayoutAttr::get(element.getContext(), kDynamic,
                                       {getRowScratchType().getDimSize(1), 1});
  return MemRefType::get({kDynamic, kDynamic}, getEntry(), layout);
}

MemRefType ContractionKernel::getPanelType() const {
  return getBlockType(getEntry(), getWidth());
}

MemRefType ContractionKernel::getStoredPanelType() const {
  return getBlockType(columnElement, getWidth());
}

MemRefType ContractionKernel::getRowScratchType() const {
  // Rows a power of two apart would meet in a few sets of the cache.
  constexpr int64_t kGap = 16;
  return MemRefType::get({blockRows, getBlockSteps() + kGap}, getEntry());
}

MemRefType ContractionKernel::getPanelScratchType() const {
  return MemRefType::get({getBlockSteps(), getWidth()}, getEntry());
}

bool ContractionKernel::readsPanelsInPlace() const {
  return source == ColumnSource::Panels && columnElement == getEntry();
}

bool ContractionKernel::readsRowsInPlace() const {
  return rowsContiguous && rowElement == getEntry();
}

std::string ContractionKernel::getTileName(std::optional<int64_t> rows) const {
  return llvm::formatv("{0}x{1}x{2}x{3}{4}", rows.value_or(tile.rows),
                       tile.vectors, tile.vectorLength, element,
                       usesPairs ? "_dot" : "");
}

std::string ContractionKernel::getName() const {
  StringRef kind = source == ColumnSource::Panels ? "panels"
                   : source == ColumnSource::Rows ? "rows"
                                                  : "matrix";
  return llvm::formatv("{0}_{1}{2}_by_{3}_{4}", getTileName(),
                       rowsContiguous ? "" : "strided_", rowElement, kind,
                       columnElement);
}

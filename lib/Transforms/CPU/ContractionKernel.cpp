//===- ContractionKernel.cpp - What a contraction's code depends on -------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionKernel.h"

#include "llvm/Support/FormatVariadic.h"

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
  return getMatrixType(element);
}

MemRefType ContractionKernel::getPanelType() const {
  return getBlockType(element, getWidth());
}

MemRefType ContractionKernel::getStoredPanelType() const {
  return getBlockType(columnElement, getWidth());
}

MemRefType ContractionKernel::getRowScratchType() const {
  // Rows a power of two apart would meet in a few sets of the cache.
  constexpr int64_t kGap = 16;
  return MemRefType::get({blockRows, blockDepth + kGap}, element);
}

MemRefType ContractionKernel::getPanelScratchType() const {
  return MemRefType::get({blockDepth, getWidth()}, element);
}

bool ContractionKernel::readsPanelsInPlace() const {
  return source == ColumnSource::Panels && columnElement == element;
}

bool ContractionKernel::readsRowsInPlace() const {
  return rowsContiguous && rowElement == element;
}

std::string ContractionKernel::getTileName(std::optional<int64_t> rows) const {
  return llvm::formatv("{0}x{1}x{2}x{3}", rows.value_or(tile.rows),
                       tile.vectors, tile.vectorLength, element);
}

std::string ContractionKernel::getName() const {
  StringRef kind = source == ColumnSource::Panels ? "panels"
                   : source == ColumnSource::Rows ? "rows"
                                                  : "matrix";
  return llvm::formatv("{0}_{1}{2}_by_{3}_{4}", getTileName(),
                       rowsContiguous ? "" : "strided_", rowElement, kind,
                       columnElement);
}

//===- Slices.cpp - Sets of slices of an axis -----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Proof/Slices.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace grow::proof;

Slices Slices::all(int64_t size) {
  Slices slices;
  slices.append(0, size);
  return slices;
}

Slices Slices::get(ArrayRef<int64_t> positions, ArrayRef<int64_t> sizes) {
  Slices slices;
  for (auto [position, size] : llvm::zip_equal(positions, sizes))
    slices.append(position, position + size);
  return slices;
}

Slices Slices::get(SmallVector<int64_t> numbers) {
  llvm::sort(numbers);
  Slices slices;
  for (int64_t number : numbers)
    slices.append(number, number + 1);
  return slices;
}

void Slices::append(int64_t begin, int64_t end) {
  if (begin >= end)
    return;
  if (!ranges.empty() && ranges.back().end == begin)
    ranges.back().end = end;
  else
    ranges.push_back({begin, end});
}

int64_t Slices::size() const {
  int64_t size = 0;
  for (Range range : ranges)
    size += range.end - range.begin;
  return size;
}

bool Slices::contains(int64_t slice) const {
  const Range *it = llvm::partition_point(
      ranges, [=](Range range) { return range.end <= slice; });
  return it != ranges.end() && it->begin <= slice;
}

SmallVector<int64_t> Slices::getPositions() const {
  return llvm::map_to_vector(ranges, [](Range range) { return range.begin; });
}

SmallVector<int64_t> Slices::getSizes() const {
  return llvm::map_to_vector(
      ranges, [](Range range) { return range.end - range.begin; });
}

Slices Slices::operator&(const Slices &other) const {
  Slices both;
  const Range *a = ranges.begin(), *b = other.ranges.begin();
  while (a != ranges.end() && b != other.ranges.end()) {
    both.append(std::max(a->begin, b->begin), std::min(a->end, b->end));
    (a->end < b->end ? a : b)++;
  }
  return both;
}

Slices Slices::operator-(const Slices &other) const {
  Slices rest;
  const Range *hole = other.ranges.begin();
  for (Range range : ranges) {
    int64_t begin = range.begin;
    while (hole != other.ranges.end() && hole->end <= begin)
      ++hole;
    for (const Range *it = hole;
         it != other.ranges.end() && it->begin < range.end; ++it) {
      rest.append(begin, it->begin);
      begin = it->end;
    }
    rest.append(begin, range.end);
  }
  return rest;
}

Slices Slices::operator|(const Slices &other) const {
  SmallVector<Range> parts(ranges.begin(), ranges.end());
  llvm::append_range(parts, (other - *this).ranges);
  llvm::sort(parts, [](Range a, Range b) { return a.begin < b.begin; });
  Slices either;
  for (Range part : parts)
    either.append(part.begin, part.end);
  return either;
}

Slices Slices::spread(const Slices &gaps) const {
  Slices result;
  const Range *gap = gaps.ranges.begin();
  int64_t shift = 0;
  for (Range range : ranges) {
    int64_t begin = range.begin;
    // Gaps before the next slice move it, gaps further on split the range.
    for (; gap != gaps.ranges.end() && gap->begin < range.end + shift; ++gap) {
      if (gap->begin > begin + shift) {
        result.append(begin + shift, gap->begin);
        begin = gap->begin - shift;
      }
      shift += gap->end - gap->begin;
    }
    result.append(begin + shift, range.end + shift);
  }
  return result;
}

Slices Slices::compress(const Slices &gaps) const {
  Slices result;
  const Range *gap = gaps.ranges.begin();
  int64_t shift = 0;
  for (Range range : (*this - gaps).ranges) {
    for (; gap != gaps.ranges.end() && gap->end <= range.begin; ++gap)
      shift += gap->end - gap->begin;
    result.append(range.begin - shift, range.end - shift);
  }
  return result;
}

llvm::raw_ostream &grow::proof::operator<<(llvm::raw_ostream &os,
                                           const Slices &slices) {
  llvm::interleaveComma(slices.getRanges(), os, [&](Slices::Range range) {
    os << range.begin;
    if (range.end - range.begin > 1)
      os << ".." << range.end - 1;
  });
  return os;
}

Diagnostic &grow::proof::operator<<(Diagnostic &diag, const Slices &slices) {
  std::string text;
  llvm::raw_string_ostream(text) << slices;
  return diag << text;
}

//===- RegisterTile.cpp - Tiles of accumulators in registers --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RegisterTile.h"

#include "grow/Transforms/CPU/Passes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;

/// The register tile for accumulators of so many bits.
static RegisterTile getTile(unsigned elementBits, unsigned vectorBits) {
  unsigned bits = vectorBits ? vectorBits : getHostVectorBits();
  int64_t length = bits / elementBits;
  // At least as many accumulators as hide the latency of a fused multiply-add
  // on two units; one row of columns and a broadcast entry fit besides.
  if (bits >= 512)
    return {/*rows=*/8, /*vectors=*/2, length};
  // AVX2 has 16 registers. What has fused multiply-adds and no more than 128
  // bits (NEON) has 32: a wider tile loads less for each of them. With a sixth
  // row LLVM spills.
  if (bits >= 256)
    return {/*rows=*/6, /*vectors=*/2, length};
  return {/*rows=*/5, /*vectors=*/4, length};
}

RegisterTile grow::getRegisterTile(Type element, unsigned vectorBits) {
  return getTile(element.getIntOrFloatBitWidth(), vectorBits);
}

RegisterTile grow::getDotTile(unsigned vectorBits) {
  constexpr unsigned kFloatBits = 32;
  RegisterTile tile = getTile(kFloatBits, vectorBits);
  // The panels are the same. 32 registers, whatever the width.
  constexpr int64_t kAccumulators = 24;
  tile.rows = kAccumulators / tile.vectors;
  return tile;
}

int64_t grow::getPanelWidth(unsigned vectorBits) {
  constexpr unsigned kFloatBits = 32;
  return getTile(kFloatBits, vectorBits).getColumns();
}

LogicalResult grow::checkVectorBits(Operation *op, unsigned vectorBits) {
  // Code is written out for each lane of some vectors.
  constexpr unsigned kWidest = 16384;
  if (vectorBits == 0 || (vectorBits >= 128 && vectorBits <= kWidest &&
                          llvm::isPowerOf2_32(vectorBits)))
    return success();
  return emitError(op->getLoc()) << "'vector-bits' is " << vectorBits
                                 << ": expected a power of two from 128 to "
                                 << kWidest << ", or 0 for this machine's";
}

LogicalResult
grow::checkPositive(Operation *op,
                    ArrayRef<std::pair<StringRef, int64_t>> options) {
  for (auto [name, value] : options)
    if (value <= 0)
      return emitError(op->getLoc())
             << "'" << name << "' is " << value << ": expected at least 1";
  return success();
}

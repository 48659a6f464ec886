//===- UniqueFunctions.cpp - Equal functions once -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UniqueFunctions.h"

#include "mlir/IR/OperationSupport.h"

using namespace mlir;
using namespace grow;

/// Of the body's ops: what connects them is left to the comparison.
unsigned UniqueFunctions::EqualBodies::getHashValue(const Operation *op) {
  llvm::hash_code hash(0);
  for (Region &region : const_cast<Operation *>(op)->getRegions())
    region.walk([&](Operation *inside) {
      hash = llvm::hash_combine(
          hash, OperationEquivalence::computeHash(
                    inside, OperationEquivalence::ignoreHashValue,
                    OperationEquivalence::ignoreHashValue,
                    OperationEquivalence::IgnoreLocations));
    });
  return static_cast<unsigned>(hash);
}

bool UniqueFunctions::EqualBodies::isEqual(const Operation *x,
                                           const Operation *y) {
  if (x == y)
    return true;
  if (x == getTombstoneKey() || x == getEmptyKey() || y == getTombstoneKey() ||
      y == getEmptyKey())
    return false;
  return OperationEquivalence::isRegionEquivalentTo(
      &const_cast<Operation *>(x)->getRegion(0),
      &const_cast<Operation *>(y)->getRegion(0),
      OperationEquivalence::IgnoreLocations);
}

func::FuncOp UniqueFunctions::add(func::FuncOp created) {
  auto [equal, isNew] = added.insert(created);
  if (isNew) {
    symbols.insert(created);
    return created;
  }
  created.erase();
  return cast<func::FuncOp>(*equal);
}

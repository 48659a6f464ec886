//===- KeyedFill.h - Keys of random fills -----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_KEYEDFILL_H
#define GROW_IR_KEYEDFILL_H

#include "grow/IR/GrowAttrs.h"

namespace grow {

/// The generator's key for a random fill of the parameter `param`: the first
/// eight bytes, little endian, of the SHA-256 of "seed:name", where the name is
/// the fill's own key if it has one.
uint64_t getFillKey(FillAttrInterface fill, llvm::StringRef param);

/// The same random fill without seed and name, for a key given as a value.
FillAttrInterface getUnkeyedFill(FillAttrInterface fill);

/// The same random fill, keyed by `name` whatever parameter it fills, unless
/// it has a name already. Fills that are not random are returned as they are.
FillAttrInterface getFillKeyedBy(FillAttrInterface fill, llvm::StringRef name);

/// Verifies that every entry that `fill` may have is finite as a number of
/// `type`; emits an error at `op`, which fills with them, if not. Entries that
/// are made of other entries are not looked at.
llvm::LogicalResult verifyEntriesFit(mlir::Operation *op,
                                     FillAttrInterface fill, mlir::Type type);

} // namespace grow

#endif // GROW_IR_KEYEDFILL_H

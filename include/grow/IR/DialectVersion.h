//===- DialectVersion.h - Of the dialect in bytecode ------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_DIALECTVERSION_H
#define GROW_IR_DIALECTVERSION_H

#include "mlir/Bytecode/BytecodeImplementation.h"

namespace grow {

/// Bytecode says which version of the dialect it was written with. The number
/// grows with each change of an op or attribute that an older grow could not
/// read, or would take for something else; the change comes with code in
/// `upgradeFromVersion` that turns what older versions wrote into what it is
/// now. Bytecode of a newer version is an error.
struct GrowDialectVersion : mlir::DialectVersion {
  static constexpr uint64_t kCurrent = 1;

  explicit GrowDialectVersion(uint64_t number = kCurrent) : number(number) {}

  uint64_t number;
};

} // namespace grow

#endif // GROW_IR_DIALECTVERSION_H

//===- GrowDialect.cpp - The grow dialect ---------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowDialect.h"
#include "grow/IR/DialectVersion.h"
#include "grow/IR/GrowOps.h"
#include "grow/IR/KernelOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;
using namespace grow;

#include "grow/IR/GrowDialect.cpp.inc"

namespace {
/// Model ops are pure functions of their operands: they inline anywhere.
struct GrowInlinerInterface : public DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
};

/// Names the attributes that would otherwise be repeated in every layer.
struct GrowAsmInterface : public OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;
  AliasResult getAlias(Attribute attribute, raw_ostream &os) const final {
    if (!isa<RopeAttr>(attribute))
      return AliasResult::NoAlias;
    os << "rope";
    return AliasResult::FinalAlias;
  }
};

/// Says in bytecode which version of the dialect wrote it. Attributes are
/// stored as text.
struct GrowBytecodeInterface : public BytecodeDialectInterface {
  GrowBytecodeInterface(Dialect *dialect) : BytecodeDialectInterface(dialect) {}

  void writeVersion(DialectBytecodeWriter &writer) const final {
    uint64_t number = GrowDialectVersion::kCurrent;
    // What the host asks for, if it does.
    auto version = writer.getDialectVersion<GrowDialect>();
    if (succeeded(version))
      number = static_cast<const GrowDialectVersion *>(*version)->number;
    writer.writeVarInt(number);
  }

  std::unique_ptr<DialectVersion>
  readVersion(DialectBytecodeReader &reader) const final {
    uint64_t number;
    if (failed(reader.readVarInt(number)))
      return nullptr;
    if (number <= GrowDialectVersion::kCurrent)
      return std::make_unique<GrowDialectVersion>(number);
    reader.emitError() << "the bytecode is of version " << number
                       << " of the grow dialect, but this grow reads versions "
                          "up to "
                       << GrowDialectVersion::kCurrent
                       << ": use the grow that wrote it, or a newer one, to "
                          "print it as text";
    return nullptr;
  }
};
} // namespace

void GrowDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "grow/IR/GrowOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "grow/IR/KernelOps.cpp.inc"
      >();
  registerAttributes();
  addInterfaces<GrowInlinerInterface, GrowAsmInterface,
                GrowBytecodeInterface>();
}

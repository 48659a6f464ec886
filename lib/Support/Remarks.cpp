//===- Remarks.cpp - What a pass did, for those who ask -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace grow;

/// Locked only where the context has an engine: nobody waits for remarks that
/// nobody reads.
static std::unique_lock<std::mutex> lockEngine(MLIRContext *context) {
  static std::mutex mutex;
  if (!context->getRemarkEngine())
    return {};
  return std::unique_lock<std::mutex>(mutex);
}

PassedRemark::PassedRemark(Location loc, remark::RemarkOpts options)
    : lock(lockEngine(loc->getContext())),
      inFlight(remark::passed(loc, options.category("grow"))) {}

PassedRemark grow::reportPassed(Location loc, StringRef name) {
  return {loc, remark::RemarkOpts::name(name)};
}

PassedRemark grow::reportPassed(Operation *op, StringRef passName) {
  passName.consume_back("Pass");
  // A function or a module of kernels; a whole model needs no name.
  StringAttr symbol;
  if (!isa<ModuleOp>(op))
    symbol = op->getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
  return {op->getLoc(), remark::RemarkOpts::name(passName).function(
                            symbol ? symbol.getValue() : StringRef())};
}

void grow::reportCount(Operation *op, StringRef passName, int64_t count,
                       StringRef things, StringRef done) {
  if (count != 0)
    reportPassed(op, passName)
        << remark::reason("{0} {1} {2}", count, things, done)
        << remark::metric(things, count);
}

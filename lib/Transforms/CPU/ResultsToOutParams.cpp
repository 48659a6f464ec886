//===- ResultsToOutParams.cpp - Hosts provide the buffers of results ------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace grow {
#define GEN_PASS_DEF_CPURESULTSTOOUTPARAMSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

struct ResultsToOutParams
    : public grow::impl::CPUResultsToOutParamsPassBase<ResultsToOutParams> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTableCollection symbols;
    SymbolUserMap users(symbols, module);
    bufferization::BufferResultsToOutParamsOpts options;
    options.modifyPublicFunctions = true;
    options.hoistDynamicAllocs = true;
    options.hoistStaticAllocs = true;
    options.filterFn = [&](func::FuncOp *function) {
      return function->isPublic() && !function->isExternal() &&
             users.useEmpty(*function);
    };
    int64_t results = countResults();
    if (failed(bufferization::promoteBufferResultsToOutParams(module, options)))
      return signalPassFailure();
    grow::reportCount(getOperation(), getName(), results - countResults(),
                      "results", "stored where hosts say");
  }

  int64_t countResults() {
    int64_t results = 0;
    for (auto function : getOperation().getOps<func::FuncOp>())
      results += function.getNumResults();
    return results;
  }
};

} // namespace

//===- PlanDerivations.cpp - Derivations to functions ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/DerivationPlan.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

namespace grow {
#define GEN_PASS_DEF_PLANDERIVATIONSPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

/// A plan's line for one tensor, as an attribute.
static DictionaryAttr getPlanAttr(Builder &builder, const TensorPlan &plan) {
  NamedAttrList line;
  line.append("tensor", builder.getStringAttr(plan.name));
  if (!plan.copyOf.empty()) {
    line.append("copy", builder.getStringAttr(plan.copyOf));
    return line.getDictionary(builder.getContext());
  }
  SmallVector<StringRef> sources(plan.sources.begin(), plan.sources.end());
  SmallVector<int64_t> keys(plan.keys.begin(), plan.keys.end());
  line.append("function",
              FlatSymbolRefAttr::get(builder.getContext(), plan.function));
  line.append("sources", builder.getStrArrayAttr(sources));
  line.append("keys", builder.getI64ArrayAttr(keys));
  return line.getDictionary(builder.getContext());
}

namespace {
struct PlanDerivationsPass
    : public grow::impl::PlanDerivationsPassBase<PlanDerivationsPass> {
  using PlanDerivationsPassBase::PlanDerivationsPassBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    FailureOr<ModuleOp> sourceModule = find(symbols, source);
    FailureOr<ModuleOp> grownModule = find(symbols, grown);
    if (failed(sourceModule) || failed(grownModule))
      return signalPassFailure();
    FailureOr<DerivationPlan> plan =
        planDerivations(*sourceModule, *grownModule);
    if (failed(plan))
      return signalPassFailure();
    Builder builder(&getContext());
    SmallVector<Attribute> lines;
    for (const TensorPlan &tensor : plan->tensors)
      lines.push_back(getPlanAttr(builder, tensor));
    report(*plan);
    ModuleOp module = plan->module.release();
    module->setAttr("grow.plan", builder.getArrayAttr(lines));
    module.setSymName("derivations");
    symbols.insert(module, getOperation().getBody()->end());
  }

private:
  void report(const DerivationPlan &plan) {
    int64_t copies = llvm::count_if(
        plan.tensors, [](const TensorPlan &t) { return !t.copyOf.empty(); });
    ModuleOp module = plan.module.get();
    auto functions = module.getOps<func::FuncOp>();
    int64_t computations = std::distance(functions.begin(), functions.end());
    int64_t derived = static_cast<int64_t>(plan.tensors.size()) - copies;
    reportPassed(getOperation(), getName())
        << remark::reason("{0} tensors are copied, {1} computed by {2} "
                          "functions",
                          copies, derived, computations)
        << remark::metric("copied", copies)
        << remark::metric("derived", derived)
        << remark::metric("functions", computations);
  }

  FailureOr<ModuleOp> find(SymbolTable &symbols, StringRef name) {
    if (auto module = symbols.lookup<ModuleOp>(name))
      return module;
    return getOperation().emitError()
           << "expects a nested module @" << name << ", but there is none";
  }
};
} // namespace

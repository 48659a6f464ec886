//===- acme-opt.cpp - An optimizer driver of another project --------------===//
//
// Adds the grow dialect, its passes and its pipelines to an opt tool, next to a
// pass of this project: one that widens every MLP and keeps the result only if
// it is proven to compute what the model computed before.
//
//   acme-opt model.mlir --acme-widen-mlps=factor=2
//   acme-opt model.mlir --acme-widen-mlps --convert-grow-to-linalg
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/Schedule.h"
#include "grow/InitAll.h"
#include "grow/Proof/Prove.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

using namespace mlir;

namespace {
struct WidenMLPsPass : PassWrapper<WidenMLPsPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WidenMLPsPass)

  WidenMLPsPass() = default;
  WidenMLPsPass(const WidenMLPsPass &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "acme-widen-mlps"; }
  StringRef getDescription() const final {
    return "Widen every MLP, and prove that this changes nothing";
  }

  Option<int64_t> factor{*this, "factor", llvm::cl::init(2),
                         llvm::cl::desc("Units for each that there is")};

  void runOnOperation() override {
    ModuleOp module = getOperation();
    OwningOpRef<ModuleOp> source = module.clone();
    grow::SizeRequest request;
    request.mlp = 0;
    module.walk([&](grow::MLPOp mlp) {
      request.mlp = std::max(*request.mlp, getUnits(mlp) * factor);
    });
    if (request.mlp == 0) {
      module.emitError() << "expected a model with a 'grow.mlp'";
      return signalPassFailure();
    }
    // All expansions that these sizes take are applied, or the module stays as
    // it is.
    if (failed(grow::applySchedules(/*schedules=*/{}, module, &request)))
      return signalPassFailure();
    FailureOr<grow::Certificate> proof = grow::proveGrowth(*source, module);
    if (failed(proof))
      return signalPassFailure();
    module->setAttr(grow::proofAttrName, proof->toAttribute(&getContext()));
  }

private:
  static int64_t getUnits(grow::MLPOp mlp) {
    return cast<RankedTensorType>(mlp.getUp().getType()).getDimSize(1);
  }
};
} // namespace

int main(int argc, char **argv) {
  DialectRegistry registry;
  registry.insert<linalg::LinalgDialect>();
  grow::registerAllDialects(registry);
  grow::registerAllPasses();
  PassRegistration<WidenMLPsPass>();
  return asMainReturnCode(MlirOptMain(
      argc, argv, "acme: a compiler that grows models\n", registry));
}

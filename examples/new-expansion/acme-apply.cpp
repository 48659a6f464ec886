//===- acme-apply.cpp - A larger checkpoint -------------------------------===//
//
// Grows a checkpoint by a schedule that may have expansions of our own:
//
//   acme-apply SOURCE OUT SCHEDULE.mlir [ARCHITECTURE.json]
//
// Nothing is written that is not proven to compute what the source does.
//
//===----------------------------------------------------------------------===//

#include "Acme.h"
#include "grow/Checkpoint/CheckpointDir.h"
#include "grow/Checkpoint/Export.h"
#include "grow/Execution/CompiledModule.h"
#include "grow/Execution/GrownCheckpoint.h"
#include "grow/Expansion/Schedule.h"
#include "grow/InitAll.h"
#include "grow/Proof/Prove.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  grow::registerAllDialects(registry);
  grow::registerCompilation(registry);
  acme::registerDialect(registry);
  return registry;
}

static LogicalResult fail(llvm::Error error) {
  llvm::errs() << "error: " << llvm::toString(std::move(error)) << '\n';
  return failure();
}

static LogicalResult growCheckpoint(MLIRContext &context, StringRef source,
                                    StringRef out, StringRef schedule,
                                    const grow::ImportOptions &options) {
  auto checkpoint = grow::CheckpointDir::open(source);
  if (!checkpoint)
    return fail(checkpoint.takeError());
  auto before = grow::importCheckpoint(*checkpoint, &context, options);
  auto schedules = parseSourceFile<ModuleOp>(schedule, &context);
  if (failed(before) || !schedules)
    return failure();

  // The model grows: types change, and parameters say what they are made of.
  OwningOpRef<ModuleOp> after = before->get().clone();
  if (failed(grow::applySchedules(
          llvm::to_vector(schedules->getOps<grow::ScheduleOp>()), *after)))
    return failure();
  auto config = grow::exportConfig(*checkpoint, **before, *after, options);
  if (failed(config))
    return failure();

  auto proof = grow::proveGrowth(**before, *after);
  if (failed(proof))
    return failure();
  llvm::outs() << "proven: " << proof->getStatement() << '\n';

  // The weights are computed from file to file.
  auto plan = grow::planDerivations(**before, *after);
  if (failed(plan))
    return failure();
  if (llvm::Error error =
          grow::writeGrownCheckpoint(*checkpoint, *plan, *config, out, {}))
    return fail(std::move(error));
  return success();
}

int main(int argc, char **argv) {
  if (argc < 4 || argc > 5) {
    llvm::errs() << "usage: " << argv[0]
                 << " SOURCE OUT SCHEDULE.mlir [ARCHITECTURE.json]\n";
    return 2;
  }
  MLIRContext context(makeRegistry());
  context.loadAllAvailableDialects();
  llvm::SourceMgr sourceMgr;
  SourceMgrDiagnosticHandler diagnostics(sourceMgr, &context);
  grow::ImportOptions options;
  if (argc == 5)
    options.architectureFile = argv[4];
  return failed(growCheckpoint(context, argv[1], argv[2], argv[3], options));
}

//===- acme-grow.cpp - Grows a model and proves it ------------------------===//
//
// Calls the library without any pass: reads a model, gives its MLPs another
// width, proves that it computes the same, and prints it.
//
//   acme-grow model.mlir 48
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Schedule.h"
#include "grow/IR/GrowDialect.h"
#include "grow/Proof/Prove.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;

/// What expansions need of a context: the dialect, and what its ops do.
static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registry.insert<grow::GrowDialect>();
  grow::registerExpansionExternalModels(registry);
  return registry;
}

int main(int argc, char **argv) {
  grow::SizeRequest request;
  int64_t units;
  if (argc != 3 || StringRef(argv[2]).getAsInteger(10, units) || units < 1) {
    llvm::errs() << "usage: " << argv[0] << " MODEL.mlir UNITS\n";
    return 2;
  }
  request.mlp = units;

  MLIRContext context(makeRegistry());
  context.loadAllAvailableDialects();
  auto source = parseSourceFile<ModuleOp>(argv[1], &context);
  if (!source)
    return 1;
  OwningOpRef<ModuleOp> grown = source->clone();
  if (failed(grow::applySchedules({}, *grown, &request)))
    return 1;
  FailureOr<grow::Certificate> proof = grow::proveGrowth(*source, *grown);
  if (failed(proof))
    return 1;
  llvm::errs() << "proven: " << proof->getStatement() << '\n';
  grown->print(llvm::outs());
}

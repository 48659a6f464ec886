//===- acme-opt.cpp - grow-opt, with the expansion and the lemma ----------===//

#include "Acme.h"
#include "grow/InitAll.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  grow::registerAllDialects(registry);
  grow::registerAllPasses();
  acme::registerDialect(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "acme: grow, and an expansion of our own\n", registry));
}

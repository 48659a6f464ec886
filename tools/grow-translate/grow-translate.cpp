//===- grow-translate.cpp - The translation driver ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Import.h"
#include "grow/Transforms/BlocksToSVG.h"
#include "mlir/InitAllTranslations.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"

static llvm::cl::list<std::string> drawnParams(
    "draw", llvm::cl::CommaSeparated,
    llvm::cl::desc("With --blocks-to-svg: the parameters to draw (default: "
                   "all that have changed)"),
    llvm::cl::value_desc("parameter,..."));

/// Registers --blocks-to-svg.
static void registerDrawing() {
  static mlir::TranslateFromMLIRRegistration registration(
      "blocks-to-svg", "draw what the parameters of a grown model are made of",
      [](mlir::ModuleOp module, llvm::raw_ostream &os) {
        return grow::printBlocksAsSVG(module, drawnParams, os);
      },
      grow::registerImportDialects);
}

int main(int argc, char **argv) {
  mlir::registerAllTranslations();
  grow::registerImportTranslation();
  registerDrawing();
  return mlir::failed(
      mlir::mlirTranslateMain(argc, argv, "grow: translations\n"));
}

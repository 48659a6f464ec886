//===- grow-print.cpp - Parses a file of grow ops and prints it -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowDialect.h"
#include "grow/IR/GrowOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  mlir::MLIRContext context;
  context.loadDialect<grow::GrowDialect>();
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!module)
    return 1;
  for (auto param : module->getOps<grow::ParamOp>())
    llvm::outs() << param.getSymName() << ": " << param.getTensorType() << '\n';
  module->print(llvm::outs());
}

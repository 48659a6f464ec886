//===- ContractionRoutines.h - Functions that multiply ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A contraction adds `rows x depth` times `depth x columns` to `rows x
// columns`. Columns are cut into panels as wide as the register tile, depth
// into blocks such that a block of a panel stays in the first-level cache while
// all rows pass by it (Goto and van de Geijn). Rows are read in place.
//
// The loops are functions of the module, shared by all contractions they fit: a
// model has hundreds of contractions of few kinds, and LLVM would spend most of
// its time on copies of the same unrolled code.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_CONTRACTIONROUTINES_H
#define GROW_LIB_TRANSFORMS_CPU_CONTRACTIONROUTINES_H

#include "../Utils/LoopBuilder.h"
#include "ContractionKernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace grow {

/// The functions of a module that its contractions share. Each is emitted when
/// it is first asked for.
class ContractionRoutines {
public:
  explicit ContractionRoutines(mlir::ModuleOp module) : symbols(module) {}

  /// The function `multiply(rows, columns, result, accumulate)`: adds the
  /// product to `result`, or writes it there if `accumulate` is false. Its
  /// arguments have the types that the kernel says.
  mlir::func::FuncOp getMultiply(const ContractionKernel &kernel);

  /// What the functions above are made of: the function that was emitted under
  /// this name before or, at the first time, one that `emit` fills.
  mlir::func::FuncOp
  getOrEmit(llvm::StringRef name, llvm::ArrayRef<mlir::Type> arguments,
            llvm::function_ref<void(LoopBuilder &, mlir::ValueRange)> emit);

private:
  mlir::func::FuncOp create(llvm::StringRef name,
                            llvm::ArrayRef<mlir::Type> arguments);

  mlir::SymbolTable symbols;
  llvm::StringMap<mlir::func::FuncOp> functions;
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_CPU_CONTRACTIONROUTINES_H

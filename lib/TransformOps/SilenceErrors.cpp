//===- SilenceErrors.cpp - From errors to silenceable failures ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SilenceErrors.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace grow;

DiagnosedSilenceableFailure
transform_ops::detail::silenceErrors(Operation *op,
                                     function_ref<LogicalResult()> action) {
  SmallVector<Diagnostic> errors;
  auto run = [&] {
    uint64_t thread = llvm::get_threadid();
    ScopedDiagnosticHandler handler(op->getContext(), [&](Diagnostic &diag) {
      // What other passes report meanwhile is not ours.
      if (llvm::get_threadid() != thread ||
          diag.getSeverity() != DiagnosticSeverity::Error)
        return failure();
      errors.push_back(std::move(diag));
      return success();
    });
    return action();
  };
  if (succeeded(run()))
    return DiagnosedSilenceableFailure::success();
  if (errors.empty())
    return emitSilenceableFailure(op) << "'" << op->getName() << "' is refused";
  return DiagnosedSilenceableFailure::silenceableFailure(std::move(errors));
}

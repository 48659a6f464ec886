//===- Dialects.cpp - Contexts that know grow -----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow-c/Dialects.h"
#include "Handles.h"
#include "grow/Execution/CompiledModule.h"
#include "grow/InitAll.h"
#include "mlir/CAPI/Registration.h"
#include "mlir/IR/Verifier.h"
#include "mlir/InitAllPasses.h"
#include <mutex>

using namespace mlir;
using namespace grow;
using namespace grow::capi;

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Grow, grow, grow::GrowDialect)

/// All that the functions of this API need of a context.
static const DialectRegistry &getRegistry() {
  static const DialectRegistry *registry = [] {
    auto *made = new DialectRegistry;
    registerCompilation(*made);
    grow::registerAllDialects(*made);
    return made;
  }();
  return *registry;
}

MlirStringRef growGetVersion(void) { return wrap(StringRef(GROW_VERSION)); }

MlirLogicalResult growContextLoadDialects(MlirContext handle) {
  MLIRContext *context = unwrap(handle);
  if (!context)
    return mlirLogicalResultFailure();
  context->appendDialectRegistry(getRegistry());
  context->loadAllAvailableDialects();
  // Modules of a checkpoint have no text that an error could point into.
  context->printOpOnDiagnostic(false);
  return mlirLogicalResultSuccess();
}

void growRegisterPasses(void) {
  static std::once_flag once;
  std::call_once(once, [] {
    mlir::registerAllPasses();
    grow::registerAllPasses();
  });
}

InFlightDiagnostic capi::emitError(MLIRContext *context) {
  return mlir::emitError(UnknownLoc::get(context));
}

LogicalResult capi::report(MLIRContext *context, llvm::Error error) {
  return capi::emitError(context) << llvm::toString(std::move(error));
}

LogicalResult capi::checkContext(MLIRContext *context) {
  if (!context)
    return failure();
  if (context->getLoadedDialect<GrowDialect>() &&
      getRegistry().isSubsetOf(context->getDialectRegistry()))
    return success();
  return capi::emitError(context)
         << "the context lacks what grow needs: call growContextLoadDialects "
            "when it has been created";
}

LogicalResult capi::checkModule(ModuleOp module) {
  if (!module || failed(checkContext(module.getContext())))
    return failure();
  return verify(module);
}

LogicalResult capi::checkSameContext(MLIRContext *context, MLIRContext *other,
                                     StringRef what) {
  if (context == other)
    return success();
  return capi::emitError(context)
         << "expected " << what << " of this context, found one of another";
}

std::optional<StringRef> capi::getString(MLIRContext *context, StringRef what,
                                         MlirStringRef string) {
  if (string.data || string.length == 0)
    return unwrap(string);
  capi::emitError(context) << "expected " << what << ", found a null string of "
                           << string.length << " bytes";
  return std::nullopt;
}

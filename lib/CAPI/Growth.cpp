//===- Growth.cpp - Expanding, proving, lowering --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow-c/Growth.h"
#include "Handles.h"
#include "grow/Checkpoint/Export.h"
#include "grow/Proof/Prove.h"
#include "grow/Transforms/Expand.h"
#include "grow/Transforms/Passes.h"
#include "mlir/CAPI/Utils.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace grow;
using namespace grow::capi;

DEFINE_C_API_PTR_METHODS(GrowProof, grow::Certificate)

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

static std::unique_ptr<Pass> makeExpandPass(const Checkpoint *checkpoint) {
  if (!checkpoint)
    return createExpandPass();
  return createExpandPass([checkpoint](SizeRequest &request, uint64_t seed) {
    return completeRequest(request, *checkpoint->dir, seed, checkpoint->context,
                           checkpoint->options);
  });
}

/// Why options cannot be read. MLIR says so unless it is for a value, which
/// LLVM's parsers of command lines tell nobody but stderr.
static std::string getReason(StringRef said) {
  constexpr StringLiteral kWrongValue =
      "expected values of the options' types: sizes are decimal integers of 64 "
      "bits, others are listed in docs/Passes";
  std::string reason = said.trim().str();
  if (reason.empty())
    return kWrongValue.str();
  if (said.contains("with options"))
    reason += (": " + kWrongValue).str();
  return reason;
}

MlirLogicalResult growExpand(MlirModule handle, MlirStringRef optionsText,
                             GrowCheckpoint checkpoint) {
  ModuleOp module = unwrap(handle);
  if (failed(checkModule(module)))
    return mlirLogicalResultFailure();
  MLIRContext *context = module.getContext();
  if (unwrap(checkpoint) &&
      failed(checkSameContext(context, unwrap(checkpoint)->context,
                              "a checkpoint")))
    return mlirLogicalResultFailure();
  std::optional<StringRef> options =
      getString(context, "options of grow-expand", optionsText);
  if (!options)
    return mlirLogicalResultFailure();
  std::unique_ptr<Pass> pass = makeExpandPass(unwrap(checkpoint));
  auto fail = [&](const Twine &message) {
    return capi::emitError(context)
           << "cannot read '" << *options
           << "' as options of grow-expand: " << getReason(message.str());
  };
  if (failed(pass->initializeOptions(*options, fail)))
    return mlirLogicalResultFailure();
  PassManager passes(context, ModuleOp::getOperationName());
  passes.addPass(std::move(pass));
  return wrap(passes.run(module));
}

MlirLogicalResult growRunPasses(MlirModule handle, MlirStringRef pipeline) {
  ModuleOp module = unwrap(handle);
  if (failed(checkModule(module)))
    return mlirLogicalResultFailure();
  MLIRContext *context = module.getContext();
  std::optional<StringRef> text =
      getString(context, "a pipeline of passes", pipeline);
  if (!text)
    return mlirLogicalResultFailure();
  growRegisterPasses();
  // Passes alone are on modules.
  std::string anchored = text->trim().starts_with("builtin.module(")
                             ? text->str()
                             : "builtin.module(" + text->str() + ")";
  std::string errors;
  llvm::raw_string_ostream os(errors);
  FailureOr<OpPassManager> parsed = parsePassPipeline(anchored, os);
  if (failed(parsed)) {
    capi::emitError(context)
        << "cannot read the pipeline '" << *text << "': " << getReason(errors);
    return mlirLogicalResultFailure();
  }
  PassManager passes(context, ModuleOp::getOperationName());
  static_cast<OpPassManager &>(passes) = std::move(*parsed);
  return wrap(passes.run(module));
}

//===----------------------------------------------------------------------===//
// Proofs
//===----------------------------------------------------------------------===//

GrowProof growProve(MlirModule sourceHandle, MlirModule grownHandle) {
  ModuleOp source = unwrap(sourceHandle), grown = unwrap(grownHandle);
  if (failed(checkModule(source)) || failed(checkModule(grown)))
    return {nullptr};
  if (source.getContext() != grown.getContext()) {
    capi::emitError(grown.getContext())
        << "expected two modules of one context to compare";
    return {nullptr};
  }
  FailureOr<Certificate> proof = proveGrowth(source, grown);
  if (failed(proof))
    return {nullptr};
  return wrap(new Certificate(std::move(*proof)));
}

void growProofDestroy(GrowProof proof) { delete unwrap(proof); }

GrowExactness growProofGetExactness(GrowProof proof) {
  if (growProofIsNull(proof))
    return GROW_EXACTNESS_NONE;
  return unwrap(proof)->exactness == proof::Exactness::Bits
             ? GROW_EXACTNESS_BITS
             : GROW_EXACTNESS_REALS;
}

int64_t growProofGetNewLogits(GrowProof proof) {
  return growProofIsNull(proof) ? 0 : unwrap(proof)->newLogits;
}

bool growProofNarrowsDomain(GrowProof proof) {
  return !growProofIsNull(proof) && unwrap(proof)->narrowsDomain;
}

void growProofPrint(GrowProof proof, MlirStringCallback callback,
                    void *userData) {
  if (growProofIsNull(proof) || !callback)
    return;
  mlir::detail::CallbackOstream os(callback, userData);
  unwrap(proof)->print(os);
}

void growProofPrintJSON(GrowProof proof, MlirStringCallback callback,
                        void *userData) {
  if (growProofIsNull(proof) || !callback)
    return;
  mlir::detail::CallbackOstream os(callback, userData);
  os << llvm::formatv("{0:2}", llvm::json::Value(unwrap(proof)->toJSON()));
}

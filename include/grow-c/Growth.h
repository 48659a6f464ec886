/*===-- grow-c/Growth.h - Expanding, proving, lowering ---------*- C -*-===*\
|*                                                                            *|
|* Part of grow, under the Apache License v2.0 with LLVM Exceptions.          *|
|* See the LICENSE file for license information.                              *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef GROW_C_GROWTH_H
#define GROW_C_GROWTH_H

#include "grow-c/Checkpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Makes the model in `module` grow, as the pass `grow-expand` with these
 * options does: `mlp=512 layers=+2` asks for sizes, `schedule=bigger` applies
 * the schedule @bigger of the module, and no options apply all of its
 * schedules. `docs/Passes/Transforms.md` lists them.
 *
 * `checkpoint` is the one that the module was imported from, or null. With it,
 * what the options leave open is chosen so that the checkpoint's configuration
 * can express the result: how new weights are drawn, frequencies of wider
 * rotary embeddings, and what layer norms read.
 *
 * All or nothing: after an error the module is what it was. After success the
 * module's ops are new, and handles to the old ones are invalid. */
MLIR_CAPI_EXPORTED MlirLogicalResult growExpand(MlirModule module,
                                                MlirStringRef options,
                                                GrowCheckpoint checkpoint);

/** A proof that one model computes what another one does. */
typedef struct GrowProof {
  void *ptr;
} GrowProof;

static inline bool growProofIsNull(GrowProof proof) { return !proof.ptr; }

/** In which sense both compute the same. */
typedef enum GrowExactness {
  /** There is no proof. */
  GROW_EXACTNESS_NONE = 0,
  /** Bit for bit in floating point, if sums are taken in the order of their
   * index, and but for the sign of zeros. */
  GROW_EXACTNESS_BITS = 1,
  /** In real numbers. In floating point both round differently. */
  GROW_EXACTNESS_REALS = 2
} GrowExactness;

/** Proves that `grown` computes what `source` does, for all inputs and all
 * weights of the source, whatever that has grown from: to grow in several
 * steps, compare with the model before the first, or import what was written.
 * Both must be of one context. Null if there is no proof, after an error that
 * says where it ends. Neither module changes. */
MLIR_CAPI_EXPORTED GrowProof growProve(MlirModule source, MlirModule grown);
MLIR_CAPI_EXPORTED void growProofDestroy(GrowProof proof);

/** What was proven. */
MLIR_CAPI_EXPORTED GrowExactness growProofGetExactness(GrowProof proof);
/** How many logits the grown model adds; the others are the source's. */
MLIR_CAPI_EXPORTED int64_t growProofGetNewLogits(GrowProof proof);
/** Whether the proof is about tokens and positions that the source knows, since
 * the grown model knows more. */
MLIR_CAPI_EXPORTED bool growProofNarrowsDomain(GrowProof proof);
/** Passes the certificate, a text of several lines, to `callback`. */
MLIR_CAPI_EXPORTED void
growProofPrint(GrowProof proof, MlirStringCallback callback, void *userData);
/** Passes the certificate as JSON, as `growth.json` has it. */
MLIR_CAPI_EXPORTED void growProofPrintJSON(GrowProof proof,
                                           MlirStringCallback callback,
                                           void *userData);

/** Runs passes and pipelines, of grow and of MLIR, on the module. They are
 * named as on the command line of grow-opt: `grow-externalize-params,
 * convert-grow-to-linalg,grow-to-llvm`, or `builtin.module(...)` around them.
 * After an error in a pass the module is what the pass left. */
MLIR_CAPI_EXPORTED MlirLogicalResult growRunPasses(MlirModule module,
                                                   MlirStringRef pipeline);

#ifdef __cplusplus
}
#endif

#endif /* GROW_C_GROWTH_H */

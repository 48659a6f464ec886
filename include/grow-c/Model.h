/*===-- grow-c/Model.h - Running models ------------------------*- C -*-===*\
|*                                                                            *|
|* Part of grow, under the Apache License v2.0 with LLVM Exceptions.          *|
|* See the LICENSE file for license information.                              *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef GROW_C_MODEL_H
#define GROW_C_MODEL_H

#include "grow-c/Checkpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Machine code of a model for this machine's CPU, and what its parameters are
 * bound to. */
typedef struct GrowModel {
  void *ptr;
} GrowModel;

static inline bool growModelIsNull(GrowModel model) { return !model.ptr; }

/** Compiles the function `forward` of `module`, which maps token numbers, batch
 * x sequence, or images to logits; null after an error. The module is left as
 * it is. Parameters that do not say where they are stored are stored under
 * their own names. Machine code is kept in $GROW_CACHE_DIR or the user's
 * directory of caches. */
MLIR_CAPI_EXPORTED GrowModel growModelCompile(MlirModule module);
/** Must not be called during a run. */
MLIR_CAPI_EXPORTED void growModelDestroy(GrowModel model);

/** Calls `callback` with the name and the type of each stored tensor that the
 * model reads. */
MLIR_CAPI_EXPORTED void growModelForEachParameter(
    GrowModel model,
    void (*callback)(MlirStringRef name, MlirType type, void *userData),
    void *userData);

/** Takes the parameters from a checkpoint, whose files stay mapped as long as
 * the model lives. A model that was bound before is bound anew; after an error
 * it is not bound. Must not be called during a run. */
MLIR_CAPI_EXPORTED MlirLogicalResult
growModelBindCheckpoint(GrowModel model, GrowCheckpoint checkpoint);

/** A tensor in memory of the caller: row-major, in the machine's byte order. */
typedef struct GrowTensor {
  MlirStringRef name;
  const void *data;
  /** Of the data, in bytes. */
  size_t size;
} GrowTensor;

/** Takes the parameters from memory, which must stay as it is until the model
 * is bound to something else or destroyed. Each tensor that the model reads
 * must be there, with as many bytes as its type has; others are not read. */
MLIR_CAPI_EXPORTED MlirLogicalResult growModelBindTensors(
    GrowModel model, intptr_t count, const GrowTensor *tensors);

/** How many logits each token has; 0 of a null model. */
MLIR_CAPI_EXPORTED int64_t growModelGetVocabulary(GrowModel model);
/** The longest sequence, or 0 if any length will do. */
MLIR_CAPI_EXPORTED int64_t growModelGetPositions(GrowModel model);
/** f64, f32, f16 or bf16. */
MLIR_CAPI_EXPORTED MlirType growModelGetLogitsType(GrowModel model);
/** The type of the images that the model reads, the batch being its first axis;
 * null if it reads token numbers. */
MLIR_CAPI_EXPORTED MlirType growModelGetImageType(GrowModel model);

/** Runs a model that is bound: `ids` holds batch x sequence token numbers, row
 * by row, and `logits` gets batch x sequence x vocabulary numbers of the
 * model's type, which must be `size` bytes.
 *
 * Any number of threads may run one model at once. Each run uses all cores; how
 * many there are changes no bit of the result. */
MLIR_CAPI_EXPORTED MlirLogicalResult growModelRun(GrowModel model,
                                                  const int64_t *ids,
                                                  int64_t batch,
                                                  int64_t sequence,
                                                  void *logits, size_t size);

/** The same for a model of images: `pixels` holds `batch` of them, in
 * `pixelsSize` bytes, and `logits` gets batch x vocabulary numbers. */
MLIR_CAPI_EXPORTED MlirLogicalResult
growModelRunImages(GrowModel model, const void *pixels, size_t pixelsSize,
                   int64_t batch, void *logits, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* GROW_C_MODEL_H */

/*===-- grow-c/Checkpoint.h - Reading and writing checkpoints --*- C -*-===*\
|*                                                                            *|
|* Part of grow, under the Apache License v2.0 with LLVM Exceptions.          *|
|* See the LICENSE file for license information.                              *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef GROW_C_CHECKPOINT_H
#define GROW_C_CHECKPOINT_H

#include "grow-c/Dialects.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A checkpoint that is open: a directory with `config.json` and safetensors
 * files, which are mapped and must not be made shorter while it is. */
typedef struct GrowCheckpoint {
  void *ptr;
} GrowCheckpoint;

static inline bool growCheckpointIsNull(GrowCheckpoint checkpoint) {
  return !checkpoint.ptr;
}

/** Opens the checkpoint in `directory`; null after an error. */
MLIR_CAPI_EXPORTED GrowCheckpoint growCheckpointOpen(MlirContext context,
                                                     MlirStringRef directory);

/** Closes it. A model that is bound to it may still be run. */
MLIR_CAPI_EXPORTED void growCheckpointDestroy(GrowCheckpoint checkpoint);

/** Lets the model be described by an architecture file (docs/Extending.md)
 * instead of one of those that are built in. It is read by growCheckpointImport
 * and growCheckpointWriteGrown from now on, which say what is wrong with it. */
MLIR_CAPI_EXPORTED MlirLogicalResult
growCheckpointSetArchitecture(GrowCheckpoint checkpoint, MlirStringRef file);

/** Lets a key stand in `config.json` although grow does not know what it means,
 * which is an error otherwise. Call it once for each key. */
MLIR_CAPI_EXPORTED MlirLogicalResult
growCheckpointIgnoreConfigKey(GrowCheckpoint checkpoint, MlirStringRef key);

/** The model in the checkpoint, as a module with the function `forward` and a
 * `grow.param` for each parameter; null after an error. It computes in
 * `elementType`, one of f64, f32, f16 and bf16, or if that is null in the type
 * that the weights are stored in. */
MLIR_CAPI_EXPORTED MlirModule growCheckpointImport(GrowCheckpoint checkpoint,
                                                   MlirType elementType);

/** Writes a new checkpoint, in a directory that does not exist yet: that of
 * `grown`, a model that has grown from the one which growCheckpointImport makes
 * of `source` without an element type.
 *
 * Before anything is written it is proven that `grown` computes what the source
 * does. New weights that no gradient would ever reach are an error, unless
 * `allowDead`. So is a model that the configuration cannot express. The
 * directory appears as a whole or not at all, with `growth.mlir` and
 * `growth.json`, which say what each weight is made of and what was proven.
 *
 * Uses all cores, and keeps machine code in $GROW_CACHE_DIR or the user's
 * directory of caches. `grown` is left as it is. */
MLIR_CAPI_EXPORTED MlirLogicalResult
growCheckpointWriteGrown(GrowCheckpoint source, MlirModule grown,
                         MlirStringRef directory, bool allowDead);

#ifdef __cplusplus
}
#endif

#endif /* GROW_C_CHECKPOINT_H */

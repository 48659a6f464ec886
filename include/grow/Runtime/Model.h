//===- Model.h - Running models that were compiled ahead --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the functions of a compiled model call, in plain C; docs/Compile.md says
// how they look to who uses one. Functions that return an int return 0, or 1
// after an error, whose text growModelError() then has.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_RUNTIME_MODEL_H
#define GROW_RUNTIME_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A function of the model: buffers and sizes come in slots of eight bytes, see
/// the pass `grow-cpu-pass-pointers`; results are buffers of the caller.
typedef void (*GrowModelFunction)(uint64_t *slots);

/// A model as an object file holds it.
typedef struct GrowModelCode {
  /// What the model reads and how it is called, in JSON.
  const char *manifest;
  uint64_t manifestBytes;
  /// The functions that the manifest lists, in its order.
  const GrowModelFunction *functions;
} GrowModelCode;

/// A model with its parameters. Any number of threads may run it at once.
typedef struct GrowModel GrowModel;

/// Maps the parameters in `checkpoint`, a safetensors file or a directory with
/// model.safetensors or its index, checks that they are what the model reads,
/// and prepares those that its kernels want in another layout. The files must
/// not be made shorter while the model is open.
int growModelOpen(const GrowModelCode *code, const char *checkpoint,
                  GrowModel **model);
/// The same, for a model that was compiled for a GPU, on the device of this
/// index of growDeviceList or on GROW_DEVICE_DEFAULT (see
/// grow/Runtime/Device.h). All parameters are copied to its memory.
int growModelOpenOnDevice(const GrowModelCode *code, const char *checkpoint,
                          uint32_t device, GrowModel **model);
/// Gives everything back. A null model is fine.
void growModelClose(GrowModel *model);

/// What this thread's last call that failed says; empty before.
const char *growModelError(void);

/// Writes the logits of token numbers, batch x sequence, row-major, to
/// `logits`: batch x sequence x vocabulary, of the type that the manifest says.
int growModelForward(const GrowModel *model, const int64_t *ids, int64_t batch,
                     int64_t sequence, void *logits);
/// Begins that on a model that was opened on a device, and leaves the logits
/// there: `*logits` is their address in the device's memory, for CUDA a device
/// pointer. They are complete when growModelWait returns, and stay until the
/// next call of this function or until the model is closed.
int growModelStart(const GrowModel *model, const int64_t *ids, int64_t batch,
                   int64_t sequence, uint64_t *logits);
/// Waits for what was begun. Fails if any of it did.
int growModelWait(const GrowModel *model);
/// The same as growModelForward for a model that reads images of one size.
int growModelForwardImages(const GrowModel *model, const void *images,
                           int64_t batch, void *logits);

#ifdef __cplusplus
}
#endif

#endif // GROW_RUNTIME_MODEL_H

/*===-- grow-c/Dialects.h - Contexts that know grow ------------*- C -*-===*\
|*                                                                            *|
|* Part of grow, under the Apache License v2.0 with LLVM Exceptions.          *|
|* See the LICENSE file for license information.                              *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef GROW_C_DIALECTS_H
#define GROW_C_DIALECTS_H

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What holds for all of grow's C API, which libGrowC.so exports together with
 * the core of MLIR's (contexts, locations, diagnostics, types, attributes, ops,
 * modules, pass managers):
 *
 * Errors. A function that fails returns a failure or a null handle, and says
 * why through the handlers of diagnostics that are attached to the context; if
 * none is, on stderr. Where a value of a pass's option cannot be read, LLVM
 * prints a line on stderr besides. No handle that is null, no size that makes
 * no sense and no module that is invalid does more than that; only an error
 * about a null context or null handle has no context to be said in, and is not
 * said. Running out of memory ends the process, as everywhere in LLVM.
 *
 * Ownership. Handles that a function named create, open, import, prove or
 * compile returns belong to the caller, who destroys them once, before the
 * context; destroying a null handle does nothing. Strings and arrays that are
 * passed in are read before the call returns, unless it is said otherwise.
 *
 * Contexts. Handles that are passed to one function must be of one context; if
 * they are not, it says so and fails.
 *
 * Threads. One context, with all that belongs to it, is for one thread at a
 * time, but for growModelRun. Contexts are independent of each other. */

MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(Grow, grow);

/** The version of this library, such as `0.1.0`. The text is never freed. */
MLIR_CAPI_EXPORTED MlirStringRef growGetVersion(void);

/** Registers and loads in a context what the functions of this API need: the
 * grow dialect with everything attached to it, and MLIR's dialects. To be
 * called once, after which modules may be parsed and imported; calling it again
 * does nothing. Errors about an op do not print it any more. The dialect's
 * handle alone is enough to read and print modules. */
MLIR_CAPI_EXPORTED MlirLogicalResult
growContextLoadDialects(MlirContext context);

/** Registers grow's and MLIR's passes and pipelines by their names, in the
 * whole process; growRunPasses does it by itself. May be called by any thread,
 * any number of times. */
MLIR_CAPI_EXPORTED void growRegisterPasses(void);

#ifdef __cplusplus
}
#endif

#endif /* GROW_C_DIALECTS_H */

//===- ArchitectureReader.h - From JSON to an architecture ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_ARCHITECTUREREADER_H
#define GROW_LIB_CHECKPOINT_ARCHITECTUREREADER_H

#include "Architecture.h"

namespace grow::detail {

/// Reads the text of an architecture file into `arch`, which already has what
/// `common`, the configuration keys of all models, says.
llvm::Error readArchitecture(llvm::StringRef file, llvm::StringRef text,
                             llvm::StringRef common, Architecture &arch);

/// Checks what one part of an architecture says of another, and notes in its
/// blocks where they are called.
llvm::Error checkArchitecture(Architecture &arch);

/// The names of the sizes of a parameter's axes.
llvm::SmallVector<llvm::StringRef> getSizeNames(const ParamRole &role);

} // namespace grow::detail

#endif // GROW_LIB_CHECKPOINT_ARCHITECTUREREADER_H

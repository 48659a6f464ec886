//===- Processor.cpp - What this machine can run --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Processor.h"

using namespace grow::runtime;

/// Whether this processor has a feature; true of one that is not known here.
static bool supports([[maybe_unused]] const std::string &feature) {
#ifdef __x86_64__
#define GROW_X86_FEATURE(NAME)                                                 \
  if (feature == NAME)                                                         \
    return __builtin_cpu_supports(NAME);
#include "grow/Runtime/X86Features.def"
#undef GROW_X86_FEATURE
#endif
  return true;
}

Status grow::runtime::checkProcessor(const Manifest &manifest) {
  std::string missing;
  for (const std::string &feature : manifest.features)
    if (!supports(feature))
      missing += (missing.empty() ? "" : ", ") + feature;
  if (missing.empty())
    return Status::success();
  return Status::error("the model was compiled for '", manifest.chip,
                       "', but this processor lacks ", missing,
                       manifest.kind == "cpu"
                           ? ": compile it with --chip for this one"
                           : ": compile it on a machine like this one");
}

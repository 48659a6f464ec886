//===- Expand.h - Expanding models of which more is known -------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_EXPAND_H
#define GROW_TRANSFORMS_EXPAND_H

#include "grow/Expansion/SizeSchedule.h"
#include "mlir/Pass/Pass.h"
#include <functional>

namespace grow {

/// The pass `grow-expand` for a host that knows more of a model than its IR:
/// `complete` chooses what the options leave open. It gets their seed, too.
std::unique_ptr<mlir::Pass> createExpandPass(
    std::function<llvm::LogicalResult(SizeRequest &request, uint64_t seed)>
        complete);

} // namespace grow

#endif // GROW_TRANSFORMS_EXPAND_H

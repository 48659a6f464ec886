//===- ModelPatterns.cpp - Model ops to linalg ----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelLowering.h"
#include "grow/Conversion/Passes.h"

using namespace mlir;
using namespace grow;

void grow::populateModelToLinalgPatterns(RewritePatternSet &patterns,
                                         const AttentionBlocks &blocks) {
  populateAttentionPatterns(patterns, blocks);
  populateEmbeddingPatterns(patterns);
  populateNormPatterns(patterns);
  populateProjectionPatterns(patterns);
}

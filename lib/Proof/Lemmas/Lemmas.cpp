//===- Lemmas.cpp - All lemmas --------------------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"

#include "mlir/IR/Dialect.h"
#include "mlir/IR/MLIRContext.h"

using namespace mlir;

void grow::proof::populateLemmas(LemmaSet &set) {
#define GROW_LEMMA(NAME) add##NAME(set);
#include "Lemmas.def"
  for (Dialect *dialect : set.getContext()->getLoadedDialects())
    if (auto *lemmas = dialect->getRegisteredInterface<LemmaDialectInterface>())
      lemmas->populateLemmas(set);
}

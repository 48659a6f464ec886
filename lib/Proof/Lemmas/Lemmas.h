//===- Lemmas.h - All lemmas ------------------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Each lemma is one file that defines add<Name>, and one line in Lemmas.def.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PROOF_LEMMAS_LEMMAS_H
#define GROW_LIB_PROOF_LEMMAS_LEMMAS_H

#include "grow/Proof/Lemma.h"

namespace grow::proof {

#define GROW_LEMMA(NAME) void add##NAME(LemmaSet &set);
#include "Lemmas.def"

} // namespace grow::proof

#endif // GROW_LIB_PROOF_LEMMAS_LEMMAS_H

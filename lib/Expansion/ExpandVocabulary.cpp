//===- ExpandVocabulary.cpp - Add tokens to the vocabulary ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansions.h"
#include "Tables.h"
#include "grow/Expansion/ExpansionInterfaces.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

static TableExpansion getTables(ExpandVocabularyOp op, Model &model) {
  BlockFills fills(op.getContext(), op.getInitAttr(), op.getBiasInitAttr());
  return TableExpansion(op, model, Axis::Vocabulary, "tokens", op.getSize(),
                        fills);
}

namespace {
struct ExpandVocabularyModel
    : public ExpansionOpInterface::ExternalModel<ExpandVocabularyModel,
                                                 ExpandVocabularyOp> {
  LogicalResult check(Operation *op, Model &model) const {
    auto expand = cast<ExpandVocabularyOp>(op);
    TableExpansion tables = getTables(expand, model);
    // There will be more logits than before.
    if (failed(tables.check()) ||
        failed(model.checkInferable([&] { return tables.refuse(); })))
      return failure();
    return checkBiasInitIsUsed(op, expand.getBiasInitAttr(),
                               tables.getBlocks());
  }

  void apply(Operation *op, Model &model) const {
    getTables(cast<ExpandVocabularyOp>(op), model).apply("ExpandVocabulary");
    model.inferTypes();
  }
};
} // namespace

void grow::detail::attachExpandVocabulary(MLIRContext *context) {
  ExpandVocabularyOp::attachInterface<ExpandVocabularyModel>(*context);
}

//===- BufferizableOpInterfaceImpl.cpp - Bufferization of our ops ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/BufferizableOpInterfaceImpl.h"

#include "grow/IR/KernelOps.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace grow;

namespace {

/// The op on buffers; `init` is only written to.
struct FusedAttentionInterface
    : public DstBufferizableOpInterfaceExternalModel<FusedAttentionInterface,
                                                     FusedAttentionOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !cast<FusedAttentionOp>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto attention = cast<FusedAttentionOp>(op);
    if (attention.hasPureBufferSemantics())
      return success();
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    rewriter.setInsertionPoint(op);
    auto onBuffers = clone(rewriter, attention, TypeRange(), buffers);
    replaceOpWithBufferizedValues(rewriter, op, onBuffers.getInit());
    return success();
  }
};

} // namespace

void grow::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GrowDialect *) {
    FusedAttentionOp::attachInterface<FusedAttentionInterface>(*context);
  });
}

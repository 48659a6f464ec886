//===- Domain.cpp - Inputs and parameters that a proof is about -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Domain.h"
#include "grow/Proof/Terms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// Calls `see` with each parameter of the source that a grown model is made
/// from: name, type, and the op that speaks of it.
static void walkSources(ModuleOp module,
                        function_ref<void(StringRef, Type, Operation *)> see) {
  for (ParamOp param : module.getOps<ParamOp>()) {
    if (!param.isDerived())
      see(param.getSymName(), param.getTensorType(), param);
    param.walk([&](SourceOp source) {
      see(source.getName(), source.getType(), source);
    });
  }
}

LogicalResult grow::proof::checkSources(ModuleOp source, ModuleOp grown) {
  SymbolTable symbols(source);
  LogicalResult result = success();
  walkSources(grown, [&](StringRef name, Type type, Operation *op) {
    auto param = symbols.lookup<ParamOp>(name);
    if (failed(result) || (param && param.getTensorType() == type))
      return;
    InFlightDiagnostic diag = op->emitError()
                              << "not proven: the grown model is made from a "
                                 "parameter @"
                              << name << " of type " << type;
    if (param)
      diag << ", but in the source its type is " << param.getTensorType();
    else
      diag << ", which the source does not have";
    if (param && param.isDerived())
      diag.attachNote(param.getLoc())
          << "the source has grown itself: compare with the model that it has "
             "grown from";
    result = diag;
  });
  return result;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

namespace {
/// For which inputs a model is defined.
struct Domain {
  static constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

  explicit Domain(FunctionOpInterface function);

  /// The tokens that each argument of the function may hold, and how long its
  /// sequences may be.
  llvm::SmallVector<int64_t> tokens, positions;
  /// The token that every sequence must have.
  int64_t lastSelected = -1;
};

/// Narrows the tables of a grown model to the domain of its source.
class Narrower {
public:
  explicit Narrower(const Domain &domain) : domain(domain) {}

  LogicalResult narrow(EmbeddingOp op);
  LogicalResult narrow(PositionEmbeddingOp op);
  LogicalResult check(SelectTokenOp op);

  bool changed = false;

private:
  LogicalResult narrow(OpOperand &table, int64_t wanted, int64_t offset,
                       StringRef what);

  const Domain &domain;
};
} // namespace

/// The number of the function's argument that holds the tokens of `op`.
static std::optional<unsigned> getIdsArgument(EmbeddingOp op) {
  auto argument = dyn_cast<BlockArgument>(op.getIds());
  bool isOfFunction =
      argument && isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
  return isOfFunction ? std::optional(argument.getArgNumber()) : std::nullopt;
}

/// The length of the sequences that an op reads, if it is known.
static std::optional<int64_t> getLength(Value sequence) {
  int64_t length = getSize(sequence, 1);
  return ShapedType::isDynamic(length) ? std::nullopt : std::optional(length);
}

/// The number of the function's argument that says how long `sequence` is.
static std::optional<unsigned> getSequenceArgument(Value sequence) {
  while (true) {
    if (auto argument = dyn_cast<BlockArgument>(sequence)) {
      auto layer = dyn_cast<LayerOp>(argument.getOwner()->getParentOp());
      if (!layer)
        return argument.getArgNumber();
      sequence = layer->getOperand(argument.getArgNumber());
      continue;
    }
    // Model ops, and sums, keep the sequence of their first operand.
    Operation *op = sequence.getDefiningOp();
    bool keeps = isa<GrowDialect, arith::ArithDialect>(op->getDialect()) &&
                 op->getNumOperands() > 0 && !isa<SelectTokenOp>(op);
    if (!keeps)
      return std::nullopt;
    sequence = op->getOperand(0);
  }
}

static int64_t getPositions(PositionEmbeddingOp op) {
  return getSize(op.getTable(), 0) - static_cast<int64_t>(op.getOffset());
}

static void limit(int64_t &number, int64_t most) {
  number = std::min(number, most);
}

Domain::Domain(FunctionOpInterface function)
    : tokens(function.getNumArguments(), kNoLimit),
      positions(function.getNumArguments(), kNoLimit) {
  function->walk([&](Operation *op) {
    if (auto embedding = dyn_cast<EmbeddingOp>(op)) {
      if (std::optional<unsigned> argument = getIdsArgument(embedding))
        limit(tokens[*argument], getSize(embedding.getTable(), 0));
    } else if (auto position = dyn_cast<PositionEmbeddingOp>(op)) {
      auto argument = getSequenceArgument(position.getSequence());
      if (argument && !getLength(position.getSequence()))
        limit(positions[*argument], getPositions(position));
    } else if (auto select = dyn_cast<SelectTokenOp>(op)) {
      if (!getLength(select.getX()))
        lastSelected =
            std::max(lastSelected, static_cast<int64_t>(select.getPosition()));
    }
  });
}

/// Leaves out rows beyond `wanted`, of which the first is row `offset`.
LogicalResult Narrower::narrow(OpOperand &table, int64_t wanted, int64_t offset,
                               StringRef what) {
  int64_t rows = getSize(table.get(), 0);
  int64_t found = rows - offset;
  if (found < wanted) {
    InFlightDiagnostic diag = table.getOwner()->emitError()
                              << "not proven: the grown model knows " << found
                              << ' ' << what;
    if (wanted == Domain::kNoLimit)
      diag << "; its source has no such limit";
    else
      diag << ", its source " << wanted;
    return diag;
  }
  if (found == wanted)
    return success();
  Slices unknown;
  unknown.append(offset + wanted, rows);
  OpBuilder builder(table.getOwner());
  table.set(drop(builder, table.get(), 0, unknown));
  changed = true;
  return success();
}

LogicalResult Narrower::narrow(EmbeddingOp op) {
  std::optional<unsigned> argument = getIdsArgument(op);
  if (!argument)
    return op.emitError()
           << "not proven: expects the tokens of an embedding to "
              "be an argument of the function";
  return narrow(op.getTableMutable(), domain.tokens[*argument], 0, "tokens");
}

LogicalResult Narrower::narrow(PositionEmbeddingOp op) {
  auto offset = static_cast<int64_t>(op.getOffset());
  if (std::optional<int64_t> length = getLength(op.getSequence()))
    return narrow(op.getTableMutable(), *length, offset, "positions");
  std::optional<unsigned> argument = getSequenceArgument(op.getSequence());
  if (!argument)
    return op.emitError() << "not proven: how long the sequences of this op "
                             "are does not follow from an argument";
  return narrow(op.getTableMutable(), domain.positions[*argument], offset,
                "positions");
}

LogicalResult Narrower::check(SelectTokenOp op) {
  auto position = static_cast<int64_t>(op.getPosition());
  std::optional<int64_t> length = getLength(op.getX());
  if (position <= domain.lastSelected || (length && position < *length))
    return success();
  return op.emitError() << "not proven: the grown model selects token "
                        << position
                        << ", which no sequence of its source need have";
}

/// Narrows all tables of a model; returns whether there were rows beyond.
static FailureOr<bool> narrow(FunctionOpInterface function,
                              const Domain &domain) {
  Narrower narrower(domain);
  WalkResult walk = function->walk([&](Operation *op) -> WalkResult {
    if (auto embedding = dyn_cast<EmbeddingOp>(op))
      return narrower.narrow(embedding);
    if (auto position = dyn_cast<PositionEmbeddingOp>(op))
      return narrower.narrow(position);
    if (auto select = dyn_cast<SelectTokenOp>(op))
      return narrower.check(select);
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();
  return narrower.changed;
}

FailureOr<bool> grow::proof::narrowToDomain(FunctionOpInterface source,
                                            FunctionOpInterface grown) {
  Domain domain(source);
  // Of several tables of the source the smallest says what it is defined for.
  if (failed(narrow(source, domain)))
    return failure();
  return narrow(grown, domain);
}

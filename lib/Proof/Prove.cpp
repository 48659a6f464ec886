//===- Prove.cpp - Proofs that growth changed nothing ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Proof/Prove.h"
#include "Domain.h"
#include "Numbering.h"
#include "Rewriting.h"
#include "grow/IR/GrowOps.h"
#include "grow/Proof/Terms.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

//===----------------------------------------------------------------------===//
// Terms as text
//===----------------------------------------------------------------------===//

/// Prints a fill. A copy says of each new slice what it is a copy of, which for
/// thousands nobody reads.
static void printFill(llvm::raw_ostream &os, FillAttrInterface fill) {
  auto copy = dyn_cast<CopyAttr>(fill);
  constexpr int64_t kMostPrinted = 8;
  if (!copy || copy.getIndices().size() <= kMostPrinted) {
    os << fill;
    return;
  }
  ArrayRef<int64_t> indices = copy.getIndices().asArrayRef();
  os << "#grow.copy<[";
  llvm::interleaveComma(indices.take_front(3), os);
  os << ", ..., " << indices.back() << "], factor = " << copy.getFactor()
     << '>';
}

/// Prints a term as nested expression: what is left when a proof is stuck.
static void printTerm(llvm::raw_ostream &os, Value term) {
  Operation *op = term.getDefiningOp();
  if (auto source = dyn_cast_or_null<SourceOp>(op)) {
    os << "source \"" << source.getName() << '"';
  } else if (auto fill = dyn_cast_or_null<FillOp>(op)) {
    os << "fill(";
    printFill(os, fill.getFill());
    os << ')';
  } else if (auto extension = dyn_cast_or_null<ExtendOp>(op)) {
    os << "extend(";
    printTerm(os, extension.getInput());
    os << ", ";
    printFill(os, extension.getFill());
    os << " along " << extension.getAxis() << " in " << getNewSlices(extension)
       << ')';
  } else if (auto dropped = dyn_cast_or_null<DropOp>(op)) {
    os << "drop(";
    printTerm(os, dropped.getInput());
    os << ", " << getDroppedSlices(dropped) << " along " << dropped.getAxis()
       << ')';
  } else if (auto scaled = dyn_cast_or_null<ScaleOp>(op)) {
    os << "scale(";
    printTerm(os, scaled.getX());
    os << ", " << scaled.getFactor().getValue() << ')';
  } else if (isa_and_nonnull<RegroupOp, CenterOp>(op)) {
    os << op->getName().stripDialect() << '(';
    printTerm(os, op->getOperand(0));
    os << ')';
  } else if (op) {
    os << op->getName().stripDialect() << "(...)";
  } else {
    os << "an argument";
  }
}

static std::string printTerm(Value term) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printTerm(os, term);
  return text;
}

/// Whether `op` only says what blocks a parameter or a stream consists of: the
/// op that reads it is the one to speak of.
static bool isStructure(Operation *op) {
  return isa<SourceOp, FillOp, ExtendOp, DropOp, CenterOp, RegroupOp>(op) ||
         !getParamName(op->getResult(0)).empty();
}

//===----------------------------------------------------------------------===//
// Prover
//===----------------------------------------------------------------------===//

namespace {
class Prover {
public:
  Prover(ModuleOp sourceModule, ModuleOp grownModule)
      : sourceModule(sourceModule), grownModule(grownModule),
        lemmas(grownModule.getContext()),
        bits(lemmas.select([](const Lemma &lemma) {
          return lemma.exactness == Exactness::Bits;
        })),
        all(lemmas.select([](const Lemma &) { return true; })) {}

  FailureOr<Certificate> prove();

private:
  /// A copy of a model whose derivations stand in its function.
  struct Copy {
    OwningOpRef<ModuleOp> module;
    FunctionOpInterface function;
  };

  FailureOr<Copy> copy(ModuleOp module, bool isSource);
  LogicalResult setGoal();
  LogicalResult setGoal(OpOperand &source, OpOperand &grown);
  void apply(const FrozenRewritePatternSet &patterns);
  FailureOr<bool> areEqual();

  LogicalResult fail();
  Operation *findStuck();
  Operation *findCounterpart(Operation *stuck);
  void explain(Diagnostic &error, Operation *stuck, Operation *counterpart);

  ModuleOp sourceModule, grownModule;
  Lemmas lemmas;
  FrozenRewritePatternSet bits, all;
  Copy source, grown;
  Numbering numbering;
  Certificate certificate;
  LemmaUses uses;
};
} // namespace

static ValueRange getResults(FunctionOpInterface function) {
  return function.getFunctionBody().front().getTerminator()->getOperands();
}

/// The parameters of the source are what they are, whatever it has grown from:
/// `grow.source` in the grown model stands for them.
FailureOr<Prover::Copy> Prover::copy(ModuleOp module, bool isSource) {
  Copy copy;
  copy.module = module.clone();
  if (isSource)
    for (auto param : copy.module->getOps<ParamOp>()) {
      param.getDerivation().dropAllReferences();
      param.getDerivation().getBlocks().clear();
    }
  FailureOr<FunctionOpInterface> function = inlineDerivations(*copy.module);
  if (failed(function))
    return failure();
  copy.function = *function;
  return copy;
}

/// A grown model may know more tokens than its source: the claim is then about
/// the logits of the source's.
LogicalResult Prover::setGoal(OpOperand &sourceResult, OpOperand &grownResult) {
  auto type = dyn_cast<RankedTensorType>(sourceResult.get().getType());
  auto grownType = dyn_cast<RankedTensorType>(grownResult.get().getType());
  if (type == grownType)
    return success();
  bool hasMore =
      type && grownType && type.getRank() == grownType.getRank() &&
      type.getRank() > 0 &&
      type.getShape().drop_back() == grownType.getShape().drop_back() &&
      !type.isDynamicDim(type.getRank() - 1) &&
      type.getShape().back() < grownType.getShape().back();
  if (!hasMore) {
    InFlightDiagnostic diag = grownModule.emitError()
                              << "not proven: the grown model returns "
                              << grownResult.get().getType() << ", its source "
                              << sourceResult.get().getType();
    diag.attachNote() << "expects the same type, or more logits";
    return diag;
  }
  Slices added;
  added.append(type.getShape().back(), grownType.getShape().back());
  certificate.newLogits = added.size();
  OpBuilder builder(grownResult.getOwner());
  grownResult.set(drop(builder, grownResult.get(), type.getRank() - 1, added));
  return success();
}

LogicalResult Prover::setGoal() {
  if (source.function.getArgumentTypes() != grown.function.getArgumentTypes())
    return grownModule.emitError()
           << "not proven: the grown model reads "
           << grown.function.getArgumentTypes() << ", its source "
           << source.function.getArgumentTypes();
  Operation *sourceReturn =
      source.function.getFunctionBody().front().getTerminator();
  Operation *grownReturn =
      grown.function.getFunctionBody().front().getTerminator();
  if (sourceReturn->getNumOperands() != grownReturn->getNumOperands())
    return grownModule.emitError()
           << "not proven: the grown model returns "
           << grownReturn->getNumOperands() << " values, its source "
           << sourceReturn->getNumOperands();
  for (auto [sourceResult, grownResult] : llvm::zip_equal(
           sourceReturn->getOpOperands(), grownReturn->getOpOperands()))
    if (failed(setGoal(sourceResult, grownResult)))
      return failure();
  return success();
}

void Prover::apply(const FrozenRewritePatternSet &patterns) {
  for (Copy *model : {&source, &grown})
    for (auto [name, count] : applyLemmas(model->function, patterns))
      uses[name] += count;
}

FailureOr<bool> Prover::areEqual() {
  numbering = Numbering();
  if (failed(numbering.number(source.function)) ||
      failed(numbering.number(grown.function)))
    return failure();
  return llvm::all_of(
      llvm::zip_equal(getResults(source.function), getResults(grown.function)),
      [&](auto results) {
        auto [a, b] = results;
        return numbering.get(a) == numbering.get(b);
      });
}

FailureOr<Certificate> Prover::prove() {
  FailureOr<Copy> sourceCopy = copy(sourceModule, /*isSource=*/true);
  FailureOr<Copy> grownCopy = copy(grownModule, /*isSource=*/false);
  if (failed(sourceCopy) || failed(grownCopy))
    return failure();
  source = std::move(*sourceCopy);
  grown = std::move(*grownCopy);
  if (failed(checkSources(sourceModule, grownModule)) || failed(setGoal()))
    return failure();
  FailureOr<bool> narrowed = narrowToDomain(source.function, grown.function);
  if (failed(narrowed))
    return failure();
  certificate.narrowsDomain = *narrowed;

  // Bits first: a proof that needs no real numbers says more.
  apply(bits);
  FailureOr<bool> equal = areEqual();
  if (succeeded(equal) && !*equal) {
    certificate.exactness = Exactness::Reals;
    apply(all);
    equal = areEqual();
  }
  if (failed(equal))
    return failure();
  if (!*equal)
    return fail();

  if (Type rounded = findRounding(sourceModule, grownModule))
    llvm::raw_string_ostream(certificate.roundedTo) << rounded;
  certificate.sourceHash = hashModule(sourceModule);
  certificate.grownHash = hashModule(grownModule);
  for (const Lemma &lemma : lemmas.getAll())
    if (auto it = uses.find(lemma.name); it != uses.end())
      certificate.lemmas.emplace_back(lemma.name.str(), it->second);
  return std::move(certificate);
}

//===----------------------------------------------------------------------===//
// What remains
//===----------------------------------------------------------------------===//

/// The first op of the grown model that computes something the source does not.
Operation *Prover::findStuck() {
  llvm::DenseSet<int64_t> known;
  source.function->walk([&](Operation *op) {
    for (Value result : op->getResults())
      known.insert(numbering.get(result));
  });
  Operation *stuck = nullptr;
  grown.function->walk([&](Operation *op) {
    if (op->getNumResults() == 0 || isa<LayerOp>(op) || isStructure(op) ||
        known.contains(numbering.get(op->getResult(0))))
      return WalkResult::advance();
    stuck = op;
    return WalkResult::interrupt();
  });
  return stuck;
}

/// The op of the source that `stuck` should have become: of the same kind, on
/// the same stream if there is one.
Operation *Prover::findCounterpart(Operation *stuck) {
  llvm::DenseSet<int64_t> reached;
  grown.function->walk([&](Operation *op) {
    for (Value result : op->getResults())
      reached.insert(numbering.get(result));
  });
  Operation *counterpart = nullptr;
  source.function->walk([&](Operation *op) {
    if (op->getName() != stuck->getName() ||
        op->getNumOperands() != stuck->getNumOperands() ||
        reached.contains(numbering.get(op->getResult(0))))
      return WalkResult::advance();
    counterpart = op;
    return WalkResult::interrupt();
  });
  return counterpart;
}

/// What an operand is called: by its role, if it is a parameter.
static std::string describeOperand(OpOperand &operand) {
  if (auto op = dyn_cast<ParameterizedOpInterface>(operand.getOwner()))
    for (auto [i, role] : llvm::enumerate(op.getParamRoles()))
      if (op.getParamOperand(i) == &operand)
        return ("'" + role.name + "'").str();
  return ("operand " + Twine(operand.getOperandNumber())).str();
}

/// Which attributes are not what they are in the source.
static void explainAttributes(Diagnostic &error, Operation *stuck,
                              Operation *counterpart) {
  // Which operands there are shows in the operands.
  constexpr StringLiteral segments = "operandSegmentSizes";
  for (NamedAttribute attribute : stuck->getAttrs()) {
    Attribute wanted = counterpart->getAttr(attribute.getName());
    if (wanted == attribute.getValue() || attribute.getName() == segments)
      continue;
    Diagnostic &note = error.attachNote(stuck->getLoc());
    note << "its '" << attribute.getName().getValue() << "' is still "
         << attribute.getValue() << "; in the source ";
    if (wanted)
      note << "it is " << wanted;
    else
      note << "there is none";
  }
  for (NamedAttribute attribute : counterpart->getAttrs())
    if (!stuck->hasAttr(attribute.getName()))
      error.attachNote(stuck->getLoc())
          << "it has no '" << attribute.getName().getValue()
          << "'; in the source it is " << attribute.getValue();
}

void Prover::explain(Diagnostic &error, Operation *stuck,
                     Operation *counterpart) {
  for (std::string &reason : explainStuck(stuck, all))
    error.attachNote(stuck->getLoc()) << reason;
  for (OpOperand &operand : stuck->getOpOperands()) {
    Value wanted = counterpart
                       ? counterpart->getOperand(operand.getOperandNumber())
                       : Value();
    if (wanted && numbering.get(wanted) == numbering.get(operand.get()))
      continue;
    Operation *term = operand.get().getDefiningOp();
    if (!wanted && !(term && isStructure(term)))
      continue;
    Diagnostic &note = error.attachNote(stuck->getLoc());
    note << "its " << describeOperand(operand);
    if (StringRef name = getParamName(operand.get()); !name.empty())
      note << ", @" << name << ",";
    note << " is still " << printTerm(operand.get());
    if (wanted)
      note << "; in the source it is " << printTerm(wanted);
  }
  if (!counterpart)
    return;
  explainAttributes(error, stuck, counterpart);
}

LogicalResult Prover::fail() {
  Operation *stuck = findStuck();
  if (!stuck)
    return grownModule.emitError()
           << "not proven: all that the grown model computes, its source "
              "computes, too, but it returns another value";
  InFlightDiagnostic diag = mlir::emitError(stuck->getLoc())
                            << "not proven: '" << stuck->getName() << "'";
  if (auto layer = stuck->getParentOfType<LayerOp>())
    diag << " of layer \"" << layer.getName() << '"';
  diag << " is not known to compute what the source does";
  explain(*diag.getUnderlyingDiagnostic(), stuck, findCounterpart(stuck));
  return diag;
}

FailureOr<Certificate> grow::proveGrowth(ModuleOp source, ModuleOp grown) {
  return Prover(source, grown).prove();
}

//===- AcmeDialect.cpp - The dialect of another project -------------------===//

#include "Acme.h"

#include "AcmeDialect.cpp.inc"

#define GET_OP_CLASSES
#include "AcmeOps.cpp.inc"

namespace {
/// The lemmas that proofs use in a context with this dialect.
struct AcmeLemmas : public grow::proof::LemmaDialectInterface {
  using LemmaDialectInterface::LemmaDialectInterface;

  void populateLemmas(grow::proof::LemmaSet &set) const override {
    acme::addMergeCopies(set);
  }
};
} // namespace

void acme::AcmeDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "AcmeOps.cpp.inc"
      >();
  addInterfaces<AcmeLemmas>();
}

void acme::registerDialect(mlir::DialectRegistry &registry) {
  registry.insert<AcmeDialect>();
  registry.addExtension(+[](mlir::MLIRContext *context, grow::GrowDialect *) {
    context->getOrLoadDialect<AcmeDialect>();
  });
}

//===- AcmeDialect.cpp - The dialect of another project -------------------===//

#include "Acme.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"

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

/// Loads the dialect wherever grow's is: lemmas are needed where no op of the
/// dialect is left.
static void registerDialect(mlir::DialectRegistry *registry) {
  registry->insert<acme::AcmeDialect>();
  registry->addExtension(+[](mlir::MLIRContext *context, grow::GrowDialect *) {
    context->getOrLoadDialect<acme::AcmeDialect>();
  });
  acme::registerTransformOps(*registry);
}

/// What --load-dialect-plugin calls.
extern "C" mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "acme", "1", registerDialect};
}

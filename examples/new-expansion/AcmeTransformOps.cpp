//===- AcmeTransformOps.cpp - The expansion in scripts --------------------===//

#include "Acme.h"
#include "grow/TransformOps/GrowTransformOps.h"

#define GET_OP_CLASSES
#include "AcmeTransformOps.h.inc"

#define GET_OP_CLASSES
#include "AcmeTransformOps.cpp.inc"

namespace {
class AcmeTransforms
    : public mlir::transform::TransformDialectExtension<AcmeTransforms> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(AcmeTransforms)
  using Base::Base;

  void init() {
    // For the expansions that the ops build.
    declareDependentDialect<acme::AcmeDialect>();
    registerTransformOps<
#define GET_OP_LIST
#include "AcmeTransformOps.cpp.inc"
        >();
  }
};
} // namespace

void acme::registerTransformOps(mlir::DialectRegistry &registry) {
  registry.addExtensions<AcmeTransforms>();
}

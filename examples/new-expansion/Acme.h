//===- Acme.h - The dialect of another project ----------------------------===//

#ifndef ACME_H
#define ACME_H

#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/IR/GrowOps.h"
#include "grow/Proof/Lemma.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"

#include "AcmeDialect.h.inc"

#define GET_OP_CLASSES
#include "AcmeOps.h.inc"

namespace acme {

/// Adds the lemma by which proofs see through `acme.split_units`.
void addMergeCopies(grow::proof::LemmaSet &set);

/// Adds `transform.acme.split_units` to the transform dialect.
void registerTransformOps(mlir::DialectRegistry &registry);

} // namespace acme

#endif // ACME_H

/*===- acme-checkpoint.c - Grows a checkpoint through the C API
 * --------------===
 *
 * Reads a checkpoint directory, makes its model grow, and writes another one,
 * which is proven to compute the same.
 *
 *   acme-checkpoint gpt2 gpt2-wide "mlp=6144 layers=+2"
 *
 *===-----------------------------------------------------------------------===*/

#include "grow-c/Growth.h"

#include <stdio.h>

static void print(MlirStringRef part, void *file) {
  fwrite(part.data, 1, part.length, (FILE *)file);
}

/* Errors are diagnostics of MLIR, which are printed on stderr. */
static int grow(GrowCheckpoint checkpoint, MlirModule source, MlirModule grown,
                const char *output, const char *sizes) {
  if (mlirLogicalResultIsFailure(
          growExpand(grown, mlirStringRefCreateFromCString(sizes), checkpoint)))
    return 1;
  GrowProof proof = growProve(source, grown);
  growProofPrint(proof, print, stdout);
  growProofDestroy(proof);
  return mlirLogicalResultIsFailure(growCheckpointWriteGrown(
      checkpoint, grown, mlirStringRefCreateFromCString(output),
      /*allowDead=*/false));
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s CHECKPOINT OUTPUT SIZES\n", argv[0]);
    return 2;
  }
  MlirContext context = mlirContextCreate();
  growContextLoadDialects(context);
  GrowCheckpoint checkpoint =
      growCheckpointOpen(context, mlirStringRefCreateFromCString(argv[1]));
  MlirType storedType = {NULL};
  MlirModule source = growCheckpointImport(checkpoint, storedType);
  int failed = mlirModuleIsNull(source);
  if (!failed) {
    MlirModule grown = mlirModuleFromOperation(
        mlirOperationClone(mlirModuleGetOperation(source)));
    failed = grow(checkpoint, source, grown, argv[2], argv[3]);
    mlirModuleDestroy(grown);
    mlirModuleDestroy(source);
  }
  growCheckpointDestroy(checkpoint);
  mlirContextDestroy(context);
  return failed;
}

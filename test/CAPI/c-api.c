/*===-- c-api.c - Every function of the C API -------------------*- C -*-===*\
|*                                                                            *|
|* Part of grow, under the Apache License v2.0 with LLVM Exceptions.          *|
|* See the LICENSE file for license information.                              *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "grow-c/Growth.h"
#include "grow-c/Model.h"
#include "mlir-c/BuiltinTypes.h"
#include "mlir-c/Diagnostics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kGate =
    "module {"
    "  grow.param @up : tensor<4x2xf32>"
    "  grow.param @down : tensor<2x4xf32>"
    "  grow.param @table : tensor<3x4xf32>"
    "  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x3xf32> {"
    "    %table = grow.get @table : tensor<3x4xf32>"
    "    %x = grow.embedding %ids, %table"
    "      : tensor<?x?xi64>, tensor<3x4xf32>"
    "    %y = grow.layer \"0\" (%s = %x : tensor<?x?x4xf32>) {"
    "      %up = grow.get @up : tensor<4x2xf32>"
    "      %down = grow.get @down : tensor<2x4xf32>"
    "      %m = grow.mlp %s up(%up) down(%down) activation relu"
    "        : (tensor<?x?x4xf32>, tensor<4x2xf32>, tensor<2x4xf32>)"
    "        -> tensor<?x?x4xf32>"
    "      %r = arith.addf %s, %m : tensor<?x?x4xf32>"
    "      grow.yield %r : tensor<?x?x4xf32>"
    "    }"
    "    %logits = grow.unembedding %y, %table"
    "      : tensor<?x?x4xf32>, tensor<3x4xf32>"
    "    return %logits : tensor<?x?x3xf32>"
    "  }"
    "  grow.schedule @wider { grow.expand_mlp to 6 }"
    "}";

static MlirStringRef text(const char *string) {
  return mlirStringRefCreateFromCString(string);
}

static void print(MlirStringRef part, void *file) {
  fwrite(part.data, 1, part.length, (FILE *)file);
}

static MlirLogicalResult printDiagnostic(MlirDiagnostic diagnostic,
                                         void *data) {
  (void)data;
  if (mlirDiagnosticGetSeverity(diagnostic) != MlirDiagnosticError)
    return mlirLogicalResultFailure();
  printf("error: ");
  mlirDiagnosticPrint(diagnostic, print, stdout);
  printf("\n");
  return mlirLogicalResultSuccess();
}

static void show(const char *what, bool worked) {
  printf("%s: %s\n", what, worked ? "yes" : "no");
}

static MlirModule copy(MlirModule module) {
  return mlirModuleFromOperation(
      mlirOperationClone(mlirModuleGetOperation(module)));
}

static MlirContext createContext(void) {
  MlirContext context = mlirContextCreate();
  mlirContextAttachDiagnosticHandler(context, printDiagnostic, NULL, NULL);
  return context;
}

static bool isSuccess(MlirLogicalResult result) {
  return mlirLogicalResultIsSuccess(result);
}

/* A host that only reads and prints needs the dialect's handle and no more. */
static void testHandle(void) {
  printf("== handle\n");
  MlirContext context = createContext();
  mlirDialectHandleLoadDialect(mlirGetDialectHandle__grow__(), context);
  MlirModule module = mlirModuleCreateParse(context, text(kGate));
  show("parsed", !mlirModuleIsNull(module));
  show("compiled", !growModelIsNull(growModelCompile(module)));
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
}

static void printParameter(MlirStringRef name, MlirType type, void *file) {
  print(name, file);
  fprintf((FILE *)file, ": ");
  mlirTypePrint(type, print, file);
  fprintf((FILE *)file, "\n");
}

/* The logits of tokens 0 and 2, of weights in memory. `units` is the MLP's
   width: what is beyond the second unit is zero in `down`. */
static void runGate(MlirModule module, int units) {
  GrowModel model = growModelCompile(module);
  growModelForEachParameter(model, printParameter, stdout);
  float up[4 * 6], down[6 * 4];
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < units; ++j) {
      up[i * units + j] = (float)(i + j + 1);
      down[j * 4 + i] = j < 2 ? (float)(i - j) : 0;
    }
  float table[3 * 4] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1};
  size_t size = sizeof(float) * 4 * (size_t)units;
  GrowTensor tensors[] = {{text("up"), up, size},
                          {text("down"), down, size},
                          {text("table"), table, sizeof(table)}};
  show("bound", isSuccess(growModelBindTensors(model, 3, tensors)));
  int64_t ids[2] = {0, 2};
  float logits[2 * 3];
  bool ran = isSuccess(growModelRun(model, ids, 1, 2, logits, sizeof(logits)));
  show("ran", ran);
  for (int i = 0; ran && i < 6; ++i)
    printf("%s%g", i ? " " : "", logits[i]);
  printf("\n");
  growModelDestroy(model);
}

static void testModule(void) {
  printf("== module\n");
  MlirContext context = createContext();
  show("loaded", isSuccess(growContextLoadDialects(context)));
  show("loaded again", isSuccess(growContextLoadDialects(context)));
  MlirModule source = mlirModuleCreateParse(context, text(kGate));
  MlirModule grown = copy(source);
  GrowCheckpoint none = {NULL};
  show("expanded", isSuccess(growExpand(grown, text("schedule=wider"), none)));
  GrowProof proof = growProve(source, grown);
  show("proven bit for bit",
       growProofGetExactness(proof) == GROW_EXACTNESS_BITS);
  show("narrows", growProofNarrowsDomain(proof));
  printf("new logits: %d\n", (int)growProofGetNewLogits(proof));
  growProofPrint(proof, print, stdout);
  growProofPrintJSON(proof, print, stdout);
  printf("\n");
  growProofDestroy(proof);

  runGate(source, 2);
  runGate(grown, 6);

  MlirModule unstored = copy(grown);
  show("lowered",
       isSuccess(growRunPasses(unstored, text("grow-externalize-params"))));
  mlirModuleDestroy(unstored);
  mlirModuleDestroy(grown);
  mlirModuleDestroy(source);
  mlirContextDestroy(context);
}

/* Bad input ends in an error; of a null handle, without one. */
static void testErrors(void) {
  printf("== errors\n");
  MlirContext context = createContext(), other = createContext();
  MlirContext noContext = {NULL};
  GrowCheckpoint noCheckpoint = {NULL};
  GrowModel noModel = {NULL};
  GrowProof noProof = {NULL};
  MlirModule noModule = {NULL};
  MlirType noType = {NULL};
  MlirStringRef broken = mlirStringRefCreate(NULL, 7);
  show("null context", isSuccess(growContextLoadDialects(noContext)));
  show("null context",
       !growCheckpointIsNull(growCheckpointOpen(noContext, text("x"))));
  show("null checkpoint",
       !mlirModuleIsNull(growCheckpointImport(noCheckpoint, noType)));
  show("null checkpoint",
       isSuccess(growCheckpointSetArchitecture(noCheckpoint, text("x"))));
  show("null checkpoint",
       isSuccess(growCheckpointIgnoreConfigKey(noCheckpoint, text("x"))));
  show("null module", isSuccess(growExpand(noModule, text(""), noCheckpoint)));
  show("null module", isSuccess(growRunPasses(noModule, text(""))));
  show("null module", !growProofIsNull(growProve(noModule, noModule)));
  show("null module", !growModelIsNull(growModelCompile(noModule)));
  show("null checkpoint", isSuccess(growCheckpointWriteGrown(
                              noCheckpoint, noModule, text("x"), false)));
  show("null model", isSuccess(growModelRun(noModel, NULL, 1, 1, NULL, 0)));
  show("null model",
       isSuccess(growModelRunImages(noModel, NULL, 0, 1, NULL, 0)));
  show("null model", isSuccess(growModelBindTensors(noModel, 0, NULL)));
  show("null model", isSuccess(growModelBindCheckpoint(noModel, noCheckpoint)));
  show("null model", growModelGetVocabulary(noModel) ||
                         growModelGetPositions(noModel) ||
                         !mlirTypeIsNull(growModelGetLogitsType(noModel)) ||
                         !mlirTypeIsNull(growModelGetImageType(noModel)));
  show("null proof", growProofGetExactness(noProof) != GROW_EXACTNESS_NONE ||
                         growProofGetNewLogits(noProof) ||
                         growProofNarrowsDomain(noProof));
  growProofPrint(noProof, print, stdout);
  growProofPrintJSON(noProof, print, stdout);
  growModelForEachParameter(noModel, printParameter, stdout);
  growProofDestroy(noProof);
  growModelDestroy(noModel);
  growCheckpointDestroy(noCheckpoint);

  show("not prepared",
       !growCheckpointIsNull(growCheckpointOpen(context, text("x"))));
  growContextLoadDialects(context);
  growContextLoadDialects(other);
  show("broken path",
       !growCheckpointIsNull(growCheckpointOpen(context, broken)));
  MlirModule module = mlirModuleCreateParse(context, text(kGate));
  MlirModule strange = mlirModuleCreateParse(other, text(kGate));
  show("broken options", isSuccess(growExpand(module, broken, noCheckpoint)));
  show("unknown option",
       isSuccess(growExpand(module, text("width=3"), noCheckpoint)));
  show("not a number",
       isSuccess(growExpand(module, text("mlp=abc"), noCheckpoint)));
  show("large number",
       isSuccess(
           growExpand(module, text("mlp=99999999999999999999"), noCheckpoint)));
  show("braces",
       isSuccess(growExpand(module, text("mlp=256}{,"), noCheckpoint)));
  show("not a number in a pipeline",
       isSuccess(growRunPasses(module, text("grow-expand{mlp=abc}"))));
  show("unknown schedule",
       isSuccess(growExpand(module, text("schedule=none"), noCheckpoint)));
  show("too small", isSuccess(growExpand(module, text("mlp=1"), noCheckpoint)));
  show("two contexts", !growProofIsNull(growProve(module, strange)));
  show("broken pipeline", isSuccess(growRunPasses(module, broken)));
  show("unknown pass", isSuccess(growRunPasses(module, text("no-such-pass"))));
  MlirModule empty = mlirModuleCreateParse(context, text("module {}"));
  show("no model", !growModelIsNull(growModelCompile(empty)));
  show("not proven", !growProofIsNull(growProve(module, empty)));

  GrowModel model = growModelCompile(module);
  int64_t ids[] = {0, 3};
  float logits[6];
  show("not bound",
       isSuccess(growModelRun(model, ids, 1, 2, logits, sizeof(logits))));
  show("null checkpoint",
       isSuccess(growModelBindCheckpoint(model, noCheckpoint)));
  float zeros[12] = {0};
  GrowTensor tensors[] = {{text("up"), zeros, 4},
                          {text("down"), zeros, 32},
                          {text("table"), zeros, 48}};
  show("count", isSuccess(growModelBindTensors(model, -1, tensors)));
  show("null tensors", isSuccess(growModelBindTensors(model, 3, NULL)));
  show("wrong size", isSuccess(growModelBindTensors(model, 3, tensors)));
  tensors[0].size = 32;
  tensors[0].data = NULL;
  show("null tensor", isSuccess(growModelBindTensors(model, 3, tensors)));
  tensors[0].data = zeros;
  show("missing tensor", isSuccess(growModelBindTensors(model, 2, tensors)));
  growModelBindTensors(model, 3, tensors);
  show("unknown token",
       isSuccess(growModelRun(model, ids, 1, 2, logits, sizeof(logits))));
  show("null tokens",
       isSuccess(growModelRun(model, NULL, 1, 2, logits, sizeof(logits))));
  show("null logits", isSuccess(growModelRun(model, ids, 1, 2, NULL, 24)));
  show("little memory", isSuccess(growModelRun(model, ids, 1, 2, logits, 23)));
  show("no tokens", isSuccess(growModelRun(model, ids, 0, 2, logits, 0)));
  show("negative batch",
       isSuccess(growModelRun(model, ids, -1, 2, logits, sizeof(logits))));
  show("enormous batch", isSuccess(growModelRun(model, ids, INT64_MAX, 2,
                                                logits, sizeof(logits))));
  show("no images", isSuccess(growModelRunImages(model, zeros, 4, 1, logits,
                                                 3 * sizeof(float))));
  growModelDestroy(model);
  mlirModuleDestroy(empty);
  mlirModuleDestroy(strange);
  mlirModuleDestroy(module);
  mlirContextDestroy(other);
  mlirContextDestroy(context);
}

/* Grows a checkpoint, and compares logits of both. */
static void testCheckpoint(const char *path, const char *grownPath) {
  printf("== checkpoint\n");
  MlirContext context = createContext();
  growContextLoadDialects(context);
  MlirType noType = {NULL};
  GrowCheckpoint checkpoint = growCheckpointOpen(context, text(path));
  MlirStringRef broken = {NULL, 7};
  show("broken file",
       isSuccess(growCheckpointSetArchitecture(checkpoint, broken)));
  show("broken key",
       isSuccess(growCheckpointIgnoreConfigKey(checkpoint, broken)));
  show("bad type", !mlirModuleIsNull(growCheckpointImport(
                       checkpoint, mlirIntegerTypeGet(context, 32))));
  MlirContext other = createContext();
  growContextLoadDialects(other);
  show("type of another context", !mlirModuleIsNull(growCheckpointImport(
                                      checkpoint, mlirF32TypeGet(other))));
  MlirModule module = growCheckpointImport(checkpoint, noType);
  MlirModule grown = copy(module);
  MlirModule strange = mlirModuleCreateParse(other, text(kGate));
  show("checkpoint of another context",
       isSuccess(growExpand(strange, text("mlp=6"), checkpoint)));
  show("module of another context",
       isSuccess(
           growCheckpointWriteGrown(checkpoint, strange, text("none"), false)));
  GrowModel strangeModel = growModelCompile(strange);
  show("checkpoint of another context",
       isSuccess(growModelBindCheckpoint(strangeModel, checkpoint)));
  growModelDestroy(strangeModel);
  mlirModuleDestroy(strange);
  mlirContextDestroy(other);
  show("expanded", isSuccess(growExpand(grown, text("mlp=400"), checkpoint)));
  show("written", isSuccess(growCheckpointWriteGrown(checkpoint, grown,
                                                     text(grownPath), false)));
  show("not over another", isSuccess(growCheckpointWriteGrown(
                               checkpoint, grown, text(grownPath), false)));
  MlirModule lowered = copy(grown);
  show("lowered",
       isSuccess(growRunPasses(lowered, text("grow-externalize-params, cse"))));
  show("not a model", isSuccess(growCheckpointWriteGrown(checkpoint, lowered,
                                                         text("none"), false)));
  show("to LLVM", isSuccess(growRunPasses(
                      lowered, text("builtin.module(convert-grow-to-linalg,"
                                    "grow-to-llvm)"))));
  mlirModuleDestroy(lowered);

  /* The model outlives the checkpoint that it is bound to. */
  enum { kTokens = 3, kVocabulary = 256 };
  const int64_t ids[kTokens] = {84, 104, 101};
  static float logits[2][kTokens * kVocabulary];
  MlirModule modules[2] = {module, grown};
  GrowCheckpoint checkpoints[2] = {
      checkpoint, growCheckpointOpen(context, text(grownPath))};
  GrowModel models[2];
  for (int i = 0; i < 2; ++i) {
    models[i] = growModelCompile(modules[i]);
    show("bound",
         isSuccess(growModelBindCheckpoint(models[i], checkpoints[i])));
    growCheckpointDestroy(checkpoints[i]);
    show("ran", isSuccess(growModelRun(models[i], ids, 1, kTokens, logits[i],
                                       sizeof(logits[i]))));
  }
  printf("vocabulary: %d, positions: %d, type: ",
         (int)growModelGetVocabulary(models[1]),
         (int)growModelGetPositions(models[1]));
  mlirTypePrint(growModelGetLogitsType(models[1]), print, stdout);
  printf(", images: %d\n", !mlirTypeIsNull(growModelGetImageType(models[1])));
  show("equal", memcmp(logits[0], logits[1], sizeof(logits[0])) == 0);
  show("not all zero", logits[0][0] != 0);
  for (int i = 0; i < 2; ++i) {
    growModelDestroy(models[i]);
    mlirModuleDestroy(modules[i]);
  }
  mlirContextDestroy(context);
}

/* Imports a checkpoint whose configuration has a key "unknown". */
static void testImport(const char *path, const char *architecture,
                       const char *grownPath) {
  printf("== import\n");
  MlirContext context = createContext();
  growContextLoadDialects(context);
  MlirType noType = {NULL};
  GrowCheckpoint checkpoint = growCheckpointOpen(context, text(path));
  show("unknown key",
       !mlirModuleIsNull(growCheckpointImport(checkpoint, noType)));
  show("ignored",
       isSuccess(growCheckpointIgnoreConfigKey(checkpoint, text("unknown"))));
  show("set",
       isSuccess(growCheckpointSetArchitecture(checkpoint, text("none.json"))));
  show("missing architecture",
       !mlirModuleIsNull(growCheckpointImport(checkpoint, noType)));
  growCheckpointSetArchitecture(checkpoint, text(architecture));
  MlirModule module = growCheckpointImport(checkpoint, noType);
  show("imported", !mlirModuleIsNull(module));
  growExpand(module, text("mlp=400"), checkpoint);
  show("written", isSuccess(growCheckpointWriteGrown(checkpoint, module,
                                                     text(grownPath), false)));
  mlirModuleDestroy(module);
  growCheckpointDestroy(checkpoint);
  mlirContextDestroy(context);
}

int main(int argc, char **argv) {
  if (argc != 6)
    return 2;
  print(growGetVersion(), stdout);
  printf("\n");
  testHandle();
  testModule();
  testErrors();
  testCheckpoint(argv[1], argv[2]);
  testImport(argv[3], argv[4], argv[5]);
  return 0;
}

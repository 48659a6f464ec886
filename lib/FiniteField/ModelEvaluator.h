//===- ModelEvaluator.h - Models over a finite field ---------- -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_FINITEFIELD_MODELEVALUATOR_H
#define GROW_LIB_FINITEFIELD_MODELEVALUATOR_H

#include "Derivations.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace grow {

/// What a model is run on.
struct ModelInput {
  int64_t batch, length;
  /// Of each sequence, one after the other.
  std::vector<int64_t> ids;
  /// Of the tokens of each sequence, increasing.
  std::vector<int64_t> positions;
  /// Of images and other random arguments.
  uint64_t seed;
};

/// The parameters of a model as its evaluation reads them.
class ModelParameters {
public:
  virtual ~ModelParameters() = default;
  /// Which entries there are.
  virtual KeptAxes getKept(mlir::Value value) = 0;
  /// These entries, or those of some slices of the first axis, by their number.
  virtual Ref read(mlir::Value value, const Kept *rows = nullptr) = 0;
  /// Derives what a function, not a parameter, is extended by.
  virtual Derivations &getDerivations() = 0;
};

/// Runs a model over a field. Linear ops are computed as they are, of the
/// others it is only assumed what growth may rest on.
class ModelEvaluator {
public:
  ModelEvaluator(Graph &graph, ModelParameters &parameters,
                 const ModelInput &input)
      : graph(graph), field(graph.getField()), parameters(parameters),
        input(input) {}

  /// The logits. Emits an error and fails at an op that has no meaning over a
  /// field.
  mlir::FailureOr<Ref> run(mlir::FunctionOpInterface function);

private:
  mlir::FailureOr<Ref> runBlock(mlir::Block &block);
  mlir::LogicalResult run(mlir::Operation *op);
  /// The result of an op on streams; null if the op is not known.
  Ref evaluate(mlir::Operation *op);

  void bindArgument(mlir::BlockArgument argument);
  /// The value of a stream, or of a parameter in its place.
  Ref get(mlir::Value value);

  // Projections: the last axes of the weight count what is written.
  Ref project(Ref x, mlir::Value weight, mlir::Value bias, int64_t inputAxes);
  Ref projectInBlocks(Ref x, mlir::Value weight, int64_t inputAxes);
  Ref unembedInBlocks(Ref x, mlir::Value table);
  Ref addBias(Ref x, mlir::Value bias);
  /// A parameter, over and over, in the shape of `like`.
  Ref broadcast(mlir::Value parameter, const Ref &like);

  Ref evaluateOp(EmbeddingOp op);
  Ref evaluateOp(PositionEmbeddingOp op);
  Ref evaluateOp(TypeEmbeddingOp op);
  Ref evaluateOp(PatchEmbeddingOp op);
  Ref evaluateOp(UnembeddingOp op);
  Ref evaluateOp(ScaleOp op);
  Ref evaluateOp(SoftcapOp op);
  Ref evaluateOp(SelectTokenOp op);
  Ref evaluateOp(RMSNormOp op);
  Ref evaluateOp(LayerNormOp op);
  Ref evaluateOp(AttentionOp op);
  Ref evaluateOp(MLPOp op);
  Ref evaluateOp(DenseOp op);
  Ref evaluateOp(ExtendOp op);
  Ref evaluateOp(DropOp op);
  Ref evaluateOp(CenterOp op);

  /// The batch and the length of a stream or of token numbers.
  std::pair<int64_t, int64_t> getBatchAndLength(mlir::Value sequence);
  /// The positions of a sequence of the given length.
  std::vector<int64_t> getPositions(int64_t length);
  /// Rows of a table, each as one token.
  Ref embed(mlir::Value table, llvm::ArrayRef<int64_t> rows, int64_t batch);
  Ref softcap(Ref x, const Exact &bound);
  Ref activate(Ref x, Activation activation);
  /// The mean along an axis, in the shape of the operand.
  Ref meanAlong(Ref x, int64_t axis);
  /// x over its root mean square, times a gain, along the last axis.
  Ref normalize(Ref x, Ref gain, const Exact &epsilon, int64_t count);
  /// What stands for cosine and sine of frequency times position.
  std::pair<uint64_t, uint64_t> getRotation(double frequency, int64_t position);
  Ref rotate(Ref heads, RopeAttr rope, const Kept &channels);
  Ref getScores(AttentionOp op, Ref queries, Ref keys);
  Ref getAlibi(AttentionOp op, const Ref &scores);
  Ref getMask(AttentionOp op, const Ref &scores);
  Ref prepareHeads(AttentionOp op, Ref heads, mlir::Value gain,
                   const Kept &channels);

  Graph &graph;
  const Field &field;
  ModelParameters &parameters;
  const ModelInput &input;
  /// Streams by value. Token numbers have an entry without a node.
  llvm::DenseMap<mlir::Value, Ref> values;
  llvm::DenseMap<mlir::Value, int64_t> usesLeft;
  std::map<uint64_t, uint64_t> frequencyKeys;
};

} // namespace grow

#endif // GROW_LIB_FINITEFIELD_MODELEVALUATOR_H

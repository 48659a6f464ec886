//===- Graph.h - Computation over a finite field -------------- -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Tensors over a field and the few operations that models are made of: gathers,
// sums, products, contractions, and functions of which nothing is known but
// that they are functions. If the graph records, gradients can be taken.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_FINITEFIELD_GRAPH_H
#define GROW_LIB_FINITEFIELD_GRAPH_H

#include "Random.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace grow {

using Shape = llvm::SmallVector<int64_t, 4>;

int64_t getCount(llvm::ArrayRef<int64_t> shape);

/// Elements in row-major order.
struct FieldTensor {
  Shape shape;
  std::vector<uint64_t> data;

  FieldTensor() = default;
  explicit FieldTensor(Shape shape, uint64_t element = 0)
      : shape(std::move(shape)), data(getCount(this->shape), element) {}
};

/// A function of one element.
enum class FunctionKind {
  ReLU,
  GELU,
  GELUTanh,
  SiLU,
  Tanh,
  Exponential,
  /// One over the principal root: not arbitrary, but multiplicative.
  InverseRoot,
  /// One over the number.
  Inverse,
};

/// As what rational function of everything random an element comes about: a
/// bound on the degree of its numerator, and on how often each denominator of a
/// softmax divides it.
struct Degree {
  double degree = 0, poles = 0;
};

struct GraphNode;
using Ref = std::shared_ptr<GraphNode>;

struct GraphNode {
  FieldTensor value;
  Degree degree;
  /// Of the functional whose gradient is taken; empty while nothing came here.
  std::vector<uint64_t> gradient;
  llvm::SmallVector<Ref, 2> inputs;
  /// Adds what the gradient of this node makes of those of the inputs.
  std::function<void(GraphNode &)> backward;

  llvm::ArrayRef<int64_t> getShape() const { return value.shape; }
  int64_t getCount() const { return value.data.size(); }
};

/// How often functions were computed, on arguments of which degree.
struct FunctionUse {
  double count = 0;
  Degree largest;
};

/// What a sum of products runs over.
struct Contraction {
  int64_t batch, rows, inner, columns;
  /// Whether the second operand is batch x columns x inner.
  bool transposed = false;
  /// Whether the second operand is the same for all of the batch.
  bool shared = false;
};

/// result[rows, columns] += a[rows, inner] b[inner, columns].
void accumulateProduct(const Field &field, llvm::MutableArrayRef<uint64_t> to,
                       llvm::ArrayRef<uint64_t> a, llvm::ArrayRef<uint64_t> b,
                       int64_t rows, int64_t inner, int64_t columns);
/// The same with b[columns, inner].
void accumulateTransposedProduct(const Field &field,
                                 llvm::MutableArrayRef<uint64_t> to,
                                 llvm::ArrayRef<uint64_t> a,
                                 llvm::ArrayRef<uint64_t> b, int64_t rows,
                                 int64_t inner, int64_t columns);

class Graph {
public:
  /// Functions are keyed by the seed.
  Graph(const Field &field, uint64_t seed, bool records)
      : field(field), seed(seed), records(records) {}

  const Field &getField() const { return field; }
  bool isRecording() const { return records; }

  Ref constant(FieldTensor value, Degree degree = {});
  Ref reshape(Ref a, Shape shape);
  /// result[i] = a[places[i]], and zero for places below zero.
  Ref gather(Ref a, Shape shape, std::vector<int64_t> places);
  /// Axis i of the result is axis `axes[i]` of the operand.
  Ref permute(Ref a, llvm::ArrayRef<int64_t> axes);
  /// The operand, over and over: of its entries as the last axes of `shape`.
  Ref repeat(Ref a, Shape shape);
  /// Each row of the operand, one element, as all elements of a row.
  Ref spread(Ref a, Shape shape);
  Ref add(Ref a, Ref b);
  Ref multiply(Ref a, Ref b);
  Ref scale(Ref a, uint64_t factor);
  Ref shift(Ref a, uint64_t summand);
  Ref contract(Ref a, Ref b, const Contraction &over);
  /// The sum over the last axis, which stays as one of size 1.
  Ref sumRows(Ref a);
  Ref map(Ref a, FunctionKind kind);

  /// Whether something was divided by zero: all results are void then.
  bool hasDividedByZero() const { return dividedByZero; }
  const std::map<FunctionKind, FunctionUse> &getUses() const { return uses; }

  /// The gradient of the sum of `weights` times the entries of `result`.
  void differentiate(Ref result, std::vector<uint64_t> weights);

private:
  Ref record(FieldTensor value, Degree degree, llvm::ArrayRef<Ref> inputs,
             std::function<void(GraphNode &)> backward);
  uint64_t evaluate(FunctionKind kind, uint64_t key, uint64_t x);
  uint64_t derivative(FunctionKind kind, uint64_t key, uint64_t x, uint64_t y);

  const Field &field;
  uint64_t seed;
  bool records;
  bool dividedByZero = false;
  std::vector<Ref> tape;
  std::map<FunctionKind, FunctionUse> uses;
};

} // namespace grow

#endif // GROW_LIB_FINITEFIELD_GRAPH_H

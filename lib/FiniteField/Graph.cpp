//===- Graph.cpp - Computation over a finite field ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Graph.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Parallel.h"
#include <atomic>
#include <numeric>

using namespace llvm;
using namespace grow;

int64_t grow::getCount(ArrayRef<int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<int64_t>());
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// Sums are reduced after so many products: one less than fit, for the rest of
/// the previous sum.
static constexpr int64_t kChunk = Field::kMostProducts - 1;

/// Columns that are summed up together, so that rows of the second operand are
/// read in pieces of a few cache lines.
static constexpr int64_t kColumns = 64;

static void accumulateColumns(const Field &field, MutableArrayRef<uint64_t> to,
                              ArrayRef<uint64_t> a, ArrayRef<uint64_t> b,
                              int64_t row, int64_t inner, int64_t columns,
                              int64_t begin, int64_t end) {
  WideInt sums[kColumns];
  uint64_t *target = to.data() + row * columns;
  for (int64_t j = begin; j < end; ++j)
    sums[j - begin] = target[j];
  for (int64_t start = 0; start < inner; start += kChunk) {
    int64_t stop = std::min(inner, start + kChunk);
    for (int64_t k = start; k < stop; ++k) {
      uint64_t factor = a[row * inner + k];
      const uint64_t *source = b.data() + k * columns;
      for (int64_t j = begin; j < end; ++j)
        sums[j - begin] += static_cast<WideInt>(factor) * source[j];
    }
    for (int64_t j = begin; j < end; ++j)
      sums[j - begin] = field.reduce(sums[j - begin]);
  }
  for (int64_t j = begin; j < end; ++j)
    target[j] = static_cast<uint64_t>(sums[j - begin]);
}

/// Calls `visit` with numbers from 0 to `count`, in parallel if the work, in
/// products, is worth it.
static void forEachBlock(int64_t count, int64_t work,
                         function_ref<void(size_t)> visit) {
  constexpr int64_t kLeastWork = 1 << 16;
  if (work >= kLeastWork)
    return parallelFor(0, count, visit);
  for (int64_t i = 0; i < count; ++i)
    visit(i);
}

void grow::accumulateProduct(const Field &field, MutableArrayRef<uint64_t> to,
                             ArrayRef<uint64_t> a, ArrayRef<uint64_t> b,
                             int64_t rows, int64_t inner, int64_t columns) {
  int64_t work = rows * inner * columns;
  forEachBlock(divideCeil(columns, kColumns), work, [&](size_t block) {
    int64_t begin = block * kColumns;
    int64_t end = std::min(columns, begin + kColumns);
    for (int64_t row = 0; row < rows; ++row)
      accumulateColumns(field, to, a, b, row, inner, columns, begin, end);
  });
}

static uint64_t getDotProduct(const Field &field, const uint64_t *a,
                              const uint64_t *b, int64_t count) {
  WideInt sum = 0;
  for (int64_t start = 0; start < count; start += kChunk) {
    int64_t stop = std::min(count, start + kChunk);
    for (int64_t k = start; k < stop; ++k)
      sum += static_cast<WideInt>(a[k]) * b[k];
    sum = field.reduce(sum);
  }
  return static_cast<uint64_t>(sum);
}

void grow::accumulateTransposedProduct(const Field &field,
                                       MutableArrayRef<uint64_t> to,
                                       ArrayRef<uint64_t> a,
                                       ArrayRef<uint64_t> b, int64_t rows,
                                       int64_t inner, int64_t columns) {
  int64_t work = rows * inner * columns;
  forEachBlock(divideCeil(columns, kColumns), work, [&](size_t block) {
    int64_t begin = block * kColumns;
    int64_t end = std::min(columns, begin + kColumns);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t j = begin; j < end; ++j) {
        uint64_t &target = to[row * columns + j];
        target = field.add(target, getDotProduct(field, &a[row * inner],
                                                 &b[j * inner], inner));
      }
  });
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

Ref Graph::record(FieldTensor value, Degree degree, ArrayRef<Ref> inputs,
                  std::function<void(GraphNode &)> backward) {
  auto node = std::make_shared<GraphNode>();
  node->value = std::move(value);
  node->degree = degree;
  if (!records)
    return node;
  node->inputs.assign(inputs.begin(), inputs.end());
  node->backward = std::move(backward);
  tape.push_back(node);
  return node;
}

/// The gradient of a node, zero so far if nothing came there.
static std::vector<uint64_t> &getGradient(GraphNode &node) {
  if (node.gradient.empty())
    node.gradient.resize(node.value.data.size());
  return node.gradient;
}

static Degree getSumDegree(const Degree &a, const Degree &b) {
  return {std::max(a.degree, b.degree), std::max(a.poles, b.poles)};
}

static Degree getProductDegree(const Degree &a, const Degree &b) {
  return {a.degree + b.degree, a.poles + b.poles};
}

void Graph::differentiate(Ref result, std::vector<uint64_t> weights) {
  assert(records && "only a graph that records has gradients");
  result->gradient = std::move(weights);
  for (const Ref &node : llvm::reverse(tape))
    if (node->backward && !node->gradient.empty())
      node->backward(*node);
}

Ref Graph::constant(FieldTensor value, Degree degree) {
  return record(std::move(value), degree, {}, nullptr);
}

//===----------------------------------------------------------------------===//
// Moving entries
//===----------------------------------------------------------------------===//

Ref Graph::reshape(Ref a, Shape shape) {
  assert(getCount(shape) == a->getCount() && "a reshape keeps all entries");
  FieldTensor value;
  value.shape = std::move(shape);
  value.data = a->value.data;
  return record(std::move(value), a->degree, a, [this](GraphNode &node) {
    std::vector<uint64_t> &to = getGradient(*node.inputs[0]);
    for (auto [target, part] : llvm::zip_equal(to, node.gradient))
      target = field.add(target, part);
  });
}

Ref Graph::gather(Ref a, Shape shape, std::vector<int64_t> places) {
  FieldTensor value(std::move(shape));
  assert(value.data.size() == places.size() && "one place for each entry");
  for (auto [entry, place] : llvm::zip_equal(value.data, places))
    entry = place < 0 ? 0 : a->value.data[place];
  Degree degree = a->degree;
  return record(std::move(value), degree, a,
                [this, places = std::move(places)](GraphNode &node) {
                  std::vector<uint64_t> &to = getGradient(*node.inputs[0]);
                  for (auto [place, part] :
                       llvm::zip_equal(places, node.gradient))
                    if (place >= 0)
                      to[place] = field.add(to[place], part);
                });
}

Ref Graph::permute(Ref a, ArrayRef<int64_t> axes) {
  ArrayRef<int64_t> from = a->getShape();
  Shape strides(from.size(), 1), shape, steps;
  for (int64_t i = static_cast<int64_t>(from.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * from[i + 1];
  for (int64_t axis : axes) {
    shape.push_back(from[axis]);
    steps.push_back(strides[axis]);
  }
  std::vector<int64_t> places{0};
  for (auto [size, step] : llvm::zip_equal(shape, steps)) {
    std::vector<int64_t> next;
    next.reserve(places.size() * size);
    for (int64_t place : places)
      for (int64_t i = 0; i < size; ++i)
        next.push_back(place + i * step);
    places = std::move(next);
  }
  return gather(std::move(a), std::move(shape), std::move(places));
}

Ref Graph::repeat(Ref a, Shape shape) {
  std::vector<int64_t> places(grow::getCount(shape));
  int64_t period = a->getCount();
  for (auto [i, place] : llvm::enumerate(places))
    place = static_cast<int64_t>(i) % period;
  return gather(std::move(a), std::move(shape), std::move(places));
}

Ref Graph::spread(Ref a, Shape shape) {
  std::vector<int64_t> places(grow::getCount(shape));
  int64_t length = shape.back();
  for (auto [i, place] : llvm::enumerate(places))
    place = static_cast<int64_t>(i) / length;
  return gather(std::move(a), std::move(shape), std::move(places));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Ref Graph::add(Ref a, Ref b) {
  FieldTensor value(Shape(a->getShape()));
  for (auto [sum, x, y] :
       llvm::zip_equal(value.data, a->value.data, b->value.data))
    sum = field.add(x, y);
  Degree degree = getSumDegree(a->degree, b->degree);
  return record(std::move(value), degree, {a, b}, [this](GraphNode &node) {
    for (const Ref &input : node.inputs)
      for (auto [target, part] :
           llvm::zip_equal(getGradient(*input), node.gradient))
        target = field.add(target, part);
  });
}

Ref Graph::multiply(Ref a, Ref b) {
  FieldTensor value(Shape(a->getShape()));
  for (auto [product, x, y] :
       llvm::zip_equal(value.data, a->value.data, b->value.data))
    product = field.multiply(x, y);
  Degree degree = getProductDegree(a->degree, b->degree);
  return record(std::move(value), degree, {a, b}, [this](GraphNode &node) {
    for (auto [input, other] : {std::pair(node.inputs[0], node.inputs[1]),
                                std::pair(node.inputs[1], node.inputs[0])})
      for (auto [target, part, factor] : llvm::zip_equal(
               getGradient(*input), node.gradient, other->value.data))
        target = field.add(target, field.multiply(part, factor));
  });
}

Ref Graph::scale(Ref a, uint64_t factor) {
  FieldTensor value(Shape(a->getShape()));
  for (auto [product, x] : llvm::zip_equal(value.data, a->value.data))
    product = field.multiply(x, factor);
  return record(
      std::move(value), a->degree, a, [this, factor](GraphNode &node) {
        for (auto [target, part] :
             llvm::zip_equal(getGradient(*node.inputs[0]), node.gradient))
          target = field.add(target, field.multiply(part, factor));
      });
}

Ref Graph::shift(Ref a, uint64_t summand) {
  FieldTensor value(Shape(a->getShape()));
  for (auto [sum, x] : llvm::zip_equal(value.data, a->value.data))
    sum = field.add(x, summand);
  return record(std::move(value), a->degree, a, [this](GraphNode &node) {
    for (auto [target, part] :
         llvm::zip_equal(getGradient(*node.inputs[0]), node.gradient))
      target = field.add(target, part);
  });
}

static std::vector<uint64_t> transpose(ArrayRef<uint64_t> matrix, int64_t rows,
                                       int64_t columns) {
  std::vector<uint64_t> result(matrix.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      result[j * rows + i] = matrix[i * columns + j];
  return result;
}

/// The gradients of one product a b, or a b^T if it is transposed.
static void accumulateGradients(const Field &field, const Contraction &over,
                                ArrayRef<uint64_t> result, ArrayRef<uint64_t> a,
                                ArrayRef<uint64_t> b,
                                MutableArrayRef<uint64_t> toA,
                                MutableArrayRef<uint64_t> toB) {
  auto [batch, rows, inner, columns, transposed, shared] = over;
  if (!transposed) {
    accumulateTransposedProduct(field, toA, result, b, rows, columns, inner);
    accumulateProduct(field, toB, transpose(a, rows, inner), result, inner,
                      rows, columns);
    return;
  }
  accumulateProduct(field, toA, result, b, rows, columns, inner);
  accumulateProduct(field, toB, transpose(result, rows, columns), a, columns,
                    rows, inner);
}

Ref Graph::contract(Ref a, Ref b, const Contraction &over) {
  FieldTensor value(Shape{over.batch, over.rows, over.columns});
  int64_t sizeA = over.rows * over.inner, sizeB = over.inner * over.columns;
  int64_t size = over.rows * over.columns;
  int64_t stepB = over.shared ? 0 : sizeB;
  for (int64_t i = 0; i < over.batch; ++i) {
    auto to = MutableArrayRef(value.data).slice(i * size, size);
    auto partA = ArrayRef(a->value.data).slice(i * sizeA, sizeA);
    auto partB = ArrayRef(b->value.data).slice(i * stepB, sizeB);
    auto accumulate =
        over.transposed ? accumulateTransposedProduct : accumulateProduct;
    accumulate(field, to, partA, partB, over.rows, over.inner, over.columns);
  }
  Degree degree = getProductDegree(a->degree, b->degree);
  return record(std::move(value), degree, {a, b}, [=](GraphNode &node) {
    GraphNode &a = *node.inputs[0], &b = *node.inputs[1];
    MutableArrayRef<uint64_t> toA = getGradient(a);
    MutableArrayRef<uint64_t> toB = getGradient(b);
    for (int64_t i = 0; i < over.batch; ++i)
      accumulateGradients(
          field, over, ArrayRef(node.gradient).slice(i * size, size),
          ArrayRef(a.value.data).slice(i * sizeA, sizeA),
          ArrayRef(b.value.data).slice(i * stepB, sizeB),
          toA.slice(i * sizeA, sizeA), toB.slice(i * stepB, sizeB));
  });
}

Ref Graph::sumRows(Ref a) {
  Shape shape(a->getShape());
  int64_t length = shape.back();
  shape.back() = 1;
  Ref ones = constant(FieldTensor(Shape{length, 1}, 1));
  int64_t rows = a->getCount() / length;
  return reshape(contract(a, ones, {1, rows, length, 1}), shape);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

static bool isArbitrary(FunctionKind kind) {
  return kind != FunctionKind::InverseRoot && kind != FunctionKind::Inverse;
}

/// Zero for zero, like every activation and the hyperbolic tangent.
static bool mapsZeroToZero(FunctionKind kind) {
  return isArbitrary(kind) && kind != FunctionKind::Exponential;
}

uint64_t Graph::evaluate(FunctionKind kind, uint64_t key, uint64_t x) {
  if (kind == FunctionKind::InverseRoot)
    return field.inverseRoot(x);
  if (kind == FunctionKind::Inverse)
    return field.invert(x);
  if (x == 0 && mapsZeroToZero(kind))
    return 0;
  return getElement(field, descend(key, x));
}

uint64_t Graph::derivative(FunctionKind kind, uint64_t key, uint64_t x,
                           uint64_t y) {
  if (kind == FunctionKind::Exponential)
    return y;
  if (kind == FunctionKind::Inverse)
    return field.negate(field.multiply(y, y));
  if (kind == FunctionKind::InverseRoot)
    return field.negate(field.multiply(y, field.invert(field.add(x, x))));
  if (kind == FunctionKind::ReLU && x == 0)
    return 0;
  // Zero is too improbable to be avoided.
  return getElement(field, descend(mixBits(key), x));
}

Ref Graph::map(Ref a, FunctionKind kind) {
  FunctionUse &use = uses[kind];
  use.count += a->getCount();
  use.largest = getSumDegree(use.largest, a->degree);

  FieldTensor value(Shape(a->getShape()));
  if (!isArbitrary(kind) && llvm::is_contained(a->value.data, 0)) {
    dividedByZero = true;
    return constant(std::move(value));
  }
  uint64_t key = getKey(seed, "function " + Twine(static_cast<int>(kind)));
  constexpr int64_t kBlock = 256;
  int64_t count = a->getCount();
  // Powers are as much work as a hundred products.
  forEachBlock(divideCeil(count, kBlock), 100 * count, [&](size_t block) {
    int64_t end = std::min(count, static_cast<int64_t>(block + 1) * kBlock);
    for (int64_t i = block * kBlock; i < end; ++i)
      value.data[i] = evaluate(kind, key, a->value.data[i]);
  });
  Degree degree = kind == FunctionKind::Inverse ? Degree{0, 1} : Degree{1, 0};
  return record(
      std::move(value), degree, a, [this, kind, key](GraphNode &node) {
        GraphNode &a = *node.inputs[0];
        for (auto [target, part, x, y] : llvm::zip_equal(
                 getGradient(a), node.gradient, a.value.data, node.value.data))
          target = field.add(target,
                             field.multiply(part, derivative(kind, key, x, y)));
      });
}

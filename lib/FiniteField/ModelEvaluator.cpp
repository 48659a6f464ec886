//===- ModelEvaluator.cpp - Models over a finite field --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelEvaluator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include <numeric>

using namespace mlir;
using namespace grow;

/// Parameters are linear in what is random.
static constexpr Degree kParameterDegree = {1, 0};

//===----------------------------------------------------------------------===//
// Functions, layers and values
//===----------------------------------------------------------------------===//

FailureOr<Ref> ModelEvaluator::run(FunctionOpInterface function) {
  if (function.isExternal() || !function.getFunctionBody().hasOneBlock())
    return function.emitError()
           << "expects a body of one block to evaluate over a finite field";
  if (function.getNumResults() != 1)
    return function.emitError() << "expects one result, the logits, but found "
                                << function.getNumResults();
  Block &block = function.getFunctionBody().front();
  for (BlockArgument argument : block.getArguments())
    bindArgument(argument);
  return runBlock(block);
}

void ModelEvaluator::bindArgument(BlockArgument argument) {
  usesLeft[argument] = std::numeric_limits<int64_t>::max();
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type || !isa<FloatType>(type.getElementType())) {
    values[argument] = nullptr;
    return;
  }
  Shape shape(type.getShape());
  int64_t sizes[] = {input.batch, input.length};
  for (auto [axis, size] : llvm::enumerate(shape))
    if (ShapedType::isDynamic(size))
      size = sizes[std::min<size_t>(axis, 1)];
  RandomStream random(
      getKey(input.seed, "argument " + Twine(argument.getArgNumber())));
  FieldTensor value(shape);
  for (uint64_t &element : value.data)
    element = getElement(field, random.next());
  values[argument] = graph.constant(std::move(value), kParameterDegree);
}

FailureOr<Ref> ModelEvaluator::runBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (failed(run(&op)))
      return failure();
    for (Value operand : op.getOperands())
      if (auto it = usesLeft.find(operand);
          it != usesLeft.end() && --it->second == 0)
        values.erase(operand);
  }
  return get(block.getTerminator()->getOperand(0));
}

LogicalResult ModelEvaluator::run(Operation *op) {
  if (op->getNumResults() != 1 ||
      !isa<RankedTensorType>(op->getResult(0).getType()))
    return op->emitError() << "cannot be evaluated over a finite field";
  Value result = op->getResult(0);
  // Parameters are made where they are read.
  if (Derivations::isParameter(result))
    return success();
  Ref value;
  if (auto layer = dyn_cast<LayerOp>(op)) {
    for (auto [argument, operand] :
         llvm::zip_equal(layer.getBody().getArguments(), layer.getInputs())) {
      if (Derivations::isParameter(operand))
        continue;
      usesLeft[argument] = std::numeric_limits<int64_t>::max();
      values[argument] = values.lookup(operand);
    }
    FailureOr<Ref> yielded = runBlock(layer.getBody().front());
    if (failed(yielded))
      return failure();
    for (BlockArgument argument : layer.getBody().getArguments())
      values.erase(argument);
    value = *yielded;
  } else {
    value = evaluate(op);
  }
  if (!value)
    return op->emitError() << "cannot be evaluated over a finite field";
  usesLeft[result] = std::distance(result.use_begin(), result.use_end());
  values[result] = std::move(value);
  return success();
}

Ref ModelEvaluator::evaluate(Operation *op) {
  return llvm::TypeSwitch<Operation *, Ref>(op)
      .Case<EmbeddingOp, PositionEmbeddingOp, TypeEmbeddingOp, PatchEmbeddingOp,
            UnembeddingOp, ScaleOp, SoftcapOp, SelectTokenOp, RMSNormOp,
            LayerNormOp, AttentionOp, MLPOp, DenseOp, ExtendOp, DropOp,
            CenterOp>([&](auto op) { return evaluateOp(op); })
      .Case([&](arith::AddFOp op) {
        return graph.add(get(op.getLhs()), get(op.getRhs()));
      })
      .Default([](Operation *) { return nullptr; });
}

Ref ModelEvaluator::get(Value value) {
  if (auto it = values.find(value); it != values.end())
    return it->second;
  assert(Derivations::isParameter(value) && "a value that nothing computes");
  return parameters.read(value);
}

std::pair<int64_t, int64_t> ModelEvaluator::getBatchAndLength(Value sequence) {
  if (Ref stream = get(sequence))
    return {stream->getShape()[0], stream->getShape()[1]};
  return {input.batch, input.length};
}

std::vector<int64_t> ModelEvaluator::getPositions(int64_t length) {
  if (length == static_cast<int64_t>(input.positions.size()))
    return input.positions;
  std::vector<int64_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

//===----------------------------------------------------------------------===//
// Projections
//===----------------------------------------------------------------------===//

/// Parameters are made and read in blocks of about so many entries, so that
/// memory does not follow the size of the model.
static constexpr int64_t kBlock = 1 << 22;

static Shape getShape(const KeptAxes &kept) {
  return llvm::map_to_vector<4>(
      kept, [](const Kept &axis) { return static_cast<int64_t>(axis.size()); });
}

/// Calls `visit` with blocks of numbers from 0 to `rows`, of about `kBlock`
/// entries.
static void forEachBlock(int64_t rows, int64_t rowSize,
                         function_ref<void(const Kept &)> visit) {
  int64_t step = std::max<int64_t>(1, kBlock / std::max<int64_t>(1, rowSize));
  for (int64_t begin = 0; begin < rows; begin += step) {
    Kept block(std::min(step, rows - begin));
    std::iota(block.begin(), block.end(), begin);
    visit(block);
  }
}

Ref ModelEvaluator::projectInBlocks(Ref x, Value weight, int64_t inputAxes) {
  Shape shape = getShape(parameters.getKept(weight));
  int64_t inner = getCount(ArrayRef(shape).take_front(inputAxes));
  int64_t columns = getCount(ArrayRef(shape).drop_front(inputAxes));
  int64_t rows = x->getCount() / inner, rowInner = inner / shape[0];
  FieldTensor sum(Shape{1, rows, columns});
  forEachBlock(shape[0], rowInner * columns, [&](const Kept &block) {
    Ref part = parameters.read(weight, &block);
    int64_t begin = block.front() * rowInner;
    int64_t size = static_cast<int64_t>(block.size()) * rowInner;
    std::vector<uint64_t> entries;
    entries.reserve(rows * size);
    for (int64_t row = 0; row < rows; ++row) {
      const uint64_t *from = &x->value.data[row * inner + begin];
      entries.insert(entries.end(), from, from + size);
    }
    accumulateProduct(field, sum.data, entries, part->value.data, rows, size,
                      columns);
  });
  return graph.constant(std::move(sum),
                        {x->degree.degree + kParameterDegree.degree,
                         x->degree.poles + kParameterDegree.poles});
}

Ref ModelEvaluator::project(Ref x, Value weight, Value bias,
                            int64_t inputAxes) {
  Ref result;
  if (graph.isRecording()) {
    Shape shape = getShape(parameters.getKept(weight));
    int64_t inner = getCount(ArrayRef(shape).take_front(inputAxes));
    int64_t columns = getCount(ArrayRef(shape).drop_front(inputAxes));
    result = graph.contract(x, parameters.read(weight),
                            {1, x->getCount() / inner, inner, columns});
  } else {
    result = projectInBlocks(x, weight, inputAxes);
  }
  return addBias(result, bias);
}

Ref ModelEvaluator::broadcast(Value parameter, const Ref &like) {
  return graph.repeat(parameters.read(parameter), Shape(like->getShape()));
}

Ref ModelEvaluator::addBias(Ref x, Value bias) {
  return bias ? graph.add(x, broadcast(bias, x)) : x;
}

//===----------------------------------------------------------------------===//
// Embeddings
//===----------------------------------------------------------------------===//

Ref ModelEvaluator::embed(Value table, ArrayRef<int64_t> rows, int64_t batch) {
  // Only the rows that occur.
  Kept kept = parameters.getKept(table)[0];
  Kept used(rows.begin(), rows.end());
  llvm::sort(used);
  used.erase(llvm::unique(used), used.end());
  Kept places;
  for (int64_t row : used) {
    assert(llvm::is_contained(kept, row) && "a row that is not there");
    places.push_back(llvm::lower_bound(kept, row) - kept.begin());
  }
  Ref read = parameters.read(table, &places);
  int64_t hidden = read->getShape().back();
  std::vector<int64_t> entries;
  for (int64_t row : rows) {
    int64_t place = llvm::lower_bound(used, row) - used.begin();
    for (int64_t i = 0; i < hidden; ++i)
      entries.push_back(place * hidden + i);
  }
  int64_t length = static_cast<int64_t>(rows.size()) / batch;
  return graph.gather(read, Shape{batch, length, hidden}, std::move(entries));
}

Ref ModelEvaluator::evaluateOp(EmbeddingOp op) {
  return embed(op.getTable(), input.ids, input.batch);
}

Ref ModelEvaluator::evaluateOp(PositionEmbeddingOp op) {
  auto [batch, length] = getBatchAndLength(op.getSequence());
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < batch; ++i)
    for (int64_t position : getPositions(length))
      rows.push_back(position + static_cast<int64_t>(op.getOffset()));
  return embed(op.getTable(), rows, batch);
}

Ref ModelEvaluator::evaluateOp(TypeEmbeddingOp op) {
  auto [batch, length] = getBatchAndLength(op.getSequence());
  std::vector<int64_t> rows(batch * length, static_cast<int64_t>(op.getRow()));
  return embed(op.getTable(), rows, batch);
}

Ref ModelEvaluator::evaluateOp(PatchEmbeddingOp op) {
  Ref images = get(op.getImages());
  ArrayRef<int64_t> size = images->getShape();
  ArrayRef<int64_t> patch = op.getWeight().getType().getShape();
  int64_t batch = size[0], down = size[2] / patch[1],
          across = size[3] / patch[2];
  // batch x channels x (down x patch rows) x (across x patch columns)
  Ref split = graph.reshape(
      images, Shape{batch, size[1], down, patch[1], across, patch[2]});
  Ref patches = graph.permute(split, {0, 2, 4, 1, 3, 5});
  Ref embedded = project(patches, op.getWeight(), op.getBias(), 3);

  Ref token = parameters.read(op.getClassToken());
  int64_t hidden = token->getCount(), count = down * across;
  Shape shape{batch, 1 + count, hidden};
  std::vector<int64_t> fromToken(getCount(shape), -1), fromPatch(fromToken);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t <= count; ++t)
      for (int64_t h = 0; h < hidden; ++h) {
        int64_t place = (b * (1 + count) + t) * hidden + h;
        if (t == 0)
          fromToken[place] = h;
        else
          fromPatch[place] = (b * count + t - 1) * hidden + h;
      }
  return graph.add(graph.gather(token, shape, std::move(fromToken)),
                   graph.gather(embedded, shape, std::move(fromPatch)));
}

Ref ModelEvaluator::unembedInBlocks(Ref x, Value table) {
  Shape shape = getShape(parameters.getKept(table));
  int64_t vocabulary = shape[0], hidden = shape[1];
  int64_t rows = x->getCount() / hidden;
  FieldTensor result(Shape{1, rows, vocabulary});
  forEachBlock(vocabulary, hidden, [&](const Kept &block) {
    Ref part = parameters.read(table, &block);
    int64_t size = block.size();
    std::vector<uint64_t> logits(rows * size);
    accumulateTransposedProduct(field, logits, x->value.data, part->value.data,
                                rows, hidden, size);
    for (int64_t row = 0; row < rows; ++row)
      std::copy_n(&logits[row * size], size,
                  &result.data[row * vocabulary + block.front()]);
  });
  return graph.constant(std::move(result),
                        {x->degree.degree + kParameterDegree.degree,
                         x->degree.poles + kParameterDegree.poles});
}

Ref ModelEvaluator::evaluateOp(UnembeddingOp op) {
  Ref x = get(op.getX()), logits;
  Shape shape(x->getShape());
  if (graph.isRecording()) {
    Ref table = parameters.read(op.getTable());
    int64_t hidden = shape.back(), vocabulary = table->getShape()[0];
    logits = graph.contract(x, table,
                            {1, x->getCount() / hidden, hidden, vocabulary,
                             /*transposed=*/true});
  } else {
    logits = unembedInBlocks(x, op.getTable());
  }
  shape.back() = logits->getShape().back();
  return graph.reshape(addBias(logits, op.getBias()), shape);
}

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

Ref ModelEvaluator::evaluateOp(ScaleOp op) {
  uint64_t factor = field.get(op.getFactor().getValue());
  Ref result = graph.scale(get(op.getX()), factor);
  if (!op.getAbout())
    return result;
  // about + factor (x - about)
  uint64_t about = field.get(op.getAboutAttr().getValue());
  return graph.shift(result,
                     field.subtract(about, field.multiply(factor, about)));
}

Ref ModelEvaluator::softcap(Ref x, const Exact &bound) {
  Ref relative = graph.scale(x, field.get(bound.inverse()));
  return graph.scale(graph.map(relative, FunctionKind::Tanh), field.get(bound));
}

Ref ModelEvaluator::evaluateOp(SoftcapOp op) {
  return softcap(get(op.getX()), op.getBound().getValue());
}

/// The places of some slices along an axis in a tensor, -1 for slices below 0.
static std::vector<int64_t> getPlaces(ArrayRef<int64_t> shape, int64_t axis,
                                      ArrayRef<int64_t> slices) {
  int64_t outer = getCount(shape.take_front(axis));
  int64_t inner = getCount(shape.drop_front(axis + 1));
  std::vector<int64_t> places;
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t slice : slices)
      for (int64_t k = 0; k < inner; ++k)
        places.push_back(slice < 0 ? -1
                                   : (i * shape[axis] + slice) * inner + k);
  return places;
}

Ref ModelEvaluator::evaluateOp(SelectTokenOp op) {
  Ref x = get(op.getX());
  Shape shape(x->getShape());
  int64_t position = op.getPosition();
  std::vector<int64_t> places = getPlaces(shape, 1, position);
  shape[1] = 1;
  return graph.gather(x, shape, std::move(places));
}

Ref ModelEvaluator::meanAlong(Ref x, int64_t axis) {
  Shape shape(x->getShape()), axes;
  for (size_t i = 0; i < shape.size(); ++i)
    if (static_cast<int64_t>(i) != axis)
      axes.push_back(i);
  axes.push_back(axis);
  Ref last = graph.permute(x, axes);
  Ref mean =
      graph.scale(graph.sumRows(last), field.invert(field.get(shape[axis])));
  Ref spread = graph.spread(mean, Shape(last->getShape()));
  // Back to where the axis was.
  Shape inverse(axes.size());
  for (auto [i, from] : llvm::enumerate(axes))
    inverse[from] = i;
  return graph.permute(spread, inverse);
}

Ref ModelEvaluator::evaluateOp(CenterOp op) {
  Ref x = get(op.getInput());
  Ref mean = meanAlong(x, op.getAxis());
  return graph.add(x, graph.scale(mean, field.negate(1)));
}

Ref ModelEvaluator::evaluateOp(DropOp op) {
  Ref x = get(op.getInput());
  Shape shape(x->getShape());
  std::vector<int64_t> origins = getOrigins(op);
  std::vector<int64_t> places = getPlaces(shape, op.getAxis(), origins);
  shape[op.getAxis()] = origins.size();
  return graph.gather(x, shape, std::move(places));
}

Ref ModelEvaluator::evaluateOp(ExtendOp op) {
  Ref x = get(op.getInput());
  int64_t axis = op.getAxis();
  Shape before(x->getShape()), shape(before);
  std::vector<int64_t> origins = getOrigins(op);
  shape[axis] = origins.size();
  auto pick = [&](const Ref &from, function_ref<int64_t(int64_t)> getSlice) {
    Shape slices = llvm::map_to_vector<4>(origins, getSlice);
    return graph.gather(from, shape, getPlaces(before, axis, slices));
  };
  Ref old = pick(x, [](int64_t origin) { return origin; });

  FillAttrInterface fill = op.getFill();
  if (auto copy = dyn_cast<CopyAttr>(fill)) {
    Ref added = pick(x, [&](int64_t origin) {
      return origin < 0 ? copy.getIndices()[~origin] : -1;
    });
    return graph.add(old, graph.scale(added, field.get(copy.getFactor())));
  }
  if (isa<MeanAttr>(fill))
    return graph.add(old, pick(meanAlong(x, axis), [](int64_t origin) {
                       return origin < 0 ? 0 : -1;
                     }));
  FieldTensor block =
      parameters.getDerivations().fill(fill, "", keepAll(shape));
  std::vector<int64_t> oldPlaces = getPlaces(before, axis, origins);
  for (auto [entry, place] : llvm::zip_equal(block.data, oldPlaces))
    if (place >= 0)
      entry = 0;
  return graph.add(old, graph.constant(std::move(block), kParameterDegree));
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

Ref ModelEvaluator::normalize(Ref x, Ref gain, const Exact &epsilon,
                              int64_t count) {
  // x / sqrt(sum / count + epsilon) = x sqrt(count) / sqrt(sum + epsilon count)
  Ref sum = graph.sumRows(graph.multiply(x, x));
  Ref argument =
      graph.shift(sum, field.multiply(field.get(epsilon), field.get(count)));
  Ref root = graph.scale(graph.map(argument, FunctionKind::InverseRoot),
                         field.root(field.get(count)));
  Ref normalized = graph.multiply(x, graph.spread(root, Shape(x->getShape())));
  return graph.multiply(normalized, graph.repeat(gain, Shape(x->getShape())));
}

Ref ModelEvaluator::evaluateOp(RMSNormOp op) {
  Ref gain = parameters.read(op.getGain());
  if (op.getUnitOffset())
    gain = graph.shift(gain, 1);
  return normalize(get(op.getX()), gain, op.getEpsilon().getValue(),
                   op.getCount());
}

Ref ModelEvaluator::evaluateOp(LayerNormOp op) {
  Ref x = get(op.getX());
  Shape shape(x->getShape());
  // Minus the mean of the first channels, in these channels.
  Kept channels = parameters.getKept(op.getGain())[0];
  Shape first;
  for (auto [place, channel] : llvm::enumerate(channels))
    if (channel < static_cast<int64_t>(op.getCentered()))
      first.push_back(place);
  std::vector<int64_t> places = getPlaces(shape, 2, first);
  Shape centered = shape;
  centered.back() = first.size();
  Ref mean = meanAlong(graph.gather(x, centered, std::move(places)), 2);
  first.resize(shape.back(), -1);
  Ref subtracted = graph.gather(mean, shape, getPlaces(centered, 2, first));
  Ref d = graph.add(x, graph.scale(subtracted, field.negate(1)));
  return addBias(normalize(d, parameters.read(op.getGain()),
                           op.getEpsilon().getValue(), op.getCount()),
                 op.getBias());
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

namespace {
/// How a channel rotates.
struct RotaryPair {
  /// The other channel of the pair.
  int64_t other;
  /// The number of the pair.
  int64_t frequency;
  /// Whether the channel is the first of the two.
  bool isFirst;
};
} // namespace

/// None for channels that do not rotate.
static std::optional<RotaryPair> getPair(RopeAttr rope, int64_t channel) {
  int64_t pairs = rope.getFrequencies().size();
  if (channel >= 2 * pairs)
    return std::nullopt;
  if (rope.getLayout() == RopeLayout::Interleaved)
    return RotaryPair{channel ^ 1, channel / 2, channel % 2 == 0};
  bool isFirst = channel < pairs;
  return RotaryPair{isFirst ? channel + pairs : channel - pairs,
                    channel % pairs, isFirst};
}

std::pair<uint64_t, uint64_t> ModelEvaluator::getRotation(double frequency,
                                                          int64_t position) {
  uint64_t &key = frequencyKeys[llvm::bit_cast<uint64_t>(frequency)];
  if (!key)
    key = getKey(input.seed,
                 "frequency " + Twine(llvm::bit_cast<uint64_t>(frequency)));
  uint64_t angle = descend(key, position);
  return {getElement(field, descend(angle, 0)),
          getElement(field, descend(angle, 1))};
}

Ref ModelEvaluator::rotate(Ref heads, RopeAttr rope, const Kept &channels) {
  // x cos + other (-sin) for the first of a pair, + other sin for the second,
  // at each position and channel.
  Shape shape(heads->getShape());
  int64_t length = shape[1], width = shape.back();
  int64_t size = length * width;
  uint64_t factor = field.get(rope.getFactor());
  std::vector<uint64_t> direct(size, 1), crossed(size);
  std::vector<int64_t> steps(size);
  for (auto [t, position] : llvm::enumerate(getPositions(length)))
    for (int64_t i = 0; i < width; ++i) {
      std::optional<RotaryPair> pair = getPair(rope, channels[i]);
      if (!pair)
        continue;
      int64_t place = static_cast<int64_t>(t) * width + i;
      auto [cosine, sine] =
          getRotation(rope.getFrequencies()[pair->frequency], position);
      direct[place] = field.multiply(cosine, factor);
      crossed[place] =
          field.multiply(pair->isFirst ? field.negate(sine) : sine, factor);
      steps[place] =
          llvm::lower_bound(channels, pair->other) - channels.begin() - i;
    }

  FieldTensor directs(shape), crosseds(shape);
  std::vector<int64_t> others(getCount(shape));
  int64_t rowsOfToken = shape[2] * shape[3];
  for (int64_t i = 0, count = getCount(shape); i < count; ++i) {
    int64_t place = i / width / rowsOfToken % length * width + i % width;
    directs.data[i] = direct[place];
    crosseds.data[i] = crossed[place];
    others[i] = i + steps[place];
  }
  Ref other = graph.gather(heads, shape, std::move(others));
  Degree degree{1, 0};
  return graph.add(
      graph.multiply(heads, graph.constant(std::move(directs), degree)),
      graph.multiply(other, graph.constant(std::move(crosseds), degree)));
}

Ref ModelEvaluator::prepareHeads(AttentionOp op, Ref heads, Value gain,
                                 const Kept &channels) {
  if (gain) {
    Ref gains = parameters.read(gain);
    if (op.getQkUnitOffset())
      gains = graph.shift(gains, 1);
    heads = normalize(heads, gains, op.getQkEpsilonAttr().getValue(),
                      *op.getQkCount());
  }
  if (op.getRope())
    heads = rotate(heads, *op.getRope(), channels);
  return heads;
}

/// Scores are batch x groups x queries x positions x positions seen.
static void forEachScore(ArrayRef<int64_t> shape,
                         function_ref<void(int64_t place, int64_t group,
                                           int64_t query, int64_t s, int64_t t)>
                             visit) {
  for (int64_t i = 0, count = getCount(shape); i < count; ++i) {
    int64_t row = i / shape[4], head = row / shape[3];
    visit(i, head / shape[2] % shape[1], head % shape[2], row % shape[3],
          i % shape[4]);
  }
}

Ref ModelEvaluator::getAlibi(AttentionOp op, const Ref &scores) {
  FieldTensor result{Shape(scores->getShape())};
  KeptAxes kept = parameters.getKept(op.getWq());
  std::vector<int64_t> positions = getPositions(result.shape[3]);
  forEachScore(result.shape, [&](int64_t place, int64_t group, int64_t query,
                                 int64_t s, int64_t t) {
    int64_t head = kept[1][group] * op.getHeadsPerGroup() + kept[2][query];
    result.data[place] = field.multiply(field.get((*op.getAlibi())[head]),
                                        field.get(positions[t] - positions[s]));
  });
  return graph.constant(std::move(result));
}

Ref ModelEvaluator::getMask(AttentionOp op, const Ref &scores) {
  FieldTensor result{Shape(scores->getShape())};
  std::vector<int64_t> positions = getPositions(result.shape[3]);
  forEachScore(result.shape, [&](int64_t place, int64_t, int64_t, int64_t s,
                                 int64_t t) {
    int64_t distance = positions[s] - positions[t];
    bool isSeen =
        distance >= 0 &&
        (!op.getWindow() || distance < static_cast<int64_t>(*op.getWindow()));
    result.data[place] = isSeen;
  });
  return graph.constant(std::move(result));
}

Ref ModelEvaluator::getScores(AttentionOp op, Ref queries, Ref keys) {
  // From batch x positions x groups x queries x channels.
  Shape shape(queries->getShape());
  int64_t batch = shape[0], length = shape[1], groups = shape[2],
          perGroup = shape[3], width = shape[4];
  Ref scores = graph.contract(
      graph.permute(queries, {0, 2, 3, 1, 4}),
      graph.permute(keys, {0, 2, 3, 1, 4}),
      {batch * groups, perGroup * length, width, length, /*transposed=*/true});
  scores = graph.reshape(scores, {batch, groups, perGroup, length, length});
  scores = graph.scale(scores, field.get(op.getScale().getValue()));
  if (op.getSoftcap())
    scores = softcap(scores, op.getSoftcapAttr().getValue());
  if (op.getAlibi())
    scores = graph.add(scores, getAlibi(op, scores));
  return scores;
}

Ref ModelEvaluator::evaluateOp(AttentionOp op) {
  Ref x = get(op.getX());
  int64_t batch = x->getShape()[0], length = x->getShape()[1];
  Shape query = getShape(parameters.getKept(op.getWq()));
  Shape value = getShape(parameters.getKept(op.getWv()));
  int64_t groups = query[1], perGroup = query[2];
  Kept channels = parameters.getKept(op.getWq())[3];

  Ref queries = graph.reshape(project(x, op.getWq(), op.getBq(), 1),
                              {batch, length, groups, perGroup, query[3]});
  Ref keys = graph.reshape(project(x, op.getWk(), op.getBk(), 1),
                           {batch, length, groups, 1, query[3]});
  Ref valuesOfTokens = graph.reshape(project(x, op.getWv(), op.getBv(), 1),
                                     {batch, length, groups, value[2]});
  queries = prepareHeads(op, queries, op.getQGain(), channels);
  keys = prepareHeads(op, keys, op.getKGain(), channels);

  Ref powers =
      graph.map(getScores(op, queries, keys), FunctionKind::Exponential);
  if (op.getCausal())
    powers = graph.multiply(powers, getMask(op, powers));
  Ref inverse = graph.map(graph.sumRows(powers), FunctionKind::Inverse);
  Ref weights =
      graph.multiply(powers, graph.spread(inverse, Shape(powers->getShape())));
  Ref mixed =
      graph.contract(weights, graph.permute(valuesOfTokens, {0, 2, 1, 3}),
                     {batch * groups, perGroup * length, length, value[2]});
  // The denominators are new: they divide no value yet.
  mixed->degree.poles = std::max(valuesOfTokens->degree.poles, 1.0);
  mixed = graph.reshape(mixed, {batch, groups, perGroup, length, value[2]});
  mixed = graph.permute(mixed, {0, 3, 1, 2, 4});
  Ref result = project(mixed, op.getWo(), op.getBo(), 3);
  return graph.reshape(result, {batch, length, result->getShape().back()});
}

//===----------------------------------------------------------------------===//
// Projections with activations
//===----------------------------------------------------------------------===//

Ref ModelEvaluator::activate(Ref x, Activation activation) {
  switch (activation) {
  case Activation::ReLU:
    return graph.map(x, FunctionKind::ReLU);
  case Activation::GELU:
    return graph.map(x, FunctionKind::GELU);
  case Activation::GELUTanh:
    return graph.map(x, FunctionKind::GELUTanh);
  case Activation::SiLU:
    return graph.map(x, FunctionKind::SiLU);
  }
  llvm_unreachable("unknown activation");
}

Ref ModelEvaluator::evaluateOp(MLPOp op) {
  Ref x = get(op.getX());
  Ref units = project(x, op.getUp(), op.getUpBias(), 1);
  if (op.getGate()) {
    Ref gates = project(x, op.getGate(), op.getGateBias(), 1);
    units = graph.multiply(activate(gates, op.getActivation()), units);
  } else {
    units = activate(units, op.getActivation());
  }
  Ref result = project(units, op.getDown(), op.getDownBias(), 1);
  Shape shape(x->getShape());
  shape.back() = result->getShape().back();
  return graph.reshape(result, shape);
}

Ref ModelEvaluator::evaluateOp(DenseOp op) {
  Ref x = get(op.getX());
  Ref result = project(x, op.getWeight(), op.getBias(), 1);
  if (op.getActivation())
    result = activate(result, *op.getActivation());
  Shape shape(x->getShape());
  shape.back() = result->getShape().back();
  return graph.reshape(result, shape);
}

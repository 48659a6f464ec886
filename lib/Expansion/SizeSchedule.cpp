//===- SizeSchedule.cpp - From wanted sizes to a schedule -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/SizeSchedule.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;
using llvm::createStringError;
using llvm::Expected;
using llvm::formatv;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

Expected<LayerRequest> LayerRequest::parse(StringRef text) {
  auto malformed = [&](StringRef what) {
    return createStringError(
        formatv("'{0}' {1}: expected +N, or +N@i,j,... with the N layers of "
                "the source to insert before",
                text, what));
  };
  LayerRequest request;
  auto [count, positions] = text.split('@');
  if (!count.consume_front("+") || count.getAsInteger(10, request.count) ||
      request.count < 1)
    return malformed("is not a number of new layers");
  constexpr int64_t kMostLayers = 4096;
  if (request.count > kMostLayers)
    return malformed(
        formatv("asks for more than {0} new layers", kMostLayers).str());
  if (count.size() + 1 == text.size())
    return request;
  for (StringRef item : llvm::split(positions, ',')) {
    int64_t position;
    if (item.getAsInteger(10, position) || position < 0)
      return malformed("does not list layers after the '@'");
    request.positions.push_back(position);
  }
  if (static_cast<int64_t>(request.positions.size()) != request.count)
    return malformed(formatv("lists {0} positions for {1} layers",
                             request.positions.size(), request.count)
                         .str());
  llvm::sort(request.positions);
  return request;
}

SmallVector<int64_t> grow::spreadLayers(int64_t count, int64_t layers) {
  SmallVector<int64_t> positions;
  for (int64_t i = 1; i <= count; ++i)
    positions.push_back(llvm::divideCeil(i * layers, count));
  return positions;
}

Expected<FillAttrInterface> grow::parseFill(StringRef text, uint64_t seed,
                                            MLIRContext *context) {
  if (text == "zero")
    return ZeroAttr::get(context);
  auto [kind, number] = text.split(':');
  bool isNormal = kind == "normal";
  double size;
  if ((!isNormal && kind != "uniform") || number.getAsDouble(size))
    return createStringError(
        formatv("'{0}' is not a way to fill new weights: expected "
                "normal:STDDEV, uniform:BOUND or zero",
                text));
  std::optional<Exact> exact = Exact::fromDouble(size);
  if (!exact || size < 0)
    return createStringError(
        formatv("{0} must be a finite number and not negative", number));
  if (isNormal)
    return NormalAttr::get(context, *exact, seed, /*key=*/{});
  return UniformAttr::get(context, *exact, seed, /*key=*/{});
}

/// The sizes of a request with their names, as flags and options have them.
static SmallVector<std::pair<StringRef, std::optional<int64_t>>>
getNamedSizes(const SizeRequest &request) {
  return {{"mlp", request.mlp},
          {"hidden", request.hidden},
          {"heads", request.heads},
          {"kv-heads", request.kvHeads},
          {"head-dim", request.headDim},
          {"key", request.key},
          {"value", request.value},
          {"vocabulary", request.vocabulary},
          {"positions", request.positions},
          {"unshare-kv-heads", request.unshareKVHeads}};
}

bool SizeRequest::isEmpty() const {
  return !layers && llvm::none_of(getNamedSizes(*this), [](const auto &size) {
    return size.second.has_value();
  });
}

std::optional<StringRef> SizeRequest::findNotPositive() const {
  for (auto [name, size] : getNamedSizes(*this))
    if (size && *size < 1)
      return name;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Heads
//===----------------------------------------------------------------------===//

namespace {
/// How query heads share heads of keys and values.
struct HeadCounts {
  int64_t groups;
  int64_t queries; ///< In each group.

  int64_t getHeads() const { return groups * queries; }
};

/// What it takes to get from one number of heads to another.
struct HeadGrowth {
  int64_t unshareBy = 1;
  int64_t newQueries = 0; ///< In each group.
  int64_t newGroups = 0;
};
} // namespace

static InFlightDiagnostic refuseHeads(Location loc, const Twine &why,
                                      HeadCounts old, StringRef layer) {
  InFlightDiagnostic diag = emitError(loc) << why;
  diag.attachNote() << layer << " has " << old.getHeads() << " query heads, "
                    << old.queries << " for each of " << old.groups
                    << " heads of keys and values";
  return diag;
}

/// Splits groups so that there are `wanted` of them.
static FailureOr<int64_t> getUnshareFactor(int64_t wanted, HeadCounts old,
                                           Location loc, StringRef layer) {
  int64_t factor = wanted / old.groups;
  if (wanted % old.groups == 0 && factor > 1 && old.queries % factor == 0)
    return factor;
  InFlightDiagnostic diag = refuseHeads(
      loc,
      formatv("'unshare-kv-heads' cannot give {0} heads of keys and values",
              wanted),
      old, layer);
  SmallVector<int64_t> possible;
  for (int64_t part = 2; part <= old.queries; ++part)
    if (old.queries % part == 0)
      possible.push_back(old.groups * part);
  Diagnostic &note = diag.attachNote();
  if (possible.empty())
    return note << "no head of keys and values is shared", failure();
  note << "possible: ";
  llvm::interleaveComma(possible, note);
  return failure();
}

/// The numbers of heads that a request leads to; `old` is after un-sharing.
static FailureOr<HeadCounts> getWantedHeads(const SizeRequest &request,
                                            HeadCounts old, Location loc,
                                            StringRef layer) {
  bool isMultiHead = old.queries == 1;
  int64_t heads = request.heads.value_or(old.getHeads());
  int64_t groups = request.kvHeads.value_or(
      isMultiHead && request.heads ? heads : old.groups);
  if (heads % groups == 0 && groups >= old.groups &&
      heads / groups >= old.queries)
    return HeadCounts{groups, heads / groups};

  InFlightDiagnostic diag = refuseHeads(
      loc,
      formatv("no expansion leads to {0} query heads with {1} heads of keys "
              "and values",
              heads, groups),
      old, layer);
  if (groups < old.groups || heads < old.getHeads()) {
    diag.attachNote() << "growth removes no head";
    return failure();
  }
  if (!request.heads)
    diag.attachNote() << "new heads of keys and values come with query heads: "
                      << "'heads' of " << groups * old.queries
                      << " or more, a multiple of " << groups;
  else
    diag.attachNote() << "with 'kv-heads' of " << groups << " possible: "
                      << "'heads' of " << groups * old.queries
                      << " or more, a multiple of " << groups;
  // Fewer query heads per group is what un-sharing is for.
  if (heads % groups == 0 && old.queries % (heads / groups) == 0)
    diag.attachNote() << "or copy what is there: 'unshare-kv-heads' of "
                      << old.getHeads() / (heads / groups);
  return failure();
}

static FailureOr<HeadGrowth> getHeadGrowth(const SizeRequest &request,
                                           HeadCounts old, Location loc,
                                           StringRef layer) {
  HeadGrowth growth;
  if (request.unshareKVHeads) {
    FailureOr<int64_t> factor =
        getUnshareFactor(*request.unshareKVHeads, old, loc, layer);
    if (failed(factor))
      return failure();
    growth.unshareBy = *factor;
    old = {old.groups * *factor, old.queries / *factor};
  }
  if (!request.heads && !request.kvHeads)
    return growth;
  FailureOr<HeadCounts> wanted = getWantedHeads(request, old, loc, layer);
  if (failed(wanted))
    return failure();
  growth.newQueries = wanted->queries - old.queries;
  growth.newGroups = wanted->groups - old.groups;
  return growth;
}

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

/// The first op of a kind in a layer; null if there is none.
template <typename OpT>
static OpT findFirst(Operation *root) {
  OpT found;
  root->walk([&](OpT op) {
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

namespace {
class SchedulePlanner {
public:
  SchedulePlanner(const SizeRequest &request, Model &model, Location loc)
      : request(request), model(model), builder(loc, loc.getContext()) {}

  FailureOr<OwningOpRef<ModuleOp>> run();

private:
  LogicalResult planHeads();
  void addUnsharing();
  void addKeys();
  void addValues();
  void addMLP();
  void addHeads();
  void addHidden();
  void addLayers();
  void addTables();

  /// The layers in which `getSize` is not `wanted`; null for all layers, and
  /// also if there is none, so that the expansion says what is wrong.
  /// `isOptional` asks for an empty list then.
  std::optional<DenseI64ArrayAttr>
  getLayers(int64_t wanted, function_ref<std::optional<int64_t>(LayerOp)> get,
            bool isOptional);
  /// Calls `add` for each number other than `none` that `get` gives, with the
  /// layers that it is for.
  void forEachCount(int64_t none, function_ref<int64_t(HeadGrowth)> get,
                    function_ref<void(int64_t, DenseI64ArrayAttr)> add);

  const SizeRequest &request;
  Model &model;
  ImplicitLocOpBuilder builder;
  SmallVector<HeadGrowth> headGrowth; ///< Of each layer.
};
} // namespace

std::optional<DenseI64ArrayAttr>
SchedulePlanner::getLayers(int64_t wanted,
                           function_ref<std::optional<int64_t>(LayerOp)> get,
                           bool isOptional) {
  SmallVector<int64_t> numbers;
  for (auto [number, layer] : llvm::enumerate(model.getLayers()))
    if (get(layer) != wanted)
      numbers.push_back(number);
  if (numbers.empty() && isOptional)
    return std::nullopt;
  if (numbers.empty() || numbers.size() == model.getLayers().size())
    return DenseI64ArrayAttr();
  return builder.getDenseI64ArrayAttr(numbers);
}

LogicalResult SchedulePlanner::planHeads() {
  headGrowth.resize(model.getLayers().size());
  if (!request.heads && !request.kvHeads && !request.unshareKVHeads)
    return success();
  bool isAny = false;
  for (auto [layer, growth] : llvm::zip(model.getLayers(), headGrowth)) {
    auto attention = findFirst<AttentionOp>(layer);
    if (!attention)
      continue;
    isAny = true;
    HeadCounts old{attention.getGroups(), attention.getHeadsPerGroup()};
    FailureOr<HeadGrowth> needed =
        getHeadGrowth(request, old, builder.getLoc(), model.describe(layer));
    if (failed(needed))
      return failure();
    growth = *needed;
  }
  if (!isAny)
    return emitError(builder.getLoc())
           << "cannot change the number of heads: no layer has attention";
  bool changes = llvm::any_of(headGrowth, [](const HeadGrowth &growth) {
    return growth.unshareBy > 1 || growth.newGroups || growth.newQueries;
  });
  if (!changes)
    return emitError(builder.getLoc())
           << "the model already has this many heads: ask for more, or leave "
              "'heads' and 'kv-heads' out";
  return success();
}

void SchedulePlanner::forEachCount(
    int64_t none, function_ref<int64_t(HeadGrowth)> get,
    function_ref<void(int64_t, DenseI64ArrayAttr)> add) {
  llvm::MapVector<int64_t, SmallVector<int64_t>> layersOfCount;
  for (auto [number, growth] : llvm::enumerate(headGrowth))
    if (get(growth) != none)
      layersOfCount[get(growth)].push_back(number);
  for (auto &[count, layers] : layersOfCount)
    add(count, layers.size() == headGrowth.size()
                   ? DenseI64ArrayAttr()
                   : builder.getDenseI64ArrayAttr(layers));
}

void SchedulePlanner::addUnsharing() {
  forEachCount(
      1, [](HeadGrowth growth) { return growth.unshareBy; },
      [&](int64_t factor, DenseI64ArrayAttr layers) {
        UnshareHeadsOp::create(builder, factor, layers);
      });
}

void SchedulePlanner::addKeys() {
  std::optional<int64_t> size = request.key ? request.key : request.headDim;
  if (!size)
    return;
  // Layers of one rotary embedding get one table of frequencies.
  llvm::MapVector<RopeAttr, SmallVector<int64_t>> layersOfRope;
  size_t count = 0;
  for (auto [number, layer] : llvm::enumerate(model.getLayers())) {
    auto attention = findFirst<AttentionOp>(layer);
    if (attention && attention.getKeyWidth() == *size)
      continue;
    layersOfRope[attention ? attention.getRopeAttr() : RopeAttr()].push_back(
        number);
    ++count;
  }
  auto add = [&](DenseI64ArrayAttr layers, DenseF64ArrayAttr frequencies) {
    ExpandAttentionOp::create(
        builder, *size, layers, request.keyZero, request.compensation,
        frequencies, request.init, /*bias_init=*/FillAttrInterface(),
        /*query_init=*/FillAttrInterface(), /*key_init=*/FillAttrInterface(),
        request.allowDead);
  };
  if (count == 0 && request.key)
    add({}, {}); // which says that they are as wide
  for (auto &[rope, layers] : layersOfRope) {
    DenseF64ArrayAttr frequencies;
    auto attention = findFirst<AttentionOp>(model.getLayers()[layers.front()]);
    // Where a part of a head turns, new channels do not.
    bool turnsAll =
        rope && 2 * rope.getFrequencies().size() == attention.getKeyWidth();
    if (request.getFrequencies && turnsAll)
      if (auto table = request.getFrequencies(attention, *size))
        frequencies = builder.getDenseF64ArrayAttr(*table);
    add(layers.size() == model.getLayers().size()
            ? DenseI64ArrayAttr()
            : builder.getDenseI64ArrayAttr(layers),
        frequencies);
  }
}

void SchedulePlanner::addValues() {
  std::optional<int64_t> size = request.value ? request.value : request.headDim;
  if (!size)
    return;
  auto getWidth = [](LayerOp layer) -> std::optional<int64_t> {
    auto attention = findFirst<AttentionOp>(layer);
    return attention ? attention.getValueWidth() : std::optional<int64_t>();
  };
  if (auto layers = getLayers(*size, getWidth, /*isOptional=*/!request.value))
    ExpandHeadsOp::create(
        builder, *size, *layers, request.valueZero, request.init,
        /*bias_init=*/FillAttrInterface(), /*value_init=*/FillAttrInterface(),
        /*output_init=*/FillAttrInterface(), request.allowDead);
}

void SchedulePlanner::addMLP() {
  if (!request.mlp)
    return;
  auto getWidth = [](LayerOp layer) -> std::optional<int64_t> {
    auto mlp = findFirst<MLPOp>(layer);
    return mlp ? mlp.getWidth() : std::optional<int64_t>();
  };
  auto layers = getLayers(*request.mlp, getWidth, /*isOptional=*/false);
  ExpandMLPOp::create(
      builder, *request.mlp, *layers, request.mlpZero, request.init,
      /*bias_init=*/FillAttrInterface(), /*up_init=*/FillAttrInterface(),
      /*gate_init=*/FillAttrInterface(), /*down_init=*/FillAttrInterface(),
      request.allowDead);
}

void SchedulePlanner::addHeads() {
  auto addAs = [&](HeadUnit unit, int64_t count, DenseI64ArrayAttr layers) {
    // Queries have no values that could be zero instead.
    ValueZeroSide zero =
        unit == HeadUnit::Queries ? ValueZeroSide::Output : request.valueZero;
    AddHeadsOp::create(
        builder, unit, count, layers, zero, request.init,
        /*bias_init=*/FillAttrInterface(), /*query_init=*/FillAttrInterface(),
        /*key_init=*/FillAttrInterface(), /*value_init=*/FillAttrInterface(),
        /*output_init=*/FillAttrInterface(), request.allowDead);
  };
  forEachCount(
      0, [](HeadGrowth growth) { return growth.newQueries; },
      [&](int64_t count, DenseI64ArrayAttr layers) {
        addAs(HeadUnit::Queries, count, layers);
      });
  forEachCount(
      0, [](HeadGrowth growth) { return growth.newGroups; },
      [&](int64_t count, DenseI64ArrayAttr layers) {
        addAs(HeadUnit::Groups, count, layers);
      });
}

void SchedulePlanner::addHidden() {
  if (!request.hidden)
    return;
  bool inWeights = request.compensation == Compensation::Weights ||
                   (request.centersAllChannels &&
                    findFirst<LayerNormOp>(model.getFunction()));
  ExpandHiddenOp::create(builder, *request.hidden,
                         inWeights ? Compensation::Weights
                                   : Compensation::Graph,
                         /*padding=*/HiddenPaddingAttr(), request.init,
                         /*gain_init=*/FillAttrInterface(), request.allowDead);
}

void SchedulePlanner::addLayers() {
  if (!request.layers)
    return;
  SmallVector<int64_t> positions = request.layers->positions;
  if (positions.empty())
    positions = spreadLayers(request.layers->count, model.getLayers().size());
  bool isRandom = request.layersFrom == LayerOrigin::Random;
  AddLayersOp::create(builder, positions, request.layersFrom,
                      isRandom ? request.init : FillAttrInterface(),
                      /*bias_init=*/FillAttrInterface(), request.allowDead);
}

void SchedulePlanner::addTables() {
  if (request.vocabulary)
    ExpandVocabularyOp::create(builder, *request.vocabulary, request.init,
                               /*bias_init=*/FillAttrInterface());
  if (!request.positions)
    return;
  // Some tables begin with rows for no position.
  auto table = findFirst<PositionEmbeddingOp>(model.getFunction());
  int64_t offset = table ? table.getOffset() : 0;
  ExpandPositionsOp::create(builder, *request.positions + offset, request.init);
}

FailureOr<OwningOpRef<ModuleOp>> SchedulePlanner::run() {
  if (failed(planHeads()))
    return failure();
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getLoc());
  builder.setInsertionPointToEnd(module->getBody());
  auto schedule = ScheduleOp::create(builder, "growth");
  builder.createBlock(&schedule.getBody());
  addUnsharing();
  addKeys();
  addValues();
  addMLP();
  addHeads();
  // Copies keep the zeros that a wider stream puts into what they copy, where
  // those of a layer that a norm silences would stay for ever: copy first.
  if (request.layersFrom == LayerOrigin::Random) {
    addHidden();
    addLayers();
  } else {
    addLayers();
    addHidden();
  }
  addTables();
  if (failed(verify(*module)))
    return failure();
  return module;
}

FailureOr<OwningOpRef<ModuleOp>>
grow::buildSizeSchedule(const SizeRequest &request, Model &model,
                        Location loc) {
  return SchedulePlanner(request, model, loc).run();
}

//===- LowerContractions.cpp - Packed, tiled, vectorised contractions -----===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A contraction adds `rows x depth` times `depth x columns` to `rows x
// columns`. Columns are cut into panels as wide as the register tile, depth
// into blocks such that a block of a panel stays in the first-level cache while
// all rows pass by it (Goto and van de Geijn). Rows are read in place.
//
// The loops are functions of the module, shared by all contractions they fit: a
// model has hundreds of contractions of few kinds, and LLVM would spend most of
// its time on copies of the same unrolled code.
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/CPU/Passes.h"

#include "Contraction.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/FormatVariadic.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERCONTRACTIONSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

/// Abbreviations for what the code below emits most.
class LoopBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(*this, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, constant(y)) : x; }
  Value sub(Value x, Value y) { return arith::SubIOp::create(*this, x, y); }
  Value mul(Value x, Value y) { return arith::MulIOp::create(*this, x, y); }
  Value mul(Value x, int64_t y) { return mul(x, constant(y)); }
  Value min(Value x, Value y) { return arith::MinSIOp::create(*this, x, y); }
  Value ceilDiv(Value x, int64_t y) {
    return arith::CeilDivUIOp::create(*this, x, constant(y));
  }
  Value isAtLeast(Value x, Value y) {
    return arith::CmpIOp::create(*this, arith::CmpIPredicate::sge, x, y);
  }
  Value getZero(Type type) {
    return arith::ConstantOp::create(*this, getZeroAttr(type));
  }
  Value getDim(Value buffer, int64_t dim) {
    return memref::DimOp::create(*this, buffer, dim);
  }
  /// The lanes of `length` that are below `count`.
  Value createMask(int64_t length, Value count) {
    return vector::CreateMaskOp::create(
        *this, VectorType::get(length, getI1Type()), ValueRange{count});
  }
  /// Loads a vector, zero where there is a mask that says so.
  Value loadVector(VectorType type, Value buffer, ValueRange indices,
                   Value mask = {}) {
    if (mask)
      return vector::MaskedLoadOp::create(*this, type, buffer, indices, mask,
                                          getZero(type));
    return vector::LoadOp::create(*this, type, buffer, indices);
  }
  /// Converts a scalar or vector of an operand to the accumulator's type.
  Value extend(Value value, Type element) {
    if (getElementTypeOrSelf(value) == element)
      return value;
    Type type = element;
    if (auto vector = dyn_cast<VectorType>(value.getType()))
      type = vector.clone(element);
    return arith::ExtFOp::create(*this, type, value);
  }
  /// Emits `for (index = from; index < to; index += step) body(index)`.
  void loop(Value from, Value to, int64_t step,
            llvm::function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(*this, from, to, constant(step));
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }
  void loop(Value to, llvm::function_ref<void(Value)> body) {
    loop(constant(0), to, 1, body);
  }
  /// Emits `if (condition) { onTrue(); } else { onFalse(); }`.
  void branch(Value condition, llvm::function_ref<void()> onTrue,
              llvm::function_ref<void()> onFalse) {
    auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(op.thenBlock());
    onTrue();
    setInsertionPointToStart(op.elseBlock());
    onFalse();
  }
};

/// A part of a matrix that starts anywhere. Of the strides only the innermost
/// is known, and only if it is one.
MemRefType getViewType(ArrayRef<int64_t> shape, Type element,
                       bool isContiguous = true) {
  SmallVector<int64_t> strides(shape.size(), ShapedType::kDynamic);
  if (isContiguous)
    strides.back() = 1;
  auto layout = StridedLayoutAttr::get(element.getContext(),
                                       ShapedType::kDynamic, strides);
  return MemRefType::get(shape, element, layout);
}

constexpr int64_t kDynamic = ShapedType::kDynamic;

//===----------------------------------------------------------------------===//
// What the routines depend on
//===----------------------------------------------------------------------===//

/// Where columns come from.
enum class ColumnSource {
  Panels, // panel x depth x lane
  Rows,   // depth x column, neighbouring columns next to each other
  Matrix  // depth x column, anyhow
};

/// All that the code of the routines depends on.
struct Kernel {
  RegisterTile tile;
  Type element;        // of accumulators
  Type rowElement;     // of the row operand
  bool rowsContiguous; // along the depth
  ColumnSource source;
  Type columnElement;
  int64_t blockRows, blockDepth;

  int64_t getWidth() const { return tile.getColumns(); }
  VectorType getVector() const {
    return VectorType::get(tile.vectorLength, element);
  }
  MemRefType getRowsType() const {
    return getViewType({kDynamic, kDynamic}, rowElement, rowsContiguous);
  }
  /// Rows as the innermost loops read them.
  MemRefType getTileRowsType() const {
    return getViewType({kDynamic, kDynamic}, element);
  }
  MemRefType getColumnsType() const {
    if (source == ColumnSource::Panels) {
      auto layout = StridedLayoutAttr::get(columnElement.getContext(), kDynamic,
                                           {kDynamic, getWidth(), 1});
      return MemRefType::get({kDynamic, kDynamic, getWidth()}, columnElement,
                             layout);
    }
    return getViewType({kDynamic, kDynamic}, columnElement,
                       source == ColumnSource::Rows);
  }
  /// A block of a panel as the innermost loops read it: nothing between steps.
  MemRefType getPanelType() const { return getPanelType(element); }
  MemRefType getPanelType(Type type) const {
    auto layout =
        StridedLayoutAttr::get(type.getContext(), kDynamic, {getWidth(), 1});
    return MemRefType::get({kDynamic, getWidth()}, type, layout);
  }
  MemRefType getResultType() const {
    return getViewType({kDynamic, kDynamic}, element);
  }

  /// Whether a panel can be read where it lies.
  bool readsPanelsInPlace() const {
    return source == ColumnSource::Panels && columnElement == element;
  }
  /// Whether rows can be read where they lie.
  bool readsRowsInPlace() const {
    return rowsContiguous && rowElement == element;
  }

  /// The part of a routine's name that tells the register tile.
  std::string getTileName() const {
    return llvm::formatv("{0}x{1}x{2}x{3}", tile.rows, tile.vectors,
                         tile.vectorLength, element);
  }
  std::string getName() const {
    StringRef kind = source == ColumnSource::Panels ? "panels"
                     : source == ColumnSource::Rows ? "rows"
                                                    : "matrix";
    return llvm::formatv("{0}_{1}{2}_by_{3}_{4}", getTileName(),
                         rowsContiguous ? "" : "strided_", rowElement, kind,
                         columnElement);
  }
};

//===----------------------------------------------------------------------===//
// Routines
//===----------------------------------------------------------------------===//

/// The functions of a module that its contractions share.
class Routines {
public:
  explicit Routines(ModuleOp module) : symbols(module) {}

  /// `rest`: what Emitter takes besides its arguments.
  template <typename Emitter, typename... Rest>
  func::FuncOp get(const Kernel &kernel, Rest &...rest) {
    std::string name = getName<Emitter>(kernel, rest...);
    if (func::FuncOp function = functions.lookup(name))
      return function;
    func::FuncOp function = create(name, Emitter::getArguments(kernel));
    LoopBuilder b(function.getLoc(), function.getContext());
    b.setInsertionPointToStart(function.addEntryBlock());
    Emitter(b, kernel, function.getArguments(), rest...).emit();
    func::ReturnOp::create(b);
    functions[name] = function;
    return function;
  }

private:
  template <typename Emitter>
  static std::string getName(const Kernel &kernel, const int64_t &count) {
    return Emitter::getName(kernel, count);
  }
  template <typename Emitter, typename... Rest>
  static std::string getName(const Kernel &kernel, Rest &...) {
    return Emitter::getName(kernel);
  }

  func::FuncOp create(StringRef name, ArrayRef<Type> arguments) {
    Operation *module = symbols.getOp();
    MLIRContext *context = module->getContext();
    auto function = func::FuncOp::create(
        module->getLoc(), name, FunctionType::get(context, arguments, {}));
    function.setPrivate();
    // Inlined, it would be compiled again for each contraction.
    function->setAttr("passthrough",
                      Builder(context).getStrArrayAttr({"noinline"}));
    symbols.insert(function); // under another name if there is one like it
    return function;
  }

  SymbolTable symbols;
  llvm::StringMap<func::FuncOp> functions;
};

//===----------------------------------------------------------------------===//
// A register tile
//===----------------------------------------------------------------------===//

/// Emits `multiply_tile(rows, panel, result, accumulate)`: the products of as
/// many rows as the name says with a block of a panel, added to the result or,
/// if `accumulate` is false, written to it. A function for each number of rows:
/// in one function for all, registers would not suffice for what they share.
class TileEmitter {
public:
  TileEmitter(LoopBuilder &b, const Kernel &kernel, ValueRange arguments,
              int64_t count)
      : b(b), kernel(kernel), rows(arguments[0]), panel(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]), count(count) {}

  static std::string getName(const Kernel &kernel, int64_t count) {
    return llvm::formatv("multiply_tile_{0}x{1}x{2}x{3}", count,
                         kernel.tile.vectors, kernel.tile.vectorLength,
                         kernel.element);
  }
  static SmallVector<Type> getArguments(const Kernel &kernel) {
    return {kernel.getTileRowsType(), kernel.getPanelType(),
            kernel.getResultType(),
            IntegerType::get(kernel.element.getContext(), 1)};
  }

  void emit() {
    SmallVector<Value> sums = addProducts(load());
    for (auto [i, sum] : llvm::enumerate(sums))
      vector::StoreOp::create(b, sum, result,
                              ValueRange{b.constant(i / kernel.tile.vectors),
                                         b.constant(i % kernel.tile.vectors *
                                                    kernel.tile.vectorLength)});
  }

private:
  SmallVector<Value> load();
  SmallVector<Value> addProducts(ValueRange init);
  SmallVector<Value> loopOverSteps(Value from, Value to, int64_t steps,
                                   ValueRange init);

  LoopBuilder &b;
  const Kernel &kernel;
  Value rows, panel, result, accumulate;
  int64_t count;
};

SmallVector<Value> TileEmitter::load() {
  VectorType vector = kernel.getVector();
  SmallVector<Type> types(count * kernel.tile.vectors, vector);
  auto load = scf::IfOp::create(b, types, accumulate, /*addThenBlock=*/true,
                                /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(load.thenBlock());
  SmallVector<Value> values;
  for (int64_t row = 0; row < count; ++row)
    for (int64_t i = 0; i < kernel.tile.vectors; ++i)
      values.push_back(b.loadVector(
          vector, result,
          {b.constant(row), b.constant(i * kernel.tile.vectorLength)}));
  scf::YieldOp::create(b, values);
  b.setInsertionPointToStart(load.elseBlock());
  scf::YieldOp::create(b, SmallVector<Value>(types.size(), b.getZero(vector)));
  return SmallVector<Value>(load.getResults());
}

/// Emits the innermost loop: the sums stay in registers. Several steps at once,
/// or counting and finding rows would cost as much as the arithmetic.
SmallVector<Value> TileEmitter::addProducts(ValueRange init) {
  constexpr int64_t unrolled = 4;
  Value depth = b.getDim(panel, 0), zero = b.constant(0);
  Value whole =
      b.sub(depth, arith::RemUIOp::create(b, depth, b.constant(unrolled)));
  SmallVector<Value> sums = loopOverSteps(zero, whole, unrolled, init);
  return loopOverSteps(whole, depth, 1, sums);
}

SmallVector<Value> TileEmitter::loopOverSteps(Value from, Value to,
                                              int64_t steps, ValueRange init) {
  VectorType vector = kernel.getVector();
  int64_t vectors = kernel.tile.vectors;
  SmallVector<Value> rowNumbers;
  for (int64_t row = 0; row < count; ++row)
    rowNumbers.push_back(b.constant(row));
  auto loop = scf::ForOp::create(b, from, to, b.constant(steps), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> sums(loop.getRegionIterArgs());
  for (int64_t step = 0; step < steps; ++step) {
    Value k = b.add(loop.getInductionVar(), step);
    SmallVector<Value> columns;
    for (int64_t i = 0; i < vectors; ++i)
      columns.push_back(b.loadVector(
          vector, panel, {k, b.constant(i * kernel.tile.vectorLength)}));
    for (auto [row, number] : llvm::enumerate(rowNumbers)) {
      Value entry = memref::LoadOp::create(b, rows, ValueRange{number, k});
      Value spread = vector::BroadcastOp::create(b, vector, entry);
      for (auto [i, column] : llvm::enumerate(columns)) {
        Value &sum = sums[row * vectors + i];
        sum = vector::FMAOp::create(b, spread, column, sum);
      }
    }
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Rows times one panel
//===----------------------------------------------------------------------===//

/// Emits `multiply_panel(rows, panel, result, accumulate, next)`: tile after
/// tile of all rows with a block of a panel, while the block after it is
/// fetched.
class PanelEmitter {
public:
  PanelEmitter(LoopBuilder &b, const Kernel &kernel, ValueRange arguments,
               Routines &routines)
      : b(b), kernel(kernel), rows(arguments[0]), panel(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]), next(arguments[4]),
        routines(routines) {}

  static std::string getName(const Kernel &kernel) {
    return "multiply_panel_" + kernel.getTileName();
  }
  static SmallVector<Type> getArguments(const Kernel &kernel) {
    SmallVector<Type> types = TileEmitter::getArguments(kernel);
    types.push_back(kernel.getPanelType());
    return types;
  }

  void emit();

private:
  Value cutRows(Value matrix, MemRefType type, Value first, Value count) {
    SmallVector<OpFoldResult> ones(2, b.getIndexAttr(1));
    return memref::SubViewOp::create(
        b, type, matrix, SmallVector<OpFoldResult>{first, b.getIndexAttr(0)},
        SmallVector<OpFoldResult>{count, b.getDim(matrix, 1)}, ones);
  }
  void fetch(Value from, Value to);
  void copy(Value from, Value to, Value rowCount, Value columnCount);

  LoopBuilder &b;
  const Kernel &kernel;
  Value rows, panel, result, accumulate, next;
  Routines &routines;
};

void PanelEmitter::emit() {
  // A result narrower than the panel is computed beside and copied.
  auto tileType =
      MemRefType::get({kernel.tile.rows, kernel.getWidth()}, kernel.element);
  Value scratch =
      memref::AllocaOp::create(b, tileType, b.getI64IntegerAttr(64));
  scratch = memref::CastOp::create(b, kernel.getResultType(), scratch);
  Value rowCount = b.getDim(result, 0), columnCount = b.getDim(result, 1);
  Value isFull = b.isAtLeast(columnCount, b.constant(kernel.getWidth()));

  // As even as possible: no tile of one row after many of six.
  Value tiles = b.ceilDiv(rowCount, kernel.tile.rows);
  // Without rows there is no tile to divide by, and nothing to do.
  Value divisor = arith::MaxUIOp::create(b, tiles, b.constant(1));
  Value fewer = arith::DivUIOp::create(b, rowCount, divisor);
  Value larger = b.sub(rowCount, b.mul(fewer, tiles));
  Value depth = b.getDim(next, 0);
  Value steps = arith::CeilDivUIOp::create(b, depth, divisor);
  b.loop(tiles, [&](Value index) {
    Value fetched = b.mul(index, steps);
    fetch(fetched, b.min(b.add(fetched, steps), depth));
    Value firstRow = b.add(b.mul(index, fewer), b.min(index, larger));
    Value isLarger =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index, larger);
    Value count = arith::SelectOp::create(b, isLarger, b.add(fewer, 1), fewer);
    Value tileRows = cutRows(rows, kernel.getTileRowsType(), firstRow, count);
    Value place = cutRows(result, kernel.getResultType(), firstRow, count);
    Value tile = arith::SelectOp::create(b, isFull, place, scratch);
    b.branch(isFull, [] {}, [&] { copy(place, scratch, count, columnCount); });
    SmallVector<int64_t> cases = llvm::to_vector(llvm::seq(kernel.tile.rows));
    auto select = scf::IndexSwitchOp::create(b, TypeRange(), b.add(count, -1),
                                             cases, cases.size());
    for (int64_t index : cases) {
      OpBuilder::InsertionGuard guard(b);
      b.createBlock(&select.getCaseRegions()[index]);
      const int64_t size = index + 1;
      func::CallOp::create(b, routines.get<TileEmitter>(kernel, size),
                           ValueRange{tileRows, panel, tile, accumulate});
      scf::YieldOp::create(b);
    }
    {
      OpBuilder::InsertionGuard guard(b);
      b.createBlock(&select.getDefaultRegion());
      scf::YieldOp::create(b);
    }
    b.branch(isFull, [] {}, [&] { copy(scratch, place, count, columnCount); });
  });
}

/// Asks for steps `from` to `to` of the next panel. Hardware does not: the next
/// block is too far away, in memory, from this one.
void PanelEmitter::fetch(Value from, Value to) {
  b.loop(from, to, 1, [&](Value k) {
    memref::PrefetchOp::create(b, next, ValueRange{k, b.constant(0)},
                               /*isWrite=*/false, /*localityHint=*/3,
                               /*isDataCache=*/true);
  });
}

void PanelEmitter::copy(Value from, Value to, Value rowCount,
                        Value columnCount) {
  b.loop(rowCount, [&](Value row) {
    b.loop(columnCount, [&](Value column) {
      SmallVector<Value> place{row, column};
      memref::StoreOp::create(b, memref::LoadOp::create(b, from, place), to,
                              place);
    });
  });
}

//===----------------------------------------------------------------------===//
// One row times all panels
//===----------------------------------------------------------------------===//

/// Emits `multiply_row(rows, panels, result, accumulate)`, for a single row:
/// several panels side by side, since what limits is how fast they arrive, and
/// the sums of one alone would wait for one another.
class RowEmitter {
public:
  RowEmitter(LoopBuilder &b, const Kernel &kernel, ValueRange arguments)
      : b(b), kernel(kernel), rows(arguments[0]), panels(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]) {}

  static std::string getName(const Kernel &kernel) {
    return "multiply_row_" + kernel.getName();
  }
  static SmallVector<Type> getArguments(const Kernel &kernel) {
    return {kernel.getRowsType(), kernel.getColumnsType(),
            kernel.getResultType(),
            IntegerType::get(kernel.element.getContext(), 1)};
  }

  void emit() {
    constexpr int64_t together = 4;
    Value whole = arith::DivUIOp::create(b, b.getDim(result, 1),
                                         b.constant(kernel.getWidth()));
    Value many =
        b.sub(whole, arith::RemUIOp::create(b, whole, b.constant(together)));
    b.loop(b.constant(0), many, together,
           [&](Value panel) { emitPanels(panel, together); });
    b.loop(many, whole, 1, [&](Value panel) { emitPanels(panel, 1); });
  }

private:
  void emitPanels(Value firstPanel, int64_t count);

  LoopBuilder &b;
  const Kernel &kernel;
  Value rows, panels, result, accumulate;
};

void RowEmitter::emitPanels(Value firstPanel, int64_t count) {
  VectorType vector = kernel.getVector();
  VectorType stored = vector.clone(kernel.columnElement);
  int64_t length = kernel.tile.vectorLength, vectors = kernel.tile.vectors;
  Value zero = b.constant(0);
  SmallVector<Value> numbers, places;
  for (int64_t panel = 0; panel < count; ++panel) {
    numbers.push_back(b.add(firstPanel, panel));
    for (int64_t i = 0; i < vectors; ++i)
      places.push_back(
          b.add(b.mul(numbers.back(), kernel.getWidth()), i * length));
  }
  SmallVector<Value> init;
  for (Value place : places) {
    Value old = b.loadVector(vector, result, {zero, place});
    init.push_back(
        arith::SelectOp::create(b, accumulate, old, b.getZero(vector)));
  }
  auto loop =
      scf::ForOp::create(b, zero, b.getDim(panels, 1), b.constant(1), init);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value entry = memref::LoadOp::create(b, rows, ValueRange{zero, k});
    Value spread =
        vector::BroadcastOp::create(b, vector, b.extend(entry, kernel.element));
    SmallVector<Value> sums;
    for (auto [i, sum] : llvm::enumerate(loop.getRegionIterArgs())) {
      Value column = b.loadVector(
          stored, panels,
          {numbers[i / vectors], k, b.constant(i % vectors * length)});
      sums.push_back(vector::FMAOp::create(
          b, spread, b.extend(column, kernel.element), sum));
    }
    scf::YieldOp::create(b, sums);
  }
  for (auto [place, sum] : llvm::zip_equal(places, loop.getResults()))
    vector::StoreOp::create(b, sum, result, ValueRange{zero, place});
}

//===----------------------------------------------------------------------===//
// Rows times columns
//===----------------------------------------------------------------------===//

/// Emits `multiply(rows, columns, result, accumulate)`: the loops over blocks
/// of the depth and over panels.
class BlockEmitter {
public:
  BlockEmitter(LoopBuilder &b, const Kernel &kernel, ValueRange arguments,
               Routines &routines)
      : b(b), kernel(kernel), rows(arguments[0]), columns(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]), routines(routines) {}

  static std::string getName(const Kernel &kernel) {
    return "multiply_" + kernel.getName();
  }
  static SmallVector<Type> getArguments(const Kernel &kernel) {
    return RowEmitter::getArguments(kernel);
  }

  void emit() {
    if (!kernel.readsPanelsInPlace()) {
      auto type = MemRefType::get({kernel.blockDepth, kernel.getWidth()},
                                  kernel.element);
      scratch = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    }
    // Not a power of two apart, either.
    auto rowType = MemRefType::get({kernel.blockRows, kernel.blockDepth + 16},
                                   kernel.element);
    rowScratch = memref::AllocaOp::create(b, rowType, b.getI64IntegerAttr(64));
    if (kernel.readsRowsInPlace())
      return emitRows();
    // As many as the copy has room for.
    Value allRows = rows, allResult = result, rowCount = b.getDim(result, 0);
    Value most = b.constant(kernel.blockRows);
    b.loop(b.constant(0), rowCount, kernel.blockRows, [&](Value first) {
      Value count = b.min(b.sub(rowCount, first), most);
      rows = cutRows(kernel.getRowsType(), allRows, first, count);
      result = cutRows(kernel.getResultType(), allResult, first, count);
      emitRows();
    });
  }

private:
  void emitRows() {
    if (kernel.source != ColumnSource::Panels)
      return emitBlocks(b.constant(0));
    // A single row takes whole panels at once; a narrower one is left.
    Value isRow = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                        b.getDim(result, 0), b.constant(1));
    auto choose = scf::IfOp::create(b, b.getIndexType(), isRow,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choose.thenBlock());
    func::CallOp::create(b, routines.get<RowEmitter>(kernel),
                         ValueRange{rows, columns, result, accumulate});
    scf::YieldOp::create(
        b, ValueRange{arith::DivUIOp::create(b, b.getDim(result, 1),
                                             b.constant(kernel.getWidth()))});
    b.setInsertionPointToStart(choose.elseBlock());
    scf::YieldOp::create(b, ValueRange{b.constant(0)});
    b.setInsertionPointAfter(choose);
    emitBlocks(choose.getResult(0));
  }
  Value cutRows(MemRefType type, Value matrix, Value first, Value count) {
    return view(type, matrix, {first, b.constant(0)},
                {count, b.getDim(matrix, 1)});
  }

  void emitBlocks(Value firstPanel);
  Value shouldCopyRows(Value rowCount);
  Value getRows(Value depthStart, Value depth, Value rowCount);
  void copyRows(Value from, Value depth, Value rowCount);
  Value getPanel(Value panel, Value depthStart, Value depth, Value columnCount);
  Value getNextPanel(Value panel, Value panels, Value depthStart, Value depth,
                     Value current);
  Value cutPanel(Value panel, Value depthStart, Value depth);
  void copyWholeRows(Value from, Value firstRow, Value firstColumn,
                     Value depth);
  void copyRowsOfPanel(Value depthStart, Value depth, Value first,
                       Value columnCount);
  Value view(MemRefType type, Value matrix, ValueRange offsets,
             ValueRange sizes) {
    SmallVector<OpFoldResult> ones(offsets.size(), b.getIndexAttr(1));
    return memref::SubViewOp::create(b, type, matrix,
                                     getAsOpFoldResult(offsets),
                                     getAsOpFoldResult(sizes), ones);
  }

  LoopBuilder &b;
  const Kernel &kernel;
  Value rows, columns, result, accumulate;
  Routines &routines;
  Value scratch; // for a block of a panel
  Value rowScratch;
};

/// Rows may lie such that a block of them meets in a few sets of the caches:
/// then, and if they are of another type or strided, a copy is read. Few rows
/// do no harm, and more than the copy has room for are read in place.
Value BlockEmitter::shouldCopyRows(Value rowCount) {
  constexpr int64_t kFewRows = 24;
  constexpr int64_t kBadStride = 2048; // bytes
  int64_t entries = kBadStride / (kernel.element.getIntOrFloatBitWidth() / 8);
  auto buffer = memref::ExtractStridedMetadataOp::create(b, rows);
  Value rest =
      arith::RemUIOp::create(b, buffer.getStrides()[0], b.constant(entries));
  Value isBad =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rest, b.constant(0));
  Value areMany = b.isAtLeast(rowCount, b.constant(kFewRows));
  Value fit = b.isAtLeast(b.constant(kernel.blockRows), rowCount);
  return arith::AndIOp::create(b, isBad,
                               arith::AndIOp::create(b, areMany, fit));
}

Value BlockEmitter::getRows(Value depthStart, Value depth, Value rowCount) {
  Value zero = b.constant(0);
  Value inPlace =
      view(kernel.getRowsType(), rows, {zero, depthStart}, {rowCount, depth});
  Value whole = memref::CastOp::create(b, kernel.getTileRowsType(), rowScratch);
  Value copied =
      view(kernel.getTileRowsType(), whole, {zero, zero}, {rowCount, depth});
  if (!kernel.readsRowsInPlace()) {
    copyRows(inPlace, depth, rowCount);
    return copied;
  }
  Value copies = shouldCopyRows(rowCount);
  b.branch(copies, [&] { copyRows(inPlace, depth, rowCount); }, [] {});
  return arith::SelectOp::create(b, copies, copied, inPlace);
}

void BlockEmitter::copyRows(Value from, Value depth, Value rowCount) {
  b.loop(rowCount, [&](Value row) {
    b.loop(depth, [&](Value k) {
      SmallVector<Value> place{row, k};
      Value entry = memref::LoadOp::create(b, from, place);
      memref::StoreOp::create(b, b.extend(entry, kernel.element), rowScratch,
                              place);
    });
  });
}

void BlockEmitter::emitBlocks(Value firstPanel) {
  Value rowCount = b.getDim(result, 0), columnCount = b.getDim(result, 1);
  Value depthSize = b.getDim(rows, 1), zero = b.constant(0);
  Value width = b.constant(kernel.getWidth());
  // Ascending, and the sums pass through the result in between: the same chain
  // of roundings as in one piece. Blocks are as even as possible.
  Value one = b.constant(1);
  Value blocks =
      arith::MaxSIOp::create(b, b.ceilDiv(depthSize, kernel.blockDepth), one);
  Value step = arith::CeilDivUIOp::create(b, depthSize, blocks);
  b.loop(blocks, [&](Value block) {
    Value depthStart = b.mul(block, step);
    Value depth = b.min(b.sub(depthSize, depthStart), step);
    Value isFirst =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, block, zero);
    Value isLater = arith::XOrIOp::create(
        b, isFirst, arith::ConstantIntOp::create(b, 1, 1));
    Value adds = arith::OrIOp::create(b, accumulate, isLater);
    Value blockRows = getRows(depthStart, depth, rowCount);
    Value panels = b.ceilDiv(columnCount, kernel.getWidth());
    b.loop(firstPanel, panels, 1, [&](Value panel) {
      Value first = b.mul(panel, kernel.getWidth());
      Value count = b.min(b.sub(columnCount, first), width);
      Value panelBlock = getPanel(panel, depthStart, depth, count);
      Value next = getNextPanel(panel, panels, depthStart, depth, panelBlock);
      Value place = view(kernel.getResultType(), result, {zero, first},
                         {rowCount, count});
      func::CallOp::create(
          b, routines.get<PanelEmitter>(kernel, routines),
          ValueRange{blockRows, panelBlock, place, adds, next});
    });
  });
}

/// Copies `depth` rows as wide as a panel, from this place of a matrix on.
void BlockEmitter::copyWholeRows(Value from, Value firstRow, Value firstColumn,
                                 Value depth) {
  VectorType stored = kernel.getVector().clone(kernel.columnElement);
  b.loop(depth, [&](Value k) {
    for (int64_t i = 0; i < kernel.tile.vectors; ++i) {
      int64_t lane = i * kernel.tile.vectorLength;
      Value entries = b.loadVector(
          stored, from, {b.add(firstRow, k), b.add(firstColumn, lane)});
      vector::StoreOp::create(b, b.extend(entries, kernel.element), scratch,
                              ValueRange{k, b.constant(lane)});
    }
  });
}

/// Copies columns one by one, and fills the panel up with zeros.
void BlockEmitter::copyRowsOfPanel(Value depthStart, Value depth, Value first,
                                   Value columnCount) {
  b.loop(depth, [&](Value k) {
    Value place = b.add(depthStart, k);
    b.loop(columnCount, [&](Value lane) {
      Value entry = memref::LoadOp::create(
          b, columns, ValueRange{place, b.add(first, lane)});
      memref::StoreOp::create(b, b.extend(entry, kernel.element), scratch,
                              ValueRange{k, lane});
    });
    b.loop(columnCount, b.constant(kernel.getWidth()), 1, [&](Value lane) {
      memref::StoreOp::create(b, b.getZero(kernel.element), scratch,
                              ValueRange{k, lane});
    });
  });
}

/// The block of the panel after `panel`, if panels are read in place; else the
/// one that is at hand.
Value BlockEmitter::getNextPanel(Value panel, Value panels, Value depthStart,
                                 Value depth, Value current) {
  if (!kernel.readsPanelsInPlace())
    return current;
  return cutPanel(b.min(b.add(panel, 1), b.add(panels, -1)), depthStart, depth);
}

Value BlockEmitter::cutPanel(Value panel, Value depthStart, Value depth) {
  SmallVector<OpFoldResult> offsets{panel, depthStart, b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes{b.getIndexAttr(1), depth,
                                  b.getIndexAttr(kernel.getWidth())};
  SmallVector<OpFoldResult> ones(3, b.getIndexAttr(1));
  return memref::SubViewOp::create(b, kernel.getPanelType(kernel.columnElement),
                                   columns, offsets, sizes, ones);
}

/// A block of a panel in the accumulators' type: where it lies, or copied to
/// the scratch buffer. There, columns beyond the last are zero.
Value BlockEmitter::getPanel(Value panel, Value depthStart, Value depth,
                             Value columnCount) {
  int64_t width = kernel.getWidth();
  Value zero = b.constant(0);
  if (kernel.source == ColumnSource::Panels) {
    Value block = cutPanel(panel, depthStart, depth);
    if (kernel.readsPanelsInPlace())
      return block;
    copyWholeRows(block, zero, zero, depth);
  } else {
    Value first = b.mul(panel, width);
    auto copyEntries = [&] {
      copyRowsOfPanel(depthStart, depth, first, columnCount);
    };
    if (kernel.source == ColumnSource::Rows)
      b.branch(
          b.isAtLeast(columnCount, b.constant(width)),
          [&] { copyWholeRows(columns, depthStart, first, depth); },
          copyEntries);
    else
      copyEntries();
  }
  Value whole = memref::CastOp::create(b, kernel.getPanelType(), scratch);
  return view(kernel.getPanelType(), whole, {zero, zero},
              {depth, b.constant(width)});
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// A buffer and how the loops of a structured op index it.
struct Access {
  Value buffer;
  AffineMap map;

  MemRefType getType() const { return cast<MemRefType>(buffer.getType()); }

  /// Neighbouring iterations of `loop` touch neighbouring elements.
  bool isContiguousAlong(unsigned loop) const {
    return map.getNumResults() > 0 && getType().isLastDimUnitStride() &&
           map.getResults().back() == getAffineDimExpr(loop, map.getContext());
  }
};

/// Replaces one contraction by loops over its outer loops around a call.
class CallEmitter {
public:
  CallEmitter(LoopBuilder &b, Routines &routines, linalg::GenericOp op,
              const ContractionLoops &loops, unsigned vectorBits,
              int64_t blockRows, int64_t blockDepth)
      : b(b), routines(routines), loops(loops),
        rows(getAccess(op, loops.rowOperand)),
        columns(getAccess(op, loops.columnOperand)), result(getAccess(op, 2)) {
    for (const Range &range :
         cast<linalg::LinalgOp>(*op).createLoopRanges(b, op.getLoc()))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(b, op.getLoc(), range.size));
    kernel.element = result.getType().getElementType();
    kernel.tile = getRegisterTile(kernel.element, vectorBits);
    kernel.rowElement = rows.getType().getElementType();
    kernel.rowsContiguous = rows.isContiguousAlong(getDepth());
    kernel.columnElement = columns.getType().getElementType();
    kernel.blockRows = blockRows;
    kernel.blockDepth = blockDepth;
    kernel.source = getSource();
  }

  /// Whether a routine can do it: others are left to the generic lowering.
  static bool supports(linalg::GenericOp op, const ContractionLoops &loops,
                       unsigned vectorBits) {
    Access result = getAccess(op, 2),
           columns = getAccess(op, loops.columnOperand);
    if (loops.depth.size() != 1 || !result.isContiguousAlong(loops.column))
      return false;
    int64_t width =
        getRegisterTile(result.getType().getElementType(), vectorBits)
            .getColumns();
    return !loops.panelWidth ||
           (*loops.panelWidth == width && arePanels(columns, loops, width));
  }

  /// Whether steps of a panel follow one another without a gap.
  static bool arePanels(const Access &columns, const ContractionLoops &loops,
                        int64_t width) {
    SmallVector<int64_t> strides;
    int64_t offset;
    unsigned depth = *columns.map.getResultPosition(
        getAffineDimExpr(loops.depth.front(), columns.map.getContext()));
    return succeeded(columns.getType().getStridesAndOffset(strides, offset)) &&
           strides.back() == 1 && strides[depth] == width;
  }

  void emit(Value accumulate) {
    starts.assign(sizes.size(), Value());
    emitOuterLoops(loops.outer, accumulate);
  }

private:
  static Access getAccess(linalg::GenericOp op, unsigned operand) {
    return {op->getOperand(operand), op.getIndexingMapsArray()[operand]};
  }

  unsigned getDepth() const { return loops.depth.front(); }

  ColumnSource getSource() const {
    if (loops.panelWidth)
      return ColumnSource::Panels;
    if (!columns.isContiguousAlong(loops.column))
      return ColumnSource::Matrix;
    return ColumnSource::Rows;
  }

  void emitOuterLoops(ArrayRef<unsigned> outer, Value accumulate) {
    if (!outer.empty()) {
      b.loop(sizes[outer.front()], [&](Value index) {
        starts[outer.front()] = index;
        emitOuterLoops(outer.drop_front(), accumulate);
      });
      return;
    }
    func::CallOp::create(
        b, routines.get<BlockEmitter>(kernel, routines),
        ValueRange{
            createMatrix(rows, loops.row, getDepth(), kernel.getRowsType()),
            createColumns(),
            createMatrix(result, loops.row, loops.column,
                         kernel.getResultType()),
            accumulate});
  }

  Value getValue(OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
  }

  /// A buffer seen as a matrix: one of the loops along each axis. No loop is
  /// one iteration, and a loop that the buffer does not depend on has stride 0.
  Value createMatrix(const Access &access, std::optional<unsigned> first,
                     unsigned second, MemRefType type) {
    auto buffer = memref::ExtractStridedMetadataOp::create(b, access.buffer);
    Value zero = b.constant(0);
    Value offset = getValue(buffer.getConstifiedMixedOffset());
    SmallVector<Value> strides(sizes.size(), zero);
    for (auto [dim, stride] :
         llvm::enumerate(buffer.getConstifiedMixedStrides())) {
      unsigned loop = access.map.getDimPosition(dim);
      strides[loop] = getValue(stride);
      if (starts[loop])
        offset = b.add(offset, b.mul(starts[loop], strides[loop]));
    }
    SmallVector<OpFoldResult> viewSizes{first ? sizes[*first] : b.constant(1),
                                        sizes[second]};
    SmallVector<OpFoldResult> viewStrides{first ? strides[*first] : zero,
                                          strides[second]};
    return reinterpret(buffer, type, offset, viewSizes, viewStrides);
  }

  Value reinterpret(memref::ExtractStridedMetadataOp buffer, MemRefType type,
                    Value offset, ArrayRef<OpFoldResult> viewSizes,
                    SmallVector<OpFoldResult> viewStrides) {
    if (!ShapedType::isDynamic(type.getStridesAndOffset().first.back()))
      viewStrides.back() = b.getIndexAttr(1);
    return memref::ReinterpretCastOp::create(b, type, buffer.getBaseBuffer(),
                                             OpFoldResult(offset), viewSizes,
                                             viewStrides);
  }

  Value createColumns() {
    if (kernel.source != ColumnSource::Panels)
      return createMatrix(columns, getDepth(), loops.column,
                          kernel.getColumnsType());
    return createPackedPanels();
  }

  Value createPackedPanels() {
    auto buffer = memref::ExtractStridedMetadataOp::create(b, columns.buffer);
    Value offset = getValue(buffer.getConstifiedMixedOffset());
    SmallVector<OpFoldResult> bufferStrides =
        buffer.getConstifiedMixedStrides();
    SmallVector<OpFoldResult> viewSizes(3), viewStrides(3);
    viewSizes[2] = viewStrides[1] = b.getIndexAttr(kernel.getWidth());
    for (auto [dim, expr] :
         llvm::enumerate(columns.map.getResults().drop_back())) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      unsigned viewDim = !loop ? 0 : loop.getPosition() == getDepth() ? 1 : 2;
      if (viewDim == 2) {
        offset = b.add(offset, b.mul(starts[loop.getPosition()],
                                     getValue(bufferStrides[dim])));
        continue;
      }
      viewSizes[viewDim] = b.getDim(columns.buffer, dim);
      if (viewDim == 0)
        viewStrides[viewDim] = getValue(bufferStrides[dim]);
    }
    return reinterpret(buffer, kernel.getColumnsType(), offset, viewSizes,
                       viewStrides);
  }

  LoopBuilder &b;
  Routines &routines;
  const ContractionLoops &loops;
  Access rows, columns, result;
  SmallVector<Value> sizes;  // of the contraction's loops
  SmallVector<Value> starts; // of outer loops
  Kernel kernel;
};

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

/// The op right before `op` that fills its result with zeros.
linalg::FillOp getZeroFill(linalg::GenericOp op) {
  auto fill = dyn_cast_or_null<linalg::FillOp>(op->getPrevNode());
  if (!fill || fill.getOutputs().front() != op.getOutputs().front())
    return nullptr;
  return matchPattern(fill.getInputs().front(), m_PosZeroFloat()) ? fill
                                                                  : nullptr;
}

struct LowerContractions
    : public grow::impl::CPULowerContractionsPassBase<LowerContractions> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(checkVectorBits(getOperation(), vectorBits)))
      return signalPassFailure();
    Routines routines(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : ops)
      lower(rewriter, op, routines);
  }

  void lower(RewriterBase &rewriter, linalg::GenericOp op, Routines &routines) {
    if (!op.hasPureBufferSemantics() ||
        !llvm::all_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>))
      return;
    std::optional<ContractionLoops> loops = matchContractionLoops(op);
    if (!loops || !CallEmitter::supports(op, *loops, vectorBits))
      return;
    LoopBuilder b(op.getLoc(), op);
    linalg::FillOp fill = getZeroFill(op);
    Value accumulate = arith::ConstantIntOp::create(b, fill ? 0 : 1, 1);
    CallEmitter(b, routines, op, *loops, vectorBits, blockRows, blockDepth)
        .emit(accumulate);
    rewriter.eraseOp(op);
    if (fill)
      rewriter.eraseOp(fill);
  }
};

} // namespace

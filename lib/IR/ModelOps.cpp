//===- ModelOps.cpp - What a transformer computes -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowOps.h"

#include "Syntax.h"
#include "grow/IR/Layers.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Type grow::detail::getChannelType(Type stream) {
  auto type = cast<RankedTensorType>(stream);
  return RankedTensorType::get(type.getShape().back(), type.getElementType());
}

LogicalResult
grow::detail::inferStreamType(std::optional<Location> location,
                              ValueRange operands,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  if (operands.empty())
    return emitOptionalError(location, "expects the stream as first operand");
  inferredReturnTypes.push_back(operands.front().getType());
  return success();
}

LogicalResult
grow::detail::reifyFromFirstOperand(OpBuilder &builder, Operation *op,
                                    ReifiedRankedShapedTypeDims &shapes) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<OpFoldResult> &shape = shapes.emplace_back();
  for (auto [axis, size] : llvm::enumerate(type.getShape())) {
    if (ShapedType::isStatic(size))
      shape.push_back(builder.getIndexAttr(size));
    else
      shape.push_back(
          tensor::getMixedSize(builder, op->getLoc(), op->getOperand(0), axis));
  }
  return success();
}

/// The tensor types of the first two operands, of the given ranks. Types are
/// inferred before the constraints of operands are checked.
static FailureOr<std::pair<RankedTensorType, RankedTensorType>>
getTypesOfRank(std::optional<Location> location, ValueRange operands,
               int64_t firstRank, int64_t secondRank) {
  auto first = dyn_cast<RankedTensorType>(operands[0].getType());
  auto second = dyn_cast<RankedTensorType>(operands[1].getType());
  if (first && second && first.getRank() == firstRank &&
      second.getRank() == secondRank)
    return std::pair(first, second);
  return emitOptionalError(
      location, "expects tensors of rank ", firstRank, " and ", secondRank,
      ", but found ", operands[0].getType(), " and ", operands[1].getType());
}

/// The type of as many rows of a table as the first operand has positions.
static LogicalResult inferRows(std::optional<Location> location,
                               ValueRange operands,
                               SmallVectorImpl<Type> &types) {
  auto sequence = dyn_cast<RankedTensorType>(operands[0].getType());
  auto table = dyn_cast<RankedTensorType>(operands[1].getType());
  if (!sequence || !table || sequence.getRank() < 2 || table.getRank() != 2)
    return emitOptionalError(
        location, "expects a batch of sequences and a table, but found ",
        operands[0].getType(), " and ", operands[1].getType());
  types.push_back(RankedTensorType::get(
      {sequence.getDimSize(0), sequence.getDimSize(1), table.getDimSize(1)},
      table.getElementType()));
  return success();
}

/// Checks that the operand `name` of `op`, if it is there, has the type that
/// follows from the other operands.
static LogicalResult expectWeight(Operation *op, StringRef name, Value operand,
                                  ArrayRef<int64_t> shape, Type elementType) {
  if (!operand)
    return success();
  Type expected = RankedTensorType::get(shape, elementType);
  if (operand.getType() == expected)
    return success();
  return op->emitOpError() << "expects '" << name << "' of type " << expected
                           << ", but found " << operand.getType();
}

//===----------------------------------------------------------------------===//
// Syntax shared by ops
//===----------------------------------------------------------------------===//

ParseResult grow::parseExact(OpAsmParser &parser, ExactAttr &attribute) {
  FailureOr<Exact> value = Exact::parse(parser);
  if (failed(value))
    return failure();
  attribute = ExactAttr::get(parser.getContext(), *value);
  return success();
}

void grow::printExact(OpAsmPrinter &printer, Operation *, ExactAttr attribute) {
  printer.getStream() << attribute.getValue();
}

/// Whole, not stripped of its dialect, so that one alias serves every layer.
static ParseResult parseRope(OpAsmParser &parser, RopeAttr &rope) {
  return parser.parseAttribute(rope);
}

static void printRope(OpAsmPrinter &printer, Operation *, RopeAttr rope) {
  printer.printAttribute(rope);
}

/// Parses `(%x = %0 : type, ...) { ... }`.
static ParseResult
parseLayerBody(OpAsmParser &parser, Region &body,
               SmallVectorImpl<OpAsmParser::UnresolvedOperand> &inputs,
               SmallVectorImpl<Type> &types, Type &resultType) {
  SmallVector<OpAsmParser::Argument> arguments;
  SMLoc loc = parser.getCurrentLocation();
  auto parseInput = [&]() -> ParseResult {
    OpAsmParser::Argument &argument = arguments.emplace_back();
    if (parser.parseArgument(argument) || parser.parseEqual() ||
        parser.parseOperand(inputs.emplace_back()) ||
        parser.parseColonType(argument.type))
      return failure();
    types.push_back(argument.type);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseInput))
    return failure();
  if (inputs.empty())
    return parser.emitError(loc) << "expects the residual stream as input";
  if (parser.parseRegion(body, arguments, /*enableNameShadowing=*/true))
    return failure();
  // The result is what the region yields. One that yields nothing is refused
  // once the op is there.
  resultType = types.front();
  bool hasOps = !body.empty() && !body.front().empty();
  if (Operation *last = hasOps ? &body.front().back() : nullptr)
    if (isa<YieldOp>(last) && last->getNumOperands() == 1)
      resultType = last->getOperand(0).getType();
  return success();
}

static void printLayerBody(OpAsmPrinter &printer, Operation *, Region &body,
                           OperandRange inputs, TypeRange types, Type) {
  printer << '(';
  llvm::interleaveComma(llvm::zip_equal(body.getArguments(), inputs, types),
                        printer, [&](auto input) {
                          auto [argument, operand, type] = input;
                          printer << argument << " = " << operand << " : "
                                  << type;
                        });
  printer << ") ";
  printer.printRegion(body, /*printEntryBlockArgs=*/false);
}

#include "grow/IR/GrowOpInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "grow/IR/GrowOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

void ParamOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    RankedTensorType type, StorageAttr storage) {
  build(builder, state, builder.getStringAttr(name), TypeAttr::get(type),
        storage);
}

LogicalResult ParamOp::verify() {
  if (auto function = (*this)->getParentOfType<FunctionOpInterface>()) {
    InFlightDiagnostic diag = emitOpError()
                              << "expects to stand in a module that is not "
                                 "inside of a function";
    diag.attachNote(function.getLoc()) << "the function is here";
    return diag;
  }
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape() || type.getRank() < 1 || type.getRank() > 4 ||
      llvm::is_contained(type.getShape(), 0))
    return emitOpError() << "expects a static shape of 1 to 4 axes, none of "
                            "them empty, but found "
                         << type;
  if (type.getEncoding())
    return emitOpError() << "expects a tensor without an encoding, but found "
                         << type;
  // Stored as f64, whatever it is now: every size in bytes is then a number.
  int64_t bytes = 8;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(bytes, size, bytes))
      return emitOpError() << "expects a size in bytes that fits in 63 bits, "
                              "but found "
                           << type;
  StorageAttr storage = getStorageAttr();
  if (!storage)
    return success();
  int64_t rank = type.getRank();
  if (!storage.getAxes().empty() &&
      static_cast<int64_t>(storage.getAxes().size()) != rank)
    return emitOpError() << "expects the storage to name " << rank
                         << " axes, but it names " << storage.getAxes().size();
  SmallVector<SmallVector<int64_t, 2>> dims = storage.getReassociation(rank);
  bool isPlaced =
      storage.isPart() || storage.getDim() > 0 || storage.getInside() > 0;
  if (isPlaced && (storage.getDim() >= static_cast<int64_t>(dims.size()) ||
                   storage.getInside() >=
                       static_cast<int64_t>(dims[storage.getDim()].size())))
    return emitOpError() << "has " << dims.size()
                         << " stored dimensions and cannot be a part along "
                         << storage.getDim() << " inside "
                         << storage.getInside();
  return success();
}

/// Checks that `op` can stand in the derivation of `param`.
static LogicalResult verifyDerivationOp(ParamOp param, Operation *op) {
  if (!isa<SourceOp, FillOp, ExtendOp, ScaleOp, RegroupOp, CenterOp, DropOp>(
          op)) {
    InFlightDiagnostic diag = param.emitOpError()
                              << "expects only derivation ops in its region";
    diag.attachNote(op->getLoc()) << "found '" << op->getName() << "'";
    return diag;
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  RankedTensorType expected = param.getTensorType();
  if (type.getRank() != expected.getRank() ||
      type.getElementType() != expected.getElementType())
    return op->emitOpError()
           << "expects the rank and the element type of the parameter, "
           << expected << ", but found " << type;
  if (op->hasAttr("order"))
    return op->emitOpError() << "expects no 'order' in a derivation, whose "
                                "axes are the logical ones";
  return success();
}

LogicalResult ParamOp::verifyRegions() {
  if (!isDerived())
    return success();
  Block &block = getDerivation().front();
  auto yield =
      dyn_cast_or_null<YieldOp>(block.empty() ? nullptr : &block.back());
  if (!yield)
    return emitOpError() << "expects its derivation to end in 'grow.yield'";
  if (yield.getValue().getType() != getType())
    return yield.emitOpError()
           << "expects a value of the parameter's type " << getType()
           << ", but found " << yield.getValue().getType();
  for (Operation &op : block.without_terminator())
    if (failed(verifyDerivationOp(*this, &op)))
      return failure();
  return success();
}

Value ParamOp::getDerivedValue() {
  if (!isDerived())
    return {};
  return cast<YieldOp>(getDerivation().front().getTerminator()).getValue();
}

LogicalResult GetOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto param =
      symbolTable.lookupNearestSymbolFrom<ParamOp>(*this, getParamAttr());
  if (!param)
    return emitOpError() << "expects " << getParamAttr()
                         << " to be a 'grow.param' of the module";
  if (param.getType() == getType())
    return success();
  InFlightDiagnostic diag = emitOpError() << "reads " << getParamAttr()
                                          << " as " << getType();
  diag.attachNote(param.getLoc()) << "the parameter is " << param.getType();
  return diag;
}

//===----------------------------------------------------------------------===//
// Embeddings
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            ValueRange operands, DictionaryAttr,
                                            OpaqueProperties, RegionRange,
                                            SmallVectorImpl<Type> &types) {
  return inferRows(location, operands, types);
}

LogicalResult PositionEmbeddingOp::inferReturnTypes(
    MLIRContext *, std::optional<Location> location, ValueRange operands,
    DictionaryAttr, OpaqueProperties, RegionRange,
    SmallVectorImpl<Type> &types) {
  return inferRows(location, operands, types);
}

LogicalResult PositionEmbeddingOp::verify() {
  int64_t rows = getTable().getType().getDimSize(0);
  int64_t offset = getOffset();
  if (offset >= 0 && offset < rows)
    return success();
  return emitOpError() << "expects an offset between 0 and " << rows - 1
                       << ", but found " << offset;
}

LogicalResult TypeEmbeddingOp::inferReturnTypes(
    MLIRContext *, std::optional<Location> location, ValueRange operands,
    DictionaryAttr, OpaqueProperties, RegionRange,
    SmallVectorImpl<Type> &types) {
  return inferRows(location, operands, types);
}

LogicalResult TypeEmbeddingOp::verify() {
  int64_t rows = getTable().getType().getDimSize(0);
  if (static_cast<int64_t>(getRow()) < rows)
    return success();
  return emitOpError() << "expects a row between 0 and " << rows - 1
                       << ", but found " << getRow();
}

/// How many patches an image has, or what is wrong with its size.
static FailureOr<int64_t> countPatches(std::optional<Location> location,
                                       RankedTensorType images,
                                       RankedTensorType weight) {
  int64_t patches = 1;
  for (int64_t axis : {2, 3}) {
    int64_t size = images.getDimSize(axis);
    int64_t patch = weight.getDimSize(axis - 1);
    if (ShapedType::isDynamic(size) || patch <= 0 || size % patch != 0)
      return emitOptionalError(location, "expects images that divide into ",
                               weight.getDimSize(1), "x", weight.getDimSize(2),
                               " patches, but found ", images);
    patches *= size / patch;
  }
  return patches;
}

LogicalResult PatchEmbeddingOp::inferReturnTypes(
    MLIRContext *, std::optional<Location> location, ValueRange operands,
    DictionaryAttr, OpaqueProperties, RegionRange,
    SmallVectorImpl<Type> &types) {
  auto operandTypes = getTypesOfRank(location, operands, 4, 4);
  if (failed(operandTypes))
    return failure();
  auto [images, weight] = *operandTypes;
  FailureOr<int64_t> patches = countPatches(location, images, weight);
  if (failed(patches))
    return failure();
  types.push_back(RankedTensorType::get(
      {images.getDimSize(0), 1 + *patches, weight.getDimSize(3)},
      weight.getElementType()));
  return success();
}

LogicalResult PatchEmbeddingOp::verify() {
  RankedTensorType images = getImages().getType();
  RankedTensorType weight = getWeight().getType();
  if (images.getDimSize(1) != weight.getDimSize(0) ||
      images.getElementType() != weight.getElementType())
    return emitOpError() << "expects images of " << weight.getDimSize(0)
                         << " channels of " << weight.getElementType()
                         << ", but found " << images;
  int64_t hidden = weight.getDimSize(3);
  return success(succeeded(expectWeight(*this, "bias", getBias(), {hidden},
                                        weight.getElementType())) &&
                 succeeded(expectWeight(*this, "class_token", getClassToken(),
                                        {hidden}, weight.getElementType())));
}

LogicalResult UnembeddingOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location> location,
                                              ValueRange operands,
                                              DictionaryAttr, OpaqueProperties,
                                              RegionRange,
                                              SmallVectorImpl<Type> &types) {
  auto operandTypes = getTypesOfRank(location, operands, 3, 2);
  if (failed(operandTypes))
    return failure();
  auto [x, table] = *operandTypes;
  types.push_back(RankedTensorType::get(
      {x.getDimSize(0), x.getDimSize(1), table.getDimSize(0)},
      x.getElementType()));
  return success();
}

LogicalResult UnembeddingOp::verify() {
  RankedTensorType x = getX().getType();
  int64_t rows = getTable().getType().getDimSize(0);
  return success(
      succeeded(expectWeight(*this, "table", getTable(),
                             {rows, x.getDimSize(2)}, x.getElementType())) &&
      succeeded(
          expectWeight(*this, "bias", getBias(), {rows}, x.getElementType())));
}

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

LogicalResult SoftcapOp::verify() {
  if (getBound().getValue().isPositive())
    return success();
  return emitOpError() << "expects a positive bound";
}

LogicalResult SelectTokenOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location> location,
                                              ValueRange operands,
                                              DictionaryAttr, OpaqueProperties,
                                              RegionRange,
                                              SmallVectorImpl<Type> &types) {
  auto x = dyn_cast<RankedTensorType>(operands[0].getType());
  if (!x || x.getRank() != 3)
    return emitOptionalError(location, "expects a stream, but found ",
                             operands[0].getType());
  types.push_back(RankedTensorType::get({x.getDimSize(0), 1, x.getDimSize(2)},
                                        x.getElementType()));
  return success();
}

LogicalResult SelectTokenOp::verify() {
  int64_t length = getX().getType().getDimSize(1);
  if (ShapedType::isDynamic(length) ||
      static_cast<int64_t>(getPosition()) < length)
    return success();
  return emitOpError() << "expects a position between 0 and " << length - 1
                       << ", but found " << getPosition();
}

LogicalResult DenseOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> location,
                                        ValueRange operands, DictionaryAttr,
                                        OpaqueProperties, RegionRange,
                                        SmallVectorImpl<Type> &types) {
  auto operandTypes = getTypesOfRank(location, operands, 3, 2);
  if (failed(operandTypes))
    return failure();
  auto [x, weight] = *operandTypes;
  types.push_back(RankedTensorType::get(
      {x.getDimSize(0), x.getDimSize(1), weight.getDimSize(1)},
      x.getElementType()));
  return success();
}

LogicalResult DenseOp::verify() {
  RankedTensorType x = getX().getType();
  int64_t columns = getWeight().getType().getDimSize(1);
  return success(
      succeeded(expectWeight(*this, "weight", getWeight(),
                             {x.getDimSize(2), columns}, x.getElementType())) &&
      succeeded(expectWeight(*this, "bias", getBias(), {columns},
                             x.getElementType())));
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

static LogicalResult verifyEpsilon(Operation *op, ExactAttr epsilon) {
  if (epsilon.getValue().isZero() || epsilon.getValue().isPositive())
    return success();
  InFlightDiagnostic diag = op->emitOpError();
  diag << "expects an epsilon of at least 0";
  return diag;
}

LogicalResult RMSNormOp::verify() {
  return verifyEpsilon(*this, getEpsilonAttr());
}

LogicalResult LayerNormOp::verify() {
  int64_t channels = getX().getType().getDimSize(2);
  if (static_cast<int64_t>(getCentered()) > channels)
    return emitOpError() << "expects to center at most its " << channels
                         << " channels, but found " << getCentered();
  return verifyEpsilon(*this, getEpsilonAttr());
}

using ZeroingFills = SmallVector<std::pair<OpOperand *, FillAttrInterface>>;

ZeroingFills RMSNormOp::getZeroingFills() {
  FillAttrInterface fill = ZeroAttr::get(getContext());
  if (getUnitOffset())
    fill = ConstantAttr::get(getContext(), Exact(-1));
  return {{&getGainMutable(), fill}};
}

/// Zeros for the given operand and the optional one that is added to the
/// result.
static ZeroingFills zeroWithBias(OpOperand &weight, MutableOperandRange bias) {
  FillAttrInterface zero = ZeroAttr::get(weight.getOwner()->getContext());
  ZeroingFills fills{{&weight, zero}};
  for (OpOperand &operand : bias)
    fills.push_back({&operand, zero});
  return fills;
}

ZeroingFills LayerNormOp::getZeroingFills() {
  return zeroWithBias(getGainMutable(), getBiasMutable());
}

//===----------------------------------------------------------------------===//
// Attention and MLP
//===----------------------------------------------------------------------===//

static LogicalResult verifyQKNorm(AttentionOp op, int64_t width, Type type) {
  bool isNormed = op.getQGain() != nullptr;
  if (isNormed != (op.getKGain() != nullptr))
    return op.emitOpError() << "expects gains for both queries and keys, or "
                               "for neither";
  if (isNormed != bool(op.getQkEpsilonAttr()) ||
      isNormed != bool(op.getQkCountAttr()) ||
      (op.getQkUnitOffset() && !isNormed))
    return op.emitOpError() << "expects an epsilon and a count with the gains "
                               "of queries and keys, and none without";
  if (!isNormed)
    return success();
  return success(
      succeeded(expectWeight(op, "q_gain", op.getQGain(), {width}, type)) &&
      succeeded(expectWeight(op, "k_gain", op.getKGain(), {width}, type)) &&
      succeeded(verifyEpsilon(op, op.getQkEpsilonAttr())));
}

/// The stream `x` with as many channels as `weight` writes.
static LogicalResult inferWrittenStream(std::optional<Location> location,
                                        Value x, Value weight,
                                        SmallVectorImpl<Type> &types) {
  auto stream = dyn_cast<RankedTensorType>(x.getType());
  auto written = dyn_cast<RankedTensorType>(weight.getType());
  if (!stream || !written || stream.getRank() != 3 || written.getRank() == 0)
    return emitOptionalError(location, "expects a stream and weights");
  SmallVector<int64_t> shape(stream.getShape());
  shape.back() = written.getShape().back();
  types.push_back(RankedTensorType::get(shape, stream.getElementType()));
  return success();
}

LogicalResult AttentionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  return inferWrittenStream(location, adaptor.getX(), adaptor.getWo(), types);
}

LogicalResult AttentionOp::verify() {
  Type type = getX().getType().getElementType();
  int64_t hidden = getX().getType().getDimSize(2);
  int64_t written = getType().getDimSize(2);
  int64_t groups = getGroups(), heads = getHeadsPerGroup();
  int64_t key = getKeyWidth(), value = getValueWidth();
  if (failed(expectWeight(*this, "wq", getWq(), {hidden, groups, heads, key},
                          type)) ||
      failed(expectWeight(*this, "wk", getWk(), {hidden, groups, key}, type)) ||
      failed(
          expectWeight(*this, "wv", getWv(), {hidden, groups, value}, type)) ||
      failed(expectWeight(*this, "wo", getWo(), {groups, heads, value, written},
                          type)) ||
      failed(expectWeight(*this, "bq", getBq(), {groups, heads, key}, type)) ||
      failed(expectWeight(*this, "bk", getBk(), {groups, key}, type)) ||
      failed(expectWeight(*this, "bv", getBv(), {groups, value}, type)) ||
      failed(expectWeight(*this, "bo", getBo(), {written}, type)))
    return failure();
  if (RopeAttr rope = getRopeAttr()) {
    int64_t rotated = 2 * rope.getFrequencies().size();
    if (rotated > key)
      return emitOpError() << "expects a rotary embedding of at most "
                           << key / 2 << " frequencies for a key width of "
                           << key << ", but found " << rotated / 2;
  }
  if (!getScaleAttr().getValue().isPositive())
    return emitOpError() << "expects a positive scale";
  if (getSoftcapAttr() && !getSoftcapAttr().getValue().isPositive())
    return emitOpError() << "expects a positive soft cap";
  if (getWindow() && !getCausal())
    return emitOpError() << "expects a window only with 'causal'";
  if (getAlibi() && static_cast<int64_t>(getAlibi()->size()) != groups * heads)
    return emitOpError() << "expects a slope for each of its " << groups * heads
                         << " query heads, but found " << getAlibi()->size();
  return verifyQKNorm(*this, key, type);
}

ZeroingFills AttentionOp::getZeroingFills() {
  return zeroWithBias(getWoMutable(), getBoMutable());
}

LogicalResult
MLPOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                        ValueRange operands, DictionaryAttr attributes,
                        OpaqueProperties properties, RegionRange regions,
                        SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  return inferWrittenStream(location, adaptor.getX(), adaptor.getDown(), types);
}

LogicalResult MLPOp::verify() {
  Type type = getX().getType().getElementType();
  int64_t hidden = getX().getType().getDimSize(2), width = getWidth();
  int64_t written = getType().getDimSize(2);
  if (failed(expectWeight(*this, "up", getUp(), {hidden, width}, type)) ||
      failed(expectWeight(*this, "gate", getGate(), {hidden, width}, type)) ||
      failed(expectWeight(*this, "down", getDown(), {width, written}, type)) ||
      failed(expectWeight(*this, "up_bias", getUpBias(), {width}, type)) ||
      failed(expectWeight(*this, "gate_bias", getGateBias(), {width}, type)) ||
      failed(expectWeight(*this, "down_bias", getDownBias(), {written}, type)))
    return failure();
  if (getGateBias() && !getGate())
    return emitOpError() << "has a bias for a gate, but no gate";
  return success();
}

ZeroingFills MLPOp::getZeroingFills() {
  return zeroWithBias(getDownMutable(), getDownBiasMutable());
}

//===----------------------------------------------------------------------===//
// LayerOp
//===----------------------------------------------------------------------===//

LogicalResult LayerOp::verifyRegions() {
  if (auto outer = (*this)->getParentOfType<LayerOp>()) {
    InFlightDiagnostic diag = emitOpError()
                              << "expects not to stand in another layer";
    diag.attachNote(outer.getLoc()) << "the other layer is here";
    return diag;
  }
  if (getInputs().empty() ||
      cast<RankedTensorType>(getInputs().front().getType()).getRank() != 3)
    return emitOpError() << "expects the residual stream as first operand";
  if (getBody().getArgumentTypes() != TypeRange(getInputs().getTypes()))
    return emitOpError() << "expects one argument in its region for each "
                            "operand, of the same type";
  auto yield = dyn_cast_or_null<YieldOp>(
      getBody().front().empty() ? nullptr : &getBody().front().back());
  if (!yield)
    return emitOpError() << "expects its region to end in 'grow.yield'";
  if (yield.getValue().getType() != getType())
    return yield.emitOpError()
           << "expects a value of the layer's type " << getType()
           << ", but found " << yield.getValue().getType();
  return success();
}

Value LayerOp::getYielded() {
  return cast<YieldOp>(getBody().front().getTerminator()).getValue();
}

LogicalResult LayerOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return grow::detail::reifyFromFirstOperand(builder, *this, shapes);
}

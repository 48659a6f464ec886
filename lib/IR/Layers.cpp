//===- Layers.cpp - Numbers of layers in ops ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/Layers.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;

ParseResult grow::parseLayers(OpAsmParser &parser, DenseI64ArrayAttr &layers) {
  SmallVector<int64_t> values;
  auto parseRange = [&]() -> ParseResult {
    int64_t first = 0, last = 0, count = 0;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseInteger(first))
      return failure();
    if (failed(parser.parseOptionalColon())) {
      values.push_back(first);
      return success();
    }
    if (parser.parseInteger(last))
      return failure();
    constexpr int64_t kMostLayers = 1 << 20;
    if (llvm::SubOverflow(last, first, count) || count < 1 ||
        count > kMostLayers)
      return parser.emitError(loc)
             << "expects a range of at least one and at most " << kMostLayers
             << " layers, but found " << first << ":" << last;
    llvm::append_range(values, llvm::seq(first, last));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseRange))
    return failure();
  layers = parser.getBuilder().getDenseI64ArrayAttr(values);
  return success();
}

void grow::printLayers(OpAsmPrinter &printer, Operation *,
                       DenseI64ArrayAttr layers) {
  ArrayRef<int64_t> rest = layers.asArrayRef();
  printer << '[';
  while (!rest.empty()) {
    size_t run = 1;
    while (run < rest.size() && rest[run] == rest[run - 1] + 1)
      ++run;
    printer << rest.front();
    if (run > 1)
      printer << ':' << rest[run - 1] + 1;
    rest = rest.drop_front(run);
    if (!rest.empty())
      printer << ", ";
  }
  printer << ']';
}

LogicalResult grow::verifyLayers(Operation *op,
                                 std::optional<ArrayRef<int64_t>> layers) {
  if (!layers)
    return success();
  if (layers->empty())
    return op->emitOpError() << "expects at least one layer in 'layers'";
  if (layers->front() < 0)
    return op->emitOpError()
           << "expects 'layers' not to be negative, but found "
           << layers->front();
  for (auto [previous, layer] : llvm::zip(*layers, layers->drop_front()))
    if (layer <= previous)
      return op->emitOpError() << "expects 'layers' in strictly increasing "
                                  "order, but "
                               << layer << " follows " << previous;
  return success();
}

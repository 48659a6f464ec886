//===- Storage.cpp - Stored tensors and their parameters ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/Storage.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InterleavedRange.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;

static constexpr llvm::StringLiteral kLayer = "{layer}";

/// The numbers of the layers that read each parameter.
static llvm::DenseMap<StringAttr, llvm::SmallSetVector<int64_t, 1>>
findReadingLayers(ModuleOp module) {
  llvm::DenseMap<StringAttr, llvm::SmallSetVector<int64_t, 1>> result;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    int64_t number = 0;
    function.walk<WalkOrder::PreOrder>([&](LayerOp layer) {
      layer.walk([&](GetOp get) {
        result[get.getParamAttr().getAttr()].insert(number);
      });
      ++number;
    });
  }
  return result;
}

/// The stored tensor's name with the layer's number in the place of {layer}.
static FailureOr<std::string>
getStoredName(ParamOp param, const llvm::SmallSetVector<int64_t, 1> &layers) {
  StringRef name = param.getStorageAttr().getName();
  auto [before, after] = name.split(kLayer);
  if (before.size() == name.size())
    return name.str();
  if (layers.size() == 1)
    return (before + Twine(layers.front()) + after).str();
  InFlightDiagnostic diag = param.emitOpError()
                            << "is stored as \"" << name << "\", but "
                            << (layers.empty() ? "no layer reads it"
                                               : "several layers read it");
  if (!layers.empty())
    diag.attachNote()
        << "it is read by layers "
        << llvm::formatv("{0}", llvm::interleaved(layers.getArrayRef())).str();
  return diag;
}

/// The extents of a stored tensor if `param` were its only part.
static SmallVector<int64_t> getOwnShape(ParamOp param) {
  RankedTensorType type = param.getTensorType();
  StorageAttr storage = param.getStorageAttr();
  SmallVector<int64_t> axes = storage.getPermutation(type.getRank());
  SmallVector<int64_t> shape;
  for (ArrayRef<int64_t> group : storage.getReassociation(type.getRank())) {
    int64_t &extent = shape.emplace_back(1);
    for (int64_t position : group)
      extent *= type.getDimSize(axes[position]);
  }
  return shape;
}

/// The number of times that the run of parts is repeated: the extent of the
/// axes outside of it.
static int64_t getRepeats(ParamOp param) {
  RankedTensorType type = param.getTensorType();
  StorageAttr storage = param.getStorageAttr();
  SmallVector<int64_t> axes = storage.getPermutation(type.getRank());
  auto group = storage.getReassociation(type.getRank())[storage.getDim()];
  int64_t repeats = 1;
  for (int64_t position : ArrayRef(group).take_front(storage.getInside()))
    repeats *= type.getDimSize(axes[position]);
  return repeats;
}

static Type getStoredElementType(ParamOp param) {
  Type stored = param.getStorageAttr().getElementType();
  return stored ? stored : param.getTensorType().getElementType();
}

/// Checks that `param` can lie in one tensor with the part before it.
static LogicalResult checkAgrees(const StoredTensor &tensor, ParamOp param,
                                 ArrayRef<int64_t> shape) {
  ParamOp first = tensor.parts.front().param;
  StorageAttr a = first.getStorageAttr(), b = param.getStorageAttr();
  bool agrees = a.getParts() == b.getParts() && a.getDim() == b.getDim() &&
                a.getInside() == b.getInside() &&
                getRepeats(first) == getRepeats(param) &&
                tensor.shape.size() == shape.size() &&
                tensor.elementType == getStoredElementType(param);
  if (agrees)
    for (size_t dim = 0; dim < shape.size(); ++dim)
      agrees &= static_cast<int64_t>(dim) == a.getDim() ||
                shape[dim] == tensor.shape[dim];
  if (agrees)
    return success();
  InFlightDiagnostic diag = param.emitOpError()
                            << "cannot be a part of \"" << tensor.name
                            << "\": it differs from the other parts in more "
                               "than the concatenated dimension";
  diag.attachNote(first.getLoc()) << "another part is here";
  return diag;
}

/// Puts the parts of a tensor in order and works out their offsets.
static LogicalResult layOutParts(StoredTensor &tensor) {
  auto getNumber = [](StoredPart part) {
    return part.param.getStorageAttr().getPart();
  };
  llvm::sort(tensor.parts, [&](StoredPart a, StoredPart b) {
    return getNumber(a) < getNumber(b);
  });
  ParamOp first = tensor.parts.front().param;
  int64_t expected = first.getStorageAttr().getParts();
  for (auto [i, part] : llvm::enumerate(tensor.parts)) {
    int64_t number = getNumber(part);
    if (number == static_cast<int64_t>(i))
      continue;
    if (number > static_cast<int64_t>(i))
      return first.emitOpError() << "is a part of \"" << tensor.name
                                 << "\", whose part " << i << " is missing";
    InFlightDiagnostic diag = part.param.emitOpError()
                              << "is stored in the same place of \""
                              << tensor.name << "\" as another parameter";
    diag.attachNote(tensor.parts[i - 1].param.getLoc())
        << "the other one is here";
    return diag;
  }
  if (static_cast<int64_t>(tensor.parts.size()) != expected)
    return first.emitOpError()
           << "is a part of \"" << tensor.name << "\", whose part "
           << tensor.parts.size() << " is missing";
  int64_t dim = first.getStorageAttr().getDim(), repeats = getRepeats(first);
  int64_t offset = 0;
  for (StoredPart &part : tensor.parts) {
    part.offset = offset;
    part.extent = getOwnShape(part.param)[dim] / repeats;
    offset += part.extent;
    // Of each part alone the size in bytes is known to fit.
    tensor.shape[dim] = offset;
    int64_t bytes = 8 * repeats;
    for (int64_t size : tensor.shape)
      if (llvm::MulOverflow(bytes, size, bytes))
        return part.param.emitOpError()
               << "is a part of \"" << tensor.name
               << "\", whose size in bytes does not fit in 63 bits";
  }
  tensor.shape[dim] = repeats * offset;
  return success();
}

FailureOr<StorageMap> StorageMap::resolve(ModuleOp module) {
  auto layers = findReadingLayers(module);
  StorageMap result;
  llvm::StringMap<size_t> byName;
  for (auto param : module.getOps<ParamOp>()) {
    if (!param.getStorageAttr())
      return param.emitOpError()
             << "has no storage, so it cannot be found in a checkpoint";
    FailureOr<std::string> name =
        getStoredName(param, layers.lookup(param.getSymNameAttr()));
    if (failed(name))
      return failure();
    SmallVector<int64_t> shape = getOwnShape(param);
    auto [it, isNew] = byName.try_emplace(*name, result.tensors.size());
    if (isNew) {
      StoredTensor &tensor = result.tensors.emplace_back();
      tensor.name = *name;
      tensor.shape = shape;
      tensor.elementType = getStoredElementType(param);
    } else if (failed(checkAgrees(result.tensors[it->second], param, shape))) {
      return failure();
    }
    result.tensors[it->second].parts.push_back(StoredPart{param});
    result.tensorOfParam[param] = it->second;
  }
  for (StoredTensor &tensor : result.tensors)
    if (failed(layOutParts(tensor)))
      return failure();
  return result;
}

const StoredTensor &StorageMap::lookup(ParamOp param) const {
  auto it = tensorOfParam.find(param);
  assert(it != tensorOfParam.end() && "not a parameter of the resolved module");
  return tensors[it->second];
}

const StoredPart &StorageMap::lookupPart(ParamOp param) const {
  const StoredTensor &tensor = lookup(param);
  return *llvm::find_if(tensor.parts, [&](const StoredPart &part) {
    return part.param == param;
  });
}

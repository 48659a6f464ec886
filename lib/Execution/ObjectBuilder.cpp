//===- ObjectBuilder.cpp - From functions on tensors to an object ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ObjectBuilder.h"
#include "CodeKey.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace grow;

ObjectBuilder::ObjectBuilder(
    ModuleOp module, llvm::function_ref<void(OpPassManager &)> addPasses,
    const CodeTarget &target)
    : module(module), lowering(module.getContext()), target(target) {
  addPasses(lowering);
}

/// Tells LLVM which functions nobody else calls: what it has inlined can go.
static void internalize(ModuleOp module, const llvm::StringSet<> &exported) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal() && !exported.contains(function.getSymName()))
      function.setLinkage(LLVM::Linkage::Internal);
}

FailureOr<ObjectBuilder::Object> ObjectBuilder::build(Finish finish) {
  llvm::StringSet<> exported;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      exported.insert(function.getSymName());
  if (failed(lowering.run(module)))
    return failure();
  if (finish && failed(finish(exported)))
    return failure();
  internalize(module, exported);
  auto object = emitObject(module, target.getBuilder());
  if (!object)
    return module.emitError() << "the code generator failed: "
                              << llvm::toString(object.takeError());
  return std::move(*object);
}

FailureOr<ObjectBuilder::Object> ObjectBuilder::build(const CodeCache &cache) {
  std::optional<std::string> key;
  if (cache.isEnabled())
    key = getCodeKey(module, lowering, target.getBuilder());
  if (!key)
    return build();
  if (Object found = cache.lookup(*key)) {
    cached = true;
    return found;
  }
  FailureOr<Object> object = build();
  if (failed(object))
    return failure();
  if (llvm::Error error = cache.store(*key, (*object)->getBuffer()))
    mlir::emitWarning(UnknownLoc::get(module.getContext()))
        << "compiled code is not kept for the next time: "
        << llvm::toString(std::move(error));
  return object;
}

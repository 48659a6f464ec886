//===- Processor.cpp - What processors have -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/CPU/Processor.h"

#include "grow/Transforms/CPU/Passes.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace grow;

unsigned grow::getVectorBits(HasFeature hasFeature) {
  if (hasFeature("avx512f") && hasFeature("avx512vl"))
    return 512;
  return hasFeature("avx2") && hasFeature("fma") ? 256 : 128;
}

unsigned grow::getHostVectorBits() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return getVectorBits([&](StringRef name) { return features.lookup(name); });
}

bool grow::hasHostBF16Dot() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return features.lookup("avx512bf16") && features.lookup("avx512vl");
}

bool grow::hasHalfConversions(HasFeature hasFeature) {
  // Of x86-64 and of AArch64, where each processor has them.
  return hasFeature("f16c") || hasFeature("fp-armv8");
}

bool grow::hasHostHalfConversions() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return hasHalfConversions(
      [&](StringRef name) { return features.lookup(name); });
}

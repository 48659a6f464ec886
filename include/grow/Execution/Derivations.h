//===- Derivations.h - Running derivations ----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_DERIVATIONS_H
#define GROW_EXECUTION_DERIVATIONS_H

#include "grow/Execution/Device.h"
#include "grow/Execution/Tensors.h"
#include "grow/Transforms/DerivationPlan.h"
#include <atomic>
#include <functional>

namespace grow {

/// Where the tensors of a grown checkpoint go. All members may be called from
/// several threads.
class TensorSink {
public:
  virtual ~TensorSink() = default;

  /// Tensor `name` has the bytes of the source's tensor `copyOf`.
  virtual llvm::Error copy(llvm::StringRef name, mlir::RankedTensorType type,
                           llvm::StringRef copyOf) = 0;
  /// Part of tensor `name`, from byte `offset` on. Parts do not overlap, and
  /// come in any order.
  virtual llvm::Error write(llvm::StringRef name, mlir::RankedTensorType type,
                            uint64_t offset, llvm::ArrayRef<char> bytes) = 0;
};

struct DerivationOptions {
  /// Where they are computed; null: on the CPU. The result does not depend on
  /// it.
  std::shared_ptr<Device> device;
  /// Worker threads; 0: one for each core. The result does not depend on it.
  unsigned threads = 0;
  /// Where machine code is kept, see CompileOptions.
  std::string cacheDirectory;
  /// Called with the number of bytes of each finished part, from any thread.
  std::function<void(uint64_t)> onProgress;
  /// Once this is true, nothing more is begun and the run fails.
  const std::atomic<bool> *interrupted = nullptr;
};

/// Makes every byte of the plan's tensors, each once, in no particular order.
/// Compiles the plan's functions, which consumes its module. On the CPU, large
/// tensors are computed in blocks of rows where that is possible, so that
/// memory depends neither on their number nor on their size; copies are left to
/// the sink.
llvm::Error runDerivations(DerivationPlan &plan, TensorSource &source,
                           TensorSink &sink,
                           const DerivationOptions &options = {});

/// The tensors of a grown model in memory: for models without a checkpoint.
llvm::Expected<MemorySource>
deriveInMemory(DerivationPlan &plan, TensorSource &source,
               const DerivationOptions &options = {});

} // namespace grow

#endif // GROW_EXECUTION_DERIVATIONS_H

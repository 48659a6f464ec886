//===- NVIDIAChips.cpp - What NVIDIA's GPUs have --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Pipelines/NVIDIAChips.h"

#include "llvm/ADT/STLExtras.h"

using namespace grow;

static constexpr int64_t kKB = 1024;

// Tiles have eight warps. docs/Kernels.md has the same table.
static constexpr NVIDIAChip kChips[] = {
    // name, workgroup, results, block of rows, columns, depth, stages, warp
    {"sm_80", 163 * kKB, 64 * kKB, 128, 128, 32, 4, 64, 32},
    {"sm_86", 99 * kKB, 48 * kKB, 64, 64, 32, 4, 32, 16},
    {"sm_87", 163 * kKB, 64 * kKB, 128, 128, 32, 4, 64, 32},
    {"sm_89", 99 * kKB, 48 * kKB, 64, 64, 32, 4, 32, 16},
    {"sm_90", 227 * kKB, 128 * kKB, 128, 128, 32, 4, 64, 32},
    // Warpgroups want stages of 32 KB.
    {"sm_90a", 227 * kKB, 64 * kKB, 128, 128, 32, 4, 64, 32},
};

llvm::ArrayRef<NVIDIAChip> grow::getNVIDIAChips() { return kChips; }

const NVIDIAChip &grow::getNVIDIAChip(llvm::StringRef name) {
  const auto *known = llvm::find_if(
      kChips, [&](const NVIDIAChip &chip) { return chip.name == name; });
  if (known != std::end(kChips))
    return *known;
  return *llvm::min_element(kChips,
                            [](const NVIDIAChip &x, const NVIDIAChip &y) {
                              return x.workgroupBytes < y.workgroupBytes;
                            });
}

//===- Random.h - Random elements as a function of their place --*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything random is a function of a key and a place, so that two models get
// the same number wherever they mean the same one.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_FINITEFIELD_RANDOM_H
#define GROW_LIB_FINITEFIELD_RANDOM_H

#include "grow/FiniteField/Field.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SHA256.h"

namespace grow {

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): each bit
/// of the result depends on each bit of the number.
inline uint64_t mixBits(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

/// The key of place `index` below another key.
inline uint64_t descend(uint64_t key, uint64_t index) {
  constexpr uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  return mixBits(key + (index + 1) * kGoldenRatio);
}

/// A key for a name.
inline uint64_t getKey(uint64_t seed, const llvm::Twine &name) {
  std::string text = (llvm::Twine(seed) + ":" + name).str();
  std::array<uint8_t, 32> hash =
      llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::support::endian::read64le(hash.data());
}

/// The element that random bits stand for.
inline uint64_t getElement(const Field &field, uint64_t bits) {
  return static_cast<uint64_t>(
      (static_cast<WideInt>(bits) * field.getPrime()) >> 64);
}

/// A sequence of random numbers.
class RandomStream {
public:
  explicit RandomStream(uint64_t key) : key(key) {}
  uint64_t next() { return descend(key, count++); }

private:
  uint64_t key, count = 0;
};

} // namespace grow

#endif // GROW_LIB_FINITEFIELD_RANDOM_H

//===- Safetensors.h - Reading safetensors files ----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A safetensors file is eight bytes with the length of a JSON header, the
// header, and the bytes of all tensors without gaps. See
// https://huggingface.co/docs/safetensors for the format.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_SAFETENSORS_H
#define GROW_CHECKPOINT_SAFETENSORS_H

#include "grow/Checkpoint/FileDescriptor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace grow {

/// The element types of the format, spelled as in a file. Their order is the
/// reference writer's: it stores tensors by descending type, which aligns each
/// tensor to its element size.
enum class DType : uint8_t {
  BOOL,
  F4,
  F6_E2M3,
  F6_E3M2,
  U8,
  I8,
  F8_E5M2,
  F8_E4M3,
  F8_E8M0,
  F8_E4M3FNUZ,
  F8_E5M2FNUZ,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  C64,
  F64,
  I64,
  U64
};

llvm::StringRef stringifyDType(DType dtype);
std::optional<DType> symbolizeDType(llvm::StringRef name);
unsigned getBitWidth(DType dtype);

/// The bytes that a tensor takes. Fails on a negative dimension, on overflow,
/// and where a type of fewer than eight bits ends within a byte.
llvm::Expected<uint64_t> getByteSize(DType dtype,
                                     llvm::ArrayRef<int64_t> shape);

/// What a header says of one tensor.
struct TensorInfo {
  std::string name;
  DType dtype;
  llvm::SmallVector<int64_t, 4> shape;
  /// The tensor's bytes, counted from the end of the header.
  uint64_t begin, end;

  uint64_t getByteSize() const { return end - begin; }
};

/// A safetensors file that has been checked and memory-mapped. Opening reads
/// the header only, whatever the size of the file. All members are safe to call
/// from several threads. A file must not shrink while it is open: touching a
/// mapped page that is gone ends the process.
class SafetensorsFile {
public:
  /// The longest header, in bytes, that readers accept.
  static constexpr uint64_t maxHeaderSize = 100'000'000;

  static llvm::Expected<SafetensorsFile> open(llvm::StringRef path);

  llvm::StringRef getPath() const { return path; }
  /// In the order of their bytes in the file.
  llvm::ArrayRef<TensorInfo> getTensors() const { return tensors; }
  /// The `__metadata__` of the header.
  const std::map<std::string, std::string> &getMetadata() const {
    return metadata;
  }
  /// Null if the file has no such tensor.
  const TensorInfo *lookup(llvm::StringRef name) const;

  /// The bytes of one of getTensors(), row-major and little-endian. They need
  /// not be aligned to the element type: not every writer pads its header.
  llvm::ArrayRef<char> getData(const TensorInfo &tensor) const;
  /// Where those bytes are in the file that getDescriptor() has open.
  uint64_t getFileOffset(const TensorInfo &tensor) const {
    return dataOffset + tensor.begin;
  }
  int getDescriptor() const { return descriptor.get(); }

  /// Tells the system that the tensor's pages are not needed for now, so that
  /// going through a large file does not keep all of it in memory. The data
  /// stays accessible.
  void releasePages(const TensorInfo &tensor) const;

private:
  SafetensorsFile() = default;

  llvm::Error map();
  llvm::Expected<llvm::StringRef> findHeader() const;
  llvm::Error parseHeader(llvm::StringRef header);
  llvm::Error checkLayout() const;

  std::string path;
  FileDescriptor descriptor;
  llvm::sys::fs::mapped_file_region mapping;
  uint64_t dataOffset = 0;
  std::vector<TensorInfo> tensors;
  llvm::StringMap<unsigned> indexOf;
  std::map<std::string, std::string> metadata;
};

} // namespace grow

#endif // GROW_CHECKPOINT_SAFETENSORS_H

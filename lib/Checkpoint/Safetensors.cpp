//===- Safetensors.cpp - Reading safetensors files ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Safetensors.h"
#include "CheckpointUtils.h"
#include "JSONScanner.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Process.h"
#include <sys/mman.h>
#include <tuple>

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

namespace {
struct DTypeInfo {
  StringLiteral name;
  unsigned bitWidth;
};
} // namespace

/// In the order of the enumerators.
static constexpr DTypeInfo dtypes[] = {
    {"BOOL", 8},    {"F4", 4},          {"F6_E2M3", 6},     {"F6_E3M2", 6},
    {"U8", 8},      {"I8", 8},          {"F8_E5M2", 8},     {"F8_E4M3", 8},
    {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},        {"BF16", 16},       {"I32", 32},
    {"U32", 32},    {"F32", 32},        {"C64", 64},        {"F64", 64},
    {"I64", 64},    {"U64", 64}};
static_assert(std::size(dtypes) == static_cast<unsigned>(DType::U64) + 1);

StringRef grow::stringifyDType(DType dtype) {
  return dtypes[static_cast<unsigned>(dtype)].name;
}

unsigned grow::getBitWidth(DType dtype) {
  return dtypes[static_cast<unsigned>(dtype)].bitWidth;
}

std::optional<DType> grow::symbolizeDType(StringRef name) {
  const auto *found =
      find_if(dtypes, [&](const DTypeInfo &info) { return info.name == name; });
  if (found == std::end(dtypes))
    return std::nullopt;
  return static_cast<DType>(found - dtypes);
}

Expected<uint64_t> grow::getByteSize(DType dtype, ArrayRef<int64_t> shape) {
  std::optional<uint64_t> bits = 1;
  for (int64_t dim : shape) {
    if (dim < 0)
      return makeError("shape {0} has a negative dimension",
                       formatShape(shape));
    bits = checkedMulUnsigned<uint64_t>(*bits, dim);
    if (!bits)
      break;
  }
  if (bits)
    bits = checkedMulUnsigned<uint64_t>(*bits, getBitWidth(dtype));
  if (!bits)
    return makeError("the size of shape {0} in {1} overflows 64 bits",
                     formatShape(shape), stringifyDType(dtype));
  if (*bits % 8)
    return makeError("shape {0} in {1} takes {2} bits, which is not a whole "
                     "number of bytes",
                     formatShape(shape), stringifyDType(dtype), *bits);
  return *bits / 8;
}

//===----------------------------------------------------------------------===//
// Header
//===----------------------------------------------------------------------===//

/// Bytes before the header, which hold its length.
static constexpr uint64_t lengthSize = 8;

/// The value under `key` of a tensor's entry as non-negative integers.
static Expected<SmallVector<int64_t, 4>>
parseIntegers(const json::Object &entry, StringRef key) {
  const json::Array *array = entry.getArray(key);
  if (!array)
    return makeError("expected '{0}' to be an array of integers", key);
  SmallVector<int64_t, 4> result;
  for (const json::Value &element : *array) {
    // getAsInteger would take 1.0 as well.
    std::optional<uint64_t> value = element.getAsUINT64();
    if (!value || !isUInt<63>(*value))
      return makeError("expected non-negative integers in '{0}', found {1}",
                       key, element);
    result.push_back(*value);
  }
  return result;
}

static Expected<DType> parseDType(const json::Object &entry) {
  std::optional<StringRef> name = entry.getString("dtype");
  if (!name)
    return makeError("expected 'dtype' to be a string");
  if (std::optional<DType> dtype = symbolizeDType(*name))
    return *dtype;
  return makeError(
      "unknown dtype {0}, expected one of {1}", quote(*name),
      join(map_range(dtypes, [](const DTypeInfo &info) { return info.name; }),
           " "));
}

/// Members of `entry` that the format does not name are left to future versions
/// of it, as in the reference reader.
static Expected<TensorInfo> parseTensor(StringRef name,
                                        const json::Object &entry) {
  Expected<DType> dtype = parseDType(entry);
  if (!dtype)
    return dtype.takeError();
  auto shape = parseIntegers(entry, "shape");
  if (!shape)
    return shape.takeError();
  auto offsets = parseIntegers(entry, "data_offsets");
  if (!offsets)
    return offsets.takeError();
  if (offsets->size() != 2 || (*offsets)[0] > (*offsets)[1])
    return makeError("expected 'data_offsets' to be [begin, end] with begin <= "
                     "end, found {0}",
                     formatShape(*offsets));
  TensorInfo tensor{name.str(), *dtype, std::move(*shape),
                    static_cast<uint64_t>((*offsets)[0]),
                    static_cast<uint64_t>((*offsets)[1])};

  Expected<uint64_t> size = getByteSize(tensor.dtype, tensor.shape);
  if (!size)
    return size.takeError();
  if (*size != tensor.getByteSize())
    return makeError("shape {0} in {1} takes {2} bytes, but 'data_offsets' {3} "
                     "hold {4}",
                     formatShape(tensor.shape), stringifyDType(tensor.dtype),
                     *size, formatShape(*offsets), tensor.getByteSize());
  return tensor;
}

static Error parseMetadata(StringRef text,
                           std::map<std::string, std::string> &metadata) {
  json::Value value = cantFail(json::parse(text));
  const json::Object *object = value.getAsObject();
  if (!object)
    return makeError("expected '__metadata__' to be an object of strings");
  for (const auto &[key, element] : *object) {
    std::optional<StringRef> string = element.getAsString();
    if (!string)
      return makeError(
          "expected a string under key {0} of '__metadata__', found {1}",
          quote(key), element);
    metadata.emplace(key.str(), string->str());
  }
  return Error::success();
}

Error SafetensorsFile::parseHeader(StringRef header) {
  // JSON would allow white space in front, the format does not.
  if (!header.starts_with("{"))
    return makeError("expected the header to start with '{{', found {0}: this "
                     "is not a safetensors file",
                     quote(header.take_front(1)));
  auto members = scanJSONObject(header);
  if (!members)
    return makeError("invalid header: {0}", toString(members.takeError()));

  tensors.reserve(members->size());
  for (const JSONMember &member : *members) {
    if (member.key == "__metadata__") {
      if (Error error = parseMetadata(member.valueText, metadata))
        return error;
      continue;
    }
    json::Value value = cantFail(json::parse(member.valueText));
    const json::Object *entry = value.getAsObject();
    if (!entry)
      return makeError("tensor {0}: expected an object with 'dtype', 'shape' "
                       "and 'data_offsets'",
                       quote(member.key));
    auto tensor = parseTensor(member.key, *entry);
    if (!tensor)
      return makeError("tensor {0}: {1}", quote(member.key),
                       toString(tensor.takeError()));
    tensors.push_back(std::move(*tensor));
  }
  llvm::sort(tensors, [](const TensorInfo &a, const TensorInfo &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  for (auto [index, tensor] : enumerate(tensors))
    indexOf[tensor.name] = index;
  return Error::success();
}

/// The tensors must tile the bytes after the header.
Error SafetensorsFile::checkLayout() const {
  uint64_t end = 0;
  StringRef previous;
  for (const TensorInfo &tensor : tensors) {
    if (tensor.begin > end)
      return makeError(
          "tensor {0} begins at byte {1} of the data, but {2}: the "
          "bytes between belong to no tensor",
          quote(tensor.name), tensor.begin,
          previous.data()
              ? formatv("tensor {0} ends at {1}", quote(previous), end).str()
              : "the first tensor must begin at 0");
    if (tensor.begin < end)
      return makeError("tensor {0} begins at byte {1} of the data and overlaps "
                       "tensor {2}, which ends at {3}",
                       quote(tensor.name), tensor.begin, quote(previous), end);
    end = tensor.end;
    previous = tensor.name;
  }
  uint64_t dataSize = mapping.size() - dataOffset;
  if (dataSize < end)
    return makeError("the file is {0} bytes shorter than its header says "
                     "({1} instead of {2}): download or copy it again",
                     end - dataSize, mapping.size(), dataOffset + end);
  if (dataSize > end)
    return makeError(
        "the file has {0} bytes after its last tensor ({1} instead "
        "of {2}): download or copy it again",
        dataSize - end, mapping.size(), dataOffset + end);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// SafetensorsFile
//===----------------------------------------------------------------------===//

Error SafetensorsFile::map() {
  // Before opening, since opening a pipe would wait for a writer.
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return errorCodeToError(code);
  if (status.type() != sys::fs::file_type::regular_file)
    return makeError("not a regular file");
  int fd;
  if (std::error_code code = sys::fs::openFileForRead(path, fd))
    return errorCodeToError(code);
  descriptor = FileDescriptor(fd);
  if (std::error_code code = sys::fs::status(fd, status))
    return errorCodeToError(code);
  if (status.getSize() < lengthSize)
    return makeError("the file has {0} bytes, but a safetensors file starts "
                     "with 8 bytes for the length of its header",
                     status.getSize());
  std::error_code code;
  mapping = sys::fs::mapped_file_region(
      fd, sys::fs::mapped_file_region::readonly, status.getSize(),
      /*offset=*/0, code);
  if (code)
    return makeSystemError(code, "cannot map {0} bytes", status.getSize());
  return Error::success();
}

Expected<StringRef> SafetensorsFile::findHeader() const {
  StringRef file(mapping.const_data(), mapping.size());
  if (file.starts_with("version https://git-lfs"))
    return makeError("this is a Git LFS pointer, not the file itself: run 'git "
                     "lfs pull' in its repository");
  uint64_t length = support::endian::read64le(file.data());
  if (length > maxHeaderSize)
    return makeError("the first 8 bytes give a header of {0} bytes, more than "
                     "the {1} that the format allows: this is not a "
                     "safetensors file",
                     length, maxHeaderSize);
  if (length > file.size() - lengthSize)
    return makeError("the header takes {0} bytes, but only {1} follow its "
                     "length: download or copy the file again",
                     length, file.size() - lengthSize);
  return file.substr(lengthSize, length);
}

Expected<SafetensorsFile> SafetensorsFile::open(StringRef path) {
  SafetensorsFile file;
  file.path = path.str();
  if (Error error = file.map())
    return createFileError(path, std::move(error));
  Expected<StringRef> header = file.findHeader();
  if (!header)
    return createFileError(path, header.takeError());
  file.dataOffset = lengthSize + header->size();
  if (Error error = file.parseHeader(*header))
    return createFileError(path, std::move(error));
  if (Error error = file.checkLayout())
    return createFileError(path, std::move(error));
  return file;
}

const TensorInfo *SafetensorsFile::lookup(StringRef name) const {
  auto it = indexOf.find(name);
  return it == indexOf.end() ? nullptr : &tensors[it->second];
}

ArrayRef<char> SafetensorsFile::getData(const TensorInfo &tensor) const {
  return {mapping.const_data() + getFileOffset(tensor),
          static_cast<size_t>(tensor.getByteSize())};
}

void SafetensorsFile::releasePages(const TensorInfo &tensor) const {
  // Pages at both ends may hold bytes of a neighbour, too. Clean file pages are
  // read again when touched, so that costs time at worst.
  uint64_t pageSize = sys::Process::getPageSizeEstimate();
  uint64_t begin = alignDown(getFileOffset(tensor), pageSize);
  uint64_t end = getFileOffset(tensor) + tensor.getByteSize();
  (void)::madvise(const_cast<char *>(mapping.const_data()) + begin, end - begin,
                  MADV_DONTNEED);
}

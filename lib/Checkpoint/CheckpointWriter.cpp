//===- CheckpointWriter.cpp - Writing a checkpoint directory --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/CheckpointWriter.h"
#include "CheckpointUtils.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

static Expected<uint64_t> getSpecSize(const TensorSpec &tensor) {
  Expected<uint64_t> size = getByteSize(tensor.dtype, tensor.shape);
  if (!size)
    return makeError("tensor {0}: {1}", quote(tensor.name),
                     toString(size.takeError()));
  return *size;
}

Expected<std::vector<ShardSpec>>
grow::splitIntoShards(ArrayRef<TensorSpec> tensors, uint64_t maxShardSize) {
  std::vector<ShardSpec> shards(1);
  uint64_t shardSize = 0;
  for (const TensorSpec &tensor : tensors) {
    Expected<uint64_t> size = getSpecSize(tensor);
    if (!size)
      return size.takeError();
    bool fits = shardSize <= maxShardSize && *size <= maxShardSize - shardSize;
    if (!fits && !shards.back().empty()) {
      shards.emplace_back();
      shardSize = 0;
    }
    shards.back().push_back(tensor);
    shardSize += *size;
  }
  return shards;
}

static std::string getShardName(size_t index, size_t count) {
  if (count == 1)
    return "model.safetensors";
  return formatv("model-{0,0+5}-of-{1,0+5}.safetensors", index + 1, count);
}

/// What comes before the data: length and header, padded with spaces so that
/// the data starts at a multiple of eight.
static std::string
printHeader(ArrayRef<const TensorInfo *> tensors,
            const std::map<std::string, std::string> &metadata) {
  std::string header(sizeof(uint64_t), '\0');
  raw_string_ostream stream(header);
  json::OStream os(stream);
  os.object([&] {
    os.attributeObject("__metadata__", [&] {
      for (const auto &[key, value] : metadata)
        os.attribute(key, value);
    });
    for (const TensorInfo *tensor : tensors)
      os.attributeObject(tensor->name, [&] {
        os.attribute("dtype", stringifyDType(tensor->dtype));
        os.attribute("shape", json::Array(tensor->shape));
        os.attribute("data_offsets", json::Array{tensor->begin, tensor->end});
      });
  });
  header.resize(alignTo(header.size(), 8), ' ');
  support::endian::write64le(header.data(), header.size() - sizeof(uint64_t));
  return header;
}

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

Expected<std::unique_ptr<CheckpointWriter>>
CheckpointWriter::create(StringRef outDir, const CheckpointLayout &layout) {
  std::unique_ptr<CheckpointWriter> writer(new CheckpointWriter(outDir.str()));
  if (Error error = writer->addSlots(layout.shards))
    return error;
  Expected<OutputDirectory> directory = OutputDirectory::create(outDir);
  if (!directory)
    return directory.takeError();
  writer->directory.emplace(std::move(*directory));
  writer->outDir = writer->directory->getPath().str();
  if (Error error = writer->checkSpace())
    return error;
  for (unsigned index : seq<unsigned>(layout.shards.size()))
    if (Error error = writer->createShard(index, layout))
      return error;
  if (layout.shards.size() > 1)
    if (Error error = writer->writeIndex())
      return error;
  return writer;
}

std::string CheckpointWriter::pathOf(StringRef file) const {
  return directory->pathOf(file);
}

Error CheckpointWriter::addSlots(ArrayRef<ShardSpec> shards) {
  if (shards.empty())
    return makeError("a checkpoint needs at least one shard");
  for (auto [index, shard] : enumerate(shards)) {
    for (const TensorSpec &tensor : shard) {
      if (tensor.name == "__metadata__" || !json::isUTF8(tensor.name))
        return makeError("tensor {0}: the safetensors format does not allow "
                         "this name",
                         quote(tensor.name));
      Expected<uint64_t> size = getSpecSize(tensor);
      if (!size)
        return size.takeError();
      auto slot = std::make_unique<Slot>(
          TensorInfo{tensor.name, tensor.dtype, tensor.shape, 0, *size}, index);
      if (!slots.try_emplace(tensor.name, std::move(slot)).second)
        return makeError("tensor {0} occurs twice in the checkpoint to write",
                         quote(tensor.name));
      totalSize = SaturatingAdd(totalSize, *size);
    }
  }
  return Error::success();
}

/// Assigns positions in the reference writer's order, in which each tensor is
/// aligned to its elements. Offsets are relative to the data so far.
std::vector<CheckpointWriter::Slot *>
CheckpointWriter::placeTensors(const ShardSpec &tensors) {
  std::vector<Slot *> order;
  for (const TensorSpec &tensor : tensors)
    order.push_back(slots[tensor.name].get());
  llvm::sort(order, [](const Slot *a, const Slot *b) {
    if (a->info.dtype != b->info.dtype)
      return a->info.dtype > b->info.dtype;
    return a->info.name < b->info.name;
  });
  uint64_t end = 0;
  for (Slot *slot : order) {
    slot->info.begin += end;
    slot->info.end += end;
    end = slot->info.end;
  }
  return order;
}

Error CheckpointWriter::createShard(unsigned index,
                                    const CheckpointLayout &layout) {
  std::vector<Slot *> order = placeTensors(layout.shards[index]);
  std::vector<const TensorInfo *> tensors;
  for (Slot *slot : order)
    tensors.push_back(&slot->info);
  std::map<std::string, std::string> metadata = layout.metadata;
  metadata.try_emplace("format", "pt");
  std::string header = printHeader(tensors, metadata);

  std::string name = getShardName(index, layout.shards.size());
  if (header.size() > SafetensorsFile::maxHeaderSize)
    return makeError("'{0}': the header of {1} tensors takes {2} bytes, more "
                     "than the {3} that the format allows: use more shards",
                     pathOf(name), order.size(), header.size(),
                     SafetensorsFile::maxHeaderSize);
  int fd;
  if (std::error_code code =
          sys::fs::openFileForWrite(pathOf(name), fd, sys::fs::CD_CreateNew))
    return createFileError(pathOf(name), code);
  shards.push_back({name, FileDescriptor(fd)});
  // The destructor does not run when a user interrupts the program.
  sys::RemoveFileOnSignal(pathOf(name));
  uint64_t dataSize = tensors.empty() ? 0 : tensors.back()->end;
  if (Error error = reserve(shards.back(), header.size() + dataSize))
    return error;
  for (Slot *slot : order)
    slot->fileOffset = header.size() + slot->info.begin;
  return writeBytes(shards.back(), 0, header);
}

/// Reserving would find out as well, but some file systems fill up the disk
/// before they give in.
Error CheckpointWriter::checkSpace() const {
  ErrorOr<sys::fs::space_info> space =
      sys::fs::disk_space(directory->getHiddenPath());
  // A file system that does not know says zero.
  if (!space || space->capacity == 0 || totalSize <= space->available)
    return Error::success();
  return makeError("the tensors of '{0}' take {1} bytes, but only {2} are free "
                   "in '{3}'",
                   outDir, totalSize, space->available, directory->getParent());
}

/// Gives the file its size, and its blocks where the file system can: a disk
/// that others fill meanwhile then does not end hours of work.
Error CheckpointWriter::reserve(const Shard &shard, uint64_t size) const {
#ifdef __linux__
  // Not posix_fallocate, which writes to every block where this is unsupported.
  if (sys::RetryAfterSignal(-1, ::fallocate, shard.file.get(), 0, 0, size) == 0)
    return Error::success();
  if (errno != EOPNOTSUPP && errno != ENOSYS)
    return makeSystemError(getErrno(),
                           "'{0}': cannot reserve {1} bytes (the tensors of "
                           "the whole checkpoint take {2})",
                           pathOf(shard.name), size, totalSize);
#endif
  if (sys::RetryAfterSignal(-1, ::ftruncate, shard.file.get(), size) == 0)
    return Error::success();
  return makeSystemError(getErrno(), "'{0}': cannot extend to {1} bytes",
                         pathOf(shard.name), size);
}

Error CheckpointWriter::writeIndex() {
  std::map<StringRef, StringRef> shardOf;
  for (const auto &entry : slots)
    shardOf[entry.first()] = shards[entry.second->shard].name;
  std::string text;
  raw_string_ostream stream(text);
  json::OStream os(stream, /*IndentSize=*/2);
  os.object([&] {
    os.attributeObject("metadata",
                       [&] { os.attribute("total_size", totalSize); });
    os.attributeObject("weight_map", [&] {
      for (auto [tensor, shard] : shardOf)
        os.attribute(tensor, shard);
    });
  });
  text += '\n';
  return writeFile("model.safetensors.index.json", text);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Expected<CheckpointWriter::Slot *>
CheckpointWriter::find(StringRef tensor, uint64_t offset, uint64_t size) const {
  auto it = slots.find(tensor);
  if (it == slots.end())
    return makeError("tensor {0} is not in the layout of '{1}'", quote(tensor),
                     outDir);
  Slot *slot = it->second.get();
  uint64_t expected = slot->info.getByteSize();
  if (offset > expected || size > expected - offset)
    return makeError(
        "tensor {0} of '{1}' has {2} bytes, so {3} bytes at {4} do "
        "not fit",
        quote(tensor), outDir, expected, size, offset);
  return slot;
}

Error CheckpointWriter::writeBytes(const Shard &shard, uint64_t offset,
                                   ArrayRef<char> bytes) const {
  // Systems differ in how much they take at once; all take this much.
  constexpr size_t maxWrite = 1 << 30;
  while (!bytes.empty()) {
    ssize_t count =
        sys::RetryAfterSignal(-1, ::pwrite, shard.file.get(), bytes.data(),
                              std::min(bytes.size(), maxWrite), offset);
    if (count < 0)
      return makeSystemError(getErrno(), "'{0}': cannot write {1} bytes at {2}",
                             pathOf(shard.name), bytes.size(), offset);
    offset += count;
    bytes = bytes.drop_front(count);
  }
  return Error::success();
}

/// Lets the disk begin while the rest is computed: commit() waits less.
void CheckpointWriter::startWriteback(const Slot &slot, uint64_t offset,
                                      uint64_t size) const {
#ifdef __linux__
  constexpr uint64_t minSize = 1 << 20; // Less is not worth a call.
  if (size >= minSize)
    (void)::sync_file_range(shards[slot.shard].file.get(),
                            slot.fileOffset + offset, size,
                            SYNC_FILE_RANGE_WRITE);
#endif
}

Error CheckpointWriter::writeAt(StringRef tensor, uint64_t offset,
                                ArrayRef<char> bytes) {
  Expected<Slot *> slot = find(tensor, offset, bytes.size());
  if (!slot)
    return slot.takeError();
  if (Error error = writeBytes(shards[(*slot)->shard],
                               (*slot)->fileOffset + offset, bytes))
    return error;
  startWriteback(**slot, offset, bytes.size());
  (*slot)->written += bytes.size();
  return Error::success();
}

/// Copies as much as the kernel will, which is nothing where it cannot.
Expected<uint64_t>
CheckpointWriter::copyInKernel(const Slot &slot, const SafetensorsFile &file,
                               const TensorInfo &info) const {
  uint64_t done = 0;
#ifdef __linux__
  const Shard &shard = shards[slot.shard];
  loff_t from = file.getFileOffset(info), to = slot.fileOffset;
  while (done < info.getByteSize()) {
    ssize_t count = sys::RetryAfterSignal(
        -1, ::copy_file_range, file.getDescriptor(), &from, shard.file.get(),
        &to, info.getByteSize() - done, 0);
    if (count < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
      return makeSystemError(
          getErrno(), "'{0}': cannot copy {1} bytes of tensor {2} from '{3}'",
          pathOf(shard.name), info.getByteSize() - done, quote(info.name),
          file.getPath());
    // All other errors mean that these files cannot be copied this way (two
    // file systems, an old kernel, a sandbox), and so does a premature end.
    if (count <= 0)
      break;
    done += count;
  }
#endif
  return done;
}

Error CheckpointWriter::copyThroughMemory(const Slot &slot,
                                          const SafetensorsFile &file,
                                          const TensorInfo &info,
                                          uint64_t begin) const {
  // Read, not from the mapping: a file cut short meanwhile is then an error.
  std::vector<char> buffer(
      std::min<uint64_t>(info.getByteSize() - begin, 1 << 20));
  while (begin < info.getByteSize()) {
    size_t size = std::min<uint64_t>(buffer.size(), info.getByteSize() - begin);
    ssize_t count =
        sys::RetryAfterSignal(-1, ::pread, file.getDescriptor(), buffer.data(),
                              size, file.getFileOffset(info) + begin);
    if (count < 0)
      return makeSystemError(getErrno(), "'{0}': cannot read tensor {1}",
                             file.getPath(), quote(info.name));
    if (count == 0)
      return makeError("'{0}': the file became shorter while tensor {1} was "
                       "copied",
                       file.getPath(), quote(info.name));
    if (Error error = writeBytes(shards[slot.shard], slot.fileOffset + begin,
                                 ArrayRef(buffer).take_front(count)))
      return error;
    begin += count;
  }
  return Error::success();
}

Error CheckpointWriter::copyFrom(StringRef tensor, const SafetensorsFile &file,
                                 const TensorInfo &info) {
  Expected<Slot *> slot = find(tensor, 0, 0);
  if (!slot)
    return slot.takeError();
  const TensorInfo &target = (*slot)->info;
  if (target.dtype != info.dtype || target.getByteSize() != info.getByteSize())
    return makeError(
        "tensor {0} of '{1}' has shape {2} in {3}, but is to be copied from "
        "{4} of '{5}' with shape {6} in {7}",
        quote(tensor), outDir, formatShape(target.shape),
        stringifyDType(target.dtype), quote(info.name), file.getPath(),
        formatShape(info.shape), stringifyDType(info.dtype));
  Expected<uint64_t> done = copyInKernel(**slot, file, info);
  if (!done)
    return done.takeError();
  if (Error error = copyThroughMemory(**slot, file, info, *done))
    return error;
  startWriteback(**slot, 0, info.getByteSize());
  (*slot)->written += info.getByteSize();
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Other files
//===----------------------------------------------------------------------===//

Error CheckpointWriter::writeFile(StringRef name, StringRef text) {
  return directory->writeFile(name, text);
}

Error CheckpointWriter::copyFile(StringRef path) {
  return directory->copyFile(path);
}

//===----------------------------------------------------------------------===//
// Commit
//===----------------------------------------------------------------------===//

Error CheckpointWriter::checkComplete() const {
  const Slot *first = nullptr;
  for (const auto &entry : slots) {
    const Slot *slot = entry.second.get();
    if (slot->written != slot->info.getByteSize() &&
        (!first || slot->info.name < first->info.name))
      first = slot;
  }
  if (!first)
    return Error::success();
  return makeError("'{0}': tensor {1} has {2} bytes, but {3} were written",
                   outDir, quote(first->info.name), first->info.getByteSize(),
                   first->written.load());
}

Error CheckpointWriter::commit() {
  if (Error error = checkComplete())
    return error;
  for (Shard &shard : shards) {
    std::error_code code = syncToDisk(shard.file.get());
    if (!code)
      code = shard.file.close();
    if (code)
      return createFileError(pathOf(shard.name), code);
  }
  return directory->commit([&]() -> Error {
    // An interrupt while the files were synchronised has removed them. From
    // here on it removes nothing.
    for (const Shard &shard : shards)
      sys::DontRemoveFileOnSignal(pathOf(shard.name));
    for (const Shard &shard : shards)
      if (!sys::fs::exists(pathOf(shard.name)))
        return makeError("'{0}': interrupted", outDir);
    shards.clear();
    return Error::success();
  });
}

CheckpointWriter::~CheckpointWriter() {
  for (const Shard &shard : shards)
    sys::DontRemoveFileOnSignal(pathOf(shard.name));
}

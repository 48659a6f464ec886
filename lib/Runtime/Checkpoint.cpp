//===- Checkpoint.cpp - Tensors in mapped files ---------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checkpoint.h"
#include "JSON.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace grow::runtime;

static constexpr char kWeights[] = "model.safetensors";
static constexpr char kIndex[] = "model.safetensors.index.json";

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static Status makeSystemError(const std::string &path) {
  return Status::error("'", path, "': ", std::string(std::strerror(errno)));
}

static bool exists(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

MappedFile::~MappedFile() {
  if (data)
    munmap(data, size);
}

Status MappedFile::open(const std::string &name) {
  path = name;
  // Opening a pipe would wait for a writer without O_NONBLOCK.
  int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd == -1)
    return makeSystemError(name);
  struct stat status;
  bool isRegular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  if (!isRegular || status.st_size == 0) {
    close(fd);
    return Status::error("'", name, "': ",
                         isRegular ? "the file is empty: download or copy it "
                                     "again"
                                   : "not a regular file");
  }
  void *mapped =
      mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, fd, /*offset=*/0);
  bool isMapped = mapped != MAP_FAILED;
  Status problem = isMapped ? Status::success() : makeSystemError(name);
  close(fd);
  if (!isMapped)
    return problem;
  data = static_cast<char *>(mapped);
  size = status.st_size;
  return Status::success();
}

void MappedFile::release(std::string_view bytes) const {
  // Whole pages, which may hold bytes of a neighbour, too: they are read again
  // when touched, so that costs time at worst.
  size_t pageSize = sysconf(_SC_PAGESIZE);
  size_t begin = (bytes.data() - data) / pageSize * pageSize;
  size_t end = bytes.data() - data + bytes.size();
  (void)madvise(data + begin, end - begin, MADV_DONTNEED);
}

//===----------------------------------------------------------------------===//
// Headers
//===----------------------------------------------------------------------===//

/// The length of the header is in the first bytes, little-endian.
static uint64_t readLength(std::string_view file) {
  uint64_t length = 0;
  for (size_t i = sizeof(length); i-- > 0;)
    length = length << 8 | static_cast<unsigned char>(file[i]);
  return length;
}

static Status findHeader(std::string_view file, std::string_view &header) {
  constexpr size_t kLengthSize = sizeof(uint64_t);
  constexpr uint64_t kMostBytes = 100'000'000; // What the format allows.
  if (file.substr(0, 23) == "version https://git-lfs")
    return Status::error("this is a Git LFS pointer, not the file itself: run "
                         "'git lfs pull' in its repository");
  if (file.size() < kLengthSize)
    return Status::error("the file has ", file.size(),
                         " bytes, but a safetensors file starts with 8 bytes "
                         "for the length of its header");
  uint64_t length = readLength(file);
  if (length > kMostBytes)
    return Status::error("the first 8 bytes give a header of ", length,
                         " bytes, more than the ", kMostBytes,
                         " that the format allows: this is not a safetensors "
                         "file");
  if (length > file.size() - kLengthSize)
    return Status::error("the header takes ", length, " bytes, but only ",
                         file.size() - kLengthSize,
                         " follow its length: download or copy the file again");
  header = file.substr(kLengthSize, length);
  return Status::success();
}

static bool parseIntegers(const JSON &json, std::vector<int64_t> &integers) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  if (!json.is_array())
    return false;
  for (const JSON &element : json) {
    if (!element.is_number_unsigned() || element.get<uint64_t>() > kMost)
      return false;
    integers.push_back(element);
  }
  return true;
}

static bool isDeeperThan(const JSON &json, unsigned depth) {
  if (!json.is_structured())
    return false;
  return depth == 0 ||
         std::any_of(json.begin(), json.end(), [&](const JSON &element) {
           return isDeeperThan(element, depth - 1);
         });
}

/// As much of it as a message can hold; printing calls itself for each depth.
static std::string quote(const JSON &json) {
  constexpr unsigned kMostDepth = 4;
  constexpr size_t kMostBytes = 200;
  if (isDeeperThan(json, kMostDepth))
    return json.is_array() ? "an array of arrays of arrays"
                           : "an object of objects of objects";
  std::string text = json.dump();
  return text.size() > kMostBytes ? text.substr(0, kMostBytes) + "..." : text;
}

/// Reads the entry of a tensor, whose bytes are among `data`.
static Status parseTensor(const JSON &entry, std::string_view data,
                          StoredTensor &tensor) {
  std::vector<int64_t> offsets;
  if (!entry.is_object() || !entry.contains("dtype") ||
      !entry["dtype"].is_string() || !entry.contains("shape") ||
      !parseIntegers(entry["shape"], tensor.type.shape) ||
      !entry.contains("data_offsets") ||
      !parseIntegers(entry["data_offsets"], offsets) || offsets.size() != 2 ||
      offsets[0] > offsets[1])
    return Status::error("expected an object with 'dtype', 'shape' and "
                         "'data_offsets' [begin, end], found ",
                         quote(entry));
  tensor.type.dtype = entry["dtype"];
  if (static_cast<uint64_t>(offsets[1]) > data.size())
    return Status::error("ends at byte ", offsets[1],
                         " of the data, of which "
                         "the file has ",
                         data.size(), ": download or copy it again");
  tensor.bytes = data.substr(offsets[0], offsets[1] - offsets[0]);
  return Status::success();
}

Status Checkpoint::addTensors(const MappedFile &file) {
  std::string_view header;
  GROW_RETURN_IF_ERROR(findHeader(file.getBytes(), header));
  JSON json = JSON::parse(header, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return Status::error("the header is not a JSON object: this is not a "
                         "safetensors file, or it is damaged");
  std::string_view data = file.getBytes().substr(header.data() + header.size() -
                                                 file.getBytes().data());
  for (const auto &[name, entry] : json.items()) {
    if (name == "__metadata__")
      continue;
    StoredTensor tensor{&file, {}, {}};
    if (Status status = parseTensor(entry, data, tensor))
      return Status::error("tensor '", name, "': ", status.getText());
    auto [it, inserted] = tensors.emplace(name, std::move(tensor));
    if (!inserted)
      return Status::error("tensor '", name, "' is in '",
                           it->second.file->getPath(), "', too");
  }
  return Status::success();
}

//===----------------------------------------------------------------------===//
// Checkpoint
//===----------------------------------------------------------------------===//

Status Checkpoint::addFile(const std::string &name) {
  auto file = std::make_unique<MappedFile>();
  GROW_RETURN_IF_ERROR(file->open(name));
  if (Status status = addTensors(*file))
    return Status::error("'", name, "': ", status.getText());
  files.push_back(std::move(file));
  return Status::success();
}

Status Checkpoint::addShards(const std::string &index) {
  MappedFile file;
  GROW_RETURN_IF_ERROR(file.open(index));
  JSON json = JSON::parse(file.getBytes(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("weight_map") ||
      !json["weight_map"].is_object())
    return Status::error("'", index,
                         "': expected a 'weight_map' from tensors to files");
  std::set<std::string> shards;
  for (const auto &[tensor, shard] : json["weight_map"].items()) {
    std::string name = shard.is_string() ? shard.get<std::string>() : "";
    if (name.empty() || name.find('/') != std::string::npos)
      return Status::error("'", index, "': the shard ", quote(shard),
                           " of tensor '", tensor,
                           "' is not a file name of this directory");
    shards.insert(std::move(name));
  }
  for (const std::string &shard : shards)
    GROW_RETURN_IF_ERROR(addFile(path + "/" + shard));
  return Status::success();
}

Status Checkpoint::open(const std::string &name) {
  path = name;
  struct stat status;
  if (stat(name.c_str(), &status) != 0)
    return makeSystemError(name);
  if (!S_ISDIR(status.st_mode))
    return addFile(name);
  if (exists(name + "/" + kWeights))
    return addFile(name + "/" + kWeights);
  if (exists(name + "/" + kIndex))
    return addShards(name + "/" + kIndex);
  return Status::error("'", name, "': neither ", kWeights, " nor ", kIndex,
                       " here: expected a checkpoint directory, or a "
                       "safetensors file");
}

Status Checkpoint::lookup(const Parameter &parameter,
                          const StoredTensor *&tensor) const {
  auto it = tensors.find(parameter.name);
  if (it == tensors.end())
    return Status::error("'", path, "': has no tensor '", parameter.name,
                         "', which the model reads");
  tensor = &it->second;
  const std::string &file = tensor->file->getPath();
  if (tensor->type.dtype != parameter.type.dtype ||
      tensor->type.shape != parameter.type.shape)
    return Status::error("'", file, "': tensor '", parameter.name, "' is ",
                         tensor->type.describe(), ", expected ",
                         parameter.type.describe(),
                         ": the model was compiled for another checkpoint");
  if (tensor->bytes.size() != parameter.type.getBytes())
    return Status::error("'", file, "': tensor '", parameter.name, "' takes ",
                         parameter.type.getBytes(),
                         " bytes, but 'data_offsets' hold ",
                         tensor->bytes.size(), ": the file is damaged");
  return Status::success();
}

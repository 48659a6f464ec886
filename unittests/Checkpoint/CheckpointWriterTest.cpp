//===- CheckpointWriterTest.cpp - Tests of writing a directory ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/CheckpointWriter.h"
#include "TestUtils.h"
#include "grow/Checkpoint/CheckpointDir.h"
#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace grow;

static ArrayRef<char> bytes(StringRef text) {
  return {text.data(), text.size()};
}

namespace {

using Names = std::vector<std::string>;

class CheckpointWriterTest : public testing::Test {
protected:
  Expected<std::unique_ptr<CheckpointWriter>>
  create(ArrayRef<ShardSpec> shards) {
    return CheckpointWriter::create(dir / "out", {shards.vec(), {}});
  }

  ScratchDir dir;
};

TEST_F(CheckpointWriterTest, WritesTheReferenceWritersBytes) {
  ShardSpec shard = {{"z", DType::U8, {2}},
                     {"b", DType::F32, {1}},
                     {"a", DType::F32, {}},
                     {"e", DType::I64, {0}}};
  auto writer = create({shard});
  ASSERT_TRUE(succeeds(writer.takeError()));
  EXPECT_TRUE(succeeds((*writer)->writeAt("z", 0, bytes("hi"))));
  EXPECT_TRUE(succeeds((*writer)->writeAt("a", 2, bytes("cd"))));
  EXPECT_TRUE(succeeds((*writer)->writeAt("b", 0, bytes("efgh"))));
  EXPECT_TRUE(succeeds((*writer)->writeAt("a", 0, bytes("ab"))));
  EXPECT_TRUE(succeeds((*writer)->commit()));
  // What safetensors.numpy.save writes for these tensors.
  StringRef header = R"({"__metadata__":{"format":"pt"},)"
                     R"("e":{"dtype":"I64","shape":[0],"data_offsets":[0,0]},)"
                     R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                     R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                     R"("z":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}})";
  std::string padded = header.str() + std::string(-header.size() % 8, ' ');
  EXPECT_EQ(readFile(dir / "out/model.safetensors"),
            makeFile(padded, "abcdefghhi"));
  EXPECT_EQ(dir.list(), Names{"out"});
}

TEST_F(CheckpointWriterTest, WritesShardsAndIndex) {
  auto writer = CheckpointWriter::create(
      dir / "out/",
      {{{{"b", DType::U8, {1}}}, {{"a", DType::U8, {2}}}}, {{"k", "v"}}});
  ASSERT_TRUE(succeeds(writer.takeError()));
  EXPECT_TRUE(succeeds((*writer)->writeAt("b", 0, bytes("x"))));
  EXPECT_TRUE(succeeds((*writer)->writeAt("a", 0, bytes("yz"))));
  EXPECT_TRUE(succeeds((*writer)->writeFile("config.json", "{}")));
  EXPECT_TRUE(
      succeeds((*writer)->copyFile(dir.write("tokenizer.json", "tokens"))));
  EXPECT_TRUE(succeeds((*writer)->commit()));

  EXPECT_EQ(*sys::fs::getPermissions(dir / "out"), 0777 & ~sys::fs::getUmask());
  EXPECT_EQ(readFile(dir / "out/model.safetensors.index.json"),
            R"({
  "metadata": {
    "total_size": 3
  },
  "weight_map": {
    "a": "model-00002-of-00002.safetensors",
    "b": "model-00001-of-00002.safetensors"
  }
}
)");
  auto checkpoint = CheckpointDir::open(dir / "out");
  ASSERT_TRUE(succeeds(checkpoint.takeError()));
  EXPECT_EQ(checkpoint->getConfigText(), "{}");
  EXPECT_EQ(checkpoint->getOtherFiles(), ArrayRef(Names{"tokenizer.json"}));
  EXPECT_EQ(checkpoint->getShards()[1].getMetadata(),
            (std::map<std::string, std::string>{{"format", "pt"}, {"k", "v"}}));
  EXPECT_EQ(readFile(dir / "out/tokenizer.json"), "tokens");
}

TEST_F(CheckpointWriterTest, LeavesNothingWithoutCommit) {
  {
    auto writer = create({{{"a", DType::U8, {1}}}});
    ASSERT_TRUE(succeeds(writer.takeError()));
    // The directory to write in is hidden, and on the same file system.
    ASSERT_EQ(dir.list().size(), 1u);
    EXPECT_TRUE(StringRef(dir.list()[0]).starts_with(".out.tmp-"));
    EXPECT_TRUE(succeeds((*writer)->writeAt("a", 0, bytes("x"))));
  }
  EXPECT_EQ(dir.list(), Names{});
}

TEST_F(CheckpointWriterTest, RefusesToCommitUnlessEachByteIsWrittenOnce) {
  {
    auto writer = create({{{"a", DType::U8, {1}}, {"b", DType::U8, {4}}}});
    ASSERT_TRUE(succeeds(writer.takeError()));
    EXPECT_TRUE(succeeds((*writer)->writeAt("b", 1, bytes("xy"))));
    EXPECT_TRUE(failsWith((*writer)->commit(),
                          "tensor 'a' has 1 bytes, but 0 were written"));
    EXPECT_TRUE(succeeds((*writer)->writeAt("a", 0, bytes("x"))));
    EXPECT_TRUE(failsWith((*writer)->commit(),
                          "tensor 'b' has 4 bytes, but 2 were written"));
    EXPECT_TRUE(succeeds((*writer)->writeAt("b", 0, bytes("wxyz"))));
    EXPECT_TRUE(failsWith((*writer)->commit(),
                          "tensor 'b' has 4 bytes, but 6 were written"));
  }
  EXPECT_EQ(dir.list(), Names{});
}

TEST_F(CheckpointWriterTest, RefusesExistingOutput) {
  dir.write("out", "");
  EXPECT_TRUE(failsWith(create({ShardSpec()}), "exists: choose another name"));
  ASSERT_FALSE(sys::fs::remove(dir / "out"));
  // A link, even one that leads nowhere.
  ASSERT_FALSE(sys::fs::create_link(dir / "absent", dir / "out"));
  EXPECT_TRUE(failsWith(create({ShardSpec()}), "exists: choose another name"));
  EXPECT_EQ(dir.list(), Names{"out"});
}

TEST_F(CheckpointWriterTest, RefusesToReplaceOutputThatAppearsMeanwhile) {
  {
    auto writer = create({ShardSpec()});
    ASSERT_TRUE(succeeds(writer.takeError()));
    ASSERT_FALSE(sys::fs::create_directory(dir / "out"));
    EXPECT_TRUE(failsWith((*writer)->commit(), "cannot rename"));
  }
  EXPECT_EQ(dir.list(), Names{"out"});
  EXPECT_FALSE(sys::fs::exists(dir / "out/model.safetensors"));
}

TEST_F(CheckpointWriterTest, RefusesBadParent) {
  CheckpointLayout layout = {{ShardSpec()}, {}};
  EXPECT_TRUE(failsWith(CheckpointWriter::create(dir / "absent/out", layout),
                        "absent': No such file or directory"));
  dir.write("file", "");
  EXPECT_TRUE(failsWith(CheckpointWriter::create(dir / "file/out", layout),
                        "cannot create a directory in"));
}

TEST_F(CheckpointWriterTest, RefusesBadLayout) {
  TensorSpec a = {"a", DType::U8, {1}};
  EXPECT_TRUE(failsWith(create({}), "needs at least one shard"));
  EXPECT_TRUE(failsWith(create({{a, a}}), "tensor 'a' occurs twice"));
  EXPECT_TRUE(failsWith(create({{a}, {a}}), "tensor 'a' occurs twice"));
  EXPECT_TRUE(failsWith(create({{{"f", DType::F4, {1}}}}),
                        "tensor 'f': shape [1] in F4 takes 4 bits"));
  for (const char *name : {"__metadata__", "\xff"})
    EXPECT_TRUE(failsWith(create({{{name, DType::U8, {1}}}}),
                          "the safetensors format does not allow this name"));
  EXPECT_EQ(dir.list(), Names{});
}

TEST_F(CheckpointWriterTest, RefusesBadWrites) {
  auto writer = create({{{"a", DType::U8, {2}}}});
  ASSERT_TRUE(succeeds(writer.takeError()));
  EXPECT_TRUE(failsWith((*writer)->writeAt("b", 0, bytes("x")),
                        "tensor 'b' is not in the layout of"));
  for (uint64_t offset : {uint64_t(1), uint64_t(3), UINT64_MAX})
    EXPECT_TRUE(failsWith((*writer)->writeAt("a", offset, bytes("xy")),
                          "has 2 bytes, so 2 bytes at"));
  EXPECT_TRUE(succeeds((*writer)->writeFile("x", "")));
  EXPECT_TRUE(failsWith((*writer)->writeFile("x", ""), "File exists"));
  EXPECT_TRUE(
      failsWith((*writer)->writeFile("model.safetensors", ""), "File exists"));
  for (const char *name : {"", ".", "..", "../x", "/x", "y/x"})
    EXPECT_TRUE(failsWith((*writer)->writeFile(name, ""), "is not a file name"))
        << name;
  EXPECT_TRUE(failsWith((*writer)->copyFile(dir / "absent"), "cannot copy"));
}

TEST_F(CheckpointWriterTest, CopiesTensors) {
  std::string data(3 << 20, '\0');
  for (auto [index, c] : enumerate(data))
    c = index * index >> 7;
  std::string header = "{\"pre\":{\"dtype\":\"U8\",\"shape\":[1],"
                       "\"data_offsets\":[0,1]},\"a\":{\"dtype\":\"U8\","
                       "\"shape\":[3,1048576],\"data_offsets\":[1,3145729]}}";
  std::string content = makeFile(header, "x" + data);
  std::vector<std::string> sources = {dir.write("in", content)};
  // Another file system, where the kernel does not copy.
  SmallString<64> elsewhere;
  int fd;
  bool haveElsewhere =
      !sys::fs::createUniqueFile("/dev/shm/grow-unittest-%%%%", fd, elsewhere);
  if (haveElsewhere) {
    raw_fd_ostream(fd, /*shouldClose=*/true) << content;
    sources.push_back(elsewhere.str().str());
  }
  for (const std::string &source : sources) {
    auto file = SafetensorsFile::open(source);
    ASSERT_TRUE(succeeds(file.takeError()));
    const TensorInfo &info = *file->lookup("a");
    auto writer = create({{{"b", DType::U8, {3 << 20}},
                           {"f", DType::F32, {}},
                           {"i", DType::I8, {3 << 20}}}});
    ASSERT_TRUE(succeeds(writer.takeError()));
    EXPECT_TRUE(failsWith((*writer)->copyFrom("absent", *file, info),
                          "is not in the layout"));
    EXPECT_TRUE(failsWith((*writer)->copyFrom("f", *file, info),
                          "has shape [] in F32, but is to be copied from 'a'"));
    EXPECT_TRUE(failsWith((*writer)->copyFrom("i", *file, info),
                          "with shape [3, 1048576] in U8"));
    EXPECT_TRUE(succeeds((*writer)->copyFrom("b", *file, info)));
    EXPECT_TRUE(succeeds((*writer)->writeAt("f", 0, bytes("1234"))));
    EXPECT_TRUE(succeeds((*writer)->writeAt("i", 0, bytes(data))));
    EXPECT_TRUE(succeeds((*writer)->commit()));

    auto copied = SafetensorsFile::open(dir / "out/model.safetensors");
    ASSERT_TRUE(succeeds(copied.takeError()));
    EXPECT_EQ(copied->getData(*copied->lookup("b")), bytes(data));
    ASSERT_FALSE(sys::fs::remove_directories(dir / "out"));
  }
  if (haveElsewhere)
    sys::fs::remove(elsewhere);
}

TEST_F(CheckpointWriterTest, ReportsSourceThatShrank) {
  std::string path = dir.write(
      "in", makeFile(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
                     "abcd"));
  auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(succeeds(file.takeError()));
  ASSERT_EQ(::truncate(path.c_str(), readFile(path).size() - 2), 0);
  auto writer = create({{{"a", DType::U8, {4}}}});
  ASSERT_TRUE(succeeds(writer.takeError()));
  EXPECT_TRUE(
      failsWith((*writer)->copyFrom("a", *file, file->getTensors()[0]),
                "in': the file became shorter while tensor 'a' was copied"));
}

TEST_F(CheckpointWriterTest, WritesFromSeveralThreads) {
  ShardSpec shard;
  for (int i = 0; i < 8; ++i)
    shard.push_back({std::to_string(i), DType::U8, {1000}});
  auto writer = create({shard});
  ASSERT_TRUE(succeeds(writer.takeError()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      std::string part(10, 'a' + i);
      for (int offset = 0; offset < 1000; offset += 10)
        EXPECT_TRUE(succeeds(
            (*writer)->writeAt(std::to_string(i), offset, bytes(part))));
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_TRUE(succeeds((*writer)->commit()));
  auto file = SafetensorsFile::open(dir / "out/model.safetensors");
  ASSERT_TRUE(succeeds(file.takeError()));
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(file->getData(*file->lookup(std::to_string(i))),
              bytes(std::string(1000, 'a' + i)));
}

// A checkpoint that does not fit is refused before any work is done.
TEST_F(CheckpointWriterTest, RefusesMoreThanTheDiskHolds) {
  EXPECT_TRUE(failsWith(create({{{"a", DType::U8, {int64_t(1) << 60}}}}),
                        "out' take 1152921504606846976 bytes, but only"));
  // Sixteen of them are 2^64 bytes, which must not pass as none.
  ShardSpec shard;
  for (int i = 0; i < 16; ++i)
    shard.push_back({std::to_string(i), DType::U8, {int64_t(1) << 60}});
  EXPECT_TRUE(failsWith(create({shard}), "take 18446744073709551615 bytes"));
  EXPECT_EQ(dir.list(), Names{});
}

// A limit on file sizes stands in for every error that writing can meet.
TEST_F(CheckpointWriterTest, ReportsFailingReservation) {
  struct rlimit limit, before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  limit = before;
  limit.rlim_cur = 1 << 20;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  EXPECT_TRUE(failsWith(create({{{"a", DType::U8, {2 << 20}}}}),
                        "bytes (the tensors of the whole checkpoint take "
                        "2097152): File too large"));
  std::signal(SIGXFSZ, handler);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(dir.list(), Names{});
}

// A process that dies leaves no directory under the final name, and one that is
// interrupted no large file under another.
TEST_F(CheckpointWriterTest, LeavesNoOutputWhenKilled) {
  for (int signal : {SIGKILL, SIGTERM}) {
    pid_t child = ::fork();
    ASSERT_NE(child, -1);
    if (child == 0) {
      auto writer = create({{{"a", DType::U8, {1}}}});
      if (writer && !errorToBool((*writer)->writeAt("a", 0, bytes("x"))))
        ::raise(signal);
      ::_exit(1);
    }
    int status;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal);
    EXPECT_FALSE(sys::fs::exists(dir / "out"));
    ASSERT_EQ(dir.list().size(), 1u);
    std::string left = dir / dir.list()[0];
    EXPECT_EQ(sys::fs::exists(left + "/model.safetensors"), signal == SIGKILL);
    ASSERT_FALSE(sys::fs::remove_directories(left));
  }
}

TEST(SplitIntoShardsTest, KeepsOrderAndSize) {
  std::vector<TensorSpec> tensors = {{"a", DType::U8, {3}},
                                     {"b", DType::U8, {2}},
                                     {"c", DType::U8, {9}},
                                     {"d", DType::U8, {0}},
                                     {"e", DType::F32, {1}}};
  auto names = [&](uint64_t maxShardSize) {
    std::string result;
    for (const ShardSpec &shard :
         cantFail(splitIntoShards(tensors, maxShardSize))) {
      for (const TensorSpec &tensor : shard)
        result += tensor.name;
      result += "|";
    }
    return result;
  };
  EXPECT_EQ(names(UINT64_MAX), "abcde|");
  EXPECT_EQ(names(18), "abcde|");
  EXPECT_EQ(names(17), "abcd|e|");
  EXPECT_EQ(names(5), "ab|c|de|");
  EXPECT_EQ(names(0), "a|b|c|d|e|");
  EXPECT_EQ(cantFail(splitIntoShards({}, 1)).size(), 1u);
  EXPECT_TRUE(failsWith(splitIntoShards({{"f", DType::F4, {1}}}, 1),
                        "tensor 'f': shape [1] in F4"));
}

} // namespace

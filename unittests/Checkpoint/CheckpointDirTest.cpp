//===- CheckpointDirTest.cpp - Tests of reading a directory ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/CheckpointDir.h"
#include "TestUtils.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace grow;

/// A file with one byte under each name.
static std::string makeShard(ArrayRef<StringRef> names) {
  std::string header = "{";
  for (auto [index, name] : enumerate(names))
    header += formatv("{0}\"{1}\":{{\"dtype\":\"U8\",\"shape\":[1],"
                      "\"data_offsets\":[{2},{3}]}",
                      index ? "," : "", name, index, index + 1);
  return makeFile(header + "}", std::string(names.size(), 'x'));
}

namespace {

class CheckpointDirTest : public testing::Test {
protected:
  /// Two shards: `a` and `b` in the first, `c` in the second.
  void writeShards(StringRef weightMap) {
    dir.write("config.json", "{}");
    dir.write("1.safetensors", makeShard({"a", "b"}));
    dir.write("2.safetensors", makeShard({"c"}));
    dir.write(
        "model.safetensors.index.json",
        formatv("{{\"metadata\":{{},\"weight_map\":{0}}", weightMap).str());
  }
  Expected<CheckpointDir> open() { return CheckpointDir::open(dir / ""); }

  ScratchDir dir;
};

constexpr StringLiteral goodMap =
    R"({"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"})";

TEST_F(CheckpointDirTest, ReadsSingleFile) {
  dir.write("config.json", "{\"x\": 1}");
  dir.write("model.safetensors", makeShard({"a"}));
  auto checkpoint = open();
  ASSERT_TRUE(succeeds(checkpoint.takeError()));
  EXPECT_EQ(checkpoint->getConfigText(), "{\"x\": 1}");
  EXPECT_EQ(checkpoint->getShards().size(), 1u);
  EXPECT_FALSE(checkpoint->hasIndex());
  auto stored = checkpoint->lookup("a");
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->file, &checkpoint->getShards()[0]);
  EXPECT_EQ(stored->info->name, "a");
  EXPECT_FALSE(checkpoint->lookup("b").has_value());
}

TEST_F(CheckpointDirTest, ReadsShards) {
  writeShards(goodMap);
  auto opened = open();
  ASSERT_TRUE(succeeds(opened.takeError()));
  CheckpointDir checkpoint = std::move(*opened);
  ASSERT_EQ(checkpoint.getShards().size(), 2u);
  EXPECT_TRUE(checkpoint.hasIndex());
  EXPECT_EQ(checkpoint.lookup("b")->file, &checkpoint.getShards()[0]);
  EXPECT_EQ(checkpoint.lookup("c")->file, &checkpoint.getShards()[1]);
}

TEST_F(CheckpointDirTest, ListsOtherFiles) {
  writeShards(goodMap);
  for (StringRef name :
       {"tokenizer.json", "tokenizer.model", "merges.txt", "README.md",
        "generation_config.json", "chat_template.jinja", "modeling_x.py",
        // All that holds tensors of the old shapes stays behind.
        "optimizer.pt", "training_args.bin", "other.safetensors",
        "pytorch_model.bin.index.json", "model.onnx"})
    dir.write(name, "");
  ASSERT_FALSE(sys::fs::create_directory(dir / "runs"));
  ASSERT_FALSE(sys::fs::create_link(dir / "README.md", dir / "link.md"));
  auto checkpoint = open();
  ASSERT_TRUE(succeeds(checkpoint.takeError()));
  EXPECT_EQ(checkpoint->getOtherFiles(),
            ArrayRef<std::string>({"README.md", "chat_template.jinja",
                                   "generation_config.json", "link.md",
                                   "merges.txt", "modeling_x.py",
                                   "tokenizer.json", "tokenizer.model"}));
}

TEST_F(CheckpointDirTest, RefusesWhatIsNoCheckpoint) {
  EXPECT_TRUE(failsWith(CheckpointDir::open(dir / "absent"),
                        "absent': no such directory"));
  EXPECT_TRUE(failsWith(CheckpointDir::open(dir.write("file", "")),
                        "expected a checkpoint directory, found a file"));
  EXPECT_TRUE(failsWith(open(), "no config.json here"));
  dir.write("config.json", "{}");
  EXPECT_TRUE(failsWith(open(), "neither model.safetensors nor "
                                "model.safetensors.index.json here: download "
                                "the weights in safetensors format"));
  dir.write("pytorch_model.bin", "");
  EXPECT_TRUE(failsWith(open(), "but 'pytorch_model.bin': convert the weights "
                                "with AutoModelForCausalLM.from_pretrained(DIR)"
                                ".save_pretrained(OUT, "
                                "safe_serialization=True)"));
  dir.write("consolidated.safetensors", "");
  EXPECT_TRUE(failsWith(open(), "but 'consolidated.safetensors': rename it to "
                                "model.safetensors"));
  dir.write("model.safetensors", "");
  EXPECT_TRUE(failsWith(open(), "model.safetensors': the file has 0 bytes"));
}

TEST_F(CheckpointDirTest, RefusesDanglingLink) {
  writeShards(goodMap);
  ASSERT_FALSE(sys::fs::create_link(dir / "blob", dir / "tokenizer.json"));
  EXPECT_TRUE(failsWith(open(), "tokenizer.json': the symbolic link leads "
                                "nowhere"));
}

TEST_F(CheckpointDirTest, RefusesBadIndex) {
  auto openWith = [&](StringRef weightMap) {
    writeShards(weightMap);
    return open();
  };
  EXPECT_TRUE(failsWith(openWith("1,"), "index.json': line 1, column"));
  EXPECT_TRUE(failsWith(openWith("1"), "expected object"));
  EXPECT_TRUE(failsWith(openWith(R"({"a":1})"), "expected string at "
                                                "weight_map.a"));
  EXPECT_TRUE(failsWith(openWith(R"({"a":"x","a":"y"})"), "duplicate key 'a'"));
  EXPECT_TRUE(failsWith(openWith(R"({"a":"3.safetensors"})"),
                        "the shard '3.safetensors' is not in this directory"));
  for (StringRef file : {"../1.safetensors", "/1.safetensors", "..", ""})
    EXPECT_TRUE(failsWith(openWith(formatv("{{\"a\":\"{0}\"}", file).str()),
                          "is not a file name of this directory"))
        << file.str();
  dir.write("model.safetensors.index.json", "{}");
  EXPECT_TRUE(failsWith(open(), "expected a 'weight_map'"));
}

TEST_F(CheckpointDirTest, RefusesIndexThatDisagreesWithShards) {
  auto openWith = [&](StringRef weightMap) {
    writeShards(weightMap);
    return open();
  };
  EXPECT_TRUE(
      failsWith(openWith(R"({"a":"1.safetensors","d":"1.safetensors"})"),
                "tensor 'd' should be in '1.safetensors', but no shard "
                "has it"));
  EXPECT_TRUE(failsWith(openWith(R"({"a":"1.safetensors","c":"1.safetensors",)"
                                 R"("b":"2.safetensors"})"),
                        "tensor 'b' should be in '2.safetensors', but is in "
                        "'1.safetensors'"));
  EXPECT_TRUE(
      failsWith(openWith(R"({"a":"1.safetensors","c":"2.safetensors"})"),
                "tensor 'b' is missing from the index"));
  writeShards(goodMap);
  dir.write("2.safetensors", makeShard({"c", "a"}));
  EXPECT_TRUE(failsWith(open(), "tensor 'a' is in"));
}

} // namespace

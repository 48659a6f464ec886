//===- CheckpointTest.cpp - The checkpoints of compiled models ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checkpoint.h"
#include "Safetensors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using grow::runtime::Checkpoint;
using grow::runtime::Status;
using grow::runtime::StoredTensor;
using testing::HasSubstr;

namespace {

class RuntimeCheckpointTest : public testing::Test {
protected:
  std::string openError() const {
    return Checkpoint().open(file.getPath()).getText();
  }
  /// Why a header for 8 bytes of data is refused.
  std::string headerError(const std::string &header) const {
    file.write(header, {1, 2});
    return openError();
  }
  static std::string makeEntry(const std::string &dtype,
                               const std::string &shape,
                               const std::string &offsets) {
    return R"({"w": {"dtype": )" + dtype + R"(, "shape": )" + shape +
           R"(, "data_offsets": )" + offsets + "}}";
  }
  std::string lookupError(const std::string &dtype,
                          const std::vector<int64_t> &shape) const {
    Checkpoint checkpoint;
    Status status = checkpoint.open(file.getPath());
    EXPECT_FALSE(bool(status)) << status.getText();
    const StoredTensor *tensor = nullptr;
    return checkpoint.lookup({"w", {dtype, shape}}, tensor).getText();
  }

  Safetensors file;
};

TEST_F(RuntimeCheckpointTest, FindsTensors) {
  file.write(makeEntry("\"F32\"", "[2]", "[0, 8]"), {1, 2});
  Checkpoint checkpoint;
  ASSERT_EQ(checkpoint.open(file.getPath()).getText(), "");
  const StoredTensor *tensor = nullptr;
  ASSERT_EQ(checkpoint.lookup({"w", {"F32", {2}}}, tensor).getText(), "");
  EXPECT_EQ(tensor->bytes.size(), 8u);
  tensor->file->release(tensor->bytes);
  EXPECT_EQ(tensor->bytes.substr(0, 4), std::string_view("\0\0\x80\x3f", 4));
}

TEST_F(RuntimeCheckpointTest, TakesTensorsWithoutEntries) {
  file.write(makeEntry("\"F32\"", "[0, 3]", "[8, 8]"), {1, 2});
  EXPECT_EQ(lookupError("F32", {0, 3}), "");
}

/// No file that is cut off is taken for one that is whole.
TEST_F(RuntimeCheckpointTest, RefusesEveryPartOfAFile) {
  std::string header = makeEntry("\"F32\"", "[2]", "[0, 8]");
  std::string bytes =
      Safetensors::makeLength(header.size()) + header + "12345678";
  for (size_t length = 0; length < bytes.size(); ++length) {
    file.writeBytes(bytes.substr(0, length));
    EXPECT_NE(openError(), "") << length;
  }
  file.writeBytes(bytes);
  EXPECT_EQ(openError(), "");
}

/// Whatever byte is damaged, reading ends in words or in a tensor in the file.
TEST_F(RuntimeCheckpointTest, SurvivesEveryDamagedByte) {
  std::string header = makeEntry("\"F32\"", "[2]", "[0, 8]");
  std::string bytes =
      Safetensors::makeLength(header.size()) + header + "12345678";
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned bit : {0, 5, 7}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
      file.writeBytes(damaged);
      Checkpoint checkpoint;
      if (checkpoint.open(file.getPath()))
        continue;
      const StoredTensor *tensor = nullptr;
      if (checkpoint.lookup({"w", {"F32", {2}}}, tensor))
        continue;
      EXPECT_EQ(tensor->bytes.size(), 8u) << i << " " << bit;
    }
  }
}

TEST_F(RuntimeCheckpointTest, RefusesLengthsBeyondTheFile) {
  for (uint64_t length : {uint64_t(1), uint64_t(100'000'000),
                          uint64_t(100'000'001), UINT64_MAX, UINT64_MAX - 7}) {
    file.writeBytes(Safetensors::makeLength(length));
    EXPECT_THAT(openError(), testing::AnyOf(HasSubstr("the header takes "),
                                            HasSubstr("give a header of ")));
  }
}

TEST_F(RuntimeCheckpointTest, RefusesBrokenEntries) {
  for (auto [dtype, shape, offsets] :
       {std::tuple("3", "[2]", "[0, 8]"),
        {"\"F32\"", "2", "[0, 8]"},
        {"\"F32\"", "[2.5]", "[0, 8]"},
        {"\"F32\"", "[\"2\"]", "[0, 8]"},
        {"\"F32\"", "[9223372036854775808]", "[0, 8]"},
        {"\"F32\"", "[1e300]", "[0, 8]"},
        {"\"F32\"", "[2]", "[0]"},
        {"\"F32\"", "[2]", "[0, 4, 8]"},
        {"\"F32\"", "[2]", "[8, 0]"},
        {"\"F32\"", "[2]", "[-8, 0]"},
        {"\"F32\"", "[2]", "[0, 18446744073709551615]"},
        {"\"F32\"", "[2]", "null"}})
    EXPECT_THAT(headerError(makeEntry(dtype, shape, offsets)),
                HasSubstr("tensor 'w': expected an object with 'dtype'"));
  EXPECT_THAT(headerError(makeEntry("\"F32\"", "[2]", "[0, 9]")),
              HasSubstr("ends at byte 9 of the data, of which the file has 8"));
  EXPECT_THAT(
      headerError(makeEntry("\"F32\"", "[2]", "[0, 9223372036854775807]")),
      HasSubstr("ends at byte 9223372036854775807"));
}

/// Sizes whose product is beyond 64 bits are those of no parameter.
TEST_F(RuntimeCheckpointTest, RefusesOtherTypesAndShapes) {
  file.write(makeEntry("\"F32\"", "[4294967296, 4294967296]", "[0, 8]"),
             {1, 2});
  EXPECT_THAT(lookupError("F32", {2}),
              HasSubstr("tensor 'w' is F32 of shape [4294967296, 4294967296], "
                        "expected F32 of shape [2]"));
  file.write(makeEntry("\"I8\"", "[2]", "[0, 8]"), {1, 2});
  EXPECT_THAT(lookupError("F32", {2}),
              HasSubstr("tensor 'w' is I8 of shape [2], expected F32"));
  file.write(makeEntry("\"F32\"", "[2]", "[0, 4]"), {1, 2});
  EXPECT_THAT(lookupError("F32", {2}),
              HasSubstr("tensor 'w' takes 8 bytes, but 'data_offsets' hold 4: "
                        "the file is damaged"));
}

/// Messages hold neither all of a long entry, nor is the stack used up for a
/// deep one.
TEST_F(RuntimeCheckpointTest, QuotesLittleOfLargeEntries) {
  std::string deep(100'000, '['), end(100'000, ']');
  EXPECT_THAT(headerError("{\"w\": " + deep + end + "}"),
              HasSubstr("found an array of arrays"));
  std::string text(1'000'000, 'x');
  std::string error = headerError("{\"w\": \"" + text + "\"}");
  EXPECT_THAT(error, HasSubstr("xxx..."));
  EXPECT_LT(error.size(), 1000u);
}

TEST_F(RuntimeCheckpointTest, RefusesTextThatIsNoUnicode) {
  EXPECT_THAT(headerError("{\"\xff\": 1}"),
              HasSubstr("the header is not a JSON object"));
}

} // namespace

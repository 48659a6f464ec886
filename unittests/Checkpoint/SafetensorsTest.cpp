//===- SafetensorsTest.cpp - Tests of the safetensors reader --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Safetensors.h"
#include "TestUtils.h"
#include "llvm/Support/FormatVariadic.h"
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace grow;

namespace {

class SafetensorsTest : public testing::Test {
protected:
  Expected<SafetensorsFile> open(StringRef bytes) {
    return SafetensorsFile::open(dir.write("x.safetensors", bytes));
  }
  Expected<SafetensorsFile> open(StringRef header, StringRef data) {
    return open(makeFile(header, data));
  }
  /// A file with one tensor `a`.
  Expected<SafetensorsFile> openTensor(StringRef dtype, StringRef shape,
                                       StringRef offsets, StringRef data) {
    return open(formatv("{{\"a\":{{\"dtype\":{0},\"shape\":{1},"
                        "\"data_offsets\":{2}}}",
                        dtype, shape, offsets)
                    .str(),
                data);
  }

  ScratchDir dir;
};

TEST(DTypeTest, NamesRoundTrip) {
  for (unsigned i = 0; i <= static_cast<unsigned>(DType::U64); ++i) {
    auto dtype = static_cast<DType>(i);
    EXPECT_EQ(symbolizeDType(stringifyDType(dtype)), dtype);
  }
  EXPECT_EQ(stringifyDType(DType::BF16), "BF16");
  EXPECT_EQ(symbolizeDType("f32"), std::nullopt);
}

TEST(DTypeTest, ByteSizes) {
  EXPECT_EQ(cantFail(getByteSize(DType::F32, {2, 3})), 24u);
  EXPECT_EQ(cantFail(getByteSize(DType::C64, {})), 8u);
  EXPECT_EQ(cantFail(getByteSize(DType::F6_E2M3, {4})), 3u);
  EXPECT_EQ(cantFail(getByteSize(DType::U8, {0, INT64_MAX, INT64_MAX})), 0u);
  EXPECT_TRUE(failsWith(getByteSize(DType::F4, {3}),
                        "shape [3] in F4 takes 12 bits, which is not a whole"));
  EXPECT_TRUE(failsWith(getByteSize(DType::U8, {-1}), "negative dimension"));
  EXPECT_TRUE(failsWith(getByteSize(DType::U8, {INT64_MAX, INT64_MAX, 0}),
                        "overflows 64 bits"));
  EXPECT_TRUE(failsWith(getByteSize(DType::F64, {INT64_MAX}), "overflows"));
}

TEST_F(SafetensorsTest, ReadsTensorsInOffsetOrder) {
  auto file =
      open(R"({"__metadata__":{"format":"pt","note":"x"},)"
           R"("b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},)"
           R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4],)"
           R"("from the future":[{}]},)"
           R"("e":{"dtype":"I64","shape":[3,0],"data_offsets":[6,6]}} )",
           "wxyzhi");
  ASSERT_TRUE(succeeds(file.takeError()));
  ArrayRef<TensorInfo> tensors = file->getTensors();
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors[0].name, "a");
  EXPECT_EQ(tensors[0].dtype, DType::F32);
  EXPECT_TRUE(tensors[0].shape.empty());
  EXPECT_EQ(tensors[2].name, "e");
  EXPECT_EQ(ArrayRef(tensors[2].shape), ArrayRef<int64_t>({3, 0}));
  EXPECT_TRUE(file->getData(tensors[2]).empty());

  const TensorInfo *b = file->lookup("b");
  ASSERT_EQ(b, &tensors[1]);
  file->releasePages(*b);
  EXPECT_EQ(StringRef(file->getData(*b).data(), 2), "hi");
  EXPECT_EQ(readFile(dir / "x.safetensors").substr(file->getFileOffset(*b)),
            "hi");
  EXPECT_EQ(file->lookup("c"), nullptr);
  EXPECT_EQ(file->getMetadata().at("note"), "x");
}

TEST_F(SafetensorsTest, StaysValidWhenMoved) {
  auto file = openTensor("\"U8\"", "[2]", "[0,2]", "hi");
  ASSERT_TRUE(succeeds(file.takeError()));
  const TensorInfo *a = file->lookup("a");
  SafetensorsFile moved = std::move(*file);
  EXPECT_EQ(moved.lookup("a"), a);
  EXPECT_EQ(StringRef(moved.getData(*a).data(), 2), "hi");
}

TEST_F(SafetensorsTest, AcceptsFileWithoutTensors) {
  auto file = open("{}", "");
  ASSERT_TRUE(succeeds(file.takeError()));
  EXPECT_TRUE(file->getTensors().empty());
}

// A sparse file of a tebibyte: opening it touches the header only.
TEST_F(SafetensorsTest, OpensLargeFileLazily) {
  std::string path = dir.write(
      "x.safetensors", makeFile(R"({"a":{"dtype":"U8","shape":[1099511627776],)"
                                R"("data_offsets":[0,1099511627776]}})"));
  uint64_t header = readFile(path).size();
  if (::truncate(path.c_str(), header + (1ull << 40)) != 0)
    GTEST_SKIP() << "the file system has no files of this size";
  auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(succeeds(file.takeError()));
  EXPECT_EQ(file->getData(file->getTensors()[0]).back(), '\0');
}

TEST_F(SafetensorsTest, RefusesWhatIsNoFile) {
  EXPECT_TRUE(failsWith(SafetensorsFile::open(dir / "absent"),
                        "No such file or directory"));
  EXPECT_TRUE(failsWith(SafetensorsFile::open(dir / "absent"), "absent"));
  EXPECT_TRUE(
      failsWith(SafetensorsFile::open(dir / "."), "not a regular file"));
  std::string pipe = dir / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(failsWith(SafetensorsFile::open(pipe), "not a regular file"));
  ::unlink(pipe.c_str());
}

TEST_F(SafetensorsTest, RefusesBadHeaderLength) {
  EXPECT_TRUE(failsWith(open(""), "the file has 0 bytes, but"));
  EXPECT_TRUE(failsWith(open("1234567"), "the file has 7 bytes, but"));
  EXPECT_TRUE(failsWith(open(makeFile("{}").substr(0, 9)),
                        "the header takes 2 bytes, but only 1 follow its "
                        "length: download or copy the file again"));
  EXPECT_TRUE(failsWith(open(std::string(8, '\xff')),
                        "more than the 100000000 that the format allows"));
  EXPECT_TRUE(failsWith(open(StringRef("\x01\xe1\xf5\x05\0\0\0\0", 8)),
                        "a header of 100000001 bytes"));
  EXPECT_TRUE(failsWith(open(StringRef("\x00\xe1\xf5\x05\0\0\0\0", 8)),
                        "the header takes 100000000 bytes, but only 0 follow"));
  EXPECT_TRUE(failsWith(open("version https://git-lfs.github.com/spec/v1\n"),
                        "this is a Git LFS pointer, not the file itself: run "
                        "'git lfs pull'"));
}

TEST_F(SafetensorsTest, RefusesBadJSON) {
  const char *start = "expected the header to start with '{', found ";
  EXPECT_TRUE(failsWith(open("", ""), start));
  EXPECT_TRUE(failsWith(open(" {}", ""), start));
  EXPECT_TRUE(failsWith(open("[]", ""), start));
  EXPECT_TRUE(failsWith(open("\xef\xbb\xbf{}", ""), "found '\\xef'"));

  std::pair<const char *, const char *> cases[] = {
      {"{\"\xff\":1}", "not valid UTF-8"},
      {"{\"\xed\xa0\x80\":1}", "not valid UTF-8"},
      {"{", "line 1, column 2: expected a key in double quotes"},
      {"{}x", "column 3: expected nothing after the JSON object"},
      {"{'a':1}", "expected a key"},
      {"{\"a\"}", "expected ':'"},
      {"{\"a\":}", "expected a value"},
      {"{\"a\":1,}", "expected a key"},
      {"{\"a\":[1,]}", "expected a value"},
      {"{\"a\":[1 2]}", "expected ',' or ']'"},
      {"{\"a\":nul}", "expected a value"},
      {"{\"a\":NaN}", "expected a value"},
      {"{\"a\":01}", "number with a leading zero"},
      {"{\"a\":+1}", "expected a value"},
      {"{\"a\":-}", "expected a value"},
      {"{\"a\":1.}", "expected digits after the decimal point"},
      {"{\"a\":1e}", "expected digits in the exponent"},
      {"{\"a\":\"b", "string without an end"},
      {"{\"a\":\"\n\"}", "control character in a string"},
      {"{\"a\":\"\\x\"}", "unknown escape"},
      {"{\"a\":\"\\u12g4\"}", "expected four hexadecimal digits"},
      {"{\"a\":\"\\u+123\"}", "expected four hexadecimal digits"},
      {"{\"a\":\"\\ud800\"}", "half of a surrogate pair"},
      {"{\"a\":\"\\udc00\"}", "half of a surrogate pair"},
      {"{\"a\":\"\\ud800\\u0041\"}", "half of a surrogate pair"},
      {"{\"a\":1,\"a\":1}", "column 8: duplicate key 'a'"},
      {"{\"a\":1,\"\\u0061\":1}", "duplicate key 'a'"},
      {"{\"a\":{\"dtype\":1,\"dtype\":1}}", "duplicate key 'dtype'"},
      {"{\"__metadata__\":{\"x\":\"\",\"x\":\"\"}}", "duplicate key 'x'"},
      {"{\"a\\n\":1,\"a\\n\":1}", "duplicate key 'a\\x0a'"}};
  for (auto [header, message] : cases)
    EXPECT_TRUE(failsWith(open(header, ""), message)) << header;
  // Deep enough to exhaust the stack of a parser without a limit.
  EXPECT_TRUE(failsWith(open("{\"a\":" + std::string(1 << 20, '['), ""),
                        "nested deeper than 128 levels"));
}

TEST_F(SafetensorsTest, RefusesBadMetadata) {
  EXPECT_TRUE(failsWith(open(R"({"__metadata__":[]})", ""),
                        "expected '__metadata__' to be an object of strings"));
  EXPECT_TRUE(failsWith(open(R"({"__metadata__":{"n":1}})", ""),
                        "expected a string under key 'n' of '__metadata__', "
                        "found 1"));
}

TEST_F(SafetensorsTest, RefusesBadEntry) {
  EXPECT_TRUE(
      failsWith(open(R"({"a":1})", ""), "tensor 'a': expected an object"));
  EXPECT_TRUE(failsWith(open(R"({"a":{}})", ""),
                        "tensor 'a': expected 'dtype' to be a string"));
  EXPECT_TRUE(failsWith(openTensor("\"F128\"", "[1]", "[0,1]", "x"),
                        "unknown dtype 'F128', expected one of BOOL F4 "));
  EXPECT_TRUE(failsWith(openTensor("1", "[1]", "[0,1]", "x"),
                        "expected 'dtype' to be a string"));
  EXPECT_TRUE(failsWith(openTensor("\"U8\"", "1", "[0,1]", "x"),
                        "expected 'shape' to be an array of integers"));
  for (const char *dim : {"-1", "1.0", "1e0", "\"1\"", "null",
                          "9223372036854775808", "18446744073709551616"})
    EXPECT_TRUE(failsWith(
        openTensor("\"U8\"", ("[" + Twine(dim) + "]").str(), "[0,1]", "x"),
        "expected non-negative integers in 'shape', found"))
        << dim;
  EXPECT_TRUE(failsWith(openTensor("\"U8\"", "[1]", "{}", "x"),
                        "expected 'data_offsets' to be an array"));
  for (const char *offsets : {"[]", "[0]", "[0,1,1]", "[1,0]"})
    EXPECT_TRUE(failsWith(openTensor("\"U8\"", "[1]", offsets, "x"),
                          "expected 'data_offsets' to be [begin, end]"))
        << offsets;
  EXPECT_TRUE(failsWith(openTensor("\"U8\"", "[1]", "[-1,0]", "x"),
                        "expected non-negative integers in 'data_offsets'"));
}

TEST_F(SafetensorsTest, RefusesSizeThatDoesNotMatch) {
  EXPECT_TRUE(failsWith(openTensor("\"F32\"", "[2,3]", "[0,23]", "x"),
                        "tensor 'a': shape [2, 3] in F32 takes 24 bytes, but "
                        "'data_offsets' [0, 23] hold 23"));
  EXPECT_TRUE(failsWith(openTensor("\"F4\"", "[3]", "[0,2]", "xx"),
                        "12 bits, which is not a whole number of bytes"));
  // 2^61 doubles are 2^64 bytes, which would pass as 0.
  EXPECT_TRUE(
      failsWith(openTensor("\"F64\"", "[2305843009213693952]", "[0,0]", ""),
                "overflows"));
}

TEST_F(SafetensorsTest, RefusesBytesThatTensorsDoNotTile) {
  auto openTwo = [&](StringRef first, StringRef second, StringRef data) {
    return open(formatv("{{\"a\":{{\"dtype\":\"U8\",{0}},\"b\":{{\"dtype\":"
                        "\"U8\",{1}}}",
                        first, second)
                    .str(),
                data);
  };
  const char *two = "\"shape\":[2],\"data_offsets\":[0,2]";
  EXPECT_TRUE(failsWith(
      openTwo(two, "\"shape\":[1],\"data_offsets\":[3,4]", "wxyz"),
      "tensor 'b' begins at byte 3 of the data, but tensor 'a' ends at 2"));
  EXPECT_TRUE(
      failsWith(openTwo(two, "\"shape\":[2],\"data_offsets\":[1,3]", "xyz"),
                "tensor 'b' begins at byte 1 of the data and overlaps tensor "
                "'a', which ends at 2"));
  EXPECT_TRUE(failsWith(openTwo(two, two, "xy"), "overlaps tensor 'a'"));
  EXPECT_TRUE(failsWith(
      openTwo(two, "\"shape\":[0],\"data_offsets\":[1,1]", "xy"), "overlaps"));
  EXPECT_TRUE(failsWith(openTensor("\"U8\"", "[1]", "[1,2]", "xy"),
                        "the first tensor must begin at 0"));
}

TEST_F(SafetensorsTest, RefusesTruncationAndTrailingBytes) {
  EXPECT_TRUE(failsWith(openTensor("\"U8\"", "[4]", "[0,4]", "x"),
                        "the file is 3 bytes shorter than its header says"));
  EXPECT_TRUE(failsWith(openTensor("\"U8\"", "[4]", "[0,4]", "x"),
                        ": download or copy it again"));
  EXPECT_TRUE(failsWith(openTensor("\"U8\"", "[1]", "[0,1]", "xyz"),
                        "the file has 2 bytes after its last tensor"));
  EXPECT_TRUE(failsWith(open("{}", "x"), "1 bytes after its last tensor"));
}

} // namespace

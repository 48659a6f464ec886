//===- ManifestTest.cpp - What compiled models say of themselves ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace grow::runtime;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

constexpr char kManifest[] = R"({
  "version": 1, "name": "m",
  "target": {"kind": "cpu", "triple": "x", "chip": "y", "features": ["f"]},
  "input": {"dtype": "I64", "shape": [null, null]},
  "logits": {"dtype": "F32", "shape": [null, null, 5]},
  "limits": {"vocabulary": 5}, "functions": ["forward", "pack"], "forward": 0,
  "parameters": [{"name": "w", "dtype": "BF16", "shape": [5, 3]}],
  "arguments": [{"parameters": [0]},
                {"function": 1, "parameters": [0], "dtype": "F32",
                 "shape": [15]}]})";

/// What is wrong with the manifest above if a part of it is another.
std::string getError(const std::string &part, const std::string &other) {
  std::string text = kManifest;
  size_t place = text.find(part);
  EXPECT_NE(place, std::string::npos) << part;
  Manifest manifest;
  return manifest.parse(text.replace(place, part.size(), other)).getText();
}

TEST(ManifestTest, Reads) {
  Manifest manifest;
  Status status = manifest.parse(kManifest);
  ASSERT_FALSE(bool(status)) << status.getText();
  EXPECT_EQ(manifest.kind, "cpu");
  EXPECT_FALSE(manifest.readsImages());
  EXPECT_FALSE(manifest.positions);
  EXPECT_EQ(manifest.input.shape, (std::vector<int64_t>{-1, -1}));
  EXPECT_EQ(manifest.parameters[0].type.getBytes(), 30u);
  EXPECT_EQ(manifest.arguments[0].type.dtype, "BF16");
  EXPECT_EQ(*manifest.arguments[1].function, 1u);
}

TEST(ManifestTest, RefusesOtherVersions) {
  EXPECT_THAT(getError("\"version\": 1", "\"version\": 2"),
              HasSubstr("is of version 2, but what it is linked to runs "
                        "version 1: compile the model again"));
}

TEST(ManifestTest, RefusesEveryPartOfIt) {
  std::string text = kManifest;
  for (size_t length = 0; length < text.size(); ++length) {
    Manifest manifest;
    EXPECT_THAT(manifest.parse(text.substr(0, length)).getText(),
                StartsWith("the manifest is damaged: "));
  }
}

TEST(ManifestTest, RefusesWhatIsMissingOrOfAnotherType) {
  for (const char *key : {"name", "target", "kind", "triple", "features",
                          "input", "dtype", "shape", "limits", "vocabulary",
                          "functions", "forward", "parameters", "arguments"}) {
    std::string quoted = '"' + std::string(key) + "\":";
    EXPECT_THAT(getError(quoted, "\"other\":"),
                AllOf(StartsWith("the manifest is damaged: "),
                      HasSubstr(std::string("'") + key + "'")));
  }
  for (auto [part, other] : {std::pair("\"m\"", "7"),
                             {"[\"f\"]", "[3]"},
                             {"[null, null, 5]", "[null, null, \"5\"]"},
                             {"\"forward\": 0", "\"forward\": \"0\""},
                             {"{\"parameters\": [0]}", "{\"parameters\": []}"},
                             {"\"version\": 1", "\"version\": {}"}})
    EXPECT_THAT(getError(part, other), StartsWith("the manifest is damaged: "))
        << other;
}

TEST(ManifestTest, RefusesNumbersThatLeadElsewhere) {
  EXPECT_THAT(getError("{\"parameters\": [0]}", "{\"parameters\": [1]}"),
              StartsWith("the manifest is damaged: "));
  EXPECT_THAT(getError("1, \"parameters\": [0]", "1, \"parameters\": [0, 1]"),
              HasSubstr("an argument is parameter 1 of 1"));
  EXPECT_THAT(getError("\"function\": 1", "\"function\": 2"),
              HasSubstr("an argument is made by function 2 of 2"));
  EXPECT_THAT(getError("\"forward\": 0", "\"forward\": 2"),
              HasSubstr("the forward is function 2 of 2"));
}

TEST(ManifestTest, RefusesTypesThatCannotBeRun) {
  EXPECT_THAT(getError("\"BF16\"", "\"I8\""),
              HasSubstr("parameter 'w' is I8 of shape [5, 3]"));
  EXPECT_THAT(getError("[5, 3]", "[5, null]"),
              HasSubstr("parameter 'w' is BF16 of shape [5, -1]"));
  EXPECT_THAT(getError("[5, 3]", "[4294967296, 4294967296]"),
              HasSubstr("parameter 'w' is BF16"));
  EXPECT_THAT(getError("[5, 3]", "[9223372036854775807]"),
              HasSubstr("parameter 'w' is BF16"));
  EXPECT_THAT(getError("[15]", "[-9223372036854775808]"),
              HasSubstr("an argument is made by function 1"));
  EXPECT_THAT(getError("[null, null, 5]", "[null, null, null]"),
              HasSubstr("the logits are F32 of shape [-1, -1, -1]"));
  EXPECT_THAT(getError("[null, null, 5]", "[null, null, 0]"),
              HasSubstr("the logits are F32 of shape [-1, -1, 0]"));
  EXPECT_THAT(getError("[null, null]", "[null]"),
              HasSubstr("the input is I64 of shape [-1]"));
}

} // namespace

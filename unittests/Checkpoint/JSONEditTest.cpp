//===- JSONEditTest.cpp - Tests of edits that keep the formatting ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/JSONEdit.h"
#include "TestUtils.h"

using namespace llvm;
using namespace grow;

static std::string edit(StringRef text, StringRef key,
                        const json::Value &value) {
  Expected<std::string> result = setTopLevel(text, key, value);
  return result ? *result : "error: " + toString(result.takeError());
}

namespace {

TEST(JSONEditTest, ReplacesInPlace) {
  StringRef config = R"({
  "hidden_size": 768,
  "layer_norm_eps": 1e-05,
  "time_step_limit": [0.0, Infinity],
  "rope_theta": 10000.000,
  "nested": {"hidden_size": 1},
  "architectures": [
    "GPT2LMHeadModel"
  ]
}
)";
  std::string expected = config.str();
  expected.replace(expected.find("768"), 3, "1024");
  EXPECT_EQ(edit(config, "hidden_size", 1024), expected);
}

TEST(JSONEditTest, AppendsWithTheFilesIndentation) {
  EXPECT_EQ(edit("{\n  \"a\": 1\n}\n", "b", 2),
            "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
  EXPECT_EQ(edit("{\r\n\t\"a\" : 1\r\n}", "b", 2),
            "{\r\n\t\"a\" : 1,\r\n\t\"b\" : 2\r\n}");
  EXPECT_EQ(edit(R"({"a": 1, "b": 2})", "c", 3), R"({"a": 1, "b": 2, "c": 3})");
  EXPECT_EQ(edit(R"({"a":1,"b":2})", "c", 3), R"({"a":1,"b":2,"c":3})");
  EXPECT_EQ(edit(R"({"a":1})", "c", 3), R"({"a":1,"c":3})");
  EXPECT_EQ(edit("{}", "a", 1), "{\n  \"a\": 1\n}");
}

TEST(JSONEditTest, IndentsNestedValues) {
  json::Value value = json::Object{{"y", json::Array{1, 2}}, {"x", "  \n"}};
  EXPECT_EQ(edit("{\n    \"a\": 1\n}", "b", value),
            "{\n    \"a\": 1,\n    \"b\": {\n        \"x\": \"  \\n\",\n"
            "        \"y\": [\n            1,\n            2\n        ]\n"
            "    }\n}");
  EXPECT_EQ(edit("{\n\t\"a\": 1\n}", "a", json::Array{1}),
            "{\n\t\"a\": [\n\t\t1\n\t]\n}");
  EXPECT_EQ(edit(R"({"a":1})", "a", value), R"({"a":{"x":"  \n","y":[1,2]}})");
}

TEST(JSONEditTest, SpellsNumbersAsPythonDoes) {
  for (auto [value, text] : std::initializer_list<std::pair<double, StringRef>>{
           {0.1, "0.1"},
           {10000.0, "10000.0"},
           {0.0, "0.0"},
           {1e-5, "1e-05"},
           {1.0 / 3, "0.3333333333333333"},
           {0.08838834764831845, "0.08838834764831845"},
           {1e22, "1e+22"}})
    EXPECT_EQ(edit(R"({"a":0})", "a", value), ("{\"a\":" + text + "}").str());
  EXPECT_EQ(edit(R"({"a":0})", "a", -3), R"({"a":-3})");
  EXPECT_EQ(edit(R"({"a":0})", "a", UINT64_MAX),
            R"({"a":18446744073709551615})");
  EXPECT_EQ(edit(R"({"a":0})", "a", nullptr), R"({"a":null})");
}

TEST(JSONEditTest, UnderstandsEscapedKeys) {
  EXPECT_EQ(edit(R"({"\u0061": 1})", "a", 2), R"({"\u0061": 2})");
  EXPECT_EQ(edit(R"({"b": 1})", "\"", 2), R"({"b": 1,"\"": 2})");
}

TEST(JSONEditTest, RefusesWhatIsNoObject) {
  EXPECT_EQ(edit("[]", "a", 1), "error: line 1, column 1: expected a JSON "
                                "object, which starts with '{'");
  EXPECT_EQ(edit("{\n  \"a\": 1\n  \"b\": 2\n}", "a", 1),
            "error: line 3, column 3: expected ',' or '}'");
  EXPECT_EQ(edit(R"({"a":1,"a":2})", "a", 1),
            "error: line 1, column 8: duplicate key 'a'");
}

} // namespace

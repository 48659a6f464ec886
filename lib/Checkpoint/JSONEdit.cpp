//===- JSONEdit.cpp - Editing JSON without reformatting it ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/JSONEdit.h"
#include "JSONScanner.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <cmath>
#include <cstdlib>
#include <map>

using namespace llvm;
using namespace grow;

namespace {
/// How a file lays out its members.
struct Layout {
  StringRef afterBrace; ///< From '{' to the first key.
  StringRef afterKey;   ///< From a key to its value, with the colon.

  bool isIndented() const { return afterBrace.contains('\n'); }
  /// The white space of one level.
  StringRef getIndent() const { return afterBrace.rsplit('\n').second; }
};
} // namespace

/// The text between two slices of one text.
static StringRef between(const char *begin, const char *end) {
  return StringRef(begin, end - begin);
}

static Layout inferLayout(StringRef text, ArrayRef<JSONMember> members) {
  if (members.empty())
    return {"\n  ", ": "};
  const JSONMember &first = members.front();
  return {between(text.begin() + text.find('{') + 1, first.keyText.begin()),
          between(first.keyText.end(), first.valueText.begin())};
}

/// The shortest spelling that reads back as the same double, as Python writes
/// it: llvm::json would spell 0.1 as 0.10000000000000001, and 10000.0 as 10000,
/// which is an integer for a reader that tells them apart.
static std::string formatDouble(double value) {
  std::string result;
  if (value == std::trunc(value) && std::abs(value) < 1e16) {
    raw_string_ostream(result) << format("%.1f", value);
    return result;
  }
  for (int precision = 1; precision <= 17; ++precision) {
    result.clear();
    raw_string_ostream(result) << format("%.*g", precision, value);
    if (std::strtod(result.c_str(), nullptr) == value)
      break;
  }
  return result;
}

/// A negative integer and a double of the same value look alike through the
/// interface of json::Value; the integer is the likelier one in a file.
static bool isInteger(const json::Value &number) {
  return number.getAsUINT64() || number.getAsInteger().value_or(0) < 0;
}

static void print(json::OStream &os, const json::Value &value) {
  if (const json::Object *object = value.getAsObject()) {
    // An Object is a hash table: sort, for the same output every time.
    std::map<StringRef, const json::Value *> members;
    for (const auto &[key, member] : *object)
      members.emplace(key, &member);
    os.object([&] {
      for (auto [key, member] : members) {
        os.attributeBegin(key);
        print(os, *member);
        os.attributeEnd();
      }
    });
  } else if (const json::Array *array = value.getAsArray()) {
    os.array([&] {
      for (const json::Value &element : *array)
        print(os, element);
    });
  } else if (value.kind() == json::Value::Number && !isInteger(value)) {
    os.rawValue(formatDouble(*value.getAsNumber()));
  } else {
    os.value(value);
  }
}

static std::string render(const json::Value &value, const Layout &layout) {
  std::string text;
  raw_string_ostream stream(text);
  json::OStream os(stream, /*IndentSize=*/layout.isIndented());
  print(os, value);

  // One space per level so far: put the file's indentation in its place, one
  // level deeper. A line break within a string is escaped and not met here.
  std::string result;
  for (StringRef line : split(text, '\n')) {
    StringRef content = line.ltrim(' ');
    if (line.begin() != text.data()) {
      result += '\n';
      for (size_t i = 0, e = line.size() - content.size() + 1; i != e; ++i)
        result += layout.getIndent();
    }
    result += content;
  }
  return result;
}

static std::string replaceSlice(StringRef text, StringRef slice,
                                const Twine &replacement) {
  return (text.take_front(slice.begin() - text.begin()) + replacement +
          text.take_back(text.end() - slice.end()))
      .str();
}

static std::string append(StringRef text, ArrayRef<JSONMember> members,
                          const Layout &layout, StringRef member) {
  if (members.empty()) {
    StringRef inside = between(text.begin() + text.find('{') + 1,
                               text.begin() + text.rfind('}'));
    return replaceSlice(text, inside, layout.afterBrace + member + "\n");
  }
  StringRef end(members.back().valueText.end(), 0);
  StringRef space =
      layout.isIndented() || members.size() == 1
          ? layout.afterBrace
          : between(members[0].valueText.end(), members[1].keyText.begin())
                .drop_until([](char c) { return c == ','; })
                .drop_front();
  return replaceSlice(text, end, "," + space + member);
}

Expected<std::string> grow::setTopLevel(StringRef text, StringRef key,
                                        const json::Value &value) {
  auto members = scanJSONObject(text, NonFinite::Accept);
  if (!members)
    return members.takeError();
  Layout layout = inferLayout(text, *members);
  std::string rendered = render(value, layout);
  for (const JSONMember &member : *members)
    if (member.key == key)
      return replaceSlice(text, member.valueText, rendered);

  std::string member;
  raw_string_ostream(member) << json::Value(key) << layout.afterKey << rendered;
  return append(text, *members, layout, member);
}

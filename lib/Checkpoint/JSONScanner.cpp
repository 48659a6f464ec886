//===- JSONScanner.cpp - Positions and duplicates in JSON -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JSONScanner.h"
#include "CheckpointUtils.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace grow;

namespace {

/// A recursive descent over the grammar of RFC 8259. Every method moves past
/// what it is named after, or calls fail() and returns false.
class Scanner {
public:
  Scanner(StringRef text, NonFinite nonFinite)
      : text(text), nonFinite(nonFinite) {}

  Expected<std::vector<JSONMember>> run();

private:
  static constexpr unsigned maxDepth = 128;

  bool scanObject(std::vector<JSONMember> *members);
  bool scanMember(StringSet<> &keys, std::vector<JSONMember> *members);
  bool scanArray();
  bool scanValue();
  bool scanString();
  bool scanEscape();
  bool scanCodeUnit(unsigned &unit);
  bool scanNumber();
  bool scanDigits();
  bool scanList(char close, function_ref<bool()> scanElement);

  char peek() const { return pos < text.size() ? text[pos] : '\0'; }
  StringRef rest() const { return text.drop_front(pos); }
  void skipSpace() { pos += rest().size() - rest().ltrim(" \t\r\n").size(); }
  bool consume(StringRef token) {
    if (!rest().starts_with(token))
      return false;
    pos += token.size();
    return true;
  }
  bool fail(const Twine &what) {
    message = what.str();
    return false;
  }
  Error makeErrorHere() const;

  StringRef text;
  NonFinite nonFinite;
  size_t pos = 0;
  unsigned depth = 0;
  std::string message;
};

} // namespace

Error Scanner::makeErrorHere() const {
  StringRef before = text.take_front(pos);
  size_t lineStart = before.rfind('\n') + 1; // npos + 1 is 0
  return makeError("line {0}, column {1}: {2}", before.count('\n') + 1,
                   pos - lineStart + 1, message);
}

Expected<std::vector<JSONMember>> Scanner::run() {
  if (!json::isUTF8(text, &pos)) {
    fail("not valid UTF-8");
    return makeErrorHere();
  }
  pos = 0;
  skipSpace();
  if (peek() != '{') {
    fail("expected a JSON object, which starts with '{'");
    return makeErrorHere();
  }
  std::vector<JSONMember> members;
  if (!scanObject(&members))
    return makeErrorHere();
  skipSpace();
  if (pos != text.size()) {
    fail("expected nothing after the JSON object");
    return makeErrorHere();
  }
  return members;
}

bool Scanner::scanList(char close, function_ref<bool()> scanElement) {
  if (++depth > maxDepth)
    return fail("nested deeper than 128 levels");
  ++pos;
  skipSpace();
  if (peek() == close) {
    ++pos;
    --depth;
    return true;
  }
  while (true) {
    if (!scanElement())
      return false;
    skipSpace();
    if (peek() == close)
      break;
    if (!consume(","))
      return fail(Twine("expected ',' or '") + Twine(close) + "'");
    skipSpace();
  }
  ++pos;
  --depth;
  return true;
}

bool Scanner::scanObject(std::vector<JSONMember> *members) {
  StringSet<> keys;
  return scanList('}', [&] { return scanMember(keys, members); });
}

bool Scanner::scanMember(StringSet<> &keys, std::vector<JSONMember> *members) {
  size_t keyBegin = pos;
  if (peek() != '"')
    return fail("expected a key in double quotes");
  if (!scanString())
    return false;
  StringRef keyText = text.slice(keyBegin, pos);
  std::string key = keyText.drop_front().drop_back().str();
  if (StringRef(key).contains('\\'))
    key = cantFail(json::parse(keyText)).getAsString()->str();
  if (!keys.insert(key).second) {
    pos = keyBegin;
    return fail("duplicate key " + quote(key));
  }
  skipSpace();
  if (!consume(":"))
    return fail("expected ':'");
  skipSpace();
  size_t valueBegin = pos;
  if (!scanValue())
    return false;
  if (members)
    members->push_back({std::move(key), keyText, text.slice(valueBegin, pos)});
  return true;
}

bool Scanner::scanArray() {
  return scanList(']', [&] { return scanValue(); });
}

bool Scanner::scanValue() {
  switch (peek()) {
  case '{':
    return scanObject(/*members=*/nullptr);
  case '[':
    return scanArray();
  case '"':
    return scanString();
  default:
    break;
  }
  if (consume("true") || consume("false") || consume("null"))
    return true;
  if (nonFinite == NonFinite::Accept &&
      (consume("NaN") || consume("Infinity") || consume("-Infinity")))
    return true;
  return scanNumber();
}

bool Scanner::scanString() {
  ++pos;
  while (pos < text.size()) {
    if (consume("\""))
      return true;
    if (static_cast<uint8_t>(peek()) < 0x20)
      return fail("control character in a string");
    if (peek() == '\\') {
      if (!scanEscape())
        return false;
      continue;
    }
    ++pos;
  }
  return fail("string without an end");
}

bool Scanner::scanEscape() {
  ++pos;
  if (peek() != 'u') {
    if (!peek() || !StringRef("\"\\/bfnrt").contains(peek()))
      return fail("unknown escape in a string");
    ++pos;
    return true;
  }
  // A character beyond 16 bits is a pair; llvm::json would turn half of one
  // into a replacement character, and so two names into the same.
  unsigned unit, second;
  if (!scanCodeUnit(unit))
    return false;
  if (unit < 0xD800 || unit > 0xDFFF)
    return true;
  if (unit > 0xDBFF || !consume("\\") || !scanCodeUnit(second) ||
      second < 0xDC00 || second > 0xDFFF)
    return fail("half of a surrogate pair in a string");
  return true;
}

bool Scanner::scanCodeUnit(unsigned &unit) {
  if (!consume("u") || rest().size() < 4 ||
      rest().take_front(4).getAsInteger(16, unit) ||
      !all_of(rest().take_front(4), isHexDigit))
    return fail("expected four hexadecimal digits after '\\u'");
  pos += 4;
  return true;
}

bool Scanner::scanNumber() {
  size_t begin = pos;
  consume("-");
  if (!consume("0") && !scanDigits()) {
    pos = begin;
    return fail("expected a value");
  }
  if (isDigit(peek()))
    return fail("number with a leading zero");
  if (consume(".") && !scanDigits())
    return fail("expected digits after the decimal point");
  if (consume("e") || consume("E")) {
    if (!consume("+"))
      consume("-");
    if (!scanDigits())
      return fail("expected digits in the exponent");
  }
  return true;
}

bool Scanner::scanDigits() {
  size_t begin = pos;
  while (isDigit(peek()))
    ++pos;
  return pos != begin;
}

Expected<std::vector<JSONMember>> grow::scanJSONObject(StringRef text,
                                                       NonFinite nonFinite) {
  return Scanner(text, nonFinite).run();
}

//===- Certificate.cpp - What a proof says --------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Proof/Prove.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
/// Hashes what is printed to it, without keeping it.
class HashStream : public llvm::raw_ostream {
public:
  HashStream() { SetUnbuffered(); }
  ~HashStream() override { flush(); }

  std::string finish() {
    flush();
    return "sha256:" + llvm::toHex(hash.final(), /*LowerCase=*/true);
  }

private:
  void write_impl(const char *data, size_t size) override {
    hash.update(StringRef(data, size));
    position += size;
  }
  uint64_t current_pos() const override { return position; }

  llvm::SHA256 hash;
  uint64_t position = 0;
};
} // namespace

std::string grow::hashModule(ModuleOp module) {
  Attribute proof = module->removeDiscardableAttr(proofAttrName);
  HashStream stream;
  stream.SetBufferSize(1 << 16);
  // Every flag is set, whatever the command line asks of printers.
  constexpr int64_t kEverything = std::numeric_limits<int64_t>::max();
  module->print(stream, OpPrintingFlags()
                            .printGenericOpForm()
                            .enableDebugInfo(false)
                            .elideLargeElementsAttrs(kEverything)
                            .elideLargeResourceString(kEverything)
                            .skipRegions(false)
                            .useLocalScope());
  if (proof)
    module->setDiscardableAttr(proofAttrName, proof);
  return stream.finish();
}

static StringRef getName(Exactness exactness) {
  return exactness == Exactness::Bits ? "bits" : "reals";
}

std::string Certificate::getStatement() const {
  std::string statement =
      exactness == Exactness::Bits
          ? "the grown model computes what its source does, bit for bit if "
            "sums "
            "are taken in the order of their index"
          : "the grown model computes what its source does, exactly in real "
            "numbers; floating point rounds differently";
  if (narrowsDomain)
    statement += ", for the tokens and positions that the source knows";
  if (newLogits)
    statement += llvm::formatv(", and {0} further logits", newLogits).str();
  if (!roundedTo.empty())
    statement += ", until its weights are rounded to " + roundedTo;
  return statement;
}

void Certificate::print(llvm::raw_ostream &os) const {
  os << "proven: " << getStatement() << '\n';
  os << llvm::formatv("  {0,-12}{1}\n", "source", sourceHash);
  os << llvm::formatv("  {0,-12}{1}\n", "grown", grownHash);
  os << "  for all finite parameters of the source and all random entries\n";
  os << "  lemmas\n";
  for (const auto &[name, uses] : lemmas)
    os << llvm::formatv("    {0,-36}{1,8}\n", name, uses);
}

llvm::json::Object Certificate::toJSON() const {
  llvm::json::Object uses;
  for (const auto &[name, count] : lemmas)
    uses[name] = count;
  return llvm::json::Object{{"proven", true},
                            {"exactness", getName(exactness)},
                            {"statement", getStatement()},
                            {"source", sourceHash},
                            {"grown", grownHash},
                            {"new_logits", newLogits},
                            {"narrows_domain", narrowsDomain},
                            {"rounded_to", roundedTo.empty()
                                               ? llvm::json::Value(nullptr)
                                               : roundedTo},
                            {"lemmas", std::move(uses)}};
}

DictionaryAttr Certificate::toAttribute(MLIRContext *context) const {
  Builder builder(context);
  NamedAttrList uses;
  for (const auto &[name, count] : lemmas)
    uses.append(name, builder.getI64IntegerAttr(count));
  NamedAttrList attributes;
  attributes.append("exactness", builder.getStringAttr(getName(exactness)));
  attributes.append("source", builder.getStringAttr(sourceHash));
  attributes.append("grown", builder.getStringAttr(grownHash));
  attributes.append("new_logits", builder.getI64IntegerAttr(newLogits));
  attributes.append("narrows_domain", builder.getBoolAttr(narrowsDomain));
  if (!roundedTo.empty())
    attributes.append("rounded_to", builder.getStringAttr(roundedTo));
  attributes.append("lemmas", uses.getDictionary(context));
  return attributes.getDictionary(context);
}

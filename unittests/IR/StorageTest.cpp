//===- StorageTest.cpp - Stored tensors and their parameters --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/Storage.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InterleavedRange.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {

class StorageTest : public ::testing::Test {
protected:
  StorageTest() {
    context.printOpOnDiagnostic(false);
    context.loadDialect<GrowDialect>();
    context.getDiagEngine().registerHandler([this](Diagnostic &diag) {
      messages += diag.str() + "\n";
      for (Diagnostic &note : diag.getNotes())
        messages += "note: " + note.str() + "\n";
      return success();
    });
  }

  /// One line for each stored tensor of the module: its name and type, then
  /// its parts with their offsets and extents. If it does not resolve: what was
  /// said about it.
  std::string resolve(StringRef source) {
    module = parseSourceString<ModuleOp>(source, &context);
    if (!module)
      return "does not parse: " + messages;
    FailureOr<StorageMap> map = StorageMap::resolve(*module);
    if (failed(map))
      return messages;
    std::string text;
    llvm::raw_string_ostream os(text);
    for (const StoredTensor &tensor : map->getTensors()) {
      os << tensor.name << ": " << tensor.getType();
      for (StoredPart part : tensor.parts) {
        os << ' ' << part.param.getSymName() << '@' << part.offset << '+'
           << part.extent;
        EXPECT_EQ(&map->lookup(part.param), &tensor);
        EXPECT_EQ(map->lookupPart(part.param).param, part.param);
      }
      os << '\n';
    }
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string messages;
};

TEST_F(StorageTest, PlainTensorHasTheParametersShape) {
  EXPECT_EQ(resolve(R"(grow.param @w : tensor<3x5xf32> storage<"w">)"),
            "w: tensor<3x5xf32> w@0+3\n");
}

TEST_F(StorageTest, TransposesAndFlattensAxes) {
  EXPECT_EQ(resolve(R"(
    grow.param @o : tensor<2x3x4x5xf32> storage<"o"[3, 0*1*2]>
    grow.param @q : tensor<5x2x3x4xf32> storage<"q"[1, 0*3, 2]>)"),
            "o: tensor<5x24xf32> o@0+5\n"
            "q: tensor<2x20x3xf32> q@0+2\n");
}

TEST_F(StorageTest, StoredElementTypeMayDiffer) {
  EXPECT_EQ(resolve(R"(
    grow.param @a : tensor<3xf32> storage<"a" : bf16>)"),
            "a: tensor<3xbf16> a@0+3\n");
}

// GPT-2's fused projection, in any order of declaration.
TEST_F(StorageTest, PartsLieOneAfterTheOther) {
  EXPECT_EQ(resolve(R"(
    grow.param @v : tensor<8x2x4xf32> storage<"qkv"[0, 1*2], part 2 of 3 along 1 inside 0>
    grow.param @q : tensor<8x2x3x4xf32> storage<"qkv"[0, 1*2*3], part 0 of 3 along 1 inside 0>
    grow.param @k : tensor<8x2x4xf32> storage<"qkv"[0, 1*2], part 1 of 3 along 1 inside 0>)"),
            "qkv: tensor<8x40xf32> q@0+24 k@24+8 v@32+8\n");
}

// GPT-NeoX's: queries, keys and values of one head, then those of the next.
TEST_F(StorageTest, PartsLieInterleavedUnderAnAxis) {
  EXPECT_EQ(resolve(R"(
    grow.param @q : tensor<8x2x1x4xf32> storage<"qkv"[1*2*3, 0], part 0 of 3 along 0 inside 1>
    grow.param @k : tensor<8x2x4xf32> storage<"qkv"[1*2, 0], part 1 of 3 along 0 inside 1>
    grow.param @v : tensor<8x2x3xf32> storage<"qkv"[1*2, 0], part 2 of 3 along 0 inside 1>)"),
            "qkv: tensor<22x8xf32> q@0+4 k@4+4 v@8+3\n");
}

// `{layer}` is the place of the reading layer, not a number in the symbol.
TEST_F(StorageTest, LayerNumberIsThatOfTheReadingLayer) {
  EXPECT_EQ(resolve(R"(
    grow.param @b : tensor<4xf32> storage<"h.{layer}.w">
    grow.param @a : tensor<4xf32> storage<"h.{layer}.w">
    func.func @f(%x0: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %x1 = grow.layer "first" (%x = %x0 : tensor<?x?x4xf32>) {
        %g = grow.get @a : tensor<4xf32>
        %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
        grow.yield %n : tensor<?x?x4xf32>
      }
      %x2 = grow.layer "second" (%x = %x1 : tensor<?x?x4xf32>) {
        %g = grow.get @b : tensor<4xf32>
        %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
        grow.yield %n : tensor<?x?x4xf32>
      }
      return %x2 : tensor<?x?x4xf32>
    })"),
            "h.1.w: tensor<4xf32> b@0+4\n"
            "h.0.w: tensor<4xf32> a@0+4\n");
}

TEST_F(StorageTest, RefusesAParameterWithoutStorage) {
  EXPECT_EQ(resolve("grow.param @w : tensor<3xf32>"),
            "'grow.param' op has no storage, so it cannot be found in a "
            "checkpoint\n");
}

TEST_F(StorageTest, RefusesALayerNumberThatNoLayerGives) {
  EXPECT_EQ(resolve(R"(grow.param @w : tensor<3xf32> storage<"h.{layer}.w">)"),
            "'grow.param' op is stored as \"h.{layer}.w\", but no layer reads "
            "it\n");
}

TEST_F(StorageTest, RefusesALayerNumberThatSeveralLayersGive) {
  EXPECT_EQ(resolve(R"(
    grow.param @w : tensor<4xf32> storage<"h.{layer}.w">
    func.func @f(%x0: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %x1 = grow.layer "a" (%x = %x0 : tensor<?x?x4xf32>) {
        %g = grow.get @w : tensor<4xf32>
        %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
        grow.yield %n : tensor<?x?x4xf32>
      }
      %x2 = grow.layer "b" (%x = %x1 : tensor<?x?x4xf32>) {
        %g = grow.get @w : tensor<4xf32>
        %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
        grow.yield %n : tensor<?x?x4xf32>
      }
      return %x2 : tensor<?x?x4xf32>
    })"),
            "'grow.param' op is stored as \"h.{layer}.w\", but several layers "
            "read it\nnote: it is read by layers 0, 1\n");
}

TEST_F(StorageTest, RefusesTwoParametersInOnePlace) {
  EXPECT_EQ(resolve(R"(
    grow.param @a : tensor<3xf32> storage<"w">
    grow.param @b : tensor<3xf32> storage<"w">)"),
            "'grow.param' op is stored in the same place of \"w\" as another "
            "parameter\nnote: the other one is here\n");
}

TEST_F(StorageTest, RefusesAMissingPart) {
  EXPECT_EQ(resolve(R"(
    grow.param @a : tensor<3xf32> storage<"w", part 0 of 3 along 0 inside 0>
    grow.param @c : tensor<3xf32> storage<"w", part 2 of 3 along 0 inside 0>)"),
            "'grow.param' op is a part of \"w\", whose part 1 is missing\n");
}

TEST_F(StorageTest, RefusesAMissingLastPart) {
  EXPECT_EQ(resolve(R"(
    grow.param @a : tensor<3xf32> storage<"w", part 0 of 2 along 0 inside 0>)"),
            "'grow.param' op is a part of \"w\", whose part 1 is missing\n");
}

TEST_F(StorageTest, RefusesPartsThatAreTooLargeTogether) {
  EXPECT_EQ(resolve(R"(
    grow.param @a : tensor<1000000000000000000xf32> storage<"w", part 0 of 2 along 0 inside 0>
    grow.param @b : tensor<1000000000000000000xf32> storage<"w", part 1 of 2 along 0 inside 0>)"),
            "'grow.param' op is a part of \"w\", whose size in bytes does not "
            "fit in 63 bits\n");
}

/// Each differs from the first part in something that concatenation needs.
TEST_F(StorageTest, RefusesPartsThatDoNotConcatenate) {
  for (StringRef other :
       {"tensor<4x5xf32> storage<\"w\", part 1 of 2 along 1 inside 0>",
        "tensor<3x5xf32> storage<\"w\", part 1 of 3 along 1 inside 0>",
        "tensor<3x5xf32> storage<\"w\", part 1 of 2 along 0 inside 0>",
        "tensor<3x5xf32> storage<\"w\", part 1 of 2 along 1 inside 0 : f16>",
        "tensor<3x5x1xf32> storage<\"w\", part 1 of 2 along 1 inside 0>"}) {
    messages.clear();
    std::string source =
        llvm::formatv("grow.param @a : tensor<3x5xf32> storage<\"w\", part 0 "
                      "of 2 along 1 inside 0>\ngrow.param @b : {0}",
                      other);
    EXPECT_EQ(resolve(source),
              "'grow.param' op cannot be a part of \"w\": it differs from the "
              "other parts in more than the concatenated dimension\n"
              "note: another part is here\n")
        << other.str();
  }
}

} // namespace

//===- CompensationTest.cpp - Moving attributes into weights --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What export does to models whose configuration fixes an attribute. That the
// function stays the same is shown by test/Integration/scale-stream.mlir, whose
// derivations are the ones expected here.
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/Compensation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {

class CompensationTest : public ::testing::Test {
protected:
  CompensationTest() {
    context.loadDialect<GrowDialect, arith::ArithDialect, func::FuncDialect>();
    context.getDiagEngine().registerHandler([this](Diagnostic &diag) {
      messages += diag.str() + "\n";
      for (Diagnostic &note : diag.getNotes())
        messages += note.str() + "\n";
      return success();
    });
  }

  /// Parses a model that reads token numbers `%ids` and the parameters `params`
  /// (name and type) as `%name`, computes `body` and returns `%logits`.
  void parse(ArrayRef<std::pair<StringRef, StringRef>> params, StringRef body) {
    std::string source;
    llvm::raw_string_ostream os(source);
    for (auto [name, type] : params)
      os << "grow.param @" << name << " : " << type << "\n";
    os << "func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf64> {\n";
    for (auto [name, type] : params)
      os << "%" << name << " = grow.get @" << name << " : " << type << "\n";
    os << body << "return %logits : tensor<?x?x7xf64>\n}\n";
    module = parseSourceString<ModuleOp>(source, &context);
    ASSERT_TRUE(module) << messages << source;
    model.emplace(*Model::get(*module));
  }

  template <typename OpT>
  SmallVector<OpT> getOps() {
    SmallVector<OpT> ops;
    module->walk([&](OpT op) { ops.push_back(op); });
    return ops;
  }

  InFlightDiagnostic refuse() { return module->emitError("refused"); }

  bool scaleStreamBy(const Exact &factor) {
    return succeeded(
        grow::scaleStream(*model, factor, [&] { return refuse(); }));
  }

  /// The factors of the scales that a parameter is derived by, and about what.
  std::string getScales(StringRef name) {
    std::string text;
    llvm::raw_string_ostream os(text);
    auto param = module->lookupSymbol<ParamOp>(name);
    for (auto scale : param.getDerivation().getOps<ScaleOp>()) {
      os << scale.getFactorAttr().getValue();
      if (scale.getAbout())
        os << " about " << scale.getAboutAttr().getValue();
      os << ";";
    }
    return text;
  }

  MLIRContext context;
  std::string messages;
  OwningOpRef<ModuleOp> module;
  std::optional<Model> model;
};

const std::pair<StringRef, StringRef> kTable{"wte", "tensor<7x4xf64>"};
const std::pair<StringRef, StringRef> kGain{"gain", "tensor<4xf64>"};
const std::pair<StringRef, StringRef> kBias{"bias", "tensor<4xf64>"};
const std::pair<StringRef, StringRef> kInner{"inner", "tensor<4xf64>"};
const std::pair<StringRef, StringRef> kUp{"up", "tensor<4x5xf64>"};
const std::pair<StringRef, StringRef> kDown{"down", "tensor<5x4xf64>"};

constexpr StringLiteral kEmbed =
    "%e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf64>\n";
constexpr StringLiteral kFinalNorm =
    "%n = grow.layer_norm %y gain(%gain) bias(%bias) epsilon 1/100 count 4 "
    "centered 4 : tensor<?x?x4xf64>\n";
constexpr StringLiteral kUnembed =
    "%logits = grow.unembedding %n, %wte : tensor<?x?x4xf64>, "
    "tensor<7x4xf64>\n";

TEST_F(CompensationTest, ScaleStreamOfTiedModel) {
  parse({kTable, kInner, kUp, kDown, kGain, kBias}, (kEmbed + R"mlir(
    %y = grow.layer "h.0" (%x = %e : tensor<?x?x4xf64>) {
      %g = grow.get @inner : tensor<4xf64>
      %i = grow.rms_norm %x gain(%g) epsilon 1/100 count 4 : tensor<?x?x4xf64>
      %u = grow.get @up : tensor<4x5xf64>
      %d = grow.get @down : tensor<5x4xf64>
      %m = grow.mlp %i up(%u) down(%d) activation gelu
        : (tensor<?x?x4xf64>, tensor<4x5xf64>, tensor<5x4xf64>) -> tensor<?x?x4xf64>
      %s = arith.addf %x, %m : tensor<?x?x4xf64>
      grow.yield %s : tensor<?x?x4xf64>
    }
  )mlir" + kFinalNorm + kUnembed)
                                                        .str());
  ASSERT_TRUE(scaleStreamBy(Exact(3))) << messages;
  EXPECT_EQ(getScales("wte"), "3;");
  EXPECT_EQ(getScales("down"), "3;");
  // What reads the norm is unchanged.
  EXPECT_EQ(getScales("inner"), "");
  EXPECT_EQ(getScales("up"), "");
  // The tied table reads three times as much.
  EXPECT_EQ(getScales("gain"), "1/3;");
  EXPECT_EQ(getScales("bias"), "1/3;");
  EXPECT_EQ(getOps<RMSNormOp>().front().getEpsilonAttr().getValue(),
            Exact::rational(Exact::Int(9), Exact::Int(100)));
  EXPECT_EQ(getOps<LayerNormOp>().front().getEpsilonAttr().getValue(),
            Exact::rational(Exact::Int(9), Exact::Int(100)));
}

TEST_F(CompensationTest, ScaleStreamNeedsNormsAsReaders) {
  parse({kTable, kUp, kDown, kGain, kBias}, (kEmbed + R"mlir(
    %m = grow.mlp %e up(%up) down(%down) activation gelu
      : (tensor<?x?x4xf64>, tensor<4x5xf64>, tensor<5x4xf64>) -> tensor<?x?x4xf64>
    %y = arith.addf %e, %m : tensor<?x?x4xf64>
  )mlir" + kFinalNorm + kUnembed)
                                                .str());
  EXPECT_FALSE(scaleStreamBy(Exact(3)));
  EXPECT_NE(messages.find("'grow.mlp' reads scaled channels, which only norms "
                          "make up for"),
            std::string::npos)
      << messages;
  EXPECT_EQ(getScales("wte"), "");
}

TEST_F(CompensationTest, ScaleStreamNeedsNormsThatOnlyTiedTablesRead) {
  parse({kTable, kGain, kBias}, (kEmbed + R"mlir(
    %y = arith.addf %e, %e : tensor<?x?x4xf64>
  )mlir" + kFinalNorm + R"mlir(
    %z = arith.addf %n, %n : tensor<?x?x4xf64>
    %logits = grow.unembedding %z, %wte : tensor<?x?x4xf64>, tensor<7x4xf64>
  )mlir")
                                    .str());
  EXPECT_FALSE(scaleStreamBy(Exact(3)));
  EXPECT_NE(messages.find("it shares its 'table' with the embedding, and no "
                          "norm before it"),
            std::string::npos)
      << messages;
}

TEST_F(CompensationTest, ScaleStreamNeedsParametersOfOneRole) {
  parse({kTable, kGain}, (kEmbed + R"mlir(
    %n = grow.layer_norm %e gain(%gain) bias(%gain) epsilon 1/100 count 4
      centered 4 : tensor<?x?x4xf64>
  )mlir" + kUnembed)
                             .str());
  EXPECT_FALSE(scaleStreamBy(Exact(3)));
  EXPECT_NE(messages.find("its 'gain' is @gain, which is also used here"),
            std::string::npos)
      << messages;
}

TEST_F(CompensationTest, SetEmbeddingScale) {
  parse({kTable, kGain}, (kEmbed + R"mlir(
    %x = grow.scale %e by 2 : tensor<?x?x4xf64>
    %f = grow.rms_norm %x gain(%gain) unit_offset epsilon 1/100 count 4 : tensor<?x?x4xf64>
    %n = grow.scale %f by 1/5 : tensor<?x?x4xf64>
  )mlir" + kUnembed)
                             .str());
  ScaleOp scale = getOps<ScaleOp>().front();
  Exact root = *Exact::root(6, 1);
  ASSERT_TRUE(succeeded(setEmbeddingScale(*model, scale, root, [&] {
    return refuse();
  }))) << messages;
  EXPECT_EQ(scale.getFactorAttr().getValue(), root);
  EXPECT_EQ(getScales("wte"), "1/3 * sqrt(6);");
  EXPECT_EQ(getScales("gain"), "1/2 * sqrt(6) about -1;");
}

TEST_F(CompensationTest, SetEmbeddingScaleNeedsAnEmbedding) {
  parse({kTable, kGain}, (kEmbed + R"mlir(
    %x = grow.scale %e by 2 : tensor<?x?x4xf64>
    %y = arith.addf %x, %e : tensor<?x?x4xf64>
    %n = grow.rms_norm %y gain(%gain) epsilon 1/100 count 4 : tensor<?x?x4xf64>
  )mlir" + kUnembed)
                             .str());
  EXPECT_FALSE(succeeded(setEmbeddingScale(
      *model, getOps<ScaleOp>().front(), Exact(3), [&] { return refuse(); })));
  EXPECT_NE(
      messages.find("expects 'grow.scale' of what 'grow.embedding' reads"),
      std::string::npos)
      << messages;
}

TEST_F(CompensationTest, SetEmbeddingScaleNeedsATableOfOneRole) {
  parse({kTable, kGain}, (kEmbed + R"mlir(
    %x = grow.scale %e by 2 : tensor<?x?x4xf64>
    %p = grow.position_embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf64>
    %y = arith.addf %x, %p : tensor<?x?x4xf64>
    %n = grow.rms_norm %y gain(%gain) epsilon 1/100 count 4 : tensor<?x?x4xf64>
  )mlir" + kUnembed)
                             .str());
  EXPECT_FALSE(succeeded(setEmbeddingScale(
      *model, getOps<ScaleOp>().front(), Exact(3), [&] { return refuse(); })));
  EXPECT_NE(messages.find("@wte writes the stream and is also used here; give "
                          "'grow.position_embedding' a parameter of its own"),
            std::string::npos)
      << messages;
}

} // namespace

//===- ConformTest.cpp - Attributes that move into weights ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conform.h"
#include "grow/Checkpoint/CompareModels.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {

class ConformTest : public testing::Test {
protected:
  ConformTest()
      : handler(&context, [this](Diagnostic &diag) {
          diagnostics += diag.str() + "\n";
          for (Diagnostic &note : diag.getNotes())
            diagnostics += "note: " + note.str() + "\n";
        }) {
    context.loadDialect<GrowDialect, arith::ArithDialect, func::FuncDialect>();
  }

  /// A model of one op on a stream of 8 channels. `op` reads %x and defines %y.
  OwningOpRef<ModuleOp> parse(StringRef params, StringRef op) {
    std::string text = (params +
                        "func.func @forward(%x: tensor<?x?x8xf32>) -> "
                        "tensor<?x?x8xf32> {\n" +
                        op + "return %y : tensor<?x?x8xf32> }")
                           .str();
    auto module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text << diagnostics;
    return module;
  }

  /// Conforms one op to another, which must succeed.
  void conform(StringRef params, StringRef grownOp, StringRef describedOp,
               ArrayRef<Exact> exactNumbers = {}) {
    grown = parse(params, grownOp);
    OwningOpRef<ModuleOp> described = parse(params, describedOp);
    EXPECT_TRUE(succeeded(conformModel(*grown, *described, exactNumbers)));
    EXPECT_TRUE(succeeded(verify(*grown)));
    EXPECT_TRUE(succeeded(compareModels(*grown, *described)));
    EXPECT_EQ(diagnostics, "");
  }

  void expectError(StringRef params, StringRef grownOp, StringRef describedOp,
                   StringRef expected) {
    grown = parse(params, grownOp);
    OwningOpRef<ModuleOp> described = parse(params, describedOp);
    EXPECT_TRUE(failed(conformModel(*grown, *described)) ||
                failed(compareModels(*grown, *described)));
    EXPECT_EQ(diagnostics, expected.str());
  }

  /// What a parameter was multiplied by, as text; empty if by nothing.
  std::string getFactor(StringRef name) {
    auto param = cast<ParamOp>(SymbolTable(*grown).lookup(name));
    std::string text;
    llvm::raw_string_ostream os(text);
    param.walk([&](ScaleOp op) {
      os << op.getFactor().getValue();
      if (op.getAbout())
        os << " about " << op.getAbout()->getValue();
    });
    return text;
  }

  MLIRContext context;
  std::string diagnostics;
  ScopedDiagnosticHandler handler;
  OwningOpRef<ModuleOp> grown;
};

constexpr StringLiteral gain = "grow.param @g : tensor<8xf32>\n";

std::string getRMSNorm(StringRef attributes) {
  return ("%g = grow.get @g : tensor<8xf32>\n"
          "%y = grow.rms_norm %x gain(%g) " +
          attributes + " : tensor<?x?x8xf32>\n")
      .str();
}

TEST_F(ConformTest, CountOfNormMovesIntoGain) {
  conform(gain, getRMSNorm("epsilon 0.5 count 2"),
          getRMSNorm("epsilon 0.125 count 8"));
  EXPECT_EQ(getFactor("g"), "1/2");
}

TEST_F(ConformTest, UnitOffsetIsMinded) {
  conform(gain, getRMSNorm("unit_offset epsilon 0.5 count 2"),
          getRMSNorm("unit_offset epsilon 0.125 count 8"));
  EXPECT_EQ(getFactor("g"), "1/2 about -1");
}

TEST_F(ConformTest, RoundedEpsilonIsTheExactOne) {
  // 1e-05 * 6 / 8 is a decimal, 1e-05 / 3 is not.
  conform(gain, getRMSNorm("epsilon 1/300000 count 8"),
          getRMSNorm("epsilon 3.3333333333333333e-06 count 8"));
  EXPECT_EQ(getFactor("g"), "");
}

TEST_F(ConformTest, OtherEpsilonIsRefused) {
  expectError(gain, getRMSNorm("epsilon 1.0e-05 count 4"),
              getRMSNorm("epsilon 1.0e-05 count 8"),
              "'grow.rms_norm' op has 'epsilon' #grow.exact<5.0e-06>, but its "
              "configuration says #grow.exact<1.0e-05>, and the difference "
              "cannot be moved into weights\n"
              "note: 'grow.rms_norm' reads what no parameter of the stream "
              "writes\n");
}

TEST_F(ConformTest, SharedGainIsRefused) {
  std::string params = gain.str();
  auto twice = [](StringRef attributes) {
    return ("%g = grow.get @g : tensor<8xf32>\n"
            "%n = grow.rms_norm %x gain(%g) " +
            attributes +
            " : tensor<?x?x8xf32>\n"
            "%y = grow.rms_norm %n gain(%g) " +
            attributes + " : tensor<?x?x8xf32>\n")
        .str();
  };
  expectError(params, twice("epsilon 0.5 count 2"),
              twice("epsilon 0.125 count 8"),
              "'grow.rms_norm' op has 'count' 2 : i64, but its configuration "
              "says 8 : i64, and the difference cannot be moved into "
              "weights\n"
              "note: its 'gain' is @g, which is also used here; give it a "
              "parameter of its own\n");
}

TEST_F(ConformTest, LayerNorm) {
  std::string params = gain.str() + "grow.param @b : tensor<8xf32>\n";
  auto getNorm = [](StringRef attributes) {
    return ("%g = grow.get @g : tensor<8xf32>\n"
            "%b = grow.get @b : tensor<8xf32>\n"
            "%y = grow.layer_norm %x gain(%g) bias(%b) " +
            attributes + " : tensor<?x?x8xf32>\n")
        .str();
  };
  conform(params, getNorm("epsilon 0.5 count 2 centered 8"),
          getNorm("epsilon 0.125 count 8 centered 8"));
  EXPECT_EQ(getFactor("g"), "1/2");
  EXPECT_EQ(getFactor("b"), "");
  // A mean over fewer channels is no matter of weights.
  expectError(params, getNorm("epsilon 0.5 count 8 centered 2"),
              getNorm("epsilon 0.5 count 8 centered 8"),
              "'grow.layer_norm' op has 'centered' 2 : i64, but its "
              "configuration says 8 : i64\n");
}

constexpr StringLiteral attention = R"(
  grow.param @q : tensor<8x2x1x4xf32>
  grow.param @k : tensor<8x2x4xf32>
  grow.param @v : tensor<8x2x4xf32>
  grow.param @o : tensor<2x1x4x8xf32>
  grow.param @bq : tensor<2x1x4xf32>
  grow.param @bk : tensor<2x4xf32>
  grow.param @gq : tensor<4xf32>
  grow.param @gk : tensor<4xf32>
)";

std::string getAttention(StringRef attributes, StringRef key = "k") {
  bool hasNorm = attributes.contains("qk_norm");
  return (R"(
    %q = grow.get @q : tensor<8x2x1x4xf32>
    %k = grow.get @)" +
          key + R"( : tensor<8x2x4xf32>
    %v = grow.get @v : tensor<8x2x4xf32>
    %o = grow.get @o : tensor<2x1x4x8xf32>
    %bq = grow.get @bq : tensor<2x1x4xf32>
    %bk = grow.get @bk : tensor<2x4xf32>
    %gq = grow.get @gq : tensor<4xf32>
    %gk = grow.get @gk : tensor<4xf32>
    %y = grow.attention %x q(%q, %bq) k(%k, %bk) v(%v) o(%o) )" +
          attributes + R"( causal
      : (tensor<?x?x8xf32>, tensor<8x2x1x4xf32>, tensor<2x1x4xf32>,
         tensor<8x2x4xf32>, tensor<2x4xf32>, tensor<8x2x4xf32>,
         tensor<2x1x4x8xf32>)" +
          (hasNorm ? ", tensor<4xf32>, tensor<4xf32>" : "") +
          ") -> tensor<?x?x8xf32>\n")
      .str();
}

TEST_F(ConformTest, ScaleMovesIntoQueries) {
  conform(attention, getAttention("scale 1/4 * sqrt(2)"),
          getAttention("scale 1/2"));
  EXPECT_EQ(getFactor("q"), "1/2 * sqrt(2)");
  EXPECT_EQ(getFactor("bq"), "1/2 * sqrt(2)");
  EXPECT_EQ(getFactor("k"), "");
  EXPECT_EQ(getFactor("bk"), "");
}

TEST_F(ConformTest, RoundedScaleIsTheExactOne) {
  conform(attention, getAttention("scale 1/4 * sqrt(2)"),
          getAttention("scale 0.35355339059327379"));
  EXPECT_EQ(getFactor("q"), "");
}

TEST_F(ConformTest, SharedQueriesAreRefused) {
  expectError(attention, getAttention("scale 1/4 * sqrt(2)", "v"),
              getAttention("scale 1/4 * sqrt(2)"),
              "'grow.param' op @v is used in several places, where its "
              "configuration has several parameters\n");
  diagnostics.clear();
  std::string twice = getAttention("scale 1");
  size_t end = twice.rfind("%y = ");
  std::string first = twice.substr(end);
  first.replace(0, 2, "%z");
  twice.insert(end, first);
  std::string other = twice;
  for (size_t at; (at = other.find("scale 1 ")) != std::string::npos;)
    other.replace(at, 8, "scale 1/2 ");
  expectError(attention, twice, other,
              "'grow.attention' op has 'scale' #grow.exact<1>, but its "
              "configuration says #grow.exact<1/2>, and the difference cannot "
              "be moved into weights\n"
              "note: its 'q' is @q, which is also used here; give it a "
              "parameter of its own\n");
}

TEST_F(ConformTest, NormsOfQueriesAndKeys) {
  conform(attention,
          getAttention("qk_norm(%gq, %gk) epsilon 0.5 count 1 scale 1"),
          getAttention("qk_norm(%gq, %gk) epsilon 0.125 count 4 scale 1"));
  EXPECT_EQ(getFactor("gq"), "1/2");
  EXPECT_EQ(getFactor("gk"), "1/2");
  EXPECT_EQ(getFactor("q"), "");
}

TEST_F(ConformTest, ScaleMovesIntoGainOfQueries) {
  conform(attention,
          getAttention("qk_norm(%gq, %gk) epsilon 0.5 count 4 scale 1"),
          getAttention("qk_norm(%gq, %gk) epsilon 0.5 count 4 scale 1/2"));
  EXPECT_EQ(getFactor("gq"), "2");
  EXPECT_EQ(getFactor("q"), "");
}

TEST_F(ConformTest, SharedEpsilonMovesIntoQueriesAndKeys) {
  // Of 1e-05 * 2/3 the configuration holds a decimal; the factor is exact.
  Exact epsilon = Exact::rational(Exact::Int(1), Exact::Int(150000));
  conform(attention,
          getAttention("qk_norm(%gq, %gk) epsilon 1.0e-05 count 4 scale 1"),
          getAttention("qk_norm(%gq, %gk) epsilon 6.666666666666667e-06 "
                       "count 4 scale 1"),
          {epsilon});
  for (StringRef name : {"q", "bq", "k", "bk"})
    EXPECT_EQ(getFactor(name), "1/3 * sqrt(6)");
  EXPECT_EQ(getFactor("gq"), "");
  EXPECT_EQ(getFactor("v"), "");
}

TEST_F(ConformTest, EpsilonFromZeroIsRefused) {
  expectError(attention,
              getAttention("qk_norm(%gq, %gk) epsilon 0 count 4 scale 1"),
              getAttention("qk_norm(%gq, %gk) epsilon 0.5 count 4 scale 1"),
              "'grow.attention' op has 'qk_epsilon' #grow.exact<0>, but its "
              "configuration says #grow.exact<1/2>\n");
}

} // namespace

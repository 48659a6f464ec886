//===- ScheduleTest.cpp - Schedules from elsewhere ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a host does that is not grow-opt: schedules that lie in another module,
// and expansions of another dialect, for which an op of arith stands in.
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/Schedule.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Model.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {

/// `arith.constant N`: multiplies every parameter by N; refused for 0, and
/// breaks the module for 1.
struct ScaleEverything
    : public ExpansionOpInterface::ExternalModel<ScaleEverything,
                                                 arith::ConstantOp> {
  static int64_t getFactor(Operation *op) {
    auto constant = cast<arith::ConstantOp>(op);
    return cast<IntegerAttr>(constant.getValue()).getInt();
  }
  LogicalResult check(Operation *op, Model &) const {
    return success(getFactor(op) != 0);
  }
  void apply(Operation *op, Model &model) const {
    for (auto param : model.getModule().getOps<ParamOp>()) {
      model.scale(param, Exact(getFactor(op)));
      if (getFactor(op) == 1)
        param.getDerivation().front().getTerminator()->erase();
    }
  }
};

class ScheduleTest : public ::testing::Test {
protected:
  ScheduleTest() {
    DialectRegistry registry;
    registry.insert<GrowDialect>();
    registerExpansionExternalModels(registry);
    registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
      arith::ConstantOp::attachInterface<ScaleEverything>(*context);
    });
    context.appendDialectRegistry(registry);
    context.loadDialect<GrowDialect, arith::ArithDialect, func::FuncDialect>();
    context.getDiagEngine().registerHandler(
        [](Diagnostic &) { return success(); });
    model = parse(R"mlir(
      grow.param @up : tensor<4x8xf32>
      grow.param @down : tensor<8x4xf32>
      func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
        %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
          %up = grow.get @up : tensor<4x8xf32>
          %down = grow.get @down : tensor<8x4xf32>
          %m = grow.mlp %x up(%up) down(%down) activation gelu
            : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
          grow.yield %m : tensor<?x?x4xf32>
        }
        return %0 : tensor<?x?x4xf32>
      })mlir");
  }

  OwningOpRef<ModuleOp> parse(StringRef source) {
    return parseSourceString<ModuleOp>(source, &context);
  }

  /// Applies a schedule of the given expansions that lies in another module.
  LogicalResult apply(StringRef expansions) {
    OwningOpRef<ModuleOp> module =
        parse(("grow.schedule @s {" + expansions + "}").str());
    auto schedule = *module->getOps<ScheduleOp>().begin();
    LogicalResult result = applySchedule(schedule, *model);
    // It still has its expansions.
    EXPECT_EQ(expansions.empty(), schedule.getBody().front().empty());
    return result;
  }

  std::string print() {
    std::string text;
    llvm::raw_string_ostream(text) << *model;
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> model;
};

TEST_F(ScheduleTest, LiesInAnotherModule) {
  ASSERT_TRUE(succeeded(apply("grow.expand_mlp to 12")));
  auto up = model->lookupSymbol<ParamOp>("up");
  EXPECT_EQ(up.getTensorType().getDimSize(1), 12);
  EXPECT_TRUE(model->getOps<ScheduleOp>().empty());
}

TEST_F(ScheduleTest, AppliesExpansionsOfOtherDialects) {
  ASSERT_TRUE(succeeded(apply("grow.expand_mlp to 12\n"
                              "arith.constant 3 : i64")));
  for (auto param : model->getOps<ParamOp>()) {
    auto scale = param.getDerivedValue().getDefiningOp<ScaleOp>();
    ASSERT_TRUE(scale);
    EXPECT_EQ(scale.getFactor().getValue(), Exact(3));
    EXPECT_TRUE(scale.getX().getDefiningOp<ExtendOp>());
  }
}

TEST_F(ScheduleTest, LeavesTheModuleIfRefused) {
  std::string before = print();
  EXPECT_TRUE(failed(apply("grow.expand_mlp to 12\n"
                           "arith.constant 0 : i64")));
  EXPECT_EQ(print(), before);
}

TEST_F(ScheduleTest, LeavesTheModuleIfAnExpansionBreaksIt) {
  std::string before = print();
  EXPECT_TRUE(failed(apply("arith.constant 1 : i64")));
  EXPECT_EQ(print(), before);
}

} // namespace

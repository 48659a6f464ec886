//===- TransformOpsTest.cpp - Every expansion is a transform op -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/IR/GrowDialect.h"
#include "grow/TransformOps/GrowTransformOps.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {

TEST(TransformOpsTest, EveryExpansionIsATransformOp) {
  DialectRegistry registry;
  registry.insert<transform::TransformDialect>();
  registerTransformDialectExtension(registry);
  MLIRContext context(registry);
  // Brings the dialect of the expansions, and makes them applicable.
  context.loadDialect<transform::TransformDialect>();

  unsigned expansions = 0;
  for (RegisteredOperationName name : context.getRegisteredOperations()) {
    if (!name.hasInterface<ExpansionOpInterface>())
      continue;
    ++expansions;
    std::string transformName = "transform." + name.getStringRef().str();
    auto op = RegisteredOperationName::lookup(transformName, &context);
    ASSERT_TRUE(op) << transformName;
    EXPECT_TRUE(op->hasInterface<transform::TransformOpInterface>());
    for (StringAttr argument : name.getAttributeNames())
      EXPECT_TRUE(llvm::is_contained(op->getAttributeNames(), argument))
          << transformName << " lacks " << argument.str();
  }
  EXPECT_GE(expansions, 9u);
}

} // namespace

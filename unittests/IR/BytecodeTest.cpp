//===- BytecodeTest.cpp - Tests for versions of the dialect ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/DialectVersion.h"
#include "grow/IR/GrowDialect.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {
/// Writes a parameter as bytecode, and reads it again.
class BytecodeTest : public testing::Test {
protected:
  BytecodeTest() { context.loadDialect<GrowDialect>(); }

  std::string write(std::optional<uint64_t> version) {
    auto module =
        parseSourceString<ModuleOp>("grow.param @w : tensor<4xf32>", &context);
    BytecodeWriterConfig config;
    if (version)
      config.setDialectVersion<GrowDialect>(
          std::make_unique<GrowDialectVersion>(*version));
    std::string text;
    llvm::raw_string_ostream os(text);
    EXPECT_TRUE(succeeded(writeBytecodeToFile(*module, os, config)));
    return text;
  }

  bool read(StringRef bytecode) {
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      error += diagnostic.str();
      return success();
    });
    return bool(parseSourceString<ModuleOp>(bytecode, &context));
  }

  MLIRContext context;
  std::string error;
};

TEST_F(BytecodeTest, SaysTheCurrentVersion) {
  std::string bytecode = write(std::nullopt);
  EXPECT_EQ(bytecode, write(GrowDialectVersion::kCurrent));
  EXPECT_TRUE(read(bytecode));
  EXPECT_EQ(error, "");
}

TEST_F(BytecodeTest, RefusesANewerVersion) {
  std::string bytecode = write(GrowDialectVersion::kCurrent + 1);
  EXPECT_NE(bytecode, write(std::nullopt));
  EXPECT_FALSE(read(bytecode));
  EXPECT_NE(error.find("the bytecode is of version 2 of the grow dialect, but "
                       "this grow reads versions up to 1"),
            std::string::npos)
      << error;
}
} // namespace

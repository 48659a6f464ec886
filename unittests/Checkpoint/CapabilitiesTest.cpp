//===- CapabilitiesTest.cpp - Which sizes configurations can hold ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Capabilities.h"
#include "grow/Checkpoint/Import.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {

class CapabilitiesTest : public testing::Test {
protected:
  CapabilitiesTest()
      : handler(&context, [this](Diagnostic &diag) {
          diagnostics += diag.str() + "\n";
          for (Diagnostic &note : diag.getNotes())
            diagnostics += "note: " + note.str() + "\n";
        }) {}

  void load(StringRef type, StringRef config) {
    arch =
        std::make_unique<Architecture>(llvm::cantFail(Architecture::get(type)));
    auto file = ConfigFile::parse(&context, "config.json", config);
    ASSERT_TRUE(succeeded(file)) << diagnostics;
    auto resolved = ModelConfig::resolve(*arch, std::move(*file), options);
    ASSERT_TRUE(succeeded(resolved)) << diagnostics;
    model = std::make_unique<ModelConfig>(std::move(*resolved));
  }
  void loadGPT2() { load("gpt2", R"({"model_type": "gpt2"})"); }
  void loadLlama() {
    load("llama", R"({"model_type": "llama", "num_key_value_heads": 8})");
  }

  /// What has to grow as well, in words; `impossible` if nothing helps.
  std::string getCompanions(const SizeMap &wanted) {
    Capabilities capabilities(*model);
    std::optional<Sizes> sizes = capabilities.findCompanions(wanted);
    EXPECT_EQ(!capabilities.explainMisfit(wanted), sizes && sizes->empty());
    return sizes ? capabilities.describe(*sizes) : "impossible";
  }
  std::string getErrors(const SizeMap &wanted) {
    diagnostics.clear();
    EXPECT_TRUE(
        failed(Capabilities(*model).check(wanted, UnknownLoc::get(&context))));
    return diagnostics;
  }

  MLIRContext context;
  std::string diagnostics;
  ScopedDiagnosticHandler handler;
  ImportOptions options;
  std::unique_ptr<Architecture> arch;
  std::unique_ptr<ModelConfig> model;
};

TEST_F(CapabilitiesTest, SizesWithKeysOfTheirOwn) {
  loadGPT2();
  EXPECT_EQ(getCompanions({}), "");
  EXPECT_EQ(getCompanions({{"mlp", 4000}}), "");
  EXPECT_EQ(getCompanions({{"layers", 13}, {"vocabulary", 50304}}), "");
  EXPECT_EQ(getCompanions({{"positions", 2048}}), "");
}

TEST_F(CapabilitiesTest, HeadsOfGPT2AreTheStreamDivided) {
  loadGPT2();
  EXPECT_EQ(getCompanions({{"groups", 13}}), "n_embd 832");
  EXPECT_EQ(getCompanions({{"hidden", 1024}}), "n_head 16");
  // 804 / 64 is no whole number, 804 / 12 is.
  EXPECT_EQ(getCompanions({{"hidden", 804}}), "key 67, value 67");
  EXPECT_EQ(getCompanions({{"key", 80}}), "n_embd 960, value 80");
  EXPECT_EQ(getCompanions({{"value", 80}}), "n_embd 960, key 80");
  EXPECT_EQ(getCompanions({{"key", 80}, {"value", 80}}), "n_embd 960");
  EXPECT_EQ(getCompanions({{"hidden", 1024}, {"groups", 16}}), "");
  EXPECT_EQ(getCompanions({{"hidden", 1024}, {"groups", 13}}), "impossible");
  EXPECT_EQ(getCompanions({{"queries", 2}}), "impossible");
}

TEST_F(CapabilitiesTest, DiagnosticsOfGPT2) {
  loadGPT2();
  EXPECT_EQ(getErrors({{"groups", 13}}),
            "a configuration of gpt2 cannot hold a model with n_head 13: its "
            "size 'key' is 'hidden / groups', no whole number for n_embd 768, "
            "n_head 13, but the grown model has 64\n"
            "note: it can hold one with n_embd 832, too: --hidden 832\n");
  EXPECT_EQ(getErrors({{"key", 80}}),
            "a configuration of gpt2 cannot hold a model with key 80: its size "
            "'key' is 'hidden / groups', 64 for n_embd 768, n_head 12, but the "
            "grown model has 80\n"
            "note: it can hold one with n_embd 960, value 80, too: --hidden "
            "960 --value 80\n");
  EXPECT_EQ(getErrors({{"hidden", 800}}),
            "a configuration of gpt2 cannot hold a model with n_embd 800: its "
            "size 'key' is 'hidden / groups', no whole number for n_embd 800, "
            "n_head 12, but the grown model has 64\n"
            "note: it can hold one with n_embd 804, key 67, value 67 instead: "
            "--hidden 804 --head-dim 67\n");
  EXPECT_EQ(getErrors({{"queries", 2}}),
            "a configuration of gpt2 cannot hold a model with queries 2: its "
            "size 'queries' is always 1, but the grown model has 2\n"
            "note: no growth of other sizes makes up for it\n");
}

TEST_F(CapabilitiesTest, Llama) {
  loadLlama(); // 4096 channels, 32 heads, 8 of them of keys
  EXPECT_EQ(getCompanions({{"hidden", 4128}}), "");
  EXPECT_EQ(getCompanions({{"key", 160}}), "value 160");
  EXPECT_EQ(getCompanions({{"value", 160}}), "head_dim 160");
  // transformers wants the stream to be a multiple of the heads.
  EXPECT_EQ(getCompanions({{"groups", 16}}), "");
  EXPECT_EQ(getCompanions({{"groups", 9}}), "hidden_size 4104");
  EXPECT_EQ(getCompanions({{"queries", 5}}), "hidden_size 4120");
  EXPECT_EQ(getErrors({{"groups", 9}}),
            "a configuration of llama cannot hold a model with "
            "num_key_value_heads 9: 'hidden / heads' has to be a whole number, "
            "which it is not for hidden_size 4096, num_attention_heads 36\n"
            "note: it can hold one with hidden_size 4104, too: --hidden "
            "4104\n");
}

TEST_F(CapabilitiesTest, ABrokenConstraintIsNotTheGrowersFault) {
  load("llama", R"({"model_type": "llama", "hidden_size": 100,
                    "num_attention_heads": 3, "head_dim": 32})");
  EXPECT_EQ(getCompanions({{"hidden", 101}}), "");
}

} // namespace

//===- ExportTest.cpp - Configurations of grown models --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Export.h"
#include "TestUtils.h"
#include "grow/Checkpoint/CheckpointWriter.h"
#include "grow/Checkpoint/Inspect.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace grow;

namespace {

constexpr llvm::StringLiteral gpt2Config = R"({
  "model_type": "gpt2",
  "vocab_size": 16,
  "n_positions": 8, "n_embd": 8,
  "n_layer": 2,
  "n_head": 2,
  "n_inner": null,
  "somebody_elses": 1.50
}
)";

constexpr llvm::StringLiteral llamaConfig = R"({
  "model_type": "llama", "vocab_size": 16, "hidden_size": 8,
  "intermediate_size": 12, "num_hidden_layers": 2,
  "num_attention_heads": 2, "tie_word_embeddings": true,
  "layer_types": ["full_attention", "full_attention"]
}
)";

std::vector<TensorSpec> getGPT2Tensors() {
  std::vector<TensorSpec> tensors = {{"wte.weight", DType::F32, {16, 8}},
                                     {"wpe.weight", DType::F32, {8, 8}}};
  for (std::string layer : {"h.0.", "h.1."}) {
    for (std::string norm : {"ln_1", "ln_2"}) {
      tensors.push_back({layer + norm + ".weight", DType::F32, {8}});
      tensors.push_back({layer + norm + ".bias", DType::F32, {8}});
    }
    auto addLinear = [&](std::string name, int64_t in, int64_t out) {
      tensors.push_back({layer + name + ".weight", DType::F32, {in, out}});
      tensors.push_back({layer + name + ".bias", DType::F32, {out}});
    };
    addLinear("attn.c_attn", 8, 24);
    addLinear("attn.c_proj", 8, 8);
    addLinear("mlp.c_fc", 8, 32);
    addLinear("mlp.c_proj", 32, 8);
  }
  tensors.push_back({"ln_f.weight", DType::F32, {8}});
  tensors.push_back({"ln_f.bias", DType::F32, {8}});
  return tensors;
}

std::vector<TensorSpec> getLlamaTensors() {
  std::vector<TensorSpec> tensors = {
      {"model.embed_tokens.weight", DType::BF16, {16, 8}},
      {"model.norm.weight", DType::BF16, {8}}};
  for (std::string layer : {"model.layers.0.", "model.layers.1."}) {
    auto add = [&](std::string name, llvm::SmallVector<int64_t, 4> shape) {
      tensors.push_back({layer + name + ".weight", DType::BF16, shape});
    };
    for (std::string name : {"q_proj", "k_proj", "v_proj", "o_proj"})
      add("self_attn." + name, {8, 8});
    add("mlp.up_proj", {12, 8});
    add("mlp.gate_proj", {12, 8});
    add("mlp.down_proj", {8, 12});
    add("input_layernorm", {8});
    add("post_attention_layernorm", {8});
  }
  return tensors;
}

class ExportTest : public testing::Test {
protected:
  ExportTest()
      : handler(&context, [this](Diagnostic &diag) {
          diagnostics += diag.str() + "\n";
          for (Diagnostic &note : diag.getNotes())
            diagnostics += "note: " + note.str() + "\n";
        }) {
    DialectRegistry registry;
    registerImportDialects(registry);
    registerExpansionExternalModels(registry);
    context.appendDialectRegistry(registry);
    options.ignoredConfigKeys = {"somebody_elses"};
  }

  /// Writes a checkpoint of zeros and imports it.
  void load(llvm::StringRef config, std::vector<TensorSpec> tensors) {
    std::string path = scratch / "model";
    auto writer = llvm::cantFail(
        CheckpointWriter::create(path, CheckpointLayout{{tensors}, {}}));
    for (const TensorSpec &tensor : tensors) {
      std::vector<char> zeros(
          llvm::cantFail(getByteSize(tensor.dtype, tensor.shape)));
      llvm::cantFail(writer->writeAt(tensor.name, 0, zeros));
    }
    llvm::cantFail(writer->writeFile("config.json", config));
    llvm::cantFail(writer->commit());
    dir.emplace(llvm::cantFail(CheckpointDir::open(path)));
    auto module = importCheckpoint(*dir, &context, options);
    ASSERT_TRUE(succeeded(module)) << diagnostics;
    source = std::move(*module);
    grown = source->clone();
  }

  SmallVector<LayerOp> getLayers() {
    SmallVector<LayerOp> layers;
    grown->walk([&](LayerOp layer) { layers.push_back(layer); });
    return layers;
  }

  /// Replaces a size by another in all parameters of a layer's MLP.
  void resizeMLP(LayerOp layer, int64_t from, int64_t to) {
    SymbolTable symbols(*grown);
    layer.walk([&](GetOp get) {
      auto param = symbols.lookup<ParamOp>(get.getParam());
      if (!get.getParam().contains(".mlp."))
        return;
      SmallVector<int64_t> shape(param.getTensorType().getShape());
      llvm::replace(shape, from, to);
      RankedTensorType type = param.getTensorType().clone(shape);
      param.setType(type);
      get.getResult().setType(type);
    });
  }

  /// Inserts a copy of the layer, with parameters of its own, behind it.
  void duplicate(LayerOp layer) {
    SymbolTable symbols(*grown);
    OpBuilder builder(layer);
    builder.setInsertionPointAfter(layer);
    auto copy = cast<LayerOp>(builder.clone(*layer));
    copy.setName("new");
    layer.getResult().replaceAllUsesWith(copy.getResult());
    copy->setOperand(0, layer.getResult());
    copy.walk([&](GetOp get) {
      auto param =
          cast<ParamOp>(symbols.lookup<ParamOp>(get.getParam())->clone());
      param.setSymName(("new." + get.getParam()).str());
      grown->push_back(param);
      get.setParam(param.getSymName());
    });
  }

  FailureOr<std::string> runExport() {
    EXPECT_TRUE(succeeded(verify(*grown))) << diagnostics;
    return exportConfig(*dir, *source, *grown, options);
  }

  void expectConfig(llvm::StringRef expected) {
    FailureOr<std::string> text = runExport();
    ASSERT_TRUE(succeeded(text)) << diagnostics;
    EXPECT_EQ(*text, expected.str());
    EXPECT_EQ(diagnostics, "");
  }

  void expectError(llvm::StringRef expected) {
    EXPECT_TRUE(failed(runExport()));
    EXPECT_TRUE(llvm::StringRef(diagnostics).contains(expected)) << diagnostics;
  }

  static std::string replace(llvm::StringRef text, llvm::StringRef from,
                             llvm::StringRef to) {
    auto [before, after] = text.split(from);
    return (before + to + after).str();
  }

  ScratchDir scratch;
  MLIRContext context;
  std::string diagnostics;
  ScopedDiagnosticHandler handler;
  ImportOptions options;
  std::optional<CheckpointDir> dir;
  OwningOpRef<ModuleOp> source, grown;
};

TEST_F(ExportTest, UnchangedModelKeepsItsText) {
  load(gpt2Config, getGPT2Tensors());
  expectConfig(gpt2Config);
}

TEST_F(ExportTest, DefaultWidthOfMLPIsWrittenOnceItChanges) {
  load(gpt2Config, getGPT2Tensors());
  for (LayerOp layer : getLayers())
    resizeMLP(layer, 32, 48);
  expectConfig(replace(gpt2Config, "\"n_inner\": null", "\"n_inner\": 48"));
}

TEST_F(ExportTest, LayersAreCounted) {
  load(gpt2Config, getGPT2Tensors());
  duplicate(getLayers()[0]);
  expectConfig(replace(gpt2Config, "\"n_layer\": 2", "\"n_layer\": 3"));
}

TEST_F(ExportTest, ListsWithOneEntryPerLayerGrow) {
  load(llamaConfig, getLlamaTensors());
  duplicate(getLayers()[1]);
  for (LayerOp layer : getLayers())
    resizeMLP(layer, 12, 20);
  std::string expected = replace(llamaConfig, "\"num_hidden_layers\": 2",
                                 "\"num_hidden_layers\": 3");
  expected = replace(expected, "\"intermediate_size\": 12",
                     "\"intermediate_size\": 20");
  FailureOr<std::string> text = runExport();
  ASSERT_TRUE(succeeded(text)) << diagnostics;
  auto value = llvm::cantFail(llvm::json::parse(*text));
  EXPECT_EQ(value.getAsObject()->getArray("layer_types")->size(), 3u);
  EXPECT_EQ(llvm::StringRef(*text).take_front(expected.find("layer_types")),
            llvm::StringRef(expected).take_front(expected.find("layer_types")));
}

TEST_F(ExportTest, LayersOfDifferentWidthAreRefused) {
  load(gpt2Config, getGPT2Tensors());
  resizeMLP(getLayers()[1], 32, 48);
  expectError("the configuration of gpt2 holds one 'n_inner' for all layers, "
              "but the grown model has several: grow all layers alike\n"
              "note: 32 in layer 0\nnote: 48 in layer 1\n");
}

TEST_F(ExportTest, ChangedAttributeIsRefused) {
  load(gpt2Config, getGPT2Tensors());
  grown->walk([&](MLPOp op) { op.setActivation(Activation::ReLU); });
  expectError("has 'activation' #grow<activation relu>, but its configuration "
              "says #grow<activation gelu_tanh>");
}

TEST_F(ExportTest, ScaleMovesIntoWeights) {
  load(gpt2Config, getGPT2Tensors());
  grown->walk([&](AttentionOp op) {
    op.setScaleAttr(ExactAttr::get(&context, *Exact::root(1, 3)));
  });
  expectConfig(gpt2Config);
  auto query = SymbolTable(*grown).lookup<ParamOp>("h.0.attn.q");
  auto scales = query.getDerivation().getOps<ScaleOp>();
  ASSERT_FALSE(scales.empty());
  EXPECT_EQ((*scales.begin()).getFactor().getValue(),
            *Exact::root(4, 3)); // (1 / sqrt(3)) / (1 / 2)
}

TEST_F(ExportTest, EpsilonFollowsTheDivisor) {
  load(gpt2Config, getGPT2Tensors());
  grown->walk([&](LayerNormOp op) { op.setCount(6); });
  std::string expected =
      replace(gpt2Config, "\"somebody_elses\": 1.50",
              "\"somebody_elses\": 1.50,\n  \"layer_norm_epsilon\": 7.5e-06");
  expectConfig(expected);
  auto gain = SymbolTable(*grown).lookup<ParamOp>("h.1.ln_2.gain");
  auto scales = gain.getDerivation().getOps<ScaleOp>();
  ASSERT_FALSE(scales.empty());
  EXPECT_EQ((*scales.begin()).getFactor().getValue(), *Exact::root(6, 8));
}

TEST_F(ExportTest, ChangedComputationIsRefused) {
  load(gpt2Config, getGPT2Tensors());
  LayerOp layer = getLayers()[1];
  layer.getYielded().replaceAllUsesWith(layer.getStream());
  Operation *yield = layer.getBody().front().getTerminator();
  yield->setOperand(0, layer.getStream());
  expectError("reads other values than its configuration describes");
}

TEST_F(ExportTest, SharedParameterIsRefused) {
  load(llamaConfig, getLlamaTensors());
  // Both norms of a layer read one parameter.
  SmallVector<RMSNormOp> norms;
  getLayers()[0].walk([&](RMSNormOp op) { norms.push_back(op); });
  norms[1].getGainMutable().assign(norms[0].getGain());
  expectError("is used in several places, where its configuration has several "
              "parameters");
}

TEST_F(ExportTest, Summary) {
  load(gpt2Config, getGPT2Tensors());
  FailureOr<CheckpointSummary> summary =
      summarizeCheckpoint(*dir, &context, options);
  ASSERT_TRUE(succeeded(summary)) << diagnostics;
  EXPECT_EQ(summary->modelType, "gpt2");
  EXPECT_EQ(summary->layers, 2);
  uint64_t layer = 2 * 16 + 8 * 24 + 24 + 8 * 8 + 8 + 8 * 32 + 32 + 32 * 8 + 8;
  EXPECT_EQ(summary->parameterCount, 16 * 8 + 8 * 8 + 2 * layer + 16);
  EXPECT_EQ(summary->storedBytes, 4 * summary->parameterCount);
  EXPECT_EQ(summary->dtypes, std::vector<DType>{DType::F32});
  EXPECT_TRUE(summary->ignoredTensors.empty());
  auto getGrowth = [&](llvm::StringRef expansion) {
    for (const CheckpointSummary::Growth &growth : summary->growth)
      if (growth.expansion == expansion)
        return growth;
    ADD_FAILURE() << expansion.str();
    return CheckpointSummary::Growth();
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(getGrowth("expand_mlp").keys, Names{"n_inner"});
  EXPECT_EQ(getGrowth("expand_mlp").together, Names());
  EXPECT_EQ(getGrowth("add_layers").keys, Names{"n_layer"});
  EXPECT_EQ(getGrowth("add_heads groups").together, Names{"hidden"});
  EXPECT_NE(getGrowth("unshare_heads").reason, "");
  auto mlp = llvm::find_if(summary->sizes,
                           [](const auto &size) { return size.name == "mlp"; });
  ASSERT_NE(mlp, summary->sizes.end());
  EXPECT_EQ(mlp->value, 32);
}

TEST_F(ExportTest, BuiltInArchitectures) {
  EXPECT_EQ(getArchitectureNames(),
            (std::vector<std::string>{"bert", "gemma2", "gemma3_text", "gpt2",
                                      "gpt_neox", "granite", "llama", "mistral",
                                      "opt", "qwen2", "qwen3", "vit"}));
}

} // namespace

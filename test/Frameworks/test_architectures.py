# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Families beside GPT-2 and Llama: imported, compiled and grown by `grow`, judged by
stock transformers.

Everything in a model is unlike its default, so that nothing forgotten goes unseen:
groups of several heads, heads of a width of their own, windows shorter than the
sequence, caps that bite, an epsilon that shows."""

import pytest
import torch
import transformers

import support

LINEAR = {"rope_type": "linear", "rope_theta": 1e3, "factor": 2.5}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 5e3, "factor": 8.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "beta_fast": 4.0,
        "beta_slow": 1.0, "original_max_position_embeddings": 32}
DEFAULT = {"rope_type": "default", "rope_theta": 300.0}

COMMON = {"vocab_size": 37, "max_position_embeddings": 128, "hidden_size": 20,
          "intermediate_size": 23, "num_hidden_layers": 3, "num_attention_heads": 4,
          "num_key_value_heads": 2, "head_dim": 6, "rms_norm_eps": 1e-2}
WINDOWED = {"use_sliding_window": True, "sliding_window": 4}
FULL, SLIDING = "full_attention", "sliding_attention"

MODELS = {
    "mistral": ("mistral", {"sliding_window": 5, "rope_parameters": LINEAR}),
    "mistral-unwindowed": ("mistral", {"sliding_window": None, "num_key_value_heads": 1,
                                       "hidden_size": 18, "rope_parameters": YARN,
                                       "tie_word_embeddings": True}),
    "qwen2": ("qwen2", {**WINDOWED, "max_window_layers": 1, "rope_parameters": DEFAULT}),
    "qwen2-unwindowed": ("qwen2", {"sliding_window": 4, "tie_word_embeddings": True}),
    "qwen3": ("qwen3", {**WINDOWED, "attention_bias": True, "rope_parameters": LLAMA3,
                        "layer_types": [SLIDING, FULL, SLIDING]}),
    "qwen3-unwindowed": ("qwen3", {"num_key_value_heads": 4, "tie_word_embeddings": True}),
    "gemma2": ("gemma2", {"sliding_window": 4, "query_pre_attn_scalar": 7,
                          "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.0,
                          "attention_bias": True, "rope_parameters": LINEAR}),
    "gemma2-uncapped": ("gemma2", {"sliding_window": 5, "query_pre_attn_scalar": 10,
                                   "attn_logit_softcapping": None,
                                   "final_logit_softcapping": None,
                                   "layer_types": [FULL, FULL, SLIDING],
                                   "tie_word_embeddings": False}),
    "gemma3": ("gemma3_text", {"sliding_window": 4, "query_pre_attn_scalar": 5,
                               "final_logit_softcapping": 2.0, "attention_bias": True,
                               "layer_types": [SLIDING, FULL, SLIDING],
                               "rope_parameters": {FULL: LINEAR, SLIDING: DEFAULT}}),
    "gemma3-pattern": ("gemma3_text", {"sliding_window": 5, "sliding_window_pattern": 3,
                                       "num_hidden_layers": 4}),
    "granite": ("granite", {"embedding_multiplier": 3.5, "attention_multiplier": 0.3,
                            "residual_multiplier": 0.6, "logits_scaling": 0.7,
                            "attention_bias": True, "mlp_bias": True,
                            "rope_parameters": LLAMA3}),
    "granite-tied": ("granite", {"embedding_multiplier": 0.9, "residual_multiplier": 1.1,
                                 "tie_word_embeddings": True}),
}
PRECISIONS = pytest.mark.parametrize("dtype", [torch.float64, torch.float32],
                                     ids=["f64", "f32"])


@pytest.fixture(params=MODELS)
def config(request):
    """A configuration."""
    model_type, options = MODELS[request.param]
    return transformers.AutoConfig.for_model(model_type, **{**COMMON, **options})


def assert_compiled_agrees(directory, ids, output, dtype) -> None:
    expected = (support.full_precision_logits(directory, ids) if dtype == torch.float64 else
                support.logits(directory, ids, dtype))
    support.assert_same(expected, support.grow_logits(directory, ids, output, dtype),
                        dtype, directory.name)


@PRECISIONS
def test_compiled_model_agrees_with_transformers(config, dtype, tmp_path):
    source = support.save(config, tmp_path / "source", dtype)
    ids = support.random_ids(config, 0)
    assert_compiled_agrees(source, ids, tmp_path / "logits.safetensors", dtype)


@PRECISIONS
@pytest.mark.parametrize("recipe", [
    ["--mlp", "31"],
    ["--layers", "+2@0,2"],
    ["--layers", "+2@1,3", "--layers-from", "previous", "--mlp", "30"],
], ids=["mlp", "layers", "copied-layers-and-mlp"])
def test_growth_keeps_the_logits(config, recipe, dtype, tmp_path):
    source = support.save(config, tmp_path / "source", dtype)
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, *recipe)
    ids = support.random_ids(config, 0)
    support.assert_same(support.logits(source, ids, dtype),
                        support.logits(grown, ids, dtype), dtype, " ".join(recipe))


def test_grown_model_is_read_again(config, tmp_path):
    """What grow writes is, to grow and to transformers, the same model."""
    source = support.save(config, tmp_path / "source")
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--layers", "+1@1", "--mlp", "29")
    ids = support.random_ids(config, 0)
    assert_compiled_agrees(grown, ids, tmp_path / "logits.safetensors",
                           torch.float64)


@pytest.mark.parametrize("name", ["qwen3", "gemma2", "gemma3"])
def test_new_layers_have_types(name, tmp_path):
    """A layer is of the type of the one that it is modelled on."""
    model_type, options = MODELS[name]
    config = transformers.AutoConfig.for_model(model_type, **{**COMMON, **options})
    source = support.save(config, tmp_path / "source")
    before = support.read_config(source)["layer_types"]
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--layers", "+3@0,1,3",
                 "--layers-from", "previous")
    assert support.read_config(grown)["layer_types"] == [
        before[0], before[0], before[0], before[1], before[2], before[2]]


def save_old_form(name, tmp_path, change):
    """A checkpoint with `config.json` as it was before transformers 5, which loads as
    the same model: its directory, token ids and logits."""
    model_type, options = MODELS[name]
    config = transformers.AutoConfig.for_model(model_type, **{**COMMON, **options})
    source = support.save(config, tmp_path / "source")
    ids = support.random_ids(config, 0)
    logits = support.logits(source, ids)
    saved = support.read_config(source)
    change(saved)
    support.write_config(source, saved)
    assert torch.equal(support.logits(source, ids), logits)
    return source, ids, logits


def test_old_config_of_gemma3(tmp_path):
    def change(saved):
        ropes = saved.pop("rope_parameters")
        saved["rope_theta"] = ropes[FULL].pop("rope_theta")
        saved["rope_scaling"] = ropes[FULL]
        saved["rope_local_base_freq"] = ropes[SLIDING]["rope_theta"]
        del saved["layer_types"]
        saved["sliding_window_pattern"] = 2

    source, ids, logits = save_old_form("gemma3", tmp_path, change)
    assert_compiled_agrees("gemma3_text", source, ids, tmp_path / "logits.safetensors",
                           torch.float64)
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--layers", "+1@0")
    saved = support.read_config(grown)
    assert saved["layer_types"] == [SLIDING, SLIDING, FULL, SLIDING]
    support.assert_same(logits, support.logits(grown, ids), torch.float64, "growth")


@pytest.mark.parametrize("name", ["qwen2", "gemma2"])
def test_old_config_without_types_of_layers(name, tmp_path):
    def change(saved):
        del saved["layer_types"]
        rope = saved.pop("rope_parameters")
        saved["rope_theta"] = rope.pop("rope_theta")
        saved["rope_scaling"] = rope if rope.get("factor") else None

    source, ids, logits = save_old_form(name, tmp_path, change)
    assert_compiled_agrees(name, source, ids, tmp_path / "logits.safetensors",
                           torch.float64)
    # Appended layers of Gemma go on alternating by themselves; before the first one,
    # the list has to be written.
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--layers", "+1@0")
    assert len(support.read_config(grown)["layer_types"]) == 4
    support.assert_same(logits, support.logits(grown, ids), torch.float64, "growth")

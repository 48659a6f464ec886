# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Llama checkpoints grown by `grow` and judged by stock transformers."""

import json
import random

import pytest
import torch
from transformers import LlamaConfig

import support

# RoPE as transformers 5 writes it. The numbers put small heads and short contexts
# into every branch of the formulas.
LINEAR = {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.5}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 5e3, "factor": 8.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "beta_fast": 4.0,
        "beta_slow": 1.0, "original_max_position_embeddings": 32}

# Heads, group sizes and switches; the sizes are drawn from the seed.
VARIANTS = {
    "heads": {"num_attention_heads": 3, "num_key_value_heads": 3},
    "grouped": {"num_attention_heads": 4, "num_key_value_heads": 2,
                "tie_word_embeddings": True},
    "one-kv-head": {"num_attention_heads": 4, "num_key_value_heads": 1,
                    "rope_parameters": LINEAR},
    "biases": {"num_attention_heads": 4, "num_key_value_heads": 2, "attention_bias": True,
               "mlp_bias": True, "rope_parameters": LLAMA3},
    "head-size": {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 14,
                  "rope_parameters": YARN, "tie_word_embeddings": True},
    "head-size-grouped": {"num_attention_heads": 6, "num_key_value_heads": 2,
                          "head_dim": 4, "attention_bias": True},
}


def make_config(seed: int, **options) -> LlamaConfig:
    """A random small size; six successive seeds meet all variants."""
    draw = random.Random(seed)
    variant = {**list(VARIANTS.values())[seed % len(VARIANTS)], **options}
    return LlamaConfig(**{
        "vocab_size": draw.randint(31, 67), "max_position_embeddings": 128,
        "hidden_size": variant["num_attention_heads"] * draw.choice([6, 8, 10]),
        "intermediate_size": draw.randint(5, 60), "num_hidden_layers": draw.randint(1, 4),
        "rms_norm_eps": draw.choice([1e-6, 1e-5, 1e-3]), **variant})


def recipes(seed: int, config: LlamaConfig) -> dict:
    return support.recipes(seed, config.intermediate_size, config.num_hidden_layers)


def compare_compiled(config, source, directory, seed) -> None:
    """grow's compiled model against transformers, both in f64."""
    grown = directory / "grown"
    support.grow("apply", source, "-o", grown, *recipes(seed, config)["both"])
    ids = support.random_ids(config, seed)
    for model in (source, grown):
        expected = support.full_precision_logits(model, ids)
        compiled = support.grow_logits(model, ids, directory / "logits.safetensors")
        support.assert_same(expected, compiled, torch.float64, model.name)


@pytest.mark.parametrize("rope", [None, LINEAR, LLAMA3, YARN],
                         ids=["default", "linear", "llama3", "yarn"])
@pytest.mark.parametrize("old_type_key", [False, True], ids=["rope_type", "type"])
def test_config_of_older_transformers(rope, old_type_key, tmp_path):
    """Before transformers 5: `rope_theta` and `rope_scaling` in place of
    `rope_parameters`, and `torch_dtype`; before 4.45 `type` for `rope_type`."""
    config = make_config(1, rope_parameters=rope)
    source = support.save(config, tmp_path / "source")
    ids = support.random_ids(config, 1)
    new_form = support.logits(source, ids)

    saved = support.read_config(source)
    scaling = saved.pop("rope_parameters")
    saved["rope_theta"] = scaling.pop("rope_theta")
    saved["torch_dtype"] = saved.pop("dtype")
    saved["transformers_version"] = "4.40.0"
    if old_type_key:
        scaling["type"] = scaling.pop("rope_type")
    saved["rope_scaling"] = scaling if rope else None
    support.write_config(source, saved)

    assert torch.equal(support.logits(source, ids), new_form)
    compare_compiled(config, source, tmp_path, 1)
    grown = tmp_path / "grown"
    assert list(support.read_config(grown)) == list(saved)
    support.assert_same(new_form, support.logits(grown, ids), torch.float64, "growth")


def test_old_weights_are_carried_over_bit_for_bit(tmp_path):
    """In order, with the new layers, whose outputs are zero, where they were asked."""
    config = make_config(3, num_hidden_layers=3)
    source = support.save(config, tmp_path / "source")
    grown = tmp_path / "grown"
    old_width = config.intermediate_size
    support.grow("apply", source, "-o", grown, "--mlp", old_width + 7, "--layers", "+2@0,2")
    old, new = support.read_tensors(source), support.read_tensors(grown)

    assert support.read_config(grown)["num_hidden_layers"] == 5
    dead = [layer for layer in range(5)
            if not new[f"model.layers.{layer}.self_attn.o_proj.weight"].any()]
    assert len(dead) == 2 and dead[0] == 0
    for name in new:
        for layer in dead:
            is_output = "o_proj" in name or "down_proj" in name
            if f".{layer}." in name and name.endswith("weight"):
                assert is_output != bool(new[name].any()), name
    kept = [layer for layer in range(5) if layer not in dead]
    for name, tensor in old.items():
        for before, after in enumerate(kept):
            if f"layers.{before}." in name:
                name = name.replace(f"layers.{before}.", f"layers.{after}.")
                break
        axes = tuple(slice(size) for size in tensor.shape)
        assert torch.equal(new[name][axes], tensor), name
        if name.endswith("down_proj.weight"):
            assert not new[name][:, old_width:].any(), name
        elif name.endswith(("gate_proj.weight", "up_proj.weight")):
            assert new[name][old_width:].any(), name


def test_config_keeps_unknown_keys_and_order(tmp_path):
    config = make_config(4)
    source = support.save(config, tmp_path / "source")
    before = list(support.read_config(source).items())
    before.insert(2, ("x_of_someone_else", {"b": [1, 2.5, None], "a": "ü\n"}))
    before = dict(before)
    support.write_config(source, before)
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, *recipes(4, config)["both"], status=1)
    support.grow("apply", source, "-o", grown, *recipes(4, config)["both"],
                 "--ignore-config-key", "x_of_someone_else")

    after = support.read_config(grown)
    assert list(after) == list(before)
    assert ({key for key in after if after[key] != before[key]}
            == {"intermediate_size", "num_hidden_layers"})


def test_shards(tmp_path):
    config = make_config(5)
    source = support.save(config, tmp_path / "source", max_shard_size=8000)
    assert (source / "model.safetensors.index.json").exists()
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, *recipes(5, config)["both"],
                 "--max-shard-size", "10000")
    index = json.loads((grown / "model.safetensors.index.json").read_text())
    assert index["weight_map"].keys() == support.read_tensors(grown).keys()
    ids = support.random_ids(config, 5)
    support.assert_same(support.logits(source, ids), support.logits(grown, ids),
                        torch.float64, "growth")

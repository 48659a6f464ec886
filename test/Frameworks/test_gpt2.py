# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GPT-2 checkpoints grown by `grow` and judged by stock transformers."""

import json
import random

import pytest
import torch
from transformers import GPT2Config

import support

ACTIVATIONS = ["gelu_new", "relu", "gelu", "gelu_pytorch_tanh", "silu"]


def make_config(seed: int, **options) -> GPT2Config:
    """A random small size; over six seeds every activation, tied and untied heads,
    and the MLP width both given and left to be four times the hidden size."""
    draw = random.Random(seed)
    heads = draw.randint(1, 4)
    hidden = heads * draw.choice([4, 6, 8])
    return GPT2Config(**{
        "vocab_size": draw.randint(31, 67), "n_positions": draw.randint(16, 40),
        "n_embd": hidden, "n_head": heads, "n_layer": draw.randint(1, 4),
        "n_inner": None if seed % 2 else draw.randint(5, 6 * hidden),
        "activation_function": ACTIVATIONS[seed % len(ACTIVATIONS)],
        "tie_word_embeddings": seed % 3 != 1,
        "layer_norm_epsilon": draw.choice([1e-5, 1e-3]), **options})


def width(config: GPT2Config) -> int:
    return config.n_inner or 4 * config.n_embd


def recipes(seed: int, config: GPT2Config) -> dict:
    return support.recipes(seed, width(config), config.n_layer)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation, tmp_path):
    config = make_config(0, activation_function=activation)
    source = support.save(config, tmp_path / "source")
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, *recipes(0, config)["both"])
    ids = support.random_ids(config, 0)
    expected = support.logits(source, ids)
    support.assert_same(expected, support.logits(grown, ids), torch.float64, "growth")
    compiled = support.grow_logits(source, ids, tmp_path / "logits.safetensors")
    support.assert_same(expected, compiled, torch.float64, "compiled")


@pytest.mark.parametrize("options", [{"scale_attn_weights": False},
                                     {"scale_attn_by_inverse_layer_idx": True}],
                         ids=lambda options: next(iter(options)))
def test_attention_scales_are_refused(options, tmp_path):
    """Scales that the config derives from an index, or leaves out, are not misread."""
    source = support.save(make_config(2, **options), tmp_path / "source")
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--layers", "+2", status=1)
    assert not grown.exists()


def test_old_weights_are_carried_over_bit_for_bit(tmp_path):
    """And what is new is zero only where it must be."""
    config = make_config(2, n_layer=2)
    source = support.save(config, tmp_path / "source")
    grown = tmp_path / "grown"
    old_width = width(config)
    support.grow("apply", source, "-o", grown, "--mlp", old_width + 7, "--layers", "+1")
    old, new = support.read_tensors(source), support.read_tensors(grown)

    fresh = {name for name in new if name not in old}
    assert fresh == {name.replace(".h.0.", ".h.2.") for name in old if ".h.0." in name}
    for name, tensor in old.items():
        axes = tuple(slice(size) for size in tensor.shape)
        assert torch.equal(new[name][axes], tensor), name
    for name, tensor in new.items():
        if name.endswith("mlp.c_proj.weight"):
            assert not tensor[old_width:].any(), name
        elif name.endswith("mlp.c_fc.weight"):
            assert tensor[:, old_width:].any(), name
    for name in fresh:
        is_output = "c_proj" in name
        if name.endswith("weight"):
            assert is_output != bool(new[name].any()), name
        elif is_output:
            assert not new[name].any(), name


def test_config_keeps_unknown_keys_and_order(tmp_path):
    config = make_config(0)
    source = support.save(config, tmp_path / "source")
    before = list(support.read_config(source).items())
    before.insert(3, ("x_of_someone_else", {"b": [1, 2.5, None], "a": "ü\n", "n": 2**53 - 1}))
    before = dict(before)
    support.write_config(source, before)
    (source / "tokenizer_config.json").write_text('{"model_max_length": 7}\n')
    grown = tmp_path / "grown"
    recipe = ["--mlp", width(config) + 1, "--layers", "+1"]
    support.grow("apply", source, "-o", grown, *recipe, status=1)
    support.grow("apply", source, "-o", grown, *recipe,
                 "--ignore-config-key", "x_of_someone_else")

    after = support.read_config(grown)
    assert list(after) == list(before)
    changed = {key: value for key, value in after.items() if before[key] != value}
    assert changed == {"n_inner": width(config) + 1, "n_layer": config.n_layer + 1}
    for file in ("tokenizer_config.json", "generation_config.json"):
        assert (grown / file).read_bytes() == (source / file).read_bytes()


def test_implied_width_is_written_out(tmp_path):
    """Without `n_inner` the width is 4 n_embd, which no longer holds once it grew."""
    config = make_config(1)
    source = support.save(config, tmp_path / "source")
    before = support.read_config(source)
    assert before.pop("n_inner") is None
    support.write_config(source, before)
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--mlp", width(config) + 5)
    assert support.read_config(grown)["n_inner"] == width(config) + 5
    ids = support.random_ids(config, 1)
    support.assert_same(support.logits(source, ids), support.logits(grown, ids),
                        torch.float64, "growth")


@pytest.mark.parametrize("sharded_source", [False, True])
def test_shards(sharded_source, tmp_path):
    config = make_config(4)
    options = {"max_shard_size": 4000} if sharded_source else {}
    source = support.save(config, tmp_path / "source", **options)
    assert (source / "model.safetensors.index.json").exists() == sharded_source
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, *recipes(4, config)["both"],
                 "--max-shard-size", "6000")
    index = json.loads((grown / "model.safetensors.index.json").read_text())
    tensors = support.read_tensors(grown)
    assert index["weight_map"].keys() == tensors.keys()
    assert index["metadata"]["total_size"] == sum(t.nbytes for t in tensors.values())
    ids = support.random_ids(config, 4)
    support.assert_same(support.logits(source, ids), support.logits(grown, ids),
                        torch.float64, "growth")


def test_verify_sees_one_changed_weight(tmp_path):
    config = make_config(0)
    source = support.save(config, tmp_path / "source")
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--mlp", width(config) + 3)
    report = json.loads(support.grow("verify", source, grown, "--dtype", "f64", "--json"))
    assert report["equivalent"] and report["max_rel"] <= 1e-12

    tensors = support.read_tensors(grown)
    tensors["transformer.h.0.mlp.c_fc.weight"][0, 0] += 1e-3
    support.safetensors.torch.save_file(tensors, grown / "model.safetensors", {"format": "pt"})
    report = json.loads(support.grow("verify", source, grown, "--dtype", "f64", "--json",
                                     status=3))
    assert not report["equivalent"]

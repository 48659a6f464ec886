# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Growth after which stock frameworks derive other scales, divisors, epsilons and
rotary frequencies than before: what `grow apply` writes into weights and config.json
must make up for it."""

import json

import pytest
import torch
from transformers import GPT2Config, LlamaConfig

import support

INIT = "init #grow.normal<stddev = 1/3, seed = 5>"


def apply(source, directory, *expansions):
    """Grows a checkpoint by expansions as a schedule spells them."""
    schedule = directory.with_suffix(".mlir")
    schedule.write_text("grow.schedule @s {\n  " + "\n  ".join(expansions) + "\n}\n")
    support.grow("apply", source, "-o", directory, "--schedule", schedule)
    return json.loads((directory / "config.json").read_text())


def check(source, grown, config, seed: int = 0) -> None:
    ids = support.random_ids(config, seed)
    # Stock Llama casts to f32 on the way, in which sums over more channels round
    # differently.
    support.assert_same(support.full_precision_logits(source, ids),
                        support.full_precision_logits(grown, ids), torch.float64, grown.name)


# GPT-2: heads are as wide as the stream divided by their number -----------------------

GPT2_RECIPES = {
    "heads": ([f"grow.add_heads groups by 2 {INIT}",
               f"grow.expand_hidden to 40 compensation weights {INIT}"],
              {"n_head": 5, "n_embd": 40, "layer_norm_epsilon": 0.001 * 24 / 40}),
    "widths": ([f"grow.expand_attention to 12 {INIT}", f"grow.expand_heads to 12 {INIT}",
                f"grow.expand_hidden to 36 compensation weights {INIT}"],
               {"n_head": 3, "n_embd": 36, "layer_norm_epsilon": 0.001 * 24 / 36}),
    "all": ([f"grow.expand_attention to 10 {INIT}", f"grow.expand_heads to 10 {INIT}",
             f"grow.expand_mlp to 130 {INIT}", f"grow.add_heads groups by 1 {INIT}",
             f"grow.expand_hidden to 40 compensation weights {INIT}",
             f"grow.add_layers at [1] {INIT}"],
            {"n_head": 4, "n_embd": 40, "n_layer": 3, "n_inner": 130}),
}


@pytest.mark.parametrize("recipe", GPT2_RECIPES)
def test_gpt2(recipe, tmp_path):
    config = GPT2Config(vocab_size=41, n_positions=32, n_embd=24, n_head=3, n_layer=2,
                        layer_norm_epsilon=1e-3)
    source = support.save(config, tmp_path / "source")
    expansions, expected = GPT2_RECIPES[recipe]
    written = apply(source, tmp_path / recipe, *expansions)
    for key, value in expected.items():
        assert written[key] == pytest.approx(value, rel=1e-15), key
    check(source, tmp_path / recipe, config)


# Llama -------------------------------------------------------------------------------

def make_llama(directory, **options):
    config = LlamaConfig(**{
        "vocab_size": 41, "hidden_size": 24, "intermediate_size": 20, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "rms_norm_eps": 1e-3, "max_position_embeddings": 64, **options})
    return config, support.save(config, directory)


@pytest.mark.parametrize("tie", [False, True], ids=["untied", "tied"])
def test_llama_hidden(tie, tmp_path):
    config, source = make_llama(tmp_path / "source", tie_word_embeddings=tie)
    grown = tmp_path / "grown"
    written = apply(source, grown, f"grow.add_heads queries by 1 {INIT}",
                    f"grow.add_heads groups by 2 {INIT}",
                    f"grow.expand_hidden to 36 {INIT}")
    assert written["rms_norm_eps"] == pytest.approx(1e-3 * 24 / 36, rel=1e-15)
    assert (written["num_attention_heads"], written["num_key_value_heads"],
            written["head_dim"]) == (12, 4, 8)
    check(source, grown, config)


def get_frequencies(directory):
    return support.load(directory).model.rotary_emb.inv_freq


WIDER_HEADS = [f"grow.expand_heads to 14 {INIT}", f"grow.expand_attention to 14 {INIT}"]


@pytest.mark.parametrize("rope", [
    {"rope_type": "default", "rope_theta": 1e4},
    {"rope_type": "linear", "rope_theta": 5e3, "factor": 4.0},
], ids=lambda rope: rope["rope_type"])
def test_llama_head_dim_needs_a_table(rope, tmp_path):
    """No base gives heads of 14 channels the frequencies of heads of 8."""
    config, source = make_llama(tmp_path / "source", rope_parameters=rope)
    grown = tmp_path / "grown"
    written = apply(source, grown, *WIDER_HEADS)
    assert written["head_dim"] == 14
    assert written["rope_parameters"]["rope_type"] == "longrope"
    assert torch.equal(get_frequencies(grown)[:4], get_frequencies(source))
    check(source, grown, config)


def test_llama_old_form_of_rope(tmp_path):
    config, source = make_llama(tmp_path / "source")
    path = source / "config.json"
    old = json.loads(path.read_text())
    old["rope_theta"] = old.pop("rope_parameters")["rope_theta"]
    path.write_text(json.dumps(old))
    grown = tmp_path / "grown"
    written = apply(source, grown, *WIDER_HEADS)
    assert written["rope_theta"] == 1.0 and "rope_parameters" not in written
    assert torch.equal(get_frequencies(grown)[:4], get_frequencies(source))
    check(source, grown, config)


@pytest.mark.parametrize("rope", [
    {"rope_type": "default", "rope_theta": 1e4},
    {"rope_type": "llama3", "rope_theta": 5e3, "factor": 8.0, "low_freq_factor": 1.0,
     "high_freq_factor": 4.0, "original_max_position_embeddings": 32},
], ids=lambda rope: rope["rope_type"])
def test_llama_twice_the_head_dim_keeps_its_rope(rope, tmp_path):
    """Old pair i becomes pair 2i, whose frequency the unchanged formula gives."""
    config, source = make_llama(tmp_path / "source", rope_parameters=rope)
    wide, _ = make_llama(tmp_path / "wide", rope_parameters=rope, head_dim=16)
    frequencies = ", ".join(repr(f) for f in get_frequencies(tmp_path / "wide").tolist())
    grown = tmp_path / "grown"
    written = apply(source, grown, f"grow.expand_heads to 16 {INIT}",
                    f"grow.expand_attention to 16 frequencies [{frequencies}] {INIT}")
    before = json.loads((source / "config.json").read_text())
    assert written == {**before, "head_dim": 16}
    check(source, grown, config)

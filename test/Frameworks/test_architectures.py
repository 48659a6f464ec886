# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Configurations whose layers differ: the types of new layers, and `config.json` as
older versions of transformers wrote it."""

import pytest
import torch

import support
from architectures import ARCHITECTURES, FULL, SLIDING

# Of three layers each, not all of one type.
MIXED = {"qwen2": "window", "qwen3": "window", "gemma2": "grouped", "gemma3_text": "grouped"}


def save(name, directory):
    """A model of three layers that are not all of one type."""
    architecture = ARCHITECTURES[name]
    config = architecture.make_config(0, MIXED[name])
    return config, architecture.save(config, directory, torch.float64)


@pytest.mark.parametrize("name", MIXED)
def test_new_layers_have_types(name, tmp_path):
    """A layer is of the type of the one that it is modelled on."""
    _, source = save(name, tmp_path / "source")
    before = support.read_config(source)["layer_types"]
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--layers", "+3@0,1,3",
                 "--layers-from", "previous")
    assert support.read_config(grown)["layer_types"] == [
        before[0], before[0], before[0], before[1], before[2], before[2]]


def save_old_form(name, tmp_path, change):
    """A checkpoint with `config.json` as it was before transformers 5, which loads as
    the same model: its directory, token ids and logits."""
    config, source = save(name, tmp_path / "source")
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

    source, ids, logits = save_old_form("gemma3_text", tmp_path, change)
    support.assert_compiled_agrees(source, ids, tmp_path / "logits.safetensors")
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
    support.assert_compiled_agrees(source, ids, tmp_path / "logits.safetensors")
    # Appended layers of Gemma go on alternating by themselves; before the first one,
    # the list has to be written.
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--layers", "+1@0")
    assert len(support.read_config(grown)["layer_types"]) == 4
    support.assert_same(logits, support.logits(grown, ids), torch.float64, "growth")

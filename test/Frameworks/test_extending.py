# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An architecture that is described on the command line: transformers' StarCoder2
before and after growth."""

import os
import subprocess
import sys

import pytest
import torch
import transformers

import support

ARCHITECTURE = support.ROOT / "examples" / "new-expansion" / "starcoder2.json"


@pytest.fixture(scope="module", params=[
    {}, {"use_bias": False, "tie_word_embeddings": False, "sliding_window": 5}],
    ids=["default", "no-bias"])
def source(request, tmp_path_factory):
    config = transformers.Starcoder2Config(
        vocab_size=61, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32,
        **request.param)
    model = transformers.Starcoder2ForCausalLM(config).double()
    support.randomize(model, 0)
    directory = tmp_path_factory.mktemp("starcoder2")
    model.save_pretrained(directory)
    return directory


def test_agrees(source, tmp_path):
    ids = support.random_ids(transformers.AutoConfig.from_pretrained(source), 0)
    ours = support.grow_logits(source, ids, tmp_path / "logits.safetensors",
                               torch.float64, "--architecture", ARCHITECTURE)
    support.assert_same(support.full_precision_logits(source, ids), ours, torch.float64,
                        "starcoder2")


def test_grows(source, tmp_path):
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, "--mlp", "64", "--heads", "6",
                 "--kv-heads", "3", "--layers", "+1", "--architecture", ARCHITECTURE)
    ids = support.random_ids(transformers.AutoConfig.from_pretrained(source), 1)
    support.assert_same(support.logits(source, ids), support.logits(grown, ids),
                        torch.float64, "grown starcoder2")
    said = support.grow("verify", source, grown, "--architecture", ARCHITECTURE)
    assert said.startswith("equivalent")


def test_is_not_built_in(source):
    assert "grow does not know the model type 'starcoder2'" in support.refused(
        "inspect", source)


def test_other_architecture(source):
    file = support.ROOT / "lib" / "Checkpoint" / "Architectures" / "gpt2.json"
    assert "describes models of type \"gpt2\"" in support.refused(
        "inspect", source, "--architecture", file)


def test_page(source, tmp_path):
    """The commands of docs/Extending.md print what stands there. Those of its project are
    for test/Examples, which builds it."""
    (tmp_path / "starcoder2").symlink_to(source)
    path = os.pathsep.join([str(support.BIN_DIR.resolve()), os.environ["PATH"]])
    subprocess.run([sys.executable, support.ROOT / "test" / "Docs" / "commands.py",
                    "--section", "The architecture", support.ROOT / "docs" / "Extending.md"],
                   env={**os.environ, "PATH": path, "D": str(tmp_path)}, check=True)

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random entries are what docs/Fills.md says: the script on that page is run here."""

import re

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file

import support

SCRIPT = {}
exec(re.search(r"```python\n(.*?)```", (support.ROOT / "docs" / "Fills.md").read_text(),
               re.DOTALL).group(1), SCRIPT)
philox, fill = SCRIPT["philox"], SCRIPT["fill"]

# From the kat_vectors of Random123, the authors' implementation.
VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize("counter, key, expected", VECTORS)
def test_generator(counter, key, expected):
    low, high = (int(word, 16) for word in key.split())
    words = philox(low | high << 32, [int(word, 16) for word in counter.split()])
    assert [f"{int(word):08x}" for word in words] == expected.split()


def test_moments():
    sample = fill((2000, 2000), "w", stddev=1)
    assert abs(sample.mean()) < 3e-3
    assert abs(sample.std() - 1) < 3e-3
    assert abs((sample**4).mean() - (3 - 0.15)) < 2e-2
    assert np.abs(sample).max() < 4.9
    sample = fill((2000, 2000), "w", bound=0.5)
    assert np.abs(sample).max() <= 0.5
    assert abs(sample.std() - 1 / 12**0.5) < 1e-3


def round_once(values: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    """The f64 values nearest in `dtype`. numpy has no bf16, and torch rounds twice."""
    if dtype != torch.bfloat16:
        return values.astype(str(dtype).removeprefix("torch.")).astype(np.float64)
    exponent = np.frexp(values)[1]
    return np.ldexp(np.rint(np.ldexp(values, 8 - exponent)), exponent - 8)


SCHEDULE = """
grow.schedule @growth {
  grow.expand_mlp to 48 init #grow.normal<stddev = 1/50, seed = 7> bias_init #grow.uniform<bound = 1/10, seed = 8>
}
"""


@pytest.mark.parametrize("dtype", support.DTYPE_NAMES, ids=support.DTYPE_NAMES.values())
def test_checkpoint(tmp_path, dtype):
    config = transformers.LlamaConfig(
        vocab_size=32, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, mlp_bias=True)
    source = support.save(config, tmp_path / "source", dtype)
    schedule = tmp_path / "schedule.mlir"
    schedule.write_text(SCHEDULE)
    support.grow("apply", source, "-o", tmp_path / "grown", "--schedule", schedule)
    grown = load_file(tmp_path / "grown" / "model.safetensors")
    for layer in range(2):
        for role in ("up", "gate"):
            stored = f"model.layers.{layer}.mlp.{role}_proj"
            name = f"layers.{layer}.mlp.{role}"
            # Stored output by input; the fill's coordinates are input by output.
            weight = grown[f"{stored}.weight"].double().numpy().T
            expected = fill((24, 48), name, seed=7, stddev=1 / 50)
            np.testing.assert_array_equal(weight[:, 40:], round_once(expected, dtype)[:, 40:])
            bias = grown[f"{stored}.bias"].double().numpy()
            expected = fill((48,), f"{name}_bias", seed=8, bound=1 / 10)
            np.testing.assert_array_equal(bias[40:], round_once(expected, dtype)[40:])


def test_growing_twice_draws_what_growing_once_draws(tmp_path):
    config = transformers.GPT2Config(vocab_size=32, n_positions=16, n_embd=16, n_layer=2,
                                     n_head=2, n_inner=24)
    source = support.save(config, tmp_path / "source", torch.float32)
    support.grow("apply", source, "-o", tmp_path / "half", "--mlp", 32, "--seed", 5)
    support.grow("apply", tmp_path / "half", "-o", tmp_path / "twice", "--mlp", 40, "--seed", 5)
    support.grow("apply", source, "-o", tmp_path / "once", "--mlp", 40, "--seed", 5)
    once, twice = (load_file(tmp_path / name / "model.safetensors") for name in ("once", "twice"))
    assert once.keys() == twice.keys()
    for name, tensor in once.items():
        assert torch.equal(tensor, twice[name]), name

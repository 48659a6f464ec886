#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the rotary frequencies of imported checkpoints with those that
transformers computes, bit by bit.

    rope-differential.py GROW_TRANSLATE [CASES [SEED]]

Needs torch and transformers. torch's vectorised pow is not correctly rounded:
transformers' frequencies may be an ulp away from ours there, and are compared a
second time with torch's pow replaced by a correctly rounded one, where every bit
has to agree. Exits 1 if any does not.
"""

import collections
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

HERE = pathlib.Path(__file__).resolve().parent


def draw_rope(draw, kind, width):
    theta = draw.choice([1e4, 5e5, 1e6, 10000, draw.uniform(50, 1e7)])
    factor = draw.choice([1.0, 2.0, 8.0, 32, draw.uniform(1, 40)])
    original = draw.choice([32, 2048, 8192])
    rope = {"rope_type": kind, "rope_theta": theta}
    if kind != "default":
        rope["factor"] = factor
    if kind in ("yarn", "longrope", "llama3"):
        rope["original_max_position_embeddings"] = original
    if kind == "llama3":
        rope |= {"low_freq_factor": draw.choice([1.0, 1.5]), "high_freq_factor": 4.0}
    if kind == "yarn":
        for key, value in {"beta_fast": draw.choice([32, 16.0]),
                           "beta_slow": draw.choice([1, 2.0]),
                           "attention_factor": draw.uniform(0.5, 2),
                           "truncate": draw.choice([True, False])}.items():
            if draw.random() < 0.4:
                rope[key] = value
        if draw.random() < 0.4:
            rope |= {"mscale": draw.uniform(0.5, 1.5), "mscale_all_dim": draw.uniform(0.5, 1.5)}
    if kind == "longrope":
        for key in ("short_factor", "long_factor"):
            rope[key] = [draw.uniform(1, 10) for _ in range(width // 2)]
        if draw.random() < 0.5:
            rope["attention_factor"] = draw.uniform(0.5, 2)
    if kind == "proportional":
        rope["partial_rotary_factor"] = draw.choice([0.25, 0.5, 1.0])
    return rope


def to_old_form(config):
    """rope_theta and rope_scaling, as transformers 4 wrote them."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope


def import_rope(tool, config, directory):
    edits = [f"--config={key}={json.dumps(value)}" for key, value in config.items()]
    subprocess.run([sys.executable, HERE / "make_checkpoint.py", "llama", directory, *edits],
                   check=True)
    text = subprocess.run([tool, "--import-hf", directory / "config.json"], check=True,
                          capture_output=True, text=True).stdout
    found = re.search(r"frequencies = \[(.*?)\], factor = (\S+?)>", text)
    numerator, _, denominator = found[2].partition("/")
    factor = (int(numerator) / int(denominator)) if denominator else float(numerator)
    return [float(value) for value in found[1].split(",")], factor


def transformers_rope(config):
    module = LlamaRotaryEmbedding(LlamaConfig(**json.loads(json.dumps(config))))
    return module.inv_freq.tolist(), module.attention_scaling


def exact_pow(exponent, base):
    return torch.pow(torch.tensor(base, dtype=torch.float32).double(),
                     exponent.double()).float()


def bits(value):
    return struct.unpack("<i", struct.pack("<f", value))[0]


def main():
    transformers.logging.set_verbosity_error()
    tool = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    ulps, wrong = collections.defaultdict(collections.Counter), 0
    stock_pow = torch.Tensor.__rpow__
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("default", "linear", "dynamic", "llama3", "yarn", "longrope",
                     "proportional"):
            for case in range(cases):
                width = draw.choice([4, 16, 64, 80, 128])
                config = {"head_dim": width, "max_position_embeddings": 131072,
                          "rope_parameters": draw_rope(draw, kind, width)}
                expected, expected_factor = transformers_rope(config)
                torch.Tensor.__rpow__ = exact_pow
                rounded, _ = transformers_rope(config)
                torch.Tensor.__rpow__ = stock_pow
                if case % 2:
                    to_old_form(config)
                actual, factor = import_rope(tool, config, pathlib.Path(scratch) / "model")
                for a, b in zip(actual, expected, strict=True):
                    ulps[kind][abs(bits(a) - bits(b))] += 1
                if actual != rounded or factor != expected_factor:
                    wrong += 1
                    print(f"{kind}: {config}\n  {factor} {actual}\n"
                          f"  {expected_factor} {rounded}")
    for kind, counts in ulps.items():
        total = sum(counts.values())
        print(f"{kind}: {total} frequencies, ulps from torch {dict(sorted(counts.items()))}")
    print(f"{wrong} of {7 * cases} embeddings differ from transformers "
          "with a correctly rounded pow")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

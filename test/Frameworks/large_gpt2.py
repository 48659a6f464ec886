#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GPT-2 of its real size (124M parameters, random weights, f32), grown and compared.

A command of its own, because it takes a gigabyte of disk and a minute:
  python test/Frameworks/large_gpt2.py [--mlp N] [--layers +N[@i,...]] [--seed S]
Both the growth, in stock transformers, and grow's compiled models are held to 1e-5 of
the largest logit.
"""

import argparse
import pathlib
import sys
import tempfile
import time

import torch
from transformers import GPT2Config

import support


def timed(what: str, function, *arguments):
    start = time.monotonic()
    result = function(*arguments)
    print(f"{what}: {time.monotonic() - start:.1f} s", flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mlp", default="4096")
    parser.add_argument("--layers", default="+2@3,9")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--length", type=int, default=64, help="tokens per sequence")
    args = parser.parse_args()

    config = GPT2Config()
    ids = support.random_ids(config, args.seed, batch=1, length=args.length)
    with tempfile.TemporaryDirectory(prefix="grow-gpt2-") as name:
        directory = pathlib.Path(name)
        source, grown = directory / "source", directory / "grown"
        timed("made the model", support.save, config, source, torch.float32, args.seed)
        timed("grow apply", support.grow, "apply", source, "-o", grown,
              "--mlp", args.mlp, "--layers", args.layers)
        before = timed("transformers, source", support.logits, source, ids, torch.float32)
        after = timed("transformers, grown", support.logits, grown, ids, torch.float32)
        support.assert_same(before, after, torch.float32, "growth")
        for model, expected in ((source, before), (grown, after)):
            compiled = timed(f"grow run, {model.name}", support.grow_logits, model, ids,
                             directory / "logits.safetensors", torch.float32)
            support.assert_same(expected, compiled, torch.float32, f"compiled {model.name}")


if __name__ == "__main__":
    sys.exit(main())

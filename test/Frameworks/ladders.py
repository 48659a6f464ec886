#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Families of published models, each grown from its smallest size to the next ones.

The shapes are the published ones, the weights random. Each step is one `grow apply`; its
result is loaded by stock transformers, and its logits are held to those of the model it
grew from: 1e-5 of the largest logit in f32, 1e-12 in f64.

    python test/Frameworks/ladders.py gpt2

A command of its own, as it takes gigabytes of disk and memory, and minutes. Prints a
table for docs/Ladders.md.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers

import support
from architectures import ARCHITECTURES

ROTARY = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.25}

# The first model's configuration, and the flags that lead to each next one.
LADDERS = {
    "gpt2": ("gpt2", "124M", {}, {
        "355M (medium)": ["--hidden", 1024, "--heads", 16, "--mlp", 4096, "--layers", "+12"],
        "774M (large)": ["--hidden", 1280, "--heads", 20, "--mlp", 5120, "--layers", "+12"]}),
    "pythia": ("gpt_neox", "70M", {
        "vocab_size": 50304, "hidden_size": 512, "num_attention_heads": 8,
        "num_hidden_layers": 6, "intermediate_size": 2048, "rope_parameters": ROTARY}, {
        "160M": ["--hidden", 768, "--heads", 12, "--mlp", 3072, "--layers", "+6"],
        "410M": ["--hidden", 1024, "--heads", 16, "--mlp", 4096, "--layers", "+12"]}),
    "opt": ("opt", "125M", {}, {
        "1.3B": ["--hidden", 2048, "--heads", 32, "--mlp", 8192, "--layers", "+12"]}),
    "llama": ("llama", "135M", {
        "vocab_size": 49152, "hidden_size": 576, "num_attention_heads": 9,
        "num_key_value_heads": 3, "intermediate_size": 1536, "num_hidden_layers": 30,
        "max_position_embeddings": 2048, "tie_word_embeddings": True, "rms_norm_eps": 1e-5}, {
        "360M": ["--hidden", 960, "--heads", 15, "--kv-heads", 5, "--mlp", 2560,
                 "--layers", "+2"]}),
}


# Linux counts the memory that a process had before it executed a program, too: that of
# this one, with its frameworks, if it were the parent.
MEASURE = """
import resource, subprocess, sys, time
start = time.monotonic()
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
sys.exit(status)
"""


def grow_apply(source, target, arguments) -> tuple:
    """Seconds and the largest memory, in MB, of one `grow apply`."""
    command = [str(support.BIN_DIR / "grow"), "apply", str(source), "-o", str(target),
               *map(str, arguments)]
    measured = subprocess.run([sys.executable, "-c", MEASURE, *command],
                              stdout=subprocess.PIPE, text=True)
    if measured.returncode:
        sys.exit(f"{' '.join(command)}: status {measured.returncode}")
    seconds, memory = map(float, measured.stdout.split())
    return seconds, memory


def stock_logits(directory, inputs: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Of the stock modules. In f64 without the steps that they compute in f32 whatever
    the type of the model: norms, rotary tables, softmax."""
    if dtype == torch.float64:
        return support.full_precision_logits(directory, inputs)
    return support.logits(directory, inputs, dtype)


def climb(name: str, length: int, dtype: torch.dtype) -> None:
    model_type, size, options, steps = LADDERS[name]
    config = transformers.AutoConfig.for_model(model_type, **options)
    inputs = support.random_ids(config, 0, batch=1, length=length)
    bound = support.TOLERANCE[dtype]
    with tempfile.TemporaryDirectory(prefix=f"grow-{name}-") as folder:
        source = pathlib.Path(folder) / "source"
        ARCHITECTURES[model_type].save(config, source, dtype)
        for target_size, arguments in steps.items():
            target = pathlib.Path(folder) / "target"
            expected = stock_logits(source, inputs, dtype)
            seconds, memory = grow_apply(source, target, arguments)
            parameters = sum(tensor.numel() for tensor in support.read_tensors(target).values())
            error = support.relative_difference(
                expected, stock_logits(target, inputs, dtype))
            if error > bound:
                sys.exit(f"{name} {size} -> {target_size}: {error:.1e}")
            print(f"| {name} {size} -> {target_size} | `{' '.join(map(str, arguments))}` "
                  f"| {support.DTYPE_NAMES[dtype]} | {parameters / 1e6:.0f}M | {seconds:.1f} s "
                  f"| {memory:.0f} MB | {error:.1e} |", flush=True)
            shutil.rmtree(source)
            target.rename(source)
            size = target_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", choices=[*LADDERS, []], default=list(LADDERS))
    parser.add_argument("--length", type=int, default=64, help="tokens to compare")
    parser.add_argument("--f64", action="store_true", help="weights and logits in f64")
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print("| step | flags of `grow apply` | type | parameters | time | memory | largest "
          "difference of logits, of the largest |\n|---|---|---|---|---|---|---|", flush=True)
    for name in options.families:
        climb(name, options.length, torch.float64 if options.f64 else torch.float32)


if __name__ == "__main__":
    main()

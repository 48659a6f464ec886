#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The six expansions of arXiv:2308.06103 in all their orders.

Two small decoders grow in the width of the MLP, in heads, in the widths of values and of
keys, in the hidden size and in depth, in each order, and compute what they computed
before: bit for bit if attributes stay as they are, and to 1e-12 of the largest logit in
f64 if factors go into weights. The grown models differ in how their weights come about,
and in nothing else: `@forward` is the same text for every order.

    orders.py --bin build/bin           all 720 orders
    orders.py --bin build/bin --sample 24 --seed 7
"""

import argparse
import itertools
import pathlib
import random
import re
import subprocess
import sys

import reference

# Grouped heads, rotary embedding, gated MLP, root mean square norms, biases.
LLAMA = """module {
  grow.param @wte : tensor<7x6xf64>
  grow.param @head : tensor<7x6xf64>
  grow.param @norm : tensor<6xf64>
LAYERS_PARAMS
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf64> {
    %wte = grow.get @wte : tensor<7x6xf64>
    %head = grow.get @head : tensor<7x6xf64>
    %norm = grow.get @norm : tensor<6xf64>
    %x0 = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x6xf64>
LAYERS
    %n = grow.rms_norm %x2 gain(%norm) epsilon 1/8 count 6 : tensor<?x?x6xf64>
    %logits = grow.unembedding %n, %head : tensor<?x?x6xf64>, tensor<7x6xf64>
    return %logits : tensor<?x?x7xf64>
  }
SCHEDULE
}
"""
LLAMA_PARAMS = {
    "n1": "6", "q": "6x2x2x4", "bq": "2x2x4", "k": "6x2x4", "bk": "2x4", "v": "6x2x3",
    "bv": "2x3", "o": "2x2x3x6", "bo": "6", "n2": "6", "up": "6x5", "bup": "5",
    "gate": "6x5", "bgate": "5", "down": "5x6", "bdown": "6"}
LLAMA_LAYER = """
      %n1 = grow.rms_norm %x gain(%g_n1) epsilon 1/8 count 6 : tensor<?x?x6xf64>
      %a = grow.attention %n1 q(%g_q, %g_bq) k(%g_k, %g_bk) v(%g_v, %g_bv) o(%g_o, %g_bo)
        rope #grow.rope<half_split, frequencies = [1.0, 0.1], factor = 1> scale 1/2 causal
        : (tensor<?x?x6xf64>, tensor<6x2x2x4xf64>, tensor<2x2x4xf64>, tensor<6x2x4xf64>,
           tensor<2x4xf64>, tensor<6x2x3xf64>, tensor<2x3xf64>, tensor<2x2x3x6xf64>,
           tensor<6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %a : tensor<?x?x6xf64>
      %n2 = grow.rms_norm %y gain(%g_n2) epsilon 1/8 count 6 : tensor<?x?x6xf64>
      %m = grow.mlp %n2 up(%g_up, %g_bup) gate(%g_gate, %g_bgate) down(%g_down, %g_bdown)
        activation silu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5xf64>,
        tensor<6x5xf64>, tensor<5xf64>, tensor<5x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
      %z = arith.addf %y, %m : tensor<?x?x6xf64>"""

# Tied table, layer norms, GELU, one key for each head.
GPT = """module {
  grow.param @wte : tensor<7x6xf64>
  grow.param @norm : tensor<6xf64>
  grow.param @bnorm : tensor<6xf64>
LAYERS_PARAMS
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf64> {
    %wte = grow.get @wte : tensor<7x6xf64>
    %norm = grow.get @norm : tensor<6xf64>
    %bnorm = grow.get @bnorm : tensor<6xf64>
    %x0 = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x6xf64>
LAYERS
    %n = grow.layer_norm %x2 gain(%norm) bias(%bnorm) epsilon 1/8 count 6 centered 6 : tensor<?x?x6xf64>
    %logits = grow.unembedding %n, %wte : tensor<?x?x6xf64>, tensor<7x6xf64>
    return %logits : tensor<?x?x7xf64>
  }
SCHEDULE
}
"""
GPT_PARAMS = {
    "n1": "6", "bn1": "6", "q": "6x2x1x4", "bq": "2x1x4", "k": "6x2x4", "bk": "2x4",
    "v": "6x2x3", "bv": "2x3", "o": "2x1x3x6", "bo": "6", "n2": "6", "bn2": "6",
    "up": "6x5", "bup": "5", "down": "5x6", "bdown": "6"}
GPT_LAYER = """
      %n1 = grow.layer_norm %x gain(%g_n1) bias(%g_bn1) epsilon 1/8 count 6 centered 6 : tensor<?x?x6xf64>
      %a = grow.attention %n1 q(%g_q, %g_bq) k(%g_k, %g_bk) v(%g_v, %g_bv) o(%g_o, %g_bo)
        scale 1/2 causal
        : (tensor<?x?x6xf64>, tensor<6x2x1x4xf64>, tensor<2x1x4xf64>, tensor<6x2x4xf64>,
           tensor<2x4xf64>, tensor<6x2x3xf64>, tensor<2x3xf64>, tensor<2x1x3x6xf64>,
           tensor<6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %a : tensor<?x?x6xf64>
      %n2 = grow.layer_norm %y gain(%g_n2) bias(%g_bn2) epsilon 1/8 count 6 centered 6 : tensor<?x?x6xf64>
      %m = grow.mlp %n2 up(%g_up, %g_bup) down(%g_down, %g_bdown)
        activation gelu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5xf64>,
        tensor<5x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
      %z = arith.addf %y, %m : tensor<?x?x6xf64>"""

MODELS = {"llama": (LLAMA, LLAMA_PARAMS, LLAMA_LAYER), "gpt": (GPT, GPT_PARAMS, GPT_LAYER)}

FILL = "init #grow.normal<stddev = 1/2, seed = {}> bias_init #grow.normal<stddev = 1/2, seed = {}>"


def expansions(compensation: str) -> list:
    """The six, with everything random that may be."""
    fill = [FILL.format(2 * i, 2 * i + 1) for i in range(6)]
    return [f"grow.expand_mlp to 8 {fill[0]}",
            f"grow.add_heads groups by 1 {fill[1]}",
            f"grow.expand_heads to 5 {fill[2]}",
            f"grow.expand_attention to 6 compensation {compensation} {fill[3]}",
            f"grow.expand_hidden to 9 compensation {compensation} "
            "init #grow.normal<stddev = 1/2, seed = 8> gain_init #grow.constant<3/4>",
            f"grow.add_layers at [1] {fill[5]}"]


def module(name: str, steps, schedules: bool = False) -> str:
    """A model to grow, by one schedule or by one for each step."""
    text, params, body = MODELS[name]
    declared, layers = [], []
    for layer in range(2):
        names = {short: f"h.{layer}.{short}" for short in params}
        declared += [f"  grow.param @{names[short]} : tensor<{shape}xf64>"
                     for short, shape in params.items()]
        gets = [f"      %g_{short} = grow.get @{names[short]} : tensor<{shape}xf64>"
                for short, shape in params.items()]
        layers.append(f'    %x{layer + 1} = grow.layer "h.{layer}" '
                      f"(%x = %x{layer} : tensor<?x?x6xf64>) {{\n" + "\n".join(gets) + body
                      + "\n      grow.yield %z : tensor<?x?x6xf64>\n    }")
    schedule = "\n".join(["  grow.schedule @all {", *(f"    {step}" for step in steps), "  }"])
    if schedules:
        schedule = "\n".join(f"  grow.schedule @s{number} {{\n    {step}\n  }}"
                             for number, step in enumerate(steps))
    return (text.replace("LAYERS_PARAMS", "\n".join(declared))
            .replace("LAYERS", "\n".join(layers)).replace("SCHEDULE", schedule if steps else ""))


def grow(tools: pathlib.Path, texts: list, passes: str = "grow-expand") -> str:
    """The modules after expansion, all in one process, in the generic form."""
    command = [str(tools / "grow-opt"), "-", "--split-input-file", "--mlir-print-op-generic",
               f"--pass-pipeline=builtin.module({passes},canonicalize)"]
    done = subprocess.run(command, input="\n// -----\n".join(texts), capture_output=True,
                          text=True)
    if done.returncode:
        sys.exit(f"grow-opt refused an order:\n{done.stderr}")
    return done.stdout


def forward_text(module_text: str) -> str:
    """What the model computes, with constants but without derivations."""
    return module_text[module_text.index('"func.func"'):]


def try_orders(tools, name: str, compensation: str, orders: list) -> None:
    steps = expansions(compensation)
    before = reference.Model(reference.parse(grow(tools, [module(name, [])]))[0])
    rows = [[1, 4, 2, 6], [3, 0, 5, 5]]
    expected = [before.forward(row) for row in rows]
    texts = grow(tools, [module(name, [steps[i] for i in order])
                         for order in orders]).split("// -----")
    worst, different = 0.0, set()
    for order, text in zip(orders, texts, strict=True):
        after = reference.Model(reference.parse(text)[0])
        found = max(reference.difference(old, after.forward(row))
                    for old, row in zip(expected, rows))
        if found > (0.0 if compensation == "graph" else 1e-12):
            sys.exit(f"{name}, compensation {compensation}, order {order}: "
                     f"{found:.1e} of the largest logit")
        worst = max(worst, found)
        different.add(re.sub(r"%\w+", "%", forward_text(text)))
    if len(different) != 1:
        sys.exit(f"{name}: {len(different)} different grown functions")
    derivations = len({text[:text.index('"func.func"')] for text in texts})
    print(f"{name}, compensation {compensation}: {len(orders)} orders, one function, "
          f"{derivations} sets of derivations, largest difference {worst:.1e}", flush=True)


def try_pipeline(tools, name: str) -> None:
    """Six passes make what one makes."""
    for compensation in ["graph", "weights"]:
        steps = expansions(compensation)
        at_once = grow(tools, [module(name, steps)])
        passes = ",".join(f"grow-expand{{schedule=s{number}}}" for number in range(len(steps)))
        if grow(tools, [module(name, steps, schedules=True)], passes) != at_once:
            sys.exit(f"{name}: a pass for each expansion makes another model than one for all")
    print(f"{name}: six passes make what one makes")


def try_repeated(tools) -> None:
    """Growth by sqrt(3/2), twice, multiplies by 3/2: one factor, rounded once."""
    steps = [f"grow.expand_attention to {size} compensation weights "
             + FILL.format(0, 1)
             for size in (6, 9)]
    steps += [f"grow.expand_hidden to {size} compensation weights" for size in (8, 24)]
    text = grow(tools, [module("gpt", steps)])
    grown = reference.Model(reference.parse(text)[0])
    before = reference.Model(reference.parse(grow(tools, [module("gpt", [])]))[0])
    for param, factor in [("h.0.bk", 1.5), ("h.1.bk", 1.5), ("h.0.n1", 0.5), ("norm", 0.5)]:
        old, new = before.param(param), grown.param(param)
        width = old.shape[-1]
        kept = [x for row in reference.chunks(new.data, new.shape[-1]) for x in row[:width]]
        if kept != [factor * x for x in old.data]:
            sys.exit(f"{param}: repeated growth rounds more than once")
    print("repeated growth: one factor, from the original size")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    parser.add_argument("--sample", type=int, default=720, help="try this many orders only")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    options = parser.parse_args()
    orders = list(itertools.permutations(range(6)))
    orders = random.Random(options.seed).sample(orders, options.sample)
    for name in MODELS:
        for compensation in ["graph", "weights"]:
            try_orders(options.bin, name, compensation, orders)
        try_pipeline(options.bin, name)
    try_repeated(options.bin)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Grows random models by random schedules and compares what they compute.

Each case is a random decoder in IR and a random schedule. The grown model must
compute the same, in f64 and in f32; then one thing in it is made wrong, and the
comparison must notice. Needs nothing but Python and the built tools.

    random-growth.py --bin build/bin --cases 1000 --seed 7

A failing case is printed with its seed and its files are kept.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ACTIVATIONS = ["relu", "gelu", "gelu_tanh", "silu"]


class Model:
    """Text of a random decoder whose matrices are stored in random layouts."""

    def __init__(self, rng: random.Random, element: str):
        self.rng = rng
        self.element = element
        self.hidden = rng.choice([4, 6, 8, 10])
        self.vocabulary = rng.randint(5, 17)
        self.layers = rng.randint(1, 3)
        self.params = []
        self.mlps = []
        self.body = []
        self.build()

    def tensor(self, *shape) -> str:
        return f"tensor<{'x'.join(map(str, shape))}x{self.element}>"

    @property
    def stream(self) -> str:
        return self.tensor("?", "?", self.hidden)

    def param(self, name: str, *shape: int, layer: bool = True) -> str:
        """Declares a parameter, gets it, and returns its value."""
        stored = name.replace(name.split(".")[1], "{layer}", 1) if layer else name
        axes = list(range(len(shape)))
        layout = ""
        if self.rng.random() < 0.5:
            self.rng.shuffle(axes)
            split = self.rng.randrange(1, len(axes)) if len(axes) > 1 else 1
            dims = [axes[:split], axes[split:]] if len(axes) > 1 else [axes]
            layout = "[" + ", ".join("*".join(map(str, dim)) for dim in dims) + "]"
        self.params.append(
            f'  grow.param @{name} : {self.tensor(*shape)} storage<"{stored}"{layout}>')
        value = "%" + name.replace(".", "_")
        self.body.append(f"      {value} = grow.get @{name} : {self.tensor(*shape)}")
        return value

    def maybe(self, name: str, *shape: int):
        return self.param(name, *shape) if self.rng.random() < 0.5 else None

    def op(self, mnemonic: str, x: str, operands: list, attributes: str) -> str:
        """An op with named groups of (weight, shape, bias, shape)."""
        values, types = [], [self.stream]
        for name, weight, shape, bias, bias_shape in operands:
            values.append(f"{name}({weight}{', ' + bias if bias else ''})")
            types.append(self.tensor(*shape))
            if bias:
                types.append(self.tensor(*bias_shape))
        return (f"grow.{mnemonic} {x} {' '.join(values)} {attributes} : "
                f"({', '.join(types)}) -> {self.stream}")

    def norm(self, prefix: str, x: str, result: str):
        gain = self.param(f"{prefix}.gain", self.hidden)
        epsilon = self.rng.choice(["1.0e-05", "1.0e-06", "1/8"])
        if self.rng.random() < 0.5:
            text = f"rms_norm {x} gain({gain}) epsilon {epsilon} count {self.hidden}"
        else:
            bias = self.maybe(f"{prefix}.bias", self.hidden)
            text = (f"layer_norm {x} gain({gain}){f' bias({bias})' if bias else ''} "
                    f"epsilon {epsilon} count {self.hidden} centered {self.hidden}")
        self.body.append(f"      {result} = grow.{text} : {self.stream}")

    def attention(self, prefix: str, x: str) -> str:
        h, rng = self.hidden, self.rng
        g, r, k, v = rng.randint(1, 3), rng.randint(1, 3), rng.choice([2, 4, 6]), rng.randint(1, 5)
        rope = ""
        if rng.random() < 0.5:
            pairs = rng.randint(1, k // 2)
            frequencies = ", ".join(f"{rng.uniform(0.01, 1.0):e}" for _ in range(pairs))
            layout = rng.choice(["half_split", "interleaved"])
            rope = f"rope #grow.rope<{layout}, frequencies = [{frequencies}], factor = 1> "
        shapes = {"q": (h, g, r, k), "k": (h, g, k), "v": (h, g, v)}
        operands = [(name, self.param(f"{prefix}.{name}", *shape), shape,
                     self.maybe(f"{prefix}.b{name}", *shape[1:]), shape[1:])
                    for name, shape in shapes.items()]
        operands.append(("o", self.param(f"{prefix}.o", g, r, v, h), (g, r, v, h),
                         self.maybe(f"{prefix}.bo", h), (h,)))
        causal = rng.choice([" causal", ""])
        scale = rng.choice(["1/2", "1/3", "1/2 * sqrt(2)"])
        return self.op("attention", x, operands, f"{rope}scale {scale}{causal}")

    def mlp(self, prefix: str, x: str) -> str:
        h, width = self.hidden, self.rng.randint(1, 20)
        names = ["up"] + (["gate"] if self.rng.random() < 0.5 else [])
        operands = [(name, self.param(f"{prefix}.{name}", h, width), (h, width),
                     self.maybe(f"{prefix}.{name}_bias", width), (width,)) for name in names]
        operands.append(("down", self.param(f"{prefix}.down", width, h), (width, h),
                         self.maybe(f"{prefix}.down_bias", h), (h,)))
        activation = self.rng.choice(ACTIVATIONS)
        self.mlps.append((width, len(names) > 1, activation))
        return self.op("mlp", x, operands, f"activation {activation}")

    def layer(self, index: int, x: str) -> str:
        prefix, result = f"h.{index}", f"%x{index + 1}"
        self.body.append(f'    {result} = grow.layer "{prefix}" (%x = {x} : {self.stream}) {{')
        self.norm(f"{prefix}.n1", "%x", "%n1")
        self.body.append(f"      %a = {self.attention(prefix, '%n1')}")
        if self.rng.random() < 0.3:  # attention and MLP side by side
            self.body.append(f"      %m = {self.mlp(prefix, '%n1')}")
        else:
            self.body.append(f"      %y = arith.addf %x, %a : {self.stream}")
            self.norm(f"{prefix}.n2", "%y", "%n2")
            self.body.append(f"      %m = {self.mlp(prefix, '%n2')}")
        left = "%y" if "%y = " in "\n".join(self.body[-12:]) else "%x"
        if left == "%x":
            self.body.append(f"      %b = arith.addf %m, %a : {self.stream}")
            self.body.append(f"      %z = arith.addf %b, %x : {self.stream}")
        else:
            self.body.append(f"      %z = arith.addf %y, %m : {self.stream}")
        self.body.append(f"      grow.yield %z : {self.stream}")
        self.body.append("    }")
        return result

    def build(self):
        table = self.param("wte", self.vocabulary, self.hidden, layer=False)
        table_type = self.tensor(self.vocabulary, self.hidden)
        self.body.append(f"    %x0 = grow.embedding %ids, {table} : tensor<?x?xi64>, {table_type}")
        x = "%x0"
        for index in range(self.layers):
            x = self.layer(index, x)
        head = table if self.rng.random() < 0.5 else self.param(
            "head", self.vocabulary, self.hidden, layer=False)
        self.body.append(f"    %logits = grow.unembedding {x}, {head} : {self.stream}, {table_type}")
        logits = self.tensor("?", "?", self.vocabulary)
        self.body.append(f"    return %logits : {logits}")
        self.signature = f"  func.func @forward(%ids: tensor<?x?xi64>) -> {logits} {{"

    def text(self, schedule: str) -> str:
        return "\n".join(["module {", *self.params, self.signature, *self.body, "  }",
                          schedule, "}", ""])


def random_fill(rng: random.Random) -> str:
    seed = rng.randrange(1000)
    return rng.choice([f"#grow.normal<stddev = 1/2, seed = {seed}>",
                       f"#grow.uniform<bound = 1, seed = {seed}>", "#grow.constant<1/4>"])


def random_schedule(rng: random.Random, model: Model) -> str:
    """One to three expansions that the model can hold."""
    widths = [width for width, _, _ in model.mlps]
    shapes = [(gated, activation) for _, gated, activation in model.mlps]
    steps = []
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.5:
            positions = sorted(rng.randint(0, len(widths)) for _ in range(rng.randint(1, 2)))
            origin = rng.choice(["random", "previous", "next"])
            steps.append(f"    grow.add_layers at {positions_text(positions)} from {origin}"
                         + (f" init {random_fill(rng)}" if origin == "random" else ""))
            for done, position in enumerate(positions):
                number = len(widths) - done
                neighbour = position if origin == "next" else position - 1
                neighbour = min(max(neighbour, 0), number - 1) + done
                widths.insert(position + done, widths[neighbour])
                shapes.insert(position + done, shapes[neighbour])
            continue
        chosen = sorted(rng.sample(range(len(widths)), rng.randint(1, len(widths))))
        size = max(widths[i] for i in chosen) + rng.randint(1, 9)
        sides = ["down", "up", "gate", "pair"]
        for i in chosen:
            gated, activation = shapes[i]
            if not gated:
                sides = [side for side in sides if side != "gate"]
            if activation == "relu":  # its derivative at zero is zero
                sides = [side for side in sides if side != ("gate" if gated else "up")]
            if (size - widths[i]) % 2:
                sides = [side for side in sides if side != "pair"]
        for i in chosen:
            widths[i] = size
        steps.append(f"    grow.expand_mlp to {size} layers [{', '.join(map(str, chosen))}] "
                     f"zero {rng.choice(sides)} init {random_fill(rng)}")
    return "\n".join(["  grow.schedule @grow {", *steps, "  }"])


def positions_text(positions) -> str:
    return "[" + ", ".join(map(str, positions)) + "]"


def wrong_variants(grown: str):
    """Grown models with one thing made wrong: what, where, and the wrong text."""
    for param in re.finditer(r"grow\.param @\S+\.(up|gate|down|o) .*\{\n(?:    .*\n)+", grown):
        def find(pattern):
            return re.compile(pattern).finditer(grown, *param.span())
        # Of a weight only the zero side is zero.
        for match in find(r"grow\.extend .* with (#grow\.zero)"):
            yield "new units are not silent", match.span(1), "#grow.constant<1/2>"
        for match in find(r"grow\.fill (#grow\.zero)"):
            yield "a new layer is not silent", match.span(1), "#grow.constant<1/2>"
        for match in find(r"along \d at \[([1-9]\d*)\]"):
            yield "a block is in the wrong place", match.span(1), "0"
        for match in find(r"factor = (-1)>"):
            yield "a pair does not cancel", match.span(1), "1"


class Runner:
    def __init__(self, tools: pathlib.Path, folder: pathlib.Path):
        self.tools, self.folder = tools, folder

    def run(self, *command) -> subprocess.CompletedProcess:
        command = [str(self.tools / command[0]), *map(str, command[1:])]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    def verify(self, source: pathlib.Path, grown: pathlib.Path, seed: int):
        done = self.run("grow", "verify", source, grown, "--json", "--seq", 5, "--seed", seed)
        if done.returncode not in (0, 3):
            raise AssertionError(f"grow verify: status {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def case(self, seed: int, totals: dict):
        rng = random.Random(seed)
        model_seed = rng.randrange(1 << 30)
        for element in ["f64", "f32"]:
            rng = random.Random(model_seed)
            model = Model(rng, element)
            source = self.folder / f"source.{element}.mlir"
            source.write_text(model.text(random_schedule(rng, model)))
            expanded = self.run("grow-opt", source, "--grow-expand")
            if expanded.returncode:
                raise AssertionError(f"grow-expand refused a legal schedule\n{expanded.stderr}")
            grown = self.folder / f"grown.{element}.mlir"
            grown.write_text(expanded.stdout)
            report = self.verify(source, grown, seed)
            totals[element] = max(totals[element], report["max_rel"])
            if not report["equivalent"]:
                raise AssertionError(f"growth changed the function in {element}: {report}")
        self.mutate(rng, source, expanded.stdout, seed, totals)

    def mutate(self, rng, source, grown: str, seed: int, totals: dict):
        variants = list(wrong_variants(grown))
        if not variants:
            return
        name, (begin, end), text = rng.choice(variants)
        wrong = self.folder / "wrong.mlir"
        wrong.write_text(grown[:begin] + text + grown[end:])
        if self.verify(source, wrong, seed)["equivalent"]:
            raise AssertionError(f"not noticed: {name}, in wrong.mlir")
        totals["wrong"] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"{options.cases} cases from seed {options.seed}")
    totals = {"f64": 0.0, "f32": 0.0, "wrong": 0}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="grow-random-"))
    runner = Runner(options.bin, folder)
    for case in range(options.cases):
        try:
            runner.case(options.seed + case, totals)
        except AssertionError as error:
            sys.exit(f"case with --seed {options.seed + case} --cases 1 failed, "
                     f"files in {folder}:\n{error}")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    print(f"largest difference over the largest logit: {totals['f64']:.1e} in f64, "
          f"{totals['f32']:.1e} in f32")
    print(f"{totals['wrong']} wrong models, all noticed")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long a proof takes: decoders with the dimensions of Llama 405B, of several depths,
grown by all six expansions at once with compensation in weights.

    prove.py --bin build/bin --layers 63 126 252 --repeat 5

Prints the median of the time of grow-prove and of parsing, as the pass manager takes it.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import tempfile

HIDDEN, GROUPS, QUERIES, KEY, MLP, VOCABULARY = 16384, 8, 16, 128, 53248, 128256
GROWTH = ("layers=+8 hidden=20480 kv-heads=10 heads=160 mlp=65536 head-dim=256 "
          "compensation=weights")
STREAM = f"tensor<?x?x{HIDDEN}xf32>"
SHAPES = {
    "norm_1": f"{HIDDEN}",
    "q": f"{HIDDEN}x{GROUPS}x{QUERIES}x{KEY}",
    "k": f"{HIDDEN}x{GROUPS}x{KEY}",
    "v": f"{HIDDEN}x{GROUPS}x{KEY}",
    "o": f"{GROUPS}x{QUERIES}x{KEY}x{HIDDEN}",
    "norm_2": f"{HIDDEN}",
    "up": f"{HIDDEN}x{MLP}",
    "gate": f"{HIDDEN}x{MLP}",
    "down": f"{MLP}x{HIDDEN}",
}


def tensor(shape: str) -> str:
    return f"tensor<{shape}xf32>"


def types(*names: str) -> str:
    operands = ", ".join([STREAM, *(tensor(SHAPES[name]) for name in names)])
    return f"({operands}) -> {STREAM}"


def layer(number: int) -> str:
    gets = {name: f"%{name} = grow.get @h.{number}.{name} : {tensor(shape)}"
            for name, shape in SHAPES.items()}
    lines = [*gets.values(),
             f"%n1 = grow.rms_norm %x gain(%norm_1) epsilon 1.0e-05 count {HIDDEN} : {STREAM}",
             "%a = grow.attention %n1 q(%q) k(%k) v(%v) o(%o) rope #rope "
             f"scale 1/16 * sqrt(2) causal : {types('q', 'k', 'v', 'o')}",
             f"%y = arith.addf %x, %a : {STREAM}",
             f"%n2 = grow.rms_norm %y gain(%norm_2) epsilon 1.0e-05 count {HIDDEN} : {STREAM}",
             "%m = grow.mlp %n2 up(%up) gate(%gate) down(%down) activation silu : "
             f"{types('up', 'gate', 'down')}",
             f"%z = arith.addf %y, %m : {STREAM}",
             f"grow.yield %z : {STREAM}"]
    body = "".join(f"    {line}\n" for line in lines)
    return (f'  %x{number + 1} = grow.layer "h.{number}" (%x = %x{number} : {STREAM}) '
            f"{{\n{body}  }}\n")


def decoder(layers: int) -> str:
    frequencies = ", ".join(repr(500000.0 ** (-2 * pair / KEY)) for pair in range(KEY // 2))
    table = tensor(f"{VOCABULARY}x{HIDDEN}")
    params = [("embed", table), ("norm", tensor(f"{HIDDEN}")), ("head", table)]
    params += [(f"h.{number}.{name}", tensor(shape)) for number in range(layers)
               for name, shape in SHAPES.items()]
    return "".join([
        f"#rope = #grow.rope<half_split, frequencies = [{frequencies}], factor = 1>\n",
        *(f"grow.param @{name} : {type}\n" for name, type in params),
        f"func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x{VOCABULARY}xf32> {{\n",
        f"  %embed = grow.get @embed : {table}\n",
        f"  %x0 = grow.embedding %ids, %embed : tensor<?x?xi64>, {table}\n",
        *map(layer, range(layers)),
        f"  %norm = grow.get @norm : {tensor(f'{HIDDEN}')}\n",
        f"  %n = grow.rms_norm %x{layers} gain(%norm) epsilon 1.0e-05 count {HIDDEN} "
        f": {STREAM}\n",
        f"  %head = grow.get @head : {table}\n",
        f"  %logits = grow.unembedding %n, %head : {STREAM}, {table}\n",
        f"  return %logits : tensor<?x?x{VOCABULARY}xf32>\n}}\n"])


def measure(command: list) -> dict:
    """Seconds of each pass."""
    done = subprocess.run([*command, "--mlir-timing"], capture_output=True, text=True,
                          check=True)
    rows = re.findall(r"^\s*([\d.]+) \(\s*[\d.]+%\)\s+(\w+)", done.stderr, re.M)
    return {name: float(seconds) for seconds, name in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    parser.add_argument("--layers", type=int, nargs="+", default=[63, 126, 252])
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    opt = str(options.bin / "grow-opt")
    print("layers  proof   parsing the grown model")
    with tempfile.TemporaryDirectory(prefix="grow-prove-") as folder:
        source, grown = pathlib.Path(folder, "source.mlir"), pathlib.Path(folder, "grown.mlir")
        for layers in options.layers:
            source.write_text(decoder(layers))
            subprocess.run([opt, source, f"--grow-expand={GROWTH}", "-o", grown], check=True)
            runs = [measure([opt, grown, f"--grow-prove=source={source}", "-o", "/dev/null"])
                    for _ in range(options.repeat)]
            proof = statistics.median(run["ProvePass"] for run in runs)
            parsing = statistics.median(run["Parser"] for run in runs)
            print(f"{layers:6}  {proof:.3f} s {parsing:.3f} s", flush=True)


if __name__ == "__main__":
    main()

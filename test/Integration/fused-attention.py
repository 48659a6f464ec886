# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention by the code for tensor cores, emulated on the CPU.

    fused-attention.py --opt grow-opt --folder DIR [--seed S] [--cases N]

Batches and lengths are drawn, also such that blocks do not divide them. Results are held
against the definition in f64: with u the rounding error of the element type, they may be
off by (2 u + 1e-4) times the weighted sum of the values' magnitudes, since weights and the
result are rounded once. Memory behind the operands, and workgroup memory, is NaN before.
Rows must not depend on the size of blocks of rows, bit for bit. Then kernels lose a
barrier or a wait: each must compute something else.
"""

import argparse
import copy
import ctypes
import dataclasses
import math
import pathlib
import random
import re
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Inputs/cuda-emulator"))
import emulate

SOURCE = """
module attributes {{gpu.container_module}} {{
func.func @attention(%q: memref<?x?x{g}x{r}x{k}x{type}>, %k: memref<?x?x{g}x{k}x{type}>,
                     %v: memref<?x?x{g}x{v}x{type}>, %slopes: memref<{g}x{r}xf32>,
                     %o: memref<?x?x{g}x{r}x{v}x{type}>) {{
  grow.fused_attention
    ins(%q, %k, %v {slopes} : memref<?x?x{g}x{r}x{k}x{type}>, memref<?x?x{g}x{k}x{type}>,
        memref<?x?x{g}x{v}x{type}>{slopes_type})
    outs(%o : memref<?x?x{g}x{r}x{v}x{type}>) scale {scale} {softcap} {mask}
  return
}}
}}
"""

PASSES = ("builtin.module(func.func(grow-nvgpu-lower-attention{{{tile}}},"
          "grow-cpu-approximate-math,grow-gpu-expand-math),"
          "gpu-launch-sink-index-computations,gpu-kernel-outlining,canonicalize,"
          "grow-nvgpu-plan-workgroup-memory{{limit=166912}},nvvm-attach-target{{chip=sm_80 "
          "features=+ptx80}},gpu.module(gpu.func(canonicalize,cse,loop-invariant-code-motion),"
          "grow-nvgpu-lower-math,convert-nvgpu-to-nvvm,convert-scf-to-cf,"
          "expand-strided-metadata,lower-affine,convert-vector-to-llvm,"
          "convert-gpu-to-nvvm,canonicalize,cse,reconcile-unrealized-casts))")

# Rows of a block, and of a warp.
TILES = [(64, 16), (128, 32), (32, 16)]


@dataclasses.dataclass(frozen=True)
class Shape:
    element: str
    groups: int
    heads: int
    key: int
    value: int
    causal: bool = True
    window: int = 0
    softcap: float = 0
    slopes: bool = False
    tile: int = 0


SHAPES = [Shape("bf16", 1, 1, 64, 64),
          Shape("bf16", 2, 3, 16, 32, causal=False, tile=1),
          Shape("f16", 1, 2, 32, 16, window=20),
          Shape("bf16", 2, 2, 48, 80, softcap=2, slopes=True),
          Shape("bf16", 1, 4, 128, 128, window=70, slopes=True, tile=2),
          Shape("f16", 2, 1, 144, 96, causal=False, softcap=5)]
LENGTHS = [1, 7, 64, 65, 130]


def encode(values, element):
    if element == "f16":
        return list(struct.unpack(f"<{len(values)}H", struct.pack(f"<{len(values)}e", *values)))
    words = struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))
    return [word >> 16 for word in words]


def decode(halves, element):
    if element == "f16":
        return struct.unpack(f"<{len(halves)}e", struct.pack(f"<{len(halves)}H", *halves))
    return struct.unpack(f"<{len(halves)}f",
                         struct.pack(f"<{len(halves)}I", *(half << 16 for half in halves)))


class Array:
    """Entries in memory, `offset` of them behind an aligned address."""

    def __init__(self, values, element, shape, offset=0):
        nan, = encode([math.nan], element)
        self.element, self.shape, self.offset = element, shape, offset
        encoded = encode(values, element)
        self.values = decode(encoded, element)
        # A multiple of 16 bytes in any case.
        self.memory = (ctypes.c_uint16 * (offset + len(values) + 72))(
            *[nan] * (offset + len(values) + 72))
        self.start = -(ctypes.addressof(self.memory) // 2) % 8 + offset
        self.memory[self.start:self.start + len(encoded)] = encoded

    def describe(self):
        return emulate.describe(ctypes.addressof(self.memory) + 2 * self.start, self.shape)

    def read(self):
        count = math.prod(self.shape)
        rest = decode([*self.memory[:self.start], *self.memory[self.start + count:]],
                      self.element)
        assert all(map(math.isnan, rest)), "memory beside the result was written to"
        return self.memory[self.start:self.start + count]


def get_expected(shape, q, k, v, slopes, batch, length, rows):
    """For each of `rows`, the context, and the bound of its error without the factor."""
    s, scale = shape, 1 / math.sqrt(shape.key)
    for b, position, g, r in rows:
        at = (((b * length + position) * s.groups + g) * s.heads + r) * s.key
        query = q.values[at:at + s.key]
        first = max(0, position - s.window + 1) if s.window else 0
        keys = range(first, position + 1 if s.causal else length)
        scores = []
        for t in keys:
            at = ((b * length + t) * s.groups + g) * s.key
            score = scale * sum(map(lambda x, y: x * y, query, k.values[at:at + s.key]))
            if s.softcap:
                score = s.softcap * math.tanh(score / s.softcap)
            scores.append(score + slopes[g * s.heads + r] * (t - position))
        largest = max(scores)
        weights = [math.exp(score - largest) for score in scores]
        total = sum(weights)
        context, bound = [0.0] * s.value, [0.0] * s.value
        for t, weight in zip(keys, weights):
            at = ((b * length + t) * s.groups + g) * s.value
            for i, value in enumerate(v.values[at:at + s.value]):
                context[i] += weight / total * value
                bound[i] += weight / total * abs(value)
        yield context, bound


class Attention:
    """A kernel, from `grow-opt` to code for this CPU."""

    def __init__(self, args, shape):
        self.args, self.shape = args, shape
        self.rows, warp_rows = TILES[shape.tile]
        self.threads = self.rows // warp_rows * 32
        mask = f"causal window {shape.window}" if shape.window else "causal"
        source = SOURCE.format(
            g=shape.groups, r=shape.heads, k=shape.key, v=shape.value, type=shape.element,
            slopes="slopes %slopes" if shape.slopes else "",
            slopes_type=f", memref<{shape.groups}x{shape.heads}xf32>" if shape.slopes else "",
            scale=f"1/{shape.key} * sqrt({shape.key})", mask=mask if shape.causal else "",
            softcap=f"softcap {shape.softcap}" if shape.softcap else "")
        self.text = subprocess.run(
            [args.opt, "--pass-pipeline=" + PASSES.format(
                tile=f"block-rows={self.rows} warp-rows={warp_rows}")],
            input=source, text=True, check=True, stdout=subprocess.PIPE).stdout
        self.build()

    def build(self):
        self.kernels = emulate.Kernels(self.text, self.args.folder, self.args.translate,
                                       self.args.clang)
        launch = re.search(r"gpu\.launch_func.*?args\((.*)\)", self.text, re.DOTALL)[1]
        self.order = [int(n) for n in re.findall(r"%arg(\d) : memref", launch)]
        self.bytes = int(re.search(r"constant (\d+) : i32|constant\((\d+) : i32\)",
                                   self.text)[1])

    def run(self, batch, length, offset, seed):
        """Operands, and the result as integers."""
        s, draw = self.shape, random.Random(seed)

        def array(shape, offset=0):
            values = [draw.gauss(0, 2) for _ in range(math.prod(shape))]
            return Array(values, s.element, shape, offset)

        q = array([batch, length, s.groups, s.heads, s.key], offset)
        k = array([batch, length, s.groups, s.key])
        v = array([batch, length, s.groups, s.value])
        slopes = [draw.choice([0.5, 0.25, 0.125]) if s.slopes else 0.0
                  for _ in range(s.groups * s.heads)]
        table = (ctypes.c_float * len(slopes))(*slopes)
        count = batch * length * s.groups * s.heads * s.value
        o = Array([math.nan] * count, s.element,
                  [batch, length, s.groups, s.heads, s.value])
        operands = [q.describe(), k.describe(), v.describe(),
                    emulate.describe(ctypes.addressof(table), [s.groups, s.heads]),
                    o.describe()]
        blocks = -(-length * s.heads // self.rows) * batch * s.groups
        self.kernels.launch("attention_kernel", (blocks, 1, 1), (self.threads, 1, 1),
                            sum((operands[n] for n in self.order), []), self.bytes, seed)
        return (q, k, v, slopes), o.read()

    def is_right(self, batch, length, offset, seed):
        s = self.shape
        operands, result = self.run(batch, length, offset, seed)
        result = decode(result, s.element)
        draw = random.Random(seed)
        rows = [(b, position, g, r) for b in range(batch) for position in range(length)
                for g in range(s.groups) for r in range(s.heads)]
        rows = draw.sample(rows, min(len(rows), 48))
        unit = {"bf16": 2.0**-8, "f16": 2.0**-11}[s.element]
        for (b, position, g, r), (context, bound) in zip(
                rows, get_expected(s, *operands, batch, length, rows)):
            at = (((b * length + position) * s.groups + g) * s.heads + r) * s.value
            for x, y, scale in zip(context, result[at:at + s.value], bound):
                # Not `>`: NaN is wrong. The last term: weights of f16 that are subnormal.
                if not abs(x - y) <= (2 * unit + 1e-4) * scale + length * 2.0**-24:
                    return False
        return all(map(math.isfinite, result))

    def without(self, pattern, number):
        """The same kernel without one of the lines that match."""
        lines = self.text.splitlines(keepends=True)
        found = [i for i, line in enumerate(lines) if re.search(pattern, line)]
        if number >= len(found):
            raise ValueError(f"there are {len(found)} lines of {pattern}")
        del lines[found[number]]
        mutant = copy.copy(self)
        mutant.text = "".join(lines)
        mutant.build()
        return mutant


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    emulate.add_arguments(parser, cases=2, seed=random.randrange(10000))
    return parser.parse_args()


def main():
    args = parse_arguments()
    draw = random.Random(args.seed)
    failed = count = 0
    for shape in SHAPES:
        attention = Attention(args, shape)
        for _ in range(args.cases):
            batch, length = draw.choice([1, 2]), draw.choice(LENGTHS)
            offset, seed = draw.choice([0, 0, 1, 8]), draw.randrange(1000)
            count += 1
            if not attention.is_right(batch, length, offset, seed):
                failed += 1
                print(f"wrong: {shape}, batch {batch}, length {length}, offset {offset}, "
                      f"seed {seed}")
    print(f"{count} attentions from seed {args.seed}, {failed} wrong")

    plain = Attention(args, SHAPES[0])
    other = Attention(args, dataclasses.replace(SHAPES[0], tile=1))
    same = plain.run(1, 130, 0, 3)[1] == other.run(1, 130, 0, 3)[1]
    print("other blocks of rows:", "the same bits" if same else "OTHER BITS")

    # Barriers and waits before the loop, for keys, and for values.
    for kind, pattern in [("barrier", r"nvvm\.barrier"), ("wait", r"cp\.async\.wait")]:
        for number in range(3):
            mutant = plain.without(pattern, number)
            caught = any(not mutant.is_right(1, length, 0, seed)
                         for seed in range(6) for length in (65, 130))
            print(f"without {kind} {number}: {'caught' if caught else 'NOT CAUGHT'}")


if __name__ == "__main__":
    main()

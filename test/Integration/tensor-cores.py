# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of matrices by the code for tensor cores, emulated on the CPU.

    tensor-cores.py --opt grow-opt --folder DIR [--seed S] [--cases N]

Random sizes, also such that nothing divides the blocks; entries are small integers, so
that every sum is exact in any order and results are compared for equality. Those of f32
are also drawn with 24 bits: then results are, bit for bit, those of entries rounded to
TF32, summed in the order of mma.sync, and not within its error without rounding. Memory
beyond the matrices is NaN before and must be afterwards. Then kernels lose one barrier
inside the loop over the depth, or the rounding: each must compute something else.
"""

import argparse
import copy
import ctypes
import pathlib
import random
import re
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Inputs/cuda-emulator"))
import emulate

SOURCE = """
#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> {columns}>
#sums = affine_map<(m, n, k) -> (m, n)>
module attributes {{gpu.container_module}} {{
func.func @product(%rows: memref<?x?x{type}>, %columns: memref<?x?x{type}>,
                   %sums: memref<?x?xf32>) {{
  %c1 = arith.constant 1 : index
  %threads = arith.constant {threads} : index
  %zero = arith.constant 0.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %threads, %sy = %c1, %sz = %c1) {{
    {fill}
    linalg.generic {{indexing_maps = [#rows, #columns, #sums],
                     iterator_types = ["parallel", "parallel", "reduction"]}}
        ins(%rows, %columns : memref<?x?x{type}>, memref<?x?x{type}>)
        outs(%sums : memref<?x?xf32>) {{
    ^bb0(%row: {type}, %column: {type}, %sum: f32):
      {body}
      linalg.yield %next : f32
    }}
    gpu.terminator
  }}
  return
}}
}}
"""
FILL = "linalg.fill ins(%zero : f32) outs(%sums : memref<?x?xf32>)"
BODY = """%x = arith.extf %row : {type} to f32
      %y = arith.extf %column : {type} to f32
      %next = math.fma %x, %y, %sum : f32"""
BODY_F32 = "%next = math.fma %row, %column, %sum : f32"

PASSES = ("builtin.module(grow-nvgpu-lower-contractions{{tf32 {tile}}},canonicalize,cse,"
          "gpu-launch-sink-index-computations,gpu-kernel-outlining,canonicalize,"
          "grow-nvgpu-plan-workgroup-memory,nvvm-attach-target{{chip=sm_80 "
          "features=+ptx80}},convert-nvgpu-to-nvvm,gpu.module(convert-scf-to-cf,"
          "expand-strided-metadata,lower-affine,convert-vector-to-llvm,"
          "convert-gpu-to-nvvm,canonicalize,cse,reconcile-unrealized-casts))")

# Of a block of threads: the options of the pass, and the threads.
TILES = [("", 256),
         ("block-rows=64 block-columns=64 warp-rows=32 warp-columns=32 stages=3", 128)]


def get_bits(value):
    return struct.unpack("<I", struct.pack("<f", value))[0]


def from_bits(word):
    return struct.unpack("<f", struct.pack("<I", word))[0]


def round_to_f32(value):
    return from_bits(get_bits(value))


def round_to_tf32(value):
    """To 10 bits behind the first, away from zero if two are as near."""
    return from_bits((get_bits(value) + (1 << 12)) >> 13 << 13)


def encode(value, element):
    if element == "f16":
        return struct.unpack("<H", struct.pack("<e", value))[0]
    return get_bits(value) >> (16 if element == "bf16" else 0)


def place(matrix, element, offset):
    """A matrix in memory, `offset` entries behind an aligned address."""
    entries = [encode(value, element) for row in matrix for value in row]
    nan = encode(float("nan"), element)
    entry = ctypes.c_uint32 if element == "f32" else ctypes.c_uint16
    memory = (entry * (offset + len(entries) + 64))(
        *[nan] * offset, *entries, *[nan] * 64)
    start = ctypes.addressof(memory) + ctypes.sizeof(entry) * offset
    return memory, emulate.describe(start, [len(matrix), len(matrix[0])])


class Product:
    """A kernel, from `grow-opt` to code for this CPU."""

    def __init__(self, args, element, transposed, accumulates, tile):
        self.element, self.transposed, self.accumulates = element, transposed, accumulates
        options, self.threads = tile
        source = SOURCE.format(columns="(n, k)" if transposed else "(k, n)", type=element,
                               threads=self.threads, fill="" if accumulates else FILL,
                               body=BODY_F32 if element == "f32" else BODY.format(type=element))
        self.text = subprocess.run(
            [args.opt, f"--pass-pipeline={PASSES.format(tile=options)}"], input=source,
            text=True, check=True, stdout=subprocess.PIPE).stdout
        self.args = args
        self.build()

    def build(self):
        self.kernels = emulate.Kernels(self.text, self.args.folder, self.args.translate,
                                       self.args.clang)
        self.bytes = int(re.search(r"constant\((\d+) : i32\)", self.text)[1])

    def is_right(self, m, n, k, offset, seed):
        draw = random.Random(seed)
        rows = [[draw.randint(-4, 4) for _ in range(k)] for _ in range(m)]
        columns = [[draw.randint(-4, 4) for _ in range(n)] for _ in range(k)]
        before = draw.randint(-9, 9) if self.accumulates else float("nan")
        start = before if self.accumulates else 0
        expected = [start + sum(x * y for x, y in zip(row, column))
                    for row in rows for column in zip(*columns)]
        return self.multiply(rows, columns, before, offset, seed) == expected

    def rounds(self, m, n, k, seed):
        """Whether entries of 24 bits are rounded to TF32."""
        draw = random.Random(seed)
        rows, columns = ([[round_to_f32(draw.gauss(0, 1)) for _ in range(count)]
                          for _ in range(lines)] for lines, count in ((m, k), (k, n)))
        result = self.multiply(rows, columns, float("nan"), 0, seed)
        narrow = [[[round_to_tf32(x) for x in line] for line in matrix]
                  for matrix in (rows, columns)]
        expected = [sum_in_steps(row, column) for row in narrow[0]
                    for column in zip(*narrow[1])]
        # As far as TF32 may be from the sum of what was not rounded.
        pairs = [(row, column) for row in rows for column in zip(*columns)]
        near = [abs(value - sum(x * y for x, y in zip(*pair))) <=
                2.0 ** -9.9 * sum(abs(x * y) for x, y in zip(*pair))
                for value, pair in zip(result, pairs)]
        return result == expected and all(near)

    def multiply(self, rows, columns, before, offset, seed):
        """The sums, or None if something beyond them was written."""
        m, n = len(rows), len(columns[0])
        sums = (ctypes.c_float * (m * n + 64))(*[before] * (m * n), *[float("nan")] * 64)
        first = place(rows, self.element, offset)
        second = place(list(zip(*columns)) if self.transposed else columns, self.element, 0)
        self.kernels.launch(
            "product_kernel", (1, 1, 1), (self.threads, 1, 1),
            first[1] + second[1] + emulate.describe(ctypes.addressof(sums), [m, n]),
            self.bytes, seed)
        untouched = all(value != value for value in sums[m * n:])
        return sums[:m * n] if untouched else None

    def without_rounding(self):
        """The same kernel on entries whose last bits mma.sync does not read."""
        mutant = copy.copy(self)
        mutant.text = re.sub(r"nvvm\.convert\.float\.to\.tf32 (%\w+) .*",
                             r"llvm.bitcast \1 : f32 to i32", self.text)
        mutant.build()
        return mutant

    def without_barrier(self, number):
        """The same kernel without one of its barriers."""
        barriers = list(re.finditer(r"^.*nvvm\.barrier.*\n", self.text, flags=re.MULTILINE))
        mutant = copy.copy(self)
        mutant.text = (self.text[:barriers[number].start()]
                       + self.text[barriers[number].end():])
        mutant.build()
        return mutant


def sum_in_steps(row, column):
    """A product as mma.sync.m16n8k8 of device.cpp sums it."""
    result = 0.0
    for first in range(0, len(row), 8):
        for x, y in zip(row[first:first + 8], column[first:first + 8]):
            result += x * y
        result = round_to_f32(result)
    return result


def draw_sizes(draw):
    """Rows, columns, depth and the offset of the rows."""
    m, n = draw.choice([1, 7, 16, 33, 129, 200]), draw.choice([8, 9, 40, 128, 136])
    k = draw.choice([1, 5, 16, 40, 72, 104, 136])
    return m, n, k, draw.choice([0, 0, 1, 8])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    emulate.add_arguments(parser, cases=4, seed=1)
    return parser.parse_args()


def main():
    args = parse_arguments()
    draw = random.Random(args.seed)
    kernels = [("bf16", False, False, 0), ("bf16", True, False, 1), ("f16", False, True, 1),
               ("f32", False, False, 1), ("f32", True, True, 0)]
    failed = count = 0
    for element, transposed, accumulates, tile in kernels:
        name = f"{element}-{tile}"
        product = Product(args, element, transposed, accumulates, TILES[tile])
        # Those of f32 are multiplied below, too.
        for _ in range(args.cases // 2 if element == "f32" else args.cases):
            sizes, seed = draw_sizes(draw), draw.randrange(1000)
            count += 1
            if not product.is_right(*sizes, seed):
                failed += 1
                print(f"wrong: {name}, m, n, k, offset = {sizes}, seed {seed}")
    print(f"{count} products from seed {args.seed}, {failed} wrong")

    # The second barrier is that of the loop where copies are aligned, the third the
    # one behind it.
    product = Product(args, "bf16", False, False, TILES[1])
    for number in (1, 2):
        mutant = product.without_barrier(number)
        caught = any(not mutant.is_right(130, 72, k, 0, seed)
                     for k in (72, 136) for seed in range(4))
        print(f"without barrier {number}: {'caught' if caught else 'NOT CAUGHT'}")

    for transposed in (False, True):
        name = f"tf32-{'rows' if transposed else 'columns'}"
        product = Product(args, "f32", transposed, False, TILES[1])
        rounds = all(product.rounds(m, n, k, seed)
                     for seed, (m, n, k) in enumerate([(33, 72, 40), (16, 40, 13)]))
        print(f"{name}: {'rounded' if rounds else 'NOT ROUNDED'}")
    caught = not product.without_rounding().rounds(16, 16, 16, 0)
    print(f"without rounding: {'caught' if caught else 'NOT CAUGHT'}")


if __name__ == "__main__":
    main()

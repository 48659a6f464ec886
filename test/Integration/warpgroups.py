# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of matrices by warpgroups (sm_90a), launched by grow's runtime and executed
by an emulated GPU.

    warpgroups.py --runtime libGrowRuntime.a --folder DIR [--seed S] [--cases N]

Sizes are random, also such that nothing divides the blocks; entries are small integers,
so that every sum is exact in any order and results are compared for equality. What lies
beyond the matrices is NaN. Then instructions are taken out of the kernel or changed, one
at a time: each such kernel must fail or compute something else.
"""

import argparse
import ctypes
import os
import pathlib
import random
import re
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Inputs/cuda-emulator"))
import emulate

SOURCE = """
func.func @product(%rows: tensor<?x?x{type}>, %columns: tensor<?x?x{type}>,
                   %before: tensor<?x?xf32>) -> tensor<?x?xf32> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %before, %c0 : tensor<?x?xf32>
  %n = tensor.dim %before, %c1 : tensor<?x?xf32>
  %empty = tensor.empty(%m, %n) : tensor<?x?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %sums = linalg.generic {{
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> {columns}>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}}
      ins(%rows, %columns : tensor<?x?x{type}>, tensor<?x?x{type}>)
      outs({init} : tensor<?x?xf32>) {{
  ^bb0(%row: {type}, %column: {type}, %sum: f32):
    %x = arith.extf %row : {type} to f32
    %y = arith.extf %column : {type} to f32
    %xy = arith.mulf %x, %y : f32
    %next = arith.addf %sum, %xy : f32
    linalg.yield %next : f32
  }} -> tensor<?x?xf32>
  return %sums : tensor<?x?xf32>
}}
"""

# Entries, whether columns are stored as columns x depth, whether sums are added.
KERNELS = [("bf16", False, False), ("bf16", True, True), ("f16", False, True),
           ("f16", True, False)]


def remove(code, pattern, number=None):
    """Takes out lines, all or one of them."""
    lines, found = code.splitlines(keepends=True), -1
    kept = []
    for line in lines:
        found += bool(re.search(pattern, line))
        kept.append("" if re.search(pattern, line) and number in (None, found) else line)
    if found < (number or 0):
        raise ValueError(f"there is no {pattern}")
    return "".join(kept)


def change(code, old, new):
    changed = re.sub(old, new, code)
    if changed == code:
        raise ValueError(f"there is no {old}")
    return changed


def change_layout(code, change_bits):
    """Changes what descriptions of operands say, but for their addresses."""
    def replace(match):
        value = change_bits(int(match[0]))
        return str(value - (1 << 64) if value >= 1 << 63 else value)
    return change(code, r"\b46116\d{14}\b", replace)


CALL = r"call .*@llvm\.nvvm\."
MUTATIONS = {
    "full-wait": lambda code: remove(code, "mbarrier.try_wait", 0),
    "empty-wait": lambda code: remove(code, "mbarrier.try_wait", 1),
    "arrive": lambda code: remove(code, CALL + r"mbarrier\.arrive\.shared"),
    "bytes": lambda code: change(code, r"(mbarrier\.arrive\.expect.*i32) 32768\)", r"\1 8192)"),
    "init-fence": lambda code: remove(code, CALL + r"fence\.proxy\.async"),
    "init-barrier": lambda code: remove(code, CALL + "barrier.cta.sync", 1),
    "registers-fence": lambda code: remove(code, CALL + r"wgmma\.fence"),
    "commit": lambda code: remove(code, CALL + r"wgmma\.commit"),
    "last-wait": lambda code: change(code, "wait_group.sync.aligned 0;",
                                     "wait_group.sync.aligned 1;"),
    "loop-wait": lambda code: change(code, "wait_group.sync.aligned 1;",
                                     "wait_group.sync.aligned 3;"),
    "swizzle": lambda code: change_layout(code, lambda bits: bits ^ 3 << 62),
    "stride": lambda code: change_layout(code, lambda bits: bits ^ 96 << 32),
    "leading": lambda code: change_layout(code, lambda bits: bits ^ 768 << 16),
    "transposition": lambda code: change(code, r"(asm sideeffect .*wgmma.mma.*i32 \d, i32) 1\)",
                                         r"\1 0)"),
}


def encode(value, element):
    if element == "f16":
        return struct.unpack("<H", struct.pack("<e", value))[0]
    return struct.unpack("<I", struct.pack("<f", value))[0] >> 16


class Device:
    """The emulated one, behind grow's runtime."""

    def __init__(self, library):
        self.library = library
        self.handle = ctypes.c_void_p()
        for function in (library.growDeviceError,):
            function.restype = ctypes.c_char_p
        self.check(library.growDeviceOpen(b"cuda", ctypes.c_uint32(0xffffffff),
                                          ctypes.byref(self.handle)))
        library.growDeviceMakeCurrent(self.handle)

    def check(self, failed):
        if failed:
            raise RuntimeError(self.library.growDeviceError().decode())

    def upload(self, values, offset=0):
        """The address of a copy that begins `offset` bytes behind an aligned address."""
        address = ctypes.c_uint64()
        size = ctypes.sizeof(values)
        self.check(self.library.growDeviceAllocate(
            self.handle, ctypes.c_uint64(size + offset + 512), ctypes.byref(address)))
        self.check(self.library.growDeviceWrite(
            self.handle, ctypes.c_uint64(address.value + offset), values,
            ctypes.c_uint64(size)))
        return address.value + offset

    def read(self, values, address):
        self.check(self.library.growDeviceRead(
            self.handle, values, ctypes.c_uint64(address),
            ctypes.c_uint64(ctypes.sizeof(values))))


def build_library(args, folder, element, transposed, accumulates):
    """The code of the host with the kernel, linked with the runtime."""
    folder.mkdir(parents=True, exist_ok=True)
    source = SOURCE.format(type=element, columns="(n, k)" if transposed else "(k, n)",
                           init="%before" if accumulates else "%zeros")
    code = subprocess.run(
        [args.opt, "--grow-to-nvvm=chip=sm_90a format=llvm out-params"], input=source,
        text=True, check=True, stdout=subprocess.PIPE).stdout
    ir = subprocess.run([args.translate, "--mlir-to-llvmir"], input=code, check=True,
                        text=True, stdout=subprocess.PIPE).stdout
    (folder / "host.ll").write_text(ir)
    subprocess.run([args.clang, "-shared", "-fPIC", "-Wno-override-module",
                    folder / "host.ll", "-Wl,--whole-archive", args.runtime,
                    "-Wl,--no-whole-archive", "-lstdc++", "-ldl", "-lpthread", "-lm",
                    "-o", folder / "host.so"], check=True)
    return folder / "host.so"


class Product:
    def __init__(self, library, element, transposed, accumulates):
        self.element, self.transposed, self.accumulates = element, transposed, accumulates
        self.library = ctypes.CDLL(str(library))
        self.device = Device(self.library)

    def upload(self, matrix, offset):
        entries = [encode(value, self.element) for row in matrix for value in row]
        return self.device.upload((ctypes.c_uint16 * len(entries))(*entries), 2 * offset)

    def is_right(self, m, n, k, offset, seed):
        draw = random.Random(seed)
        rows = [[draw.randint(-4, 4) for _ in range(k)] for _ in range(m)]
        columns = [[draw.randint(-4, 4) for _ in range(n)] for _ in range(k)]
        before = draw.randint(-9, 9) if self.accumulates else float("nan")
        sums = (ctypes.c_float * (m * n + 64))(*[before] * (m * n), *[float("nan")] * 64)
        stored = [list(column) for column in zip(*columns)] if self.transposed else columns
        sizes = (n, k) if self.transposed else (k, n)
        out = self.device.upload((ctypes.c_float * (m * n + 64))(*[float("nan")] * (m * n + 64)))
        slots = [self.upload(rows, offset), m, k, self.upload(stored, 0), *sizes,
                 self.device.upload(sums), m, n, out, m, n]
        self.library.product((ctypes.c_uint64 * len(slots))(*slots))
        self.device.read(sums, out)
        start = before if self.accumulates else 0
        expected = [start + sum(rows[i][step] * columns[step][j] for step in range(k))
                    for i in range(m) for j in range(n)]
        return sums[:m * n] == expected and all(value != value for value in sums[m * n:])


def draw_sizes(draw):
    """Rows, columns, depth and the offset of the rows."""
    m, n = draw.choice([1, 7, 33, 128, 130, 264]), draw.choice([8, 40, 128, 136, 264])
    k = draw.choice([0, 8, 40, 64, 136, 200, 328, 456])
    if draw.randrange(6) == 0:
        return m, n + draw.randrange(8), k + draw.randrange(8), 0
    return m, n, k, draw.choice([0, 0, 0, 8])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    emulate.add_arguments(parser, cases=4, seed=1)
    parser.add_argument("--runtime", help="libGrowRuntime.a")
    parser.add_argument("--emulator", help="the emulated GPU's folder, if it is another")
    parser.add_argument("--mutants", default=",".join(MUTATIONS), help="which changes to try")
    parser.add_argument("--mutant", help="runs one changed kernel of a library")
    return parser.parse_args()


def run_mutant(library, kernel):
    """Whether a kernel computes some products right; it may end the process."""
    product = Product(library, *KERNELS[kernel])
    return all(product.is_right(130, 72, k, 0, seed) for k in (328, 72, 520) for seed in (1, 2))


def emulate_mutant(name, driver, bitcode, library):
    """What the driver calls to make code of a kernel."""
    code = subprocess.run(["llvm-dis", bitcode, "-o", "-"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    emulate.build(MUTATIONS[name](code) if name in MUTATIONS else code, library, driver)


def try_mutant(args, name, kernel, library, environment):
    """What becomes of a changed kernel."""
    command = f"{sys.executable} {__file__} --emulate {name}"
    driver = environment["GROW_CUDA_LIBRARY"]
    run = subprocess.run(
        [sys.executable, __file__, "--folder", args.folder, "--mutant", f"{kernel}:{library}"],
        env={**os.environ, **environment, "CUDA_EMULATOR": f"{command} {driver}"},
        capture_output=True, text=True)
    if "there is no" in run.stderr:
        sys.exit(f"{name}: {run.stderr}")
    reasons = re.findall(r"emulator: .*?: (.*)", run.stderr)
    return "NOT CAUGHT" if run.returncode == 0 else f"caught ({(reasons or ['wrong'])[0]})"


def main():
    if sys.argv[1:2] == ["--emulate"]:
        return emulate_mutant(*sys.argv[2:])
    args = parse_arguments()
    if args.mutant:
        kernel, library = args.mutant.split(":")
        sys.exit(0 if run_mutant(library, int(kernel)) else "wrong")
    folder = pathlib.Path(args.folder).resolve()
    environment = {**emulate.build_driver(args.emulator or folder, args.clang),
                   "CUDA_EMULATOR_CAPABILITY": "90"}
    os.environ.update(environment)
    draw = random.Random(args.seed)
    failed = count = 0
    libraries = []
    for element, transposed, accumulates in KERNELS:
        name = f"{element}-{'columns' if transposed else 'depth'}"
        libraries.append(build_library(args, folder / name, element, transposed, accumulates))
        product = Product(libraries[-1], element, transposed, accumulates)
        for _ in range(args.cases):
            sizes, seed = draw_sizes(draw), draw.randrange(1000)
            count += 1
            if not product.is_right(*sizes, seed):
                failed += 1
                print(f"wrong: {name}, m, n, k, offset = {sizes}, seed {seed}", flush=True)
    print(f"{count} products from seed {args.seed}, {failed} wrong", flush=True)
    print(f"unchanged: {try_mutant(args, 'none', 0, libraries[0], environment)}")
    for name in args.mutants.split(","):
        print(f"{name}: {try_mutant(args, name, 0, libraries[0], environment)}", flush=True)


if __name__ == "__main__":
    main()

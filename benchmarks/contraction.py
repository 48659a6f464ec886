#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speed of the contractions that grow-to-llvm generates, against numpy.

    benchmarks/contraction.py --build build [--threads N] [MxNxK ...]

For each shape, each layout of the weight (stored k×n or n×k) and each type the
kernel, packing included, and numpy's matmul (whatever BLAS it has) run in this
process; the median of each counts. Also prints the seconds that grow-opt and
clang take, and the largest difference from numpy in f64, relative to the largest
value.
"""

import argparse
import ctypes
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SHAPES = ["128x768x768", "128x3072x768", "128x768x3072", "512x3072x768",
          "1x768x768", "129x769x767"]

MODULE = """
func.func @contract(%x: tensor<?x{k}x{x}>, %w: tensor<{w_shape}x{w}>)
    -> tensor<?x{n}x{acc}> {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x{k}x{x}>
  %zero = arith.constant 0.0 : {acc}
  %empty = tensor.empty(%m) : tensor<?x{n}x{acc}>
  %init = linalg.fill ins(%zero : {acc}) outs(%empty : tensor<?x{n}x{acc}>)
      -> tensor<?x{n}x{acc}>
  %result = linalg.generic {{
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> ({w_map})>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}}
      ins(%x, %w : tensor<?x{k}x{x}>, tensor<{w_shape}x{w}>)
      outs(%init : tensor<?x{n}x{acc}>) {{
    ^bb0(%a: {x}, %b: {w}, %sum: {acc}):
      {extend}
      %product = arith.mulf %a, %{b} : {acc}
      %next = arith.addf %sum, %product : {acc}
      linalg.yield %next : {acc}
  }} -> tensor<?x{n}x{acc}>
  return %result : tensor<?x{n}x{acc}>
}}
"""


def module_text(n, k, layout, weight_type, acc):
    extend = weight_type != acc
    return MODULE.format(
        n=n, k=k, x=acc, w=weight_type, acc=acc,
        w_shape=f"{k}x{n}" if layout == "kn" else f"{n}x{k}",
        w_map="k, n" if layout == "kn" else "n, k",
        extend=f"%e = arith.extf %b : {weight_type} to {acc}" if extend else "",
        b="e" if extend else "b")


def memref_type(rank):
    class MemRef(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("data", ctypes.c_void_p),
                    ("offset", ctypes.c_int64),
                    ("sizes", ctypes.c_int64 * rank),
                    ("strides", ctypes.c_int64 * rank)]
    return MemRef


MemRef2 = memref_type(2)


def memref(array):
    rows, columns = array.shape
    return MemRef2(array.ctypes.data, array.ctypes.data, 0,
                   (rows, columns), (columns, 1))


class Kernel:
    """A compiled @contract."""

    def __init__(self, args, text, folder):
        begin = time.perf_counter()
        source = folder / "kernel.mlir"
        source.write_text(text)
        options = f"parallel={str(args.threads > 1).lower()}"
        pipeline = args.passes or (
            f"builtin.module(grow-to-llvm{{out-params=true {options}}})")
        lowered = subprocess.run(
            [args.build / "bin/grow-opt", source,
             f"--pass-pipeline={pipeline}"],
            check=True, stdout=subprocess.PIPE).stdout
        middle = time.perf_counter()
        ir = subprocess.run(["mlir-translate-22", "--mlir-to-llvmir"],
                            input=lowered, check=True,
                            stdout=subprocess.PIPE).stdout
        (folder / "kernel.ll").write_bytes(ir)
        library = folder / f"kernel{time.monotonic_ns()}.so"
        subprocess.run(["clang-22", "-O3", "-march=native", "-shared", "-fPIC",
                        "-Wno-override-module", folder / "kernel.ll", "-o",
                        library], check=True)
        self.seconds = (middle - begin, time.perf_counter() - middle)
        self.function = ctypes.CDLL(str(library))._mlir_ciface_contract

    def __call__(self, x, w, out):
        self.function(ctypes.byref(memref(x)), ctypes.byref(memref(w)),
                      ctypes.byref(memref(out)))


def seconds_of(threads, *functions):
    """Median seconds per call of each.

    In alternation, so that a change of clock meets both; with threads one after
    the other, because idle threads of one runtime spin and disturb the other.
    """
    rounds = [[function] for function in functions]
    if threads == 1:
        rounds = [list(functions)]
    medians = []
    for together in rounds:
        time.sleep(0.3 if threads > 1 else 0)
        for function in together:
            function()
        times = [[] for _ in together]
        end = time.perf_counter() + 0.6
        while time.perf_counter() < end or len(times[0]) < 5:
            for function, samples in zip(together, times):
                begin = time.perf_counter()
                function()
                samples.append(time.perf_counter() - begin)
        medians += map(statistics.median, times)
    return medians


def measure(args, np, shape, layout, weight_type, acc, folder):
    m, n, k = map(int, shape.split("x"))
    rng = np.random.default_rng(0)
    dtype = np.float32 if acc == "f32" else np.float64
    x = rng.standard_normal((m, k)).astype(dtype)
    weight = rng.standard_normal((k, n)).astype(dtype)
    if weight_type == "bf16":
        bits = weight.astype(np.float32).view(np.uint32) & 0xFFFF0000
        weight = bits.view(np.float32)
    stored = np.ascontiguousarray(weight if layout == "kn" else weight.T)
    operand = stored
    if weight_type == "bf16":
        operand = (stored.view(np.uint32) >> 16).astype(np.uint16)
    out = np.zeros((m, n), dtype)
    kernel = Kernel(args, module_text(n, k, layout, weight_type, acc), folder)
    kernel(x, operand, out)
    exact = x.astype(np.float64) @ weight.astype(np.float64)
    error = np.abs(out - exact).max() / np.abs(exact).max()
    ours, numpy = seconds_of(
        args.threads,
        lambda: kernel(x, operand, out),
        lambda: x @ (stored if layout == "kn" else stored.T))
    work = 2e-9 * m * n * k
    print(f"{shape:14} w {layout} {weight_type:5} {work / ours:8.1f} "
          f"{work / numpy:8.1f} {numpy / ours:6.2f}  {error:8.1e}  "
          f"{kernel.seconds[0]:.2f} + {kernel.seconds[1]:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default="build",
                        help="build directory (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--types", default="f32,f64,bf16",
                        help="weights' types, bf16 with f32 activations "
                             "(default: %(default)s)")
    parser.add_argument("--omp", default="/usr/lib/llvm-22/lib/libomp.so.5",
                        help="OpenMP runtime for --threads (default: %(default)s)")
    parser.add_argument("--passes", help="pass pipeline to use instead")
    parser.add_argument("shapes", nargs="*", default=SHAPES)
    args = parser.parse_args()

    # Before numpy loads its BLAS and the kernel loads libomp.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS",
                     "MKL_NUM_THREADS"):
        os.environ[variable] = str(args.threads)
    if args.threads > 1:
        ctypes.CDLL(args.omp, ctypes.RTLD_GLOBAL)
    try:
        import numpy as np
    except ImportError:
        sys.exit("error: needs numpy: apt-get install python3-numpy")
    print(f"{'m x n x k':14} {'weight':10} {'GFLOP/s':>8} {'numpy':>8} "
          f"{'ratio':>6}  {'error':>8}  grow-opt + clang, s")
    with tempfile.TemporaryDirectory() as folder:
        for weight_type in args.types.split(","):
            for shape in args.shapes:
                for layout in ("kn", "nk"):
                    measure(args, np, shape, layout, weight_type,
                            "f32" if weight_type == "bf16" else weight_type,
                            pathlib.Path(folder))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speed of the contractions that grow-to-llvm generates, against OpenBLAS and oneDNN.

    benchmarks/contraction.py --build build [--threads 1,2] [--rows 1,16] [KxN ...]

Each product is rows x K by K x N, in f32. The weight is a parameter: whoever packs it
may do that once, before anything is timed. That is how oneDNN is used (the format that
it asks for) and what compiled models do; OpenBLAS has no such entry.

Each library has a process of its own, because OpenMP runtimes in one process disturb
each other: their idle threads spin. They take turns: in each round each runs for a
while, after a pause in which the threads of the others go to sleep, and the median of
its calls counts. The ratio is that of the better library's time to ours in the same
round, and the median of all rounds is reported: above 1 we are faster.

OpenBLAS is told which kernels to use: of those that the processor can run, the fastest
in a trial. All results are checked against numpy in f64. utils/setup-benchmarks.sh
installs what is needed.
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

GPT2 = ["768x768", "768x2304", "768x3072", "3072x768", "768x50257"]
LLAMA_1B = ["2048x2048", "2048x512", "2048x8192", "8192x2048"]

# f32 sums of up to 8192 products of normal numbers, relative to the largest.
TOLERANCE = 1e-4


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


# --- Ours ---------------------------------------------------------------------------

MODULE = """
func.func @contract(%x: tensor<?x{k}xf32>, %w: tensor<{k}x{n}xf32> {{grow.stored = "w"}})
    -> tensor<?x{n}xf32> {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x{k}xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%m) : tensor<?x{n}xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x{n}xf32>) -> tensor<?x{n}xf32>
  %result = linalg.matmul ins(%x, %w : tensor<?x{k}xf32>, tensor<{k}x{n}xf32>)
                          outs(%init : tensor<?x{n}xf32>) -> tensor<?x{n}xf32>
  return %result : tensor<?x{n}xf32>
}}
"""


def memref_type(rank):
    class MemRef(ctypes.Structure):
        """How MLIR's C interface passes an array."""
        _fields_ = [("base", ctypes.c_void_p), ("data", ctypes.c_void_p),
                    ("offset", ctypes.c_int64), ("sizes", ctypes.c_int64 * rank),
                    ("strides", ctypes.c_int64 * rank)]

        def __init__(self, array):
            strides = tuple(stride // array.itemsize for stride in array.strides)
            super().__init__(array.ctypes.data, array.ctypes.data, 0, array.shape,
                             strides)
    return MemRef


MemRef2, MemRef3 = memref_type(2), memref_type(3)


class Ours:
    """Code of grow-opt, compiled by clang."""

    def __init__(self, args):
        self.args = args
        self.version = subprocess.run(
            [args.build / "bin/grow", "--version"], stdout=subprocess.PIPE,
            text=True).stdout.strip()
        if args.threads > 1:
            ctypes.CDLL(args.omp, ctypes.RTLD_GLOBAL)

    def compile(self, k, n):
        folder = pathlib.Path(self.args.folder)
        parallel = str(self.args.threads > 1).lower()
        pipeline = self.args.passes or (
            "builtin.module(grow-to-llvm{out-params=true prepare-parameters=true "
            f"threads={self.args.threads} parallel={parallel}}})")
        source = folder / "kernel.mlir"
        source.write_text(MODULE.format(k=k, n=n))
        lowered = subprocess.run(
            [self.args.build / "bin/grow-opt", source, f"--pass-pipeline={pipeline}"],
            check=True, stdout=subprocess.PIPE).stdout
        (folder / "kernel.ll").write_bytes(subprocess.run(
            ["mlir-translate-22", "--mlir-to-llvmir"], input=lowered, check=True,
            stdout=subprocess.PIPE).stdout)
        library = folder / f"kernel{time.monotonic_ns()}.so"
        subprocess.run(["clang-22", "-O3", "-march=native", "-shared", "-fPIC",
                        "-Wno-override-module", folder / "kernel.ll", "-o", library],
                       check=True)
        return ctypes.CDLL(str(library))

    def get_panel_width(self):
        """The columns of a panel on this machine."""
        packed = subprocess.run(
            [self.args.build / "bin/grow-opt", pathlib.Path(self.args.folder) / "kernel.mlir",
             "--pass-pipeline=builtin.module(func.func(grow-cpu-pin-arithmetic,"
             "grow-cpu-pack-columns))"], check=True, stdout=subprocess.PIPE, text=True)
        return int(re.search(r"inner_tiles = \[(\d+)\]", packed.stdout)[1])

    def prepare(self, x, w, out):
        """Compiles and packs the weight, as `grow` does when it loads a model."""
        k, n = w.shape
        library = self.compile(k, n)
        width = self.get_panel_width()
        panels = numpy.zeros((-(-n // width), k, width), numpy.float32)
        getattr(library, "_mlir_ciface_contract.prepare")(
            ctypes.byref(MemRef2(w)), ctypes.byref(MemRef3(panels)))
        self.panels = panels  # the memory that the operand points to
        operands = [MemRef2(x), MemRef3(panels), MemRef2(out)]
        pointers = [ctypes.byref(operand) for operand in operands]
        contract = library._mlir_ciface_contract
        return lambda: contract(*pointers)


# --- Libraries ----------------------------------------------------------------------

class OpenBLAS:
    ROW_MAJOR, NO_TRANSPOSE = 101, 111

    def __init__(self, args):
        self.library = ctypes.CDLL(args.openblas)
        self.library.openblas_get_config.restype = ctypes.c_char_p
        self.version = self.library.openblas_get_config().decode().strip()
        self.library.openblas_set_num_threads(args.threads)

    def prepare(self, x, w, out):
        (m, k), n = x.shape, w.shape[1]
        one, zero = ctypes.c_float(1), ctypes.c_float(0)
        sgemm = self.library.cblas_sgemm
        arguments = [self.ROW_MAJOR, self.NO_TRANSPOSE, self.NO_TRANSPOSE, m, n, k, one,
                     pointer(x), k, pointer(w), n, zero, pointer(out), n]
        return lambda: sgemm(*arguments)


ONEDNN = r"""
#include <dnnl.hpp>
using namespace dnnl;
using Dims = memory::dims;
static engine cpu(engine::kind::cpu, 0);
static stream queue(cpu);

namespace {
struct Product { matmul op; memory x, w, out; };
}

static memory::desc describe(Dims sizes, memory::format_tag format) {
  return memory::desc(sizes, memory::data_type::f32, format);
}

extern "C" const char *version() {
  static char text[64];
  const dnnl_version_t *v = dnnl_version();
  snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
  return text;
}

/// The weight is packed here, as the library wants it.
extern "C" void *prepare(long m, long k, long n, float *x, float *w, float *out) {
  auto plain = memory::format_tag::ab, any = memory::format_tag::any;
  matmul::primitive_desc plan(
      matmul::desc(describe({m, k}, plain), describe({k, n}, any),
                   describe({m, n}, plain)), cpu);
  memory given(describe({k, n}, plain), cpu, w), packed(plan.weights_desc(), cpu);
  reorder(given, packed).execute(queue, given, packed);
  queue.wait();
  return new Product{matmul(plan), memory(describe({m, k}, plain), cpu, x), packed,
                     memory(describe({m, n}, plain), cpu, out)};
}

extern "C" void run(Product *p) {
  p->op.execute(queue, {{DNNL_ARG_SRC, p->x}, {DNNL_ARG_WEIGHTS, p->w},
                        {DNNL_ARG_DST, p->out}});
  queue.wait();
}

extern "C" void forget(Product *p) { delete p; }
"""


class OneDNN:
    def __init__(self, args):
        source = pathlib.Path(args.folder) / "onednn.cpp"
        source.write_text(ONEDNN)
        library = source.with_suffix(".so")
        subprocess.run(["c++", "-O2", "-shared", "-fPIC", source, "-o", library, "-ldnnl"],
                       check=True)
        self.library = ctypes.CDLL(str(library))
        self.library.version.restype = ctypes.c_char_p
        self.version = self.library.version().decode()
        self.library.prepare.restype = ctypes.c_void_p
        self.product = None

    def prepare(self, x, w, out):
        if self.product:
            self.library.forget(self.product)
        sizes = [ctypes.c_long(size) for size in (*x.shape, w.shape[1])]
        self.product = ctypes.c_void_p(
            self.library.prepare(*sizes, pointer(x), pointer(w), pointer(out)))
        return lambda: self.library.run(self.product)


LIBRARIES = {"ours": Ours, "OpenBLAS": OpenBLAS, "oneDNN": OneDNN}


# --- Workers ------------------------------------------------------------------------

def draw(rows, k, n):
    random = numpy.random.default_rng(rows + k + n)
    return (random.standard_normal((rows, k), numpy.float32),
            random.standard_normal((k, n), numpy.float32))


def get_error(x, w, out):
    """Of some rows, relative to the largest value."""
    chosen = numpy.unique(numpy.linspace(0, len(x) - 1, 4).astype(int))
    exact = x[chosen].astype(numpy.float64) @ w.astype(numpy.float64)
    return float(numpy.abs(out[chosen] - exact).max() / numpy.abs(exact).max())


def time_calls(call, seconds):
    samples = []
    call()
    end = time.perf_counter() + seconds
    while len(samples) < 3 or time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        samples.append(time.perf_counter() - begin)
    return statistics.median(samples)


def work(args):
    """A process with one library: answers each line of stdin by one of stdout."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    library = LIBRARIES[args.worker](args)
    answers.write(json.dumps(library.version) + "\n")
    answers.flush()
    call = None
    for line in sys.stdin:
        request = json.loads(line)
        if "shape" in request:
            x, w = draw(*request["shape"])
            out = numpy.zeros((x.shape[0], w.shape[1]), numpy.float32)
            call = library.prepare(x, w, out)
            call()
            answer = get_error(x, w, out)
        else:
            answer = time_calls(call, request["seconds"])
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class Worker:
    def __init__(self, name, args, threads, folder, coretype=None):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads),
                           OPENBLAS_NUM_THREADS=str(threads))
        if coretype:
            environment["OPENBLAS_CORETYPE"] = coretype
        own = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", name, "--threads", str(threads),
             "--build", args.build, "--folder", own, "--openblas", args.openblas,
             "--omp", args.omp] + (["--passes", args.passes] if args.passes else []),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.version = self.receive()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"error: the process of {self.name} has failed")
        return json.loads(line)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.receive()

    def prepare(self, rows, k, n):
        error = self.ask(shape=[rows, k, n])
        if not error < TOLERANCE:
            sys.exit(f"error: {self.name} is wrong by {error:.1e} of the largest value "
                     f"for {rows} x {k} x {n}: expected less than {TOLERANCE}")

    def time(self, seconds):
        return self.ask(seconds=seconds)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# --- Measuring ----------------------------------------------------------------------

def read_cpu():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def choose_coretype(args, folder):
    """The fastest of OpenBLAS's kernels that this processor can run."""
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    candidates = ["HASWELL", "ZEN"] if "avx2" in flags else []
    candidates += ["SKYLAKEX"] if "avx512f" in flags else []
    candidates += ["COOPERLAKE"] if "avx512_bf16" in flags else []
    seconds = {}
    for coretype in candidates:
        worker = Worker("OpenBLAS", args, 1, folder, coretype)
        worker.prepare(128, 768, 3072)
        seconds[coretype] = worker.time(args.seconds)
        worker.close()
    return min(seconds, key=seconds.get) if seconds else None


def measure(workers, args, rows, k, n):
    """Medians of all rounds, of GFLOP/s and of ratios."""
    for worker in workers:
        worker.prepare(rows, k, n)
    seconds = {worker.name: [] for worker in workers}
    for _ in range(args.rounds):
        for worker in workers:
            time.sleep(args.pause)
            seconds[worker.name].append(worker.time(args.seconds))
    rates = {name: 2e-9 * rows * k * n / statistics.median(of)
             for name, of in seconds.items()}
    others = [of for name, of in seconds.items() if name != "ours"]
    ratios = [min(theirs) / ours
              for ours, *theirs in zip(seconds["ours"], *others)]
    return {"rows": rows, "k": k, "n": n, "gflops": rates,
            "ratio": statistics.median(ratios)}


def format_row(row):
    rates = "".join(f"{row['gflops'][name]:>10.1f}" for name in LIBRARIES)
    return f"{row['rows']:>5} x {row['k']}x{row['n']:<8}".ljust(20) + \
        f"{rates}{row['ratio']:>8.2f}"


def measure_threads(threads, args, folder, coretype):
    workers = [Worker(name, args, threads, folder, coretype) for name in LIBRARIES]
    print(f"\nthreads: {threads}", flush=True)
    print(f"{'rows x K x N':20}" + "".join(f"{name:>10}" for name in LIBRARIES) +
          f"{'ratio':>8}   (GFLOP/s; ours to the better of the others)")
    table = []
    for shape in args.shapes:
        k, n = map(int, shape.split("x"))
        for rows in map(int, args.rows.split(",")):
            table.append(measure(workers, args, rows, k, n))
            print(format_row(table[-1]), flush=True)
    ratios = [row["ratio"] for row in table]
    print(f"ratio: least {min(ratios):.2f}, median {statistics.median(ratios):.2f}",
          flush=True)
    versions = {worker.name: worker.version for worker in workers}
    for worker in workers:
        worker.close()
    return {"threads": threads, "versions": versions, "least": min(ratios),
            "median": statistics.median(ratios), "rows": table}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default="build",
                        help="build directory (default: %(default)s)")
    parser.add_argument("--threads", default="1,2", help="(default: %(default)s)")
    parser.add_argument("--rows", default="1,16,128,512", help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5,
                        help="turns of each library (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.15,
                        help="length of a turn (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=0.25,
                        help="seconds before each turn (default: %(default)s)")
    parser.add_argument("--json", type=pathlib.Path, help="also write this file")
    parser.add_argument("--passes", help="pass pipeline to use instead of grow-to-llvm")
    parser.add_argument(
        "--openblas",
        default=f"/usr/lib/{platform.machine()}-linux-gnu/openblas-pthread/libopenblas.so.0",
        help="(default: %(default)s)")
    parser.add_argument("--omp", default="/usr/lib/llvm-22/lib/libomp.so.5",
                        help="OpenMP runtime of our code (default: %(default)s)")
    parser.add_argument("shapes", nargs="*", default=GPT2 + LLAMA_1B, metavar="KxN",
                        help=f"(default: {' '.join(GPT2 + LLAMA_1B)})")
    parser.add_argument("--worker", choices=LIBRARIES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    args = parse_arguments()
    if args.worker:
        args.threads = int(args.threads)
        return work(args)
    if not pathlib.Path(args.openblas).exists():
        sys.exit(f"error: no {args.openblas}: run utils/setup-benchmarks.sh, or name "
                 "another OpenBLAS by --openblas")
    with tempfile.TemporaryDirectory() as folder:
        coretype = choose_coretype(args, folder)
        print(f"{read_cpu()}; OPENBLAS_CORETYPE={coretype}; {args.rounds} rounds of "
              f"{args.seconds} s each")
        tables = [measure_threads(threads, args, folder, coretype)
                  for threads in map(int, args.threads.split(","))]
    for name, version in tables[-1]["versions"].items():
        print(f"{name}: {version}")
    if args.json:
        args.json.write_text(json.dumps(
            {"cpu": read_cpu(), "coretype": coretype, "rounds": args.rounds,
             "tables": tables}, indent=2) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How fast `grow apply` writes a checkpoint, held against `cp`.

Makes GPT-2 checkpoints of about 0.5 and 3 GB with random weights, then by turns grows
one and copies the grown directory on the same disk, each until its bytes are on the
disk (fsync). The copy is the bound: it reads and writes what growth has to write, and
computes nothing. For both the same holds:

* The output's directory is new, the disk has nothing else to write (sync), and the input
  is in the page cache, memory permitting: it has been read or written just before.
* As much memory as the output takes has been used and freed just before. In a virtual
  machine the first use of a page may cost ten times as much as the next one, which is
  otherwise paid by whoever comes first.
* grow fsyncs what it writes; cp does not, so the files are fsynced after either, which
  for grow is nothing any more. Both are within the time.

The first run of each is not counted. Times are medians, the ratio is that of medians.

Peak memory is the largest resident set; mapped files count in it, so the largest
anonymous part, sampled, stands beside it. Needs numpy and about 8 GB of disk, which is
given back.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHUNK = 1 << 22  # numbers written at a time

# name: hidden size, layers, vocabulary; f32.
MODELS = {"0.5GB": (1024, 9, 12000), "3GB": (2048, 13, 50257)}


def gpt2_shapes(hidden, layers, vocabulary):
    yield "transformer.wte.weight", (vocabulary, hidden)
    yield "transformer.wpe.weight", (1024, hidden)
    for layer in range(layers):
        for name, shape in (
                ("ln_1.weight", (hidden,)), ("ln_1.bias", (hidden,)),
                ("attn.c_attn.weight", (hidden, 3 * hidden)),
                ("attn.c_attn.bias", (3 * hidden,)),
                ("attn.c_proj.weight", (hidden, hidden)), ("attn.c_proj.bias", (hidden,)),
                ("ln_2.weight", (hidden,)), ("ln_2.bias", (hidden,)),
                ("mlp.c_fc.weight", (hidden, 4 * hidden)), ("mlp.c_fc.bias", (4 * hidden,)),
                ("mlp.c_proj.weight", (4 * hidden, hidden)), ("mlp.c_proj.bias", (hidden,))):
            yield f"transformer.h.{layer}.{name}", shape
    yield "transformer.ln_f.weight", (hidden,)
    yield "transformer.ln_f.bias", (hidden,)


def write_model(directory, hidden, layers, vocabulary):
    """Writes config.json and model.safetensors, in chunks: the format is a header of
    JSON and the tensors one after the other."""
    directory.mkdir()
    config = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "dtype": "float32",
              "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
              "n_embd": hidden, "n_head": hidden // 64, "n_inner": None, "n_layer": layers,
              "n_positions": 1024, "tie_word_embeddings": True, "vocab_size": vocabulary}
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")

    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in gpt2_shapes(hidden, layers, vocabulary):
        end = offset + 4 * int(numpy.prod(shape))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = numpy.random.default_rng(0)
    with open(directory / "model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for start in range(0, offset // 4, CHUNK):
            count = min(CHUNK, offset // 4 - start)
            file.write((random.standard_normal(count, numpy.float32) * 0.02).tobytes())


def directory_bytes(directory):
    return sum(file.stat().st_size for file in directory.iterdir())


def sync(directory):
    for file in directory.iterdir():
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def watch_memory(pid, stop, peaks):
    """Keeps a process's resident high-water mark, and the largest anonymous part of its
    resident set that sampling sees. (The rusage of a child cannot say this: it starts
    from what its parent had resident.)"""
    with contextlib.suppress(OSError):
        while not stop.wait(0.005):
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                key, _, value = line.partition(":")
                if key in peaks:
                    peaks[key] = max(peaks[key], int(value.split()[0]) * 1024)


def run(command, output, size):
    """Runs a command that writes `size` bytes to `output`; its seconds until they are on
    the disk, and its peaks of memory."""
    shutil.rmtree(output, ignore_errors=True)
    os.sync()
    numpy.ones(size, numpy.uint8)  # Used and freed: see above.
    stop, peaks = threading.Event(), {"VmHWM": 0, "RssAnon": 0}
    start = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    watcher = threading.Thread(target=watch_memory, args=(process.pid, stop, peaks))
    watcher.start()
    status = process.wait()
    if not status:
        sync(output)
    seconds = time.monotonic() - start
    stop.set()
    watcher.join()
    if status:
        sys.exit(f"error: status {status}: {' '.join(map(str, command))}")
    return seconds, peaks


def measure(grow, name, scratch, runs):
    hidden, layers, vocabulary = MODELS[name]
    source, grown, copy = scratch / "source", scratch / "grown", scratch / "copy"
    write_model(source, hidden, layers, vocabulary)
    growth = [grow, "apply", source, "-o", grown, "--mlp", 5 * hidden,
              "--layers", f"+2@1,{layers // 2}", "--quiet"]
    grow_runs, copy_runs = [], []
    size = 2 * directory_bytes(source)  # Not known before there is one.
    for _ in range(runs + 1):
        grow_runs.append(run(growth, grown, size))
        size = directory_bytes(grown)
        copy_runs.append(run(["cp", "-r", grown, copy], copy, size))
        print(f"{name}: grow {grow_runs[-1][0]:.2f} s, cp {copy_runs[-1][0]:.2f} s, "
              f"peak {grow_runs[-1][1]['VmHWM'] / 1e6:.0f} MB", file=sys.stderr, flush=True)
    grow_runs, copy_runs = grow_runs[1:], copy_runs[1:]
    grow_times, copy_times = [r[0] for r in grow_runs], [r[0] for r in copy_runs]
    result = {
        "model": name, "runs": runs,
        "read_bytes": directory_bytes(source), "written_bytes": size,
        "grow_seconds": grow_times, "cp_seconds": copy_times,
        "grow_bytes_per_second": size / statistics.median(grow_times),
        "cp_bytes_per_second": size / statistics.median(copy_times),
        "ratio_to_cp": statistics.median(grow_times) / statistics.median(copy_times),
        "peak_resident_bytes": max(r[1]["VmHWM"] for r in grow_runs),
        "peak_anonymous_bytes": max(r[1]["RssAnon"] for r in grow_runs)}
    for directory in (source, grown, copy):
        shutil.rmtree(directory)
    return result


def print_table(results):
    print(f"{'model':8}{'read':>9}{'written':>9}{'grow':>11}{'cp':>11}"
          f"{'time/cp':>9}{'peak RSS':>10}{'anonymous':>11}")
    for r in results:
        print(f"{r['model']:8}{r['read_bytes'] / 1e9:6.2f} GB{r['written_bytes'] / 1e9:6.2f} GB"
              f"{r['grow_bytes_per_second'] / 1e9:6.2f} GB/s{r['cp_bytes_per_second'] / 1e9:6.2f} GB/s"
              f"{r['ratio_to_cp']:9.2f}{r['peak_resident_bytes'] / 1e6:7.0f} MB"
              f"{r['peak_anonymous_bytes'] / 1e6:8.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grow", type=pathlib.Path, default=ROOT / "build/bin/grow",
                        help="the tool (default: build/bin/grow)")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scratch", type=pathlib.Path, default=ROOT / "build",
                        help="a directory on the disk to measure (default: build)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="growth-", dir=args.scratch) as scratch:
        results = [measure(args.grow, name, pathlib.Path(scratch), args.runs)
                   for name in args.models]
    if args.json:
        print(json.dumps(results, indent=2))
    else:
        print_table(results)


if __name__ == "__main__":
    main()

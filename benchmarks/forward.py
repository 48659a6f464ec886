#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How fast `grow` computes the logits of whole models, against PyTorch.

    benchmarks/forward.py --build build [--models gpt2,llama360] [--sizes 1x128,8x128]

Models of transformers with random weights: GPT-2 of 124M parameters, and a decoder of
Llama's architecture with 360M. Both sides read the same checkpoint, stored in the type
that they compute in, have the same number of threads, compute the logits of all tokens
and keep no cache. PyTorch runs eagerly and compiled (torch.compile; needs a C++
compiler), in inference mode.

Before anything is measured, the logits of both are compared. Then they take turns: in
each round PyTorch runs eagerly, PyTorch runs compiled, and a process of `grow bench`
runs, each some times, of which the median counts, after a pause in which idle threads
go to sleep. What is reported is the median of the rounds' ratios: above 1 grow is
faster than the better of the two.

utils/setup-benchmarks.sh installs what is needed, and names the Python to use.
"""

import argparse
import contextlib
import gc
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

SIZES = ["1x128", "1x512", "8x128"]
# Largest difference of a logit, relative to the largest logit. Both round every sum to
# the type, in orders of their own.
TOLERANCES = {"f32": 1e-4, "bf16": 5e-2}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default="build",
                        help="build directory (default: %(default)s)")
    parser.add_argument("--models", default="gpt2,llama360", help="(default: %(default)s)")
    parser.add_argument("--sizes", default=",".join(SIZES),
                        help="batch x tokens (default: %(default)s)")
    parser.add_argument("--dtypes", default="f32,bf16", help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(),
                        help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5,
                        help="runs in each turn (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=0.5,
                        help="seconds before each turn (default: %(default)s)")
    parser.add_argument("--no-compile", action="store_true",
                        help="hold grow against eager PyTorch only")
    parser.add_argument("--folder", type=pathlib.Path,
                        help="keep the checkpoints here, and take those that are there "
                             "(default: a temporary one)")
    parser.add_argument("--json", type=pathlib.Path, help="also write this file")
    parser.add_argument("--markdown", type=pathlib.Path,
                        help="also write a table to this file")
    return parser.parse_args()


# --- Models -------------------------------------------------------------------------

def make_model(name):
    import transformers
    if name == "gpt2":
        return transformers.GPT2LMHeadModel(transformers.GPT2Config())
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(
        hidden_size=960, intermediate_size=2560, num_hidden_layers=32,
        num_attention_heads=15, num_key_value_heads=5, vocab_size=49152,
        tie_word_embeddings=True))


def get_checkpoint(name, dtype, folder):
    """The directory of a checkpoint, which is made if it is not there."""
    import torch
    directory = folder / f"{name}-{dtype}"
    if not (directory / "config.json").exists():
        torch.manual_seed(0)
        type_ = torch.float32 if dtype == "f32" else torch.bfloat16
        make_model(name).to(type_).save_pretrained(directory)
    return directory


def load_model(directory, dtype):
    import torch
    import transformers
    type_ = torch.float32 if dtype == "f32" else torch.bfloat16
    return transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=type_).eval()


# --- Both sides ---------------------------------------------------------------------

class PyTorch:
    def __init__(self, model, ids):
        self.model, self.ids = model, ids

    def logits(self):
        import torch
        with torch.inference_mode():
            return self.model(self.ids, use_cache=False).logits

    def time(self, runs):
        self.logits()
        seconds = []
        for _ in range(runs):
            begin = time.perf_counter()
            self.logits()
            seconds.append(time.perf_counter() - begin)
        return statistics.median(seconds)


class Grow:
    def __init__(self, args, directory, dtype):
        self.program = str(args.build / "bin/grow")
        self.directory, self.dtype = str(directory), dtype
        self.environment = dict(os.environ, OMP_NUM_THREADS=str(args.threads))
        self.report = None

    def run(self, *arguments):
        command = [self.program, *arguments, "--dtype", self.dtype]
        done = subprocess.run(command, env=self.environment, text=True,
                              stdout=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"error: {' '.join(command)[:200]} has failed")
        return done.stdout

    def logits(self, ids, folder):
        from safetensors.torch import load_file
        file = folder / "logits.safetensors"
        text = ";".join(",".join(map(str, row)) for row in ids.tolist())
        self.run("run", self.directory, "--ids", text, "--logits", str(file), "--quiet")
        logits = load_file(file)["logits"].clone()
        file.unlink()
        return logits

    def time(self, batch, sequence, runs):
        self.report = json.loads(self.run(
            "bench", self.directory, "--batch", str(batch), "--seq", str(sequence),
            "--repeat", str(runs), "--ops=false", "--json"))
        return self.report["seconds"]


def check(ours, theirs, dtype, what):
    import torch
    ours, theirs = ours.to(torch.float64), theirs.to(torch.float64)
    difference = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    if not difference < TOLERANCES[dtype]:
        sys.exit(f"error: {what}: the logits differ by {difference:.1e} of the largest, "
                 f"expected less than {TOLERANCES[dtype]}")
    return difference


# --- Measuring ----------------------------------------------------------------------

def measure(args, grow, model, name, dtype, size, folder):
    import torch
    batch, sequence = map(int, size.split("x"))
    ids = torch.randint(model.config.vocab_size, (batch, sequence),
                        generator=torch.Generator().manual_seed(batch * sequence))
    sides = {"eager": PyTorch(model, ids)}
    expected = sides["eager"].logits()
    difference = check(grow.logits(ids, folder), expected, dtype, f"{name} {size} {dtype}")
    if not args.no_compile:
        torch._dynamo.reset()
        sides["compiled"] = PyTorch(torch.compile(model), ids)
        check(sides["compiled"].logits(), expected, dtype, "torch.compile")
    del expected

    seconds = {side: [] for side in [*sides, "grow"]}
    for _ in range(args.rounds):
        for side, pytorch in sides.items():
            time.sleep(args.pause)
            seconds[side].append(pytorch.time(args.runs))
        time.sleep(args.pause)
        seconds["grow"].append(grow.time(batch, sequence, args.runs))
    theirs = [seconds[side] for side in sides]
    ratios = [min(others) / ours for ours, *others in zip(seconds["grow"], *theirs)]
    keys = ["gflops", "peak_share", "jit_seconds", "bind_seconds", "peak_rss_bytes"]
    return {"model": name, "dtype": dtype, "batch": batch, "sequence": sequence,
            "seconds": {side: statistics.median(of) for side, of in seconds.items()},
            "ratio": statistics.median(ratios), "ratios": ratios,
            "difference": difference, **{key: grow.report[key] for key in keys}}


def get_settings(args):
    import torch
    import transformers
    libraries = [line.strip(" -") for line in torch.__config__.show().splitlines()
                 if "Math Kernel" in line or "MKL-DNN" in line or "CPU capability" in line]
    cpu = next((line.partition(":")[2].strip()
                for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())
    version = subprocess.run([args.build / "bin/grow", "--version"], text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    return {"cpu": cpu, "threads": args.threads, "rounds": args.rounds, "runs": args.runs,
            "grow": version, "torch": torch.__version__,
            "transformers": transformers.__version__, "libraries": libraries}


COLUMNS = ["model", "type", "size", "eager", "compiled", "grow", "ratio", "GFLOP/s",
           "of peak", "JIT", "peak memory"]


def get_cells(row):
    seconds = row["seconds"]
    return [row["model"], row["dtype"], f"{row['batch']}x{row['sequence']}",
            *(f"{seconds[side]:.3f} s" if side in seconds else ""
              for side in ("eager", "compiled", "grow")),
            f"{row['ratio']:.2f}", f"{row['gflops']:.1f}", f"{row['peak_share']:.0%}",
            f"{row['jit_seconds']:.2f} s", f"{row['peak_rss_bytes'] / 1e9:.2f} GB"]


def write_markdown(file, settings, rows):
    lines = [COLUMNS, ["---"] * len(COLUMNS), *map(get_cells, rows)]
    with open(file, "w") as output:
        output.writelines(f"| {' | '.join(cells)} |\n" for cells in lines)
        output.write("\n" + "; ".join(
            f"{key} {value if isinstance(value, (str, int)) else ', '.join(value)}"
            for key, value in settings.items()) + "\n")


def main():
    args = parse_arguments()
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(args.threads)  # before torch is loaded
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import torch
    except ImportError as error:
        sys.exit(f"error: {error}: run utils/setup-benchmarks.sh, and this script with "
                 "the Python that it names")
    import transformers
    torch.set_num_threads(args.threads)
    transformers.utils.logging.disable_progress_bar()

    settings = get_settings(args)
    for key, value in settings.items():
        print(f"{key}: {value if isinstance(value, (str, int)) else '; '.join(value)}")
    rows = []
    with contextlib.ExitStack() as stack:
        temporary = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = args.folder or temporary
        print("".join(f"{column:>12}" for column in COLUMNS), flush=True)
        for name in args.models.split(","):
            for dtype in args.dtypes.split(","):
                directory = get_checkpoint(name, dtype, folder)
                model = load_model(directory, dtype)
                grow = Grow(args, directory, dtype)
                for size in args.sizes.split(","):
                    rows.append(measure(args, grow, model, name, dtype, size, temporary))
                    print("".join(f"{cell:>12}" for cell in get_cells(rows[-1])),
                          flush=True)
                del model
                gc.collect()
    if args.json:
        args.json.write_text(json.dumps({"settings": settings, "rows": rows}, indent=2)
                             + "\n")
    if args.markdown:
        write_markdown(args.markdown, settings, rows)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Grows random stock models at random, one to three times over, and compares logits.

    python test/Frameworks/random_growth.py --cases 1000 --seed 7 [--only gemma2,bert]

Each case draws an architecture, a variant, sizes, weights and growths from its seed. A
failing case is printed with its seed and its directories are kept.
"""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile
import traceback

import torch
import transformers

import support
from architectures import ARCHITECTURES
from test_growth import Source


def choose(architecture, config, draw) -> list:
    """One growth, or some that go together, or all of them."""
    seed = draw.randrange(1 << 30)
    found = architecture.growths(config, seed)
    names = list(found)
    count = draw.choice([1, draw.randint(1, len(names)), len(names)])
    return architecture.together(config, seed, draw.sample(names, count))


def case(seed: int, architectures: list, folder: pathlib.Path, worst: dict) -> None:
    draw = random.Random(seed)
    architecture = draw.choice(architectures)
    variant = draw.choice(architecture.variant_names())
    source = Source(architecture, variant, seed, folder / "0")
    config, model = source.config, folder / "0"
    steps = []
    for number in range(draw.choice([1, 1, 2, 3])):
        arguments = choose(architecture, config, draw)
        steps.append(" ".join(map(str, arguments)))
        grown = folder / str(number + 1)
        print(f"case {seed}: {architecture.model_type} {variant}, {' then '.join(steps)}",
              flush=True)
        support.grow("apply", model, "-o", grown, *arguments, "--seed", draw.randrange(100))
        found = source.compare(grown, f"case {seed}")
        for dtype, difference in found.items():
            worst[dtype] = max(worst.get(dtype, 0.0), difference)
        model, config = grown, transformers.AutoConfig.from_pretrained(grown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--only", default=",".join(ARCHITECTURES), help="architectures")
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    print(f"{options.cases} cases from seed {options.seed}")
    architectures = [ARCHITECTURES[name] for name in options.only.split(",")]
    worst, failed = {}, []
    for seed in range(options.seed, options.seed + options.cases):
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"grow-case-{seed}-"))
        try:
            case(seed, architectures, folder, worst)
        except Exception:
            traceback.print_exc()
            print(f"case {seed} failed, its files are in {folder}", flush=True)
            failed.append(seed)
        else:
            shutil.rmtree(folder)
    for dtype, difference in worst.items():
        print(f"largest difference in {support.DTYPE_NAMES[dtype]}: {difference:.1e} "
              "of the largest logit")
    sys.exit(f"failed: --seed {failed} --cases 1" if failed else 0)


if __name__ == "__main__":
    main()

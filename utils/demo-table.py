#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what growth changed, from `grow inspect --json` of the model before and after
and `grow verify --json` of the two."""

import json
import sys

ROWS = [("parameters", "parameters"), ("layers", "layers"), ("MLP width", "mlp"),
        ("bytes", "bytes")]


def main(before, after, verify):
    print(f"{'':12}{'before':>12}{'after':>12}")
    for label, key in ROWS:
        print(f"{label:12}{before[key]:>12,}{after[key]:>12,}")
    print(f"\nLargest difference of a logit: {verify['max_abs']:.1e} "
          f"({verify['max_rel']:.1e} of the largest logit, {verify['dtype']}, "
          f"{verify['tokens']} tokens)")


if __name__ == "__main__":
    main(*(json.load(open(path)) for path in sys.argv[1:]))

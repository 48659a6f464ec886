#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads a plan of grow apply --dry-run --json: blocks must cover each parameter once, and
those of a stored tensor must have as many entries as it."""

import itertools
import json
import math
import sys


def check_part(part):
    total = 0
    for block in part["blocks"]:
        assert all(size > 0 for size in block["sizes"]), part
        assert all(0 <= o and o + s <= n for o, s, n in
                   zip(block["offsets"], block["sizes"], part["shape"])), part
        total += math.prod(block["sizes"])
    for a, b in itertools.combinations(part["blocks"], 2):
        assert any(x + s <= y or y + t <= x for x, s, y, t in
                   zip(a["offsets"], a["sizes"], b["offsets"], b["sizes"])), (a, b)
    assert total == math.prod(part["shape"]), part
    return total


def main():
    plan = json.load(sys.stdin)
    assert plan["tensors"]
    entries = 0
    for tensor in plan["tensors"]:
        total = sum(map(check_part, tensor["parts"]))
        assert total == math.prod(tensor["shape"]), tensor
        entries += total
    assert entries == plan["after"]["parameters"]


main()

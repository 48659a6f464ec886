#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the numbers of a report of `grow bench` fit together."""

import json
import math
import statistics
import sys

with open(sys.argv[1]) as file:
    report = json.load(file)


def expect(found, expected):
    if not math.isclose(found, expected, rel_tol=1e-6):
        sys.exit(f"expected {expected}, found {found}")


assert len(report["runs"]) == report["repeat"]
assert all(run > 0 for run in report["runs"])
expect(report["seconds"], statistics.median(report["runs"]))
expect(report["seconds_min"], min(report["runs"]))
expect(report["seconds_max"], max(report["runs"]))
expect(report["tokens_per_second"], report["tokens"] / report["seconds"])
expect(report["gflops"] * 1e9, report["operations"] / report["seconds"])
expect(report["peak_share"], report["gflops"] / report["peak_gflops"])
# A tenth of the slowest machine that this may run on, and more than any has.
assert 0.1 < report["peak_gflops"] < 1e6
assert 1 << 20 < report["peak_rss_bytes"] < 1 << 36
assert report["jit_seconds"] > 0

# The operations of the ops are those of the model.
total = sum(op["gflops"] * op["seconds"] for op in report["ops"])
expect(total * 1e9, report["operations"])
calls = {op["op"]: op["calls"] for op in report["ops"] if op["layers"]}
assert calls == {"rms_norm": 1, "attention": 1, "mlp": 1, "addf": 1}, calls

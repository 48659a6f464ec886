#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails unless logits in f32 of two files differ by at most BOUND of the largest."""

import array
import json
import math
import struct
import sys


def read(path):
    data = open(path, "rb").read()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])["logits"]
    assert header["dtype"] == "F32", header
    begin, end = (8 + size + offset for offset in header["data_offsets"])
    return header["shape"], array.array("f", data[begin:end])


def main(expected_path, actual_path, bound):
    shape, expected = read(expected_path)
    actual_shape, actual = read(actual_path)
    assert shape == actual_shape and len(expected) == len(actual) == math.prod(shape)
    assert all(map(math.isfinite, actual))
    difference = max(abs(x - y) for x, y in zip(expected, actual))
    relative = difference / max(map(abs, expected))
    print(f"{relative:.2e} of the largest logit")
    return 0 if relative <= float(bound) else 1


sys.exit(main(*sys.argv[1:]))

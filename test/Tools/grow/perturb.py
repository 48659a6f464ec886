#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sets the first entry of an f32 tensor: perturb.py DIRECTORY TENSOR VALUE."""

import json
import pathlib
import struct
import sys


def main(directory, tensor, value):
    with open(pathlib.Path(directory) / "model.safetensors", "r+b") as file:
        size, = struct.unpack("<Q", file.read(8))
        begin, _ = json.loads(file.read(size))[tensor]["data_offsets"]
        file.seek(8 + size + begin)
        file.write(struct.pack("<f", float(value)))


main(*sys.argv[1:])

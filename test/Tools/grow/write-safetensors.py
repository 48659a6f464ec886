#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes DIR/0.safetensors, DIR/1.safetensors, ... with the headers given, right or
wrong, and the bytes 0 to 7 as data."""

import pathlib
import struct
import sys

for number, header in enumerate(sys.argv[2:]):
    path = pathlib.Path(sys.argv[1]) / f"{number}.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + bytes(range(8)))

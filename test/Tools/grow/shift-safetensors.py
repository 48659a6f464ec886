#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Copies a safetensors file with a header of odd length, so that no tensor is aligned.
The format allows it."""

import pathlib
import struct
import sys

source, target = map(pathlib.Path, sys.argv[1:])
data = source.read_bytes()
size = struct.unpack("<Q", data[:8])[0]
header = data[8:8 + size].rstrip()
header += b" " * (1 - len(header) % 2)
target.write_bytes(struct.pack("<Q", len(header)) + header + data[8 + size:])

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The kernels that a printed module holds as constants, as grow-to-spirv, grow-to-nvvm
and grow-to-rocdl leave them."""

import re

BINARY = re.compile(
    r'llvm\.mlir\.global internal constant @"?__grow\.([^"(]*?)\.binary"?'
    r'\("((?:[^"\\]|\\.)*)"\)')


def unescape(text: str) -> bytes:
    """The bytes that MLIR prints as a string."""
    parts = re.findall(r'\\[0-9A-F]{2}|\\.|[^\\]', text, re.DOTALL)
    return b"".join(
        bytes([int(part[1:], 16)]) if len(part) == 3 else part[-1].encode("latin-1")
        for part in parts)


def find(module: str) -> list[tuple[str, bytes]]:
    """Names and binaries."""
    return [(name, unescape(text)) for name, text in BINARY.findall(module)]

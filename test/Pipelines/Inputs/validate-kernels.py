# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Validates the kernels of a module that grow-to-spirv made, on stdin, by spirv-val.

Prints how many there are, and exits with 1 if one is not valid for Vulkan 1.1.
"""

import re
import subprocess
import sys
import tempfile

BINARY = re.compile(
    r'llvm\.mlir\.global internal constant @"?__grow\.([^"(]*?)\.binary"?'
    r'\("((?:[^"\\]|\\.)*)"\)')


def unescape(text: str) -> bytes:
    """The bytes that MLIR prints as a string."""
    parts = re.findall(r'\\[0-9A-F]{2}|\\.|[^\\]', text, re.DOTALL)
    return b"".join(
        bytes([int(part[1:], 16)]) if len(part) == 3 else part[-1].encode("latin-1")
        for part in parts)


def main() -> int:
    kernels = BINARY.findall(sys.stdin.read())
    invalid = 0
    for name, text in kernels:
        with tempfile.NamedTemporaryFile(suffix=".spv") as file:
            file.write(unescape(text))
            file.flush()
            result = subprocess.run(
                ["spirv-val", "--target-env", "vulkan1.1", file.name],
                capture_output=True, text=True)
        if result.returncode:
            invalid += 1
            print(f"{name}: {result.stdout}{result.stderr}", file=sys.stderr)
    print(f"{len(kernels)} kernels, {invalid} invalid")
    return 1 if invalid or not kernels else 0


sys.exit(main())

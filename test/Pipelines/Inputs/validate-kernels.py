# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Validates the kernels of a module that grow-to-spirv made, on stdin, by spirv-val.

Prints how many there are, and exits with 1 if one is not valid for Vulkan 1.1.
"""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Inputs"))
import kernel_binaries


def main() -> int:
    kernels = kernel_binaries.find(sys.stdin.read())
    invalid = 0
    for name, binary in kernels:
        with tempfile.NamedTemporaryFile(suffix=".spv") as file:
            file.write(binary)
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

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The comparisons of test/Checkpoint that need Python packages, with few cases each."""

import pathlib
import subprocess
import sys

import support

SCRIPTS = pathlib.Path(__file__).parents[1] / "Checkpoint"


def run(script: str, *arguments) -> None:
    subprocess.run([sys.executable, SCRIPTS / script, *map(str, arguments)], check=True)


def test_safetensors_are_read_and_written_as_by_the_package():
    run("safetensors-differential.py", "--tool", support.BIN_DIR / "grow-safetensors-dump",
        "--cases", 20, "--seed", 1)


def test_rotary_frequencies_are_those_of_transformers():
    run("rope-differential.py", support.BIN_DIR / "grow-translate", 3, 7)

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads `grow-opt --help` and prints the project's passes whose remarks no test names.

Usage: grow-opt --help | unreported-passes.py TESTS
A remark is named like its pass without dashes: CPULowerPacks is `grow-cpu-lower-packs`.
"""

import pathlib
import re
import sys

help_text = sys.stdin.read()
passes = re.findall(r"^ +--((?:convert-)?grow-[a-z0-9-]+) ",
                    help_text[help_text.index(" Passes:"):help_text.index(" Pass Pipelines:")],
                    re.MULTILINE)
assert len(passes) > 40, "the passes were not found in the help"
# Reports each expansion under that expansion's name.
passes.remove("grow-expand")

named = set()
for suffix in ("*.test", "*.mlir"):
    for test in pathlib.Path(sys.argv[1]).rglob(suffix):
        named.update(name.lower() for name in re.findall(
            r"(\w+) (?:\| Category:grow|{{\.\*}}Reason)", test.read_text()))
for name in passes:
    if name.replace("-", "").removeprefix("grow") not in named:
        print(f"no test names the remark of '{name}'")

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the command of each line `USAGE: ARGUMENTS => MESSAGE` of a test: it must exit 2,
say so on stderr, print nothing on stdout and write nothing."""

import pathlib
import subprocess
import sys


def check(arguments, message, output):
    command = ["grow", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    problems = [f"exit code {done.returncode}, expected 2"] if done.returncode != 2 else []
    if message not in done.stderr:
        problems.append(f"expected on stderr: {message}")
    if done.stdout:
        problems.append("output on stdout")
    if output.exists():
        problems.append(f"{output} was written")
    for problem in problems:
        print(f"{' '.join(command)}: {problem}\n{done.stderr}", file=sys.stderr)
    return not problems


def main(test, tiny, output):
    lines = [line.partition("USAGE: ")[2] for line in pathlib.Path(test).open()
             if line.startswith("// USAGE: ")]
    results = []
    for line in lines:
        arguments, _, message = line.strip().partition(" => ")
        names = {"TINY": tiny, "OUT": output}
        arguments = [names.get(word, word) for word in arguments.split()]
        results.append(check(arguments, message, pathlib.Path(output)))
    return 0 if results and all(results) else 1


sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs what pages show. In a block ```console, `$ COMMAND` is followed by all that the
command prints; after a backslash the command goes on behind `> `. `<!-- FILE: COMMAND -->`
says what prints a file, such as a picture, which lies beside the page. Commands run in the
root of the repository.

  commands.py [--update] [--section HEADING]... PAGE...

Without --update, fails for each difference; with it, writes what is printed now. With
--section only what stands under one of these headings is run."""

import argparse
import difflib
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command: str) -> str:
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    return done.stdout


def renew_block(match) -> str:
    lines = ["```console"]
    for command in re.findall(r"^\$ ((?:.*\\\n> )*.*)", match[1], flags=re.M):
        output = run(command.replace("\\\n> ", "\\\n"))
        lines += ["$ " + command, *output.rstrip("\n").splitlines()]
    return "\n".join(lines) + "\n```"


def find_sections(text: str, headings: list) -> list:
    """What stands under `## HEADING`, for each heading; the whole page if there is none."""
    parts = re.split(r"^(?=## )", text, flags=re.M)
    found = [part for part in parts if part.startswith("## ") and
             part.splitlines()[0][3:] in headings]
    if len(found) != len(headings):
        sys.exit(f"error: the page has {len(found)} of the sections {headings}")
    return found or [text]


def check_page(page: pathlib.Path, update: bool, headings: list) -> list:
    """The files that differ, with what is printed now."""
    old = page.read_text()
    sections = find_sections(old, headings)
    new = old
    for section in sections:
        new = new.replace(section, re.sub(r"```console\n(.*?)\n```", renew_block, section,
                                          flags=re.S))
    outputs = [(page, old, new)]
    for name, command in re.findall(r"<!-- (\S+): (.*?) -->", "".join(sections)):
        file = page.parent / name
        outputs.append((file, file.read_text() if file.exists() else "", run(command)))
    changed = [output for output in outputs if output[1] != output[2]]
    for file, _, text in changed:
        if update:
            file.write_text(text)
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--section", action="append", default=[])
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    changed = []
    for page in arguments.pages:
        changed += check_page(page.resolve(), arguments.update, arguments.section)
    for file, old, new in changed:
        name = str(file)
        sys.stderr.writelines(difflib.unified_diff(
            old.splitlines(True), new.splitlines(True), name, name + " (now)"))
    return 1 if changed and not arguments.update else 0


sys.exit(main())

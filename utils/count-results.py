#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Adds up what the runners of utils/check.sh left in a directory.

Reads lit's JSON, pytest's JUnit XML and lint.sh's JSON, prints a line for each
runner and `N passed, N failed` last; the exit status is 1 if anything failed, or if
nothing ran.
"""

import collections
import json
import pathlib
import sys
import xml.etree.ElementTree

# lit's result codes that are neither a success nor a test left out.
LIT_FAILURES = {"FAIL", "XPASS", "UNRESOLVED", "TIMEOUT"}
LIT_PASSES = {"PASS", "XFAIL", "FLAKYPASS"}


def count_lit(path):
    for test in json.loads(path.read_text())["tests"]:
        code = test["code"]
        yield ("failed" if code in LIT_FAILURES else
               "passed" if code in LIT_PASSES else "skipped"), test["name"]


def count_junit(path):
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        outcomes = {child.tag for child in case}
        yield ("failed" if outcomes & {"failure", "error"} else
               "skipped" if "skipped" in outcomes else
               "passed"), f"{case.get('classname')}::{case.get('name')}"


def count_lint(path):
    for rule, kept in json.loads(path.read_text()).items():
        yield {True: "passed", False: "failed", None: "skipped"}[kept], rule


def count_broken(path):
    broken = json.loads(path.read_text())
    yield "failed", f"{broken['broken']}: stopped with status {broken['status']} " \
                    "before it could report"


READERS = [(".lit.json", count_lit), (".xml", count_junit),
           (".broken.json", count_broken), ("lint.json", count_lint)]


def main(directory):
    total = collections.Counter()
    for path in sorted(pathlib.Path(directory).iterdir()):
        reader = next(read for suffix, read in READERS if path.name.endswith(suffix))
        count = collections.Counter()
        for outcome, name in reader(path):
            count[outcome] += 1
            if outcome == "failed":
                print(f"FAILED {name}")
        print(f"{path.name.split('.')[0]}: "
              + ", ".join(f"{number} {outcome}" for outcome, number in sorted(count.items())))
        total += count
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

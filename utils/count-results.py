#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Adds up what the runners of utils/check.sh left.

Takes a file with a line for each: name, exit status and file of results (lit's JSON,
pytest's JUnit XML or lint.sh's JSON), separated by tabs. Prints a line for each runner
and `N passed, N failed` last; the exit status is 1 if anything failed, or if nothing
ran. A runner that failed without saying at what, or left no results, counts as one
failure.
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


# By the end of the file's name, the first that fits.
READERS = {".lit.json": count_lit, ".json": count_lint, ".xml": count_junit}


def count(name, status, path):
    """What one runner did; prints its failures."""
    result = collections.Counter()
    if path.exists():
        read = next(read for suffix, read in READERS.items() if path.name.endswith(suffix))
        for outcome, test in read(path):
            result[outcome] += 1
            if outcome == "failed":
                print(f"FAILED {test}")
    if status and not result["failed"]:
        result["failed"] += 1
        print(f"FAILED {name}: ended with status {status} and named no failed test")
    if not result:
        result["failed"] += 1
        print(f"FAILED {name}: left no results")
    return result


def main(runs):
    total = collections.Counter()
    for line in pathlib.Path(runs).read_text().splitlines():
        name, status, path = line.split("\t")
        result = count(name, int(status), pathlib.Path(path))
        print(f"{name}: "
              + ", ".join(f"{number} {outcome}" for outcome, number in sorted(result.items())))
        total += result
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

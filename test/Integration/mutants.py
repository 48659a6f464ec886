#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Breaks growth in every way that comes to mind and demands that each check notices.

Small models of every architecture and random ones grow in every way (subjects.py). Each
growth must be proven, must hold over a finite field and by the dialect's meaning in plain
Python (reference.py). Then one thing in a grown model is made wrong (mutations.py), and
neither the proof nor the field may let it pass. The reference is the arbiter: what it
finds equal must be one of the mutants that are argued to be no mistake (equivalents.py).

    mutants.py --bin build/bin --seed 3 --count 1000

Prints, for each kind of mistake, how many there were and how many passed. A mutant that
passes fails the command, and its files are kept.
"""

import argparse
import collections
import dataclasses
import functools
import json
import multiprocessing
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import equivalents
import mutations
import reference
import subjects

EQUAL, DIFFERENT = 1e-12, 1e-9
# A seed of the parameters at which a difference that rounding hides may be larger.
SEEDS = (0, 1, 2)
# Mutants of one growth that are checked at a time.
BATCH = 24


# Checks of grow --------------------------------------------------------------

@dataclasses.dataclass
class Judge:
    """A pass that must refuse what is wrong, and how its refusal begins."""
    name: str
    options: str
    refusal: str


JUDGES = [Judge("grow-prove", "", "not proven"),
          Judge("grow-check-field", "{sequence=6 batch=2}", "computes other logits")]


def nested(text: str) -> list:
    """The lines of a module, without its name."""
    return ['"builtin.module"() ({', *reference.expand_aliases(text)[1:]]


def chunk(source: str, grown: str) -> str:
    return "\n".join(["module {", *nested(source), *nested(grown), "}", ""])


def check(tools: pathlib.Path, chunks: list, passes: str = "") -> list:
    """The first error of each chunk, None without one, all checked in one process."""
    starts, line = [], 1
    for text in chunks:
        starts.append(line)
        line += text.count("\n") + 1
    done = subprocess.run(
        [str(tools / "grow-opt"), "-", "--split-input-file", "--mlir-disable-threading",
         f"--pass-pipeline=builtin.module({passes})", "-o", os.devnull],
        input="// -----\n".join(chunks), capture_output=True, text=True)
    if done.returncode not in (0, 1):
        if len(chunks) == 1:
            return [f"ends with status {done.returncode}: {done.stderr[:500]}"]
        return [error for text in chunks for error in check(tools, [text], passes)]
    errors = [None] * len(chunks)
    for at, message in re.findall(r"^<stdin>:(\d+):\d+: error: (.*)$", done.stderr, re.MULTILINE):
        where = max(i for i, start in enumerate(starts) if start <= int(at))
        errors[where] = errors[where] or message
    if done.returncode and not any(errors):
        raise RuntimeError(f"grow-opt fails without an error:\n{done.stderr[-2000:]}")
    return errors


# The reference ---------------------------------------------------------------

class Reference:
    """What a source and its grown model compute, in f64."""

    def __init__(self, subject: subjects.Subject):
        self.inputs = subjects.inputs(mutations.Module(subject.source))
        self.subject, self.models = subject, {}

    @functools.lru_cache(maxsize=None)
    def expected(self, seed: int) -> list:
        return reference.Model(reference.parse(self.subject.source)[0], seed).forward(self.inputs)

    @functools.lru_cache(maxsize=None)
    def grown(self, seed: int) -> reference.Model:
        return reference.Model(reference.parse(self.subject.grown)[0], seed)

    def difference(self, model: reference.Model) -> float:
        expected = self.expected(model.seed)
        logits = [row[:len(expected[0])] for row in model.forward(self.inputs)]
        return reference.difference(expected, logits)

    def judge(self, text: str, case: equivalents.Case) -> float:
        """The largest difference over a few seeds, up to one that is large enough."""
        found = self.difference(case.after)
        for seed in SEEDS[1:]:
            if found > DIFFERENT:
                break
            found = max(found, self.difference(
                reference.Model(reference.parse(text)[0], seed)))
        return found


# Mutants ---------------------------------------------------------------------

@dataclasses.dataclass
class Verdict:
    subject: str
    kind: str
    place: str
    text: str
    refused: str = ""      # by the verifier
    passed: list = dataclasses.field(default_factory=list)
    reason: str = ""       # why it is no mistake
    complaint: str = ""    # what is wrong with the checks


def edits_of(pair: mutations.Pair, kind: str) -> list:
    return list(mutations.MUTATIONS[kind](pair))


def is_silent(edit: mutations.Edit, kind: str) -> bool:
    """Whether it is in a new layer, where most edits change nothing."""
    return edit.layer.startswith("new.") and not kind.startswith("a new layer")


def enumerate_edits(subject: subjects.Subject) -> list:
    """The kind, the number and the silence of each edit."""
    pair = mutations.Pair(subject.source, subject.grown)
    return [(kind, number, is_silent(edit, kind)) for kind in mutations.MUTATIONS
            for number, edit in enumerate(edits_of(pair, kind))]


def choose(found: list, pool: list, rng: random.Random, count: int) -> dict:
    """Edits of all kinds and architectures in turn, by subject."""
    cells = collections.defaultdict(list)
    for at, (subject, edits) in enumerate(zip(found, pool)):
        for kind, number, silent in edits:
            where = "new layers" if silent else subject.architecture
            cells[kind, where].append((at, kind, number))
    for cell in cells.values():
        rng.shuffle(cell)
    order = sorted(cells)
    rng.shuffle(order)
    # New layers once for each kind: nearly all that one finds there is no mistake.
    chosen = [cells[key][0] for key in order if key[1] == "new layers"]
    cells = {key: cells[key] for key in order if key[1] != "new layers"}
    chosen = chosen[:count // 8]
    turn = 0
    while len(chosen) < count and any(len(cell) > turn for cell in cells.values()):
        chosen += [cell[turn] for cell in cells.values() if len(cell) > turn]
        turn += 1
    by_subject = collections.defaultdict(list)
    for at, kind, number in chosen[:count]:
        by_subject[at].append((kind, number))
    return by_subject


def judge_batch(job) -> list:
    """Judges some mutants of one subject."""
    tools, subject, chosen = job
    pair, meaning = mutations.Pair(subject.source, subject.grown), Reference(subject)
    verdicts, cases = [], []
    for kind, number in chosen:
        edit = edits_of(pair, kind)[number]
        text = pair.grown.text(edit.changes)
        verdicts.append(Verdict(subject.name, kind, edit.place, text))
        cases.append((kind, edit))
    for verdict, error in zip(verdicts, check(tools, [v.text for v in verdicts]), strict=True):
        verdict.refused = error or ""
    judged = [(v, case) for v, case in zip(verdicts, cases) if not v.refused]
    for judge in JUDGES:
        chunks = [chunk(subject.source, verdict.text) for verdict, _ in judged]
        errors = check(tools, chunks, judge.name + judge.options) if chunks else []
        for (verdict, _), error in zip(judged, errors, strict=True):
            if error is None:
                verdict.passed.append(judge.name)
            elif not error.startswith(judge.refusal):
                verdict.complaint = f"{judge.name} fails in another way: {error}"
    for verdict, (kind, edit) in judged:
        arbitrate(verdict, equivalents.Case(kind, pair, edit, meaning.grown(0), verdict.text),
                  meaning)
    return verdicts


def arbitrate(verdict: Verdict, case: equivalents.Case, meaning: Reference) -> None:
    """Decides by the reference whether it is a mistake, and whether the checks agree."""
    difference = meaning.judge(verdict.text, case)
    reasons = [name for name, holds, _ in equivalents.REASONS if holds(case)]
    if difference <= EQUAL and reasons:
        verdict.reason = reasons[0]
    elif difference <= DIFFERENT:
        verdict.complaint = f"computes the same ({difference:.1e}), but nobody says why"
    elif reasons:
        verdict.complaint = f"claimed to be no mistake ({reasons[0]}): off by {difference:.1e}"
    elif verdict.passed:
        verdict.complaint = f"passes {', '.join(verdict.passed)}: off by {difference:.1e}"


def judge_growths(job) -> list:
    """What is wrong with the checks of growths that are right."""
    tools, found = job
    complaints = []
    for judge in JUDGES:
        chunks = [chunk(subject.source, subject.grown) for subject in found]
        for subject, error in zip(found, check(tools, chunks, judge.name + judge.options)):
            if error is not None:
                complaints.append((subject, f"true growth fails {judge.name}: {error}"))
    for subject in found:
        meaning = Reference(subject)
        difference = meaning.difference(meaning.grown(0))
        if difference > EQUAL:
            complaints.append((subject, f"growth changes the function: {difference:.1e}"))
    return complaints


def distinct(verdicts: list) -> list:
    """Without mutants that another kind of mistake has made, too."""
    return list({(verdict.subject, verdict.text): verdict for verdict in verdicts}.values())


# Report ----------------------------------------------------------------------

COLUMNS = ("mistakes", *(judge.name for judge in JUDGES), "not verified", "no mistakes")


def tabulate(verdicts: list) -> dict:
    """For each kind: mistakes, those that pass each check, and what is not counted."""
    table = {kind: dict.fromkeys(COLUMNS, 0) for kind in mutations.MUTATIONS}
    for verdict in verdicts:
        row = table[verdict.kind]
        row["not verified"] += bool(verdict.refused)
        row["no mistakes"] += bool(verdict.reason)
        if not verdict.refused and not verdict.reason:
            row["mistakes"] += 1
            for name in verdict.passed:
                row[name] += 1
    return table


def print_report(verdicts: list, table: dict) -> None:
    print("".join(f"{name:>17}" for name in COLUMNS) + "  kind")
    for kind, row in table.items():
        print("".join(f"{number:>17}" for number in row.values()) + f"  {kind}")
    reasons = collections.Counter(verdict.reason for verdict in verdicts if verdict.reason)
    proven = collections.Counter(verdict.reason for verdict in verdicts
                                 if verdict.reason and "grow-prove" in verdict.passed)
    for name, _, argument in equivalents.REASONS:
        if reasons[name]:
            print(f"no mistake, {reasons[name]} times, {proven[name]} proven: {name}. {argument}")


def keep(folder: pathlib.Path, number: int, source: str, grown: str) -> str:
    files = [folder / f"{number}.{name}.mlir" for name in ("source", "grown")]
    for file, text in zip(files, (source, grown)):
        file.write_text(text)
    return " and ".join(map(str, files))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=700, help="mutants to make")
    parser.add_argument("--models", nargs="+", choices=subjects.MODELS, metavar="MODEL",
                        help=f"only some of {', '.join(subjects.MODELS)}, and the growths "
                        "that the mutants are made of")
    parser.add_argument("--random", type=int, default=40, help="how many random models")
    parser.add_argument("--json", action="store_true", help="print one object instead")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    names = options.models or subjects.MODELS
    with tempfile.TemporaryDirectory() as folder:
        found = subjects.subjects(options.bin, pathlib.Path(folder), names, options.seed,
                                  options.random)
    with multiprocessing.Pool(os.cpu_count()) as pool:
        by_subject = choose(found, pool.map(enumerate_edits, found, 8), rng, options.count)
        tried = [found[at] for at in sorted(by_subject)] if options.models else found
        growths = [(options.bin, tried[i:i + BATCH]) for i in range(0, len(tried), BATCH)]
        complaints = sum(pool.map(judge_growths, growths, 1), [])
        jobs = [(options.bin, found[at], chosen[i:i + BATCH])
                for at, chosen in sorted(by_subject.items())
                for i in range(0, len(chosen), BATCH)]
        verdicts = distinct(sum(pool.map(judge_batch, jobs, 1), []))
    sys.exit(report(options, found, tried, complaints, verdicts))


def report(options, found: list, tried: list, complaints: list, verdicts: list) -> int:
    table, by_name = tabulate(verdicts), {subject.name: subject for subject in found}
    mistakes = sum(row["mistakes"] for row in table.values())
    kinds = sum(bool(row["mistakes"]) for row in table.values())
    architectures = {by_name[v.subject].architecture for v in verdicts
                     if not v.refused and not v.reason}
    bad = [(subject.name, message, subject.source, subject.grown)
           for subject, message in complaints]
    bad += [(f"{v.subject}: {v.kind}: {v.place}", v.complaint, by_name[v.subject].source, v.text)
            for v in verdicts if v.complaint]
    if options.json:
        print(json.dumps({"growths": len(tried), "mistakes": mistakes, "kinds": kinds,
                          "architectures": sorted(architectures), "table": table,
                          "complaints": [entry[:2] for entry in bad]}, indent=2))
    else:
        print_report(verdicts, table)
        print(f"{len(tried)} growths; {mistakes} mistakes of {kinds} of "
              f"{len(mutations.MUTATIONS)} kinds in {len(architectures)} architectures")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="grow-mutants-")) if bad else None
    for number, (name, message, source, grown) in enumerate(bad):
        print(f"{name}: {message}: {keep(folder, number, source, grown)}", file=sys.stderr)
    if not bad and not options.json:
        print("every growth passes every check, and no mistake does")
    return 1 if bad else 0


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Grows random models by random schedules and compares what they compute.

Each case is a random decoder in IR (random_models.py) and a random schedule. The grown
model must compute the same: in f64 by the dialect's meaning in plain Python
(reference.py), bit for bit unless a factor went into weights; over a finite field, which
knows no rounding; and, for some cases, in f64 and f32 by grow's compiled code. With
--proved it must be proven, too. Then one thing in it is made wrong, and each of these
must notice. Needs nothing but Python and the built tools.

    random-growth.py --bin build/bin --cases 1000 --compiled 10 --proved --seed 7

A failing case is printed with its seed and its files are kept.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import reference
from random_models import Model, Schedule

# Of the largest logit.
TOLERANCE = 1e-12

# What is put where silence is due. Random, for norms that centre the stream do not see
# the same number in all channels.
NOISE = "#grow.normal<stddev = 1/2, seed = 9999>"


def turns_or_caps(grown: str, layer: str) -> bool:
    """Whether scores of a layer are not just products of queries and keys."""
    attention = re.search(rf'grow\.layer "{layer}" .*?grow\.attention (.*)', grown, re.DOTALL)
    return bool(re.search(r" (rope|softcap) ", attention.group(1).partition("\n")[0]))


def wrong_variants(grown: str, model: Model):
    """Grown models with one thing made wrong: what, where, and the wrong text."""
    for param in re.finditer(r"grow\.param @(\S+) .*\{\n(?:    .*\n)+", grown):
        layer, _, name = param.group(1).rpartition(".")
        if layer.startswith("new."):
            yield from wrong_in_new_layer(grown, param, name)
        else:
            yield from wrong_blocks(grown, param, name, unread_axis(model, layer, name))
            yield from wrong_factors(grown, param, layer, name)
    yield from wrong_norms(grown)


def find(pattern: str, grown: str, param):
    return re.compile(pattern).finditer(grown, *param.span())


def unread_axis(model: Model, layer: str, name: str):
    """Along which new entries are read by nothing. Without a final norm that is so of what
    the last layer writes to new channels, if the logits' table is tied: there it has
    zeros."""
    last = f"h.{len(model.layers) - 1}"
    unread = model.tied and not model.final_norm and layer == last
    return {"o": 3, "down": 1}.get(name) if unread else None


def wrong_in_new_layer(grown: str, param, name: str):
    """A new layer adds nothing to the stream: whatever its other parameters are, wherever
    their blocks lie, only what silences it can be wrong."""
    if name not in ("down", "o") or "grow.fill #grow.zero" not in param.group():
        return
    for match in find(r"grow\.extend .* with (#grow\.zero)", grown, param):
        yield "new entries are not silent", match.span(1), NOISE
    for match in find(r"grow\.fill (#grow\.zero)", grown, param):
        yield "a new layer is not silent", match.span(1), NOISE


def wrong_blocks(grown: str, param, name: str, unread):
    # Of these only the silent side is zero.
    if name in ("up", "gate", "down", "o", "wte"):
        for match in find(r"grow\.extend .* with (#grow\.zero) along (\d)", grown, param):
            if match.group(2) != str(unread):
                yield "new entries are not silent", match.span(1), NOISE
        for match in find(r"along \d at \[([1-9]\d*)\]", grown, param):
            yield "a block is in the wrong place", match.span(1), "0"
    for match in find(r"factor = (-1)>", grown, param):
        yield "a pair does not cancel", match.span(1), "1"


def wrong_factors(grown: str, param, layer: str, name: str):
    # Softmax ignores what the bias of keys adds to all scores of a query.
    if name == "bk" and not turns_or_caps(grown, layer):
        return
    for match in find(r"grow\.scale %\S+ by ([^:]*?)(?: about -1)? :", grown, param):
        yield "a factor is missing", match.span(1), "1"


def wrong_norms(grown: str):
    # A new layer adds nothing, whatever its norms do.
    silent = [match.span() for match in
              re.finditer(r'grow\.layer "new\..*?grow\.yield', grown, re.DOTALL)]
    for match in re.finditer(r"_norm .*epsilon (\S+) count (\d+)", grown):
        if any(begin < match.start() < end for begin, end in silent):
            continue
        if match.group(1) in ("1/8",):
            yield "an epsilon is another", match.span(1), "1/4"
        yield "a norm divides by another number", match.span(2), str(int(match.group(2)) + 1)


class Refused(AssertionError):
    pass


class Runner:
    def __init__(self, tools: pathlib.Path, folder: pathlib.Path, proved: bool):
        self.tools, self.folder, self.proved = tools, folder, proved
        self.totals = {"exact": 0, "f64": 0.0, "wrong": 0, "kinds": set()}

    def run(self, *command) -> str:
        command = [str(self.tools / command[0]), *map(str, command[1:])]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode not in (0, 3):
            raise Refused(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
        return done.stdout

    # By the meaning of the dialect -------------------------------------------

    def logits(self, file: pathlib.Path, vocabulary: int, seed: int) -> list:
        """The logits of the source's tokens."""
        text = self.run("grow-opt", file, "--mlir-print-op-generic")
        model = reference.Model(reference.parse(text)[0], seed)
        rng = random.Random(seed)
        tokens = [rng.randrange(vocabulary) for _ in range(5)]
        return [row[:vocabulary] for row in model.forward(tokens)]

    def compare(self, source, grown, model: Model, seed: int) -> float:
        expected = self.logits(source, model.vocabulary, seed)
        return reference.difference(expected, self.logits(grown, model.vocabulary, seed))

    # Over a finite field ------------------------------------------------------

    def agrees(self, source, grown) -> bool:
        """Whether the models compute the same by grow-check-field."""
        done = subprocess.run(
            [str(self.tools / "grow-opt"), str(grown), f"--grow-check-field=source={source}",
             "-o", "/dev/null"], capture_output=True, text=True, timeout=300)
        if done.returncode and "computes other logits" not in done.stderr:
            raise AssertionError(f"grow-check-field: {done.stderr}")
        return not done.returncode

    # By compiled code --------------------------------------------------------

    def verify(self, source: pathlib.Path, grown: pathlib.Path, seed: int) -> dict:
        return json.loads(self.run("grow", "verify", source, grown, "--json", "--batch", 1,
                                   "--seq", 5, "--seed", seed))

    # By proof ----------------------------------------------------------------

    def is_proven(self, source: pathlib.Path, grown: pathlib.Path, exactness: str) -> bool:
        try:
            self.run("grow-opt", grown, f"--grow-prove=source={source} exactness={exactness}",
                     "-o", self.folder / "proven.mlir")
        except Refused as error:
            self.refusal = str(error)
            if "error: not proven" not in self.refusal:
                raise AssertionError(self.refusal) from error
            return False
        return True

    def prove(self, source: pathlib.Path, grown: pathlib.Path, rounds: bool) -> None:
        if not self.is_proven(source, grown, "reals" if rounds else "bits"):
            raise AssertionError(self.refusal)

    # Cases -------------------------------------------------------------------

    def make(self, seed: int, element: str):
        """Writes a random model and what it has grown to."""
        rng = random.Random(seed)
        model = Model(rng, element)
        schedule = Schedule(rng, model)
        source = self.folder / f"source.{element}.mlir"
        source.write_text(model.text(schedule.text()))
        grown = self.folder / f"grown.{element}.mlir"
        grown.write_text(self.run("grow-opt", source, "--grow-expand"))
        return rng, model, schedule, source, grown

    def case(self, seed: int, compiled: bool) -> None:
        rng, model, schedule, source, grown = self.make(seed, "f64")
        self.totals["kinds"] |= {step.split()[0] for step in schedule.steps}
        rounds = any("weights" in step or "pair" in step for step in schedule.steps)
        self.judge(self.compare(source, grown, model, seed), rounds)
        if not self.agrees(source, grown):
            raise AssertionError("growth changed the function over a finite field")
        if self.proved:
            self.prove(source, grown, rounds)
        self.mutate(rng, model, source, grown, seed, compiled)
        if compiled:
            self.case_compiled(seed, model)

    def judge(self, found: float, rounds: bool) -> None:
        if found > (TOLERANCE if rounds else 0.0):
            raise AssertionError(f"growth changed the function: {found:.1e}")
        self.totals["exact"] += not rounds
        self.totals["f64"] = max(self.totals["f64"], found)

    def case_compiled(self, seed: int, model: Model) -> None:
        for element in ["f64", "f32"]:
            _, model, schedule, source, grown = self.make(seed, element)
            if schedule.vocabulary != model.vocabulary:
                continue  # more logits than before
            report = self.verify(source, grown, seed)
            key = f"compiled {element}"
            self.totals[key] = max(self.totals.get(key, 0.0), report["max_rel"])
            if not report["equivalent"]:
                raise AssertionError(f"compiled code disagrees in {element}: {report}")

    def mutate(self, rng, model, source, grown, seed: int, compiled: bool) -> None:
        text = grown.read_text()
        variants = list(wrong_variants(text, model))
        if not variants:
            return
        name, (begin, end), replacement = rng.choice(variants)
        wrong = self.folder / "wrong.mlir"
        wrong.write_text(text[:begin] + replacement + text[end:])
        try:
            # What is behind units that are off for all tokens shows for other parameters.
            noticed = any(self.compare(source, wrong, model, seed + more) > TOLERANCE
                          for more in range(3))
        except Refused:
            return  # not even a model
        if not noticed:
            raise AssertionError(f"not noticed: {name}, in wrong.mlir")
        if self.agrees(source, wrong):
            raise AssertionError(f"not noticed over a finite field: {name}, in wrong.mlir")
        if self.proved and self.is_proven(source, wrong, "reals"):
            raise AssertionError(f"proven, but wrong: {name}, in wrong.mlir")
        self.totals["wrong"] += 1
        if compiled and text.count("grow.unembedding") == source.read_text().count(
                "grow.unembedding") and "expand_vocabulary" not in source.read_text():
            if self.verify(source, wrong, seed)["equivalent"]:
                raise AssertionError(f"compiled code did not notice: {name}, in wrong.mlir")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--compiled", type=int, default=0, metavar="N",
                        help="run the first N cases with grow's compiled code, too")
    parser.add_argument("--proved", action="store_true",
                        help="demand a proof of each growth, and none of what is wrong")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"{options.cases} cases from seed {options.seed}", flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="grow-random-"))
    runner = Runner(options.bin, folder, options.proved)
    for case in range(options.cases):
        try:
            runner.case(options.seed + case, case < options.compiled)
        except AssertionError as error:
            sys.exit(f"case with --seed {options.seed + case} --cases 1 failed, "
                     f"files in {folder}:\n{error}")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    totals = runner.totals
    print(f"expansions: {', '.join(sorted(totals['kinds']))}")
    print(f"{totals['exact']} cases bit for bit; largest difference over the largest logit "
          + ", ".join(f"{totals[key]:.1e} in {key}" for key in totals
                      if isinstance(totals[key], float)))
    by_all = ", by every check" if options.proved else ""
    print(f"{totals['wrong']} wrong models, all noticed{by_all}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds a lemma of the prover to numbers: both sides, on random parameters and tokens.

    check-lemma.py --bin build/bin NAME[,NAME...] bits|reals|unchanged FILE

FILE has a model in f64, one that the lemmas apply to. It is evaluated before and after they
are applied, by reference.py in f64 and as compiled code in f64 and in f32, on the same random
parameters of the source. Both sides must be

* `bits`: equal in every number, in f32, too;
* `reals`: in f64 no further apart than 1e-12 of the largest number, and in f32 than 1e-5.

The lemmas must have changed the model. With `unchanged` they must not, and nothing is
evaluated. `--rewritten FILE` names the right side instead of applying lemmas.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Integration"))
import reference  # noqa: E402

TOLERANCE = {"f64": 1e-12, "f32": 1e-5}
NAMES = {"bits": "bit for bit", "reals": "in real numbers"}
LENGTH = 5
SEED = 7


class Tools:
    """The commands of a build, with files of their own for what they read."""

    def __init__(self, folder: str, scratch: str):
        self.folder, self.scratch, self.written = folder, scratch, 0

    def run(self, name: str, *arguments, statuses=(0,)) -> str:
        found = subprocess.run([os.path.join(self.folder, name), *arguments],
                               capture_output=True, text=True)
        if found.returncode not in statuses:
            raise SystemExit(f"{name} {' '.join(arguments)} failed:\n{found.stderr}")
        return found.stdout

    def write(self, text: str) -> str:
        self.written += 1
        path = os.path.join(self.scratch, f"{self.written}.mlir")
        with open(path, "w") as file:
            file.write(text)
        return path

    def apply(self, lemmas: str, path: str) -> str:
        return self.run("grow-opt", f"--grow-apply-lemmas=lemmas={lemmas}", path)

    def parse(self, path: str) -> reference.Model:
        generic = self.run("grow-opt", "--mlir-print-op-generic", path)
        return reference.Model(reference.parse(generic)[0], SEED)


# The source's parameters -----------------------------------------------------

def find_sources(ops: list) -> dict:
    """What `grow.source` names in `ops` and in their regions, with its type."""
    found = {}
    for op in ops:
        if op.name == "grow.source":
            found[op.attributes["name"].strip('"')] = op.result_type
        found |= find_sources(op.body)
    return found


def find_parameters(model: reference.Model) -> dict:
    """The parameters of the source that a model reads, with their types."""
    found = find_sources(model.function.body)
    for name, param in model.params.items():
        found |= find_sources(param.body) if param.body else {name: param.attributes["type"]}
    return found


def drop_params(text: str) -> str:
    """A module in the short form without its parameters."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("grow.param "):
            inside = line.endswith("{")
        elif inside:
            inside = line.strip() != "}"
        else:
            lines.append(line)
    return "\n".join(lines)


def read_from_source(text: str, parameters: dict) -> str:
    """A model in terms of the source's parameters, as one that has these parameters."""
    body = re.sub(r'grow\.source ("[^"]*")', r"grow.get @\1", drop_params(text))
    if "grow.get" in text:
        raise SystemExit("a parameter of the grown model is still read after the lemmas")
    params = "".join(f'  grow.param @"{name}" : {tensor}\n'
                     for name, tensor in parameters.items())
    body, replaced = re.subn(r"^(\s*)func\.func", lambda at: params + at.group(), body, 1,
                             re.MULTILINE)
    assert replaced, "there is no function"
    return body


# Both sides ------------------------------------------------------------------

def largest(rows: list) -> float:
    return max(abs(x) for row in rows for x in row)


def compare_reference(before: reference.Model, after: reference.Model) -> float:
    """How far apart the sides are in plain Python, over the largest number."""
    vocabulary = min(reference.shape_of(op.result_type)[0] for model in (before, after)
                     for op in find_tables(model))
    tokens = [(3 * i * i + i + 1) % vocabulary for i in range(LENGTH)]
    expected = before.forward(tokens)
    if not largest(expected) > 1e-3:
        raise SystemExit("the model computes next to nothing: it would not show a difference")
    return reference.difference(expected, after.forward(tokens))


def find_tables(model: reference.Model) -> list:
    """The ops that make the tables of embeddings of tokens."""
    made, found = {}, []
    for op in model.function.body:
        made[op.results[0]] = op
        if op.name == "grow.embedding":
            found.append(made[op.operands[1]])
    assert found, "the model embeds no tokens"
    return found


def compare_compiled(tools: Tools, before: str, after: str, element: str) -> tuple:
    """How far apart the sides are as compiled code: absolutely, and over the largest."""
    paths = [tools.write(text.replace("xf64>", f"x{element}>")) for text in (after, before)]
    # 3: the models differ, which is for us to judge.
    result = json.loads(tools.run("grow", "verify", *paths, "--json", f"--seq={LENGTH}",
                                  f"--seed={SEED}", statuses=(0, 3)))
    assert result["finite"] and not result["further_logits"], result
    return result["max_abs"], result["max_rel"]


def check(tools: Tools, arguments) -> str:
    unchanged = tools.apply("", arguments.file)
    if arguments.rewritten:
        with open(arguments.rewritten) as file:
            after = tools.run("grow-opt", tools.write(file.read()))
    else:
        after = tools.apply(arguments.lemmas, arguments.file)
    if arguments.expected == "unchanged":
        if after != unchanged:
            raise SystemExit(f"{arguments.lemmas} changed the model to\n{after}")
        return f"{arguments.lemmas}: does not apply"
    if after == unchanged:
        raise SystemExit(f"{arguments.lemmas} did not change the model\n{after}")

    models = [tools.parse(arguments.file), tools.parse(tools.write(after))]
    parameters = find_parameters(models[0]) | find_parameters(models[1])
    before = tools.run("grow-opt", arguments.file)
    after = read_from_source(after, parameters)
    is_bits = arguments.expected == "bits"
    distances = {"f64 in Python": compare_reference(*models)}
    holds = distances["f64 in Python"] <= (0 if is_bits else TOLERANCE["f64"])
    for element, tolerance in TOLERANCE.items():
        absolute, relative = compare_compiled(tools, before, after, element)
        distances[f"{element} compiled"] = absolute if is_bits else relative
        holds &= absolute == 0 if is_bits else relative <= tolerance
    text = ", ".join(f"{distance:.2g} in {where}" for where, distance in distances.items())
    verdict = "holds" if holds else "does not hold"
    line = f"{arguments.lemmas} {verdict} {NAMES[arguments.expected]}: off by {text}"
    if not holds:
        raise SystemExit(line)
    return line


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--rewritten")
    parser.add_argument("lemmas")
    parser.add_argument("expected", choices=["bits", "reals", "unchanged"])
    parser.add_argument("file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print(check(Tools(arguments.bin, scratch), arguments))


if __name__ == "__main__":
    main()

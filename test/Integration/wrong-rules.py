#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rules of growth that look right and are not, each of them caught.

Each case grows a model, which must compute the same, and then makes one thing in the
grown model as a tempting wrong rule would have made it: the comparison must notice, by
the dialect's meaning in plain Python, over a finite field and, if asked, by grow's
compiled code. What would be a larger model that cannot learn is refused by the tool
itself. Prints how far off each rule is.

    wrong-rules.py --bin build/bin --compiled 99
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import orders
import reference

FILL = "init #grow.normal<stddev = 1/2, seed = 1>"
BOTH = f"{FILL} bias_init #grow.normal<stddev = 1/2, seed = 2>"
HIDDEN = f"expand_hidden to 9 {{}} {FILL} gain_init #grow.constant<3/4>"


def llama() -> str:
    return orders.module("llama", [])


def gpt() -> str:
    return orders.module("gpt", [])


def once(pattern: str, replacement: str, text: str, count: int = 0) -> str:
    """re.sub, which must find something."""
    found, number = re.subn(pattern, replacement, text, count=count)
    if not number:
        sys.exit(f"nothing to make wrong: {pattern} in\n{text}")
    return found


def in_params(names: str, pattern: str, replacement: str):
    """An edit inside the derivations of some parameters."""
    param = re.compile(rf"grow\.param @(?:\S+\.)?(?:{names}) : .*\{{\n(?:    .*\n)+")

    def edit(grown: str) -> str:
        found, number = param.subn(
            lambda match: re.sub(pattern, replacement, match.group()), grown)
        if found == grown:
            sys.exit(f"nothing to make wrong: {pattern} in {number} of {names} in\n{grown}")
        return found
    return edit


def everywhere(pattern: str, replacement: str):
    return lambda grown: once(pattern, replacement, grown)


NORMS = "n1|n2|norm"


def append_heads(grown: str) -> str:
    """The new query heads of all groups after the old ones of all groups."""
    def flat(match) -> str:
        result, value, fill, axis, heads, new, dims, kind = match.groups()
        axis, sizes = int(axis), [int(dim) for dim in dims.split("x")]
        groups, heads, new = sizes[axis - 1], int(heads), int(new)
        one = "x".join(map(str, [*sizes[:axis - 1], 1, groups * heads, *sizes[axis + 1:]]))
        more = "x".join(map(str, [*sizes[:axis - 1], 1, groups * (heads + new),
                                  *sizes[axis + 1:]]))
        return (f"{result}a = grow.regroup {value} along {axis - 1} into 1 x {groups * heads} "
                f": tensor<{dims}x{kind}>\n    "
                f"{result}b = grow.extend {result}a with {fill} along {axis} "
                f"at [{groups * heads}] by [{groups * new}] : tensor<{one}x{kind}>\n    "
                f"{result} = grow.regroup {result}b along {axis - 1} into {groups} x "
                f"{heads + new} : tensor<{more}x{kind}>")
    pattern = (r"(%\w+) = grow\.extend (%\w+) with (.*) along (\d) at \[(\d)\] by \[(\d)\] "
               r": tensor<([\dx]+)x(f\d+)>")
    # Names of values are numbers, and those have no letters.
    named = re.sub(r"%(\d+)", r"%v\1", grown)
    param = re.compile(r"grow\.param @\S+\.(?:q|bq|o) : .*\{\n(?:    .*\n)+")
    return param.sub(lambda match: re.sub(pattern, flat, match.group()), named)


def windows_by_number(grown: str) -> str:
    """Every other layer has a window, counted after growth."""
    count = -1

    def window(match) -> str:
        nonlocal count
        count += 1
        return match.group(1) + (" causal window 2" if count % 2 == 0 else " causal")
    return re.sub(r"(grow\.attention .*?) causal(?: window 2)?", window, grown)


def with_windows() -> str:
    return once("scale 1/2 causal", "scale 1/2 causal window 2", llama(), count=1)


def with_slopes() -> str:
    """The slopes of two heads: 2 to the -8 i / 2."""
    return once("scale 1/2 causal", "scale 1/2 alibi [0.0625, 0.00390625] causal", gpt())


def with_qk_norm() -> str:
    text = once(r"o\(%g_o, %g_bo\)", "o(%g_o, %g_bo) qk_norm(%g_kg, %g_kg) epsilon 1/8 count 4",
                gpt())
    text = once(r"tensor<2x1x3x6xf64>,\n           tensor<6xf64>\) ->",
                "tensor<2x1x3x6xf64>, tensor<6xf64>, tensor<4xf64>, tensor<4xf64>) ->", text)
    text = once(r"(\n\s*)(%g_q = grow.get @h.(\d).q )",
                r"\1%g_kg = grow.get @h.\3.kg : tensor<4xf64>\1\2", text)
    return once(r"(  grow.param @h.(\d).q )", r"  grow.param @h.\2.kg : tensor<4xf64>\n\1", text)


# A table that is scaled by the root of the hidden size and tied, after growth that moved
# the scale: the table shrinks, and with it the logits, so the final gain must not.
TIED = """module {{
  grow.param @wte : tensor<7x{h}xf64>{table}
  grow.param @norm : tensor<{h}xf64>{gain}
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf64> {{
    %wte = grow.get @wte : tensor<7x{h}xf64>
    %norm = grow.get @norm : tensor<{h}xf64>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x{h}xf64>
    %x = grow.scale %e by sqrt({h}) : tensor<?x?x{h}xf64>
    %n = grow.rms_norm %x gain(%norm) epsilon {epsilon} count {h} : tensor<?x?x{h}xf64>
    %l = grow.unembedding %n, %wte : tensor<?x?x{h}xf64>, tensor<7x{h}xf64>
    return %l : tensor<?x?x7xf64>
  }}
}}
"""
TIED_TABLE = """ {
    %0 = grow.source "wte" : tensor<7x6xf64>
    %1 = grow.scale %0 by 1/3 * sqrt(6) : tensor<7x6xf64>
    %2 = grow.extend %1 with #grow.zero along 1 at [6] by [3] : tensor<7x6xf64>
    grow.yield %2 : tensor<7x9xf64>
  }"""
TIED_GAIN = """ {
    %0 = grow.source "norm" : tensor<6xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 0 at [6] by [3] : tensor<6xf64>
    grow.yield %1 : tensor<9xf64>
  }"""


def tied() -> str:
    return TIED.format(h=6, table="", gain="", epsilon="1/8")


def tied_grown() -> str:
    return TIED.format(h=9, table=TIED_TABLE, gain=TIED_GAIN, epsilon="1/12")


# Rule; source; how it grows; what the wrong rule makes of the grown model.
CASES = [
    ("epsilon keeps its value", llama, HIDDEN.format("compensation weights"),
     everywhere(r"epsilon \S+ count 9", "epsilon 1/8 count 9")),
    ("gains are not multiplied", llama, HIDDEN.format("compensation weights"),
     in_params(NORMS, r"(grow\.scale %\w+ by) [^:]+:", r"\1 1 :")),
    ("gains are multiplied by the square of the factor", llama,
     HIDDEN.format("compensation weights"),
     in_params(NORMS, r"(grow\.scale %\w+ by) [^:]+:", r"\1 2/3 :")),
    ("keys are not multiplied", llama, f"expand_attention to 6 compensation weights {BOTH}",
     in_params("k|bk", r"(grow\.scale %\w+ by) [^:]+:", r"\1 1 :")),
    ("the bias of keys is not multiplied", llama,
     f"expand_attention to 6 compensation weights {BOTH}",
     in_params("bk", r"(grow\.scale %\w+ by) [^:]+:", r"\1 1 :")),
    ("the score's scale follows the width", llama, f"expand_attention to 6 {BOTH}",
     everywhere(r"scale 1/2 causal", "scale 1/6 * sqrt(6) causal")),
    ("query heads are appended, not inserted in each group", llama,
     f"add_heads queries by 1 {BOTH}", append_heads),
    ("half-split pairs are appended", llama, f"expand_attention to 6 {BOTH}",
     in_params("q|bq|k|bk", r"at \[2, 4\] by \[1, 1\]", "at [4] by [2]")),
    ("frequencies follow the width", llama, f"expand_attention to 6 {BOTH}",
     everywhere(r"frequencies = \[[^\]]*\]", "frequencies = [1.0, 0.2, 0.04]")),
    ("zeros are appended where layer norm centres all channels", gpt, HIDDEN.format(""),
     everywhere(r"centered 6", "centered 9")),
    ("embeddings get random columns", llama, HIDDEN.format(""),
     in_params("wte", "#grow.zero", "#grow.normal<stddev = 1/2>")),
    ("biases of norms get random entries", gpt, HIDDEN.format("compensation weights"),
     in_params("bn1|bn2|bnorm", "#grow.zero", "#grow.normal<stddev = 1/2>")),
    ("biases of writers are padded with zeros, not their mean", gpt,
     HIDDEN.format("compensation weights"), in_params("bo|bdown", "#grow.mean", "#grow.zero")),
    ("channels are copied unevenly", gpt, HIDDEN.format("compensation weights"),
     in_params("wte|o|bo|down|bdown", "#grow.mean", "#grow.copy<[0, 1, 2], factor = 1>")),
    ("the final gain of a tied and scaled table is multiplied", tied, tied_grown,
     in_params("norm", r'%1 = grow\.extend %0', "%s = grow.scale %0 by 1/3 * sqrt(6) : "
               "tensor<6xf64>\n    %1 = grow.extend %s")),
    ("new layers are not silent", llama, f"add_layers at [1] {BOTH}",
     everywhere(r"grow\.fill #grow\.zero", "grow.fill #grow.constant<1/4>")),
    ("new heads are not silent", llama, f"add_heads groups by 1 {BOTH}",
     in_params("o", "#grow.zero", "#grow.constant<1/4>")),
    ("a window is every other layer's after a layer was inserted", with_windows,
     f"add_layers at [1] {BOTH}", windows_by_number),
    ("slopes are computed from the number of heads", with_slopes,
     f"add_heads groups by 1 {BOTH}",
     everywhere(r"alibi \[[^\]]*\]", "alibi [0.15749, 0.0248031, 0.00390625]")),
    ("copies of keys are appended, not put beside the original", llama, "unshare_heads by 2",
     in_params("k|bk|v|bv", r"at \[1, 2\] by \[1, 1\]", "at [2] by [2]")),
]

# Rule; source; the schedule that asks for it; what the refusal says.
REFUSED = [
    ("both sides of new units are zero", llama, "expand_mlp to 8 init #grow.zero", "gradient"),
    ("both sides of new keys are zero", llama, f"expand_attention to 6 zero both {FILL}",
     "gradient"),
    ("both sides of new values are zero", llama, "expand_heads to 5 init #grow.zero",
     "gradient"),
    ("new gains are zero", llama, f"expand_hidden to 9 {FILL} gain_init #grow.zero", "gradient"),
    ("normalised queries get random channels", with_qk_norm, f"expand_attention to 6 {FILL}",
     "norm"),
]


class Runner:
    def __init__(self, tools: pathlib.Path, folder: pathlib.Path):
        self.tools, self.folder = tools, folder

    def run(self, *command) -> subprocess.CompletedProcess:
        command = [str(self.tools / command[0]), *map(str, command[1:])]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    def write(self, name: str, text: str) -> pathlib.Path:
        file = self.folder / f"{name}.mlir"
        file.write_text(text)
        return file

    def expand(self, source: str, step: str) -> subprocess.CompletedProcess:
        text = once(r"\}\s*$", f"  grow.schedule @s {{\n    grow.{step}\n  }}\n}}\n", source)
        return self.run("grow-opt", self.write("scheduled", text), "--grow-expand")

    def logits(self, name: str, text: str) -> list:
        done = self.run("grow-opt", self.write(name, text), "--mlir-print-op-generic")
        if done.returncode:
            sys.exit(f"{name}: {done.stderr}")
        return reference.Model(reference.parse(done.stdout)[0]).forward([1, 4, 2, 6])

    def case(self, rule: str, source, step, wrong, compiled: bool) -> None:
        source = source()
        if callable(step):
            grown = step()
        else:
            done = self.expand(source, step)
            if done.returncode:
                sys.exit(f"{rule}: refused, {done.stderr}")
            grown = done.stdout
        expected = self.logits("source", source)
        right = reference.difference(expected, self.logits("grown", grown))
        if right > 1e-12:
            sys.exit(f"{rule}: growth itself is off by {right:.1e}")
        off = reference.difference(expected, self.logits("wrong", wrong(grown)))
        if off < 1e-6:
            sys.exit(f"{rule}: not noticed, {off:.1e}")
        self.check_field(rule)
        print(f"{rule}: off by {off:.1e} of the largest logit"
              + (self.compiled(rule) if compiled else ""), flush=True)

    def check_field(self, rule: str) -> None:
        for name, expected in [("grown", ""), ("wrong", "computes other logits")]:
            done = self.run("grow-opt", self.folder / f"{name}.mlir", "-o", "/dev/null",
                            f"--grow-check-field=source={self.folder / 'source.mlir'}")
            if (done.returncode != 0) != bool(expected) or expected not in done.stderr:
                sys.exit(f"{rule}: over a finite field, {name}: {done.stderr}")

    def compiled(self, rule: str) -> str:
        reports = []
        for name in ["grown", "wrong"]:
            done = self.run("grow", "verify", self.folder / "source.mlir",
                            self.folder / f"{name}.mlir", "--json", "--batch", 1, "--seq", 5)
            if done.returncode not in (0, 3):
                sys.exit(f"{rule}: {done.stderr}")
            reports.append(json.loads(done.stdout))
        if not reports[0]["equivalent"] or reports[1]["equivalent"]:
            sys.exit(f"{rule}: compiled code disagrees: {reports}")
        return f", compiled {reports[1]['max_rel']:.1e}"

    def refused(self, rule: str, source, step: str, expected: str) -> None:
        done = self.expand(source(), step)
        if done.returncode == 0 or expected not in done.stderr:
            sys.exit(f"{rule}: not refused as expected ({expected}): {done.stderr}")
        print(f"{rule}: refused", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    parser.add_argument("--compiled", type=int, default=0, metavar="N",
                        help="run the first N cases with grow's compiled code, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grow-wrong-") as folder:
        runner = Runner(options.bin, pathlib.Path(folder))
        for number, case in enumerate(CASES):
            runner.case(*case, number < options.compiled)
        for case in REFUSED:
            runner.refused(*case)
    print(f"{len(CASES) + len(REFUSED)} wrong rules, all caught")


if __name__ == "__main__":
    main()

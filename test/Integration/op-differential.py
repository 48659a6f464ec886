#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the code of each model op with what the op means in plain Python.

Each case is a small function of the model ops, once for each attribute and operand that
may be left out. It is compiled by grow's pipeline and run by mlir-runner, in f64 and in
f32, and evaluated by reference.py. A second text of each case, in which one thing is
different, must compute something else: it shows that the case would notice.

    op-differential.py --bin build/bin
"""

import argparse
import os
import re
import subprocess

import reference

TOLERANCE = {"f64": 1e-12, "f32": 1e-5}

HALF_SPLIT = "#grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1>"
# x: 1 x 5 x 6 random numbers.
STREAM = "%x = grow.embedding %in, {table: 7x6} : tensor<1x5xi64>, {type: 7x6}\n"
ATTENTION = ("q({q: 6x2x2x4}) k({k: 6x2x4}) v({v: 6x2x3}) o({o: 2x2x3x6}) %s : "
             "({type: 1x5x6}, {type: 6x2x2x4}, {type: 6x2x4}, {type: 6x2x3}, "
             "{type: 2x2x3x6}%s) -> {type: 1x5x6}")
QK_TYPES = ", {type: 4}, {type: 4}"


def attention(rest: str, types: str = "") -> str:
    return STREAM + "%y = grow.attention %x " + ATTENTION % (rest, types)


def on_stream(text: str) -> str:
    return STREAM + "%y = grow." + text


def on_dynamic(text: str, width: int = 6) -> str:
    """An op on a stream whose batch and length are not known when it is compiled."""
    return (STREAM + "%d = tensor.cast %x : {type: 1x5x6} to {type: ?x?x6}\n"
            f"%e = grow.{text} : {{type: ?x?x6}}\n"
            f"%y = tensor.cast %e : {{type: ?x?x{width}}} to {{type: 1x5x{width}}}")


def on_table(text: str, height: int = 5) -> str:
    """An op on a parameter, a table of 8 rows."""
    return (f"%t = grow.{text} : {{type: 8x6}}\n%y = grow.position_embedding %in, %t : "
            f"tensor<1x5xi64>, {{type: {height}x6}}")


TOKENS, IMAGE = "1x5xi64", "1x2x4x6"
# What is tested: its argument, its result, its text, and what to replace there.
CASES = {
    "rms_norm": (TOKENS, "1x5x6", on_stream(
        "rms_norm %x gain({g: 6}) epsilon 1/10 count 5 : {type: 1x5x6}"),
        ("count 5", "count 6")),
    "rms_norm unit_offset": (TOKENS, "1x5x6", on_stream(
        "rms_norm %x gain({g: 6}) unit_offset epsilon 1/10 count 6 : {type: 1x5x6}"),
        ("unit_offset ", "")),
    "layer_norm": (TOKENS, "1x5x6", on_stream(
        "layer_norm %x gain({g: 6}) bias({b: 6}) epsilon 1/10 count 6 centered 6 "
        ": {type: 1x5x6}"), ("count 6", "count 5")),
    "layer_norm centered": (TOKENS, "1x5x6", on_stream(
        "layer_norm %x gain({g: 6}) epsilon 1/10 count 5 centered 4 : {type: 1x5x6}"),
        ("centered 4", "centered 6")),
    "scale": (TOKENS, "1x5x6", on_stream("scale %x by 1/3 * sqrt(2) : {type: 1x5x6}"),
              ("1/3", "1/4")),
    "scale about": (TOKENS, "1x5x6", on_stream(
        "scale %x by 1/3 * sqrt(2) about -1 : {type: 1x5x6}"), (" about -1", "")),
    "softcap": (TOKENS, "1x5x6", on_stream("softcap %x at 3/2 : {type: 1x5x6}"),
                ("3/2", "2")),
    "select_token": (TOKENS, "1x1x6", on_stream("select_token %x at 3 : {type: 1x5x6}"),
                     ("at 3", "at 2")),
    "position_embedding": (TOKENS, "1x5x6",
                           "%y = grow.position_embedding %in, {p: 8x6} offset 2 "
                           ": tensor<1x5xi64>, {type: 8x6}", ("offset 2 ", "")),
    "position_embedding of a stream": (TOKENS, "1x5x6", on_stream(
        "position_embedding %x, {p: 5x6} : {type: 1x5x6}, {type: 5x6}"),
        ("position_embedding %x, {p: 5x6}", "type_embedding %x, {p: 5x6} row 0")),
    "type_embedding": (TOKENS, "1x5x6",
                       "%y = grow.type_embedding %in, {t: 2x6} row 1 "
                       ": tensor<1x5xi64>, {type: 2x6}", ("row 1", "row 0")),
    "patch_embedding": (IMAGE, "1x7x5",
                        "%y = grow.patch_embedding %in weight({w: 2x2x2x5}, {b: 5}) "
                        "class_token({c: 5}) : ({type: 1x2x4x6}, {type: 2x2x2x5}, "
                        "{type: 5}, {type: 5}) -> {type: 1x7x5}", ("{b: 5}", "{c: 5}")),
    "unembedding": (TOKENS, "1x5x3", on_stream(
        "unembedding %x, {u: 3x6} bias({b: 3} : {type: 3}) : {type: 1x5x6}, {type: 3x6}"),
        ("bias({b: 3} : {type: 3}) ", "")),
    "dense": (TOKENS, "1x5x3", on_stream(
        "dense %x, {w: 6x3} bias({b: 3} : {type: 3}) activation gelu : {type: 1x5x6}, "
        "{type: 6x3}"), ("activation gelu", "activation relu")),
    "dense without activation": (TOKENS, "1x5x3", on_stream(
        "dense %x, {w: 6x3} : {type: 1x5x6}, {type: 6x3}"),
        (" : {type: 1x5x6}", " activation relu : {type: 1x5x6}")),
    "drop": (TOKENS, "1x5x6", on_table("drop {p: 8x6} along 0 at [0, 3] by [1, 2]"),
             ("at [0, 3]", "at [0, 2]")),
    "drop at the end": (TOKENS, "1x5x6",
                        on_table("drop {p: 8x6} along 0 at [2, 7] by [2, 1]"),
                        ("at [2, 7]", "at [3, 7]")),
    "drop of a stream": (TOKENS, "1x5x3",
                         on_dynamic("drop %d along 2 at [1, 4] by [2, 1]", 3),
                         ("at [1, 4]", "at [0, 4]")),
    "extend of a stream with zeros": (
        TOKENS, "1x5x9", on_dynamic("extend %d with #grow.zero along 2 at [2, 6] by [1, 2]", 9),
        ("at [2, 6]", "at [3, 6]")),
    "extend of a stream with a constant": (
        TOKENS, "1x5x8",
        on_dynamic("extend %d with #grow.constant<-3/4> along 2 at [0] by [2]", 8),
        ("-3/4", "3/4")),
    "extend of a stream with copies": (
        TOKENS, "1x5x9",
        on_dynamic("extend %d with #grow.copy<[1, 2, 0], factor = 1/3> along 2 at [1, 6] by [1, 2]",
                   9), ("[1, 2, 0]", "[1, 0, 2]")),
    "extend of a stream with its mean": (
        TOKENS, "1x5x8", on_dynamic("extend %d with #grow.mean along 2 at [3] by [2]", 8),
        ("#grow.mean", "#grow.zero")),
    "extend of a stream with random numbers": (
        TOKENS, "1x5x8",
        on_dynamic('extend %d with #grow.normal<stddev = 1/2, key = "n"> along 2 at [1] by [2]', 8),
        ('key = "n"', 'key = "m"')),
    "center of a stream": (TOKENS, "1x5x6", on_dynamic("center %d along 2"),
                           ("center %d along 2", "scale %d by 2")),
    "attention": (TOKENS, "1x5x6", attention("scale 1/2 causal"), (" causal", "")),
    "attention that writes another width": (TOKENS, "1x5x4", STREAM + (
        "%y = grow.attention %x q({q: 6x2x2x4}) k({k: 6x2x4}) v({v: 6x2x3}) "
        "o({o: 2x2x3x4}, {ob: 4}) scale 1/2 causal : ({type: 1x5x6}, {type: 6x2x2x4}, "
        "{type: 6x2x4}, {type: 6x2x3}, {type: 2x2x3x4}, {type: 4}) -> {type: 1x5x4}"),
        (" causal", "")),
    "mlp that writes another width": (TOKENS, "1x5x4", on_stream(
        "mlp %x up({up: 6x8}, {upb: 8}) gate({gate: 6x8}) down({down: 8x4}, {downb: 4}) "
        "activation silu : ({type: 1x5x6}, {type: 6x8}, {type: 8}, {type: 6x8}, "
        "{type: 8x4}, {type: 4}) -> {type: 1x5x4}"), ("silu", "gelu")),
    "attention window": (TOKENS, "1x5x6", attention("scale 1/2 causal window 2"),
                         ("window 2", "window 3")),
    "attention softcap": (TOKENS, "1x5x6", attention("scale 1/2 softcap 3/4 causal"),
                          ("softcap 3/4 ", "")),
    "attention alibi": (TOKENS, "1x5x6", attention(
        "scale 1/2 alibi [0.5, 0.25, 0.125, 1.0] causal"),
        ("0.5, 0.25", "0.25, 0.5")),
    "attention alibi, both ways": (TOKENS, "1x5x6", attention(
        "scale 1/2 softcap 2 alibi [0.5, 0.25, 0.125, 1.0]"),
        ("softcap 2 ", "")),
    "attention qk_norm": (TOKENS, "1x5x6", attention(
        "qk_norm({qg: 4}, {kg: 4}) epsilon 1/10 count 3 scale 1/2 causal", QK_TYPES),
        ("count 3", "count 4")),
    "attention qk_norm unit_offset rope": (TOKENS, "1x5x6", attention(
        "qk_norm({qg: 4}, {kg: 4}) unit_offset epsilon 1/10 count 4 rope "
        + HALF_SPLIT + " scale 1/2 causal", QK_TYPES), ("unit_offset ", "")),
}


def instantiate(text: str, element: str, params: dict) -> str:
    """Fills in types and the names of parameters, which `params` collects."""
    def replace(match):
        name, shape = match.groups()
        tensor = f"tensor<{shape}x{element}>"
        if name == "type":
            return tensor
        params[name] = tensor
        return "%" + name
    return re.sub(r"\{(\w+): ([\dx?]+)\}", replace, text)


def get_fill(name: str, tensor: str) -> str:
    return f'%{name} = grow.fill #grow.normal<stddev = 1, key = "{name}"> -> {tensor}'


def get_type(shape: str, element: str) -> str:
    return f"tensor<{shape}>" if shape.endswith("i64") else f"tensor<{shape}x{element}>"


def evaluate(case, text: str, tools) -> list:
    """The case in plain Python."""
    argument, result, _, _ = case
    params = {}
    body = instantiate(text, "f64", params)
    module = "".join(
        f"grow.param @{name} : {tensor} {{\n  {get_fill('f', tensor)}\n"
        f"  grow.yield %f : {tensor}\n}}\n".replace('key = "f"', f'key = "{name}"')
        for name, tensor in params.items())
    gets = "".join(f"  %{name} = grow.get @{name} : {tensor}\n"
                   for name, tensor in params.items())
    module += (f"func.func @forward(%in: {get_type(argument, 'f64')}) -> "
               f"tensor<{result}xf64> {{\n{gets}  {body}\n"
               f"  return %y : tensor<{result}xf64>\n}}\n")
    generic = tools("grow-opt", "--mlir-print-op-generic", input=module)
    if argument == TOKENS:
        given = [3, 0, 6, 3, 1]
    else:
        shape = tuple(map(int, argument.split("x")))
        given = reference.fill('#grow.normal<stddev = 1, key = "image">', shape, "image")
    return reference.Model(reference.parse(generic)[0]).forward(given)


def emit(number: int, case, expected: list, element: str) -> str:
    """A function that prints by how many tolerances the compiled case is off."""
    argument, result, text, _ = case
    params = {}
    body = instantiate(text, element, params)
    fills = "\n  ".join(get_fill(name, tensor) for name, tensor in params.items())
    if argument == TOKENS:
        given = "%in = arith.constant dense<[[3, 0, 6, 3, 1]]> : tensor<1x5xi64>"
    else:
        given = get_fill("image", get_type(argument, element)).replace("%image", "%in")
    tensor, wide = f"tensor<{result}x{element}>", f"tensor<{result}xf64>"
    widen = (f"%wide = arith.extf %y : {tensor} to {wide}" if element == "f32" else
             f"%wide = arith.addf %y, %zeros : {wide}")
    largest = max(abs(x) for row in expected for x in row)
    return f"""
func.func private @case{number}() {{
  {given}
  {fills}
  {body}
  %zeros = arith.constant dense<0.0> : {wide}
  {widen}
  %expected = arith.constant dense<[{expected!r}]> : {wide}
  %zero = arith.constant dense<0.0> : tensor<1xf64>
  %unit = arith.constant {largest * TOLERANCE[element]!r} : f64
  %off = linalg.generic {{
    indexing_maps = [affine_map<(i, j, k, l) -> (i, j, k)>,
                     affine_map<(i, j, k, l) -> (i, j, k)>,
                     affine_map<(i, j, k, l) -> (l)>],
    iterator_types = ["reduction", "reduction", "reduction", "parallel"]}}
    ins(%wide, %expected : {wide}, {wide}) outs(%zero : tensor<1xf64>) {{
  ^bb0(%is: f64, %shall: f64, %most: f64):
    %less = arith.subf %is, %shall : f64
    %distance = math.absf %less : f64
    %more = arith.maximumf %most, %distance : f64
    linalg.yield %more : f64
  }} -> tensor<1xf64>
  %units = tensor.splat %unit : tensor<1xf64>
  %counted = arith.divf %off, %units : tensor<1xf64>
  %any = tensor.cast %counted : tensor<1xf64> to tensor<*xf64>
  call @printMemrefF64(%any) : (tensor<*xf64>) -> ()
  return
}}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--libs", required=True, help="for mlir-runner")
    parser.add_argument("--blocks", default="", metavar="OPTIONS",
                        help="of convert-grow-to-linalg: attention in blocks")
    parser.add_argument("--only", default="", help="cases whose name starts like this")
    arguments = parser.parse_args()

    def tools(name, *flags, input):
        path = os.path.join(arguments.bin, name)
        found = subprocess.run([path if os.path.exists(path) else name, *flags],
                               input=input, capture_output=True, text=True)
        if found.returncode:
            raise SystemExit(f"{name} failed on\n{input}\n{found.stderr}")
        return found.stdout

    module = ("func.func private @printMemrefF64(tensor<*xf64> "
              '{bufferization.access = "read"}) attributes {llvm.emit_c_interface}\n')
    names = []
    for name, case in CASES.items():
        if not name.startswith(arguments.only):
            continue
        expected = evaluate(case, case[2], tools)
        old, new = case[3]
        assert old in case[2], f"{name}: there is no '{old}'"
        wrong = evaluate(case, case[2].replace(old, new), tools)
        assert reference.difference(expected, wrong) > 1e-3, f"{name} would not notice"
        for element in TOLERANCE:
            module += emit(len(names), case, expected, element)
            names.append(f"{name} in {element}")
    calls = "".join(f"  call @case{i}() : () -> ()\n" for i in range(len(names)))
    module += f"func.func @main() {{\n{calls}  return\n}}\n"
    packs = os.path.join(os.path.dirname(__file__), "Inputs", "lower-packs.mlir")
    lowered = tools("grow-opt", f"--convert-grow-to-linalg={arguments.blocks}",
                    f"--transform-preload-library=transform-library-paths={packs}",
                    "--transform-interpreter", "--grow-to-llvm", input=module)
    printed = tools("mlir-runner", "-e", "main", "-entry-point-result=void",
                    f"-shared-libs={arguments.libs}", input=lowered)
    off = [float(x) for x in re.findall(r"data =\s*\[([^\]]*)\]", printed)]
    assert len(off) == len(names), printed
    for name, distance in zip(names, off):
        verdict = "agrees" if distance <= 1 else f"off by {distance} tolerances"
        print(f"{name}: {verdict}")
    print(f"{len(off)} comparisons, {sum(not x <= 1 for x in off)} failed")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random contractions with what may surround them: grow's code against plain loops.

Each case is a function of linalg ops: contractions of random axes in random order, with
operands of several types, sliced, computed or given, and after them whatever uses a
result: broadcasts, transposes, reductions, selections, further contractions, several
users. `grow-to-llvm` compiles it by tiles, panels and kernels; MLIR's own loops, after
nothing but `grow-cpu-pin-arithmetic`, are what it means. Both print a hash of the bits of
each result, and these must be the same.

    random-contractions.py --bin build/bin --libs LIBS --cases 2000 --seed 7 [--omp libomp.so]

Failing cases are kept in --keep.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys

SIZES = [1, 1, 2, 3, 5, 6, 7, 8, 11, 13, 15, 16, 17, 24, 31, 33, 40, 64, 97, 129, 257, 300, 530]
# Multiply-adds of a contraction, and entries of a tensor.
MOST_STEPS, MOST_ENTRIES = 400_000, 60_000

NARROWER = {"f32": ["f32", "f32", "f32", "bf16", "f16"], "f64": ["f64", "f64", "f32", "bf16"]}
BITS = {"f64": 64, "f32": 32, "bf16": 16, "f16": 16}

# As MLIR lowers it: buffers, loops, and no more. Numbers of 16 bits are converted the
# same way: LLVM would call functions that the runner lacks.
PLAIN = ("builtin.module(func.func(convert-elementwise-to-linalg,grow-cpu-pin-arithmetic),"
         "one-shot-bufferize{bufferize-function-boundaries "
         "function-boundary-type-conversion=identity-layout-map},"
         "func.func(convert-linalg-to-loops,grow-cpu-expand-narrow-floats),"
         "convert-scf-to-cf,expand-strided-metadata,func.func(affine-expand-index-ops),"
         "lower-affine,convert-vector-to-llvm,convert-math-to-llvm,convert-math-to-libm,"
         "convert-arith-to-llvm,convert-index-to-llvm,finalize-memref-to-llvm,"
         "convert-func-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)")


class Axis:
    def __init__(self, name: str, size: int, is_static: bool):
        self.name, self.size, self.is_static = name, size, is_static


class Value:
    def __init__(self, name: str, axes: list, element: str):
        self.name, self.axes, self.element = name, axes, element

    @property
    def type(self) -> str:
        return tensor_type(self.axes, self.element)


def tensor_type(axes: list, element: str) -> str:
    return "tensor<" + "".join(f"{a.size if a.is_static else '?'}x" for a in axes) + element + ">"


def count(axes: list) -> int:
    result = 1
    for axis in axes:
        result *= axis.size
    return result


def widen(names: list, values: tuple, kind: str) -> tuple:
    """Operations that make `kind` of entries of `values`, and what they are called then."""
    steps, wide = [], []
    for i, (name, value) in enumerate(zip(names, values)):
        wide.append(name if value.element == kind else f"%w{i}")
        if value.element != kind:
            steps.append(f"%w{i} = arith.extf {name} : {value.element} to {kind}")
    return steps, wide


class Function:
    """A random function, and the call that hashes its results."""

    def __init__(self, rng: random.Random, name: str):
        self.rng, self.name = rng, name
        self.lines, self.arguments, self.values = [], [], []
        self.known, self.used, self.indent = {}, 0, "  "
        self.accumulator = rng.choice(["f32", "f32", "f32", "f64"])
        self.contract()
        for _ in range(rng.randint(0, 5)):
            rng.choice([self.apply, self.apply, self.apply, self.reduce, self.narrow,
                        self.select, self.contract_again, self.repeat])()
        leaves = [v for v in self.values if v.name not in self.read]
        others = [v for v in self.values if v.name in self.read and rng.random() < 0.15]
        self.results = leaves + others

    # Text ---------------------------------------------------------------------

    def new(self) -> str:
        self.used += 1
        return f"%v{self.used}"

    def line(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def axis(self, most: int) -> Axis:
        sizes = [size for size in SIZES if size <= most]
        name = f"a{len(self.known)}"
        found = Axis(name, self.rng.choice(sizes), self.rng.random() < 0.5)
        self.known[name] = found
        return found

    def argument(self, axes: list, element: str, writable: bool = False) -> Value:
        """A tensor of these axes: given, cut from what is given, or computed."""
        rng = self.rng
        cut = rng.random() < 0.25
        outer = [Axis(f"{a.name}c", a.size + rng.randint(0, 5), False) if cut else a for a in axes]
        given = Value(f"%x{len(self.arguments)}", outer, element)
        self.arguments.append(given)
        if not cut:
            return self.compute(given) if rng.random() < 0.25 else given
        offsets = [rng.randint(0, o.size - a.size) for o, a in zip(outer, axes)]
        result = Value(self.new(), axes, element)
        sizes = ", ".join(str(a.size) if a.is_static else self.size(a) for a in axes)
        self.line(f"{result.name} = tensor.extract_slice {given.name}[{', '.join(map(str, offsets))}]"
                  f"[{sizes}][{', '.join('1' for _ in axes)}] : {given.type} to {result.type}")
        return result

    def compute(self, x: Value) -> Value:
        return self.generic([(x, x.axes)], x.axes, x.element, [],
                            lambda names: [(f"arith.negf {names[0]} : {x.element}")])

    def size(self, axis: Axis) -> str:
        """An index that holds the size of a dynamic axis: an argument of the function."""
        return f"%n_{axis.name}"

    def empty(self, axes: list, element: str) -> str:
        name = self.new()
        sizes = ", ".join(self.size(a) for a in axes if not a.is_static)
        self.line(f"{name} = tensor.empty({sizes}) : {tensor_type(axes, element)}")
        return name

    def fill(self, axes: list, element: str, value: str) -> Value:
        constant, name = self.new(), self.new()
        self.line(f"{constant} = arith.constant {value} : {element}")
        empty, kind = self.empty(axes, element), tensor_type(axes, element)
        self.line(f"{name} = linalg.fill ins({constant} : {element}) outs({empty} : {kind}) -> {kind}")
        return Value(name, axes, element)

    def generic(self, inputs: list, axes: list, element: str, reduced: list, body, init=None) -> Value:
        """`inputs`: values with the axes they are read by, `body`: names to operations,
        the last of which is the result."""
        loops = axes + reduced
        self.rng.shuffle(loops)
        if not reduced:
            loops = list(axes)
        spell = ", ".join(a.name for a in loops)
        into = init.name if init else self.empty(axes, element)
        maps = [f"affine_map<({spell}) -> ({', '.join(a.name for a in by)})>"
                for by in [*(by for _, by in inputs), axes]]
        kinds = ", ".join('"reduction"' if a in reduced else '"parallel"' for a in loops)
        name, kind = self.new(), tensor_type(axes, element)
        given = ""
        if inputs:
            given = (f" ins({', '.join(v.name for v, _ in inputs)} : "
                     f"{', '.join(v.type for v, _ in inputs)})")
        self.line(f"{name} = linalg.generic {{indexing_maps = [{', '.join(maps)}], "
                  f"iterator_types = [{kinds}]}}{given} outs({into} : {kind}) {{")
        names = [f"%e{i}" for i in range(len(inputs))] + ["%o"]
        types = [v.element for v, _ in inputs] + [element]
        self.line("^bb0(" + ", ".join(f"{n}: {t}" for n, t in zip(names, types)) + "):")
        *steps, last = body(names)
        for step in steps:
            self.line("  " + step)
        self.line(f"  %last = {last}")
        self.line(f"  linalg.yield %last : {element}")
        self.line(f"}} -> {kind}")
        for value, _ in inputs:
            self.read.add(value.name)
        if init:
            self.read.add(init.name)
        return Value(name, list(axes), element)

    # Ops ----------------------------------------------------------------------

    read: set

    def contract(self) -> None:
        self.read = set()
        rng = self.rng
        batch = [self.axis(4) for _ in range(rng.choice([0, 0, 0, 1, 1, 2]))]
        rows = [self.axis(530) for _ in range(rng.choice([0, 1, 1, 1, 2]))]
        columns = [self.axis(530) for _ in range(rng.choice([1, 1, 1, 2]))]
        depth = [self.axis(530) for _ in range(rng.choice([1, 1, 1, 1, 2]))]
        every = batch + rows + columns + depth
        while (count(every) > MOST_STEPS or count(batch + rows + depth) > MOST_ENTRIES
               or count(batch + columns + depth) > MOST_ENTRIES
               or count(batch + rows + columns) > MOST_ENTRIES):
            largest = max(every, key=lambda axis: axis.size)
            largest.size = rng.choice([s for s in SIZES if s < largest.size])
        x_axes, y_axes = batch + rows + depth, batch + columns + depth
        for axes in (x_axes, y_axes):
            if rng.random() < 0.6:
                rng.shuffle(axes)
        result = batch + rows + columns
        if rng.random() < 0.3:
            rng.shuffle(result)
        x = self.argument(x_axes, rng.choice(NARROWER[self.accumulator]))
        y = self.argument(y_axes, rng.choice(NARROWER[self.accumulator]))
        self.values.append(self.multiply(x, y, result, depth))

    def multiply(self, x: Value, y: Value, axes: list, depth: list) -> Value:
        rng, kind = self.rng, self.accumulator
        init = self.fill(axes, kind, rng.choice(["0.0", "0.0", "0.0", "0.0", "1.0", "-0.0"]))
        if rng.random() < 0.15:
            init = self.argument(axes, kind)

        def body(names):
            steps, wide = widen(names, (x, y), kind)
            if rng.random() < 0.5:
                wide.reverse()
            sum_of = ["%p", names[-1]]
            if rng.random() < 0.5:
                sum_of.reverse()
            return steps + [f"%p = arith.mulf {wide[0]}, {wide[1]} : {kind}",
                            f"arith.addf {sum_of[0]}, {sum_of[1]} : {kind}"]
        operands = [(x, x.axes), (y, y.axes)]
        if rng.random() < 0.3:
            (x, y), operands = (y, x), operands[::-1]
        return self.generic(operands, axes, kind, list(depth), body, init)

    def contract_again(self) -> None:
        """With a result as the one operand or the other."""
        x = self.pick()
        if len(x.axes) < 1 or x.element not in NARROWER[self.accumulator]:
            return
        depth = [self.rng.choice(x.axes)]
        column = self.axis(64)
        shared = [a for a in x.axes if a not in depth and self.rng.random() < 0.2]
        y_axes = shared + [column] + depth
        axes = [a for a in x.axes if a not in depth] + [column]
        if count(axes + depth) > MOST_STEPS or count(axes) > MOST_ENTRIES:
            return
        self.rng.shuffle(y_axes)
        if self.rng.random() < 0.4:
            self.rng.shuffle(axes)
        y = self.argument(y_axes, self.rng.choice(NARROWER[self.accumulator]))
        self.values.append(self.multiply(x, y, axes, depth))

    def pick(self) -> Value:
        return self.values[-1] if self.rng.random() < 0.6 else self.rng.choice(self.values)

    def apply(self) -> None:
        """Elementwise: of one or two values and perhaps of something broadcast."""
        rng, x = self.rng, self.pick()
        axes = list(x.axes)
        if not axes:
            return
        if rng.random() < 0.2:
            rng.shuffle(axes)
        if rng.random() < 0.15 and count(axes) * 3 <= MOST_ENTRIES and len(axes) < 4:
            axes.insert(rng.randint(0, len(axes)), self.axis(3))  # x is broadcast
        inputs = [(x, x.axes)]
        fitting = [v for v in self.values if v.axes and set(v.axes) <= set(axes) and v.element == x.element]
        if fitting and rng.random() < 0.5:
            y = rng.choice(fitting)
            inputs.append((y, y.axes))
        if rng.random() < 0.6:
            part = [a for a in axes if rng.random() < 0.5] or axes[-1:]
            bias = self.argument(part, x.element)
            inputs.append((bias, bias.axes))
        if rng.random() < 0.2 and len(x.axes) == 2 and x.axes[0].size == x.axes[1].size \
                and x.axes[0].is_static == x.axes[1].is_static:
            inputs.append((x, x.axes[::-1]))
        kind = x.element

        def body(names):
            steps, last = [], names[0]
            for i, name in enumerate(names[1:-1]):
                op = rng.choice(["arith.addf", "arith.mulf", "arith.subf", "arith.maximumf"])
                steps.append(f"%s{i} = {op} {last}, {name} : {kind}")
                last = f"%s{i}"
            unary = rng.choice(["math.absf", "arith.negf", "square"])
            if unary == "square":
                return steps + [f"arith.mulf {last}, {last} : {kind}"]
            return steps + [f"{unary} {last} : {kind}"]
        self.values.append(self.generic(inputs, axes, kind, [], body))

    def narrow(self) -> None:
        x = self.pick()
        if not x.axes:
            return
        to = self.rng.choice([e for e in ("f64", "f32", "bf16", "f16") if BITS[e] != BITS[x.element]])
        cast = "arith.truncf" if BITS[to] < BITS[x.element] else "arith.extf"
        self.values.append(self.generic([(x, x.axes)], x.axes, to, [],
                                        lambda names: [f"{cast} {names[0]} : {x.element} to {to}"]))

    def select(self) -> None:
        """By a tensor of i1, which another op makes."""
        x = self.pick()
        if not x.axes:
            return
        kind = x.element
        y = self.argument(x.axes, kind)
        mask = self.generic([(x, x.axes), (y, y.axes)], x.axes, "i1", [],
                            lambda names: [f"arith.cmpf olt, {names[0]}, {names[1]} : {kind}"])
        self.values.append(self.generic(
            [(mask, mask.axes), (x, x.axes), (y, y.axes)], x.axes, kind, [],
            lambda names: [f"arith.select {names[0]}, {names[1]}, {names[2]} : {kind}"]))

    def reduce(self) -> None:
        x = self.pick()
        if not x.axes:
            return
        reduced = [a for a in x.axes if self.rng.random() < 0.5] or x.axes[-1:]
        axes = [a for a in x.axes if a not in reduced]
        op, start = self.rng.choice([("arith.addf", "0.0"), ("arith.addf", "1.0"),
                                     ("arith.maximumf", "-1.0"), ("square", "0.0")])
        kind = x.element
        if op == "square":
            def body(names):
                return [f"%p = arith.mulf {names[0]}, {names[0]} : {kind}",
                        f"arith.addf %p, {names[1]} : {kind}"]
        else:
            def body(names):
                return [f"{op} {names[1]}, {names[0]} : {kind}"]
        init = self.fill(axes, kind, start)
        self.values.append(self.generic([(x, x.axes)], axes, kind, reduced, body, init))

    def repeat(self) -> None:
        """A contraction in a loop that adds to what it carries."""
        x = self.pick()
        if not x.axes or x.element != self.accumulator or "scf.for" in "".join(self.lines):
            return
        depth = self.axis(40)
        column = self.rng.choice(x.axes)
        a_axes = [a for a in x.axes if a is not column] + [depth]
        if count(x.axes + [depth]) > MOST_STEPS or count(a_axes) > MOST_ENTRIES:
            return
        b_axes = [column, depth]
        self.rng.shuffle(a_axes)
        self.rng.shuffle(b_axes)
        a = self.argument(a_axes, self.rng.choice(NARROWER[self.accumulator]))
        b = self.argument(b_axes, self.rng.choice(NARROWER[self.accumulator]))
        result, low, high, step = self.new(), self.new(), self.new(), self.new()
        for name, value in ((low, 0), (high, self.rng.randint(0, 3)), (step, 1)):
            self.line(f"{name} = arith.constant {value} : index")
        carried = Value(self.new(), x.axes, x.element)
        self.line(f"{result} = scf.for %i = {low} to {high} step {step} "
                  f"iter_args({carried.name} = {x.name}) -> ({x.type}) {{")
        kind = x.element
        self.indent += "  "

        def body(names):
            steps, wide = widen(names, (a, b), kind)
            return steps + [f"%p = arith.mulf {wide[0]}, {wide[1]} : {kind}",
                            f"arith.addf %p, {names[-1]} : {kind}"]
        inner = self.generic([(a, a.axes), (b, b.axes)], x.axes, kind, [depth], body, carried)
        self.line(f"scf.yield {inner.name} : {inner.type}")
        self.indent = self.indent[:-2]
        self.line("}")
        self.read.add(x.name)
        self.values.append(Value(result, x.axes, kind))

    # The whole ----------------------------------------------------------------

    def sizes(self) -> list:
        return [axis for axis in self.known.values() if not axis.is_static]

    def text(self) -> str:
        arguments = [f"{v.name}: {v.type}" for v in self.arguments]
        arguments += [f"{self.size(a)}: index" for a in self.sizes()]
        types = ", ".join(v.type for v in self.results)
        names = ", ".join(v.name for v in self.results)
        return "\n".join([
            f"func.func private @{self.name}({', '.join(arguments)}) -> ({types}) "
            "attributes {no_inline} {",
            *self.lines, f"  return {names} : {types}", "}"])

    def call(self, seed: int) -> list:
        """Lines of @main."""
        lines, p = [], f"%{self.name}_"
        for i, value in enumerate(self.arguments):
            rank = len(value.axes)
            dynamic = f"tensor<{'?x' * rank}{value.element}>"
            for j, axis in enumerate(value.axes):
                lines.append(f"{p}s{i}_{j} = arith.constant {axis.size} : index")
            sizes = [f"{p}s{i}_{j}" for j in range(rank)]
            lines.append(f"{p}seed{i} = arith.constant {seed * 101 + i} : i32")
            lines.append(f"{p}d{i} = func.call @random{rank}_{value.element}("
                         f"{', '.join(sizes + [f'{p}seed{i}'])}) : "
                         f"({'index, ' * rank}i32) -> {dynamic}")
            cast = value.type
            lines.append(f"{p}x{i} = tensor.cast {p}d{i} : {dynamic} to {cast}"
                         if cast != dynamic else
                         f"{p}x{i} = tensor.cast {p}d{i} : {dynamic} to {dynamic}")
        names = [f"{p}x{i}" for i in range(len(self.arguments))]
        types = [v.type for v in self.arguments]
        for axis in self.sizes():
            lines.append(f"{p}{axis.name} = arith.constant {axis.size} : index")
            names.append(f"{p}{axis.name}")
            types.append("index")
        results = ", ".join(v.type for v in self.results)
        many = f":{len(self.results)}" if len(self.results) > 1 else ""
        lines.append(f"{p}r{many} = func.call @{self.name}({', '.join(names)}) : "
                     f"({', '.join(types)}) -> ({results})")
        for i, value in enumerate(self.results):
            rank, name = len(value.axes), f"{p}r#{i}" if many else f"{p}r"
            dynamic = f"tensor<{'?x' * rank}{value.element}>"
            lines.append(f"{p}y{i} = tensor.cast {name} : {value.type} to {dynamic}")
            lines.append(f"{p}h{i} = func.call @hash{rank}_{value.element}({p}y{i}) : "
                         f"({dynamic}) -> i64")
            lines.append(f"vector.print {p}h{i} : i64")
        return lines

    def helpers(self) -> set:
        return ({("random", len(v.axes), v.element) for v in self.arguments}
                | {("hash", len(v.axes), v.element) for v in self.results})


# Helpers of @main -------------------------------------------------------------

def random_text(rank: int, element: str) -> str:
    """Values in [-1, 1) whose products and sums all have to be rounded."""
    sizes = [f"%n{i}: index" for i in range(rank)]
    kind = f"tensor<{'?x' * rank}{element}>"
    lines = [f"func.func private @random{rank}_{element}({', '.join([*sizes, '%seed: i32'])}) -> {kind} {{",
             "  %p = arith.constant 0x5bd1e995 : i32",
             "  %shift = arith.constant 15 : i32",
             "  %scale = arith.constant 4.6566128730773926e-10 : f64",
             f"  %r = tensor.generate {', '.join(f'%n{i}' for i in range(rank))} {{",
             "  ^bb0(" + ", ".join(f"%i{i}: index" for i in range(rank)) + "):"]
    last = "%seed"
    for i in range(rank):
        lines += [f"    %a{i} = arith.index_cast %i{i} : index to i32",
                  f"    %b{i} = arith.addi {last}, %a{i} : i32",
                  f"    %c{i} = arith.muli %b{i}, %p : i32",
                  f"    %d{i} = arith.shrui %c{i}, %shift : i32",
                  f"    %m{i} = arith.xori %c{i}, %d{i} : i32"]
        last = f"%m{i}"
    lines += [f"    %q = arith.muli {last}, %p : i32",
              "    %f = arith.sitofp %q : i32 to f64",
              "    %v = arith.mulf %f, %scale : f64",
              *([f"    %t = arith.truncf %v : f64 to {element}"] if element != "f64" else []),
              f"    tensor.yield {'%t' if element != 'f64' else '%v'} : {element}",
              f"  }} : {kind}", f"  return %r : {kind}", "}"]
    return "\n".join(lines)


def hash_text(rank: int, element: str) -> str:
    """A number that depends on every bit and where it is."""
    kind, bits = f"tensor<{'?x' * rank}{element}>", f"i{BITS[element]}"
    lines = [f"func.func private @hash{rank}_{element}(%x: {kind}) -> i64 {{",
             "  %c1 = arith.constant 1 : index", "  %zero = arith.constant 0 : i64",
             "  %p = arith.constant 6364136223846793005 : i64",
             "  %q = arith.constant 1442695040888963407 : i64",
             "  %shift = arith.constant 29 : i64"]
    pad, last = "  ", "%zero"
    for i in range(rank):
        lines += [f"  %k{i} = arith.constant {i} : index",
                  f"  %n{i} = tensor.dim %x, %k{i} : {kind}"]
    if rank:
        lines.append("  %c0 = arith.constant 0 : index")
    for i in range(rank):
        lines.append(f"{pad}%r{i} = scf.for %i{i} = %c0 to %n{i} step %c1 "
                     f"iter_args(%h{i} = {last}) -> (i64) {{")
        pad, last = pad + "  ", f"%h{i}"
    lines += [f"{pad}%e = tensor.extract %x[{', '.join(f'%i{i}' for i in range(rank))}] : {kind}",
              f"{pad}%b = arith.bitcast %e : {element} to {bits}",
              *([f"{pad}%w = arith.extui %b : {bits} to i64"] if bits != "i64" else []),
              f"{pad}%y = arith.xori {last}, {'%w' if bits != 'i64' else '%b'} : i64",
              f"{pad}%m = arith.muli %y, %p : i64",
              f"{pad}%a = arith.addi %m, %q : i64",
              f"{pad}%u = arith.shrui %a, %shift : i64",
              f"{pad}%z = arith.xori %a, %u : i64"]
    last = "%z"
    for i in reversed(range(rank)):
        lines.append(f"{pad}scf.yield {last} : i64")
        pad, last = pad[2:], f"%r{i}"
        lines.append(pad + "}")
    return "\n".join([*lines, f"  return {last} : i64", "}"])


def module_text(functions: list, seed: int) -> str:
    helpers = sorted(set().union(*(f.helpers() for f in functions)))
    parts = [(random_text if what == "random" else hash_text)(rank, element)
             for what, rank, element in helpers]
    parts += [f.text() for f in functions]
    lines = [line for f in functions for line in f.call(seed)]
    return "\n".join([*parts, "func.func @main() {", *("  " + line for line in lines),
                      "  return", "}", ""])


# Running ----------------------------------------------------------------------

class Failure(Exception):
    pass


class Runner:
    def __init__(self, arguments):
        self.bin, self.libs, self.omp = arguments.bin, arguments.libs, arguments.omp

    def call(self, name: str, *flags: str, input: str, threads: int = 1) -> str:
        path = os.path.join(self.bin, name)
        try:
            done = subprocess.run(
                [path if os.path.exists(path) else name, *flags], input=input,
                capture_output=True, text=True, timeout=240,
                env={**os.environ, "OMP_NUM_THREADS": str(threads)})
        except subprocess.TimeoutExpired:
            raise Failure(f"{name} takes too long")
        if done.returncode:
            raise Failure(f"{name}: status {done.returncode}\n{done.stderr[:300]}")
        return done.stdout

    def execute(self, lowered: str, level: str, threads: int = 1) -> list:
        libs = self.libs + ("," + self.omp if self.omp else "")
        return self.call("mlir-runner", level, "-e", "main", "-entry-point-result=void",
                         f"-shared-libs={libs}", input=lowered, threads=threads).split()

    def plain(self, text: str) -> list:
        return self.execute(self.call("grow-opt", f"--pass-pipeline={PLAIN}", input=text), "-O1")

    def grown(self, text: str, options: str, threads: int) -> list:
        return self.execute(self.call("grow-opt", f"--grow-to-llvm={options}", input=text),
                            "-O2", threads)


def compare(runner, functions: list, seed: int, options: str, threads: int) -> str:
    """What is wrong with these, if anything."""
    text = module_text(functions, seed)
    try:
        expected = runner.plain(text)
    except Failure as failure:
        return f"by plain loops: {failure}"
    try:
        found = runner.grown(text, options, threads)
    except Failure as failure:
        return str(failure)
    if found != expected:
        wrong = sum(a != b for a, b in zip(found, expected)) or "all"
        return f"{wrong} of {len(expected)} results differ"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--libs", required=True, help="for mlir-runner")
    parser.add_argument("--omp", help="libomp.so: runs with several threads, too")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--together", type=int, default=10, help="cases in a module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for modules that fail")
    parser.add_argument("--options", help="of grow-to-llvm, instead of random ones")
    arguments = parser.parse_args()
    runner, results, failures = Runner(arguments), 0, 0
    for first in range(0, arguments.cases, arguments.together):
        seed = arguments.seed * 1_000_000 + first
        functions = [Function(random.Random(seed + i), f"f{i}")
                     for i in range(min(arguments.together, arguments.cases - first))]
        rng = random.Random(~seed)
        options, threads = rng.choice(["", "vector-bits=128", "vector-bits=256"]), 1
        if arguments.omp and rng.random() < 0.5:
            options, threads = (options + " parallel").strip(), rng.choice([2, 3])
        if arguments.options is not None:
            options = arguments.options
        results += sum(len(f.results) for f in functions)
        if not compare(runner, functions, seed, options, threads):
            continue
        for i, function in enumerate(functions):
            wrong = compare(runner, [function], seed, options, threads)
            if not wrong:
                continue
            failures += 1
            print(f"case {seed + i} ({options or 'default'}, {threads} threads): {wrong}", flush=True)
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"{seed + i}.mlir").write_text(module_text([function], seed))
    print(f"{arguments.cases} cases from seed {arguments.seed}, {results} results, "
          f"{failures} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()

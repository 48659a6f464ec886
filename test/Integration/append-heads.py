#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rewrites a grown model: query heads that were inserted in every group are
appended after all heads instead, as a framework's flat tensors invite to do."""

import re
import sys

text = open(sys.argv[1]).read()
# The parameters that have groups and, next to them, query heads: queries, their
# biases and outputs, extended along the second of these axes.
EXTEND = re.compile(
    r"( *)(%\w+) = grow\.extend (%\w+) with (#grow\.\S+(?: = \S+)?) along (\d) "
    r"at \[(\d+)\] by \[(\d+)\] : tensor<([\dx]+)x(f\d\d)>")


def append(match: re.Match) -> str:
    indent, result, value, fill, axis, heads, count, shape, element = match.groups()
    axis, heads, count = int(axis), int(heads), int(count)
    sizes = [int(size) for size in shape.split("x")]
    groups = sizes[axis - 1]

    def tensor(outer, inner):
        return f"tensor<{'x'.join(map(str, [*sizes[:axis - 1], outer, inner, *sizes[axis + 1:]]))}x{element}>"

    flat, grown = groups * heads, groups * (heads + count)
    return "\n".join([
        f"{indent}%flat{result[1:]} = grow.regroup {value} along {axis - 1} into 1 x {flat} : {tensor(groups, heads)}",
        f"{indent}%more{result[1:]} = grow.extend %flat{result[1:]} with {fill} along {axis} at [{flat}] by [{grown - flat}] : {tensor(1, flat)}",
        f"{indent}{result} = grow.regroup %more{result[1:]} along {axis - 1} into {groups} x {heads + count} : {tensor(1, grown)}",
    ])


sys.stdout.write(EXTEND.sub(append, text))

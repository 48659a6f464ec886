#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a module as growExpand makes it.

    expand.py EXAMPLE LIBRARY MODULE.mlir OPTIONS

EXAMPLE is examples/c-api/grow.py, which knows how to call the library.
"""

import importlib
import pathlib
import sys


def main(example, library, module, options):
    sys.path.insert(0, str(pathlib.Path(example).parent))
    example = importlib.import_module(pathlib.Path(example).stem)
    example.FUNCTIONS["mlirModuleCreateParse"] = (
        example.Handle, example.Handle, example.StringRef)
    example.FUNCTIONS["mlirOperationPrint"] = (
        None, example.Handle, example.StringCallback, example.c_void_p)
    grow = example.Grow(library)
    module = grow.call("mlirModuleCreateParse", grow.context,
                       example.StringRef.of(pathlib.Path(module).read_text()))
    grow.call("growExpand", module, example.StringRef.of(options), example.Handle())
    print(grow.read("mlirOperationPrint", grow.library.mlirModuleGetOperation(module)))


main(*sys.argv[1:])

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shared libraries of `grow compile`, for each architecture: they compute what the stock
modules do, and the bits of `grow run`."""

import ctypes

import pytest
import torch

import support
from architectures import ARCHITECTURES

# What ctypes needs to call a function of the library: its result and arguments.
POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int64
FUNCTIONS = {"open": (ctypes.c_int, [ctypes.c_char_p, ctypes.POINTER(POINTER)]),
             "close": (None, [POINTER]),
             "error": (ctypes.c_char_p, []),
             "vocabulary": (INTEGER, [])}


def load(directory):
    # One thread: the framework has an OpenMP library of its own.
    support.grow("compile", directory, "-o", directory.parent / "compiled", "--name", "m",
                 "--no-parallel", "--quiet")
    library = ctypes.CDLL(str(directory.parent / "compiled" / "libm.so"))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, f"m_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def run(library, directory, inputs):
    """The logits of a compiled model in f64."""
    images = inputs.is_floating_point()
    shape = (inputs.shape[0], 1) if images else tuple(inputs.shape)
    logits = torch.empty(*shape, library.m_vocabulary(), dtype=torch.float64)
    model = POINTER()
    assert library.m_open(str(directory).encode(), ctypes.byref(model)) == 0, library.m_error()
    sizes = [INTEGER(size) for size in (inputs.shape[:1] if images else inputs.shape)]
    assert library.m_forward(model, POINTER(inputs.contiguous().data_ptr()), *sizes,
                             POINTER(logits.data_ptr())) == 0, library.m_error()
    library.m_close(model)
    return logits


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_library(name, tmp_path):
    architecture = ARCHITECTURES[name]
    config = architecture.make_config(0)
    directory = architecture.save(config, tmp_path / "model", torch.float64)
    draw = support.random_images if architecture.images else support.random_ids
    inputs = draw(config, 0)
    actual = run(load(directory), directory, inputs)
    expected = support.full_precision_logits(directory, inputs, architecture.auto)
    support.assert_same(expected.reshape(actual.shape), actual, torch.float64, f"compiled {name}")
    if not architecture.images:
        jit = support.grow_logits(directory, inputs, tmp_path / "logits.safetensors")
        assert torch.equal(actual, jit)

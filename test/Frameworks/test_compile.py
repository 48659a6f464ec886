# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shared libraries of `grow compile`, for each architecture: they compute what the stock
modules do, and the bits of `grow run`."""

import ctypes
import functools
import json

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


def load(directory, *options):
    support.grow("compile", directory, "-o", directory.parent / "compiled", "--name", "m",
                 "--quiet", *options)
    library = ctypes.CDLL(str(directory.parent / "compiled" / "libm.so"))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, f"m_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def run(library, directory, inputs, dtype=torch.float64):
    """The logits of a compiled model in f64 or f32."""
    images = inputs.is_floating_point()
    shape = (inputs.shape[0], 1) if images else tuple(inputs.shape)
    logits = torch.empty(*shape, library.m_vocabulary(), dtype=dtype)
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
    # One thread: the framework has an OpenMP library of its own.
    actual = run(load(directory, "--no-parallel"), directory, inputs)
    expected = support.full_precision_logits(directory, inputs, architecture.auto)
    support.assert_same(expected.reshape(actual.shape), actual, torch.float64, f"compiled {name}")
    if not architecture.images:
        jit = support.grow_logits(directory, inputs, tmp_path / "logits.safetensors")
        assert torch.equal(actual, jit)


@functools.cache
def has_vulkan():
    devices = json.loads(support.grow("inspect", "--devices", "--json"))["devices"]
    return any(device["kind"] == "vulkan" for device in devices)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_library_on_vulkan(name, tmp_path):
    if not has_vulkan():
        pytest.skip("there is no Vulkan device")
    architecture = ARCHITECTURES[name]
    config = architecture.make_config(0)
    directory = architecture.save(config, tmp_path / "model", torch.float32)
    draw = support.random_images if architecture.images else support.random_ids
    inputs = draw(config, 0)
    if architecture.images:
        inputs = inputs.to(torch.float32)
    library = load(directory, "--target=vulkan")
    actual = run(library, directory, inputs, torch.float32)
    expected = support.full_precision_logits(
        directory, inputs.to(torch.float64) if architecture.images else inputs,
        architecture.auto)
    support.assert_same(expected.reshape(actual.shape), actual, torch.float32,
                        f"{name} on Vulkan")

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Grown models lowered by upstream's own mlir-opt, its passes and the plugin, to an object
file whose function takes parameters as arguments: it computes our logits."""

import ctypes
import re
import subprocess

import pytest
import torch

import support
from architectures import ARCHITECTURES

LOWER = ("builtin.module(grow-to-linalg,func.func(llvm-request-c-wrappers),"
         "one-shot-bufferize{bufferize-function-boundaries "
         "function-boundary-type-conversion=identity-layout-map},convert-linalg-to-loops,"
         "convert-scf-to-cf,grow-cpu-lower-reshapes,expand-strided-metadata,lower-affine,"
         "convert-math-to-libm,convert-to-llvm,reconcile-unrealized-casts)")


def call(*command) -> str:
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE,
                          text=True, timeout=300).stdout


def describe(tensor: torch.Tensor):
    """What MLIR's C interface takes for a memref."""
    rank = tensor.dim()

    class Descriptor(ctypes.Structure):
        _fields_ = [("allocated", ctypes.c_void_p), ("aligned", ctypes.c_void_p),
                    ("offset", ctypes.c_int64), ("sizes", ctypes.c_int64 * rank),
                    ("strides", ctypes.c_int64 * rank)]
    return Descriptor(tensor.data_ptr(), tensor.data_ptr(), 0,
                      (ctypes.c_int64 * rank)(*tensor.shape),
                      (ctypes.c_int64 * rank)(*tensor.stride()))


def build(directory, work) -> ctypes.CDLL:
    llvm, plugin = support.LLVM_BIN_DIR, support.BIN_DIR.parent / "lib" / "GrowPlugin.so"
    support.grow("import", directory, "-o", work / "model.mlir")
    call(llvm / "mlir-opt", work / "model.mlir", f"--load-dialect-plugin={plugin}",
         f"--pass-pipeline={LOWER}", "-o", work / "llvm.mlir")
    call(llvm / "mlir-translate", "--mlir-to-llvmir", work / "llvm.mlir", "-o", work / "m.ll")
    call(llvm / "llc", "-O1", "-filetype=obj", "-relocation-model=pic", work / "m.ll",
         "-o", work / "m.o")
    call("cc", "-shared", work / "m.o", "-lm", "-o", work / "libm.so")
    return ctypes.CDLL(str(work / "libm.so"))


def parameters(directory, work) -> list:
    """The stored tensors in the order of the arguments."""
    text = call(support.BIN_DIR / "grow-opt", "--grow-to-linalg", work / "model.mlir")
    tensors = support.read_tensors(directory)
    return [tensors[name] for name in re.findall(r'grow\.stored = "([^"]*)"', text)]


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_grown_model(name, tmp_path):
    architecture = ARCHITECTURES[name]
    config = architecture.make_config(0)
    source = architecture.save(config, tmp_path / "source", torch.float32)
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, *architecture.together(config, 0), "--quiet")

    ids = support.random_ids(config, 0)
    library = build(grown, tmp_path)
    arguments = [ids, *parameters(grown, tmp_path)]
    before = [argument.clone() for argument in arguments]
    result = describe(torch.empty(0, 0, 0))
    library._mlir_ciface_forward(ctypes.byref(result),
                                 *[ctypes.byref(describe(argument)) for argument in arguments])
    assert all(map(torch.equal, before, arguments)), "arguments are read only"
    shape = tuple(result.sizes)
    values = (ctypes.c_float * (shape[0] * shape[1] * shape[2])).from_address(result.aligned)
    actual = torch.tensor(values[:]).reshape(shape)

    ours = support.grow_logits(grown, ids, tmp_path / "logits.safetensors", torch.float32)
    support.assert_same(ours, actual, torch.float32, f"upstream's {name}, to grow")
    support.assert_same(support.full_precision_logits(grown, ids), actual, torch.float32,
                        f"upstream's {name}, to the framework in f64")

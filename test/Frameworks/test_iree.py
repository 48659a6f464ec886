# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""IREE, as PyPI has it, compiles grown models and finds their parameters by name in the
grown file: it computes our logits and the framework's. And docs/Integration.md shows what
its commands print."""

import os
import pathlib
import subprocess
import sys

import numpy
import pytest
import torch

import support
from architectures import ARCHITECTURES

VENV_BIN_DIR = pathlib.Path(sys.executable).parent

# The architecture's variant, and what more to ask of `grow apply`: several files, here.
MODELS = {"gpt2": ("tied", []),
          "llama": ("biases", ["--max-shard-size", "20KB"])}


def call(*command, status: int = 0, **options) -> subprocess.CompletedProcess:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=300, **options)
    assert done.returncode == status, (
        f"status {done.returncode}, expected {status}: {command}\n{done.stdout}{done.stderr}")
    return done


def lower(directory, output) -> pathlib.Path:
    """The model in the form that IREE reads."""
    model = output.with_suffix(".grow.mlir")
    support.grow("import", directory, "-o", model)
    call(support.BIN_DIR / "grow-opt", model, "--allow-unregistered-dialect",
         "--grow-to-linalg=params=iree", "-o", output)
    return output


def compile_model(model, output) -> pathlib.Path:
    call(VENV_BIN_DIR / "iree-compile", model, "-o", output,
         "--iree-hal-target-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=host")
    return output


def run(module, directory, ids: torch.Tensor, work, status: int = 0):
    """What the compiled module computes with the parameters in a directory."""
    numpy.save(work / "ids.npy", ids.numpy())
    files = sorted(directory.glob("*.safetensors"))
    done = call(VENV_BIN_DIR / "iree-run-module", f"--module={module}", "--function=forward",
                *[f"--parameters=model={file}" for file in files],
                f"--input=@{work / 'ids.npy'}", f"--output=@{work / 'logits.npy'}",
                status=status)
    return done if status else torch.from_numpy(numpy.load(work / "logits.npy"))


@pytest.mark.parametrize("name", MODELS)
def test_grown_model(name, tmp_path):
    variant, options = MODELS[name]
    architecture = ARCHITECTURES[name]
    config = architecture.make_config(0, variant)
    source = architecture.save(config, tmp_path / "source", torch.float32)
    grown = tmp_path / "grown"
    growth = architecture.together(config, 0)
    support.grow("apply", source, "-o", grown, *growth, *options, "--quiet")
    assert (len(list(grown.glob("*.safetensors"))) > 1) == bool(options)

    module = compile_model(lower(grown, tmp_path / "model.mlir"), tmp_path / "model.vmfb")
    for batch, length in [(2, 12), (1, 5)]:
        ids = support.random_ids(config, length, batch, length)
        actual = run(module, grown, ids, tmp_path)
        what = f"IREE's {name} ({' '.join(map(str, growth))}), {batch} x {length} tokens"
        ours = support.grow_logits(grown, ids, tmp_path / "logits.safetensors", torch.float32)
        support.assert_same(ours, actual, torch.float32, f"{what}, to grow")
        support.assert_same(support.full_precision_logits(grown, ids), actual, torch.float32,
                            f"{what}, to the framework in f64")

    # The parameters are those of the file: with others the module does not run.
    refused = run(module, source, ids, tmp_path, status=1)
    assert "parameter" in refused.stderr


def test_page(tmp_path):
    """The commands of docs/Integration.md print what stands there. Those of its C++ program
    are for test/Install, which builds it."""
    path = [support.BIN_DIR.resolve(), support.LLVM_BIN_DIR, VENV_BIN_DIR, os.environ["PATH"]]
    environment = {**os.environ, "PATH": os.pathsep.join(map(str, path)), "D": str(tmp_path),
                   "GROW": str(support.BIN_DIR.resolve().parent)}
    call(sys.executable, support.ROOT / "test" / "Docs" / "commands.py",
         "--section", "IREE", "--section", "Stock mlir-opt",
         support.ROOT / "docs" / "Integration.md", env=environment)

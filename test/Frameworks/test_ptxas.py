# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels for NVIDIA GPUs as NVIDIA's assembler sees them: it accepts them, and
products and attention on tensor cores spill no register to memory. Needs no GPU: ptxas
comes from PyPI (nvidia-cuda-nvcc)."""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys

import pytest

import support

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Inputs"))
import kernel_binaries

INPUTS = pathlib.Path(__file__).parents[1] / "Inputs"
PTXAS = pathlib.Path(importlib.util.find_spec("nvidia").submodule_search_locations[0],
                     "cu13/bin/ptxas")

# A projection as transformers have them: rows x 768 times 768 x 2304.
PROJECTION = """
func.func @project(%x: tensor<?x768x{type}>, %w: tensor<{shape}x{type}>)
    -> tensor<?x2304x{type}> {{
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x768x{type}>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%n) : tensor<?x2304xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x2304xf32>)
    -> tensor<?x2304xf32>
  %product = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                                            affine_map<(m, n, k) -> ({axes})>,
                                            affine_map<(m, n, k) -> (m, n)>]
    ins(%x, %w : tensor<?x768x{type}>, tensor<{shape}x{type}>)
    outs(%init : tensor<?x2304xf32>) -> tensor<?x2304xf32>
  {finish}
  return %result : tensor<?x2304x{type}>
}}
"""
NARROW = "%result = arith.truncf %product : tensor<?x2304xf32> to tensor<?x2304x{type}>"
WIDE = "%result = tensor.cast %product : tensor<?x2304xf32> to tensor<?x2304xf32>"

# Attention as of Llama: four query heads share keys and values.
ATTENTION = """
func.func @attend(%q: tensor<?x?x2x4x{width}x{type}>, %k: tensor<?x?x2x{width}x{type}>,
                  %v: tensor<?x?x2x{width}x{type}>) -> tensor<?x?x2x4x{width}x{type}> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %q, %c0 : tensor<?x?x2x4x{width}x{type}>
  %length = tensor.dim %q, %c1 : tensor<?x?x2x4x{width}x{type}>
  %init = tensor.empty(%batch, %length) : tensor<?x?x2x4x{width}x{type}>
  %result = grow.fused_attention
    ins(%q, %k, %v : tensor<?x?x2x4x{width}x{type}>, tensor<?x?x2x{width}x{type}>,
        tensor<?x?x2x{width}x{type}>)
    outs(%init : tensor<?x?x2x4x{width}x{type}>) scale 1/8 {mask}
    -> tensor<?x?x2x4x{width}x{type}>
  return %result : tensor<?x?x2x4x{width}x{type}>
}}
"""


def lower(module, pipeline):
    return subprocess.run([support.BIN_DIR / "grow-opt", "--pass-pipeline", pipeline],
                          input=module, text=True, check=True, capture_output=True).stdout


def assemble(module, chip, folder, spilled=0):
    """Fails if ptxas refuses a kernel, or has it spill more than so many bytes."""
    kernels = kernel_binaries.find(module)
    assert kernels
    for name, ptx in kernels:
        path = folder / "kernel.ptx"
        path.write_bytes(ptx.rstrip(b"\0"))
        result = subprocess.run([PTXAS, "-v", f"--gpu-name={chip}", path, "-o", "/dev/null"],
                                capture_output=True, text=True)
        assert result.returncode == 0, f"{name}: {result.stderr}"
        report = result.stdout + result.stderr
        spills = [int(n) for n in re.findall(r"(\d+) bytes spill", report)]
        stack = [int(n) for n in re.findall(r"(\d+) bytes stack", report)]
        registers = [int(n) for n in re.findall(r"Used (\d+) registers", report)]
        print(f"{chip} {name}: {registers[0]} registers")
        assert registers and max(spills + stack) <= spilled, f"{name}: {report}"


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("type", ["f32", "bf16", "f16"])
@pytest.mark.parametrize("axes", ["k, n", "n, k"])
def test_projection(type, axes, chip, tmp_path):
    shape = "768x2304" if axes == "k, n" else "2304x768"
    finish = (WIDE if type == "f32" else NARROW).format(type=type)
    module = PROJECTION.format(type=type, shape=shape, axes=axes, finish=finish)
    assemble(lower(module, f"builtin.module(grow-to-nvvm{{chip={chip}}})"), chip, tmp_path)


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("axes", ["k, n", "n, k"])
def test_tf32_projection(axes, chip, tmp_path):
    shape = "768x2304" if axes == "k, n" else "2304x768"
    module = PROJECTION.format(type="f32", shape=shape, axes=axes,
                               finish=WIDE.format(type="f32"))
    pipeline = f"builtin.module(grow-to-nvvm{{chip={chip} tf32}})"
    assemble(lower(module, pipeline), chip, tmp_path)


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("type", ["f32", "bf16"])
def test_model(type, chip, tmp_path):
    model = (INPUTS / "tiny.mlir").read_text().replace("f32", type)
    pipeline = ("builtin.module(grow-externalize-params,grow-outline-layers,"
                "convert-grow-to-linalg{attention-rows=8 attention-keys=384},"
                f"grow-to-nvvm{{chip={chip}}})")
    # Attention without tensor cores has a few more values than registers.
    assemble(lower(model, pipeline), chip, tmp_path, spilled=16)


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("width", [64, 128, 256])
@pytest.mark.parametrize("type, mask", [("bf16", "causal"), ("f16", "softcap 30 causal window 512")])
def test_attention(type, mask, width, chip, tmp_path):
    module = ATTENTION.format(type=type, width=width, mask=mask)
    assemble(lower(module, f"builtin.module(grow-to-nvvm{{chip={chip}}})"), chip, tmp_path)


@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
def test_embedded(chip, tmp_path):
    """What grow makes of PTX with these tools holds machine code for the chip."""
    module = PROJECTION.format(type="bf16", shape="768x2304", axes="k, n",
                               finish=NARROW.format(type="bf16"))
    pipeline = f"builtin.module(grow-to-nvvm{{chip={chip} format=auto}})"
    done = subprocess.run(
        [support.BIN_DIR / "grow-opt", "--pass-pipeline", pipeline], input=module,
        text=True, check=True, capture_output=True,
        env={**os.environ, "PATH": str(tmp_path), "CUDA_ROOT": str(PTXAS.parents[1])})
    assert not done.stderr
    kernels = kernel_binaries.find(done.stdout)
    assert kernels
    for name, code in kernels:
        path = tmp_path / "kernel.fatbin"
        path.write_bytes(code)
        # As the CUDA headers have it (fatBinaryCtl.h), then an ELF file for CUDA (190).
        assert code[:4] == bytes.fromhex("50ed55ba"), name
        start = code.index(b"\x7fELF")
        assert int.from_bytes(code[start + 18:start + 20], "little") == 190, name

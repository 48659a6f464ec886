# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs kernels for NVIDIA GPUs on the CPU.

A module whose `gpu.module`s have been lowered to the LLVM and NVVM dialects becomes
code for the CPU: intrinsics of NVPTX are renamed to those of intrinsics.ll, which
device.cpp implements as the PTX ISA describes them. This checks what kernels compute
where there is no GPU; it is no substitute for one, and says nothing about speed.
"""

import ctypes
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent


def find_kernel_module(text):
    """The operations inside the first gpu.module of a printed module."""
    start = text.index("{\n", text.index("gpu.module"))
    depth = 0
    for end in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[start + 1:end]
    raise ValueError("a gpu.module that does not end")


def get_aliases(text):
    """The attribute aliases at the beginning of a printed module."""
    return "".join(re.findall(r"^#.*\n", text, re.MULTILINE))


def write_entry(name, parameters):
    """A function that takes the addresses of a kernel's arguments, and their sizes, with a
    zero at the end."""
    lines, values = [], []
    for i, kind in enumerate(parameters):
        lines += [f"  %p{i} = getelementptr ptr, ptr %arguments, i64 {i}",
                  f"  %a{i} = load ptr, ptr %p{i}",
                  f"  %v{i} = load {kind}, ptr %a{i}"]
        values.append(f"{kind} %v{i}")
    # What is passed by value is given by its address.
    types = [re.sub(r"^ptr byval\((.*)\)$", r"\1", kind) for kind in parameters]
    sizes = [f"i64 ptrtoint (ptr getelementptr ({kind}, ptr null, i64 1) to i64)"
             for kind in types] + ["i64 0"]
    return (f"@\"sizes.{name}\" = constant [{len(sizes)} x i64] [{', '.join(sizes)}]\n"
            f"define void @\"entry.{name}\"(ptr %arguments) {{\n" + "\n".join(lines) +
            f"\n  call void @\"{name}\"({', '.join(values)})\n  ret void\n}}\n")


def split_parameters(text):
    """The types of the parameters of a `define`."""
    return [re.match(r"<.*?>|\S+", part.strip())[0]
            for part in re.split(r",(?![^<(]*[>)])", text) if part.strip()]


def to_host(code):
    """LLVM IR for NVPTX as IR that calls what intrinsics.ll defines."""
    code = re.sub(r"^target .*\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"^declare .*@llvm\.nvvm\..*\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"^attributes .*\n", "", code, flags=re.MULTILINE)
    code = re.sub(r" #\d+", "", code)
    code = code.replace("@llvm.nvvm.", "@emulated.nvvm.").replace("ptx_kernel ", "")
    # As LLVM does when it writes PTX, which knows no dots in names.
    for name in re.findall(r'^define void @"?([\w.]+)"?\(', code, re.MULTILINE):
        code = re.sub(rf'@"?{re.escape(name)}"?(?=\()', f'@"{name.replace(".", "_$_")}"', code)
    # Workgroup memory whose size the launch names.
    code = re.sub(r"^@(__dynamic_shmem__\d+) = .*$",
                  r"@emulated_workgroup_memory = external addrspace(3) global [0 x i8]",
                  code, count=1, flags=re.MULTILINE)
    code = re.sub(r"@__dynamic_shmem__0\b", "@emulated_workgroup_memory", code)
    entries = [write_entry(name, split_parameters(parameters)) for name, parameters in
               re.findall(r'^define void @"([\w.$]+)"\((.*)\).*\{', code, re.MULTILINE)]
    return code + "".join(entries)


def build(code, library, objects, clang="clang"):
    """Makes a library of LLVM IR for NVPTX, with the emulator in `objects`."""
    source = pathlib.Path(library).with_suffix(".ll")
    source.write_text(to_host(code) + (FOLDER / "intrinsics.ll").read_text())
    subprocess.run([clang, "-O1", "-shared", "-fPIC", "-Wno-override-module",
                    "-mno-red-zone", source, *objects, "-o", library], check=True)


def build_driver(folder, clang="clang"):
    """A libcuda.so.1 whose GPU is emulated; returns what the environment needs."""
    library = pathlib.Path(folder).resolve() / "libcuda.so.1"
    library.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([clang, "-O1", "-shared", "-fPIC", "-mno-red-zone",
                    FOLDER / "device.cpp", FOLDER / "driver.cpp", "-o", library,
                    "-Wl,-soname,libcuda.so.1", "-lstdc++", "-lm", "-ldl"], check=True)
    return {"GROW_CUDA_LIBRARY": str(library),
            "CUDA_EMULATOR": f"{sys.executable} {FOLDER / 'emulate.py'} {library}"}


class Kernels:
    """The kernels of a printed module, ready to run."""

    def __init__(self, text, folder, translate="mlir-translate", clang="clang"):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        code = subprocess.run(
            [translate, "--mlir-to-llvmir"], text=True, check=True,
            stdout=subprocess.PIPE,
            input=get_aliases(text) + "module {\n" + find_kernel_module(text) + "\n}\n").stdout
        intrinsics = (FOLDER / "intrinsics.ll").read_text()
        library = folder / "kernels.so"
        build(code, library, [FOLDER / "device.cpp", "-lstdc++", "-lm"], clang)
        self.library = ctypes.CDLL(str(library))

    def launch(self, name, grid, block, arguments, workgroup_bytes=0, seed=0):
        """Runs a kernel; `arguments` are ctypes values."""
        entry = ctypes.cast(self.library[f"entry.{name}"], ctypes.c_void_p)
        addresses = (ctypes.c_void_p * len(arguments))(
            *(ctypes.addressof(argument) for argument in arguments))
        triple = ctypes.c_uint32 * 3
        self.library.emulate(entry, triple(*grid), triple(*block),
                             ctypes.c_uint32(workgroup_bytes), addresses,
                             ctypes.c_uint32(seed))


def describe(address, shape):
    """The arguments that describe a dense memref of any rank."""
    strides = [1] * len(shape)
    for axis in reversed(range(len(shape) - 1)):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return [ctypes.c_void_p(address), ctypes.c_void_p(address), ctypes.c_int64(0),
            *map(ctypes.c_int64, shape), *map(ctypes.c_int64, strides)]


def main():
    """emulate.py DRIVER BITCODE LIBRARY, as the driver calls it. What was built is kept
    beside the driver for other processes."""
    driver, bitcode, library = map(pathlib.Path, sys.argv[1:])
    kept = driver.parent / (hashlib.sha256(bitcode.read_bytes()).hexdigest() + ".so")
    if not kept.exists():
        code = subprocess.run(["llvm-dis", bitcode, "-o", "-"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        build(code, library, [driver])
        new = kept.with_suffix(f".{os.getpid()}")
        shutil.copyfile(library, new)
        new.rename(kept)
    shutil.copyfile(kept, library)


if __name__ == "__main__":
    main()

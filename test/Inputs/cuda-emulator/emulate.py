# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs kernels for NVIDIA GPUs on the CPU.

A module whose `gpu.module`s have been lowered to the LLVM and NVVM dialects becomes
code for the CPU: intrinsics of NVPTX are renamed to those of intrinsics.ll, which
device.cpp implements as the PTX ISA describes them. This checks what kernels compute
where there is no GPU; it is no substitute for one, and says nothing about speed.
"""

import contextlib
import ctypes
import fcntl
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
        if "byval" in kind:
            lines += [f"  %p{i} = getelementptr ptr, ptr %arguments, i64 {i}",
                      f"  %v{i} = load ptr, ptr %p{i}"]
            values.append(f"ptr %v{i}")
            continue
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
    return [re.match(r"<.*?>|ptr byval\(.*?\)|\S+", part.strip())[0]
            for part in re.split(r",(?![^<(]*[>)])", text) if part.strip()]


def find_end(text, start):
    """Where the parenthesis at `start` is closed."""
    depth = 0
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return end
    raise ValueError("a parenthesis that is not closed")


def split_values(text):
    """The types and values of the arguments of a call."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1, "<": 1, ">": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [re.match(r"((?:ptr(?: addrspace\(\d+\))?)|\w+) (.*)$", part.strip()).groups()
            for part in parts if part.strip()]


# The loop that NVVM makes of mbarrier.try_wait.parity.
WAIT = ("{ .reg .pred P1; LAB_WAIT: mbarrier.try_wait.parity.shared.b64 P1, [$0], $1, $2; "
        "@P1 bra.uni DONE; bra.uni LAB_WAIT; DONE: }")
WGMMA = re.compile(
    r"\{ \.reg \.pred p; setp\.ne\.b32 p, \$(\d+), 0; wgmma\.mma_async\.sync\.aligned\."
    r"m64n(\d+)k16\.f32\.(bf16|f16)\.(bf16|f16) \{([$0-9, ]*)\}, \$(\d+), \$(\d+), p, "
    r"\$(\d+), \$(\d+), \$(\d+), \$(\d+); \}")


def call_instruction(assembly, outputs):
    """The function of hopper.inc for inline PTX, and what it takes besides the values;
    for the first `outputs` values it returns others."""
    text = " ".join(re.sub(r"\\0[9A]", " ", assembly).split())
    registers = ", ".join(f"${i}" for i in range(outputs))
    if text == WAIT and outputs == 0:
        return "wait", ()
    product = WGMMA.fullmatch(text)
    if product:
        scale, columns, rows_type, columns_type, sums, *others = product.groups()
        # The sums; both descriptions; and in this order whether to add, the scales and
        # the transpositions. Inputs that are outputs, too, are counted twice.
        expected = [str(outputs * 2 + i) for i in (0, 1, 3, 4, 5, 6)]
        if (sums == registers and int(columns) == outputs * 2 and others == expected
                and int(scale) == outputs * 2 + 2 and rows_type == columns_type):
            return "emulated_wgmma", (int(columns), int(rows_type == "bf16"))
    wait = re.fullmatch(r"wgmma\.wait_group\.sync\.aligned (\d+);", text)
    if wait:
        return "emulated_wgmma_wait", (outputs, int(wait[1]))
    raise ValueError(f"PTX that is not emulated: {text}")


def write_instruction(name, result, values, function, numbers):
    """A function for inline PTX, whose values become an array of 64 bits each."""
    parameters = ", ".join(f"{kind} %a{i}" for i, (kind, _) in enumerate(values))
    lines = [f"define internal {result} @{name}({parameters}) {{"]
    if function == "wait":
        return "\n".join(lines + [
            f"  %b = addrspacecast {values[0][0]} %a0 to ptr",
            "  call void @emulated_mbarrier_wait(ptr %b, i32 %a1)", "  ret void", "}", ""])
    lines += [f"  %values = alloca [{len(values)} x i64]"]
    for i, (kind, _) in enumerate(values):
        bits = f"%a{i}"
        if kind == "float":
            lines += [f"  %i{i} = bitcast float {bits} to i32"]
            kind, bits = "i32", f"%i{i}"
        if kind == "i32":
            lines += [f"  %w{i} = zext i32 {bits} to i64"]
            kind, bits = "i64", f"%w{i}"
        if kind != "i64":
            raise ValueError(f"a value of PTX that is not emulated: {kind}")
        lines += [f"  %p{i} = getelementptr i64, ptr %values, i64 {i}",
                  f"  store i64 {bits}, ptr %p{i}"]
    lines += [f"  call void @{function}(ptr %values"
              + "".join(f", i32 {number}" for number in numbers) + ")"]
    last = "poison"
    for i in range(result.count("float")):
        lines += [f"  %f{i} = load float, ptr %p{i}",
                  f"  %r{i} = insertvalue {result} {last}, float %f{i}, {i}"]
        last = f"%r{i}"
    return "\n".join(lines + [f"  ret {result} {last}", "}", ""])


def replace_assembly(code):
    """Calls of functions instead of inline PTX."""
    pattern = re.compile(r'call (\{[^}]*\}|void|\w+) asm sideeffect "([^"]*)", "([^"]*)"\(')
    parts, functions, start = [], {}, 0
    for match in pattern.finditer(code):
        result, assembly, constraints = match.groups()
        end = find_end(code, match.end() - 1)
        values = split_values(code[match.end():end])
        outputs = constraints.split(",").count("=f")
        tied = [str(i) for i in range(outputs)]
        if constraints.split(",")[:2 * outputs] != ["=f"] * outputs + tied:
            raise ValueError(f"constraints that are not emulated: {constraints}")
        function, numbers = call_instruction(assembly, outputs)
        key = (result, assembly, tuple(kind for kind, _ in values))
        if key not in functions:
            name = f"emulated_ptx_{len(functions)}"
            functions[key] = name, write_instruction(name, result, values, function, numbers)
        parts += [code[start:match.start()], f"call {result} @{functions[key][0]}(",
                  code[match.end():end]]
        start = end
    code = "".join(parts + [code[start:]])
    if re.search(r"\basm\b", code):
        raise ValueError("inline assembly of a kind that is not emulated")
    return code + "".join(text for _, text in functions.values())


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
    # Kernels do not change what is passed by value.
    code = re.sub(r"ptr byval\(.*?\) align \d+", "ptr", code)
    return replace_assembly(code) + "".join(entries)


@contextlib.contextmanager
def lock(folder):
    """Keeps others from doing the same in a folder at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(code, library, emulator, clang="clang"):
    """Makes a library of LLVM IR for NVPTX, which needs the emulator's."""
    intrinsics = [(FOLDER / name).read_text() for name in ("intrinsics.ll", "hopper.ll")]
    subprocess.run([clang, "-O1", "-shared", "-fPIC", "-Wno-override-module", "-mno-red-zone",
                    "-x", "ir", "-", "-x", "none", emulator, "-o", library],
                   input="".join([to_host(code), *intrinsics]), text=True, check=True)


def keep(emulator, key, build_library):
    """A library beside the emulator's, built if nobody has built it for these bytes."""
    kept = emulator.parent / (hashlib.sha256(key).hexdigest() + ".so")
    if not kept.exists():
        new = kept.with_suffix(f".{os.getpid()}.so")
        build_library(new)
        new.rename(kept)
    return kept


def build_emulator(folder, clang="clang"):
    """A libcuda.so.1 whose GPU is emulated. It stays in a folder of its own, with kernels
    that were built for it, for all who name the same folder."""
    sources = sorted(path for path in FOLDER.iterdir() if path.is_file())
    compiler = pathlib.Path(shutil.which(clang)).resolve()
    key = hashlib.sha256(f"{compiler} {compiler.stat().st_mtime_ns}".encode())
    for source in sources:
        key.update(source.read_bytes())
    library = pathlib.Path(folder).resolve() / key.hexdigest()[:16] / "libcuda.so.1"
    with lock(library.parent):
        if not library.exists():
            new = library.with_suffix(".new")
            subprocess.run([clang, "-O1", "-shared", "-fPIC", "-mno-red-zone",
                            FOLDER / "device.cpp", FOLDER / "driver.cpp", "-o", new,
                            "-Wl,-soname,libcuda.so.1", "-lstdc++", "-lm", "-ldl"], check=True)
            new.rename(library)
    return library


def build_driver(folder, clang="clang"):
    """What the environment needs for the emulator in a folder to be the driver."""
    library = build_emulator(folder, clang)
    return {"GROW_CUDA_LIBRARY": str(library),
            "CUDA_EMULATOR": f"{sys.executable} {FOLDER / 'emulate.py'} {library}"}


def add_arguments(parser, cases, seed):
    """What scripts need that build kernels and run them on random cases."""
    parser.add_argument("--opt", default="grow-opt")
    parser.add_argument("--translate", default="mlir-translate")
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--folder", required=True, help="for code")
    parser.add_argument("--cases", type=int, default=cases, help="sizes for each kernel")
    parser.add_argument("--seed", type=int, default=seed)


class Kernels:
    """The kernels of a printed module, ready to run."""

    def __init__(self, text, folder, translate="mlir-translate", clang="clang"):
        code = subprocess.run(
            [translate, "--mlir-to-llvmir"], text=True, check=True,
            stdout=subprocess.PIPE,
            input=get_aliases(text) + "module {\n" + find_kernel_module(text) + "\n}\n").stdout
        emulator = build_emulator(folder, clang)
        # Kernels ask for it by its name.
        ctypes.CDLL(str(emulator))
        self.library = ctypes.CDLL(str(keep(
            emulator, code.encode(), lambda new: build(code, new, emulator, clang))))

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
    """emulate.py DRIVER BITCODE LIBRARY, as the driver calls it."""
    driver, bitcode, library = map(pathlib.Path, sys.argv[1:])

    def build_library(new):
        code = subprocess.run(["llvm-dis", bitcode, "-o", "-"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        build(code, new, driver)

    shutil.copyfile(keep(driver, bitcode.read_bytes(), build_library), library)


if __name__ == "__main__":
    main()

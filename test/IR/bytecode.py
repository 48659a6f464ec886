# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""bytecode.py REFERENCE.md FILE.mlir...: writes each part of the files as bytecode, reads
it, and writes it again: text and bytecode must be the same. Every op and attribute of the
dialect, as its reference lists them, must be in one of them."""

import re
import subprocess
import sys


def opt(*arguments, data):
    return subprocess.run(["grow-opt", *arguments], input=data, capture_output=True, check=True).stdout


def check(source, name):
    text = opt(data=source)
    bytecode = opt("--emit-bytecode", data=source)
    if not bytecode.startswith(b"ML\xefR") or bytecode == text:
        sys.exit(f"{name}: no bytecode")
    if opt(data=bytecode) != text:
        sys.exit(f"{name}: the text differs after a round trip")
    if opt("--emit-bytecode", data=bytecode) != bytecode:
        sys.exit(f"{name}: the bytecode differs after a round trip")
    return opt("--mlir-print-op-generic", data=bytecode).decode()


def main(reference, *files):
    generic = ""
    for name in files:
        with open(name, "rb") as file:
            parts = file.read().split(b"// -----")
        for part in parts:
            generic += check(part, name)
    with open(reference) as file:
        text = file.read()
    ops = [f'"{op}"' for op in re.findall(r"^#### `(grow\.\w+)`", text, re.MULTILINE)]
    # Enumerations are printed in another form.
    attributes = re.findall(r"^Syntax:\s+(?:```\s+)?`?#grow\.(\w+)", text, re.MULTILINE)
    missing = [op for op in ops if op not in generic] + [
        name for name in attributes
        if not re.search(rf"#grow(\.{name}\b|<{name} )", generic)]
    if missing:
        sys.exit(f"in none of the files: {', '.join(missing)}")
    print(f"{len(ops)} ops, {len(attributes)} attributes")


if __name__ == "__main__":
    main(*sys.argv[1:])

#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares our safetensors reader and writer with the Python package.

- Random files that the package writes are read by ours: same tensors, types,
  shapes, bytes and metadata.
- Our copy of such a file is read by the package, and is the same file byte for
  byte wherever the package's order of metadata keys is fixed.
- Random damage to headers is accepted or refused by both alike, but for the
  cases in STRICTER and LOOSER.

Exits with 0 if everything agrees.
"""
import argparse
import ctypes
import hashlib
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

from safetensors import SafetensorError, TensorSpec, deserialize, serialize

BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8,
    "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32,
    "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}

# What we refuse and the package accepts, by a part of our message: the format
# forbids all of it, or (the last two) it is no file that anyone writes.
STRICTER = (
    "duplicate key",
    "expected the header to start with '{'",
    "expected '__metadata__' to be an object",  # null
    "expected 'dtype' to be a string",  # {"F32": null}
    "expected an object with 'dtype'",  # ["F32", [], [0, 4]]
    "expected non-negative integers in 'shape', found",  # 2^63 with a zero
)
# The other way round: llvm::json takes -0 for the integer 0, and numbers beyond
# a double's range for infinity. Both only where they change nothing.
LOOSER = ("floating point `-0.0`", "number out of range")


class Mismatch(Exception):
    pass


def frame(header, data=b""):
    return struct.pack("<Q", len(header)) + header + data


def random_name(rng):
    alphabet = "abcxyz019._-/ \"\\\u00e9\u4e2d\U0001f331\x7f\t"
    return "".join(rng.choices(alphabet, k=rng.randint(0, 12)))


def random_tensor(rng):
    dtype = rng.choice(list(BITS))
    shape = [rng.choice((0, 1, 1, 2, 3, 4, 7)) for _ in range(rng.randint(0, 4))]
    elements = 1
    for dim in shape:
        elements *= dim
    if elements * BITS[dtype] % 8:
        shape.append(4)
        elements *= 4
    return dtype, shape, rng.randbytes(elements * BITS[dtype] // 8)


def random_tensors(rng):
    names = {random_name(rng) for _ in range(rng.randint(0, 8))}
    return {name: random_tensor(rng) for name in sorted(names)}


def random_metadata(rng):
    return {random_name(rng): random_name(rng) for _ in range(rng.randint(0, 3))}


def build(tensors, metadata, rng):
    """A valid file with tensors in any order, as other writers make them."""
    header, data = {}, b""
    names = list(tensors)
    rng.shuffle(names)
    for name in names:
        dtype, shape, content = tensors[name]
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    if metadata:
        header["__metadata__"] = metadata
    items = list(header.items())
    rng.shuffle(items)
    return dict(items), data


class Ours:
    def __init__(self, tool, scratch):
        self.tool, self.scratch = tool, scratch

    def dump(self, contents):
        """What our reader says of each of the files."""
        paths = []
        for index, content in enumerate(contents):
            path = self.scratch / f"{index}.safetensors"
            path.write_bytes(content)
            paths.append(path)
        run = subprocess.run([self.tool, *paths], capture_output=True)
        if run.returncode != 0:
            raise Mismatch(f"the tool failed: {run.stderr.decode()}")
        return [json.loads(line) for line in run.stdout.splitlines()]

    def copy(self, content):
        path, out = self.scratch / "in.safetensors", self.scratch / "out"
        path.write_bytes(content)
        subprocess.run([self.tool, path, "--copy", out], check=True,
                       stdout=subprocess.DEVNULL)
        result = (out / "model.safetensors").read_bytes()
        (out / "model.safetensors").unlink()
        out.rmdir()
        return result


def digest(content):
    return hashlib.sha256(content).hexdigest()


def summarize(tensors):
    return {name: (dtype, shape, digest(content))
            for name, (dtype, shape, content) in tensors.items()}


def summarize_ours(dumped):
    if "error" in dumped:
        raise Mismatch(f"we refuse it: {dumped['error']}")
    return {t["name"]: (t["dtype"], t["shape"], t["sha256"])
            for t in dumped["tensors"]}


def reference_read(content):
    return {name: (t["dtype"], t["shape"], bytes(t["data"]))
            for name, t in deserialize(content)}


def require_equal(what, ours, reference):
    if ours != reference:
        raise Mismatch(f"{what}: ours {ours!r}, the package's {reference!r}")


def check_valid_files(rng, ours, count):
    for _ in range(count):
        tensors, metadata = random_tensors(rng), random_metadata(rng)
        header, data = build(tensors, metadata, rng)
        text = json.dumps(header, ensure_ascii=rng.random() < 0.5,
                          indent=rng.choice((None, 1)))
        content = frame(text.encode() + b" " * rng.randint(0, 9), data)
        [dumped] = ours.dump([content])
        expected = summarize(tensors)
        require_equal("read by ours", summarize_ours(dumped), expected)
        require_equal("metadata", dumped["metadata"], metadata)
        require_equal("read by the package", summarize(reference_read(content)),
                      expected)
        copied = ours.copy(content)
        require_equal("our copy", summarize(reference_read(copied)), expected)


# The package's writer takes torch's names, and none for the other types.
TORCH_NAMES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "F8_E5M2": "float8_e5m2",
    "F8_E4M3": "float8_e4m3fn", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "I16": "int16", "U16": "uint16", "F16": "float16", "BF16": "bfloat16",
    "I32": "int32", "U32": "uint32", "F32": "float32", "C64": "complex64",
    "F64": "float64", "I64": "int64", "U64": "uint64",
}


def reference_write(tensors, metadata):
    buffers, specs = [], {}
    for name, (dtype, shape, data) in tensors.items():
        buffers.append(ctypes.create_string_buffer(data, len(data)))
        specs[name] = TensorSpec(dtype=TORCH_NAMES[dtype], shape=shape,
                                 data_ptr=ctypes.addressof(buffers[-1]),
                                 data_len=len(data))
    return serialize(specs, metadata)


def check_writer_bytes(rng, ours, count):
    for _ in range(count):
        tensors = {name: tensor for name, tensor in random_tensors(rng).items()
                   if tensor[0] in TORCH_NAMES}
        content = reference_write(tensors, {"format": "pt"})
        copied = ours.copy(content)
        if copied != content:
            raise Mismatch(f"our copy is {copied!r}, the package's {content!r}")


def nodes(value, path=()):
    yield path
    children = (value.items() if isinstance(value, dict) else
                enumerate(value) if isinstance(value, list) else ())
    for key, child in children:
        yield from nodes(child, path + (key,))


VALUES = (None, True, "", "F32", "U8", "I4", "f32", 0, 1, 2, 3, 7, 8, -1, 1.0,
          0.5, -0.0, 2**31, 2**32, 2**60, 2**61, 2**62, 2**63 - 1, 2**63,
          2**64 - 1, 2**64, 10**30, [], {}, [0], [0, 0], [0, 1], [0, 4], [1, 0],
          [0, 1, 2], ["0", "1"], {"a": "b"}, {"a": 1})


def damage_structure(rng, header):
    """Replaces, removes, adds or shifts one thing in the parsed header."""
    header = json.loads(json.dumps(header))
    path = rng.choice([p for p in nodes(header) if p] or [("new",)])
    parent = header
    for key in path[:-1]:
        parent = parent[key]
    key, kind = path[-1], rng.randrange(5)
    if kind == 0 and path != ("new",):
        del parent[key]
    elif kind == 1 and path != ("new",) and type(parent[key]) is int:
        parent[key] += rng.choice((-8, -4, -2, -1, 1, 2, 4, 8))
    elif kind == 2:
        header[rng.choice(("new", "__metadata__", ""))] = rng.choice(
            VALUES + ({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]},
                      ["U8", [0], [0, 0]]))
    elif kind == 3 and isinstance(parent, dict):
        parent[rng.choice(("extra", "dtype"))] = rng.choice(VALUES)
    else:
        parent[key] = rng.choice(VALUES)
    return header


def damage_text(rng, text):
    """Changes, removes, inserts or repeats bytes of the header."""
    text = bytearray(text)
    at = rng.randint(0, len(text))
    kind = rng.randrange(5)
    if kind == 0 and at < len(text):
        text[at] = rng.choice(b'{}[]",:\\ 0129-+.eEu\n\x00\x1f\x80\xff')
    elif kind == 1:
        del text[at:at + rng.randint(1, 3)]
    elif kind == 2:
        text[at:at] = rng.choice((
            b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b" ", b"\n", b"\0",
            b"0", b"-", b"1e999", b"\\u0041", b"\\ud800", b"\\ud83c\\udf31",
            b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"null", b"NaN",
            b"[" * 200))
    elif kind == 3:
        end = rng.randint(at, min(len(text), at + 80))
        text[at:at] = text[at:end]
    else:
        text = text[:at] + bytes([rng.randrange(256)]) + text[at:]
    return bytes(text)


def damage_file(rng, content):
    """Cuts, extends or changes the file around its header."""
    kind = rng.randrange(4)
    if kind == 0:
        return content[:rng.randint(0, len(content))]
    if kind == 1:
        return content + rng.randbytes(rng.randint(1, 9))
    length = struct.unpack("<Q", content[:8])[0]
    if kind == 2:
        length += rng.choice((-8, -1, 1, 8))
    else:
        length = rng.choice((0, 1, 2, 10**8, 10**8 + 1, 2**63, 2**64 - 1))
    return struct.pack("<Q", length % 2**64) + content[8:]


def damaged(rng):
    header, data = build(random_tensors(rng), random_metadata(rng), rng)
    kind = rng.randrange(3)
    if kind == 0:
        header = damage_structure(rng, header)
    text = json.dumps(header, ensure_ascii=rng.random() < 0.5).encode()
    if kind == 1:
        text = damage_text(rng, text)
    content = frame(text, data)
    return damage_file(rng, content) if kind == 2 else content


def check_damaged_files(rng, ours, count):
    """Returns how often both accept, both refuse, and only one of them does."""
    contents = [damaged(rng) for _ in range(count)]
    tally = {"accepted": 0, "refused": 0, "stricter": 0, "looser": 0}
    dumps = []
    for begin in range(0, count, 256):
        dumps += ours.dump(contents[begin:begin + 256])
    for content, dumped in zip(contents, dumps, strict=True):
        try:
            reference, refusal = reference_read(content), None
        except SafetensorError as error:
            reference, refusal = None, str(error)
        if refusal is None and "error" not in dumped:
            require_equal("damaged file", summarize_ours(dumped),
                          summarize(reference))
            tally["accepted"] += 1
        elif refusal is not None and "error" in dumped:
            tally["refused"] += 1
        elif refusal is None and any(s in dumped["error"] for s in STRICTER):
            tally["stricter"] += 1
        elif refusal is not None and any(s in refusal for s in LOOSER):
            tally["looser"] += 1
        else:
            raise Mismatch(f"{content!r}: we say {dumped.get('error', 'fine')}, "
                           f"the package says {refusal or 'fine'}")
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True,
                        help="path of grow-safetensors-dump")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--cases", type=int, default=300,
                        help="valid files; twenty times as many damaged ones")
    args = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if args.seed is None else args.seed
    rng = random.Random(seed)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        ours = Ours(os.path.abspath(args.tool), pathlib.Path(scratch))
        try:
            check_valid_files(rng, ours, args.cases)
            check_writer_bytes(rng, ours, args.cases)
            tally = check_damaged_files(rng, ours, 20 * args.cases)
        except Mismatch as mismatch:
            sys.exit(f"seed {seed}: {mismatch}")
    print(f"{args.cases} valid files read and rewritten, {args.cases} rewritten "
          f"byte for byte, {20 * args.cases} damaged ones: " +
          ", ".join(f"{count} {kind}" for kind, count in tally.items()))


if __name__ == "__main__":
    main()

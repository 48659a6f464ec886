#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a library of `grow compile`.

    compiled.py logits FILE.safetensors        prints logits as examples/compiled-model does
    compiled.py same LIBRARY CHECKPOINT IDS FILE.safetensors [DEVICE]
        fails unless the library gives the bits in the file
    compiled.py repeat LIBRARY CHECKPOINT IDS FILE.safetensors
        the same for four runs in a row
    compiled.py error LIBRARY CHECKPOINT [IDS [DEVICE]]   prints what it says is wrong
    compiled.py hex LIBRARY CHECKPOINT IDS      prints the bytes of logits in f32
    compiled.py threads LIBRARY CHECKPOINT IDS  the same bits from many threads at once

IDS are as for `grow run --ids`.
"""

import ctypes
import json
import pathlib
import struct
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "examples/compiled-model"))
import run  # noqa: E402


def read_logits(path):
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + size])["logits"], data[8 + size:]


def parse_ids(text):
    return [[int(token) for token in row.split(",")] for row in text.split(";")]


class Model(run.Model):
    def get_bytes(self, rows):
        """The logits as they lie in memory, whatever their type."""
        sizes = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
        width = self.call("vocabulary") * sizes[self.manifest()["logits"]["dtype"]]
        batch, sequence = len(rows), len(rows[0])
        ids = (ctypes.c_int64 * (batch * sequence))(*[token for row in rows for token in row])
        logits = ctypes.create_string_buffer(batch * sequence * width)
        self.check(self.call("forward", self.model, ids, batch, sequence, logits))
        return logits.raw


def print_logits(path):
    info, data = read_logits(path)
    width = info["shape"][2] * 4
    for begin in range(0, len(data), width):
        values = struct.unpack(f"<{info['shape'][2]}f", data[begin:begin + width])
        print(" ".join(f"{value:.9g}" for value in values))


def check_same(library, checkpoint, ids, path, device=None, runs=1):
    info, expected = read_logits(path)
    model = Model(library, checkpoint, device)
    assert model.manifest()["logits"]["dtype"] == info["dtype"]
    for run in range(runs):
        assert model.get_bytes(parse_ids(ids)) == expected, f"run {run} gives other bits"
    model.close()


def check_repeated(library, checkpoint, ids, path):
    check_same(library, checkpoint, ids, path, runs=4)


def print_error(library, checkpoint, ids="0", device=None):
    try:
        Model(library, checkpoint, device).get_bytes(parse_ids(ids))
    except ValueError as error:
        print(error)
        return
    sys.exit("expected an error, but everything went well")


def print_hex(library, checkpoint, ids):
    print(Model(library, checkpoint).get_bytes(parse_ids(ids)).hex(" ", 4))


def check_threads(library, checkpoint, ids):
    model = Model(library, checkpoint)
    rows = parse_ids(ids)
    inputs = [rows, [row[:1] for row in rows], [row[::-1] for row in rows]]
    expected = [model.get_bytes(rows) for rows in inputs]
    problems = []

    def work(number):
        for turn in range(20):
            i = (number + turn) % len(inputs)
            if model.get_bytes(inputs[i]) != expected[i]:
                problems.append((number, turn))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, f"other bits in {problems}"


commands = {"logits": print_logits, "same": check_same, "repeat": check_repeated,
            "error": print_error, "hex": print_hex, "threads": check_threads}
commands[sys.argv[1]](*sys.argv[2:])

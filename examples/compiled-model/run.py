#!/usr/bin/env python3
"""Prints the logits of a model that `grow compile` has made a library of: a line for
each token. Needs nothing but the standard library.

    grow compile models/tiny-gpt2 -o tiny
    ./run.py tiny/libtiny_gpt2.so models/tiny-gpt2 84 104 101
"""

import ctypes
import json
import pathlib
import sys


class Model:
    """A library of `grow compile`, with the weights of a checkpoint; one for GPUs on the
    device of this number, as `grow inspect --devices` lists them, or on the first GPU."""

    def __init__(self, library, checkpoint, device=None):
        self.name = pathlib.Path(library).stem.removeprefix("lib")
        self.library = ctypes.CDLL(str(pathlib.Path(library).resolve()))
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        self.declare("error", ctypes.c_char_p)
        self.declare("manifest", ctypes.c_char_p)
        self.declare("vocabulary", integer)
        self.declare("open", ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(pointer))
        self.declare("close", None, pointer)
        self.declare("forward", ctypes.c_int, pointer, ctypes.POINTER(integer), integer,
                     integer, pointer)
        self.model = pointer()
        path, model = str(checkpoint).encode(), ctypes.byref(self.model)
        if device is None:
            self.check(self.call("open", path, model))
        else:
            self.declare("open_on", ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32,
                         ctypes.POINTER(pointer))
            self.check(self.call("open_on", path, int(device), model))

    def declare(self, function, result, *arguments):
        function = getattr(self.library, f"{self.name}_{function}")
        function.restype, function.argtypes = result, arguments

    def call(self, function, *arguments):
        return getattr(self.library, f"{self.name}_{function}")(*arguments)

    def check(self, failed):
        if failed:
            raise ValueError(self.call("error").decode())

    def manifest(self):
        return json.loads(self.call("manifest"))

    def forward(self, rows):
        """The logits of rows of token numbers, all of one length: for each row a list
        for each token."""
        width = self.call("vocabulary")
        batch, sequence = len(rows), len(rows[0])
        kinds = {"F32": ctypes.c_float, "F64": ctypes.c_double}
        kind = kinds[self.manifest()["logits"]["dtype"]]
        ids = (ctypes.c_int64 * (batch * sequence))(*[token for row in rows for token in row])
        logits = (kind * (batch * sequence * width))()
        self.check(self.call("forward", self.model, ids, batch, sequence, logits))
        tokens = [logits[i:i + width] for i in range(0, len(logits), width)]
        return [tokens[i:i + sequence] for i in range(0, len(tokens), sequence)]

    def close(self):
        self.call("close", self.model)


def main(library, checkpoint, *ids):
    model = Model(library, checkpoint)
    for logits in model.forward([[int(token) for token in ids]])[0]:
        print(" ".join(f"{logit:.9g}" for logit in logits))
    model.close()


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__.rstrip())
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(f"error: {error}")

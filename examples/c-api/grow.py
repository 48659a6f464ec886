#!/usr/bin/env python3
"""Grows a checkpoint through grow's C API, and runs it before and after. Needs nothing
but the standard library.

    ./grow.py PREFIX/lib/libGrowC.so models/tiny-gpt2 grown "mlp=512 layers=+1" 84 104 101
"""

import ctypes
import sys
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int64, c_size_t, c_void_p


class StringRef(ctypes.Structure):
    """A text of MLIR: it has a length, and no zero at its end."""
    _fields_ = [("data", c_char_p), ("length", c_size_t)]

    @classmethod
    def of(cls, text):
        data = str(text).encode()
        return cls(data, len(data))


class LogicalResult(ctypes.Structure):
    _fields_ = [("value", c_int8)]


class Handle(ctypes.Structure):
    """MlirContext, GrowModel, ...: all are structures of one pointer."""
    _fields_ = [("ptr", c_void_p)]


class StringPart(ctypes.Structure):
    """The same, of a text that may hold zeros."""
    _fields_ = [("data", c_void_p), ("length", c_size_t)]


# What Python functions are called as. They cannot return the structure of a logical
# result; a byte is returned in the same way.
StringCallback = ctypes.CFUNCTYPE(None, StringPart, c_void_p)
DiagnosticCallback = ctypes.CFUNCTYPE(c_int8, Handle, c_void_p)

FUNCTIONS = {
    "mlirContextCreate": (Handle,),
    "mlirContextDestroy": (None, Handle),
    "mlirContextAttachDiagnosticHandler": (ctypes.c_uint64, Handle, DiagnosticCallback, c_void_p,
                                           c_void_p),
    "mlirDiagnosticPrint": (None, Handle, StringCallback, c_void_p),
    "mlirDiagnosticGetNumNotes": (ctypes.c_ssize_t, Handle),
    "mlirDiagnosticGetNote": (Handle, Handle, ctypes.c_ssize_t),
    "mlirModuleGetOperation": (Handle, Handle),
    "mlirModuleFromOperation": (Handle, Handle),
    "mlirModuleDestroy": (None, Handle),
    "mlirOperationClone": (Handle, Handle),
    "mlirF32TypeGet": (Handle, Handle),
    "growContextLoadDialects": (LogicalResult, Handle),
    "growCheckpointOpen": (Handle, Handle, StringRef),
    "growCheckpointDestroy": (None, Handle),
    "growCheckpointImport": (Handle, Handle, Handle),
    "growCheckpointWriteGrown": (LogicalResult, Handle, Handle, StringRef, c_bool),
    "growExpand": (LogicalResult, Handle, StringRef, Handle),
    "growProve": (Handle, Handle, Handle),
    "growProofPrint": (None, Handle, StringCallback, c_void_p),
    "growProofDestroy": (None, Handle),
    "growModelCompile": (Handle, Handle),
    "growModelDestroy": (None, Handle),
    "growModelBindCheckpoint": (LogicalResult, Handle, Handle),
    "growModelGetVocabulary": (c_int64, Handle),
    "growModelRun": (LogicalResult, Handle, POINTER(c_int64), c_int64, c_int64, c_void_p, c_size_t),
}


class Grow:
    """The library, with a context. Errors are raised with the text of MLIR's diagnostics."""

    def __init__(self, library):
        self.library = ctypes.CDLL(library)
        for name, (result, *arguments) in FUNCTIONS.items():
            function = getattr(self.library, name)
            function.restype, function.argtypes = result, arguments
        self.errors = []
        self.context = self.library.mlirContextCreate()
        # ctypes calls it as long as it lives here.
        self.handler = DiagnosticCallback(self.take)
        self.library.mlirContextAttachDiagnosticHandler(self.context, self.handler, None, None)
        self.call("growContextLoadDialects", self.context)

    def take(self, diagnostic, _):
        notes = range(self.library.mlirDiagnosticGetNumNotes(diagnostic))
        parts = [diagnostic, *(self.library.mlirDiagnosticGetNote(diagnostic, i) for i in notes)]
        self.errors += [self.read("mlirDiagnosticPrint", part) for part in parts]
        return 1  # Nobody else needs to see it.

    def call(self, name, *arguments):
        """The function's result, unless that is a failure or null."""
        self.errors.clear()
        result = getattr(self.library, name)(*arguments)
        if (isinstance(result, LogicalResult) and not result.value
                or isinstance(result, Handle) and not result.ptr):
            raise ValueError("\n".join(self.errors) or f"{name} failed")
        return result

    def read(self, name, handle):
        """The text that a function passes to a callback, part by part."""
        parts = []
        add = StringCallback(lambda part, _: parts.append(ctypes.string_at(part.data, part.length)))
        getattr(self.library, name)(handle, add, None)
        return b"".join(parts).decode()

    def open(self, directory):
        return self.call("growCheckpointOpen", self.context, StringRef.of(directory))

    def copy(self, module):
        operation = self.library.mlirModuleGetOperation(module)
        return self.library.mlirModuleFromOperation(self.library.mlirOperationClone(operation))

    def run(self, directory, ids):
        """The logits of the last of these tokens, computed in f32."""
        checkpoint = self.open(directory)
        f32 = self.library.mlirF32TypeGet(self.context)
        module = self.call("growCheckpointImport", checkpoint, f32)
        model = self.call("growModelCompile", module)
        self.call("growModelBindCheckpoint", model, checkpoint)
        width = self.library.growModelGetVocabulary(model)
        logits = (c_float * (len(ids) * width))()
        self.call("growModelRun", model, (c_int64 * len(ids))(*ids), 1, len(ids), logits,
                  ctypes.sizeof(logits))
        self.library.growModelDestroy(model)
        self.library.mlirModuleDestroy(module)
        self.library.growCheckpointDestroy(checkpoint)
        return logits[-width:]

    def grow(self, source, target, sizes):
        """Writes a larger checkpoint; returns the certificate that it computes the same."""
        checkpoint = self.open(source)
        module = self.call("growCheckpointImport", checkpoint, Handle())
        grown = self.copy(module)
        self.call("growExpand", grown, StringRef.of(sizes), checkpoint)
        proof = self.call("growProve", module, grown)
        certificate = self.read("growProofPrint", proof)
        self.call("growCheckpointWriteGrown", checkpoint, grown, StringRef.of(target), False)
        self.library.growProofDestroy(proof)
        self.library.mlirModuleDestroy(grown)
        self.library.mlirModuleDestroy(module)
        self.library.growCheckpointDestroy(checkpoint)
        return certificate

    def close(self):
        self.library.mlirContextDestroy(self.context)


def main(library, source, target, sizes, *tokens):
    grow = Grow(library)
    ids = [int(token) for token in tokens]
    print(grow.grow(source, target, sizes).strip())
    before, after = grow.run(source, ids), grow.run(target, ids)
    difference = max(abs(a - b) for a, b in zip(before, after))
    print(f"largest difference of a logit: {difference:.1e}")
    grow.close()


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__.rstrip())
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(f"error: {error}")

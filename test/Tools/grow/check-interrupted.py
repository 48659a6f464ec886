#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Interrupts `grow compile` while it links, as a shell and as `kill` do: nothing is left."""

import os
import pathlib
import signal
import subprocess
import sys
import time

# A linker that is not done before the signal comes.
LINKER = """#!/bin/sh
touch {}
sleep 1
exec {} "$@"
"""


def interrupt(model, folder, linker, end, group):
    folder.mkdir()
    (folder / "bin").mkdir()
    (folder / "out").mkdir()
    started, script = folder / "bin/started", folder / "bin/c++"
    script.write_text(LINKER.format(started, linker))
    script.chmod(0o755)
    process = subprocess.Popen(
        ["grow", "compile", model, "-o", folder / "out" / "library"],
        env=dict(os.environ, PATH=f"{folder / 'bin'}:{os.environ['PATH']}"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and not started.exists():
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    assert any((folder / "out").iterdir()), "expected a hidden directory"
    (os.killpg if group else os.kill)(process.pid, end)
    errors = process.communicate()[1]
    assert process.returncode == 1, (process.returncode, errors)
    assert "error: " in errors, errors
    left = list((folder / "out").iterdir())
    assert not left, f"{end.name} left {left}"


def main(model, linker, folder):
    for end in [signal.SIGINT, signal.SIGTERM]:
        for group in [True, False]:
            interrupt(model, pathlib.Path(folder) / f"{end.name}-{group}", linker, end, group)


main(*sys.argv[1:])

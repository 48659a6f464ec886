#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ends `grow apply` by signals, at various moments of its writing."""

import pathlib
import signal
import subprocess
import sys
import time


def run_until(command, parent, end, delay):
    """Sends the signal `delay` seconds after the hidden directory has appeared."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while process.poll() is None and not any(parent.iterdir()):
        time.sleep(0.001)
    time.sleep(delay)
    process.send_signal(end)
    process.communicate()
    return process.returncode


def main(make_checkpoint, directory):
    directory = pathlib.Path(directory)
    source = directory / "source"
    # 100 MB: long enough to write to be caught at it.
    subprocess.run([sys.executable, make_checkpoint, "gpt2", source, "--config",
                    "vocab_size=100000", "--config", "n_embd=256"], check=True)
    interruptions = 0
    for end in [signal.SIGKILL, signal.SIGINT, signal.SIGTERM]:
        for delay in [0, 0.01, 0.03]:
            parent = directory / f"{end.name}-{delay}"
            parent.mkdir()
            output = parent / "out"
            status = run_until(["grow", "apply", source, "-o", output, "--mlp", "2048"],
                               parent, end, delay)
            interruptions += status != 0
            assert output.exists() == (status == 0), f"{end.name} after {delay} s"
            if output.exists():
                subprocess.run(["grow", "inspect", output, "--quiet"], check=True)
            elif end != signal.SIGKILL:
                left = list(parent.iterdir())
                assert not left, f"{end.name} after {delay} s left {left}"
    assert interruptions, "every run was over before its signal came"


main(*sys.argv[1:])

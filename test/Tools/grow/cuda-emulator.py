# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command with an emulated GPU: cuda-emulator.py FOLDER COMMAND..."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Inputs/cuda-emulator"))
import emulate

folder, *command = sys.argv[1:]
settings = emulate.build_driver(folder)
sys.exit(subprocess.run(command, env=dict(os.environ, GROW_CUDA_FORMAT="llvm",
                                          **settings)).returncode)

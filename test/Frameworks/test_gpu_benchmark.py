# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""benchmarks/gpu.py on an emulated GPU, with small cases: what it builds and how it
checks and measures is what runs on a real one. Here PyTorch computes on the CPU."""

import json
import os
import subprocess
import sys

import support

SCRIPT = support.ROOT / "benchmarks" / "gpu.py"

sys.path.insert(0, str(support.ROOT / "test" / "Inputs" / "cuda-emulator"))
import emulate


def run(*arguments, **environment):
    path = f"{support.LLVM_BIN_DIR}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run([sys.executable, *map(str, arguments)], text=True,
                          env=dict(os.environ, PATH=path, **environment),
                          capture_output=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_emulated(tmp_path):
    folder, results = tmp_path / "gpu", tmp_path / "results.json"
    run(SCRIPT, "build", folder, "--build", support.BIN_DIR.parent, "--tiny",
        "--chip=sm_80", "--format=llvm")
    driver = emulate.build_driver(support.EMULATOR_DIR, clang=support.LLVM_BIN_DIR / "clang")
    print(run(folder / "gpu.py", "run", folder, "--json", results, "--no-speed",
              "--no-compile", **driver))
    rows = json.loads(results.read_text())["rows"]
    assert {row["case"] for row in rows} == {"product", "attention", "model"}
    assert all(row["ok"] and row["peer_errors"] for row in rows)
    # How time is measured, not how long it takes.
    run(folder / "gpu.py", "run", folder, "--json", results, "--only=attention",
        "--rounds=1", "--turn=0.001", **driver)
    row, = json.loads(results.read_text())["rows"]
    assert row["seconds"] > 0 and row["ratios"]["SDPA"] > 0

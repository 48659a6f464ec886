# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fixtures of the framework tests."""

import pytest
import torch
import transformers

import support


def pytest_configure():
    # Small models gain nothing from threads; the tool under test has its own.
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def pytest_report_header():
    seeds = support.seeds()
    return (f"grow in {support.BIN_DIR}, GROW_TEST_SEED={seeds.start} "
            f"GROW_TEST_CASES={len(seeds)}, torch {torch.__version__}, "
            f"transformers {transformers.__version__}")


def pytest_generate_tests(metafunc):
    """A test that takes `seed` runs once for each seed of the session."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", support.seeds(), ids=lambda seed: f"seed{seed}")


@pytest.fixture(scope="session", autouse=True)
def tool():
    if not (support.BIN_DIR / "grow").is_file():
        pytest.exit(f"no grow in {support.BIN_DIR}: build it, or set GROW_BIN_DIR",
                    returncode=2)

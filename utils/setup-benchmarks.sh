#!/usr/bin/env bash
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: utils/setup-benchmarks.sh
#
# What benchmarks/ needs beyond utils/setup.sh, which it runs first: the libraries
# that contractions are held against, a compiler for torch.compile, and the Python
# packages of utils/requirements.txt. The last line names the Python to run them with.

set -euo pipefail

# shellcheck source=utils/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# Used by install_packages of setup.sh.
packages=(libopenblas0-pthread libdnnl-dev g++ python3-dev)
install_packages

make_venv
echo "$venv/bin/python"

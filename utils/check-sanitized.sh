#!/usr/bin/env bash
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: utils/check-sanitized.sh [LIT OPTION...]
#
# Builds with AddressSanitizer and UndefinedBehaviorSanitizer into build-sanitize/,
# and runs the unit tests and the lit tests of what reads, checks and rewrites
# models; the others run code that is not ours. Arguments go to lit, in place of
# the choice of tests, as in `utils/check-sanitized.sh --filter=IR -v`.

set -euo pipefail

case ${1:-} in
-h | --help)
  sed -n '5,/^$/{s/^# \{0,1\}//;p}' "$0"
  exit
  ;;
esac

preset=sanitize
# shellcheck source=utils/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

lit_options=("$@")
((${#lit_options[@]})) ||
  lit_options=('--filter=(IR|Expansion|TransformOps|Transforms|Conversion|Checkpoint|FiniteField|Proof)/')

say "Running unit tests"
ninja -C "$build" -j"$jobs" check-grow-unit
say "Running lit"
LIT_OPTS="-sv ${lit_options[*]@Q}" ninja -C "$build" -j"$jobs" check-grow

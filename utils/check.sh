#!/usr/bin/env bash
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: utils/check.sh [--quick] [LIT OPTION...]
#
# Builds, then runs every test: the mechanical rules of utils/lint.sh, lit, the unit
# tests and, unless --quick, the comparisons with PyTorch's transformers. Further
# arguments go to lit, as in `utils/check.sh --quick --filter=expand-mlp -v`.
#
# The last line counts the tests of all runners; the status is 0 if none failed.

set -euo pipefail

quick=false
lit_options=()
for argument; do
  case $argument in
  -h | --help)
    sed -n 's/^# \{0,1\}//; 5,/^$/p' "$0"
    exit
    ;;
  --quick) quick=true ;;
  *) lit_options+=("$argument") ;;
  esac
done

# shellcheck source=utils/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
results=$build/results
rm -rf "$results"
mkdir -p "$results"

# run NAME FILE COMMAND...: the command leaves its results in FILE; count-results.py
# reads that and how the command ended.
run() {
  local name=$1 file=$2 status=0
  shift 2
  say "Running $name"
  "$@" || status=$?
  printf '%s\t%d\t%s\n' "$name" "$status" "$file" >>"$results/runs"
}

lit() {
  local target=$1
  LIT_OPTS="-sv --output=$(printf %q "$results/$target.lit.json") ${lit_options[*]@Q}" \
    ninja -C "$build" -j"$jobs" "$target"
}

units() {
  GTEST_OUTPUT="xml:$results/check-grow-unit.xml" ninja -C "$build" -j"$jobs" check-grow-unit
}

frameworks() {
  make_venv || return
  GROW_BIN_DIR=$build/bin "$venv/bin/python" -m pytest -q -p no:cacheprovider -n "$jobs" \
    --junitxml="$results/frameworks.xml" "$root/test/Frameworks"
}

run lint "$results/lint.json" "$root/utils/lint.sh" --json "$results/lint.json"
run check-grow "$results/check-grow.lit.json" lit check-grow
run check-grow-unit "$results/check-grow-unit.xml" units
$quick || run frameworks "$results/frameworks.xml" frameworks

python3 "$root/utils/count-results.py" "$results/runs"

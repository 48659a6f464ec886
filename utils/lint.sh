#!/usr/bin/env bash
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: utils/lint.sh [--json FILE]
#
# The mechanical rules: each broken one is printed with the places that break it.
# With --json, which rules were kept (null: could not be checked).

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

json=
if (($#)); then
  [[ $# == 2 && $1 == --json ]] || { sed -n '5s/^# //p' "$0" >&2; exit 2; }
  json=$2
fi

outcomes=()

# Files that git tracks or would track, so that build trees never count.
files() { git ls-files --cached --others --exclude-standard --deduplicate -- "$@" |
  while IFS= read -r file; do [[ ! -f $file ]] || printf '%s\n' "$file"; done; }

# rule NAME ADVICE CHECK: CHECK prints the places that break the rule.
rule() {
  local name=$1 advice=$2 places
  places=$("$3")
  if [[ -z $places ]]; then
    outcomes+=("\"$name\": true")
    return
  fi
  outcomes+=("\"$name\": false")
  printf '%s\n%s: %s\n' "$places" "$name" "$advice" >&2
}

not_formatted() {
  files 'lib/*.cpp' 'lib/*.h' 'include/*.h' 'tools/*.cpp' 'tools/*.h' \
    'unittests/*.cpp' 'unittests/*.h' 'test/*.cpp' 'test/*.h' |
    xargs -r clang-format-22 --dry-run -Werror 2>&1 | grep -F 'error:' || true
}

# Without the flag such a test prints complaints and exits 0, whatever happens.
unverified_diagnostics() {
  local file
  files 'test/*.mlir' | while IFS= read -r file; do
    grep -qE '//.*expected-(error|warning|note|remark)' "$file" || continue
    grep -qE 'RUN:.*-verify-diagnostics' "$file" || echo "$file"
  done
}

stray_blanks() {
  files | grep -vE '\.(safetensors|png|bin)$|^LICENSE$' |
    xargs -r -d '\n' grep -nIHE $'\t|[ \t]+$' | cut -c1-100 || true
}

without_licence() {
  local file
  files '*.h' '*.cpp' '*.c' '*.td' '*.py' '*.sh' |
    grep -v '^examples/' | while IFS= read -r file; do
    head -n 12 "$file" | grep -qF 'Apache-2.0 WITH LLVM-exception' || echo "$file"
  done
}

wrong_guards() {
  local file guard
  files 'include/*.h' | while IFS= read -r file; do
    guard=$(tr 'a-z/.-' 'A-Z___' <<<"${file#include/}")
    grep -qxF "#ifndef $guard" "$file" || echo "$file: expected $guard"
  done
}

not_executable() {
  local file
  files '*.sh' .ci/run | while IFS= read -r file; do
    [[ -x $file ]] || echo "$file"
  done
}

if command -v clang-format-22 >/dev/null; then
  rule clang-format 'run clang-format-22 -i on these files' not_formatted
else
  outcomes+=('"clang-format": null')
  echo 'clang-format-22 is not installed: formatting is not checked' >&2
fi
rule verify-diagnostics 'expected-… without -verify-diagnostics in a RUN line checks nothing' \
  unverified_diagnostics
rule blanks 'no tabs, no trailing blanks' stray_blanks
rule licence 'the header must name Apache-2.0 WITH LLVM-exception' without_licence
rule include-guards 'the include guard is the path below include/' wrong_guards
rule executable 'scripts are executable' not_executable

if [[ -n $json ]]; then
  (IFS=,; printf '{%s}\n' "${outcomes[*]}") >"$json"
fi
[[ ${outcomes[*]} != *false* ]]

#!/usr/bin/env bash
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: utils/demo.sh
#
# Builds, then grows the small GPT-2 of this repository by the command that does it for
# any checkpoint, and shows that it still says what it said. Leaves build/demo/grown.

set -euo pipefail

# shellcheck source=utils/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$root"
export PATH=$build/bin:$PATH
source_model=models/tiny-gpt2
grown_model=build/demo/grown
prompt='This program is free software'
mkdir -p build/demo
rm -rf "$grown_model"

# Prints a command as one would type it.
announce() {
  local word line=
  for word; do
    [[ $word == *[!A-Za-z0-9_./+@,=-]* ]] && word="'$word'"
    line+=" $word"
  done
  printf '\n$%s\n' "$line"
}

show() {
  announce "$@"
  "$@"
}

show grow inspect "$source_model"
show grow apply "$source_model" -o "$grown_model" --mlp 768 --layers +2@2,4
show grow verify "$source_model" "$grown_model"
for model in "$source_model" "$grown_model"; do
  continuation=(grow run "$model" --text "$prompt" --new-tokens 80)
  announce "${continuation[@]}"
  "${continuation[@]}" | tee "build/demo/${model##*/}.txt"
done

for model in "$source_model" "$grown_model"; do
  grow inspect "$model" --json >"build/demo/${model##*/}.json"
done
grow verify "$source_model" "$grown_model" --json >build/demo/verify.json
echo
python3 utils/demo-table.py build/demo/{tiny-gpt2,grown,verify}.json

if cmp -s build/demo/{tiny-gpt2,grown}.txt; then
  echo "Both models continue the prompt with the same 80 bytes."
else
  echo "error: the grown model continues the prompt differently" >&2
  exit 1
fi

#!/usr/bin/env bash
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: utils/setup.sh [--sanitize]
#
# Makes build/ current: installs the Debian packages that are missing, configures,
# builds. Quick when there is nothing to do. Run it, or source it from a script
# that needs the tools; it then leaves $root, $build, $jobs, say, logged,
# install_packages and make_venv. With --sanitize, or if such a script sets $preset
# to it, the same for build-sanitize/: our own code watched for bad accesses and
# undefined behaviour.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=${preset:-release}
if [[ ${BASH_SOURCE[0]} == "$0" && ${1:-} == --sanitize ]]; then
  preset=sanitize
fi
build=$root/build
[[ $preset == release ]] || build=$root/build-$preset
logs=$build/logs

packages=(
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools
  clang-22 lld-22 clang-format-22 libomp-22-dev
  cmake ninja-build ccache libgtest-dev nlohmann-json3-dev python3-venv git
  libvulkan-dev libvulkan1 mesa-vulkan-drivers vulkan-validationlayers spirv-tools
)
[[ $preset != sanitize ]] || packages+=(libclang-rt-22-dev)

say() { printf '== %s\n' "$*"; }

# logged NAME COMMAND...: runs the command with its output in logs/NAME.log, which
# is shown if it fails.
logged() {
  local log=$logs/$1.log status=0
  shift
  mkdir -p "$logs"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    tail -n 60 "$log" >&2
    printf "error: '%s' failed with status %d; all of its output is in %s\n" \
      "$*" "$status" "$log" >&2
  fi
  return "$status"
}

install_packages() {
  local package missing=()
  if ! command -v dpkg-query >/dev/null; then
    say "Not a Debian system: taking LLVM/MLIR 22 and the rest as they are found"
    return
  fi
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  local sudo=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      printf 'error: as root, run: apt-get install %s\n' "${missing[*]}" >&2
      return 1
    fi
    sudo=(sudo)
  fi
  say "Installing ${missing[*]}"
  logged apt-update "${sudo[@]}" apt-get update
  logged apt-install "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# A compilation takes about half a gigabyte, and up to one with g++.
job_count() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  ((gigabytes >= 1)) || gigabytes=1
  echo $((cores < gigabytes ? cores : gigabytes))
}

configure() {
  local options=(--preset "$preset")
  # Ninja itself notices changed CMake files, but not a changed preset, nor that
  # the tree has moved since.
  if [[ $build/build.ninja -nt $root/CMakePresets.json ]] &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
    return
  fi
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  say "Configuring ${build##*/}/"
  (cd "$root" && logged configure cmake --fresh "${options[@]}")
}

build_all() {
  say "Building (log: ${build##*/}/logs/build.log)"
  logged build ninja -C "$build" -j"$jobs"
}

# The environment outlives build/ and is shared by all checkouts: it is gigabytes.
make_venv() {
  venv=${XDG_CACHE_HOME:-$HOME/.cache}/grow/venv
  local wanted=$root/utils/requirements.txt
  mkdir -p "$(dirname "$venv")"
  exec 9>"$venv.lock"
  flock 9
  if ! cmp -s "$wanted" "$venv/grow-requirements.txt"; then
    say "Installing Python packages into $venv"
    [[ -x $venv/bin/python ]] || logged venv python3 -m venv "$venv" || return
    logged pip "$venv/bin/python" -m pip install --disable-pip-version-check -r "$wanted" ||
      return
    cp "$wanted" "$venv/grow-requirements.txt"
  fi
  exec 9>&-
}

jobs=$(job_count)
install_packages
configure
build_all

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import platform
import re
import shutil
import subprocess

import lit.formats
from lit.llvm import llvm_config

config.name = "GROW"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test"]
# Inputs and sources of test programs; Frameworks is run by pytest.
config.excludes = ["Frameworks", "Inputs", "lib"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.grow_obj_root, "test")

# Code is compiled once for all runs of the suite, and never in the home directory.
config.environment["GROW_CACHE_DIR"] = os.path.join(config.grow_obj_root, "test", "code-cache")

llvm_config.with_system_environment([
    "HOME", "TMP", "TEMP", "TMPDIR", "XDG_CACHE_HOME",
    # Which devices there are.
    "GROW_CUDA_DEVICE", "GROW_VULKAN_DEVICE", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"])
llvm_config.use_default_substitutions()

# Ours first, so that a grow-opt installed elsewhere is never tested by mistake.
# The tool `grow` is found this way only: as a substitution it would also replace
# the word in `--remarks-filter=grow`.
config.environment["PATH"] = os.pathsep.join(
    [config.grow_tools_dir, config.llvm_tools_dir, config.environment["PATH"]])
llvm_config.add_tool_substitutions(
    [tool for tool in config.grow_tools if tool != "grow"], [config.grow_tools_dir])
llvm_config.add_tool_substitutions(
    ["mlir-opt", "mlir-runner", "mlir-translate", "split-file"], [config.llvm_tools_dir])

config.substitutions += [
    ("%cc", config.host_cc),
    ("%cmake", config.cmake),
    ("%cxx", config.host_cxx),
    ("%fake_cuda", os.path.join(config.grow_lib_dir, "libgrow-fake-cuda.so")),
    # The emulated GPU and kernels built for it, once for all tests.
    ("%emulator", os.path.join(config.grow_obj_root, "test", "cuda-emulator")),
    ("%examples", os.path.join(config.grow_src_root, "examples")),
    ("%grow_lib_dir", config.grow_lib_dir),
    ("%grow_obj_root", config.grow_obj_root),
    ("%grow_runtime", os.path.join(config.grow_lib_dir, "libGrowRuntime.a")),
    ("%grow_plugin", os.path.join(config.grow_lib_dir, "GrowPlugin.so")),
    ("%grow_src_root", config.grow_src_root),
    ("%llvm_include_dir", config.llvm_include_dir),
    ("%inputs", os.path.join(config.test_source_root, "Inputs")),
    ("%mlir_libs", ",".join(
        os.path.join(config.llvm_lib_dir, f"lib{name}.so")
        for name in ["mlir_runner_utils", "mlir_c_runner_utils"])),
    ("%ninja", config.ninja),
    ("%omp_lib", os.path.join(config.llvm_lib_dir, "libomp.so")),
    ("%python", config.python_executable),
]

# What a machine or a build may lack.
if os.path.exists(os.path.join(config.llvm_lib_dir, "libomp.so")):
    config.available_features.add("openmp")
if shutil.which("spirv-val"):
    config.available_features.add("spirv-val")
config.available_features.add(platform.machine())
config.available_features.add(platform.system().lower())
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo") as cpuinfo:
        if re.search(r"^flags\s*:.*\bavx512_bf16\b", cpuinfo.read(), re.MULTILINE):
            config.available_features.add("avx512bf16")
if os.path.exists(os.path.join(config.llvm_tools_dir, "llc")):
    targets = subprocess.run([os.path.join(config.llvm_tools_dir, "llc"), "--version"],
                             capture_output=True, text=True).stdout
    for name, target in (("x86-64", "x86"), ("aarch64", "aarch64")):
        if re.search(rf"^ *{name} ", targets, re.MULTILINE):
            config.available_features.add(f"{target}-registered-target")
try:
    devices = subprocess.run(
        [os.path.join(config.grow_tools_dir, "grow"), "inspect", "--devices", "--json"],
        capture_output=True, text=True, check=True).stdout
    kinds = {device["kind"] for device in json.loads(devices)["devices"]}
    config.available_features.update(kinds & {"vulkan", "cuda"})
except (OSError, subprocess.CalledProcessError):
    pass  # Tests of other tools can run without it.
if os.path.exists("/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json"):
    config.available_features.add("vulkan-validation")
if config.llvm_use_sanitizer:
    # lit.llvm sets the features asan and ubsan. libMLIR.so is not instrumented: its
    # containers and allocators do not say what they unpoison, and its singletons
    # live to the end.
    config.environment["ASAN_OPTIONS"] = (
        "detect_leaks=0:detect_container_overflow=0:allow_user_poisoning=0")
    config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
else:
    # Instrumented libraries link and load into nothing that is not.
    config.available_features.add("plain-libraries")

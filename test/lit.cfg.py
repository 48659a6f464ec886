# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# See the LICENSE file for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "grow"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.grow_obj_root, "test")

llvm_config.use_default_substitutions()
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_environment("PATH", config.grow_tools_dir, append_path=True)


def runtime(name):
    return os.path.join(config.llvm_lib_dir, name)


config.substitutions += [
    ("%mlir_libs", ",".join(map(runtime, ["libmlir_runner_utils.so",
                                          "libmlir_c_runner_utils.so"]))),
    ("%omp_lib", runtime("libomp.so")),
]
if os.path.exists(runtime("libomp.so")):
    config.available_features.add("openmp")

llvm_config.add_tool_substitutions(
    [ToolSubst("mlir-runner", unresolved="fatal"), "mlir-translate",
     "grow-opt"],
    [config.grow_tools_dir, config.llvm_tools_dir])

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import lit.formats

config.name = "GROW-Unit"
config.suffixes = []
config.test_source_root = config.grow_unittests_dir
config.test_exec_root = config.grow_unittests_dir
config.test_format = lit.formats.GoogleTest(".", "grow-unittests")
if config.llvm_use_sanitizer:
    # As in test/lit.cfg.py.
    config.environment["ASAN_OPTIONS"] = "detect_leaks=0:detect_container_overflow=0"
    config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"

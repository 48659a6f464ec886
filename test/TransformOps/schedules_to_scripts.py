# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Turns every schedule of a module into a transform script that does the same, line by line, so
that comments which expect a diagnostic stay where they belong:

    grow.schedule @s {            transform.named_sequence @__transform_main(...) {
      grow.expand_mlp to 16         transform.grow.expand_mlp to 16 in %model : ...
    }                               transform.yield }

Usage: schedules_to_scripts.py < module > module
"""

import re
import sys

BEGIN = ("module attributes {transform.with_named_sequence} { transform.named_sequence "
         "@__transform_main(%model: !transform.any_op {transform.readonly}) {")
END = "transform.yield } }"

end = None  # of the schedule that the line is in
for line in sys.stdin.read().splitlines():
    schedule = re.match(r"( *)grow\.schedule @\w+ \{$", line)
    expansion = re.match(r"( *)(grow\..*)$", line)
    if schedule:
        end = schedule[1] + "}"
        line = schedule[1] + BEGIN
    elif line == end:
        line = end[:-1] + END
        end = None
    elif end is not None and expansion:
        line = f"{expansion[1]}transform.{expansion[2]} in %model : !transform.any_op"
    print(line)

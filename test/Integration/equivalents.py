# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mutants that are no mistakes.

Some edits of a grown model leave its function as it is. Each reason why is a predicate,
decided on the values of the parameters before and after, and an argument. What a
predicate claims is checked: the mutant must agree with the source by the dialect's
meaning. A mutant that agrees and that no predicate claims is a failure.
"""

import math
import re

import mutations
import reference

# Above rounding, of entries that are about 1.
NOTHING = 1e-12


class Case:
    """A mutant, with the values of parameters before and after."""

    def __init__(self, kind: str, pair, edit, before: reference.Model, text: str):
        self.kind, self.pair, self.edit = kind, pair, edit
        self.module = mutations.Module(text)
        self.before, self.after = before, reference.Model(reference.parse(text)[0])
        self.changed = [param for param in pair.grown.params.values()
                        if any(param.begin <= index <= param.end for index in edit.changes)]
        # What did not change need not be derived again.
        names = {param.name for param in self.changed}
        for name, param in pair.grown.params.items():
            if name not in names:
                self.after.values[name] = before.param(name)

        find_idle(pair.grown, self.before)
        find_idle(self.module, self.after)

    @property
    def in_function(self) -> bool:
        return any(index >= self.pair.grown.start for index in self.edit.changes)

    def op(self):
        """The op that changed, or that reads what changed."""
        return self.pair.grown.lines[self.edit.index]

    def layers(self) -> set:
        """The layers that changed, "" for what is in none."""
        grown = self.pair.grown
        return {param.layer for param in self.changed} | {
            grown.scope(index) for index in self.edit.changes if index >= grown.start}


# What is zero ----------------------------------------------------------------

def slices(tensor: reference.Tensor, axes) -> dict:
    """The largest magnitude in each slice, by its coordinates along some axes."""
    found = {}
    for index, value in enumerate(tensor.data):
        at = reference.coordinates(index, tensor.shape)
        key = tuple(at[axis] for axis in axes)
        found[key] = max(found.get(key, 0.0), abs(value))
    return found


def zero_slices(tensor: reference.Tensor, axes) -> set:
    return {key for key, size in slices(tensor, axes).items() if size <= NOTHING}


def zero_inputs(values: dict, weight: str, axes) -> set:
    """Outputs of a projection, the axes after the first, that are zero whatever it reads."""
    zeros = zero_slices(values[weight], axes)
    bias = values.get(weight + "_bias")
    return zeros & zero_slices(bias, [axis - 1 for axis in axes]) if bias else zeros


def silent_units(values: dict) -> set:
    """Hidden units of an MLP that add nothing."""
    found = zero_inputs(values, "up", [1]) | zero_slices(values["down"], [0])
    return found | zero_inputs(values, "gate", [1]) if "gate" in values else found


def silent_values(values: dict) -> set:
    """Groups, queries and value channels of an attention that add nothing."""
    zeros = zero_inputs(values, "v", [1, 2])
    groups, queries, width = values["o"].shape[:3]
    return zero_slices(values["o"], [0, 1, 2]) | {
        (g, r, v) for g in range(groups) for r in range(queries) for v in range(width)
        if (g, v) in zeros}


def silent_channels(op, values: dict) -> set:
    """Groups, queries and key channels of an attention that add nothing to a score."""
    groups, queries, width = values["q"].shape[1:]
    keys, asks = zero_inputs(values, "k", [1, 2]), zero_inputs(values, "q", [1, 2, 3])

    def silent(g, r, channels):
        return (all((g, c) in keys for c in channels)
                or all((g, r, c) in asks for c in channels))
    return {(g, r, c) for g in range(groups) for r in range(queries) for c in range(width)
            if silent(g, r, partners(op, c))}


def rope_of(op):
    match = mutations.ROPE.match(op.attributes.get("rope", ""))
    return (match.group(1), len(match.group(2).split(","))) if match else ("", 0)


def partners(op, channel: int) -> list:
    """The channels that rotate together with one."""
    layout, pairs = rope_of(op)
    if channel >= 2 * pairs:
        return [channel]
    if layout == "half_split":
        return [channel % pairs, channel % pairs + pairs]
    return [channel - channel % 2, channel - channel % 2 + 1]


def param_values(module, index: int, model: reference.Model) -> dict:
    """The values of an op's parameters, by role, with zeros for what multiplies zeros."""
    return {role: masked(model.param(module.param_of(index, value)), role, model)
            for role, value in module.operands(index).items()}


def masked(tensor: reference.Tensor, role: str, model: reference.Model) -> reference.Tensor:
    idle = getattr(model, "idle", set())
    if role not in ("q", "k", "v", "up", "gate") or not idle:
        return tensor
    width = len(tensor.data) // tensor.shape[0]
    rows = [[0.0] * width if at in idle else row
            for at, row in enumerate(reference.chunks(tensor.data, width))]
    return reference.Tensor(tensor.shape, sum(rows, []))


def find_idle(module, model: reference.Model) -> None:
    """Units are silent more often if channels are known to be zero, and conversely."""
    if not hasattr(model, "idle"):
        model.idle = set()
        for _ in range(2):
            model.idle = idle_channels(module, model)


def idle_channels(module, model: reference.Model) -> set:
    """Channels of the stream that norms leave zero: nothing is written to them, or, where
    layer norms centre all channels, only the mean of all."""
    norms = [line for _, line in module.ops(*mutations.NORMS)]
    centred = all(line.name == "grow.layer_norm" and reference.integer(
        line.attributes["centered"]) == reference.shape_of(line.types()[1])[0]
        for line in norms)
    identities = {layer.name for layer in module.layers if is_identity(module, layer, model)}
    found = None
    for param in module.params.values():
        for role in param.roles if param.layer not in identities else ():
            axis = mutations.HIDDEN_OUT.get(role, 0 if role == "shift" else None)
            if axis is not None:
                rows = written_rows(module, param, role, axis, model)
                if rows:
                    idle = idle_in(rows, centred and role != "shift")
                    found = idle if found is None else found & idle
    return found or set()


def written_rows(module, param, role: str, axis: int, model: reference.Model) -> list:
    """What a parameter writes to the stream, but for units that are silent."""
    tensor = model.param(param.name)
    rows = reference.chunks(tensor.data, tensor.shape[axis])
    if role not in ("o", "down"):
        return rows
    values = next(found for found in (param_values(module, index, model) for index in param.ops)
                  if role in found)
    return live_rows(values, role)


def live_rows(values: dict, role: str) -> list:
    tensor = values[role]
    silent = silent_values(values) if role == "o" else silent_units(values)
    units = tensor.shape[:-1]
    return [row for place, row in enumerate(reference.chunks(tensor.data, tensor.shape[-1]))
            if reference.coordinates(place, units) not in silent]


def idle_in(rows: list, centred: bool) -> set:
    """Channels of rows that are zero everywhere, or the mean of their row."""
    width = len(rows[0]) if rows else 0
    means = [sum(row) / width if centred else 0.0 for row in rows]
    return {at for at in range(width)
            if all(abs(row[at]) <= NOTHING for row in rows)
            or all(abs(row[at] - mean) <= NOTHING for row, mean in zip(rows, means))}


# Reasons ---------------------------------------------------------------------

def same_values(case: Case) -> bool:
    if case.in_function:
        return False
    for param in case.changed:
        old, new = case.before.param(param.name), case.after.param(param.name)
        if max(map(abs, (a - b for a, b in zip(old.data, new.data)))) > NOTHING:
            return False
    return True


def is_identity(module, layer, model: reference.Model) -> bool:
    """Whether a layer adds nothing but zeros to its stream."""
    same, zeros = set(), {}  # values that are the stream, and the channels that are zero
    for index in range(layer.begin + 1, layer.end):
        line = module.lines[index]
        if not isinstance(line, mutations.Line):
            same.add(re.search(r"(%\w+):", line).group(1))
            channels = set(range(reference.shape_of(
                re.search(r"tensor<[^>]*>", line).group().replace("?", "1"))[-1]))
        elif line.name == "grow.yield":
            return line.operands[0] in same
        elif line.name == "arith.addf":
            left, right = line.operands
            zeros[line.result] = zeros.get(left, set()) & zeros.get(right, set())
            for one, other in [(left, right), (right, left)]:
                if one in same and zeros.get(other) == channels:
                    same.add(line.result)
        elif line.name != "grow.get":
            zeros[line.result] = zeros_made(module, index, model, zeros, channels)
    return False


def zeros_made(module, index: int, model: reference.Model, zeros: dict, channels: set) -> set:
    """The channels of an op's result that are zero."""
    line, values = module.lines[index], param_values(module, index, model)
    given = zeros.get(line.operands[0], set())
    if line.name == "grow.scale":
        return given
    if line.name in mutations.NORMS:
        offset = 1.0 if "unit_offset" in line.attributes else 0.0
        found = {at for at, gain in enumerate(values["gain"].data)
                 if abs(offset + gain) <= NOTHING}
        # A layer norm subtracts a mean from channels that are zero.
        found |= given if line.name == "grow.rms_norm" or given == channels else set()
        return found & unbiased(values, "shift", channels)
    if line.name == "grow.attention":
        silent = len(silent_values(values)) == math.prod(values["o"].shape[:3])
        return written(values, "o", silent, channels)
    if line.name == "grow.mlp":
        silent = len(silent_units(values)) == values["down"].shape[0] or pairs_cancel(values)
        return written(values, "down", silent, channels)
    return set()


def unbiased(values: dict, role: str, channels: set) -> set:
    return {key for key, in zero_slices(values[role], [0])} if role in values else channels


def written(values: dict, role: str, silent: bool, channels: set) -> set:
    """The channels to which a projection that may be silent writes zeros."""
    rows = [] if silent else live_rows(values, role)
    zeros = idle_in(rows, False) if rows else channels
    return zeros & unbiased(values, role + "_bias", channels)


def pairs_cancel(values: dict) -> bool:
    """Whether silent units and units with equal inputs and opposite outputs are all."""
    sums, silent = {}, silent_units(values)
    width, hidden = values["down"].shape
    for unit in range(width):
        if (unit,) in silent:
            continue
        key = tuple(tuple(value.data[unit::width]) for role, value in sorted(values.items())
                    if role not in ("down", "down_bias"))
        row = values["down"].data[unit * hidden:(unit + 1) * hidden]
        sums[key] = [a + b for a, b in zip(sums.get(key, [0.0] * hidden), row)]
    return all(abs(entry) <= NOTHING for row in sums.values() for entry in row)


def identity_inside(case: Case) -> bool:
    """Only layers changed that add nothing, and they still add nothing."""
    if case.kind in ("layers swapped", "a layer dropped", "a layer twice"):
        return False
    touched = case.layers()
    layers = [layer for layer in case.module.layers if layer.name in touched]
    return "" not in touched and all(is_identity(case.module, layer, case.after)
                                     for layer in layers)


def past_identities(case: Case) -> bool:
    """An op outside of layers reads a value before layers that add nothing, or after."""
    if not case.kind.endswith("reads another value") or case.edit.layer:
        return False
    grown = case.pair.grown
    inputs = {grown.lines[layer.begin].result: grown.lines[layer.begin].operands[0]
              for layer in grown.layers if is_identity(grown, layer, case.before)}

    def origins(line):
        found = []
        for value in line.operands:
            while value in inputs:
                value = inputs[value]
            found.append(value)
        return found
    return origins(case.op()) == origins(case.edit.changes[case.edit.index][0])


def identity_moved(case: Case) -> bool:
    if past_identities(case):
        return True
    if case.kind not in ("layers swapped", "a layer dropped", "a layer twice"):
        return False
    grown, names = case.pair.grown, {case.edit.layer, case.edit.what.get("other")}
    return any(is_identity(grown, layer, case.before)
               for layer in grown.layers if layer.name in names)


def changed_channels(case: Case, param) -> set:
    """Along the last axis."""
    old, new = case.before.param(param.name), case.after.param(param.name)
    return {place % old.shape[-1] for place, (a, b) in enumerate(zip(old.data, new.data))
            if abs(a - b) > NOTHING}


def bias_of_keys(case: Case) -> bool:
    turning = 2 * rope_of(case.op())[1]
    if {"softcap", "qk_count"} & set(case.op().attributes):
        return False
    if case.in_function:
        return not turning and case.edit.what.get("role") == "k_bias"
    return all(param.role == "k_bias" and all(channel >= turning for channel in changed_channels(case, param))
               for param in case.changed)


def between_queries_and_keys(case: Case) -> bool:
    roles = {param.role for param in case.changed}
    given = case.pair.grown.operands(case.edit.index)
    return (case.kind == "a factor put on another parameter" and roles == {"q", "k"}
            and not {"q_bias", "k_bias", "q_gain"} & set(given))


def one_pair(case: Case) -> bool:
    return case.kind == "the rotary layout changed" and rope_of(case.op())[1] == 1


def silent_pair(case: Case) -> bool:
    """A frequency of channels that add nothing to a score."""
    at = case.edit.what.get("frequency")
    if at is None:
        return False
    layout, pairs = rope_of(case.op())
    channel = at if layout == "half_split" else 2 * at
    values = param_values(case.pair.grown, case.edit.index, case.before)
    groups, queries = values["q"].shape[1:3]
    assert pairs > at
    return silent_channels(case.op(), values) >= {
        (g, r, channel) for g in range(groups) for r in range(queries)}


def silent_head(case: Case) -> bool:
    head = case.edit.what.get("head")
    if head is None:
        return False
    values = param_values(case.pair.grown, case.edit.index, case.before)
    _, queries, width = values["o"].shape[:3]
    return silent_values(values) >= {
        (head // queries, head % queries, v) for v in range(width)}


def centred_stream(case: Case) -> bool:
    """The first channels of all that is written sum to zero, by the old and the new count."""
    if not case.kind.startswith(("centring", "one channel less centred")):
        return False
    new = case.edit.changes[case.edit.index][0]
    counts = {reference.integer(line.attributes["centered"]) for line in (case.op(), new)}
    for param in case.pair.grown.params.values():
        for role in param.roles:
            axis = mutations.HIDDEN_OUT.get(role)
            if axis is not None:
                tensor = case.before.param(param.name)
                width = tensor.shape[axis]
                if any(abs(sum(row[:count])) > NOTHING * width
                       for row in reference.chunks(tensor.data, width) for count in counts):
                    return False
    return True


# The axis of the stream's channels in what reads them.
HIDDEN_IN = {"q": 0, "k": 0, "v": 0, "up": 0, "gate": 0, "logits": 1, "weight": 0, "gain": 0}
MLP_AXIS = {"up": 1, "up_bias": 0, "gate": 1, "gate_bias": 0, "down": 0}


def unread_entries(case: Case) -> bool:
    """Only entries changed that nothing reads, before and after."""
    if case.in_function or not case.changed:
        return False
    zeros = case.before.idle & case.after.idle
    return all(all(unread(case, param, role, index, zeros) for index in param.ops
                   for role in roles_at(case, param, index)) for param in case.changed)


def roles_at(case: Case, param, index: int) -> list:
    grown = case.pair.grown
    return [role for role, value in grown.operands(index).items()
            if grown.param_of(index, value) == param.name]


def unread(case: Case, param, role: str, index: int, zeros: set) -> bool:
    grown, op = case.pair.grown, case.pair.grown.lines[index]
    old, new = case.before.param(param.name), case.after.param(param.name)
    rows = source_rows(case, role, index)
    silent = None
    for place, (a, b) in enumerate(zip(old.data, new.data)):
        if abs(a - b) <= NOTHING:
            continue
        at = reference.coordinates(place, old.shape)
        # The stream's size is also that of the normalised queries' gains.
        if role in HIDDEN_IN and at[HIDDEN_IN[role]] in zeros or rows and at[0] >= rows:
            continue
        if silent is None:
            silent = silent_in(op, param_values(grown, index, case.before)) & silent_in(
                op, param_values(grown, index, case.after))
        if not is_silent(op, role, at, silent):
            return False
    return True


def source_rows(case: Case, role: str, index: int) -> int:
    """How many tokens or positions the source knows."""
    if role not in ("table", "logits", "logits_bias", "positions"):
        return 0
    at = 0 if role == "logits_bias" else 1
    return reference.shape_of(case.pair.same_op(index).types()[at + (role == "logits_bias") * 2])[0]


def silent_in(op, values: dict) -> set:
    if op.name == "grow.mlp":
        return silent_units(values)
    if op.name == "grow.attention":
        # What is normalised depends on every channel.
        channels = silent_channels(op, values) if "q_gain" not in values else ()
        return {("value", *key) for key in silent_values(values)} | {
            ("key", *key) for key in channels}
    return set()


def is_silent(op, role: str, at: tuple, silent: set) -> bool:
    """Whether an entry belongs to a unit, or to value or key channels, that are silent."""
    if op.name == "grow.mlp":
        return role in MLP_AXIS and (at[MLP_AXIS[role]],) in silent
    if op.name != "grow.attention" or role in ("o_bias", "q_gain", "k_gain"):
        return False
    kind = "key" if role[0] in "qk" else "value"
    at = at[1:] if role in ("q", "k", "v") else at
    # Keys and values are those of all queries of their group.
    place = at[:3] if role[0] in "qo" else (at[0], None, at[1])
    keys = [key for key in silent if key[0] == kind and matches(key[1:], place)]
    return len(keys) == (1 if place[1] is not None else queries_in(silent, kind))


def matches(key: tuple, place: tuple) -> bool:
    return all(want is None or have == want for have, want in zip(key, place))


def queries_in(silent: set, kind: str) -> int:
    return 1 + max((key[2] for key in silent if key[0] == kind), default=0)


REASONS = [
    ("the same values", same_values,
     "Every parameter has the value it had: zeros among zeros have no place, and steps "
     "along different axes commute where one of them makes zeros."),
    ("a layer that adds nothing", identity_inside,
     "A new layer's branches end in zeros. What is computed before them, or read, or "
     "masked, does not reach the stream as long as they do."),
    ("an identity moved", identity_moved,
     "A layer that adds nothing is the identity: it commutes with every layer, and may be "
     "left out, applied twice or read past."),
    ("the bias of keys", bias_of_keys,
     "On channels that do not turn, without a cap and without normalised keys, the bias of "
     "keys adds the same number to all scores of a query, and softmax does not see it."),
    ("between queries and keys", between_queries_and_keys,
     "A score is bilinear in queries and keys: without biases a factor may stand on either."),
    ("one rotary pair", one_pair,
     "With one frequency both layouts rotate channels 0 and 1."),
    ("a silent rotary pair", silent_pair,
     "The pair's channels of keys, or those of queries, are zero, and stay so when turned."),
    ("a silent head's slope", silent_head,
     "What a head attends to does not matter if its rows of the output, or its values, "
     "are zero."),
    ("a centred stream", centred_stream,
     "All that is written has mean zero and is padded with zeros: the mean that norms "
     "subtract is zero, however many channels it is taken of."),
    ("entries that nothing reads", unread_entries,
     "They are of channels that norms leave zero, of units that are silent by their "
     "other side, or of tokens and positions that the source does not know."),
]

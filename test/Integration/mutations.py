# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ways to break a grown model, one thing at a time.

A grown model is read in the generic form of the IR; a mutation is a function that yields
edits of it, each a tempting mistake: a factor on the wrong parameter, a block in the
wrong place, a norm that divides by another number. Every edit leaves a text that parses;
whether it verifies is for the verifier to say, and whether it computes something else is
for the judges (mutants.py).
"""

import dataclasses
import math
import re
from fractions import Fraction

import reference

# What is put where zeros or means belong. Random, for norms that centre the stream do
# not see the same number in all channels.
NOISE = "#grow.normal<stddev = 1/2, seed = 9999>"

# The parameters of each op, in the order of its operands after the first.
ROLES = {
    "grow.embedding": ["table"],
    "grow.position_embedding": ["positions"],
    "grow.type_embedding": ["types"],
    "grow.patch_embedding": ["patches", "patch_bias", "class_token"],
    "grow.unembedding": ["logits", "logits_bias"],
    "grow.rms_norm": ["gain"],
    "grow.layer_norm": ["gain", "shift"],
    "grow.attention": ["q", "q_bias", "k", "k_bias", "v", "v_bias", "o", "o_bias",
                       "q_gain", "k_gain"],
    "grow.mlp": ["up", "up_bias", "gate", "gate_bias", "down", "down_bias"],
    "grow.dense": ["weight", "dense_bias"],
}
NORMS = ("grow.rms_norm", "grow.layer_norm")
# The axis of the key channels, of the values, of the query heads and of the groups.
KEY_AXIS = {"q": 3, "q_bias": 2, "k": 2, "k_bias": 1}
VALUE_AXIS = {"v": 2, "v_bias": 1, "o": 2}
QUERY_AXIS = {"q": 2, "q_bias": 1, "o": 1}
HIDDEN_OUT = {"table": 1, "positions": 1, "types": 1, "patches": 3, "patch_bias": 0,
              "class_token": 0, "o": 3, "o_bias": 0, "down": 1, "down_bias": 0,
              "weight": 1, "dense_bias": 0}


# Text ------------------------------------------------------------------------

@dataclasses.dataclass
class Line:
    """An op of the generic form."""
    result: str
    name: str
    operands: list
    attributes: dict
    rest: str

    def __str__(self):
        result = f"{self.result} = " if self.result else ""
        attributes = ", ".join(f"{key} = {value}" if value else key
                               for key, value in self.attributes.items())
        properties = f" <{{{attributes}}}>" if attributes else ""
        return f'{result}"{self.name}"({", ".join(self.operands)}){properties}{self.rest}'

    def types(self) -> list:
        """Those of the operands."""
        return reference.split(re.search(r"\((.*)\) -> ", self.rest).group(1))

    def result_type(self) -> str:
        return self.rest.rpartition("-> ")[2]

    def having(self, **attributes):
        """A copy with some attributes set, or left out where the value is None."""
        found = {**self.attributes, **attributes}
        return dataclasses.replace(
            self, attributes={key: value for key, value in found.items() if value is not None})

    def reading(self, operands: list, types: list = None):
        rest = self.rest
        if types is not None:
            rest = f" : ({', '.join(types)}) -> {self.result_type()}"
        return dataclasses.replace(self, operands=operands, rest=rest)


def parse_line(text: str):
    match = reference.OP.match(text)
    if not match:
        return text
    result, name, operands, attributes, rest = match.groups()
    return Line(result, name, reference.split(operands),
                reference.parse_attributes(attributes or ""), rest)


def exact(text: str):
    """`1/4 * sqrt(2)` as the square of the number, with its sign."""
    text = re.sub(r"^#grow\.exact<(.*)>$", r"\1", text)
    root = re.search(r"sqrt\((\d+)\)", text)
    rational = re.sub(r"\s*\*?\s*sqrt\(\d+\)", "", text).strip()
    value = Fraction(-1 if rational == "-" else rational or 1)
    return (-1 if value < 0 else 1) * value * value * (int(root.group(1)) if root else 1)


def without_squares(value: int):
    """A number as the product of a square, given by its root, and the rest."""
    root = math.isqrt(value)
    if root * root == value:
        return root, 1
    outside, factor = 1, 2
    while factor * factor <= value:
        while value % (factor * factor) == 0:
            value, outside = value // (factor * factor), outside * factor
        factor += 1
    return outside, value


def exact_text(square: Fraction) -> str:
    """The number with this square, and the square's sign."""
    above, inside_above = without_squares(abs(square.numerator))
    below, inside_below = without_squares(square.denominator)
    outside = Fraction(above if square > 0 else -above, below * inside_below)
    inside = inside_above * inside_below
    return f"#grow.exact<{outside} * sqrt({inside})>" if inside > 1 else f"#grow.exact<{outside}>"


def number(value: int) -> str:
    return f"{value} : i64"


def array(values) -> str:
    values = list(values)
    kind = "f64" if isinstance(values[0], float) else "i64"
    return f"array<{kind}: {', '.join(map(repr, values))}>"


# Derivations -----------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Step:
    """An op of a derivation, which reads the one before."""
    name: str
    attributes: tuple
    type: str = ""  # of what begins a derivation

    def get(self, key: str, default: str = "") -> str:
        return dict(self.attributes).get(key, default)

    @property
    def axis(self) -> int:
        return reference.integer(self.get("axis"))

    @property
    def positions(self) -> list:
        return reference.numbers(self.get("positions"))

    @property
    def sizes(self) -> list:
        return reference.numbers(self.get("sizes"))

    def having(self, **attributes):
        return dataclasses.replace(
            self, attributes=tuple({**dict(self.attributes), **attributes}.items()))


def step(name: str, **attributes) -> Step:
    return Step(f"grow.{name}", tuple(attributes.items()))


def result_shape(shape: tuple, op: Step):
    """The shape that a step makes; None if it cannot."""
    found = list(shape)
    if op.name == "grow.extend":
        if op.axis >= len(shape) or max(op.positions) > shape[op.axis]:
            return None
        found[op.axis] += sum(op.sizes)
    elif op.name == "grow.regroup":
        axis = op.axis
        pair = [reference.integer(op.get(key)) for key in ("outer", "inner")]
        if axis + 1 >= len(shape) or math.prod(pair) != shape[axis] * shape[axis + 1]:
            return None
        found[axis:axis + 2] = pair
    elif op.name == "grow.center" and op.axis >= len(shape):
        return None
    return tuple(found)


def tensor_type(shape: tuple, element: str) -> str:
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


def element_of(type_text: str) -> str:
    return re.search(r"(\w+)>$", type_text).group(1).rpartition("x")[2]


def derivation_lines(steps: list, result_type: str):
    """The body of a parameter; None if its type would be another."""
    element, shape = element_of(result_type), reference.shape_of(steps[0].type)
    lines = [str(Line("%d0", steps[0].name, [], dict(steps[0].attributes),
                      f" : () -> {steps[0].type}"))]
    for number_, op in enumerate(steps[1:], 1):
        before, shape = shape, result_shape(shape, op)
        if shape is None:
            return None
        lines.append(str(Line(f"%d{number_}", op.name, [f"%d{number_ - 1}"], dict(op.attributes),
                              f" : ({tensor_type(before, element)}) -> "
                              f"{tensor_type(shape, element)}")))
    if tensor_type(shape, element) != result_type:
        return None
    return lines + [f'"grow.yield"(%d{len(steps) - 1}) : ({result_type}) -> ()']


# Models ----------------------------------------------------------------------

@dataclasses.dataclass
class Param:
    name: str
    type: str
    begin: int  # the line that declares it
    end: int    # the line that closes it
    steps: list  # empty if it is the source's
    roles: list = dataclasses.field(default_factory=list)
    ops: list = dataclasses.field(default_factory=list)  # lines that read it
    layer: str = ""

    @property
    def role(self) -> str:
        return self.roles[0] if self.roles else ""

    @property
    def is_bias(self) -> bool:
        return self.role.endswith("bias") or self.role == "shift"


@dataclasses.dataclass
class Layer:
    name: str
    begin: int
    end: int

    @property
    def is_new(self) -> bool:
        return self.name.startswith("new.")


class Module:
    """A model in the generic form, line by line."""

    def __init__(self, text: str):
        self.lines = [parse_line(line) for line in reference.expand_aliases(text)]
        self.params, self.layers, self.producers = {}, [], {}
        self.find_params()
        self.find_function()
        self.scopes = [""] * len(self.lines)
        for layer in self.layers:
            self.scopes[layer.begin + 1:layer.end] = [layer.name] * (layer.end - layer.begin - 1)
        self.find_roles()

    def text(self, changes: dict = None) -> str:
        """The module, with some lines replaced by others."""
        changes = changes or {}
        return "\n".join(line for index, old in enumerate(self.lines)
                         for line in map(str, changes.get(index, [old]))) + "\n"

    def find_params(self) -> None:
        for begin, line in enumerate(self.lines):
            if not isinstance(line, Line) or line.name != "grow.param":
                continue
            end, steps = begin + 1, []
            while isinstance(self.lines[end], Line):
                op = self.lines[end]
                if op.name != "grow.yield":
                    first = op.result_type() if not op.operands else ""
                    steps.append(Step(op.name, tuple(op.attributes.items()), first))
                end += 1
            name = line.attributes["sym_name"].strip('"')
            self.params[name] = Param(name, line.attributes["type"], begin, end, steps)

    def find_function(self) -> None:
        self.start = next(index for index, line in enumerate(self.lines)
                          if isinstance(line, Line) and line.name == "func.func")
        for index in range(self.start, len(self.lines)):
            line = self.lines[index]
            if isinstance(line, Line) and line.name == "grow.layer":
                end = index
                while not str(self.lines[end]).startswith("})"):
                    end += 1
                self.layers.append(Layer(line.attributes["name"].strip('"'), index, end))

    def find_roles(self) -> None:
        for index, line in self.ops():
            if line.result:
                self.producers[self.scope(index), line.result] = index
        for index, line in self.ops():
            for role, operand in self.operands(index).items():
                param = self.params[self.param_of(index, operand)]
                param.roles.append(role)
                param.ops.append(index)
                param.layer = self.layer_of(index)

    def ops(self, *names: str):
        """The ops of the function and their lines; all of them, or those of some names."""
        for index in range(self.start, len(self.lines)):
            line = self.lines[index]
            if isinstance(line, Line) and (not names or line.name in names):
                yield index, line

    def scope(self, index: int):
        """What tells apart values of the same name: the layer around the line."""
        return self.scopes[index]

    layer_of = scope

    def result_type(self, index: int) -> str:
        """What the op of a line results in; a layer says so where it ends."""
        ends = {layer.begin: layer.end for layer in self.layers}
        line = self.lines[index]
        return str(self.lines[ends[index]]).rpartition("-> ")[2] if index in ends \
            else line.result_type()

    def param_of(self, index: int, value: str) -> str:
        """The name of the parameter that is a value in a line's scope."""
        get = self.lines[self.producers[self.scope(index), value]]
        return re.sub(r'^@"?|"$', "", get.attributes["param"])

    def operands(self, index: int) -> dict:
        """The parameters of an op: the value for each role that is there."""
        line = self.lines[index]
        roles = ROLES.get(line.name)
        if not roles:
            return {}
        given = line.operands[1:]
        if line.name == "grow.patch_embedding" and len(given) == 2:
            roles = [roles[0], roles[2]]
        segments = line.attributes.get("operandSegmentSizes")
        counts = reference.numbers(segments)[1:] if segments else [1] * len(given)
        return {role: given.pop(0) for role, count in zip(roles, counts) if count}

    def derive(self, param: Param, steps: list):
        """The change that gives a parameter another derivation, if its type allows it."""
        body = derivation_lines(steps, param.type)
        if body is None:
            return None
        opening = str(self.lines[param.begin])
        return {index: [] for index in range(param.begin, param.end)} | {
            param.begin: [opening, *body]}


@dataclasses.dataclass
class Edit:
    """One thing made wrong."""
    place: str
    changes: dict
    params: dict = dataclasses.field(default_factory=dict)  # new steps of parameters
    index: int = -1     # of the op that changed
    layer: str = ""
    what: dict = dataclasses.field(default_factory=dict)


class Pair:
    """A source and what it has grown to."""

    def __init__(self, source: str, grown: str):
        self.source, self.grown = Module(source), Module(grown)

    def same_op(self, index: int):
        """The op of the source that an op of the grown model was; None for a new one."""
        grown, source = self.grown, self.source
        layer, name = grown.layer_of(index), grown.lines[index].name

        def which(module, layer):
            return [i for i, line in module.ops(name) if module.layer_of(i) == layer]
        place = which(grown, layer).index(index)
        found = which(source, layer)
        return source.lines[found[place]] if len(found) > place else None


MUTATIONS = {}


def mutation(kind: str):
    """Registers a function that yields edits of a pair's grown model."""
    def register(function):
        MUTATIONS[kind] = function
        return function
    return register


# Edits of derivations --------------------------------------------------------

def derived(pair: Pair, param: Param, steps: list, place: str, **what):
    changes = pair.grown.derive(param, steps)
    if changes is not None:
        yield Edit(f"{param.name}, {place}", changes, {param.name: steps}, param.ops[0],
                   param.layer, what)


def steps_of(pair: Pair, *names: str):
    """Each step of each derivation, of some kinds."""
    for param in pair.grown.params.values():
        for index, op in enumerate(param.steps):
            if op.name.removeprefix("grow.") in names and param.ops:
                yield param, index, op


def replaced(steps: list, index: int, *new: Step) -> list:
    return [*steps[:index], *new, *steps[index + 1:]]


def fills_become(pair: Pair, matches, fill, what: str, biases: bool):
    for param, index, op in steps_of(pair, "extend"):
        if op.get("fill").startswith(matches) and param.is_bias == biases:
            new = op.having(fill=fill(param, op) if callable(fill) else fill)
            yield from derived(pair, param, replaced(param.steps, index, new),
                               f"{what} along {op.axis}", axis=op.axis)


@mutation("zeros made free")
def zeros_made_free(pair):
    yield from fills_become(pair, "#grow.zero", NOISE, "zeros", False)


@mutation("a bias' zeros made free")
def zeros_of_biases_made_free(pair):
    yield from fills_become(pair, "#grow.zero", NOISE, "zeros", True)


@mutation("a mean replaced by zeros")
def mean_becomes_zero(pair):
    yield from fills_become(pair, "#grow.mean", "#grow.zero", "mean", False)


@mutation("a bias' mean replaced by zeros")
def mean_of_bias_becomes_zero(pair):
    yield from fills_become(pair, "#grow.mean", "#grow.zero", "mean", True)


@mutation("a mean replaced by copies")
def mean_becomes_copy(pair):
    def copies(_, op):
        indices = ", ".join("0" for _ in range(sum(op.sizes)))
        return f"#grow.copy<[{indices}], factor = 1>"
    for biases in (False, True):
        yield from fills_become(pair, "#grow.mean", copies, "mean", biases)


@mutation("a pair does not cancel")
def pair_adds(pair):
    def opposite(_, op):
        return op.get("fill").replace("factor = -1>", "factor = 1>")
    for edit in fills_become(pair, "#grow.copy", opposite, "copies", False):
        if "factor = -1>" in str(pair.grown.params[edit.place.partition(",")[0]].steps):
            yield edit


@mutation("a copy of another slice")
def copy_of_another(pair):
    for param, index, op in steps_of(pair, "extend"):
        match = re.match(r"#grow\.copy<\[(.*)\], (.*)>", op.get("fill"))
        if not match:
            continue
        indices = [int(i) for i in match.group(1).split(",")]
        other = [max(0, i - 1) if max(indices) else i + 1 for i in indices]
        new = op.having(fill=f"#grow.copy<[{', '.join(map(str, other))}], {match.group(2)}>")
        yield from derived(pair, param, replaced(param.steps, index, new), f"along {op.axis}")


def fill_of_new_layer(pair, roles, what: str):
    for param, index, op in steps_of(pair, "fill"):
        if param.role in roles and op.get("fill") in ("#grow.zero", "#grow.constant<-1>"):
            if param.role == "gain" and not ends_branch(pair.grown, param):
                continue
            new = op.having(fill=NOISE)
            yield from derived(pair, param, replaced(param.steps, index, new), what)


def ends_branch(module: Module, param: Param) -> bool:
    """Whether what a norm with this gain makes is added to the stream."""
    norm = module.lines[param.ops[0]]
    return any(norm.result in line.operands for index, line in module.ops("arith.addf")
               if module.scope(index) == param.layer)


@mutation("a new layer's output is not zero")
def new_output(pair):
    yield from fill_of_new_layer(pair, ("o", "down"), "zeros")


@mutation("a new layer's bias is not zero")
def new_bias(pair):
    yield from fill_of_new_layer(pair, ("o_bias", "down_bias"), "zeros")


@mutation("a new layer's last gain is not zero")
def new_gain(pair):
    yield from fill_of_new_layer(pair, ("gain",), "a gain")


# Factors ---------------------------------------------------------------------

def factors_become(pair: Pair, make, what: str, biases: bool):
    for param, index, op in steps_of(pair, "scale"):
        if param.is_bias == biases:
            new = make(op)
            if new is not None:
                yield from derived(pair, param, replaced(param.steps, index, new), what)


@mutation("a factor dropped")
def factor_dropped(pair):
    yield from factors_become(pair, lambda op: op.having(factor="#grow.exact<1>"), "a factor",
                              False)


@mutation("a bias' factor dropped")
def bias_factor_dropped(pair):
    yield from factors_become(pair, lambda op: op.having(factor="#grow.exact<1>"), "a factor",
                              True)


@mutation("a factor squared")
def factor_squared(pair):
    def squared(op):
        square = exact(op.get("factor"))
        return op.having(factor=exact_text(square * abs(square)))
    yield from factors_become(pair, squared, "a factor", False)


@mutation("a factor inverted")
def factor_inverted(pair):
    def inverted(op):
        return op.having(factor=exact_text(1 / exact(op.get("factor"))))
    yield from factors_become(pair, inverted, "a factor", False)


@mutation("a factor that forgets about what")
def factor_about(pair):
    def about(op):
        if not op.get("about"):
            return None
        return dataclasses.replace(op, attributes=tuple(
            item for item in op.attributes if item[0] != "about"))
    yield from factors_become(pair, about, "about", False)


@mutation("a factor put on another parameter")
def factor_elsewhere(pair):
    """Of the same op, or of another norm."""
    for param, index, op in steps_of(pair, "scale"):
        for other in pair.grown.params.values():
            same = other.ops and param.ops[0] == other.ops[0]
            norms = param.role == other.role == "gain"
            if other is param or not (same or norms):
                continue
            steps = other.steps or [Step("grow.source", (("name", f'"{other.name}"'),),
                                         other.type)]
            moved = pair.grown.derive(other, replaced(steps, 0, steps[0], op))
            without = pair.grown.derive(param, [*param.steps[:index], *param.steps[index + 1:]])
            if moved and without and param.steps[0].name == steps[0].name == "grow.source":
                yield Edit(f"{param.name}, to {other.name}", {**moved, **without}, {},
                           param.ops[0], param.layer, {"to": other.name})


# Places ----------------------------------------------------------------------

def places_become(pair: Pair, make, what: str):
    for param, index, op in steps_of(pair, "extend"):
        new = make(param, op)
        if new is not None and new != op:
            yield from derived(pair, param, replaced(param.steps, index, new),
                               f"{what} along {op.axis}", axis=op.axis)


def is_copy(op: Step) -> bool:
    return op.get("fill").startswith("#grow.copy")


@mutation("a block put first")
def block_first(pair):
    def first(_, op):
        return op.having(positions=array([0] + op.positions[1:]))
    yield from places_become(pair, first, "block")


@mutation("a block put a place early")
def block_early(pair):
    def early(_, op):
        last = op.positions[-1] - 1
        if last < 1 or len(op.positions) > 1 and last <= op.positions[-2]:
            return None
        return op.having(positions=array([*op.positions[:-1], last]))
    yield from places_become(pair, early, "block")


@mutation("half-split gaps appended at the end")
def gaps_at_end(pair):
    def end(param, op):
        if len(op.positions) < 2 or KEY_AXIS.get(param.role) != op.axis or is_copy(op):
            return None
        return op.having(positions=array([op.positions[-1]]), sizes=array([sum(op.sizes)]))
    yield from places_become(pair, end, "gaps")


@mutation("copies of heads appended, not put beside")
def copies_at_end(pair):
    def end(_, op):
        if len(op.positions) < 2 or not is_copy(op):
            return None
        return op.having(positions=array([op.positions[-1]]), sizes=array([sum(op.sizes)]))
    yield from places_become(pair, end, "copies")


def appended_after_all(pair: Pair, axes: dict):
    """Appends after all slices what belongs at the end of each outer slice."""
    for param, index, op in steps_of(pair, "extend"):
        if axes.get(param.role) != op.axis or len(op.positions) > 1 or op.axis == 0:
            continue
        shape = shape_before(param, index)
        outer, inner, new = shape[op.axis - 1], shape[op.axis], sum(op.sizes)
        if op.positions[0] != inner or outer == 1 or is_copy(op):
            continue

        def regroup(*sizes, axis=op.axis - 1):
            return step("regroup", axis=number(axis), outer=number(sizes[0]),
                        inner=number(sizes[1]))
        flat = [regroup(1, outer * inner),
                op.having(positions=array([outer * inner]), sizes=array([outer * new])),
                regroup(outer, inner + new)]
        yield from derived(pair, param, replaced(param.steps, index, *flat),
                           f"block along {op.axis}", axis=op.axis)


def shape_before(param: Param, index: int) -> tuple:
    shape = reference.shape_of(param.steps[0].type)
    for op in param.steps[1:index]:
        shape = result_shape(shape, op)
    return shape


@mutation("a head appended, not inserted in each group")
def head_appended(pair):
    yield from appended_after_all(pair, QUERY_AXIS)


@mutation("values appended after all heads, not in each")
def values_appended(pair):
    yield from appended_after_all(pair, VALUE_AXIS)


@mutation("keys appended after all heads, not in each")
def keys_appended(pair):
    yield from appended_after_all(pair, KEY_AXIS)


@mutation("axes swapped")
def axes_swapped(pair):
    for param in pair.grown.params.values():
        for i, first in enumerate(param.steps):
            for j, second in enumerate(param.steps[i + 1:], i + 1):
                if first.name == second.name == "grow.extend" and first.axis != second.axis:
                    steps = replaced(param.steps, i, first.having(axis=number(second.axis)))
                    steps = replaced(steps, j, second.having(axis=number(first.axis)))
                    yield from derived(pair, param, steps, f"axes {first.axis} and {second.axis}")


@mutation("a mean or a copy taken before another extension")
def taken_before(pair):
    """The corner of both blocks is then another."""
    for param, index, op in steps_of(pair, "extend"):
        reads = op.get("fill").startswith(("#grow.mean", "#grow.copy"))
        before = param.steps[index - 1]
        if reads and before.name == "grow.extend" and before.axis != op.axis:
            steps = [*param.steps[:index - 1], op, before, *param.steps[index + 1:]]
            yield from derived(pair, param, steps, f"along {op.axis}")


@mutation("a mean taken of zeros, too")
def mean_of_zeros(pair):
    for param, index, op in steps_of(pair, "extend"):
        size = sum(op.sizes)
        if op.get("fill") == "#grow.mean" and len(op.sizes) == 1 and size > 1:
            zero = op.having(fill="#grow.zero", sizes=array([1]))
            mean = op.having(positions=array([op.positions[0] + 1]), sizes=array([size - 1]))
            yield from derived(pair, param, replaced(param.steps, index, zero, mean),
                               f"along {op.axis}", axis=op.axis)


@mutation("writers not centred")
def not_centred(pair):
    for param, index, op in steps_of(pair, "center"):
        steps = [*param.steps[:index], *param.steps[index + 1:]]
        yield from derived(pair, param, steps, f"along {op.axis}")


@mutation("writers centred along another axis")
def centred_along(pair):
    for param, index, op in steps_of(pair, "center"):
        if op.axis:
            new = op.having(axis=number(op.axis - 1))
            yield from derived(pair, param, replaced(param.steps, index, new),
                               f"along {op.axis - 1}")


# Sources ---------------------------------------------------------------------

def swap_sources(pair: Pair, fits):
    """Exchanges which parameters of the source two parameters come from."""
    params = [param for param in pair.grown.params.values() if param.ops]
    for i, first in enumerate(params):
        for second in params[i + 1:]:
            if fits(first, second):
                changes, steps = {}, {}
                for param, other in [(first, second), (second, first)]:
                    steps[param.name] = reading_source(pair, param, other)
                    changes[param.name] = steps[param.name] and pair.grown.derive(
                        param, steps[param.name])
                if all(changes.values()):
                    yield Edit(f"{first.name} and {second.name}",
                               {**changes[first.name], **changes[second.name]}, steps,
                               first.ops[0], first.layer, {"with": second.name})


def reading_source(pair: Pair, param: Param, other: Param):
    """The derivation of a parameter, from another's source."""
    sources = [dict(p.steps[0].attributes)["name"] if p.steps else f'"{p.name}"'
               for p in (param, other) if not p.steps or p.steps[0].name == "grow.source"]
    if len(sources) < 2:
        return None
    types = [pair.source.params[name.strip('"')].type for name in sources]
    if types[0] != types[1] or sources[0] == sources[1]:
        return None
    return [Step("grow.source", (("name", sources[1]),), types[1]), *param.steps[1:]]


@mutation("sources of two layers swapped")
def layers_sources(pair):
    yield from swap_sources(pair, lambda a, b: a.role == b.role and a.layer and b.layer
                            and a.layer != b.layer)


@mutation("sources of two norms swapped")
def norms_sources(pair):
    def norms(a, b):
        return a.role == b.role and a.role in ("gain", "shift") and a.layer == b.layer
    yield from swap_sources(pair, norms)


@mutation("sources of two parameters of an op swapped")
def op_sources(pair):
    yield from swap_sources(pair, lambda a, b: a.ops[0] == b.ops[0])


# Edits of ops ----------------------------------------------------------------

def edited(pair: Pair, index: int, new: Line, place: str, **what):
    if str(new) != str(pair.grown.lines[index]):
        layer = pair.grown.layer_of(index)
        yield Edit(f"{layer or 'model'}, {place}", {index: [new]}, {}, index, layer, what)


def numbers_of(pair: Pair, names, keys):
    """Numbers that belong to a size, with the same of the source."""
    for index, line in pair.grown.ops(*names):
        old = pair.same_op(index)
        for key in keys:
            if key in line.attributes:
                yield index, line, key, old.attributes.get(key) if old else None


EPSILONS = ((*NORMS, "grow.attention"), ("epsilon", "qk_epsilon"))


@mutation("an epsilon left as it was")
def epsilon_left(pair):
    for index, line, key, old in numbers_of(pair, *EPSILONS):
        if old and old != line.attributes[key]:
            yield from edited(pair, index, line.having(**{key: old}), f"{line.name} {key}")


@mutation("an epsilon times another power of the factor")
def epsilon_power(pair):
    for index, line, key, old in numbers_of(pair, *EPSILONS):
        if old and old != line.attributes[key]:
            square, before = exact(line.attributes[key]), exact(old)
            for power in (-1, 1):
                new = exact_text(square * (square / before) ** power)
                if power == -1:
                    new = exact_text(before * (before / square))
                yield from edited(pair, index, line.having(**{key: new}),
                                  f"{line.name} {key} {power}")


@mutation("another epsilon")
def epsilon_other(pair):
    for index, line, key, _ in numbers_of(pair, *EPSILONS):
        new = exact_text(4 * exact(line.attributes[key]))
        yield from edited(pair, index, line.having(**{key: new}), f"{line.name} {key}")


COUNTS = ((*NORMS, "grow.attention"), ("count", "qk_count"))


@mutation("a divisor left as it was")
def count_left(pair):
    for index, line, key, old in numbers_of(pair, *COUNTS):
        if old:
            yield from edited(pair, index, line.having(**{key: old}), f"{line.name} {key}")


@mutation("a divisor that follows the size")
def count_follows(pair):
    for index, line, key, _ in numbers_of(pair, *COUNTS):
        gain = pair.grown.operands(index)["gain" if key == "count" else "q_gain"]
        size = pair.grown.params[pair.grown.param_of(index, gain)].type
        new = number(reference.shape_of(size)[0])
        yield from edited(pair, index, line.having(**{key: new}), f"{line.name} {key}")


@mutation("another divisor")
def count_other(pair):
    for index, line, key, _ in numbers_of(pair, *COUNTS):
        new = number(reference.integer(line.attributes[key]) + 1)
        yield from edited(pair, index, line.having(**{key: new}), f"{line.name} {key}")


@mutation("centring left as it was")
def centered_left(pair):
    for index, line, key, old in numbers_of(pair, ["grow.layer_norm"], ["centered"]):
        if old:
            yield from edited(pair, index, line.having(centered=old), key)


@mutation("centring that follows the size")
def centered_follows(pair):
    for index, line, key, _ in numbers_of(pair, ["grow.layer_norm"], ["centered"]):
        size = pair.grown.params[pair.grown.param_of(index, line.operands[1])].type
        new = number(reference.shape_of(size)[0])
        yield from edited(pair, index, line.having(centered=new), key)


@mutation("one channel less centred")
def centered_less(pair):
    for index, line, key, _ in numbers_of(pair, ["grow.layer_norm"], ["centered"]):
        new = number(reference.integer(line.attributes[key]) - 1)
        yield from edited(pair, index, line.having(centered=new), key)


@mutation("a stored difference from 1 forgotten or invented")
def unit_offset(pair):
    for index, line in pair.grown.ops("grow.rms_norm"):
        new = None if "unit_offset" in line.attributes else ""
        yield from edited(pair, index, line.having(unit_offset=new), f"gain of {line.operands[1]}")
    for index, line in pair.grown.ops("grow.attention"):
        if "qk_count" in line.attributes:
            new = None if "qk_unit_offset" in line.attributes else ""
            yield from edited(pair, index, line.having(qk_unit_offset=new), "queries and keys")


# Attention -------------------------------------------------------------------

ROPE = re.compile(r"#grow\.rope<(\w+), frequencies = \[(.*)\], factor = (.*)>$")


def ropes(pair: Pair):
    for index, line in pair.grown.ops("grow.attention"):
        if "rope" in line.attributes:
            layout, frequencies, factor = ROPE.match(line.attributes["rope"]).groups()
            yield index, line, layout, frequencies.split(", "), factor


def rope_text(layout, frequencies, factor="1") -> str:
    return f"#grow.rope<{layout}, frequencies = [{', '.join(frequencies)}], factor = {factor}>"


@mutation("rotary frequencies permuted")
def frequencies_permuted(pair):
    for index, line, layout, frequencies, factor in ropes(pair):
        new = frequencies[1:] + frequencies[:1]
        yield from edited(pair, index, line.having(rope=rope_text(layout, new, factor)), "rope")


@mutation("a rotary frequency changed")
def frequency_changed(pair):
    for index, line, layout, frequencies, factor in ropes(pair):
        for at, _ in enumerate(frequencies):
            new = [*frequencies[:at], "3.125000e-01", *frequencies[at + 1:]]
            yield from edited(pair, index, line.having(rope=rope_text(layout, new, factor)),
                              f"rope {at}", frequency=at)


@mutation("the rotary layout changed")
def layout_changed(pair):
    for index, line, layout, frequencies, factor in ropes(pair):
        new = "interleaved" if layout == "half_split" else "half_split"
        yield from edited(pair, index, line.having(rope=rope_text(new, frequencies, factor)),
                          "rope")


@mutation("rotation left out or weakened")
def rope_dropped(pair):
    for index, line, layout, frequencies, _ in ropes(pair):
        yield from edited(pair, index, line.having(rope=None), "no rope")
        yield from edited(pair, index,
                          line.having(rope=rope_text(layout, frequencies, "3/4")), "factor")


@mutation("another attention scale")
def scale_other(pair):
    for index, line in pair.grown.ops("grow.attention"):
        new = exact_text(2 * exact(line.attributes["scale"]))
        yield from edited(pair, index, line.having(scale=new), "scale")


@mutation("an attention scale left as it was")
def scale_left(pair):
    for index, line, _, old in numbers_of(pair, ["grow.attention"], ["scale"]):
        if old:
            yield from edited(pair, index, line.having(scale=old), "scale")


@mutation("an attention scale that follows the width")
def scale_follows(pair):
    for index, line in pair.grown.ops("grow.attention"):
        keys = pair.grown.params[pair.grown.param_of(index, pair.grown.operands(index)["k"])]
        new = exact_text(Fraction(1, reference.shape_of(keys.type)[-1]))
        if exact(new) != exact(line.attributes["scale"]):
            yield from edited(pair, index, line.having(scale=new), "scale")


@mutation("another window")
def window_other(pair):
    for index, line in pair.grown.ops("grow.attention"):
        window = line.attributes.get("window")
        if window:
            new = number(reference.integer(window) + 1)
            yield from edited(pair, index, line.having(window=new), "window one longer")
            yield from edited(pair, index, line.having(window=None), "no window")
        elif "causal" in line.attributes:
            yield from edited(pair, index, line.having(window=number(2)), "a window")


@mutation("masks of two layers swapped")
def masks_swapped(pair):
    attentions = list(pair.grown.ops("grow.attention"))
    for (i, first), (j, second) in zip(attentions, attentions[1:]):
        masks = [{key: line.attributes.get(key) for key in ("causal", "window")}
                 for line in (first, second)]
        if masks[0] != masks[1]:
            changes = {i: [first.having(**masks[1])], j: [second.having(**masks[0])]}
            layers = [pair.grown.layer_of(i), pair.grown.layer_of(j)]
            yield Edit(" and ".join(layers), changes, {}, i, layers[0], {"other": layers[1]})


@mutation("attention sees the future")
def causal_dropped(pair):
    for index, line in pair.grown.ops("grow.attention"):
        yield from edited(pair, index, line.having(
            causal=None if "causal" in line.attributes else "", window=None), "causal")


@mutation("slopes of two heads swapped")
def slopes_swapped(pair):
    for index, line in pair.grown.ops("grow.attention"):
        if "alibi" in line.attributes:
            slopes = reference.numbers(line.attributes["alibi"])
            new = array(slopes[1:] + slopes[:1])
            yield from edited(pair, index, line.having(alibi=new), "slopes")


@mutation("another slope")
def slope_other(pair):
    for index, line in pair.grown.ops("grow.attention"):
        slopes = reference.numbers(line.attributes.get("alibi", ""))
        for at in range(len(slopes)):
            new = array([*slopes[:at], 2 * slopes[at], *slopes[at + 1:]])
            yield from edited(pair, index, line.having(alibi=new), f"slope {at}", head=at)


@mutation("another cap")
def softcap_other(pair):
    for index, line in pair.grown.ops("grow.attention", "grow.softcap"):
        key = "softcap" if line.name == "grow.attention" else "bound"
        if key in line.attributes:
            new = exact_text(4 * exact(line.attributes[key]))
            yield from edited(pair, index, line.having(**{key: new}), line.name)
            if key == "softcap":
                yield from edited(pair, index, line.having(softcap=None), "no cap")


# Operands --------------------------------------------------------------------

SWAPS = [("up", "gate"), ("up_bias", "gate_bias"), ("k", "v"), ("k_bias", "v_bias"),
         ("q_gain", "k_gain"), ("gain", "shift"), ("o_bias", "down_bias")]


@mutation("two operands swapped")
def operands_swapped(pair):
    """Gate and up, keys and values, the gains of queries and keys, gain and bias."""
    for index, line in pair.grown.ops():
        roles = pair.grown.operands(index)
        for first, second in SWAPS:
            if first in roles and second in roles:
                swap = {roles[first]: roles[second], roles[second]: roles[first]}
                yield from edited(pair, index, line.reading(
                    [swap.get(value, value) for value in line.operands]),
                    f"{first} and {second}", swapped=first)


@mutation("a bias left out")
def bias_left_out(pair):
    for index, line in pair.grown.ops(*ROLES):
        for role, value in pair.grown.operands(index).items():
            if role.endswith("bias") or role == "shift":
                at = line.operands.index(value, 1)
                new = line.reading([*line.operands[:at], *line.operands[at + 1:]],
                                   [*line.types()[:at], *line.types()[at + 1:]])
                segments = line.attributes.get("operandSegmentSizes")
                if segments:
                    counts = reference.numbers(segments)
                    counts[1 + ROLES[line.name].index(role)] = 0
                    new = new.having(operandSegmentSizes=array(counts).replace("i64", "i32"))
                yield from edited(pair, index, new, role, role=role)


def values_before(pair: Pair, index: int, type_text: str):
    """Values that an op of a layer could read instead: other streams of the layer."""
    grown = pair.grown
    for at in range(grown.start + 1, index):
        line = grown.lines[at]
        if grown.scope(at) != grown.scope(index):
            continue
        if not isinstance(line, Line):
            for name, kind in re.findall(r"(%\w+): (tensor<[^>]*>)", line):
                if kind == type_text:
                    yield name
        elif line.result and grown.result_type(at) == type_text:
            yield line.result


def reads_another(pair: Pair, names, operands):
    for index, line in pair.grown.ops(*names):
        for at in operands:
            kind = line.types()[at]
            for value in values_before(pair, index, kind):
                if value not in line.operands:
                    new = [*line.operands[:at], value, *line.operands[at + 1:]]
                    yield from edited(pair, index, line.reading(new),
                                      f"{line.name} {line.result} reads {value}")


@mutation("a residual add reads another value")
def add_reads(pair):
    yield from reads_another(pair, ["arith.addf"], [0, 1])


@mutation("a norm reads another value")
def norm_reads(pair):
    yield from reads_another(pair, NORMS, [0])


@mutation("a branch reads another value")
def branch_reads(pair):
    yield from reads_another(pair, ["grow.attention", "grow.mlp", "grow.dense"], [0])


@mutation("logits of another table")
def logits_table(pair):
    """Of another table of the same type, or of a random one."""
    for index, line in pair.grown.ops("grow.unembedding"):
        name = pair.grown.param_of(index, line.operands[1])
        for other in pair.grown.params.values():
            if other.name != name and other.type == line.types()[1]:
                get = f'%other = "grow.get"() <{{param = @{other.name}}}> : () -> {other.type}'
                new = line.reading([line.operands[0], "%other", *line.operands[2:]])
                yield Edit(f"reads {other.name}", {index: [get, new]}, {}, index, "",
                           {"other": other.name})
        param = pair.grown.params[name]
        made = [f'"grow.param"() <{{sym_name = "other", type = {param.type}}}> ({{',
                f'%d0 = "grow.fill"() <{{fill = {NOISE}}}> : () -> {param.type}',
                f'"grow.yield"(%d0) : ({param.type}) -> ()', "}) : () -> ()",
                str(pair.grown.lines[param.begin])]
        get = f'%other = "grow.get"() <{{param = @other}}> : () -> {param.type}'
        new = line.reading([line.operands[0], "%other", *line.operands[2:]])
        yield Edit("reads a random table", {param.begin: made, index: [get, new]}, {}, index)


# Layers ----------------------------------------------------------------------

@mutation("layers swapped")
def layers_swapped(pair):
    """Two that follow one another change places."""
    lines = pair.grown.lines
    for first, second in zip(pair.grown.layers, pair.grown.layers[1:]):
        opening, following = lines[first.begin], lines[second.begin]
        changes = {index: [] for layer in (first, second)
                   for index in range(layer.begin, layer.end + 1)}
        one = dataclasses.replace(following, operands=opening.operands, result=opening.result)
        other = dataclasses.replace(opening, operands=following.operands,
                                    result=following.result)
        changes[first.begin] = [one, *lines[second.begin + 1:second.end + 1]]
        changes[second.begin] = [other, *lines[first.begin + 1:first.end + 1]]
        yield Edit(f"{first.name} and {second.name}", changes, {}, first.begin, first.name,
                   {"other": second.name})


@mutation("a layer dropped")
def layer_dropped(pair):
    lines = pair.grown.lines
    for layer in pair.grown.layers:
        line = lines[layer.begin]
        changes = {index: [] for index in range(layer.begin, layer.end + 1)}
        for index, user in pair.grown.ops():
            if line.result in user.operands and not pair.grown.scope(index):
                changes[index] = [user.reading([line.operands[0] if value == line.result
                                                else value for value in user.operands])]
        yield Edit(layer.name, changes, {}, layer.begin, layer.name, {})


@mutation("a layer twice")
def layer_twice(pair):
    lines = pair.grown.lines
    for layer in pair.grown.layers:
        line = lines[layer.begin]
        again = dataclasses.replace(line, operands=["%once", *line.operands[1:]])
        body = lines[layer.begin + 1:layer.end + 1]
        changes = {layer.begin: [dataclasses.replace(line, result="%once"), *body, again]}
        yield Edit(layer.name, changes, {}, layer.begin, layer.name, {})


# Other attributes ------------------------------------------------------------

@mutation("another activation")
def activation_other(pair):
    kinds = ["relu", "gelu_tanh", "gelu", "silu"]
    for index, line in pair.grown.ops("grow.mlp", "grow.dense"):
        old = line.attributes.get("activation")
        for kind in kinds if old else []:
            new = re.sub(r"gelu_tanh|relu|gelu|silu", kind, old)
            yield from edited(pair, index, line.having(activation=new), kind)


@mutation("another scale of the stream or the logits")
def stream_scale(pair):
    for index, line in pair.grown.ops("grow.scale"):
        old = exact(line.attributes["factor"])
        size = reference.shape_of(line.result_type().replace("?", "1"))[-1]
        for new in {Fraction(1), Fraction(size), 2 * old} - {old}:
            yield from edited(pair, index, line.having(factor=exact_text(new)),
                              f"scale {line.result} by {exact_text(new)}")


@mutation("another offset of positions")
def offset_other(pair):
    for index, line in pair.grown.ops("grow.position_embedding"):
        offset = reference.integer(line.attributes.get("offset", "0"))
        # One more is within the table only if that has grown.
        table = pair.grown.params[pair.grown.param_of(index, line.operands[1])].type
        more = reference.shape_of(table)[0] - reference.shape_of(
            pair.same_op(index).types()[1])[0]
        for new in sorted({offset - 1, offset + min(more, 1), 0} - {offset}):
            if new >= 0:
                yield from edited(pair, index, line.having(offset=number(new)), f"offset {new}")


@mutation("another token or token type")
def token_other(pair):
    for index, line in pair.grown.ops("grow.type_embedding", "grow.select_token"):
        key = "row" if "row" in line.attributes else "position"
        new = number(reference.integer(line.attributes[key]) + 1)
        yield from edited(pair, index, line.having(**{key: new}), line.name)

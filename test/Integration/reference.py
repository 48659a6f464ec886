# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a model in the grow dialect means, in plain Python.

Reads modules in the generic form (`grow-opt --mlir-print-op-generic`), evaluates the
derivations of their parameters and `@forward` in f64. Written from the documentation of
the ops and of the fills, and from none of the code that compiles them, so that the two
can be held against each other. Every sum is taken in the order of its index: zeros that
growth inserts leave its bits as they are.
"""

import dataclasses
import hashlib
import math
import random
import re
from fractions import Fraction


# Text ------------------------------------------------------------------------

@dataclasses.dataclass
class Op:
    results: list
    name: str
    operands: list
    attributes: dict
    result_type: str
    body: list = dataclasses.field(default_factory=list)
    arguments: list = dataclasses.field(default_factory=list)


def split(text: str) -> list:
    """Splits at commas that no bracket or string encloses."""
    parts, depth, start, quoted = [], 0, 0, False
    for at, char in enumerate(text):
        if char == '"' and text[at - 1:at] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif char in "<([{":
            depth += 1
        elif char in ")]}" or char == ">" and text[at - 1:at] != "-":
            depth -= 1
        elif char == "," and not depth:
            parts.append(text[start:at].strip())
            start = at + 1
    return parts + [text[start:].strip()] if text.strip() else []


def parse_attributes(text: str) -> dict:
    pairs = (part.partition(" = ") for part in split(text))
    return {name: value for name, _, value in pairs}


OP = re.compile(r'^(?:(%\S+) = )?"([^"]+)"\(([^)]*)\)(?: <\{(.*)\}>)?(.*)$')


def parse(text: str) -> list:
    """The ops of each module, of one module or of several between `// -----`."""
    return [parse_block(iter(expand_aliases(part))) for part in text.split("// -----")]


def expand_aliases(text: str) -> list:
    """The lines of a module, with the attributes that aliases stand for."""
    aliases, lines = {}, []
    for line in filter(None, map(str.strip, text.splitlines())):
        alias = re.match(r"(#\w+) = (.*)", line)
        if alias:
            aliases[alias.group(1)] = alias.group(2)
        else:
            lines.append(re.sub(r"#\w+(?![\w.])",
                                lambda use: aliases.get(use.group(), use.group()), line))
    return lines


def parse_block(lines) -> list:
    ops = []
    for line in lines:
        if line.startswith("})"):
            ops.append(line)
            break
        if line.startswith("^"):
            ops.append(re.findall(r"(%\w+):", line))
            continue
        match = OP.match(line)
        if not match:
            raise ValueError(f"not an op in the generic form: {line}")
        result, name, operands, attributes, rest = match.groups()
        op = Op([result], name, split(operands), parse_attributes(attributes or ""),
                rest.rpartition("-> ")[2])
        if rest.endswith("({"):
            *op.body, closing = parse_block(lines)
            op.result_type = closing.rpartition("-> ")[2]
            if op.body and isinstance(op.body[0], list):
                op.arguments = op.body.pop(0)
        ops.append(op)
    return ops


def exact(text: str) -> float:
    """A number such as `1/4 * sqrt(2)`, also inside `#grow.exact<...>`."""
    text = re.sub(r"^#grow\.exact<(.*)>$", r"\1", text)
    root = re.search(r"sqrt\(([^)]*)\)", text)
    rational = re.sub(r"\s*\*?\s*sqrt\([^)]*\)", "", text).strip()
    value = Fraction(rational or 1)
    if not root:
        return float(value)
    if rational == "-":
        value = Fraction(-1)
    sign = -1 if value < 0 else 1
    return sign * math.sqrt(value * value * Fraction(root.group(1)))


def integer(text: str) -> int:
    return int(text.partition(" : ")[0])


def numbers(text: str) -> list:
    """`array<i64: 1, 2>` and the like."""
    return [float(item) if "f64" in text else int(item)
            for item in re.sub(r"^array<\w+:?|>$", "", text).split(",") if item.strip()]


def shape_of(tensor_type: str) -> tuple:
    dims = re.search(r"tensor<([\dx?]+)x[a-z]", tensor_type).group(1)
    return tuple(int(dim) for dim in dims.split("x"))


# Fills -----------------------------------------------------------------------

WORD = 0xFFFFFFFF


def philox(key: int, counter) -> list:
    c, k = list(counter), [key & WORD, key >> 32]
    for _ in range(10):
        p, q = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(q >> 32) ^ c[1] ^ k[0], q & WORD, (p >> 32) ^ c[3] ^ k[1], p & WORD]
        k = [(k[0] + 0x9E3779B9) & WORD, (k[1] + 0xBB67AE85) & WORD]
    return c


class Fill:
    """A block of new entries: a function of the coordinates in the result."""

    memory = {}

    def __init__(self, text: str, param: str):
        self.kind, _, inside = text.removeprefix("#grow.").partition("<")
        inside = inside.removesuffix(">")
        if self.kind == "constant":
            self.value = exact(inside)
        elif self.kind == "copy":
            indices, factor = re.match(r"\[(.*)\], factor = (.*)", inside).groups()
            self.indices, self.factor = [int(i) for i in indices.split(",")], exact(factor)
        elif self.kind in ("normal", "uniform"):
            options = parse_attributes(inside)
            self.size = exact(options.get("stddev") or options["bound"])
            name = options.get("key", param).strip('"')
            seed = options.get("seed", "0").partition(" ")[0]
            digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
            self.key = int.from_bytes(digest[:8], "little")
        elif self.kind not in ("zero", "mean"):
            raise ValueError(f"unknown fill {text}")

    def entry(self, coordinates) -> float:
        if self.kind == "zero":
            return 0.0
        if self.kind == "constant":
            return self.value
        place = (self.kind, self.key, coordinates)
        if place not in self.memory:
            self.memory[place] = self.draw(coordinates)
        return self.memory[place] * self.unit()

    def draw(self, coordinates) -> float:
        words = philox(self.key, [*coordinates[::-1], 0, 0, 0][:4])
        if self.kind == "uniform":
            return 2.0 * words[0] - WORD
        return sum((word & 0xFFFF) + (word >> 16) for word in words) - 262140.0

    def unit(self) -> float:
        if self.kind == "uniform":
            return self.size / WORD
        return self.size / math.sqrt(8 * (65536**2 - 1) / 12)


# Derivations -----------------------------------------------------------------

@dataclasses.dataclass
class Tensor:
    shape: tuple
    data: list  # row-major

    def slices(self, axis: int):
        """How many blocks lie before the axis, and how many entries after it."""
        return math.prod(self.shape[:axis]), math.prod(self.shape[axis + 1:])


def coordinates(index: int, shape: tuple) -> tuple:
    found = []
    for size in reversed(shape):
        index, rest = divmod(index, size)
        found.append(rest)
    return tuple(reversed(found))


def source(name: str, shape: tuple, seed: int) -> Tensor:
    """A parameter of the source model: random numbers, a function of its name."""
    draw = random.Random(f"{seed}:{name}")
    return Tensor(shape, [draw.gauss(0, 0.6) for _ in range(math.prod(shape))])


def fill(text: str, shape: tuple, param: str) -> Tensor:
    block = Fill(text, param)
    return Tensor(shape, [block.entry(coordinates(i, shape)) for i in range(math.prod(shape))])


def extend(tensor: Tensor, attributes: dict, param: str) -> Tensor:
    axis = integer(attributes["axis"])
    positions, sizes = numbers(attributes["positions"]), numbers(attributes["sizes"])
    block = Fill(attributes["fill"], param)
    old = tensor.shape[axis]
    order = []  # of each slice of the result: the old slice, or the new one as ~number
    new = 0
    for index in range(old + 1):
        for position, size in zip(positions, sizes):
            if position == index:
                order += [~(new + i) for i in range(size)]
                new += size
        if index < old:
            order.append(index)
    shape = (*tensor.shape[:axis], len(order), *tensor.shape[axis + 1:])
    outer, inner = tensor.slices(axis)
    data = []
    for o in range(outer):
        def old_slice(i, o=o):
            start = (o * old + i) * inner
            return tensor.data[start:start + inner]
        for i in order:
            if i >= 0:
                data += old_slice(i)
            elif block.kind == "copy":
                data += [block.factor * x for x in old_slice(block.indices[~i])]
            elif block.kind == "mean":
                total = [0.0] * inner
                for j in range(old):
                    total = [a + b for a, b in zip(total, old_slice(j))]
                data += [x / old for x in total]
            else:
                start = len(data)
                data += [block.entry(coordinates(start + j, shape)) for j in range(inner)]
    return Tensor(shape, data)


def drop(tensor: Tensor, attributes: dict) -> Tensor:
    axis = integer(attributes["axis"])
    dropped = set()
    for first, size in zip(numbers(attributes["positions"]), numbers(attributes["sizes"])):
        dropped.update(range(first, first + size))
    kept = [i for i in range(tensor.shape[axis]) if i not in dropped]
    outer, inner = tensor.slices(axis)
    data = []
    for o in range(outer):
        for i in kept:
            start = (o * tensor.shape[axis] + i) * inner
            data += tensor.data[start:start + inner]
    return Tensor((*tensor.shape[:axis], len(kept), *tensor.shape[axis + 1:]), data)


def center(tensor: Tensor, axis: int) -> Tensor:
    outer, inner = tensor.slices(axis)
    size = tensor.shape[axis]
    data = list(tensor.data)
    for o in range(outer):
        for i in range(inner):
            places = range(o * size * inner + i, (o + 1) * size * inner, inner)
            mean = sum(tensor.data[p] for p in places) / size
            for p in places:
                data[p] -= mean
    return Tensor(tensor.shape, data)


def scale(tensor: Tensor, attributes: dict) -> Tensor:
    factor, about = exact(attributes["factor"]), exact(attributes.get("about", "0"))
    if about:
        return Tensor(tensor.shape, [about + factor * (x - about) for x in tensor.data])
    return Tensor(tensor.shape, [factor * x for x in tensor.data])


def evaluate_derivation(op: Op, inputs: list, param: str, seed: int) -> Tensor:
    """The result of an op that parameters are derived by, in the derivation of `param`."""
    if op.name == "grow.source":
        return source(op.attributes["name"].strip('"'), shape_of(op.result_type), seed)
    if op.name == "grow.fill":
        return fill(op.attributes["fill"], shape_of(op.result_type), param)
    if op.name == "grow.extend":
        return extend(inputs[0], op.attributes, param)
    if op.name == "grow.drop":
        return drop(inputs[0], op.attributes)
    if op.name == "grow.regroup":
        return Tensor(shape_of(op.result_type), inputs[0].data)
    if op.name == "grow.center":
        return center(inputs[0], integer(op.attributes["axis"]))
    if op.name == "grow.scale":
        return scale(inputs[0], op.attributes)
    raise ValueError(f"{op.name} in a derivation")


def derive(param: Op, seed: int) -> Tensor:
    """The value of a parameter of the grown model."""
    name = param.attributes["sym_name"].strip('"')
    shape = shape_of(param.attributes["type"])
    if not param.body:
        return source(name, shape, seed)
    values = {}
    for op in param.body:
        inputs = [values[operand] for operand in op.operands]
        if op.name == "grow.yield":
            assert inputs[0].shape == shape
            return inputs[0]
        values[op.results[0]] = evaluate_derivation(op, inputs, name, seed)
    raise ValueError(f"{name}: no grow.yield")


# Models ----------------------------------------------------------------------

ACTIVATIONS = {
    "relu": lambda x: max(x, 0.0),
    "gelu": lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi)
                                                  * (x + 0.044715 * x**3))),
    "silu": lambda x: x / (1 + math.exp(-x)),
}


def dot(a, b) -> float:
    total = 0.0
    for x, y in zip(a, b):
        total += x * y
    return total


def project(x: list, weight: Tensor, bias) -> list:
    """x times a matrix of as many columns as the axes after the first have entries."""
    columns = math.prod(weight.shape[1:])
    found = [dot(x, weight.data[i::columns]) for i in range(columns)]
    return [a + b for a, b in zip(found, bias.data)] if bias else found


def chunks(flat: list, size: int) -> list:
    return [flat[i:i + size] for i in range(0, len(flat), size)]


def operands(op: Op, values: dict) -> list:
    """Operands by group, None for those that are left out."""
    given = [values[name] for name in op.operands]
    segments = op.attributes.get("operandSegmentSizes")
    if not segments:
        return given
    found = []
    for count in numbers(segments):
        found.append(given.pop(0) if count else None)
    return found


def rotate(x: list, attribute: str, position: int) -> list:
    layout, frequencies, factor = re.match(
        r"#grow\.rope<(\w+), frequencies = \[(.*)\], factor = (.*)>$", attribute).groups()
    frequencies = [float(f) for f in frequencies.split(",")]
    n, factor, x = len(frequencies), exact(factor), list(x)
    for i, frequency in enumerate(frequencies):
        a, b = (i, i + n) if layout == "half_split" else (2 * i, 2 * i + 1)
        cosine = math.cos(position * frequency) * factor
        sine = math.sin(position * frequency) * factor
        x[a], x[b] = x[a] * cosine - x[b] * sine, x[b] * cosine + x[a] * sine
    return x


def rms_norm(x: list, gain: Tensor, epsilon: str, count: str, unit_offset: bool) -> list:
    scaling = math.sqrt(dot(x, x) / integer(count) + exact(epsilon))
    offset = 1.0 if unit_offset else 0.0
    return [(offset + g) * a / scaling for g, a in zip(gain.data, x)]


def layer_norm(x: list, gain: Tensor, bias, attributes: dict) -> list:
    centered = integer(attributes["centered"])
    mean = 0.0
    for a in x[:centered]:
        mean += a
    mean /= centered
    d = [a - mean for a in x[:centered]] + x[centered:]
    scaling = math.sqrt(dot(d, d) / integer(attributes["count"])
                        + exact(attributes["epsilon"]))
    found = [g * a / scaling for g, a in zip(gain.data, d)]
    return [a + b for a, b in zip(found, bias.data)] if bias else found


def softcap(x: float, bound: float) -> float:
    return bound * math.tanh(x / bound)


def attention(op: Op, stream: list, weights: list) -> list:
    wq, bq, wk, bk, wv, bv, wo, bo, q_gain, k_gain = weights
    has = op.attributes
    _, groups, per_group, width = wq.shape
    queries = [chunks(project(x, wq, bq), width) for x in stream]  # [position][head]
    keys = [chunks(project(x, wk, bk), width) for x in stream]
    values = [chunks(project(x, wv, bv), wv.shape[2]) for x in stream]

    def prepare(heads, gain, position):
        if gain:
            heads = [rms_norm(x, gain, has["qk_epsilon"], has["qk_count"],
                              "qk_unit_offset" in has) for x in heads]
        if "rope" in has:
            heads = [rotate(x, has["rope"], position) for x in heads]
        return heads
    queries = [prepare(heads, q_gain, s) for s, heads in enumerate(queries)]
    keys = [prepare(heads, k_gain, t) for t, heads in enumerate(keys)]
    slopes = numbers(has["alibi"]) if "alibi" in has else None
    factor = exact(has["scale"])

    def seen(s, t):
        if "causal" in has and t > s:
            return False
        return "window" not in has or t > s - integer(has["window"])

    def score(s, t, g, head):
        found = factor * dot(queries[s][head], keys[t][g])
        if "softcap" in has:
            found = softcap(found, exact(has["softcap"]))
        return found + (slopes[head] * (t - s) if slopes else 0.0)

    result = []
    for s in range(len(stream)):
        mixed = []
        for head in range(groups * per_group):
            g = head // per_group
            places = [t for t in range(len(stream)) if seen(s, t)]
            scores = [score(s, t, g, head) for t in places]
            powers = [math.exp(x - max(scores)) for x in scores]
            total = 0.0
            for power in powers:
                total += power
            for v in range(wv.shape[2]):
                mixed.append(dot([power / total for power in powers],
                                 [values[t][g][v] for t in places]))
        flat = Tensor((len(mixed), wo.shape[3]), wo.data)
        result.append(project(mixed, flat, bo))
    return result


def mlp(op: Op, stream: list, weights: list) -> list:
    up, up_bias, gate, gate_bias, down, down_bias = weights
    activation = ACTIVATIONS[enum(op.attributes["activation"], list(ACTIVATIONS))]
    result = []
    for x in stream:
        units = project(x, up, up_bias)
        if gate:
            units = [activation(g) * u for g, u in zip(project(x, gate, gate_bias), units)]
        else:
            units = [activation(u) for u in units]
        result.append(project(units, down, down_bias))
    return result


def patch_embedding(image: Tensor, weight: Tensor, bias, class_token: Tensor) -> list:
    """The stream of one image, a tensor of 1 x channels x rows x columns."""
    _, channels, height, width = image.shape
    _, patch_rows, patch_columns, hidden = weight.shape

    def pixel(channel, row, column):
        return image.data[(channel * height + row) * width + column]

    stream = [list(class_token.data)]
    for top in range(0, height, patch_rows):
        for left in range(0, width, patch_columns):
            flat = [pixel(channel, top + row, left + column) for channel in range(channels)
                    for row in range(patch_rows) for column in range(patch_columns)]
            stream.append(project(flat, Tensor((len(flat), hidden), weight.data), bias))
    return stream


def enum(text: str, names: list) -> str:
    """An enumerator, printed by name."""
    return next(name for name in sorted(names, key=len, reverse=True) if name in text)


def rows(table: Tensor, first: int, count: int) -> list:
    return chunks(table.data, table.shape[1])[first:first + count]


DERIVATION_OPS = ["grow.source", "grow.fill", "grow.extend", "grow.drop", "grow.regroup",
                  "grow.center", "grow.scale"]


def evaluate_in_model(op: Op, given: list, seed: int):
    """The result of a derivation op in a function, on parameters or on one sequence."""
    is_stream = given and isinstance(given[0], list)
    if is_stream:
        x = given[0]
        given = [Tensor((1, len(x), len(x[0])), sum(x, []))]
    result = evaluate_derivation(op, given, "", seed)
    return chunks(result.data, result.shape[2]) if is_stream else result


def evaluate_op(op: Op, given: list, has: dict):
    """The result of a model op on one sequence."""
    x = given[0]
    if op.name == "grow.embedding":
        return [rows(given[1], token, 1)[0] for token in x]
    if op.name == "grow.position_embedding":
        return rows(given[1], integer(has.get("offset", "0")), len(x))
    if op.name == "grow.type_embedding":
        return rows(given[1], integer(has["row"]), 1) * len(x)
    if op.name == "grow.unembedding":
        bias = given[2] if len(given) > 2 else None
        table = chunks(given[1].data, given[1].shape[1])
        logits = [[dot(y, row) for row in table] for y in x]
        return [[a + b for a, b in zip(y, bias.data)] for y in logits] if bias else logits
    if op.name == "grow.softcap":
        return [[softcap(a, exact(has["bound"])) for a in y] for y in x]
    if op.name == "grow.select_token":
        return [x[integer(has["position"])]]
    if op.name == "tensor.cast":
        return x
    if op.name == "arith.addf":
        return [[a + b for a, b in zip(y, z)] for y, z in zip(*given)]
    if op.name == "grow.rms_norm":
        return [rms_norm(y, given[1], has["epsilon"], has["count"], "unit_offset" in has)
                for y in x]
    if op.name == "grow.layer_norm":
        bias = given[2] if len(given) > 2 else None
        return [layer_norm(y, given[1], bias, has) for y in x]
    if op.name == "grow.attention":
        return attention(op, x, given[1:])
    if op.name == "grow.mlp":
        return mlp(op, x, given[1:])
    if op.name == "grow.dense":
        y = [project(y, given[1], given[2] if len(given) > 2 else None) for y in x]
        if "activation" not in has:
            return y
        activation = ACTIVATIONS[enum(has["activation"], list(ACTIVATIONS))]
        return [[activation(a) for a in row] for row in y]
    if op.name == "grow.patch_embedding":
        return patch_embedding(*given) if len(given) == 4 else patch_embedding(
            *given[:2], None, given[2])
    raise ValueError(f"{op.name} is not known here")


class Model:
    """A module, with the values of its parameters."""

    def __init__(self, ops: list, seed: int = 0):
        if len(ops) == 1 and ops[0].name == "builtin.module":
            ops = ops[0].body
        self.params = {op.attributes["sym_name"].strip('"'): op
                       for op in ops if op.name == "grow.param"}
        (self.function,) = [op for op in ops if op.name == "func.func"]
        self.seed, self.values = seed, {}

    def param(self, name: str) -> Tensor:
        if name not in self.values:
            self.values[name] = derive(self.params[name], self.seed)
        return self.values[name]

    def forward(self, tokens: list) -> list:
        """The logits of one sequence."""
        return self.block(self.function.body, dict(zip(self.function.arguments, [tokens])))

    def block(self, ops: list, values: dict):
        for op in ops:
            if op.name in ("grow.yield", "func.return"):
                return values[op.operands[0]]
            if op.name == "grow.get":
                result = self.param(re.sub(r'^@"?|"$', "", op.attributes["param"]))
            elif op.name == "grow.layer":
                inputs = [values[name] for name in op.operands]
                result = self.block(op.body, dict(zip(op.arguments, inputs)))
            elif op.name in DERIVATION_OPS:
                result = evaluate_in_model(op, operands(op, values), self.seed)
            else:
                result = evaluate_op(op, operands(op, values), op.attributes)
            values[op.results[0]] = result
        raise ValueError("a block without a terminator")


def difference(expected: list, actual: list) -> float:
    """Largest difference over the largest logit; infinite if anything is not finite."""
    pairs = [(a, b) for x, y in zip(expected, actual, strict=True)
             for a, b in zip(x, y, strict=True)]
    found = max(abs(a - b) for a, b in pairs) / max(abs(a) for a, _ in pairs)
    return found if found == found else math.inf

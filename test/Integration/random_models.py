# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random transformers as IR, and random schedules that they can hold.

Matrices are stored in random layouts. Everything that the dialect can say of a decoder
occurs: root mean square and layer norms, gains stored less 1, norms before, after and
between, branches side by side, scaled branches, embeddings and logits, caps, grouped
heads, normalised queries and keys, both layouts of rotary embeddings of all or some
channels, windows, linear biases, gates, and any of the biases."""

import dataclasses
import random

ACTIVATIONS = ["relu", "gelu", "gelu_tanh", "silu"]
STYLES = ["sequential", "sequential", "parallel", "two-norms", "sandwich", "post"]


@dataclasses.dataclass
class Layer:
    """What expansions change of a layer, or must know of it."""
    groups: int
    queries: int  # in each group
    key: int
    value: int
    rope: list  # frequencies
    qk_norm: bool
    mlp: int
    gated: bool
    activation: str
    biases: set  # of the parameters that have one


class Model:
    """Text of a random decoder."""

    def __init__(self, rng: random.Random, element: str):
        self.rng = rng
        self.element = element
        self.hidden = self.width = rng.choice([4, 6, 8])
        self.vocabulary = rng.randint(5, 13)
        self.style = rng.choice(STYLES)
        # Norms of one kind can say how the stream is padded, others just keep theirs.
        self.norms = rng.choice(["rms", "rms", "layer", "layer", "mixed"])
        self.final_norm = rng.random() < 0.7
        self.positions = rng.choice([0, 0, 8])
        self.params, self.body, self.layers = [], [], []
        self.build(rng.randint(1, 3))

    def tensor(self, *shape) -> str:
        return f"tensor<{'x'.join(map(str, shape))}x{self.element}>"

    @property
    def stream(self) -> str:
        return self.tensor("?", "?", self.width)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # Parameters --------------------------------------------------------------

    def param(self, name: str, *shape: int, layer: bool = True) -> str:
        """Declares a parameter, gets it, and returns its value."""
        stored = name.replace(name.split(".")[1], "{layer}", 1) if layer else name
        axes = list(range(len(shape)))
        layout = ""
        if self.chance(0.5):
            self.rng.shuffle(axes)
            at = self.rng.randrange(1, len(axes)) if len(axes) > 1 else 1
            dims = [axes[:at], axes[at:]] if len(axes) > 1 else [axes]
            layout = "[" + ", ".join("*".join(map(str, dim)) for dim in dims) + "]"
        self.params.append(
            f'  grow.param @{name} : {self.tensor(*shape)} storage<"{stored}"{layout}>')
        value = "%" + name.replace(".", "_")
        self.body.append(f"      {value} = grow.get @{name} : {self.tensor(*shape)}")
        return value

    def maybe(self, name: str, *shape: int):
        return self.param(name, *shape) if self.chance(0.5) else None

    # Ops ---------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.body.append("      " + text)

    def op(self, mnemonic: str, x: str, operands: list, attributes: str) -> str:
        """An op with named groups of (value, shape) pairs, None for what is left out."""
        groups, types = [], [self.stream]
        for name, *pairs in operands:
            given = [pair for pair in pairs if pair[0]]
            groups.append(f"{name}({', '.join(value for value, _ in given)})")
            types += [self.tensor(*shape) for _, shape in given]
        return (f"grow.{mnemonic} {x} {' '.join(groups)} {attributes} : "
                f"({', '.join(types)}) -> {self.stream}")

    def norm(self, prefix: str, x: str, result: str, layer: bool = True) -> str:
        gain = self.param(f"{prefix}.gain", self.width, layer=layer)
        epsilon = self.rng.choice(["1.0e-05", "1/100", "1/8"])
        kind = self.norms if self.norms != "mixed" else self.rng.choice(["rms", "layer"])
        if kind == "rms":
            offset = " unit_offset" if self.chance(0.3) else ""
            text = f"rms_norm {x} gain({gain}){offset} epsilon {epsilon} count {self.width}"
        else:
            bias = self.param(f"{prefix}.bias", self.width, layer=layer) if self.chance(0.7) else ""
            text = (f"layer_norm {x} gain({gain}){f' bias({bias})' if bias else ''} "
                    f"epsilon {epsilon} count {self.width} centered {self.width}")
        self.line(f"{result} = grow.{text} : {self.stream}")
        return result

    def rope(self, width: int) -> list:
        if width % 2 or self.chance(0.4):
            return []
        pairs = self.rng.choice([width // 2, self.rng.randint(1, width // 2)])
        return sorted((round(self.rng.uniform(0.01, 1.0), 4) for _ in range(pairs)), reverse=True)

    def attention(self, prefix: str, x: str) -> str:
        h, rng = self.width, self.rng
        g, r, k, v = rng.randint(1, 2), rng.randint(1, 3), rng.choice([2, 3, 4]), rng.randint(1, 4)
        shapes = {"q": (h, g, r, k), "k": (h, g, k), "v": (h, g, v)}
        operands = [(name, (self.param(f"{prefix}.{name}", *shape), shape),
                     (self.maybe(f"{prefix}.b{name}", *shape[1:]), shape[1:]))
                    for name, shape in shapes.items()]
        operands.append(("o", (self.param(f"{prefix}.o", g, r, v, h), (g, r, v, h)),
                         (self.maybe(f"{prefix}.bo", h), (h,))))
        attributes = ""
        qk_norm = self.chance(0.25)
        if qk_norm:
            operands.append(("qk_norm", *((self.param(f"{prefix}.{name}", k), (k,))
                                          for name in ["q_gain", "k_gain"])))
            attributes += "unit_offset " if self.chance(0.5) else ""
            attributes += f"epsilon 1/100 count {k} "
        frequencies = self.rope(k)
        if frequencies:
            layout = rng.choice(["half_split", "interleaved"])
            attributes += (f"rope #grow.rope<{layout}, frequencies = "
                           f"[{', '.join(f'{f:e}' for f in frequencies)}], factor = 1> ")
        attributes += f"scale {rng.choice(['1/2', '1/3', '1/2 * sqrt(2)'])}"
        if self.chance(0.25):
            attributes += " softcap 2"
        if self.chance(0.25):
            slopes = ", ".join(f"{rng.uniform(0.1, 1.0):e}" for _ in range(g * r))
            attributes += f" alibi [{slopes}]"
        attributes += rng.choice([" causal", " causal window 2", " causal window 3", ""])
        biases = {name for name, _, (bias, _) in operands[:3] if bias}
        self.layers.append(Layer(g, r, k, v, frequencies, qk_norm, 0, False, "", biases))
        return self.op("attention", x, operands, attributes)

    def mlp(self, prefix: str, x: str) -> str:
        h, width = self.width, self.rng.randint(1, 12)
        names = ["up"] + (["gate"] if self.chance(0.5) else [])
        operands = [(name, (self.param(f"{prefix}.{name}", h, width), (h, width)),
                     (self.maybe(f"{prefix}.{name}_bias", width), (width,))) for name in names]
        operands.append(("down", (self.param(f"{prefix}.down", width, h), (width, h)),
                         (self.maybe(f"{prefix}.down_bias", h), (h,))))
        layer = self.layers[-1]
        layer.mlp, layer.gated = width, len(names) > 1
        layer.biases |= {name for name, _, (bias, _) in operands[:-1] if bias}
        layer.activation = self.rng.choice(ACTIVATIONS)
        return self.op("mlp", x, operands, f"activation {layer.activation}")

    def add(self, result: str, a: str, b: str) -> str:
        self.line(f"{result} = arith.addf {a}, {b} : {self.stream}")
        return result

    def branch(self, name: str, text: str) -> str:
        """What is added to the stream, perhaps scaled."""
        self.line(f"%{name} = {text}")
        if not self.scaled:
            return f"%{name}"
        self.line(f"%{name}s = grow.scale %{name} by {self.scaled} : {self.stream}")
        return f"%{name}s"

    def layer(self, index: int, x: str) -> str:
        prefix, result = f"h.{index}", f"%x{index + 1}"
        self.body.append(f'    {result} = grow.layer "{prefix}" (%x = {x} : {self.stream}) {{')
        getattr(self, "layer_" + self.style.replace("-", "_"))(prefix)
        self.line(f"grow.yield %z : {self.stream}")
        self.body.append("    }")
        return result

    def layer_sequential(self, prefix: str) -> None:
        n = self.norm(f"{prefix}.n1", "%x", "%n1")
        y = self.add("%y", "%x", self.branch("a", self.attention(prefix, n)))
        n = self.norm(f"{prefix}.n2", y, "%n2")
        self.add("%z", y, self.branch("m", self.mlp(prefix, n)))

    def layer_parallel(self, prefix: str) -> None:
        n = self.norm(f"{prefix}.n1", "%x", "%n1")
        self.side_by_side(prefix, n, n)

    def layer_two_norms(self, prefix: str) -> None:
        n1 = self.norm(f"{prefix}.n1", "%x", "%n1")
        self.side_by_side(prefix, n1, self.norm(f"{prefix}.n2", "%x", "%n2"))

    def side_by_side(self, prefix: str, n1: str, n2: str) -> None:
        a = self.branch("a", self.attention(prefix, n1))
        m = self.branch("m", self.mlp(prefix, n2))
        self.add("%z", self.add("%b", m, a), "%x")

    def layer_sandwich(self, prefix: str) -> None:
        n = self.norm(f"{prefix}.n1", "%x", "%n1")
        a = self.branch("a", self.attention(prefix, n))
        y = self.add("%y", "%x", self.norm(f"{prefix}.n2", a, "%n2"))
        n = self.norm(f"{prefix}.n3", y, "%n3")
        m = self.branch("m", self.mlp(prefix, n))
        self.add("%z", y, self.norm(f"{prefix}.n4", m, "%n4"))

    def layer_post(self, prefix: str) -> None:
        a = self.branch("a", self.attention(prefix, "%x"))
        n = self.norm(f"{prefix}.n1", self.add("%y", "%x", a), "%n1")
        m = self.branch("m", self.mlp(prefix, n))
        self.norm(f"{prefix}.n2", self.add("%w", n, m), "%z")

    def build(self, layers: int) -> None:
        h = self.width
        self.scaled = self.rng.choice(["", "", "1/4 * sqrt(2)"])
        table = self.param("wte", self.vocabulary, h, layer=False)
        table_type = self.tensor(self.vocabulary, h)
        self.line(f"%e0 = grow.embedding %ids, {table} : tensor<?x?xi64>, {table_type}")
        x = "%e0"
        if self.positions:
            positions = self.param("wpe", self.positions, h, layer=False)
            offset = self.rng.choice(["", " offset 2"])
            self.line(f"%p = grow.position_embedding %ids, {positions}{offset} : "
                      f"tensor<?x?xi64>, {self.tensor(self.positions, h)}")
            x = self.add("%e1", x, "%p")
        if self.chance(0.3):
            self.line(f"%e2 = grow.scale {x} by sqrt({h}) : {self.stream}")
            x = "%e2"
        for index in range(layers):
            x = self.layer(index, x)
        if self.final_norm:
            x = self.norm("norm", x, "%n", layer=False)
        self.tied = self.chance(0.5)
        head = table if self.tied else self.param("head", self.vocabulary, h, layer=False)
        logits = self.tensor("?", "?", self.vocabulary)
        bias = ""
        if self.chance(0.3):
            value = self.param("head_bias", self.vocabulary, layer=False)
            bias = f" bias({value} : {self.tensor(self.vocabulary)})"
        self.line(f"%l0 = grow.unembedding {x}, {head}{bias} : {self.stream}, {table_type}")
        result = "%l0"
        if self.chance(0.2):
            self.line(f"%l1 = grow.scale {result} by 1/2 : {logits}")
            result = "%l1"
        if self.chance(0.2):
            self.line(f"%l2 = grow.softcap {result} at 3 : {logits}")
            result = "%l2"
        self.line(f"return {result} : {logits}")
        self.signature = f"  func.func @forward(%ids: tensor<?x?xi64>) -> {logits} {{"

    def text(self, schedule: str = "") -> str:
        return "\n".join(["module {", *self.params, self.signature, *self.body, "  }",
                          schedule, "}", ""])


# Schedules -------------------------------------------------------------------

class Schedule:
    """Random expansions, each of which the model can hold when its turn comes.

    Follows what the expansions do to the model's sizes."""

    def __init__(self, rng: random.Random, model: Model, kinds: list = None):
        self.rng, self.model = rng, model
        self.layers = [dataclasses.replace(layer) for layer in model.layers]
        self.hidden, self.vocabulary = model.hidden, model.vocabulary
        self.positions = model.positions
        self.hidden_compensation = None
        kinds = kinds or [name.removeprefix("step_") for name in dir(self)
                          if name.startswith("step_")]
        steps = []
        while not steps:
            for _ in range(rng.randint(1, 4)):
                step = getattr(self, "step_" + rng.choice(kinds))()
                if step:
                    steps.append("    grow." + step)
        self.steps = steps

    def text(self) -> str:
        return "\n".join(["  grow.schedule @grow {", *self.steps, "  }"])

    def fill(self) -> str:
        seed = self.rng.randrange(1000)
        return self.rng.choice([f"#grow.normal<stddev = 1/2, seed = {seed}>",
                                f"#grow.uniform<bound = 1, seed = {seed}>",
                                "#grow.constant<1/4>"])

    def weights(self) -> str:
        """A fill that hides no mistake. Layer norms do not see a number that is added to
        all channels, nor has what they make a sum."""
        found = self.fill()
        constant = found.startswith("#grow.constant") and self.model.norms != "rms"
        return "#grow.normal<stddev = 1/2, seed = 4>" if constant else found

    def fills(self, layers=None, free=("q", "k", "v", "up", "gate")) -> str:
        """Of weights always, of biases where some are free: zeros hide mistakes."""
        layers = self.layers if layers is None else [self.layers[i] for i in layers]
        any_free = any(layer.biases & set(free) for layer in layers)
        return f"init {self.weights()}" + (f" bias_init {self.fill()}" if any_free else "")

    def choose(self, fits=lambda layer: True):
        """Some of the layers that fit, and how the schedule names them."""
        fitting = [i for i, layer in enumerate(self.layers) if fits(layer)]
        if not fitting:
            return None, ""
        chosen = sorted(self.rng.sample(fitting, self.rng.randint(1, len(fitting))))
        if len(chosen) == len(self.layers) and self.rng.random() < 0.5:
            return chosen, ""
        return chosen, f"layers [{', '.join(map(str, chosen))}] "

    def compensation(self) -> str:
        return self.rng.choice(["graph", "weights"])

    def step_add_layers(self):
        if self.model.style == "post":  # layers are not added to the stream
            return None
        positions = sorted(self.rng.randint(0, len(self.layers))
                           for _ in range(self.rng.randint(1, 2)))
        if len(self.layers) + len(positions) > 5:
            return None
        origin = self.rng.choice(["random", "previous", "next"])
        old, copied = self.layers, []
        for done, position in enumerate(positions):
            neighbour = position if origin == "next" else position - 1
            neighbour = min(max(neighbour, 0), len(old) - 1)
            copied.append(neighbour)
            self.layers = list(self.layers)
            self.layers.insert(position + done, dataclasses.replace(old[neighbour]))
        text = f"add_layers at [{', '.join(map(str, positions))}] from {origin}"
        if origin == "random":
            # A new layer's free biases are those of its inputs.
            text += f" init {self.weights()}"
            text += f" bias_init {self.fill()}" if any(old[i].biases for i in copied) else ""
        return text

    def step_mlp(self):
        chosen, where = self.choose()
        size = max(self.layers[i].mlp for i in chosen) + self.rng.randint(1, 6)
        sides = {"down", "up", "gate", "pair"}
        for i in chosen:
            layer = self.layers[i]
            if not layer.gated:
                sides.discard("gate")
            if layer.activation == "relu":  # its derivative at zero is zero
                sides.discard("gate" if layer.gated else "up")
            if (size - layer.mlp) % 2:
                sides.discard("pair")
            layer.mlp = size
        side = self.rng.choice(sorted(sides))
        free = {"up": ["gate"], "gate": ["up"]}.get(side, ["up", "gate"])
        return f"expand_mlp to {size} {where}zero {side} {self.fills(chosen, free)}"

    def step_values(self):
        chosen, where = self.choose()
        size = max(self.layers[i].value for i in chosen) + self.rng.randint(1, 3)
        for i in chosen:
            self.layers[i].value = size
        side = self.rng.choice(["output", "value"])
        free = ["v"] if side == "output" else []
        return f"expand_heads to {size} {where}zero {side} {self.fills(chosen, free)}"

    def step_keys(self):
        chosen, where = self.choose(lambda layer: not layer.qk_norm)
        if not chosen:
            return None
        size = max(self.layers[i].key for i in chosen) + self.rng.randint(1, 4)
        if any(2 * len(self.layers[i].rope) == self.layers[i].key for i in chosen):
            size += size % 2
        frequencies = ""
        if len(chosen) == 1 and self.rng.random() < 0.5:
            frequencies = self.more_frequencies(self.layers[chosen[0]], size)
        for i in chosen:
            layer = self.layers[i]
            if layer.rope and 2 * len(layer.rope) == layer.key:
                layer.rope = [1.0] * (size // 2)
            layer.key = size
        if frequencies:
            self.layers[chosen[0]].rope = frequencies
            frequencies = f"frequencies [{', '.join(f'{f:e}' for f in frequencies)}] "
        side = self.rng.choice(["key", "query"])
        return (f"expand_attention to {size} {where}zero {side} "
                f"compensation {self.compensation()} {frequencies or ''}"
                f"{self.fills(chosen, ['q' if side == 'key' else 'k'])}")

    def more_frequencies(self, layer: Layer, size: int):
        """The old ones in order, and new ones anywhere between."""
        known = layer.rope and 1.0 not in layer.rope
        if not known or 2 * len(layer.rope) != layer.key:
            return ""
        found = list(layer.rope)
        while len(found) < size // 2:
            found.insert(self.rng.randint(0, len(found)), round(self.rng.uniform(0.01, 1), 4))
        return found

    def step_heads(self):
        chosen, where = self.choose()
        unit, count = self.rng.choice(["groups", "queries"]), self.rng.randint(1, 2)
        for i in chosen:
            layer = self.layers[i]
            if unit == "groups":
                layer.groups += count
            else:
                layer.queries += count
        side = self.rng.choice(["output", "value"]) if unit == "groups" else "output"
        free = ["q"] if unit == "queries" else ["q", "k"] + (["v"] if side == "output" else [])
        return f"add_heads {unit} by {count} {where}zero {side} {self.fills(chosen, free)}"

    def step_unshare(self):
        factor = self.rng.choice([2, 3])
        chosen, where = self.choose(lambda layer: layer.queries % factor == 0)
        if not chosen:
            return None
        for i in chosen:
            self.layers[i].queries //= factor
            self.layers[i].groups *= factor
        return f"unshare_heads by {factor} {where}"

    def step_hidden(self):
        if self.hidden > 12:
            return None
        paddings = [("graph", "")]
        model = self.model
        if model.norms == "rms":
            paddings.append(("weights", ""))
        elif model.norms == "layer" and model.style in ("sequential", "parallel", "two-norms"):
            if model.final_norm:
                paddings += [("weights", ""), ("weights", "padding mean ")]
                # A table that logits read, too, cannot be centred.
                paddings += [("weights", "padding centered ")] * (not model.tied)
        # A stream that was padded with zeros no longer is one that is padded with means.
        if self.hidden_compensation and model.norms != "rms":
            paddings = [item for item in paddings if item[0] == self.hidden_compensation]
        compensation, padding = self.rng.choice(paddings)
        self.hidden_compensation = compensation
        self.hidden += self.rng.randint(1, 4)
        gains = f" gain_init {self.fill()}" if self.rng.random() < 0.7 else ""
        return (f"expand_hidden to {self.hidden} compensation {compensation} {padding}"
                f"init {self.fill()}{gains}")

    def step_vocabulary(self):
        self.vocabulary += self.rng.randint(1, 4)
        fill = self.rng.choice([self.fill(), "#grow.mean"])
        return f"expand_vocabulary to {self.vocabulary} init {fill}"

    def step_positions(self):
        if not self.positions:
            return None
        self.positions += self.rng.randint(1, 4)
        fill = self.rng.choice([self.fill(), "#grow.mean"])
        return f"expand_positions to {self.positions} init {fill}"

# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models of every architecture, and every way to grow them.

Models are imported from tiny checkpoints (test/Checkpoint/make_checkpoint.py), so that
their IR is what import makes; random ones are those of random_models.py. As many sizes
as possible are equal: then more mistakes have types that fit."""

import dataclasses
import math
import pathlib
import random
import re
import subprocess
import sys

import random_models
import reference
from mutations import Module, ropes, Pair

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Small, and with epsilons, windows and caps that one sees.
LLAMA = ["hidden_size=8", "intermediate_size=8", "num_attention_heads=4",
         "num_key_value_heads=2", "head_dim=4", "vocab_size=10", "rms_norm_eps=0.01"]
BIASES = ["attention_bias=true", "mlp_bias=true"]
ENCODER = ["intermediate_size=8", "layer_norm_eps=0.01"]
CHECKPOINTS = {
    "gpt2": ("gpt2", ["n_inner=8", "n_positions=6", "vocab_size=6",
                      "layer_norm_epsilon=0.01"]),
    "gpt2 untied": ("gpt2", ["n_inner=8", "n_positions=6", "vocab_size=10",
                             "layer_norm_epsilon=0.01", "tie_word_embeddings=false",
                             'activation_function="silu"']),
    "llama": ("llama", LLAMA),
    "llama with biases": ("llama", LLAMA + BIASES),
    "mistral": ("mistral", LLAMA + ["sliding_window=3"]),
    "qwen2": ("qwen2", LLAMA + ["use_sliding_window=true", "sliding_window=3",
                                "max_window_layers=1"]),
    "qwen3": ("qwen3", LLAMA + BIASES[:1]),
    "gemma2": ("gemma2", LLAMA + ["sliding_window=3", "attn_logit_softcapping=1.5",
                                  "final_logit_softcapping=2.0"]),
    "gemma3_text": ("gemma3_text", LLAMA + ["sliding_window=3"]),
    "granite": ("granite", LLAMA + BIASES),
    "opt": ("opt", ["ffn_dim=8", "max_position_embeddings=6", "vocab_size=8",
                    'activation_function="gelu"']),
    "gpt_neox": ("gpt_neox", ["intermediate_size=16", "layer_norm_eps=0.01"]),
    "bert": ("bert", ENCODER + ["max_position_embeddings=6", "vocab_size=6"]),
    "vit": ("vit", ENCODER + ["image_size=[6, 4]"]),
}
# No learned positions are longer, so that what the last of them is is seen.
TOKENS = 6


@dataclasses.dataclass
class Subject:
    """A model and what it has grown to, both in the generic form."""
    model: str
    growth: str
    source: str
    grown: str

    @property
    def name(self) -> str:
        return f"{self.model}, {self.growth}"

    @property
    def architecture(self) -> str:
        return re.split(" with| untied|, |#", self.model)[0]


def run(command: list, text: str = None) -> str:
    done = subprocess.run(list(map(str, command)), input=text, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{done.stderr}")
    return done.stdout


def imported(tools: pathlib.Path, folder: pathlib.Path, name: str) -> str:
    model, options = CHECKPOINTS[name]
    directory = folder / name.replace(" ", "-")
    run([sys.executable, ROOT / "test/Checkpoint/make_checkpoint.py", model, directory,
         *(word for option in options for word in ("--config", option))])
    return run([tools / "grow", "import", directory])


def decoder() -> str:
    return "module {\n" + (ROOT / "examples/decoder.mlir").read_text() + "}\n"


def decoder_with_slopes() -> str:
    """No architecture has linear biases, nor a query that sees the future."""
    return re.sub(r"rope #grow.rope<.*> scale 1/2 causal",
                  "scale 1/2 softcap 2 alibi [0.5, 0.25, 0.125, 0.0625]", decoder())


def generic(tools: pathlib.Path, texts: list, passes: str = "") -> list:
    """The modules in the generic form, all in one process."""
    options = [f"--pass-pipeline=builtin.module({passes})"] if passes else []
    printed = run([tools / "grow-opt", "-", "--split-input-file", "--mlir-print-op-generic",
                   *options], "\n// -----\n".join(texts))
    return printed.split("// -----")


# What a model can hold -------------------------------------------------------

class Facts:
    """Sizes and structure of an imported model."""

    def __init__(self, source: str):
        self.module = module = Module(source)
        self.hidden = self.size("table", 1) or self.size("patches", 3)
        self.vocabulary, self.positions = self.size("table", 0), self.size("positions", 0)
        self.mlp = self.size("up", 1)
        self.groups, self.queries, self.key = (self.size("q", axis) for axis in (1, 2, 3))
        self.value = self.size("v", 2)
        self.roles = {role for param in module.params.values() for role in param.roles}
        self.gated = "gate" in self.roles
        self.layer_norms = any(True for _ in module.ops("grow.layer_norm"))
        self.activation = next(re.search(r"activation (\w+)>", line.attributes["activation"])[1]
                               for _, line in module.ops("grow.mlp"))
        self.qk_norm = "q_gain" in self.roles
        self.tied = any({"table", "logits"} <= set(param.roles)
                        for param in module.params.values())
        # A norm ends the layer.
        self.post_norm = any(
            module.lines[module.producers[layer.name, module.lines[layer.end - 1].operands[0]]]
            .name.endswith("_norm") for layer in module.layers)
        self.frequencies = next((found for *_, found, _ in ropes(Pair(source, source))), [])
        self.layers = len(module.layers)

    def size(self, role: str, axis: int) -> int:
        for param in self.module.params.values():
            if role in param.roles:
                return reference.shape_of(param.type)[axis]
        return 0

    # Growths -----------------------------------------------------------------

    def fills(self, seed: int, *biases: str) -> str:
        text = f"init #grow.normal<stddev = 1/2, seed = {seed}>"
        if self.roles & {f"{name}_bias" for name in biases}:
            text += f" bias_init #grow.normal<stddev = 1/2, seed = {seed + 1}>"
        return text

    def growths(self) -> dict:
        """Steps of a schedule, by name."""
        found = {**self.growths_of_mlp(), **self.growths_of_heads(), **self.growths_of_keys(),
                 **self.growths_of_hidden(), **self.growths_of_layers(),
                 **self.growths_of_tables()}
        return {**found, **self.together(found)}

    def growths_of_mlp(self) -> dict:
        size = self.mlp + 3
        found = {"zero down": f"expand_mlp to {size} zero down {self.fills(1, 'up', 'gate')}",
                 "pair": f"expand_mlp to {size + 1} zero pair {self.fills(1, 'up', 'gate')}"}
        # The derivative of relu at zero is zero.
        relu = self.activation == "relu"
        if self.gated or not relu:
            found["zero up"] = f"expand_mlp to {size} zero up {self.fills(1, 'gate')}"
        if self.gated and not relu:
            found["zero gate"] = f"expand_mlp to {size} zero gate {self.fills(1, 'up')}"
        return {f"mlp, {name}": [step] for name, step in found.items()}

    def growths_of_heads(self) -> dict:
        found = {
            "groups": f"add_heads groups by 1 {self.fills(3, 'q', 'k', 'v')}",
            "groups, zero value": f"add_heads groups by 2 zero value {self.fills(3, 'q', 'k')}",
            "queries": f"add_heads queries by 1 {self.fills(5, 'q')}",
            "values": f"expand_heads to {self.value + 2} {self.fills(7, 'v')}",
            "values, zero value": f"expand_heads to {self.value + 3} zero value {self.fills(7)}"}
        if self.queries % 2 == 0:
            found["unshared"] = "unshare_heads by 2"
        return {name: [step] for name, step in found.items()}

    def growths_of_keys(self) -> dict:
        if self.qk_norm:
            return {"keys": [f"expand_attention to {self.key + 2} zero both allow_dead"]}
        def grow(size, side, rest):
            free = "q" if side == "key" else "k"
            return f"expand_attention to {size} zero {side} {rest} {self.fills(9, free)}"
        found = {"keys": [grow(self.key + 2, "key", "")],
                 "keys, weights": [grow(self.key + 2, "key", "compensation weights")],
                 "keys, zero query": [grow(self.key + 4, "query", "compensation weights")],
                 "keys twice": [grow(self.key + 2, "key", "compensation weights"),
                                grow(self.key + 6, "key", "compensation weights")]}
        if self.frequencies and 2 * len(self.frequencies) == self.key:
            more = ", ".join([self.frequencies[0], "5.000000e-01", *self.frequencies[1:]])
            found["keys, frequencies"] = [grow(self.key + 2, "key", f"frequencies [{more}]")]
        return found

    def growths_of_hidden(self) -> dict:
        def grow(more, rest):
            return (f"expand_hidden to {self.hidden + more} {rest} "
                    "init #grow.normal<stddev = 1/2, seed = 11> gain_init #grow.constant<3/4>")
        found = {"hidden": [grow(3, "")]}
        if self.layer_norms and self.post_norm:
            return found
        found["hidden, weights"] = [grow(3, "compensation weights")]
        found["hidden twice"] = found["hidden, weights"] + [grow(7, "compensation weights")]
        if self.layer_norms and not self.tied:
            found["hidden, centered"] = [grow(3, "compensation weights padding centered")]
        return found

    def growths_of_layers(self) -> dict:
        if self.post_norm:
            return {}
        fills = self.fills(13, *"qkv", "up", "gate", "o", "down")
        return {"layers": [f"add_layers at [1] {fills}"],
                "layers copied": [f"add_layers at [0, {self.layers}] from previous"],
                "layers of the next": ["add_layers at [1, 1] from next"]}

    def growths_of_tables(self) -> dict:
        found = {}
        if self.vocabulary:
            found["vocabulary"] = [f"expand_vocabulary to {self.vocabulary + 2} init #grow.mean"]
        if self.positions and "patches" not in self.roles:
            found["positions"] = [f"expand_positions to {self.positions + 2} "
                                  "init #grow.normal<stddev = 1/2, seed = 15>"]
        return found

    def together(self, found: dict) -> dict:
        """All six, in one order and in the opposite."""
        names = ["keys", "values", "mlp, zero down", "queries", "hidden", "layers"]
        weights = ["keys, weights", "values, zero value", "mlp, pair", "groups",
                   "hidden, weights", "layers copied"]
        backwards = ["layers", "hidden, weights", "groups", "mlp, zero up",
                     "values, zero value", "keys, zero query"]
        return {name: [step for name in names for step in found.get(name, [])]
                for name, names in [("all", names), ("all, weights", weights),
                                    ("all backwards", backwards)]}


# Subjects --------------------------------------------------------------------

def with_schedule(text: str, steps: list) -> str:
    schedule = "\n".join(["  grow.schedule @grow {", *(f"    grow.{step}" for step in steps),
                          "  }"])
    return text.rstrip().removesuffix("}") + schedule + "\n}\n"


def random_subjects(tools: pathlib.Path, count: int, seed: int) -> list:
    models, texts = [], []
    for number in range(seed, seed + count):
        rng = random.Random(number)
        model = random_models.Model(rng, "f64")
        models.append((f"random #{number}", model.text()))
        texts.append(model.text(random_models.Schedule(rng, model).text()))
    sources = generic(tools, [text for _, text in models])
    grown = generic(tools, texts, "grow-expand")
    return [Subject(name, "a random schedule", source, more)
            for (name, _), source, more in zip(models, sources, grown, strict=True)]


def architectures() -> set:
    """Those that grow knows."""
    return {file.stem for file in (ROOT / "lib/Checkpoint/Architectures").glob("*.json")}


MODELS = [*CHECKPOINTS, "decoder", "decoder with slopes"]


def model(tools: pathlib.Path, folder: pathlib.Path, name: str) -> str:
    if name in CHECKPOINTS:
        return imported(tools, folder, name)
    return decoder() if name == "decoder" else decoder_with_slopes()


def subjects(tools: pathlib.Path, folder: pathlib.Path, names: list, seed: int,
             randoms: int) -> list:
    models = {name: model(tools, folder, name) for name in names}
    found, texts = [], []
    for name, text, source in zip(models, models.values(), generic(tools, [*models.values()]),
                                  strict=True):
        for growth, steps in Facts(source).growths().items():
            found.append((name, growth, source))
            texts.append(with_schedule(text, steps))
    grown = generic(tools, texts, "grow-expand")
    result = [Subject(*known, text) for known, text in zip(found, grown, strict=True)]
    return result + (random_subjects(tools, randoms, seed) if randoms else [])


def inputs(source: Module):
    """Token numbers, the last one among them, or an image."""
    draw = random.Random(1)
    for _, line in source.ops("grow.patch_embedding"):
        shape = reference.shape_of(line.types()[0].replace("?", "1"))
        return reference.Tensor(shape, [draw.gauss(0, 1) for _ in range(math.prod(shape))])
    rows, offset = TOKENS, 0
    for _, line in source.ops("grow.position_embedding"):
        offset = reference.integer(line.attributes.get("offset", "0"))
        rows = reference.shape_of(line.types()[1])[0]
    table = next(line for _, line in source.ops("grow.embedding")).types()[1]
    vocabulary = reference.shape_of(table)[0]
    return [(vocabulary - 1 - token) % vocabulary for token in range(min(TOKENS, rows - offset))]

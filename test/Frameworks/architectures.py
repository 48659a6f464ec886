# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every architecture in one table: random tiny stock models in which nothing is trivial,
how each can grow, and which growths its configuration cannot express."""

import dataclasses
import random

import transformers

import support

# RoPE as transformers 5 writes it. The numbers put small heads and short contexts
# into every branch of the formulas.
DEFAULT = {"rope_type": "default", "rope_theta": 300.0}
LINEAR = {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.5}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 5e3, "factor": 8.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "beta_fast": 4.0,
        "beta_slow": 1.0, "original_max_position_embeddings": 32}


FULL, SLIDING = "full_attention", "sliding_attention"


def next_multiple(number: int, of: int) -> int:
    """The next multiple above a number."""
    return of * (number // of + 1)


@dataclasses.dataclass
class Sizes:
    """The sizes of a model, whatever its configuration calls them."""
    hidden: int
    heads: int
    groups: int
    head_dim: int
    mlp: int
    layers: int
    vocabulary: int
    positions: int


@dataclasses.dataclass
class Architecture:
    """How to make models of one type, and what of them can grow."""

    model_type: str
    # Options of the configuration: what all models share, and what they differ in.
    options: dict
    variants: dict
    auto: type = transformers.AutoModelForCausalLM
    # How the configuration calls the sizes.
    hidden: str = "hidden_size"
    heads: str = "num_attention_heads"
    groups: str = ""
    head_dim: str = ""  # empty if a head is hidden / heads wide
    mlp: str = "intermediate_size"
    layers: str = "num_hidden_layers"
    epsilon: str = ""
    # Of heads; half of each may have to be even.
    widths: tuple = (4, 6, 8)
    # A layer norm writes the stream: only what lies between two norms can grow.
    post_norm: bool = False
    # Normalised queries and keys cannot be widened by anything that learns.
    qk_norm: bool = False
    learned_positions: bool = False
    gated: bool = False
    images: bool = False
    # The framework wants whole channels for each head, wherever heads get their width.
    divides_hidden: bool = False
    # Gains are stored as their difference from 1.
    unit_offset: bool = False

    def variant_names(self) -> list:
        return list(self.variants)

    def make_config(self, seed: int, variant: str = None, **options):
        """A random small size; successive seeds meet all variants."""
        draw = random.Random(seed)
        names = self.variant_names()
        variant = self.variants[variant or names[seed % len(names)]]
        heads = variant.get(self.heads) or draw.randint(2, 4)
        width = draw.choice(self.widths)
        sizes = {self.hidden: heads * width, self.heads: heads, self.layers: 2,
                 self.mlp: draw.randint(5, 30)}
        if self.groups:
            sizes[self.groups] = heads
        if self.head_dim:
            sizes[self.head_dim] = draw.choice([4, 6, 8])
        if not self.images:
            sizes["vocab_size"] = draw.randint(31, 47)
        if self.epsilon:
            sizes[self.epsilon] = draw.choice([1e-2, 1e-3, 1e-5])
        return transformers.AutoConfig.for_model(
            self.model_type, **{**sizes, **self.options, **variant, **options})

    def sizes(self, config) -> Sizes:
        def read(key):
            return getattr(config, key, None) if key else None
        hidden, heads = read(self.hidden), read(self.heads)
        return Sizes(hidden, heads, read(self.groups) or heads,
                     read(self.head_dim) or hidden // heads, read(self.mlp) or 4 * hidden,
                     read(self.layers), read("vocab_size"),
                     read("max_position_embeddings"))

    def save(self, config, directory, dtype, seed: int = 0, **options):
        return support.save(config, directory, dtype, seed, self.auto,
                            unit_offset=self.unit_offset, **options)

    # Growth ------------------------------------------------------------------

    def growths(self, config, seed: int) -> dict:
        """Arguments of `grow apply` by name, each a growth the model can hold."""
        draw, s = random.Random(seed), self.sizes(config)
        more = draw.randint(1, 3)
        found = {"mlp": ["--mlp", s.mlp + draw.randint(1, 2 * s.mlp)]}
        if not self.images:
            found["vocabulary"] = ["--vocabulary", s.vocabulary + draw.randint(1, 20)]
        if self.learned_positions:
            found["positions"] = ["--positions", s.positions + draw.randint(1, 20)]
        if self.post_norm:
            return found
        positions = sorted(draw.choices(range(s.layers + 1), k=2))
        found["layers"] = ["--layers", f"+2@{positions[0]},{positions[1]}"]
        found["layers-copied"] = ["--layers", "+1", "--layers-from",
                                  draw.choice(["previous", "next"])]
        wider = s.head_dim + (4 if self.widths == (4, 8) else 2) * draw.randint(1, 3)
        if not self.head_dim:
            # The width of a head follows from the others, so two of them grow.
            found["hidden-heads"] = ["--hidden", s.head_dim * (s.heads + more),
                                     "--heads", s.heads + more]
            found["hidden-head-dim"] = ["--hidden", s.heads * wider, "--head-dim", wider]
            return found
        # Some families want the hidden size to be a multiple of the heads all the same.
        found["hidden"] = ["--hidden", s.hidden + s.heads * draw.randint(1, 3)]
        found["heads"] = self.more_heads(s, s.groups, s.heads // s.groups + more)
        if s.groups != s.heads:
            found["groups"] = self.more_heads(s, s.groups + more, s.heads // s.groups)
            found["unshared"] = ["--unshare-kv-heads", s.heads]
        elif self.groups:
            found["heads"] = self.more_heads(s, s.heads + more, 1)
        # Scaled frequencies are found again, to the last bit, among those of a multiple.
        rope = getattr(config, "rope_parameters", None) or {}
        if rope.get("rope_type", "default") != "default":
            wider = 2 * s.head_dim
        if not self.qk_norm:
            found["head-dim"] = ["--head-dim", wider]
        return found

    def more_heads(self, s: Sizes, groups: int, per_group: int) -> list:
        heads = groups * per_group
        arguments = ["--heads", heads]
        if s.groups != s.heads:
            arguments += ["--kv-heads", groups]
        if s.hidden % heads:
            arguments += ["--hidden", next_multiple(s.hidden, heads)]
        return arguments

    def together(self, config, seed: int, only: list = None) -> list:
        """Arguments for several growths in one command: all that go with one another, or
        those of the names in `only` that do."""
        found = self.growths(config, seed)
        # Each of these says in its own way what a size becomes.
        for names in [("layers", "layers-copied"), ("hidden-heads", "hidden-head-dim"),
                      ("heads", "groups", "unshared")]:
            names = [name for name in names if name in (only or found)]
            for name in names:
                if name != names[seed % len(names)]:
                    found.pop(name, None)
        arguments = {}
        for name, growth in found.items():
            if only is None or name in only:
                arguments.update(zip(growth[::2], growth[1::2]))
        heads = arguments.get("--heads")
        if self.head_dim and heads and arguments.get("--hidden", 0) % heads:
            arguments["--hidden"] = next_multiple(arguments["--hidden"], heads)
        return [word for argument in arguments.items() for word in argument]

    def refusals(self, config) -> dict:
        """Growths that no configuration of this architecture expresses."""
        s = self.sizes(config)
        key = ["--key", s.head_dim + 2]
        value = ["--value", s.head_dim + 2]
        if self.post_norm:
            # The stream is not a sum that layers add to, and its norms centre.
            return {"hidden": ["--hidden", 2 * s.hidden, "--heads", 2 * s.heads],
                    "layers": ["--layers", "+1"], "key": key,
                    "heads": ["--heads", s.heads + 1]}
        found = {"key": key, "value": value}
        if not self.head_dim:
            found["heads"] = ["--heads", s.heads + 1]
            found["hidden"] = ["--hidden", s.hidden + 1]
        if self.divides_hidden:
            found["hidden"] = ["--hidden", s.hidden + 1]
        if self.qk_norm:
            found["head-dim"] = ["--head-dim", s.head_dim + 2]
        if not self.learned_positions:
            found["positions"] = ["--positions", 4096]
        if s.groups != s.heads:
            found["uneven heads"] = ["--heads", s.heads + 1]
        return found


DECODER = {"groups": "num_key_value_heads", "gated": True, "epsilon": "rms_norm_eps"}
GROUPED = {"num_attention_heads": 4, "num_key_value_heads": 2}

ARCHITECTURES = {entry.model_type: entry for entry in [
    Architecture(
        "gpt2", {"n_positions": 24},
        {"tied": {"activation_function": "gelu_new"},
         "untied": {"activation_function": "relu", "tie_word_embeddings": False},
         "implied-mlp": {"activation_function": "gelu", "n_inner": None},
         "silu": {"activation_function": "silu"}},
        hidden="n_embd", heads="n_head", mlp="n_inner", layers="n_layer",
        epsilon="layer_norm_epsilon", learned_positions=True),
    Architecture(
        "opt", {"max_position_embeddings": 24, "do_layer_norm_before": True},
        {"tied": {"activation_function": "relu"},
         "untied": {"activation_function": "gelu", "tie_word_embeddings": False},
         "no-bias": {"enable_bias": False}},
        mlp="ffn_dim", learned_positions=True),
    Architecture(
        "gpt_neox", {"max_position_embeddings": 64},
        {"parallel": {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4,
                                          "partial_rotary_factor": 0.5}},
         "sequential": {"use_parallel_residual": False, "attention_bias": False,
                        "rope_parameters": {"rope_type": "default", "rope_theta": 5e2,
                                            "partial_rotary_factor": 0.5}},
         "all-turn": {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4,
                                          "partial_rotary_factor": 1.0},
                      "tie_word_embeddings": True}},
        epsilon="layer_norm_eps", widths=(4, 8)),
    Architecture(
        "llama", {"max_position_embeddings": 128},
        {"heads": {"num_attention_heads": 3, "num_key_value_heads": 3},
         "grouped": {**GROUPED, "tie_word_embeddings": True},
         "one-kv-head": {"num_attention_heads": 4, "num_key_value_heads": 1,
                         "rope_parameters": LINEAR},
         "biases": {**GROUPED, "attention_bias": True, "mlp_bias": True,
                    "rope_parameters": LLAMA3},
         "yarn": {"num_attention_heads": 2, "num_key_value_heads": 1,
                  "rope_parameters": YARN, "tie_word_embeddings": True},
         "three-per-group": {"num_attention_heads": 6, "num_key_value_heads": 2,
                             "attention_bias": True}},
        head_dim="head_dim", divides_hidden=True, **DECODER),
    Architecture(
        "mistral", {"max_position_embeddings": 128, "sliding_window": 5},
        {"grouped": {**GROUPED, "rope_parameters": LINEAR},
         "no-window": {**GROUPED, "sliding_window": None, "tie_word_embeddings": True},
         "one-kv-head": {"num_attention_heads": 4, "num_key_value_heads": 1,
                         "sliding_window": None, "rope_parameters": YARN}},
        head_dim="head_dim", **DECODER),
    Architecture(
        "qwen2", {"max_position_embeddings": 128},
        {"grouped": {**GROUPED, "sliding_window": 4},
         "window": {**GROUPED, "use_sliding_window": True, "sliding_window": 5,
                    "max_window_layers": 1, "num_hidden_layers": 3,
                    "rope_parameters": DEFAULT, "tie_word_embeddings": True}},
        head_dim="head_dim", **DECODER),
    Architecture(
        "qwen3", {"max_position_embeddings": 128},
        {"grouped": GROUPED,
         "biases": {**GROUPED, "attention_bias": True, "tie_word_embeddings": True},
         "heads": {"num_attention_heads": 3, "num_key_value_heads": 3},
         "window": {**GROUPED, "use_sliding_window": True, "sliding_window": 5,
                    "num_hidden_layers": 3, "layer_types": [SLIDING, FULL, SLIDING],
                    "rope_parameters": LLAMA3}},
        head_dim="head_dim", qk_norm=True, **DECODER),
    Architecture(
        # The caps are low enough to bend scores and logits.
        "gemma2", {"max_position_embeddings": 128, "sliding_window": 5,
                   "query_pre_attn_scalar": 5, "attn_logit_softcapping": 1.5,
                   "final_logit_softcapping": 2.0, "num_hidden_layers": 3},
        {"grouped": {**GROUPED, "rope_parameters": LINEAR},
         "untied": {**GROUPED, "tie_word_embeddings": False, "attention_bias": True},
         "no-caps": {**GROUPED, "attn_logit_softcapping": None,
                     "final_logit_softcapping": None,
                     "layer_types": [FULL, FULL, SLIDING]}},
        head_dim="head_dim", unit_offset=True, divides_hidden=True, **DECODER),
    Architecture(
        "gemma3_text", {"max_position_embeddings": 128, "sliding_window": 5,
                        "query_pre_attn_scalar": 5, "num_hidden_layers": 3},
        {"grouped": {**GROUPED, "layer_types": [SLIDING, FULL, SLIDING],
                     "rope_parameters": {FULL: LINEAR, SLIDING: DEFAULT}},
         "untied": {**GROUPED, "tie_word_embeddings": False, "attention_bias": True,
                    "final_logit_softcapping": 2.0,
                    "layer_types": [FULL, SLIDING, FULL]},
         "pattern": {**GROUPED, "sliding_window_pattern": 3}},
        head_dim="head_dim", qk_norm=True, unit_offset=True, divides_hidden=True,
        **DECODER),
    Architecture(
        "granite", {"max_position_embeddings": 128, "embedding_multiplier": 3.0,
                    "logits_scaling": 2.0, "residual_multiplier": 0.4,
                    "attention_multiplier": 0.3},
        {"grouped": GROUPED,
         "biases": {**GROUPED, "attention_bias": True, "mlp_bias": True,
                    "rope_parameters": LLAMA3, "tie_word_embeddings": True}},
        head_dim="head_dim", **DECODER),
    Architecture(
        "vit", {"image_size": 12, "patch_size": 4, "num_channels": 3, "num_labels": 7},
        {"biases": {}, "no-qkv-bias": {"qkv_bias": False, "hidden_act": "relu"}},
        auto=transformers.AutoModelForImageClassification,
        head_dim="head_dim", epsilon="layer_norm_eps", images=True),
    Architecture(
        "bert", {"max_position_embeddings": 24},
        {"gelu": {}, "relu": {"hidden_act": "relu"}},
        auto=transformers.AutoModelForMaskedLM, epsilon="layer_norm_eps",
        learned_positions=True, post_norm=True),
]}

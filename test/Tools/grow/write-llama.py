#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""write-llama.py FOLDER: writes a small random Llama in bf16 whose query heads share keys
and values, as Hugging Face's library stores it."""

import json
import math
import pathlib
import random
import struct
import sys

HIDDEN, HEADS, GROUPS, WIDTH, MLP, LAYERS, VOCABULARY = 64, 4, 2, 32, 96, 2, 64

CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "dtype": "bfloat16",
          "hidden_size": HIDDEN, "num_attention_heads": HEADS, "num_key_value_heads": GROUPS,
          "head_dim": WIDTH, "intermediate_size": MLP, "num_hidden_layers": LAYERS,
          "vocab_size": VOCABULARY, "max_position_embeddings": 256, "rms_norm_eps": 1e-05,
          "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False,
          "attention_bias": False, "mlp_bias": False, "initializer_range": 0.02}


def list_tensors():
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for i in range(LAYERS):
        layer = f"model.layers.{i}."
        yield layer + "input_layernorm.weight", (HIDDEN,)
        yield layer + "self_attn.q_proj.weight", (HEADS * WIDTH, HIDDEN)
        yield layer + "self_attn.k_proj.weight", (GROUPS * WIDTH, HIDDEN)
        yield layer + "self_attn.v_proj.weight", (GROUPS * WIDTH, HIDDEN)
        yield layer + "self_attn.o_proj.weight", (HIDDEN, HEADS * WIDTH)
        yield layer + "post_attention_layernorm.weight", (HIDDEN,)
        yield layer + "mlp.gate_proj.weight", (MLP, HIDDEN)
        yield layer + "mlp.up_proj.weight", (MLP, HIDDEN)
        yield layer + "mlp.down_proj.weight", (HIDDEN, MLP)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


def encode(values):
    words = struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))
    return struct.pack(f"<{len(values)}H", *(word >> 16 for word in words))


def main(folder):
    draw = random.Random(1)
    header, data = {}, b""
    for name, shape in list_tensors():
        count = math.prod(shape)
        # Scores that differ between keys: weights of queries and keys are large.
        scale = 2 if "q_proj" in name or "k_proj" in name else 1
        values = ([draw.gauss(0, scale / math.sqrt(shape[1])) for _ in range(count)]
                  if len(shape) == 2 else [draw.uniform(0.5, 1.5) for _ in range(count)])
        data += encode(values)
        header[name] = {"dtype": "BF16", "shape": shape,
                        "data_offsets": [len(data) - 2 * count, len(data)]}
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2, sort_keys=True) + "\n")
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


main(*sys.argv[1:])

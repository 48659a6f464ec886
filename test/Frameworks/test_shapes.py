# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated code on shapes that divide nothing, against stock modules in f64.

Tiles are 6 x 16, panels 16 wide, blocks of 132 rows, 32 rows of scores, 384 keys: widths,
heads and lengths here are multiples of none of them. One compiled model serves all batches
and lengths.
"""

import random

import torch
from transformers import Gemma2Config, GPT2Config, LlamaConfig, MistralConfig

import support

# Batch and length; 400 is more than one block of keys.
SHAPES = [(1, 1), (3, 1), (1, 7), (3, 129), (1, 400)]


def gpt2(draw: random.Random) -> GPT2Config:
    heads = draw.choice([1, 3])
    return GPT2Config(n_embd=heads * draw.choice([7, 11, 18]), n_head=heads,
                      n_inner=draw.randint(5, 75), n_layer=2, n_positions=512,
                      vocab_size=draw.randint(31, 67),
                      activation_function=draw.choice(["gelu_new", "gelu", "relu"]))


def decoder(draw: random.Random, config, **options):
    groups, per_group = draw.choice([(1, 1), (1, 3), (2, 2), (5, 1)])
    heads = groups * per_group
    return config(hidden_size=heads * draw.choice([7, 9, 13]),
                  intermediate_size=draw.randint(5, 75), num_hidden_layers=2,
                  num_attention_heads=heads, num_key_value_heads=groups,
                  head_dim=2 * draw.randint(3, 11),
                  vocab_size=draw.randint(31, 67), max_position_embeddings=512, **options)


MODELS = [
    gpt2,
    lambda draw: decoder(draw, LlamaConfig),
    lambda draw: decoder(draw, MistralConfig, sliding_window=draw.choice([5, 40])),
    lambda draw: decoder(draw, Gemma2Config, sliding_window=draw.choice([6, 50]),
                         query_pre_attn_scalar=draw.choice([7, 24]),
                         pad_token_id=0, bos_token_id=1, eos_token_id=2),
]


def bound(dtype: torch.dtype, layers: int, length: int) -> float:
    """Of the largest difference, relative to the largest logit.

    Sums are in f32 or f64, where support.TOLERANCE holds; in f32 the angle of a position, some
    radians for each, is rounded, too. Models in 16 bits also round what each op hands on: ten
    such roundings on the way through a layer and two around the layers, each of at most half
    a unit in the last place, which norms keep from growing.
    """
    if dtype == torch.float64:
        return support.TOLERANCE[dtype]
    angle = length * torch.finfo(torch.float32).eps / 2
    if dtype == torch.float32:
        return support.TOLERANCE[dtype] + angle
    return (10 * layers + 2) * torch.finfo(dtype).eps / 2 + angle


def test_odd_shapes(seed, tmp_path):
    print(f"seed {seed}")
    config = MODELS[seed % len(MODELS)](random.Random(seed))
    for dtype in (torch.float64, torch.float32,
                  torch.bfloat16 if seed % 2 else torch.float16):
        directory = tmp_path / support.DTYPE_NAMES[dtype]
        support.save(config, directory, dtype, seed)
        for batch, length in SHAPES:
            ids = support.random_ids(config, seed, batch, length)
            expected = support.full_precision_logits(directory, ids)
            actual = support.grow_logits(directory, ids, tmp_path / "logits.safetensors",
                                         dtype)
            support.assert_same(expected, actual, dtype, f"{batch} x {length}",
                                bound(dtype, config.num_hidden_layers, length))

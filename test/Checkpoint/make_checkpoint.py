#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a small checkpoint directory for a test, with nothing but the standard
library: the reader under test must not be fed by itself.

    make_checkpoint.py gpt2 DIR [--config KEY=JSON]... [--without-config KEY]...
        [--tensor NAME=SHAPE|NAME=DTYPE|NAME=-]... [--prefix P] [--shards N]

The tensors are those that transformers stores for the configuration, keys removed
by `--without-config` included; `--tensor` then adds, changes (`wte.weight=16x4`,
`wte.weight=F32:16x4`) or removes (`=-`) one.
"""

import argparse
import json
import pathlib
import struct

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I8": 1, "BOOL": 1}

GPT2 = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 16,
        "n_positions": 8, "n_embd": 8, "n_layer": 2, "n_head": 2, "n_inner": None,
        "activation_function": "gelu_new", "layer_norm_epsilon": 1e-05}
LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 16,
         "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
         "max_position_embeddings": 64, "rms_norm_eps": 1e-06}

# The other families have Llama's tensors, with these differences.
MISTRAL = LLAMA | {"model_type": "mistral", "architectures": ["MistralForCausalLM"],
                   "sliding_window": 5}
QWEN2 = LLAMA | {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}
QWEN3 = LLAMA | {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "head_dim": 6}
GEMMA2 = LLAMA | {"model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"],
                  "head_dim": 6, "query_pre_attn_scalar": 9, "sliding_window": 5,
                  "tie_word_embeddings": True}
GEMMA3 = GEMMA2 | {"model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"]}
GRANITE = LLAMA | {"model_type": "granite", "architectures": ["GraniteForCausalLM"],
                   "embedding_multiplier": 12.0, "attention_multiplier": 0.125,
                   "residual_multiplier": 0.22, "logits_scaling": 8.0}

OPT = {"model_type": "opt", "architectures": ["OPTForCausalLM"], "vocab_size": 16,
       "hidden_size": 8, "ffn_dim": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
       "max_position_embeddings": 6, "word_embed_proj_dim": 8}
GPT_NEOX = {"model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"],
            "vocab_size": 16, "hidden_size": 16, "intermediate_size": 12,
            "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 6,
            "rotary_pct": 0.5}
BERT = {"model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 16,
        "type_vocab_size": 2, "hidden_size": 8, "intermediate_size": 12,
        "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 6}
VIT = {"model_type": "vit", "architectures": ["ViTForImageClassification"],
       "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
       "num_attention_heads": 2, "image_size": [8, 6], "patch_size": 2, "num_channels": 3,
       "id2label": {"0": "cat", "1": "dog", "2": "newt"}}


def gpt2_tensors(c, prefix):
    h, inner = c["n_embd"], c.get("n_inner") or 4 * c["n_embd"]
    shapes = {"wte.weight": [c["vocab_size"], h], "wpe.weight": [c["n_positions"], h]}
    for i in range(c["n_layer"]):
        shapes |= {f"h.{i}.{name}": shape for name, shape in {
            "ln_1.weight": [h], "ln_1.bias": [h],
            "attn.c_attn.weight": [h, 3 * h], "attn.c_attn.bias": [3 * h],
            "attn.c_proj.weight": [h, h], "attn.c_proj.bias": [h],
            "ln_2.weight": [h], "ln_2.bias": [h],
            "mlp.c_fc.weight": [h, inner], "mlp.c_fc.bias": [inner],
            "mlp.c_proj.weight": [inner, h], "mlp.c_proj.bias": [h]}.items()}
    shapes |= {"ln_f.weight": [h], "ln_f.bias": [h]}
    shapes = {prefix + name: shape for name, shape in shapes.items()}
    if not c.get("tie_word_embeddings", True):
        shapes["lm_head.weight"] = [c["vocab_size"], h]
    return shapes


def llama_tensors(c, prefix):
    h, inner, heads = c["hidden_size"], c["intermediate_size"], c["num_attention_heads"]
    k = c.get("head_dim") or h // heads
    groups = c.get("num_key_value_heads") or heads
    shapes = {"embed_tokens.weight": [c["vocab_size"], h]}
    for i in range(c["num_hidden_layers"]):
        linear = {"self_attn.q_proj": [heads * k, h], "self_attn.k_proj": [groups * k, h],
                  "self_attn.v_proj": [groups * k, h], "self_attn.o_proj": [h, heads * k],
                  "mlp.gate_proj": [inner, h], "mlp.up_proj": [inner, h],
                  "mlp.down_proj": [h, inner]}
        for name, shape in linear.items():
            shapes[f"layers.{i}.{name}.weight"] = shape
            bias = c.get("attention_bias" if "attn" in name else "mlp_bias", False)
            if c["model_type"] == "qwen2":
                bias = "attn" in name and "o_proj" not in name
            if bias:
                shapes[f"layers.{i}.{name}.bias"] = shape[:1]
        norms = ["input_layernorm", "post_attention_layernorm"]
        if "gemma" in c["model_type"]:
            norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
        for name in norms:
            shapes[f"layers.{i}.{name}.weight"] = [h]
        if c["model_type"] in ("qwen3", "gemma3_text"):
            for name in ["q_norm", "k_norm"]:
                shapes[f"layers.{i}.self_attn.{name}.weight"] = [k]
    shapes["norm.weight"] = [h]
    shapes = {prefix + name: shape for name, shape in shapes.items()}
    if not c.get("tie_word_embeddings", False):
        shapes["lm_head.weight"] = [c["vocab_size"], h]
    return shapes


def linears(shapes):
    """Weights, stored with a row for each output, and their biases."""
    result = {}
    for name, (inputs, outputs) in shapes.items():
        result |= {f"{name}.weight": [outputs, inputs], f"{name}.bias": [outputs]}
    return result


def norms(names, size):
    return {f"{name}.{part}": [size] for name in names for part in ("weight", "bias")}


def opt_tensors(c, prefix):
    h, inner = c["hidden_size"], c["ffn_dim"]
    shapes = {"embed_tokens.weight": [c["vocab_size"], h],
              "embed_positions.weight": [c["max_position_embeddings"] + 2, h]}
    for i in range(c["num_hidden_layers"]):
        layer = f"layers.{i}."
        made = linears({f"{layer}self_attn.{name}_proj": (h, h) for name in ("q", "k", "v", "out")}
                       | {layer + "fc1": (h, inner), layer + "fc2": (inner, h)})
        if not c.get("enable_bias", True):
            made = {name: shape for name, shape in made.items() if "bias" not in name}
        shapes |= made | norms([layer + "self_attn_layer_norm", layer + "final_layer_norm"], h)
    if not c.get("_remove_final_layer_norm", False):
        shapes |= norms(["final_layer_norm"], h)
    return {prefix + name: shape for name, shape in shapes.items()}


def gpt_neox_tensors(c, prefix):
    h, inner = c["hidden_size"], c["intermediate_size"]
    shapes = {"embed_in.weight": [c["vocab_size"], h]}
    for i in range(c["num_hidden_layers"]):
        layer = f"layers.{i}."
        attention = linears({layer + "attention.query_key_value": (h, 3 * h),
                             layer + "attention.dense": (h, h)})
        if not c.get("attention_bias", True):
            attention = {n: shape for n, shape in attention.items() if "bias" not in n}
        shapes |= attention | linears({layer + "mlp.dense_h_to_4h": (h, inner),
                                       layer + "mlp.dense_4h_to_h": (inner, h)})
        shapes |= norms([layer + "input_layernorm", layer + "post_attention_layernorm"], h)
    shapes |= norms(["final_layer_norm"], h)
    shapes = {prefix + name: shape for name, shape in shapes.items()}
    if not c.get("tie_word_embeddings", False):
        shapes["embed_out.weight"] = [c["vocab_size"], h]
    return shapes


def encoder_layer(layer, h, inner, attention):
    return linears({f"{layer}attention.{attention}.{name}": (h, h)
                    for name in ("query", "key", "value")}
                   | {layer + "attention.output.dense": (h, h),
                      layer + "intermediate.dense": (h, inner),
                      layer + "output.dense": (inner, h)})


def bert_tensors(c, prefix):
    h, inner = c["hidden_size"], c["intermediate_size"]
    shapes = {"embeddings.word_embeddings.weight": [c["vocab_size"], h],
              "embeddings.position_embeddings.weight": [c["max_position_embeddings"], h],
              "embeddings.token_type_embeddings.weight": [c["type_vocab_size"], h]}
    shapes |= norms(["embeddings.LayerNorm"], h)
    for i in range(c["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        shapes |= encoder_layer(layer, h, inner, "self")
        shapes |= norms([layer + "attention.output.LayerNorm", layer + "output.LayerNorm"], h)
    shapes = {prefix + name: shape for name, shape in shapes.items()}
    head = linears({"transform.dense": (h, h)}) | norms(["transform.LayerNorm"], h)
    head |= {"bias": [c["vocab_size"]]}
    return shapes | {"cls.predictions." + name: shape for name, shape in head.items()}


def vit_tensors(c, prefix):
    h, inner, patch = c["hidden_size"], c["intermediate_size"], c["patch_size"]
    rows, columns = c["image_size"]
    shapes = {"embeddings.cls_token": [1, 1, h],
              "embeddings.position_embeddings":
                  [1, (rows // patch) * (columns // patch) + 1, h],
              "embeddings.patch_embeddings.projection.weight":
                  [h, c["num_channels"], patch, patch],
              "embeddings.patch_embeddings.projection.bias": [h]}
    for i in range(c["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        made = encoder_layer(layer, h, inner, "attention")
        if not c.get("qkv_bias", True):
            made = {name: shape for name, shape in made.items()
                    if not ("attention.attention" in name and "bias" in name)}
        shapes |= made | norms([layer + "layernorm_before", layer + "layernorm_after"], h)
    shapes |= norms(["layernorm"], h)
    shapes = {prefix + name: shape for name, shape in shapes.items()}
    labels = len(c["id2label"]) if "id2label" in c else c.get("num_labels", 2)
    return shapes | linears({"classifier": (h, labels)})


MODELS = {"gpt2": (GPT2, gpt2_tensors, "transformer."),
          "llama": (LLAMA, llama_tensors, "model."),
          "mistral": (MISTRAL, llama_tensors, "model."),
          "qwen2": (QWEN2, llama_tensors, "model."),
          "qwen3": (QWEN3, llama_tensors, "model."),
          "gemma2": (GEMMA2, llama_tensors, "model."),
          "gemma3_text": (GEMMA3, llama_tensors, "model."),
          "granite": (GRANITE, llama_tensors, "model."),
          "opt": (OPT, opt_tensors, "model.decoder."),
          "gpt_neox": (GPT_NEOX, gpt_neox_tensors, "gpt_neox."),
          "bert": (BERT, bert_tensors, "bert."),
          "vit": (VIT, vit_tensors, "vit.")}


def edit_tensors(tensors, edits):
    for edit in edits:
        name, _, value = edit.partition("=")
        if value == "-":
            del tensors[name]
            continue
        dtype, shape = tensors.get(name, ("F32", []))
        for part in value.split(":"):
            if part in SIZES:
                dtype = part
            else:
                shape = [int(size) for size in part.split("x") if size]
        tensors[name] = (dtype, shape)


def data_of(name, dtype, shape):
    """Bytes that differ from tensor to tensor; a tied copy equals its original."""
    count = SIZES[dtype]
    for size in shape:
        count *= size
    return bytes([sum(name.encode()) % 64]) * count


def write_safetensors(path, tensors, same):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape) in tensors.items():
        block = data_of(same.get(name, name), dtype, shape)
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_weights(directory, tensors, shards, same):
    if shards == 1:
        write_safetensors(directory / "model.safetensors", tensors, same)
        return
    names, weight_map = list(tensors), {}
    for i in range(shards):
        file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
        part = {name: tensors[name] for name in names[i::shards]}
        write_safetensors(directory / file, part, same)
        weight_map |= {name: file for name in part}
    index = {"metadata": {"total_size": 0}, "weight_map": weight_map}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--config", action="append", default=[], metavar="KEY=JSON")
    parser.add_argument("--without-config", action="append", default=[], metavar="KEY")
    parser.add_argument("--saved-config", action="append", default=[], metavar="KEY=JSON",
                        help="only config.json has this, the tensors do not follow it")
    parser.add_argument("--tensor", action="append", default=[], metavar="NAME=...")
    parser.add_argument("--no-tensors", action="store_true",
                        help="only those of --tensor, not the model's")
    parser.add_argument("--same", action="append", default=[], metavar="NAME=NAME",
                        help="give the first tensor the bytes of the second")
    parser.add_argument("--dtype", default="F32")
    parser.add_argument("--prefix")
    parser.add_argument("--shards", type=int, default=1)
    arguments = parser.parse_args()

    config, make_tensors, prefix = MODELS[arguments.model]
    config = dict(config)

    def change(edits):
        for edit in edits:
            key, _, value = edit.partition("=")
            config[key] = json.loads(value)

    change(arguments.config)
    prefix = prefix if arguments.prefix is None else arguments.prefix
    shapes = make_tensors(config, prefix)
    tensors = {name: (arguments.dtype, shape) for name, shape in shapes.items()}
    if arguments.no_tensors:
        tensors = {}
    edit_tensors(tensors, arguments.tensor)
    change(arguments.saved_config)
    for key in arguments.without_config:
        del config[key]

    arguments.directory.mkdir(parents=True, exist_ok=True)
    for old in arguments.directory.iterdir():
        old.unlink()
    text = json.dumps(config, indent=2) + "\n"
    (arguments.directory / "config.json").write_text(text)
    same = dict(pair.split("=") for pair in arguments.same)
    write_weights(arguments.directory, tensors, arguments.shards, same)


if __name__ == "__main__":
    main()

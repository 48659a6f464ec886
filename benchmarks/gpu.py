#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Correctness and speed on an NVIDIA GPU, against PyTorch.

    benchmarks/gpu.py build FOLDER [--chip sm_90a]
    FOLDER/gpu.py run FOLDER [--json results.json]

`build` compiles matrix products, attention and whole models, where grow is, and copies
itself; the folder is some megabytes. `run` needs the folder, numpy and the NVIDIA
driver, and neither grow nor LLVM: the folder can be carried to a machine that has a
GPU. With PyTorch it compares, too; without, it checks and measures grow alone, and of
models checks only that logits are numbers.

Everything is checked before it is measured, on random data of a printed seed, with
results that were NaN before: each result against one in f64, and beside its error that
of PyTorch's result in the same type. The bound is a multiple of the latter.

Speed: both sides launch the same work several times and wait once; they take turns, in
rounds. The ratio is that of PyTorch's time (cuBLAS, scaled_dot_product_attention, the
model eagerly and compiled) to grow's in the same round; the median of all rounds is
reported: above 1 grow is faster.
"""

import argparse
import ctypes
import json
import math
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[1]

# K x N of GPT-2 124M, of a Llama with 1B parameters, and two large squares.
PRODUCTS = ["768x2304", "768x3072", "3072x768", "2048x2048", "2048x8192", "8192x2048",
            "4096x4096"]
PRODUCT_ROWS = [128, 4096, 8192]
# Query heads, key/value heads, width.
ATTENTIONS = ["12x12x64", "32x8x64", "32x8x128"]
SIZES = [(1, 128), (8, 512), (4, 2048)]
MODELS = {
    "gpt2": {"model_type": "gpt2", "n_embd": 768, "n_head": 12, "n_layer": 12,
             "n_positions": 2048, "vocab_size": 50257,
             "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
             "architectures": ["GPT2LMHeadModel"], "tie_word_embeddings": True},
    "llama": {"model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192,
              "num_hidden_layers": 16, "num_attention_heads": 32, "head_dim": 64,
              "num_key_value_heads": 8, "vocab_size": 128256, "rms_norm_eps": 1e-5,
              "rope_theta": 500000.0, "max_position_embeddings": 4096,
              "hidden_act": "silu", "architectures": ["LlamaForCausalLM"],
              "tie_word_embeddings": True},
}
# With --tiny, for tests of this script.
TINY = {
    "products": ["48x64"], "rows": [7, 40], "attentions": ["4x2x16"], "sizes": [(2, 5)],
    "models": {
        "gpt2": dict(MODELS["gpt2"], n_embd=32, n_head=2, n_layer=2, n_positions=16,
                     vocab_size=61),
        "llama": dict(MODELS["llama"], hidden_size=32, intermediate_size=48, head_dim=16,
                      num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
                      vocab_size=61, max_position_embeddings=16)},
}

# How many times PyTorch's error grow's may be, and what either may always be, of the
# largest entry: one rounding to the type.
ERROR_FACTOR = 4
ERROR_FLOOR = {"f32": 1e-6, "bf16": 8e-3, "f16": 1e-3}

DTYPE_NAMES = {"f32": "F32", "bf16": "BF16", "f16": "F16"}
BYTES = {"f32": 4, "bf16": 2, "f16": 2}


# --- Numbers ------------------------------------------------------------------------

def encode(values, dtype):
    """Values as an array of the type's bytes; bf16 as words of 16 bits."""
    values = numpy.asarray(values, numpy.float32)
    if dtype == "bf16":
        words = values.view(numpy.uint32)
        return ((words + 0x7fff + (words >> 16 & 1)) >> 16).astype(numpy.uint16)
    return values.astype({"f32": numpy.float32, "f16": numpy.float16}[dtype])


def decode(array, dtype):
    if dtype == "bf16":
        return (array.astype(numpy.uint32) << 16).view(numpy.float32)
    return array.astype(numpy.float32)


def storage(dtype):
    return {"f32": numpy.float32, "bf16": numpy.uint16, "f16": numpy.float16}[dtype]


def get_error(result, expected):
    """The largest difference, as a part of the largest entry."""
    if not numpy.isfinite(result).all():
        return math.inf
    return float(numpy.abs(result - expected).max() / numpy.abs(expected).max())


# --- build --------------------------------------------------------------------------

PRODUCT = """
func.func @{name}(%x: tensor<?x{k}x{type}>, %w: tensor<{w}x{type}>) -> tensor<?x{n}x{type}> {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x{k}x{type}>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%m) : tensor<?x{n}xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x{n}xf32>) -> tensor<?x{n}xf32>
  %product = linalg.contract
    indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ({axes})>,
                     affine_map<(m, n, k) -> (m, n)>]
    ins(%x, %w : tensor<?x{k}x{type}>, tensor<{w}x{type}>)
    outs(%init : tensor<?x{n}xf32>) -> tensor<?x{n}xf32>
  {finish}
  return %result : tensor<?x{n}x{type}>
}}
"""

ATTENTION = """
func.func @{name}(%q: tensor<?x?x{groups}x{heads}x{width}x{type}>,
                  %k: tensor<?x?x{groups}x{width}x{type}>,
                  %v: tensor<?x?x{groups}x{width}x{type}>)
    -> tensor<?x?x{groups}x{heads}x{width}x{type}> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x{groups}x{heads}x{width}x{type}>
  %s = tensor.dim %q, %c1 : tensor<?x?x{groups}x{heads}x{width}x{type}>
  %init = tensor.empty(%b, %s) : tensor<?x?x{groups}x{heads}x{width}x{type}>
  %result = grow.fused_attention
    ins(%q, %k, %v : tensor<?x?x{groups}x{heads}x{width}x{type}>,
        tensor<?x?x{groups}x{width}x{type}>, tensor<?x?x{groups}x{width}x{type}>)
    outs(%init : tensor<?x?x{groups}x{heads}x{width}x{type}>) scale 1/{root} causal
    -> tensor<?x?x{groups}x{heads}x{width}x{type}>
  return %result : tensor<?x?x{groups}x{heads}x{width}x{type}>
}}
"""


def write_product(dtype, shape, layout):
    k, n = map(int, shape.split("x"))
    finish = (f"%result = arith.truncf %product : tensor<?x{n}xf32> to tensor<?x{n}x{dtype}>"
              if dtype != "f32" else
              f"%result = tensor.cast %product : tensor<?x{n}xf32> to tensor<?x{n}xf32>")
    return PRODUCT.format(name=f"product_{dtype}_{layout}_{shape}", type=dtype, k=k, n=n,
                          w=f"{k}x{n}" if layout == "kn" else f"{n}x{k}",
                          axes=", ".join(layout), finish=finish)


def write_attention(dtype, shape):
    heads, groups, width = map(int, shape.split("x"))
    return ATTENTION.format(name=f"attention_{dtype}_{shape}", type=dtype, groups=groups,
                            heads=heads // groups, width=width,
                            root=math.isqrt(width))


def run_tool(command, **options):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, **options)
    if done.returncode:
        sys.exit(f"error: {command[0]} has failed")
    return done.stdout


def build_kernels(args, cases):
    """A library of functions on device memory, with grow's runtime."""
    module = "\n".join(
        [write_product(dtype, shape, layout) for dtype in ("f32", "bf16")
         for shape in cases["products"] for layout in ("kn", "nk")] +
        [write_attention("bf16", shape) for shape in cases["attentions"]])
    tools = args.build / "bin"
    pipeline = f"grow-to-nvvm{{chip={args.chip} format={args.format} out-params}}"
    code = run_tool([tools / "grow-opt", f"--pass-pipeline=builtin.module({pipeline})"],
                    input=module.encode())
    code = run_tool([args.llvm / "mlir-translate", "--mlir-to-llvmir"], input=code)
    run_tool([args.llvm / "clang", "-x", "ir", "-", "-O2", "-fPIC", "-shared",
              "-Wno-override-module", "-x", "none", "-Wl,--whole-archive",
              args.build / "lib/libGrowRuntime.a", "-Wl,--no-whole-archive", "-lstdc++",
              "-ldl", "-lpthread", "-lm", "-o", args.folder / "kernels.so"], input=code)


def get_tensors(name, config):
    """Names and shapes of a checkpoint's tensors."""
    if config["model_type"] == "gpt2":
        d = config["n_embd"]
        tensors = {"transformer.wte.weight": [config["vocab_size"], d],
                   "transformer.wpe.weight": [config["n_positions"], d],
                   "transformer.ln_f.weight": [d], "transformer.ln_f.bias": [d]}
        for i in range(config["n_layer"]):
            layer = f"transformer.h.{i}"
            for norm in ("ln_1", "ln_2"):
                tensors[f"{layer}.{norm}.weight"] = tensors[f"{layer}.{norm}.bias"] = [d]
            for part, (k, n) in {"attn.c_attn": (d, 3 * d), "attn.c_proj": (d, d),
                                 "mlp.c_fc": (d, 4 * d), "mlp.c_proj": (4 * d, d)}.items():
                tensors[f"{layer}.{part}.weight"] = [k, n]
                tensors[f"{layer}.{part}.bias"] = [n]
        return tensors
    d, inner = config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * config["head_dim"]
    keys = config["num_key_value_heads"] * config["head_dim"]
    tensors = {"model.embed_tokens.weight": [config["vocab_size"], d],
               "model.norm.weight": [d]}
    for i in range(config["num_hidden_layers"]):
        layer = f"model.layers.{i}"
        tensors[f"{layer}.input_layernorm.weight"] = [d]
        tensors[f"{layer}.post_attention_layernorm.weight"] = [d]
        for part, shape in {"self_attn.q_proj": [queries, d], "self_attn.k_proj": [keys, d],
                            "self_attn.v_proj": [keys, d], "self_attn.o_proj": [d, queries],
                            "mlp.gate_proj": [inner, d], "mlp.up_proj": [inner, d],
                            "mlp.down_proj": [d, inner]}.items():
            tensors[f"{layer}.{part}.weight"] = shape
    return tensors


def write_checkpoint(folder, config, tensors, dtype, random=None):
    """A checkpoint of random weights; without a generator of zeros, which take no room
    on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    torch_dtype = {"f32": "float32", "bf16": "bfloat16"}[dtype]
    (folder / "config.json").write_text(json.dumps(dict(config, torch_dtype=torch_dtype)))
    header, offset = {}, 0
    for name, shape in tensors.items():
        size = math.prod(shape) * BYTES[dtype]
        header[name] = {"dtype": DTYPE_NAMES[dtype], "shape": shape,
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        if random is None:
            file.truncate(8 + len(text) + offset)
            return
        for name, shape in tensors.items():
            values = random.standard_normal(shape, numpy.float32)
            # Gains around 1, matrices that keep the size of what they multiply.
            if len(shape) == 1:
                values = values * 0.1 + (0 if name.endswith("bias") else 1)
            elif "embed" in name or "wte" in name or "wpe" in name:
                values *= 0.5
            else:
                values *= max(shape) ** -0.5
            file.write(encode(values, dtype).tobytes())


def build_models(args, cases):
    for name, config in cases["models"].items():
        for dtype in ("f32", "bf16"):
            folder = args.folder / f"{name}-{dtype}"
            shapes = folder / "shapes"
            write_checkpoint(shapes, config, get_tensors(name, config), dtype)
            run_tool([args.build / "bin/grow", "compile", shapes, "-o", folder / "library",
                      "--name", name, "--dtype", dtype, "--target=cuda",
                      f"--chip={args.chip}", "--quiet"],
                     env=dict(os.environ, GROW_CUDA_FORMAT=args.format))
            shutil.rmtree(shapes)
            print(f"{name} {dtype}: compiled", flush=True)


def build(args):
    cases = TINY if args.tiny else {
        "products": PRODUCTS, "rows": PRODUCT_ROWS, "attentions": ATTENTIONS,
        "sizes": SIZES, "models": MODELS}
    args.folder.mkdir(parents=True, exist_ok=True)
    build_kernels(args, cases)
    print("products and attention: compiled", flush=True)
    build_models(args, cases)
    version = run_tool([args.build / "bin/grow", "--version"], text=True).strip()
    (args.folder / "cases.json").write_text(
        json.dumps(dict(cases, chip=args.chip, grow=version)))
    shutil.copy(__file__, args.folder / "gpu.py")


# --- run: grow's side ---------------------------------------------------------------

class Runtime:
    """The runtime in a library, and a device that it has opened."""

    def __init__(self, library):
        self.library = ctypes.CDLL(str(pathlib.Path(library).resolve()))
        self.library.growDeviceError.restype = ctypes.c_char_p
        self.device = ctypes.c_void_p()
        self.check(self.library.growDeviceOpen(b"cuda", ctypes.c_uint32(0xffffffff),
                                               ctypes.byref(self.device)))
        self.library.growDeviceMakeCurrent(self.device)

    def check(self, failed):
        if failed:
            sys.exit(f"error: {self.library.growDeviceError().decode()}")

    def upload(self, array):
        address = ctypes.c_uint64()
        self.check(self.library.growDeviceAllocate(
            self.device, ctypes.c_uint64(array.nbytes), ctypes.byref(address)))
        self.write(address, array)
        return address

    def write(self, address, array):
        array = numpy.ascontiguousarray(array)
        self.check(self.library.growDeviceWrite(
            self.device, address, array.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_uint64(array.nbytes)))

    def read(self, address, shape, dtype):
        array = numpy.empty(shape, storage(dtype))
        self.check(self.library.growDeviceRead(
            self.device, array.ctypes.data_as(ctypes.c_void_p), address,
            ctypes.c_uint64(array.nbytes)))
        return array

    def free(self, *addresses):
        for address in addresses:
            self.check(self.library.growDeviceFree(self.device, address))

    def synchronize(self):
        self.check(self.library.growDeviceSynchronize(self.device))


class Function:
    """A function of the library, with its arguments on the device."""

    def __init__(self, runtime, name, arguments, result, dtype):
        """Arguments are pairs of an array and the sizes that the function does not
        know; so is the result, of which the array holds NaN."""
        self.runtime, self.dtype, self.shape = runtime, dtype, result[0].shape
        self.function = getattr(runtime.library, name)
        self.addresses = [runtime.upload(array) for array, _ in [*arguments, result]]
        slots = []
        for address, (_, sizes) in zip(self.addresses, [*arguments, result]):
            slots += [address.value, *sizes]
        self.slots = (ctypes.c_uint64 * len(slots))(*slots)

    def launch(self):
        self.function(self.slots)

    def wait(self):
        self.runtime.synchronize()

    def result(self):
        self.launch()
        return decode(self.runtime.read(self.addresses[-1], self.shape, self.dtype),
                      self.dtype)

    def close(self):
        self.runtime.free(*self.addresses)


def poison(shape, dtype):
    array = numpy.empty(shape, storage(dtype))
    array.view(numpy.uint8)[...] = 0xff
    return array


class Model:
    """A library of `grow compile --target=cuda` with a checkpoint."""

    def __init__(self, name, folder, checkpoint):
        self.name = name
        self.library = ctypes.CDLL(str((folder / f"lib{name}.so").resolve()))
        self.get("error").restype = ctypes.c_char_p
        self.model = ctypes.c_void_p()
        self.check(self.get("open")(str(checkpoint).encode(), ctypes.byref(self.model)))

    def get(self, function):
        return getattr(self.library, f"{self.name}_{function}")

    def check(self, failed):
        if failed:
            sys.exit(f"error: {self.get('error')().decode()}")

    def manifest(self):
        function = self.get("manifest")
        function.restype = ctypes.c_char_p
        return json.loads(function())

    def prepare(self, ids):
        self.ids = numpy.ascontiguousarray(ids, numpy.int64)
        return self

    def launch(self):
        batch, sequence = self.ids.shape
        address = ctypes.c_uint64()
        self.check(self.get("start")(
            self.model, self.ids.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)),
            ctypes.c_int64(batch), ctypes.c_int64(sequence), ctypes.byref(address)))

    def wait(self):
        self.check(self.get("wait")(self.model))

    def logits(self, width, dtype):
        batch, sequence = self.ids.shape
        result = poison((batch, sequence, width), dtype)
        assert self.manifest()["logits"]["dtype"] == DTYPE_NAMES[dtype]
        self.check(self.get("forward")(
            self.model, self.ids.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)),
            ctypes.c_int64(batch), ctypes.c_int64(sequence),
            result.ctypes.data_as(ctypes.c_void_p)))
        return decode(result, dtype)

    def close(self):
        self.get("close")(self.model)


# --- run: PyTorch's side ------------------------------------------------------------

class Peer:
    """A call of PyTorch on its device."""

    def __init__(self, torch, call):
        self.torch, self.launch = torch, call

    def wait(self):
        if self.torch.cuda.is_available():
            self.torch.cuda.synchronize()

    def result(self):
        return self.launch().to(self.torch.float32).cpu().numpy()


def get_torch():
    try:
        import torch
    except ImportError:
        return None
    # f32 in full precision, as grow computes it.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch


def get_place(torch):
    return "cuda" if torch.cuda.is_available() else "cpu"


def to_torch(torch, array, dtype):
    tensor = torch.from_numpy(decode(array, dtype)).to(get_place(torch))
    return tensor.to({"f32": torch.float32, "bf16": torch.bfloat16}[dtype])


def make_forward(torch, name, config, weights):
    """The model as a function of token numbers, in plain PyTorch."""
    functional = torch.nn.functional

    def attend(q, k, v):
        """Of batch x positions x heads x width."""
        groups = q.shape[2] // k.shape[2]
        if groups > 1:
            k, v = (x.repeat_interleave(groups, dim=2) for x in (k, v))
        q, k, v = (x.transpose(1, 2) for x in (q, k, v))
        context = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return context.transpose(1, 2).flatten(2)

    def gpt2(ids):
        w = lambda name: weights[f"transformer.{name}"]
        heads, epsilon = config["n_head"], config["layer_norm_epsilon"]
        norm = lambda x, part: functional.layer_norm(
            x, x.shape[-1:], w(f"{part}.weight"), w(f"{part}.bias"), epsilon)
        linear = lambda x, part: torch.addmm(
            w(f"{part}.bias"), x.flatten(0, 1), w(f"{part}.weight")).unflatten(
                0, x.shape[:2])
        x = w("wte.weight")[ids] + w("wpe.weight")[: ids.shape[1]]
        for i in range(config["n_layer"]):
            h = f"h.{i}"
            q, k, v = linear(norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn").chunk(3, -1)
            x = x + linear(attend(*(t.unflatten(-1, (heads, -1)) for t in (q, k, v))),
                           f"{h}.attn.c_proj")
            hidden = linear(norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc")
            x = x + linear(functional.gelu(hidden, approximate="tanh"), f"{h}.mlp.c_proj")
        return functional.linear(norm(x, "ln_f"), w("wte.weight"))

    def llama(ids):
        w = lambda name: weights[f"model.{name}.weight"]
        width, epsilon = config["head_dim"], config["rms_norm_eps"]

        def norm(x, part):
            # As transformers do: in f32, but for f64.
            wide = x.to(torch.promote_types(x.dtype, torch.float32))
            wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon)
            return w(part) * wide.to(x.dtype)

        angle_type = torch.promote_types(weights["model.norm.weight"].dtype, torch.float32)
        frequencies = config["rope_theta"] ** (
            -torch.arange(0, width, 2, device=ids.device, dtype=angle_type) / width)
        positions = torch.arange(ids.shape[1], device=ids.device, dtype=angle_type)
        angles = torch.outer(positions, frequencies).repeat(1, 2)[:, None]

        def turn(x):
            first, second = x.chunk(2, -1)
            turned = torch.cat([-second, first], -1)
            return x * angles.cos().to(x.dtype) + turned * angles.sin().to(x.dtype)

        x = w("embed_tokens")[ids]
        for i in range(config["num_hidden_layers"]):
            layer = f"layers.{i}"
            n = norm(x, f"{layer}.input_layernorm")
            q, k, v = (functional.linear(n, w(f"{layer}.self_attn.{p}_proj")).unflatten(
                -1, (-1, width)) for p in "qkv")
            x = x + functional.linear(attend(turn(q), turn(k), v),
                                      w(f"{layer}.self_attn.o_proj"))
            n = norm(x, f"{layer}.post_attention_layernorm")
            hidden = (functional.silu(functional.linear(n, w(f"{layer}.mlp.gate_proj"))) *
                      functional.linear(n, w(f"{layer}.mlp.up_proj")))
            x = x + functional.linear(hidden, w(f"{layer}.mlp.down_proj"))
        return functional.linear(norm(x, "norm"), w("embed_tokens"))

    return {"gpt2": gpt2, "llama": llama}[config["model_type"]]


def load_weights(torch, checkpoint, dtype):
    with open(checkpoint / "model.safetensors", "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        weights = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            file.seek(8 + size + begin)
            array = numpy.frombuffer(file.read(end - begin), storage(dtype))
            weights[name] = to_torch(torch, array.reshape(entry["shape"]), dtype)
    return weights


# --- run: checks and measurements ---------------------------------------------------

class Benchmark:
    def __init__(self, args):
        self.args = args
        self.cases = json.loads((args.folder / "cases.json").read_text())
        self.seed = args.seed if args.seed is not None else int.from_bytes(os.urandom(4))
        self.random = numpy.random.default_rng(self.seed)
        self.torch = None if args.no_peer else get_torch()
        self.rows, self.failures = [], 0

    def report(self, what, ours, errors, peers, operations=0):
        """Checks, measures and prints one case; `peers` are by name."""
        dtype = what["dtype"]
        bound = max(ERROR_FLOOR[dtype],
                    ERROR_FACTOR * max(errors[1:], default=0.0))
        good = errors[0] <= bound
        self.failures += not good
        row = dict(what, error=errors[0], peer_errors=errors[1:], bound=bound, ok=good)
        if not self.args.no_speed:
            row.update(self.measure(ours, peers, operations))
        self.rows.append(row)
        parts = [" ".join(str(value) for value in what.values()).ljust(40),
                 f"error {errors[0]:.1e} (at most {bound:.1e})"]
        if "seconds" in row:
            parts.append(f"{row['seconds'] * 1e6:10.1f} us")
            if operations:
                parts.append(f"{operations / row['seconds'] * 1e-12:7.2f} TFLOP/s")
            parts += [f"{ratio:.2f} of {name}" for name, ratio in row["ratios"].items()]
        print("  ".join(parts) + ("" if good else "  WRONG"), flush=True)

    def time(self, side, calls):
        side.wait()
        begin = time.perf_counter()
        for _ in range(calls):
            side.launch()
        side.wait()
        return (time.perf_counter() - begin) / calls

    def measure(self, ours, peers, operations):
        sides = {"grow": ours, **peers}
        calls = {}
        for name, side in sides.items():
            self.time(side, 2)
            calls[name] = max(1, min(1000, int(self.args.turn / self.time(side, 1))))
        seconds = {name: [] for name in sides}
        for _ in range(self.args.rounds):
            for name, side in sides.items():
                seconds[name].append(self.time(side, calls[name]))
        return {"seconds": statistics.median(seconds["grow"]),
                "ratios": {name: statistics.median(
                    theirs / mine for theirs, mine in zip(seconds[name], seconds["grow"]))
                    for name in peers}}


def run_products(benchmark, runtime):
    torch = benchmark.torch
    for dtype in ("f32", "bf16"):
        for shape in benchmark.cases["products"]:
            k, n = map(int, shape.split("x"))
            for layout in ("kn", "nk"):
                w = encode(benchmark.random.standard_normal((k, n), numpy.float32), dtype)
                stored = w if layout == "kn" else numpy.ascontiguousarray(w.T)
                for m in benchmark.cases["rows"]:
                    x = encode(benchmark.random.standard_normal((m, k), numpy.float32), dtype)
                    ours = Function(runtime, f"product_{dtype}_{layout}_{shape}",
                                    [(x, [m]), (stored, [])],
                                    (poison((m, n), dtype), [m]), dtype)
                    peers, errors = {}, []
                    if torch:
                        tx, tw = (to_torch(torch, array, dtype) for array in (x, stored))
                        tw = tw if layout == "kn" else tw.T
                        out = torch.empty(m, n, dtype=tx.dtype, device=tx.device)
                        peers["cuBLAS"] = Peer(
                            torch, lambda: torch.matmul(tx, tw, out=out))
                        expected = (tx.double() @ tw.double()).cpu().numpy()
                        errors.append(get_error(peers["cuBLAS"].result(), expected))
                    else:
                        expected = (decode(x, dtype).astype(numpy.float64) @
                                    decode(w, dtype).astype(numpy.float64))
                    errors.insert(0, get_error(ours.result(), expected))
                    benchmark.report({"case": "product", "dtype": dtype, "layout": layout,
                                    "shape": f"{m}x{k}x{n}"}, ours, errors, peers,
                                   operations=2 * m * k * n)
                    ours.close()


def attend_exactly(q, k, v, scale):
    """Causal attention in f64: q of b, s, g, r, c; k and v of b, s, g, c."""
    q, k, v = (x.astype(numpy.float64) for x in (q, k, v))
    scores = numpy.einsum("bsgrc,btgc->bgrst", q, k) * scale
    length = q.shape[1]
    scores[..., ~numpy.tri(length, dtype=bool)] = -numpy.inf
    weights = numpy.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return numpy.einsum("bgrst,btgc->bsgrc", weights, v)


def run_attention(benchmark, runtime):
    torch, dtype = benchmark.torch, "bf16"
    for shape in benchmark.cases["attentions"]:
        heads, groups, width = map(int, shape.split("x"))
        for batch, length in benchmark.cases["sizes"]:
            sizes = [(batch, length, groups, heads // groups, width),
                     (batch, length, groups, width), (batch, length, groups, width)]
            q, k, v = (encode(benchmark.random.standard_normal(size, numpy.float32), dtype)
                       for size in sizes)
            ours = Function(runtime, f"attention_{dtype}_{shape}",
                            [(x, [batch, length]) for x in (q, k, v)],
                            (poison(q.shape, dtype), [batch, length]), dtype)
            scale = 1 / math.isqrt(width)
            # One member of the batch is enough for the reference, and many positions
            # take long.
            first = slice(0, 1)
            expected = attend_exactly(*(decode(x[first], dtype) for x in (q, k, v)), scale)
            peers, errors = {}, [get_error(ours.result()[first], expected)]
            if torch:
                tensors = [to_torch(torch, x.reshape(batch, length, -1, width), dtype)
                           .transpose(1, 2) for x in (q, k, v)]
                peers["SDPA"] = Peer(
                    torch, lambda: torch.nn.functional.scaled_dot_product_attention(
                        *tensors, is_causal=True, scale=scale, enable_gqa=True))
                theirs = peers["SDPA"].result().transpose(0, 2, 1, 3).reshape(q.shape)
                errors.append(get_error(theirs[first], expected))
            # Causal: half of the products.
            benchmark.report({"case": "attention", "dtype": dtype, "heads": shape,
                            "size": f"{batch}x{length}"}, ours, errors, peers,
                           operations=2 * batch * heads * length ** 2 * width)
            ours.close()


def run_models(benchmark):
    torch = benchmark.torch
    for name, config in benchmark.cases["models"].items():
        for dtype in ("f32", "bf16"):
            folder = benchmark.args.folder / f"{name}-{dtype}"
            checkpoint = folder / "weights"
            write_checkpoint(checkpoint, config, get_tensors(name, config), dtype,
                             benchmark.random)
            model = Model(name, folder / "library", checkpoint)
            forward = exact = compiled = None
            if torch:
                weights = load_weights(torch, checkpoint, dtype)
                forward = make_forward(torch, name, config, weights)
                exact = make_forward(torch, name, config, {
                    key: value.double() for key, value in weights.items()})
                if not benchmark.args.no_compile:
                    compiled = torch.compile(forward)
            for batch, length in benchmark.cases["sizes"]:
                run_model(benchmark, model, (name, dtype, config, batch, length),
                          forward, exact, compiled)
            model.close()
            shutil.rmtree(checkpoint)


def run_model(benchmark, model, case, forward, exact, compiled):
    name, dtype, config, batch, length = case
    torch = benchmark.torch
    ids = benchmark.random.integers(config["vocab_size"], size=(batch, length))
    logits = model.prepare(ids).logits(config["vocab_size"], dtype)
    peers = {}
    if torch:
        tensor = torch.from_numpy(ids).to(get_place(torch))
        with torch.inference_mode():
            # Of the first row alone: f64 takes long.
            expected = exact(tensor[:1]).cpu().numpy()
        for peer, call in (("eager", forward), ("compiled", compiled)):
            if call:
                peers[peer] = Peer(torch, torch.inference_mode()(lambda c=call: c(tensor)))
        errors = [get_error(logits[:1], expected)] + [
            get_error(peer.result()[:1], expected) for peer in peers.values()]
    else:
        errors = [0.0 if numpy.isfinite(logits).all() else math.inf]
    benchmark.report({"case": "model", "model": name, "dtype": dtype,
                    "size": f"{batch}x{length}"}, model, errors, peers)


def describe(benchmark, runtime):
    name = "unknown"
    if benchmark.torch and benchmark.torch.cuda.is_available():
        name = benchmark.torch.cuda.get_device_name()
    settings = {"date": time.strftime("%Y-%m-%d"), "device": name, "seed": benchmark.seed,
                "chip": benchmark.cases["chip"], "grow": benchmark.cases["grow"],
                "torch": benchmark.torch.__version__ if benchmark.torch else None}
    print("\n".join(f"{key}: {value}" for key, value in settings.items()), flush=True)
    return settings


def run(args):
    benchmark = Benchmark(args)
    runtime = Runtime(args.folder / "kernels.so")
    settings = describe(benchmark, runtime)
    parts = args.only.split(",")
    if "products" in parts:
        run_products(benchmark, runtime)
    if "attention" in parts:
        run_attention(benchmark, runtime)
    if "models" in parts:
        run_models(benchmark)
    if args.json:
        args.json.write_text(json.dumps({"settings": settings, "rows": benchmark.rows},
                                        indent=2) + "\n")
    print(f"{len(benchmark.rows)} cases, {benchmark.failures} wrong")
    sys.exit(1 if benchmark.failures else 0)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("build", help="compile what run needs")
    command.add_argument("folder", type=pathlib.Path)
    command.add_argument("--build", type=pathlib.Path, default=ROOT / "build",
                         help="grow's build directory")
    command.add_argument("--llvm", type=pathlib.Path,
                         default=pathlib.Path("/usr/lib/llvm-22/bin"),
                         help="where mlir-translate and clang are")
    command.add_argument("--chip", default="sm_90a")
    command.add_argument("--tiny", action="store_true", help="small cases, for tests")
    command.add_argument("--format", default="isa", help="see GROW_CUDA_FORMAT")
    command = commands.add_parser("run", help="check and measure, where a GPU is")
    command.add_argument("folder", type=pathlib.Path)
    command.add_argument("--only", default="products,attention,models",
                         help="parts to run (default: %(default)s)")
    command.add_argument("--seed", type=int, help="of the data (default: a new one)")
    command.add_argument("--rounds", type=int, default=7)
    command.add_argument("--turn", type=float, default=0.02,
                         help="seconds that one side computes in its turn")
    command.add_argument("--no-peer", action="store_true", help="leave out PyTorch")
    command.add_argument("--no-compile", action="store_true",
                         help="hold models against eager PyTorch only")
    command.add_argument("--no-speed", action="store_true", help="check only")
    command.add_argument("--json", type=pathlib.Path, help="also write this file")
    return parser.parse_args()


def main():
    args = parse_arguments()
    {"build": build, "run": run}[args.command](args)


if __name__ == "__main__":
    main()

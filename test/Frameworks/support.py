# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the framework tests share: models with nothing trivial in them, the `grow`
command, and the measure of how far two sets of logits are apart."""

import json
import os
import pathlib
import random
import subprocess

# Waiting OpenMP threads must not spin beside the tool under test.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import safetensors.torch
import torch
import transformers
from torch.overrides import TorchFunctionMode

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN_DIR = pathlib.Path(os.environ.get("GROW_BIN_DIR", ROOT / "build" / "bin"))
# `clang` of the path may be one that is too old for IR of today.
LLVM_BIN_DIR = pathlib.Path(os.environ.get("GROW_LLVM_BIN_DIR", "/usr/lib/llvm-22/bin"))
# As in test/lit.cfg.py.
os.environ.setdefault("GROW_CACHE_DIR", str(BIN_DIR.parent / "test" / "code-cache"))

EMULATOR_DIR = BIN_DIR.parent / "test" / "cuda-emulator"

# What counts as equal, relative to the largest logit.
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}
DTYPE_NAMES = {torch.float64: "f64", torch.float32: "f32",
               torch.bfloat16: "bf16", torch.float16: "f16"}


def seeds() -> range:
    """Seeds of this run: six from 0, or what the environment asks for."""
    first = int(os.environ.get("GROW_TEST_SEED", "0"))
    return range(first, first + int(os.environ.get("GROW_TEST_CASES", "6")))


def run_grow(*arguments, status: int) -> subprocess.CompletedProcess:
    command = [str(BIN_DIR / "grow"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == status, (
        f"status {done.returncode}, expected {status}: {' '.join(command)}\n"
        f"{done.stdout}{done.stderr}")
    return done


def grow(*arguments, status: int = 0) -> str:
    """Runs `grow`, which must exit with the given status; returns its stdout."""
    return run_grow(*arguments, status=status).stdout


def refused(*arguments) -> str:
    """Runs `grow`, which must refuse; returns what it says about it."""
    return run_grow(*arguments, status=1).stderr


# Models ----------------------------------------------------------------------

def randomize(model: torch.nn.Module, seed: int, unit_offset: bool = False) -> None:
    """Gives every parameter random values, none of them zero or one by accident.

    Frameworks start biases at 0 and gains at 1, where a forgotten or misplaced one
    goes unseen. Matrices get a scale that keeps the attention far from uniform, the
    logits of order one, and the model well conditioned: the framework's own f32
    logits are within about 1e-6 of its f64 ones."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            if parameter.dim() > 1:
                noise *= 1.5 * max(parameter.shape) ** -0.5
            elif name.endswith("bias") or unit_offset:
                noise *= 0.3
            else:
                noise = 1 + 0.3 * noise
            parameter.copy_(noise)


def save(config, directory, dtype=torch.float64, seed: int = 0,
         auto=transformers.AutoModelForCausalLM, unit_offset: bool = False, **options):
    """Saves a random model of this configuration as transformers would."""
    # An out-of-vocabulary id would only make the framework warn.
    config.bos_token_id = config.eos_token_id = config.pad_token_id = None
    model = auto.from_config(config).to(torch.float64)
    randomize(model, seed, unit_offset)
    model.to(dtype).save_pretrained(directory, **options)
    return directory


def load(directory, dtype=torch.float64, auto=transformers.AutoModelForCausalLM):
    """The stock model in `directory`, every weight accounted for.

    Attention is the model's own code: others leave out soft caps, for one."""
    model, info = auto.from_pretrained(
        directory, dtype=dtype, attn_implementation="eager", output_loading_info=True)
    wrong = {kind: names for kind, names in info.items() if names}
    assert not wrong, f"{directory}: {wrong}"
    return model.eval()


class FullPrecision(TorchFunctionMode):
    """Makes stock modules compute all of a model in f64.

    Many of them compute norms, softmax and rotary tables in f32 even if the model is
    in f64, which bounds any comparison to 1e-7. While this is active, whoever asks for
    f32 gets f64; formulas and weights are the framework's own, and so are the rotary
    frequencies, which it rounds to f32 when a model is loaded."""

    def __torch_function__(self, function, types, arguments=(), options=None):
        def widen(value):
            return torch.float64 if value is torch.float32 else value
        if function is torch.Tensor.float:
            function = torch.Tensor.double
        return function(*map(widen, arguments),
                        **{name: widen(value) for name, value in (options or {}).items()})


def random_ids(config, seed: int, batch: int = 2, length: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(config.vocab_size, (batch, length), generator=generator)


def random_images(config, seed: int, batch: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, config.num_channels, config.image_size, config.image_size)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def logits(directory, inputs: torch.Tensor, dtype=torch.float64,
           auto=transformers.AutoModelForCausalLM) -> torch.Tensor:
    """The logits of the stock framework."""
    if inputs.is_floating_point():
        inputs = inputs.to(dtype)
    with torch.no_grad():
        return load(directory, dtype, auto)(inputs).logits


def grow_logits(directory, ids: torch.Tensor, output, dtype=torch.float64,
                *arguments) -> torch.Tensor:
    """The logits of grow's own compiled model."""
    rows = ";".join(",".join(map(str, row)) for row in ids.tolist())
    grow("run", directory, "--ids", rows, "--logits", output,
         "--dtype", DTYPE_NAMES[dtype], "--quiet", *arguments)
    (tensor,) = safetensors.torch.load_file(output).values()
    assert tensor.shape[:2] == ids.shape
    return tensor


def full_precision_logits(directory, inputs: torch.Tensor,
                          auto=transformers.AutoModelForCausalLM) -> torch.Tensor:
    """The logits of the stock modules with every step in f64."""
    model = load(directory, torch.float64, auto)
    with FullPrecision(), torch.no_grad():
        return model(inputs).logits


def relative_difference(expected: torch.Tensor, actual: torch.Tensor) -> float:
    """Largest difference over the largest logit; infinite if anything is not finite."""
    assert expected.shape == actual.shape
    expected, actual = expected.double(), actual.double()
    difference = ((expected - actual).abs().max() / expected.abs().max()).item()
    return difference if difference == difference else float("inf")


def assert_same(expected, actual, dtype, what: str, tolerance=None) -> None:
    difference = relative_difference(expected, actual)
    bound = tolerance or TOLERANCE[dtype]
    print(f"{what}: {difference:.2e} of the largest logit "
          f"({DTYPE_NAMES[dtype]}, bound {bound:.0e})")
    assert difference <= bound, what


def assert_compiled_agrees(directory, ids: torch.Tensor, output, dtype=torch.float64,
                           auto=transformers.AutoModelForCausalLM) -> None:
    """grow's own compiled model and the stock one compute the same."""
    expected = (full_precision_logits(directory, ids, auto) if dtype == torch.float64 else
                logits(directory, ids, dtype, auto))
    assert_same(expected, grow_logits(directory, ids, output, dtype), dtype,
                f"compiled {directory.name}")


# Growth ----------------------------------------------------------------------

def recipes(seed: int, width: int, layers: int) -> dict:
    """Arguments of `grow apply` for a model of this MLP width and depth."""
    draw = random.Random(seed)
    wider = width + draw.randint(1, 2 * width)
    count = draw.randint(1, 3)
    positions = sorted(draw.sample(range(layers + 1), min(2, layers + 1)))
    at = f"+{len(positions)}@{','.join(map(str, positions))}"
    return {"mlp": ["--mlp", wider],
            "layers": ["--layers", f"+{count}"],
            "layers-at": ["--layers", at],
            "both": ["--mlp", wider, "--layers", at]}


def read_config(directory) -> dict:
    return json.loads((pathlib.Path(directory) / "config.json").read_text())


def write_config(directory, config: dict) -> None:
    text = json.dumps(config, indent=2) + "\n"
    (pathlib.Path(directory) / "config.json").write_text(text)


def read_tensors(directory) -> dict:
    """All tensors of a checkpoint, from however many files."""
    tensors = {}
    for file in sorted(pathlib.Path(directory).glob("*.safetensors")):
        shard = safetensors.torch.load_file(file)
        assert not tensors.keys() & shard.keys(), f"{file}: tensors stored twice"
        tensors |= shard
    return tensors

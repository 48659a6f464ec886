# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""When new weights receive a gradient, by grow-check-liveness and by torch.

A random model is grown by `grow apply`, and torch takes gradients of a random functional
of its logits, at first and after steps in random directions of whatever has one. New
entries are those that are the same whatever the source's weights were."""

import random
import re
import subprocess

import pytest
import torch
import transformers

import support

VERDICTS = ["receives a gradient at the first step",
            "receives a gradient once others have moved", "never receives a gradient"]
STEPS = 3
# Gradients that are zero but for rounding, of the largest: torch has no field.
ZERO = 1e-11


def make_config(kind: str, rng: random.Random):
    shared = dict(vocab_size=19, initializer_range=0.3, tie_word_embeddings=rng.random() < 0.5)
    if kind == "gpt2":
        shared["tie_word_embeddings"] = True
        return transformers.GPT2Config(n_embd=8, n_layer=2, n_head=2, n_inner=12,
                                       n_positions=16, **shared)
    sizes = dict(hidden_size=8, intermediate_size=12, num_hidden_layers=2,
                 num_attention_heads=4, num_key_value_heads=2, head_dim=4,
                 max_position_embeddings=32, **shared)
    if kind == "gemma2":
        return transformers.Gemma2Config(**sizes, query_pre_attn_scalar=4)
    return transformers.LlamaConfig(**sizes)


# Each growth: flags of `grow apply`, the same as options of grow-expand. The last two make
# blocks that never learn.
GROWTHS = {
    "mlp": (["--mlp", "18"], "mlp=18"),
    "mlp, up silent": (["--mlp", "18", "--mlp-zero", "up"], "mlp=18 mlp-zero=up"),
    "mlp, gate silent": (["--mlp", "18", "--mlp-zero", "gate"], "mlp=18 mlp-zero=gate"),
    "hidden": (["--hidden", "12"], "hidden=12 compensation=weights"),
    "queries": (["--heads", "8"], "heads=8"),
    "keys": (["--head-dim", "8"], "head-dim=8"),
    "layers": (["--layers", "+1@1"], "layers=+1@1"),
    "tokens": (["--vocabulary", "23"], "vocabulary=23"),
    "dead mlp": (["--mlp", "18", "--init", "zero", "--allow-dead"],
                 "mlp=18 init=zero allow-dead"),
    "dead keys": (["--head-dim", "8", "--init", "zero", "--allow-dead"],
                  "head-dim=8 init=zero allow-dead"),
}


def fits(kind: str, growth: str) -> bool:
    """GPT-2 has no gate and no width of heads or share of queries of its own, and the mean
    of old channels fills new ones: those are no new entries here."""
    return kind != "gpt2" or growth in ("mlp", "mlp, up silent", "layers", "tokens", "dead mlp")


def expected_verdicts(source, options: str, folder) -> dict:
    """For each stored tensor when the first of its new blocks receives a gradient."""
    model, grown = folder / "model.mlir", folder / "grown.mlir"
    support.grow("import", source, "-o", model)
    tool = str(support.BIN_DIR / "grow-opt")
    if "seed=" not in options:
        options += " seed=1"
    if "init=" not in options:
        options += " init=normal:0.3"
    subprocess.run([tool, model, f"--grow-expand={options}", "-o", grown], check=True)
    done = subprocess.run([tool, grown, "--grow-check-liveness=allow-dead", "-o", "/dev/null",
                           "--remarks-filter=grow"], capture_output=True, text=True, check=True)
    text = grown.read_text()
    layers = re.findall(r'grow\.layer "[^"]*".*?grow\.yield', text, re.DOTALL)
    number = {name: i for i, layer in enumerate(layers)
              for name in re.findall(r"grow\.get @(\S+)", layer)}
    stored = {name: tensor.replace("{layer}", str(number.get(name)))
              for name, tensor in re.findall(r'grow\.param @(\S+) : .*?storage<"([^"]+)"', text)}
    found = {}
    for name, verdict in re.findall(r'Reason="[^"]*?@([^:"]+): ([^"]+)"', done.stderr):
        rank = next(i for i, known in enumerate(VERDICTS) if verdict.startswith(known))
        found[stored[name]] = min(rank, found.get(stored[name], rank))
    return found


def gradients(model, ids, functional) -> None:
    model.zero_grad(set_to_none=True)
    with support.FullPrecision():
        (model(ids).logits * functional).sum().backward()


def measured_verdicts(directory, new: dict, seed: int) -> dict:
    model = support.load(directory)
    parameters = dict(model.named_parameters())
    generator = torch.Generator().manual_seed(seed)
    ids = torch.arange(model.config.vocab_size).repeat(2)[None, :]
    ids = ids[:, torch.randperm(ids.shape[1], generator=generator)].reshape(-1, 2)
    width = min(8, ids.numel())
    ids = ids.reshape(-1)[:ids.numel() // width * width].reshape(-1, width)
    # Every token occurs.
    ids = torch.cat([ids, torch.arange(width)[None, :] + model.config.vocab_size - width])
    functional = torch.randn((*ids.shape, model.config.vocab_size), generator=generator,
                             dtype=torch.float64)
    found = {}
    for step in range(STEPS):
        gradients(model, ids, functional)
        largest = max(p.grad.abs().max() for p in parameters.values() if p.grad is not None)
        for name, parameter in parameters.items():
            live = parameter.grad.abs() > ZERO * largest
            if name in new and (live & new[name]).any():
                found.setdefault(name, min(step, 1))
            with torch.no_grad():
                parameter += live * 0.3 * torch.randn(parameter.shape, generator=generator,
                                                      dtype=torch.float64)
    return {name: found.get(name, 2) for name in new}


def find_new(a: dict, b: dict) -> dict:
    """The entries that do not depend on the source's weights."""
    same = {name: a[name] == b[name] for name in a}
    return {name: mask for name, mask in same.items() if mask.any()}


@pytest.mark.parametrize("kind", ["gpt2", "llama", "gemma2"])
@pytest.mark.parametrize("growth", GROWTHS)
def test_liveness(kind, growth, tmp_path):
    if not fits(kind, growth):
        pytest.skip("not of this architecture")
    seed = support.seeds().start
    config = make_config(kind, random.Random(seed))
    flags, options = GROWTHS[growth]
    common = ["--seed", "1"] + ([] if "--init" in flags else ["--init", "normal:0.3"])
    tensors = []
    for i in range(2):
        source = support.save(config, tmp_path / f"source{i}", seed=seed + 1000 * i,
                              unit_offset=kind == "gemma2")
        support.grow("apply", source, "-o", tmp_path / f"grown{i}", *flags, *common)
        tensors.append(support.read_tensors(tmp_path / f"grown{i}"))
    new = find_new(*tensors)
    expected = expected_verdicts(tmp_path / "source0", options, tmp_path)
    measured = measured_verdicts(tmp_path / "grown0", new, seed)
    assert measured, "nothing is new"
    assert measured == {name: expected[name] for name in measured}
    if growth.startswith("dead"):
        assert 2 in measured.values()

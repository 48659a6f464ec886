# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every growth of every architecture, judged by stock transformers.

Both directories are loaded as anyone would load them. In f64 the logits agree to 1e-12
of the largest one (with stock modules that are kept from computing in f32), in f32 to
1e-5. What a configuration cannot express is refused, with a note."""

import random

import pytest
import torch

import support
from architectures import ARCHITECTURES

FIRST = support.seeds().start


class Source:
    """A random stock model and its logits."""

    def __init__(self, architecture, variant: str, seed: int, directory):
        self.architecture, self.directory = architecture, directory
        self.config = architecture.make_config(seed, variant)
        architecture.save(self.config, directory, torch.float64, seed)
        draw = support.random_images if architecture.images else support.random_ids
        self.inputs = draw(self.config, seed)
        self.expected = {dtype: self.logits(directory, dtype)
                         for dtype in (torch.float64, torch.float32, torch.bfloat16)}

    def logits(self, directory, dtype):
        auto = self.architecture.auto
        if dtype == torch.float64:
            return support.full_precision_logits(directory, self.inputs, auto)
        return support.logits(directory, self.inputs, dtype, auto)

    def difference(self, directory, dtype) -> float:
        """How far the logits are off. New tokens get logits of their own after them."""
        expected, actual = self.expected[dtype], self.logits(directory, dtype)
        if not self.architecture.images:
            assert actual.shape[-1] == support.read_config(directory)["vocab_size"]
            actual = self.cut(actual)
        return support.relative_difference(expected, actual)

    def cut(self, logits):
        """Those of the tokens that the source knows."""
        return logits[..., :self.expected[torch.float64].shape[-1]]

    def compare(self, directory, what: str) -> dict:
        """The model in `directory` computes the same."""
        found = {dtype: self.difference(directory, dtype) for dtype in self.expected}
        print(f"{what}: of the largest logit "
              + ", ".join(f"{difference:.1e} in {support.DTYPE_NAMES[dtype]}"
                          for dtype, difference in found.items()))
        for dtype, bound in support.TOLERANCE.items():
            assert found[dtype] <= bound, f"{what} in {support.DTYPE_NAMES[dtype]}"
        # With eight bits all that can be asked is to be about as far from the truth as
        # the source is.
        exact = self.expected[torch.float64]
        own = support.relative_difference(exact, self.expected[torch.bfloat16].double())
        grown = support.relative_difference(
            exact, self.cut(self.logits(directory, torch.bfloat16)).double())
        print(f"{what}: bf16 off by {grown:.1e}, the source by {own:.1e}")
        assert grown <= 4 * max(own, 2**-8), f"{what} in bf16"
        return found


def variants():
    for architecture in ARCHITECTURES.values():
        for offset, variant in enumerate(architecture.variant_names()):
            yield architecture, variant, FIRST + offset


def growths():
    """All growths of the first variant; of the others one, and all together."""
    for architecture, variant, seed in variants():
        names = list(architecture.growths(architecture.make_config(seed, variant), seed))
        if seed > FIRST:
            names = [random.Random(seed).choice(names)]
        for name in [*names, "together"]:
            yield pytest.param(architecture, variant, seed, name,
                               id=f"{architecture.model_type}-{variant}-{name}")


def refusals():
    for architecture, variant, seed in variants():
        if seed == FIRST:
            config = architecture.make_config(seed, variant)
            for name in architecture.refusals(config):
                yield pytest.param(architecture, variant, seed, name,
                                   id=f"{architecture.model_type}-{name}")


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    made = {}

    def source(architecture, variant, seed) -> Source:
        key = (architecture.model_type, variant, seed)
        if key not in made:
            directory = tmp_path_factory.mktemp("source") / "model"
            made[key] = Source(architecture, variant, seed, directory)
        return made[key]
    return source


@pytest.mark.parametrize("architecture, variant, number, growth", list(growths()))
def test_growth_keeps_the_logits(architecture, variant, number, growth, sources, tmp_path):
    source = sources(architecture, variant, number)
    arguments = (architecture.together(source.config, number) if growth == "together" else
                 architecture.growths(source.config, number)[growth])
    grown = tmp_path / "grown"
    support.grow("apply", source.directory, "-o", grown, *arguments)
    source.compare(grown, f"{growth} {' '.join(map(str, arguments))}")


@pytest.mark.parametrize("architecture, variant, number, growth", list(refusals()))
def test_what_a_configuration_cannot_express_is_refused(architecture, variant, number, growth,
                                                        sources, tmp_path):
    source = sources(architecture, variant, number)
    grown = tmp_path / "grown"
    arguments = architecture.refusals(source.config)[growth]
    message = support.refused("apply", source.directory, "-o", grown, *arguments)
    print(message)
    assert "error: " in message and "note: " in message
    assert not grown.exists()


@pytest.mark.parametrize("architecture, variant, number", [
    pytest.param(*entry, id=f"{entry[0].model_type}-{entry[1]}")
    for entry in variants() if not entry[0].images])
def test_compiled_model_agrees_with_transformers(architecture, variant, number, sources,
                                                 tmp_path):
    """grow's own code for the source and for a model that grew in every way."""
    source = sources(architecture, variant, number)
    grown = tmp_path / "grown"
    support.grow("apply", source.directory, "-o", grown,
                 *architecture.together(source.config, number))
    for model in (source.directory, grown):
        for dtype in (torch.float64, torch.float32):
            support.assert_compiled_agrees(model, source.inputs,
                                           tmp_path / "logits.safetensors", dtype,
                                           architecture.auto)


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(),
                         ids=lambda architecture: architecture.model_type)
def test_growth_of_bf16(architecture, tmp_path):
    """What needs no factor carries the stored weights over bit for bit, so with f32
    arithmetic the usual bound holds."""
    config = architecture.make_config(FIRST)
    source = architecture.save(config, tmp_path / "source", torch.bfloat16, FIRST)
    draw = support.random_images if architecture.images else support.random_ids
    inputs = draw(config, FIRST)
    found = architecture.growths(config, FIRST)
    arguments = found["mlp"] + found.get("layers", [])
    grown = tmp_path / "grown"
    support.grow("apply", source, "-o", grown, *arguments)
    support.assert_same(support.logits(source, inputs, torch.float32, architecture.auto),
                        support.logits(grown, inputs, torch.float32, architecture.auto),
                        torch.float32, "stored in bf16, computed in f32")

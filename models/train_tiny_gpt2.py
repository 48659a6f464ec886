#!/usr/bin/env python3
# Part of grow, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains models/tiny-gpt2: GPT-2 of half a million parameters over bytes.

The text is /usr/share/common-licenses of Debian 12, which every Debian machine
has. The result is small enough to live in the repository and speaks well enough
that a reader sees whether growth kept it intact.

Minutes on two cores; run it in the environment that utils/check.sh sets up:
  python models/train_tiny_gpt2.py [--steps N] [-o DIR]
"""

import argparse
import hashlib
import math
import os
import pathlib
import time

# Waiting OpenMP threads must not spin: the machine is often shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import GPT2Config, GPT2LMHeadModel

LICENSES = pathlib.Path("/usr/share/common-licenses")
CONTEXT = 128
BATCH = 32


def read_corpus() -> torch.Tensor:
    """The bytes of all licence texts; a byte is a token."""
    # Symbolic links (GPL -> GPL-3) would count a text twice.
    files = sorted(f for f in LICENSES.iterdir() if f.is_file() and not f.is_symlink())
    data = b"\n\n".join(f.read_bytes() for f in files)
    print(f"{len(files)} files, {len(data)} bytes, "
          f"sha256 {hashlib.sha256(data).hexdigest()[:16]}")
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).long()


def make_model() -> GPT2LMHeadModel:
    config = GPT2Config(
        vocab_size=256, n_positions=CONTEXT, n_embd=96, n_layer=4, n_head=4,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, summary_first_dropout=0.0,
        bos_token_id=None, eos_token_id=None)
    return GPT2LMHeadModel(config)


def learning_rate(step: int, steps: int) -> float:
    """Linear warm-up, then a cosine down to a hundredth of the peak."""
    peak, warmup = 4e-3, 100
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


def train(model: GPT2LMHeadModel, data: torch.Tensor, steps: int) -> float:
    """Trains in place; returns the mean loss of the last 100 steps."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1},
         {"params": vectors, "weight_decay": 0.0}], betas=(0.9, 0.98))
    window = torch.arange(CONTEXT + 1)
    losses, start = [], time.monotonic()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps)
        offsets = torch.randint(len(data) - CONTEXT, (BATCH, 1))
        chunk = data[offsets + window]
        logits = model(chunk[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1),
                                                 chunk[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            print(f"step {step + 1}/{steps}  loss {sum(losses[-100:]) / 100:.3f}  "
                  f"{time.monotonic() - start:.0f} s", flush=True)
    return sum(losses[-100:]) / len(losses[-100:])


def continuation(model: GPT2LMHeadModel, prompt: str, count: int) -> str:
    ids = torch.tensor([list(prompt.encode())])
    with torch.no_grad():
        for _ in range(count):
            best = model(ids[:, -CONTEXT:]).logits[0, -1].argmax()
            ids = torch.cat([ids, best.view(1, 1)], dim=1)
    return bytes(ids[0].tolist()).decode(errors="replace")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=pathlib.Path(__file__).parent / "tiny-gpt2")
    args = parser.parse_args()

    torch.set_num_threads(2)
    torch.manual_seed(2308)
    torch.use_deterministic_algorithms(True)
    data = read_corpus()
    model = make_model()
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    loss = train(model, data, args.steps)
    print(f"final loss {loss:.3f} nats per byte, perplexity {math.exp(loss):.2f}")
    print(continuation(model.eval(), "This program is free software", 90))
    model.save_pretrained(args.output)


if __name__ == "__main__":
    main()

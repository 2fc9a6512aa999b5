"""A voice's adapter, trained with plain peft: what the evaluation measures the starter's readiness to learn by."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from nanoverse.starter.speaking import Speaker

RANK = 8
RATE = 1e-3
EPOCHS = 4
_BATCH = 4


@contextmanager
def adapted(
    base: Speaker, rows: Sequence[tuple[list[int], int]], seed: int
) -> Iterator[tuple[Speaker, float]]:
    """The base with an adapter trained on `rows`, and the seconds that took; afterwards the base is as before."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    config = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(base.model, config)
    speaker = Speaker(model, base.tokenizer)
    try:
        began = time.monotonic()
        _teach(speaker, rows, random.Random(seed))
        yield speaker, time.monotonic() - began
    finally:
        model.unload()


def _teach(speaker: Speaker, rows: Sequence[tuple[list[int], int]], rng: random.Random) -> None:
    parameters = [each for each in speaker.model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.0)
    steps = EPOCHS * -(-len(rows) // _BATCH)
    speaker.model.train()
    step = 0
    for _ in range(EPOCHS):
        order = rng.sample(list(rows), len(rows))
        for at in range(0, len(order), _BATCH):
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, (step + 1) / 4) * (1 - step / steps)
            torch.autograd.backward(speaker.loss(order[at : at + _BATCH]))
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
    speaker.model.eval()

"""What the gate measures on a model: how well it predicts given replies, and what it says by itself.

`verdict.py` decides what follows from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nanoverse.learning import adapter
from nanoverse.learning.memory import fewer_at_once
from nanoverse.learning.rows import IGNORED, Row, Tokens, padded, reply_nats
from nanoverse.learning.verdict import Score
from nanoverse.learning.writing import written

SCORING_BATCH = 8
REPLIES = 12
REPLY_TOKENS = 32  # of a trial reply: enough to see whether it is empty or goes round in circles


def score(model: Any, rows: Sequence[Row]) -> Score:
    """How well a transformers (or peft) model predicts the replies of `rows`, in the order given."""
    each = losses(model, rows)
    return Score(np.array([one.sum() for one in each]), np.array([len(one) for one in each], dtype=np.int64))


def losses(model: Any, rows: Sequence[Row]) -> list[NDArray[np.float64]]:
    """The negative log likelihood of each token of each reply, in nats, in the order given."""
    causal = adapter.causal(model)
    by_length = sorted(range(len(rows)), key=lambda i: len(rows[i]))

    def attempt(at_once: int) -> list[NDArray[np.float64]]:
        found: dict[int, NDArray[np.float64]] = {}
        for start in range(0, len(rows), at_once):
            chosen = by_length[start : start + at_once]
            found |= zip(chosen, _losses_of_batch(causal, [rows[i] for i in chosen]), strict=True)
        return [found[i] for i in range(len(rows))]

    return fewer_at_once(SCORING_BATCH, attempt)


def _losses_of_batch(causal: Any, rows: Sequence[Row]) -> list[NDArray[np.float64]]:
    ids, mask = padded([row.ids for row in rows])
    labels, _ = padded([row.labels for row in rows], IGNORED)
    was_training = causal.training
    causal.eval()
    with torch.no_grad():
        hidden = adapter.hidden_states(causal, ids, mask)
        found = reply_nats(causal.lm_head, hidden, labels)
    causal.train(was_training)
    replies = torch.split(found.double().cpu(), [len(row) - row.prompt for row in rows])
    return [np.asarray(one.numpy()) for one in replies]


def rehearse(
    model: Any, tokens: Tokens, prompts: Sequence[Sequence[int]], temperature: float, seed: int
) -> list[str]:
    """`REPLIES` trial replies of a model to prompts, all in one batch; none if there are no prompts.

    Up to half of them take the likeliest token at each step, each to another prompt; the others are drawn.
    """
    different = list(dict.fromkeys(map(tuple, prompts)))
    if not different:
        return []
    asked = [different[i % len(different)] for i in range(REPLIES)]
    likeliest = min(len(different), REPLIES // 2)
    spread = torch.full((REPLIES, 1), temperature)
    spread[:likeliest] = 0.0

    def attempt(at_once: int) -> list[str]:
        # Each reply has dice of its own, so that it does not depend on how many are drawn at once.
        generators = [torch.Generator(device="cpu").manual_seed(seed * REPLIES + i) for i in range(REPLIES)]
        replies: list[str] = []
        for start in range(0, REPLIES, at_once):
            some = slice(start, start + at_once)
            dice = _Dice(spread[some], generators[some])
            replies += written(model, tokens, asked[some], REPLY_TOKENS, [dice])
        return replies

    return fewer_at_once(REPLIES, attempt)


class _Dice:
    """Makes the likeliest token of each row a draw from softmax(logits / spread): the Gumbel-max trick (Gumbel,
    Statistical Theory of Extreme Values, 1954).

    transformers would draw from torch's global generator, from which other threads draw as well; the same adapter
    must get the same verdict.
    """

    def __init__(self, spread: torch.Tensor, generators: Sequence[torch.Generator]) -> None:
        self._spread = spread  # [rows, 1]
        self._generators = generators

    def __call__(self, ids: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        drawn = [torch.rand(logits.shape[-1], generator=generator) for generator in self._generators]
        uniform = torch.stack(drawn).clamp_min(1e-9)
        return logits + (-torch.log(-torch.log(uniform)) * self._spread).to(logits)

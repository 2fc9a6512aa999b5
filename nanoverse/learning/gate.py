"""What the gate measures on a model: how well it predicts given replies, and what it says by itself.

`verdict.py` decides what follows from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nanoverse.learning.dialogue import REPETITION_PENALTY
from nanoverse.learning.rows import IGNORED, Row, Tokens, padded
from nanoverse.learning.verdict import Score

SCORING_BATCH = 8
REPLIES = 12
REPLY_TOKENS = 32  # of a trial reply: enough to see whether it is empty or goes round in circles


def score(model: Any, rows: Sequence[Row]) -> Score:
    """How well a transformers (or peft) model predicts the replies of `rows`, in the order given.

    Only the positions that carry loss go through the head, so the peak of memory does not grow with the vocabulary
    times the prompt.
    """
    each = losses(model, rows)
    return Score(np.array([one.sum() for one in each]), np.array([len(one) for one in each], dtype=np.int64))


def losses(model: Any, rows: Sequence[Row]) -> list[NDArray[np.float64]]:
    """The negative log likelihood of each token of each reply, in nats, in the order given."""
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    by_length = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    found: dict[int, NDArray[np.float64]] = {}
    for start in range(0, len(rows), SCORING_BATCH):
        chosen = by_length[start : start + SCORING_BATCH]
        found |= zip(chosen, _losses_of_batch(causal, [rows[i] for i in chosen]), strict=True)
    return [found[i] for i in range(len(rows))]


def _losses_of_batch(causal: Any, rows: Sequence[Row]) -> list[NDArray[np.float64]]:
    ids, mask = padded([row.ids for row in rows])
    said = padded([row.labels for row in rows], IGNORED)[0] != IGNORED
    device = causal.device
    was_training = causal.training
    causal.eval()
    with torch.no_grad():
        hidden = causal.model(input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False)
        # The hidden state at t predicts the token at t + 1.
        before = hidden.last_hidden_state[:, :-1][said[:, 1:].to(device)]
        logits = causal.lm_head(before).float()
        found = torch.nn.functional.cross_entropy(logits, ids[said].to(device), reduction="none")
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
    longest = max(map(len, asked))
    ids = torch.zeros(REPLIES, longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, prompt in enumerate(asked):
        ids[i, longest - len(prompt) :] = torch.tensor(prompt)
        mask[i, longest - len(prompt) :] = 1
    spread = torch.full((REPLIES, 1), temperature)
    spread[:likeliest] = 0.0
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    was_training = causal.training
    causal.eval()
    with torch.no_grad():
        written = causal.generate(
            input_ids=ids.to(causal.device),
            attention_mask=mask.to(causal.device),
            max_new_tokens=REPLY_TOKENS,
            do_sample=False,
            repetition_penalty=REPETITION_PENALTY,
            logits_processor=[_Dice(spread, seed)],
            eos_token_id=[tokens.end, tokens.tokenizer.eos_token_id],
            pad_token_id=tokens.tokenizer.pad_token_id,
        )
    causal.train(was_training)
    texts = tokens.tokenizer.batch_decode(written[:, longest:], skip_special_tokens=True)
    return [" ".join(str(text).split()) for text in texts]


class _Dice:
    """Makes the likeliest token of each row a draw from softmax(logits / spread): the Gumbel-max trick (Gumbel,
    Statistical Theory of Extreme Values, 1954).

    transformers would draw from torch's global generator, from which other threads draw as well; the same adapter
    must get the same verdict.
    """

    def __init__(self, spread: torch.Tensor, seed: int) -> None:
        self._spread = spread  # [rows, 1]
        self._generator = torch.Generator(device="cpu").manual_seed(seed)

    def __call__(self, ids: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        uniform = torch.rand(logits.shape, generator=self._generator).clamp_min(1e-9)
        return logits + (-torch.log(-torch.log(uniform)) * self._spread).to(logits)

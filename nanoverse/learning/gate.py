"""Whether a new adapter may speak for its player: measured on words that it was not trained on.

The measure is nats per token of the player's own held-out replies, the newest they wrote. A candidate passes only if
it is better than the bare base model beyond what chance explains, and not worse than the live version beyond noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nanoverse.learning.rows import Row

RESAMPLES = 2000
CONFIDENCE = 0.95
SCORING_BATCH = 8


@dataclass(frozen=True, slots=True)
class Score:
    """What one model makes of some rows: for each the summed negative log likelihood, in nats, and its tokens."""

    nll: NDArray[np.float64]
    tokens: NDArray[np.int64]

    @property
    def per_token(self) -> float:
        return float(self.nll.sum() / self.tokens.sum())


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's word on a candidate. Gains are nats per token; `live_*` are None where no version is live."""

    passed: bool
    reason: str
    examples: int
    base: float
    candidate: float
    gain: float
    gain_low: float
    live: float | None = None
    live_gain: float | None = None
    live_gain_high: float | None = None


def score(model: Any, rows: Sequence[Row]) -> Score:
    """How well a transformers (or peft) model predicts the replies of `rows`, in the order given.

    Only the positions that carry loss go through the head, so the peak of memory does not grow with the vocabulary
    times the prompt.
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    by_length = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    nll = np.zeros(len(rows))
    for start in range(0, len(rows), SCORING_BATCH):
        chosen = by_length[start : start + SCORING_BATCH]
        nll[chosen] = _score_batch(causal, [rows[i] for i in chosen])
    return Score(nll, np.array([len(row) - row.prompt for row in rows], dtype=np.int64))


def _score_batch(causal: Any, rows: Sequence[Row]) -> NDArray[np.float64]:
    longest = max(map(len, rows))
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    said = torch.zeros_like(ids, dtype=torch.bool)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row.ids)
        mask[i, : len(row)] = 1
        said[i, row.prompt : len(row)] = True
    device = causal.device
    was_training = causal.training
    causal.eval()
    with torch.no_grad():
        hidden = causal.model(input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False)
        # The hidden state at t predicts the token at t + 1.
        before = hidden.last_hidden_state[:, :-1][said[:, 1:].to(device)]
        logits = causal.lm_head(before).float()
        losses = torch.nn.functional.cross_entropy(logits, ids[said].to(device), reduction="none")
    causal.train(was_training)
    owner = said.nonzero()[:, 0]
    sums = torch.zeros(len(rows), dtype=torch.float64).index_add_(0, owner, losses.double().cpu())
    return np.asarray(sums.numpy())


def judge(base: Score, candidate: Score, live: Score | None = None) -> Verdict:
    """The verdict on a candidate, from scores on the same held-out rows."""
    gain, low, _ = _gain(base, candidate)
    passed, reason = (
        True,
        f"It predicts its player's newest words {gain:.2f} nats per token better than the base model.",
    )
    if low <= 0:
        passed = False
        reason = (
            f"On its player's newest words it is not surely better than the base model "
            f"({gain:+.2f} nats per token, lower bound {low:+.2f})."
        )
    verdict = Verdict(passed, reason, len(base.nll), base.per_token, candidate.per_token, gain, low)
    if live is None:
        return verdict
    live_gain, _, high = _gain(live, candidate)
    if passed and high < 0:
        passed = False
        reason = f"The live version predicts its player's newest words better (by {-live_gain:.2f} nats per token)."
    return Verdict(
        passed,
        reason,
        verdict.examples,
        verdict.base,
        verdict.candidate,
        gain,
        low,
        live.per_token,
        live_gain,
        high,
    )


def _gain(reference: Score, candidate: Score) -> tuple[float, float, float]:
    """Mean gain in nats per token and the bounds of its bootstrap interval, resampled by example.

    Each bound leaves out 5 %: the percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap,
    chapter 13) of a ratio of sums. The generator is seeded here, so the same scores give the same verdict.
    """
    difference, tokens = reference.nll - candidate.nll, reference.tokens
    picks = np.random.default_rng(0).integers(0, len(tokens), size=(RESAMPLES, len(tokens)))
    means = difference[picks].sum(axis=1) / tokens[picks].sum(axis=1)
    low, high = np.quantile(means, [1 - CONFIDENCE, CONFIDENCE])
    return float(difference.sum() / tokens.sum()), float(low), float(high)

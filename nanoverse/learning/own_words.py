"""What holds an agent's manner while preferences move it: some of its player's own words, beside each step.

A reply that an agent wrote may be preferred, but it is never a target. Without one, both what is preferred and what is
not become less likely (Pal et al., arXiv 2402.13228), and with them the language.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from nanoverse.learning import adapter, keeping
from nanoverse.learning.keeping import Kept
from nanoverse.learning.rows import IGNORED, Row, padded, reply_nats

WEIGHT = 0.5  # beside a preference term of weight 1


class OwnWords:
    """The rows take turns, as many as `shown` at most, in an order of the `seed`; the next time around in the same.

    batch: how many a step takes, in however many goes. Raises `Stopped` once `stop` is set.
    """

    def __init__(
        self, base: Any, rows: Sequence[Row], shown: int, batch: int, seed: int, stop: threading.Event
    ) -> None:
        order = np.random.default_rng(seed).permutation(len(rows))[:shown]
        self._rows, self._head = [rows[i] for i in order], base.lm_head
        self._kept = Kept(base, self._rows, batch, stop)
        self._turns = itertools.cycle(range(len(self._rows)))

    def loss(self, model: Any, count: int) -> torch.Tensor:
        """Of the next `count` rows: what their replies cost, in nats per token, by its weight, and what keeps their
        prompts from being taken otherwise than by the base model."""
        chosen = list(itertools.islice(self._turns, count))
        ids, mask = padded([self._rows[i].ids for i in chosen])
        labels, _ = padded([self._rows[i].labels for i in chosen], IGNORED)
        hidden = adapter.hidden_states(model, ids, mask)
        words = reply_nats(self._head, hidden, labels).mean()
        return WEIGHT * words + keeping.WEIGHT / len(chosen) * self._kept.divergence(chosen, hidden)

"""What a lesson leaves as it was: how the model takes what others say.

An adapter that is trained on one player's replies and nothing else also bends what it was not asked for: what the model
makes of the scene and of others' words. So a step also asks that the next token of what is *given* in its rows be
guessed as the base model guesses it: the Kullback-Leibler divergence of the two, as in "Learning without Forgetting"
(Li and Hoiem, ECCV 2016), on the very rows that are trained on. What that brings: docs/learning-measured.md.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn.functional import kl_div, log_softmax

from nanoverse.learning import adapter
from nanoverse.learning.adapter import interruptible
from nanoverse.learning.memory import fewer_at_once
from nanoverse.learning.rows import Row, padded

WEIGHT = 3.0  # of the divergence in nats per given token, beside the loss of the replies in nats per token
PLACES = 64  # tokens of a row that are looked at, at most
LOGITS = 2**23  # numbers that the head may make of them in a step: few places where the vocabulary is large
_AT_ONCE = 8  # rows for which the base model is asked, at most


class Kept:
    """The base model's hidden states at some places of what is given in each of `rows`, asked for once.

    Raises `Stopped` once `stop` is set. `batch` is how many rows a step takes.
    """

    def __init__(self, base: Any, rows: Sequence[Row], batch: int, stop: threading.Event) -> None:
        self._head = base.lm_head
        most = max(1, min(PLACES, LOGITS // (batch * base.config.vocab_size)))
        generator = np.random.default_rng(0)
        # The state at a place guesses the token after it. That after the last one given is the reply's first.
        self._places = [
            torch.from_numpy(generator.permutation(row.prompt - 1)[:most]).to(base.device) for row in rows
        ]
        model = interruptible(adapter.twin(base), stop)
        states = fewer_at_once(_AT_ONCE, lambda at_once: dict(self._ask(model, rows, at_once)))
        self._states = [states[i] for i in range(len(rows))]  # [places, hidden size] each

    def _ask(self, model: Any, rows: Sequence[Row], at_once: int) -> Iterator[tuple[int, torch.Tensor]]:
        by_length = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(rows), at_once):
            chosen = by_length[start : start + at_once]
            ids, mask = padded([rows[i].ids for i in chosen])
            with torch.no_grad():
                found = adapter.hidden_states(model, ids, mask)
            for at, i in enumerate(chosen):
                yield i, found[at, self._places[i]]

    def divergence(self, rows: Sequence[int], hidden: torch.Tensor) -> torch.Tensor:
        """How far a model is from the base at the places of these rows: nats per token, summed over the rows.

        `hidden`: its last hidden states of these rows, `[rows, tokens, hidden size]`.
        """
        sizes = [len(self._places[i]) for i in rows]
        then = torch.cat([self._states[i] for i in rows])
        now = torch.cat([hidden[at, self._places[i]] for at, i in enumerate(rows)])
        with torch.no_grad():
            wanted = log_softmax(self._head(then).float(), dim=-1)
        apart = kl_div(
            log_softmax(self._head(now).float(), dim=-1), wanted, log_target=True, reduction="none"
        )
        return torch.stack([one.mean() for one in torch.split(apart.sum(dim=-1), sizes) if len(one)]).sum()


@contextmanager
def overhearing(model: Any) -> Iterator[list[torch.Tensor]]:
    """The last hidden states of every call of a peft model meanwhile, `[rows, tokens, hidden size]` each: trl computes
    them and keeps them to itself."""
    heard: list[torch.Tensor] = []
    hook = model.get_base_model().model.register_forward_hook(
        lambda *call: heard.append(call[2].last_hidden_state)
    )
    try:
        yield heard
    finally:
        hook.remove()

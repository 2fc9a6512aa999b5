"""Whether a preference step did what it should: measured on preferences that it was not trained on.

The reward of a reply is what both losses take for it: how much likelier the step made it, in nats (Rafailov et al.,
NeurIPS 2023).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from nanoverse.learning import gate
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Example
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.verdict import Score, Wishes
from nanoverse.learning.votes import Judged

HELD_OUT = 0.15  # share of the newest that is kept apart …
LEAST_APART = 5  # … at least: of three, one that is unlike the others hides what they say …
FEWEST = 16  # … where there are as many: of fewer, each is worth more than a measure of them …
FEWEST_REWRITES = 10  # … but for rewrites, by which the gate sees that a wish was heeded

T = TypeVar("T")


def split(ordered: Sequence[T], fewest: int = FEWEST) -> tuple[list[T], list[T]]:
    """What is trained on and what is measured by, of preferences in the order of time."""
    share = max(LEAST_APART, math.ceil(HELD_OUT * len(ordered)))
    apart = share if len(ordered) >= fewest else 0
    return list(ordered[: len(ordered) - apart]), list(ordered[len(ordered) - apart :])


def of_pairs(setup: Setup, pairs: Sequence[Preference], before: AdapterState, after: AdapterState) -> str:
    """The share of pairs whose chosen reply gained more than its rejected one, and the chosen ones' log probability."""
    rows = _rows(setup.tokens, pairs)
    was, old = _scores(setup, before, *rows)
    now, new = _scores(setup, after, *rows)
    right = np.mean((was.nll - now.nll) > (old.nll - new.nll))
    return (
        f"{100 * right:.0f} % of {len(pairs)} held-out pairs right, "
        f"chosen {-was.per_token:.3f} → {-now.per_token:.3f} nats per token"
    )


def wishes(before: Any, candidate: Any, tokens: Tokens, pairs: Sequence[Preference]) -> Wishes:
    """What two models, with their adapters on, make of rewrites."""
    chosen, rejected = _rows(tokens, pairs)
    return Wishes(
        wished=(gate.score(before, chosen), gate.score(candidate, chosen)),
        said=(gate.score(before, rejected), gate.score(candidate, rejected)),
    )


def of_votes(setup: Setup, votes: Sequence[Judged], before: AdapterState, after: AdapterState) -> str:
    """The share of held-out replies that became likelier if liked, and less likely if disliked."""
    rows = setup.tokens.rows([Example(one.scene, one.turns, one.reply) for one in votes])
    (was,), (now,) = _scores(setup, before, rows), _scores(setup, after, rows)
    right = np.mean((now.nll < was.nll) == np.array([one.liked for one in votes]))
    return f"{100 * right:.0f} % of {len(votes)} held-out likes and dislikes right"


def _rows(tokens: Tokens, pairs: Sequence[Preference]) -> tuple[list[Row], list[Row]]:
    """The chosen replies and the rejected ones."""
    return (
        tokens.rows([Example(one.scene, one.turns, one.chosen) for one in pairs]),
        tokens.rows([Example(one.scene, one.turns, one.rejected) for one in pairs]),
    )


def _scores(setup: Setup, state: AdapterState, *kinds: Sequence[Row]) -> list[Score]:
    model = setup.model(state)
    return [gate.score(model, rows) for rows in kinds]

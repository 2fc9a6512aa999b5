"""How strongly a player's adapter changes the base: as trained, less, or a little more.

Six passes over regular words teach them, but not all the way: a habit that its player hardly ever leaves out shows in
two of three replies. Over the words of somebody who never says the same thing twice they also teach what was said by
chance, and the adapter as trained is worse than half of it (docs/starter.md, "What limits it"). So its change of the
base is multiplied by whichever of `STRENGTHS` guesses the held-out words best (docs/learning-measured.md).

More than was trained must be surely better: by at least the standard error of what it saves, the rule of Breiman et al.
(Classification and Regression Trees, 1984). Who writes by habit passes it, and real authors, for whom it would be
chosen by chance, do not.

The gate judges by the same words, and what was chosen by them looks better on them than it is. So the choice is also
made twice on half of them, and each half is judged at the strength that the other half chose: cross-fitting (Stone,
Cross-Validatory Choice and Assessment of Statistical Predictions, 1974). That takes no further look at the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanoverse.learning import gate
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.rows import Row
from nanoverse.learning.trl_frame import OnStep

STRENGTHS = (1.0, 0.75, 0.5, 0.25, 1.25)  # of two that are equally good the first
WEAKER = tuple(one for one in STRENGTHS if one < 1)
_STRONGER = STRENGTHS.index(1.25)


@dataclass(frozen=True, slots=True)
class Fitted:
    """`strength` guesses all the words best. `flattery` [examples] is by how many nats each of them is easier to guess
    at it than at the strength that was chosen without it, with the half of the words that it is not in."""

    strength: float
    flattery: NDArray[np.float64]


def scaled(state: AdapterState, strength: float) -> AdapterState:
    """The adapter with its change of the base multiplied by `strength`."""
    tensors = {
        name: tensor * strength if ".lora_B." in name else tensor for name, tensor in state.tensors.items()
    }
    return AdapterState(state.config, tensors)


def fitting(setup: Setup, state: AdapterState, held_out: Sequence[Row], on_step: OnStep) -> Fitted:
    """The strength at which the adapter guesses these words best."""
    if not held_out:
        return Fitted(STRENGTHS[0], np.zeros(0))

    def nats(strength: float) -> NDArray[np.float64]:
        on_step(STRENGTHS.index(strength), len(STRENGTHS))
        return gate.score(setup.model(scaled(state, strength)), held_out).nll

    return fitted(np.stack([nats(strength) for strength in STRENGTHS]))


def fitted(nll: NDArray[np.float64]) -> Fitted:
    """The choice among `STRENGTHS`, from the nats that each example costs at each of them: [strengths, examples].

    The halves are every other example: both are as old, and the same words always give the same halves.
    """
    half = np.arange(nll.shape[1]) % 2
    best = _best(nll)
    by_the_others = np.array([_best(nll[:, half != one]) for one in (0, 1)])
    flattery = nll[by_the_others[half], np.arange(len(half))] - nll[best]
    # Both halves may be sure of more than was trained where all together are not: that is no merit of what was chosen.
    return Fitted(STRENGTHS[best], flattery if flattery.sum() > 0 else np.zeros(len(half)))


def _best(nll: NDArray[np.float64]) -> int:
    """Which of `STRENGTHS` the examples choose."""
    count = nll.shape[1]
    best = int(np.delete(nll, _STRONGER, axis=0).sum(axis=1).argmin())
    saved = nll[best] - nll[_STRONGER]
    if count > 1 and saved.mean() > saved.std(ddof=1) / np.sqrt(count):
        return _STRONGER
    return best

"""How much of a talk is shown before a reply that is learnt: all of it, or its newest line alone, by turns.

Who chats among many has several lines of others before nearly every message. From these alone an adapter learns to
speak like its player after several lines of others; asked by one person, at the beginning of a talk, it speaks like the
base model (measured: docs/learning-measured.md). So each pass over a player's words shows them otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nanoverse.learning.dialogue import Turn


def views(turns: tuple[Turn, ...]) -> tuple[tuple[Turn, ...], ...]:
    """All of a talk, and its newest line alone; once if it is no longer than that."""
    return (turns, turns[-1:]) if len(turns) > 1 else (turns,)


def order(counts: Sequence[int], passes: float, generator: np.random.Generator) -> list[int]:
    """Which view comes when, numbered over all views of everything; `counts`: how many views each thing has.

    In each pass everything comes once, in random order and in its next view. Of what has two, every other one begins
    with its second, so that a single pass, too, has as much of either. A part of a pass is the beginning of one.
    """
    many = np.asarray(counts)
    first = np.cumsum([0, *counts])[:-1]
    begins = np.cumsum(many > 1) - 1
    whole = [
        (first + (begins + number) % many)[generator.permutation(len(many))]
        for number in range(math.ceil(passes))
    ]
    wanted = max(1, round(passes * len(many)))
    return [int(i) for i in np.concatenate(whole)[:wanted]]

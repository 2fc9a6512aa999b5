"""How much of a talk is shown before a reply that is learnt: all of it, or its newest line alone, by turns.

Who chats among many has several lines of others before nearly every message. From these alone an adapter learns to
speak like its player after several lines of others; asked by one person, at the beginning of a talk, it speaks like the
base model (measured: docs/learning.md). So each pass over a player's words shows them otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nanoverse.learning.dialogue import Turn


def views(turns: tuple[Turn, ...]) -> tuple[tuple[Turn, ...], ...]:
    """All of a talk, and its newest line alone; once if it is no longer than that."""
    return (turns, turns[-1:]) if len(turns) > 1 else (turns,)


def passes(views_of_each: Sequence[int], count: float, generator: np.random.Generator) -> list[int]:
    """Which view comes when over `count` passes, numbered over all views of everything.

    In each pass everything comes once, in random order and in its next view. Every other thing begins with its second
    one, so that a single pass, too, has of either. A part of a pass is the beginning of one.
    """
    first = np.cumsum([0, *views_of_each])[:-1]
    many = np.asarray(views_of_each)
    every = np.arange(len(many))
    whole = [
        (first + (every + number) % many)[generator.permutation(len(many))]
        for number in range(math.ceil(count))
    ]
    wanted = max(1, round(count * len(many)))
    return [int(i) for i in np.concatenate(whole)[:wanted]]

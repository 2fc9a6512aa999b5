"""From what a player said to what their agent learns from.

A `Said` is one human message with what was heard before it; an `Example` is what the model gets: a scene, the
turns so far, and the reply to learn. The reply is always the player's own words.

Messages written in one go stay apart, each an example of its own. Merged, a player who writes short lines would get
an agent that answers in paragraphs, and a monologue of sixty lines would be one example; apart, each is exactly
what serving asks for: one more message, after what others have said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from nanoverse.learning import cleaning
from nanoverse.learning.dialogue import Scene, Turn

HELD_OUT = 0.15  # share of the newest examples that is never trained on
LEAST_HELD_OUT = 3


@dataclass(frozen=True, slots=True)
class Said:
    """One message that a human wrote: `time` in milliseconds, `turns` oldest first, all from before it."""

    id: int
    text: str
    time: int
    scene: Scene
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A reply to learn, and what it was a reply to."""

    scene: Scene
    turns: tuple[Turn, ...]
    reply: str


@dataclass(frozen=True, slots=True)
class Examples:
    """What to train on, what to judge by (newer than all of that), and how many were left out for which reason."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        return len(self.train) + len(self.held_out)


def examples(said: Sequence[Said]) -> Examples:
    """Clean, order and split a player's messages; of near-identical ones the newest is kept."""
    newest_first = sorted(said, key=lambda one: (one.time, one.id), reverse=True)
    faults = cleaning.faults([one.text for one in newest_first])
    kept = [one for one, fault in zip(newest_first, faults, strict=True) if fault is None]
    left_out = cleaning.count(fault for fault in faults if fault)

    oldest_first = [Example(one.scene, one.turns, one.text.strip()) for one in reversed(kept)]
    cut = len(oldest_first) - min(
        len(oldest_first), max(LEAST_HELD_OUT, math.ceil(HELD_OUT * len(oldest_first)))
    )
    return Examples(tuple(oldest_first[:cut]), tuple(oldest_first[cut:]), left_out)

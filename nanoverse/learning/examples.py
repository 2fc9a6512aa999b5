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

from nanoverse.learning import caps, cleaning
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.store.lessons import order

LOOKED_AT = 4  # windows of messages read, so that a flood, of which few count, pushes out no others
HELD_OUT = 0.15  # share of the newest examples that is never trained on
LEAST_HELD_OUT = 3
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Said:
    """One message that a human wrote: `time` in milliseconds, `turns` oldest first, all from before it.

    `id` is 0 if it was brought from elsewhere, `partner` the name of whom it was said to, empty if it was nobody.
    `continues`: it answers none of the turns, for since the newest of them the player, or their agent, had spoken, or a
    secret that is left out was told.
    """

    id: int
    text: str
    time: int
    scene: Scene
    turns: tuple[Turn, ...]
    partner: str = ""
    continues: bool = False

    @property
    def example(self) -> Example:
        return Example(self.scene, self.turns, self.text.strip(), self.continues)


@dataclass(frozen=True, slots=True)
class Example:
    """A reply to learn, and what others had said before it.

    One that `continues` what the player had said last answers nobody, as does one whose question was left out.
    """

    scene: Scene
    turns: tuple[Turn, ...]
    reply: str
    continues: bool = False

    @property
    def answers(self) -> tuple[Turn, ...]:
        """What the reply is learnt as an answer to: with a remark that continues one's own in the place of an answer,
        the agent would answer beside the question (measured: docs/learning-measured.md)."""
        return () if self.continues else self.turns


@dataclass(frozen=True, slots=True)
class Examples:
    """What to train on, what to judge by (newer than all of that), and how many were left out for which reason.

    `ids` are those of the messages that are held out, 0 for what was brought from elsewhere.
    """

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    ids: tuple[int, ...] = ()

    @property
    def kept(self) -> int:
        return len(self.train) + len(self.held_out)

    def said_after(self, message: int) -> int:
        """How many of those that are held out were said here after that message (its id)."""
        return sum(number > message for number in self.ids)


def examples(said: Sequence[Said], window: int) -> Examples:
    """Clean, cap, order and split a player's messages; of near-identical ones the newest is kept, and of all that is
    fit the newest `window`. What is older than those was not looked at.

    What is trained on and what is held out are looked through for repeats each by itself: what a player says every day
    would else be held out, being newest there, and never be learnt.
    """
    key = order([(one.id, one.time) for one in said])
    newest_first = sorted(said, key=lambda one: key(one.id, one.time), reverse=True)
    kept, _ = _kept(newest_first, 0, window)
    newest = kept[: held_out(len(kept))]
    apart = newest[-1] + 1 if newest else 0
    kept, faults = _kept(newest_first, apart, window)
    seen = kept[-1] + 1 if len(kept) == window else len(faults)
    left_out = cleaning.count(fault for fault in faults[:seen] if fault)

    def made(chosen: Sequence[int]) -> tuple[Example, ...]:
        return tuple(newest_first[i].example for i in reversed(chosen))

    ids = tuple(newest_first[i].id for i in reversed(newest))
    return Examples(made(kept[len(newest) :]), made(newest), left_out, ids)


def _kept(newest_first: Sequence[Said], apart: int, window: int) -> tuple[list[int], list[str | None]]:
    """Which messages count, and why each other does not; of repeats before and from `apart` on the first is kept."""
    texts = [one.text for one in newest_first]
    faults = cleaning.faults(texts[:apart]) + cleaning.faults(texts[apart:])
    fit = [i for i, fault in enumerate(faults) if fault is None]  # what is unfit takes nobody's room
    talks = [(_day(newest_first[i]), newest_first[i].partner) for i in fit]
    for i, reason in zip(fit, caps.over(talks, window), strict=True):
        faults[i] = reason
    return [i for i in fit if faults[i] is None][:window], faults


def held_out(count: int) -> int:
    """How many of so many examples, the newest, are kept from the training."""
    return min(count, max(LEAST_HELD_OUT, math.ceil(HELD_OUT * count)))


def _day(one: Said) -> int | None:
    """None for what was brought from elsewhere: its player chose it, and a file may give all its lines one time."""
    return one.time // DAY_MS if one.id else None

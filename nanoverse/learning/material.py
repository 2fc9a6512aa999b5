"""From the store's rows to what the training takes: what a player said, and what was preferred to their agent's words.

The store has already left out what agents wrote and private talk without both consents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nanoverse.learning.dialogue import Scene, Turn, prompt_from_json
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Example, Said
from nanoverse.protocol import CHANNELS, PRIVATE
from nanoverse.store import lessons
from nanoverse.store.lessons import Line, OwnMessage

TURNS = 10  # newest lines of context; as many as an agent is given when it answers
SPAN = 900_000  # milliseconds; older lines are no longer part of a nearby or world conversation


@dataclass(frozen=True, slots=True)
class Preferences:
    """What others picked among an agent's drafts, and how its owner would have said it: kept apart, because a pick
    is still an agent's text, but a rewrite is the player's own."""

    picked: tuple[Preference, ...]
    rewritten: tuple[Preference, ...]

    @property
    def rewrites(self) -> tuple[Example, ...]:
        """The owner's rewrites as examples: they are the player's own words, too."""
        return tuple(Example(one.scene, one.turns, one.chosen) for one in self.rewritten)


def said(name: str, rows: Iterable[OwnMessage]) -> list[Said]:
    """A player's own messages with their contexts; `name` stands for a scene that was not kept."""
    return [
        Said(
            id=row.id,
            text=row.text,
            time=row.time,
            scene=Scene.from_json(row.scene) if row.scene else Scene(name, talk=CHANNELS[row.channel]),
            turns=_turns(row),
        )
        for row in rows
    ]


def _turns(row: OwnMessage) -> tuple[Turn, ...]:
    def belongs(line: Line) -> bool:
        return row.channel == PRIVATE or row.time - line.time <= SPAN

    return tuple(Turn(line.speaker, line.text) for line in row.context[-TURNS:] if belongs(line))


def preferences(rows: Sequence[lessons.Preference]) -> Preferences:
    """Pairs for the preference step; a prompt that cannot be read any more is left out with its pairs."""
    picked: list[Preference] = []
    rewritten: list[Preference] = []
    for row in rows:
        try:
            scene, turns = prompt_from_json(row.prompt)
        except (ValueError, KeyError, TypeError):
            continue
        pairs = (Preference(scene, turns, row.chosen, rejected) for rejected in row.rejected)
        (rewritten if row.corrected else picked).extend(pairs)
    return Preferences(tuple(picked), tuple(rewritten))

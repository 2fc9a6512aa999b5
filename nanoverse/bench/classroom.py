"""A world's data folder without a world: players who have said things, and the nights that learn from them.

Everything goes the way of the game: words are rows of a real database, what is learnt from is read, cleaned and split
as in any night, and an adapter speaks only if the gate let it pass.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from nanoverse.config import Settings
from nanoverse.learning import material
from nanoverse.learning.dialogue import TALK_SPAN_S, Turn
from nanoverse.learning.examples import Example
from nanoverse.learning.night import Night
from nanoverse.learning.registry import Registry
from nanoverse.learning.trainer import Trainer
from nanoverse.learning.training_thread import Step
from nanoverse.protocol import NEARBY
from nanoverse.starter.speaking import Speaker
from nanoverse.store import accounts, lessons, messages
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.errors import NameTakenError
from nanoverse.store.nights import NightResult

_BREATH = 5_000  # ms between two lines of one talk
_BREAK = int(2 * TALK_SPAN_S * 1000)  # ms between two talks: what was said in one is not heard in the next


@dataclass
class Classroom:
    """Players, by their ids, and what the nights make of their words."""

    speaker: Speaker
    settings: Settings
    db: Database
    registry: Registry
    trainer: Trainer
    partners: dict[str, int] = field(default_factory=dict)

    async def enrol(self, said: Sequence[Example]) -> int:
        """A new player who said all this, oldest first, to whom the turns name."""
        return await self.db.write(lambda c: enrol(c, said, self.partners))

    async def goes_on(self, player: int, said: Sequence[Example]) -> list[Example]:
        """What the player said later; returns it as a night would read it."""
        await self.db.write(lambda c: say(c, player, said, self.partners))
        name = (await self.db.read(lambda c: accounts.by_id(c, player))).name  # type: ignore[union-attr]
        rows = await self.db.read(lambda c: lessons.own_messages(c, player, len(said)))
        return [one.example for one in material.said(name, rows)]

    async def night(self, players: Sequence[int]) -> list[NightResult]:
        """Train these players and let the gate decide; the results in their order."""
        found = {one.player: one for one in await Night(self.db, self.trainer).run(players)}
        return [found[player] for player in players]

    async def live(self, player: int) -> Path | None:
        """The folder of the adapter that speaks for a player, if one does."""
        version = await self.registry.live(player)
        return self.registry.path(version) if version else None

    @property
    def step(self) -> Step:
        """Where the running lesson is."""
        return self.trainer.step


@asynccontextmanager
async def classroom(speaker: Speaker, **changed: object) -> AsyncIterator[Classroom]:
    """An empty one in a temporary folder, with the speaker's settings but for those that are `changed`."""
    settings = replace(speaker.settings, **changed)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory(prefix="nanoverse-bench-") as folder:
        db = await Database.open(Path(folder) / "data")
        found = Registry(db, Path(folder) / "adapters", speaker.engine.base_id)
        trainer = Trainer(found, settings, speaker.engine)
        try:
            yield Classroom(speaker, settings, db, found, trainer)
        finally:
            await trainer.close()
            await db.close()


def account(connection: sqlite3.Connection, name: str) -> int:
    """A new player of this name, or, if it is taken, of one with a number behind it."""
    tried, number = name, 1
    while True:
        try:
            return accounts.create(connection, tried, tried.casefold(), "", 0, now_ms()).id
        except NameTakenError:
            number += 1
            tried = f"{name}{number}"


def said_first(connection: sqlite3.Connection, said: Sequence[int]) -> list[int]:
    """Have these messages, oldest first, come before all others: what is oldest goes by ids. Returns their new ones."""
    (oldest,) = connection.execute("SELECT min(id) FROM message").fetchone()
    first = min(oldest, 0) - len(said)
    renumbered = list(range(first, first + len(said)))
    rows = zip(renumbered, said, strict=True)
    connection.executemany("UPDATE message SET id = ? WHERE id = ?", rows)
    return renumbered


def enrol(connection: sqlite3.Connection, said: Sequence[Example], partners: dict[str, int]) -> int:
    player = account(connection, said[0].scene.name)
    say(connection, player, said, partners)
    return player


def say(
    connection: sqlite3.Connection, player: int, said: Sequence[Example], partners: dict[str, int]
) -> None:
    """Put talks into the database: what the player said, and before it what they heard.

    `partners` are the accounts of those who are heard, by name: never a player who is trained, so that nobody's words
    count as somebody else's.
    """
    (newest,) = connection.execute("SELECT coalesce(max(time), 0) FROM message").fetchone()
    now = int(newest) + _BREAK
    before: tuple[Turn, ...] = ()
    for one in said:
        known = _overlap(before, one.turns)
        now += _BREATH if known else _BREAK
        for turn in one.turns[known:]:
            if turn.speaker not in partners:
                partners[turn.speaker] = account(connection, turn.speaker)
            partner = partners[turn.speaker]
            messages.insert(connection, NEARBY, partner, turn.text, now, heard_by=[player])
            now += _BREATH
        messages.insert(connection, NEARBY, player, one.reply, now, scene=one.scene.to_json())
        before = one.turns


def _overlap(before: tuple[Turn, ...], turns: tuple[Turn, ...]) -> int:
    """How many of the first `turns` are the last ones of `before`."""
    return next((n for n in range(min(len(before), len(turns)), 0, -1) if before[-n:] == turns[:n]), 0)

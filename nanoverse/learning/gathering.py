"""What there is to make a player's adapter from, and to judge it by: read when their lesson begins.

Somebody who is gone or locked has none; and from too little, or from the same as last time, nothing is learnt.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nanoverse.config import Settings
from nanoverse.learning import cleaning, material, saving
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.examples import LOOKED_AT, Example, Examples, examples
from nanoverse.learning.material import Preferences
from nanoverse.learning.registry import Registry
from nanoverse.learning.saving import UnreadableError
from nanoverse.learning.verdict import FEWEST_OTHERS
from nanoverse.store import accounts, adapters, lessons
from nanoverse.store.adapters import AdapterVersion, Seen
from nanoverse.store.database import Database
from nanoverse.store.lessons import OwnMessage
from nanoverse.store.nights import LOCKED

NOTHING_NEW = "Nothing new was said since the last lesson, which would come out the same again."
PREFERENCES = 200  # newest ones looked at, of the owner's as many as of others'
VOTES = 400  # likewise
WITHHELD = 500  # newest private messages that a candidate must not say
AT_ONCE = 100  # messages whose contexts are read in one go, some 15 ms
MOST_OTHERS = 8  # adapters of other players that a candidate is compared with; each costs time

_log = logging.getLogger(__name__)


class Skip(Exception):
    """There is nothing to learn from, or nobody to learn; the text says why."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Of the player `name`: what they said, what was preferred to their agent's words, and what is withheld.

    `seen`: no less than how far all that had come when it was read. `newest` is the version that a candidate would
    replace, if there is one; `unseen` is as in a `Lesson`.
    """

    name: str
    examples: Examples
    preferences: Preferences
    withheld: tuple[Example, ...]
    seen: Seen
    newest: AdapterVersion | None
    unseen: int | None

    def fingerprint(self, settings: Settings, base: str) -> str:
        """The same for lessons that give the same adapter: without new words a night must neither bring back what was
        taken back nor push the versions that there are to go back to out by copies of the newest."""
        how = (settings.sft_rank, settings.sft_epochs, settings.sft_learning_rate, settings.dpo_learning_rate)
        made_from = repr((self.examples.train, self.examples.held_out, self.preferences, how, base))
        return hashlib.sha256(made_from.encode()).hexdigest()


async def gather(registry: Registry, player: int, window: int) -> Gathered:
    """Raises `Skip` if there is nobody to learn."""
    db = registry.db
    if player in await db.read(accounts.locked):
        raise Skip(LOCKED)
    who = await db.read(lambda c: accounts.by_id(c, player))
    if who is None:
        raise Skip("There is no such player any more.")
    own = await db.read(lambda c: lessons.own_lines(c, player, LOOKED_AT * window))
    preferred = await db.read(lambda c: lessons.preferences(c, player, PREFERENCES))
    voted = await db.read(lambda c: lessons.votes(c, player, VOTES))
    private = await db.read(lambda c: lessons.withheld_lines(c, player, WITHHELD))
    own, private = await _in_context(db, player, own), await _in_context(db, player, private)

    def made() -> tuple[Examples, Preferences, tuple[Example, ...]]:
        said = examples(material.said(who.name, own), window)
        return said, material.preferences(preferred, voted), material.withheld(who.name, private)

    def replaced(connection: sqlite3.Connection) -> tuple[AdapterVersion | None, Seen | None]:
        newest = adapters.newest(connection, player, registry.base)
        return newest, adapters.seen_by(connection, newest.id) if newest and newest.imported else None

    words, preferences, withheld = await asyncio.to_thread(made)  # each of thousands of texts is looked at
    seen = await db.read(adapters.seen)  # after all that was read: no less than that
    newest, came = await db.read(replaced)
    unseen = None if came is None else words.said_after(came.message)
    return Gathered(who.name, words, preferences, withheld, seen, newest, unseen)


async def _in_context(db: Database, player: int, own: Sequence[OwnMessage]) -> list[OwnMessage]:
    """The contexts are read in pieces, between which others read: all of a long history would hold them up. What is
    forgotten meanwhile is noted as such, and nothing that is made of it goes live."""
    found: list[OwnMessage] = []
    for first in range(0, len(own), AT_ONCE):
        piece = own[first : first + AT_ONCE]
        found += await db.read(partial(lessons.in_context, player=player, own=piece))
    return found


async def to_beat(
    registry: Registry, player: int, newest: AdapterVersion | None
) -> tuple[AdapterState | None, str]:
    """The adapter of the newest version, which is live unless the player has chosen otherwise.

    None if there is none, or, with a sentence about it, if all were made for another base model or it cannot be
    read: then it speaks for nobody, and is replaced without comparison.
    """
    if newest is None:
        standing = await registry.db.read(lambda c: adapters.standing(c, player))
        return None, adapters.misfit(standing[0]) if standing else ""
    try:
        return await asyncio.to_thread(saving.read, registry.path(newest)), ""
    except UnreadableError as error:
        _log.warning("%s It is replaced without comparison.", error)
        return None, f"Version {newest.id} is damaged and cannot speak."


async def others(registry: Registry, player: int) -> tuple[Path, ...]:
    """Folders of some other players' live adapters that were made here; none where there are too few to be a
    measure."""
    live = await registry.db.read(adapters.all_live)
    found = [one for one in live if one.player != player and one.base == registry.base and not one.imported]
    if len(found) < FEWEST_OTHERS:
        return ()
    some = random.Random(player).sample(found, min(MOST_OTHERS, len(found)))
    return tuple(registry.path(one) for one in some)


def too_little(gathered: Gathered, needed: int) -> str | None:
    """Why there are not enough words to learn from; None if there are."""
    found = gathered.examples
    if found.kept >= needed:
        return None
    why = ", ".join(cleaning.in_words(found.left_out))
    told = f"{gathered.name} has {found.kept} of the {needed} messages that it takes to learn from."
    return f"{told} Left out: {why}." if why else told

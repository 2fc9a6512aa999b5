"""Which versions of their adapters players have, and which one speaks: on disk and in the database, or in neither.

A version is an immutable PEFT folder (see `folders`). It is saved (see `saving`), and only then offered, in one
transaction, which also makes it live unless its player chose otherwise. What a crash can leave behind is a folder or a
row that nobody points to; `sweep` removes both at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nanoverse.learning import folders, saving
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.dislikes import Tally, taken_back
from nanoverse.store import accounts, adapters, forgotten, lessons, let_go, reactions
from nanoverse.store.adapters import AdapterVersion, Seen
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError

IN_USE_S = 3600.0  # a reply reads its adapter long before this has passed since another version went live

FORGOTTEN = (
    "Some of what it had learnt from was forgotten before its lesson was over, so none of it is kept;"
    " the next lesson does without."
)
MAY_HOLD = "Words of its player were forgotten before it was judged, and it may hold them."

_log = logging.getLogger(__name__)


class RegistryError(Exception):
    """An adapter version could not be saved or is gone; the text says why. Whatever was live still is."""


class Overtaken(RegistryError):
    """Which version is the newest changed while another one was judged, so that was not compared with it."""


class Forgotten(RegistryError):
    """A version may hold what was forgotten since its lesson read what there was to learn from, or it was brought."""


def _nothing(folder: Path) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Registry:
    """The adapter versions of all players, below the folder `root`; `base` is the base model that runs.

    `dropped(folder)` is called once a folder is gone whose adapter must not speak again.
    """

    db: Database
    root: Path
    base: str
    dropped: Callable[[Path], None] = _nothing

    def path(self, version: AdapterVersion) -> Path:
        return self.root / version.folder

    def aside(self, player: int) -> Path:
        """Where an adapter lies that a player brings, until it is judged."""
        return folders.aside(self.root, player)

    async def expect(self, player: int) -> int:
        """Note that an adapter that a player brings waits to be judged. Who has words of their own forgotten meanwhile
        has that note removed with all versions that may hold them, and `publish` refuses it then.

        Raises `StoreError` if the database refuses, `RegistryError` if there is no such player.
        """
        try:
            note = await self.db.write(lambda c: adapters.add(c, player, self.base, 0, 0.0, "", now_ms()))
        except sqlite3.IntegrityError as error:
            raise RegistryError("There is no such player any more.") from error
        return note.id

    async def expect_no_more(self, note: int) -> None:
        """It was judged. What a database that refuses leaves of the note goes with the next start, see `sweep`."""
        with contextlib.suppress(StoreError):
            await self.db.write(lambda c: adapters.remove(c, note))

    async def publish(
        self,
        player: int,
        state: AdapterState,
        messages: int,
        gain: float,
        note: str,
        *,
        material: str | None = None,
        seen: Seen | None = None,
        newest: int | None = None,
        waits: bool = False,
        expected: int | None = None,
    ) -> tuple[AdapterVersion, bool]:
        """Save an adapter as a new version of its player's; it goes live unless the player's own choice stands.

        `material`: the fingerprint of what it was made from, if that is known. `newest`: the version that was the
        newest when this one was judged (0: there was none), and must be still; None if it was not judged. One that
        `waits` is there to be chosen and does not speak by itself. `seen`: how far what there is to learn from had come
        when that was read; None: as far as now. `expected`: the note of one that was brought.

        Returns the version and whether it is live. Raises `Overtaken` if another version is the newest now, `Forgotten`
        if it may hold what has been forgotten meanwhile (what was brought, and was forgotten before, goes in the next
        lesson), `RegistryError` if the folder cannot be written and `StoreError` if the database refuses; then nothing
        is left of it, and the version that was live still is.
        """
        try:
            version = await self.db.write(
                lambda c: adapters.add(c, player, self.base, messages, gain, note, now_ms(), seen)
            )
        except sqlite3.IntegrityError as error:
            raise RegistryError("The player was deleted while their adapter was in training.") from error

        def offer(connection: sqlite3.Connection) -> bool:
            if newest is not None and newest != _number(adapters.newest(connection, player, self.base)):
                raise Overtaken("Which version is the newest has changed while this one was judged.")
            if not version.imported and forgotten.holds(connection, version.id):
                raise Forgotten(FORGOTTEN)
            if expected is not None and not adapters.known(connection, expected):
                raise Forgotten(MAY_HOLD)
            if material is not None:
                lessons.note(connection, player, material)
            if version.imported:
                let_go.settle(connection, player)
            return adapters.offer(connection, player, version.id, now_ms(), waits)

        try:
            await asyncio.to_thread(saving.write, self.path(version), state, self.base)
            live = await self.db.write(offer)
        except BaseException as error:
            # Who is cancelled does not know whether `offer` will be committed; this write comes after it. Should the
            # database refuse it, `sweep` does the rest.
            if await self.db.write(lambda c: adapters.remove_unless_offered(c, version.id)):
                await asyncio.to_thread(shutil.rmtree, self.path(version), ignore_errors=True)
            if isinstance(error, OSError):
                raise RegistryError(f"The new adapter could not be saved: {error.strerror}.") from error
            raise
        try:
            await self.prune(player)
        except StoreError as error:
            _log.warning("Old adapter versions of player %d are still there: %s", player, error)
        return version, live

    async def choose(self, player: int, version: int | None) -> None:
        """Make another version live by the player's choice, or with None the base model.

        Raises `RegistryError` if its folder is gone and `StoreError` if it was never offered or is for another base.
        """
        known = {one.id: one for one in await self.db.read(lambda c: adapters.versions(c, player))}
        target = known.get(version) if version else None
        if target and not self.path(target).is_dir():
            raise RegistryError(
                f"The folder of adapter version {version} is gone, so it cannot be made live."
            )
        await self.db.write(lambda c: adapters.choose(c, player, version, self.base, now_ms()))

    async def follow_newest(self, player: int) -> AdapterVersion | None:
        """Take the player's choice back: their newest version is live again, and later ones as they come."""
        return await self.db.write(lambda c: adapters.follow_newest(c, player, self.base, now_ms()))

    async def withdraw(self, player: int, reason: str, version: int | None = None) -> AdapterVersion | None:
        """Take the live version of a player back; returns the one before it, which speaks again, or None.

        Raises `StoreError` if nothing is live, or something else than `version`, where one is meant.
        """
        return await self.db.write(
            lambda c: adapters.withdraw(c, player, self.base, reason, now_ms(), version)
        )

    async def reconsider(self, player: int) -> str | None:
        """Take the live version back if dislikes have jumped with it; returns why, or None if it stays.

        What the player has chosen by hand stays.
        """

        def weigh(connection: sqlite3.Connection) -> str | None:
            live = adapters.live(connection, player)
            if live is None or live.base != self.base or adapters.chosen(connection, player):
                return None
            former = adapters.before(connection, live)
            before, now = (
                Tally(*reactions.of_version(connection, player, number))
                for number in (former.id if former else 0, live.id)
            )
            reason = taken_back(before, now)
            if reason is not None:
                adapters.withdraw(connection, player, self.base, reason, now_ms())
            return reason

        # In one transaction: a version that comes in between is not the one that was disliked.
        reason = await self.db.write(weigh)
        if reason is not None:
            _log.warning("A version of player %d was taken back: %s", player, reason)
        return reason

    async def prune(self, player: int) -> None:
        """Remove the versions of a player that have outlived their use, rows first and then folders.

        In this order a crash in between leaves a folder without a row, which the next start sweeps away. The other
        way round it would leave a version to choose that is not there.
        """

        def forget(connection: sqlite3.Connection) -> list[AdapterVersion]:
            gone = adapters.outlived(connection, player, now_ms() - int(IN_USE_S * 1000))
            for version in gone:
                adapters.remove(connection, version.id)
            return gone

        for version in await self.db.write(forget):
            await asyncio.to_thread(shutil.rmtree, self.path(version), ignore_errors=True)

    async def live(self, player: int) -> AdapterVersion | None:
        return await self.db.read(lambda c: adapters.live(c, player))

    async def drop_forgotten(self, player: int) -> bool:
        """Remove the versions of a player that learnt from what was deleted since; returns whether there were any.

        What was brought from elsewhere can hold the player's own words, but nobody else's. If one of them spoke, the
        newest one before them does, or the base model.

        Not to be called while the player's lesson runs: what it makes is refused by `publish` because of the note in
        `store.forgotten`, which goes with the versions here.
        """

        def drop(connection: sqlite3.Connection) -> list[AdapterVersion]:
            if forgotten.since(connection, player) is None:
                return []
            spoke = adapters.live(connection, player)
            holding = forgotten.versions(connection, player)
            gone = [one for one in adapters.versions(connection, player) if one.id in holding]
            brought = [one.id for one in gone if one.imported and one.offered is not None]
            let_go.note(connection, player, brought, now_ms())
            for version in gone:
                adapters.remove(connection, version.id)
            if spoke in gone:  # an older version that never saw it speaks, if there is one
                adapters.follow_newest(connection, player, self.base, now_ms())
            forgotten.settle(connection, player)
            return gone

        gone = await self.db.write(drop)
        for version in gone:
            await asyncio.to_thread(shutil.rmtree, self.path(version), ignore_errors=True)
            self.dropped(self.path(version))
        return bool(gone)

    async def forget(self, player: int) -> None:
        """Remove every folder of a player, once the player or their versions are gone from the database."""
        for folder in await asyncio.to_thread(folders.remove, self.root, player):
            self.dropped(folder)

    async def sweep(self) -> int:
        """Remove what unfinished saves and deleted players left behind; returns how many folders.

        Versions that were never offered are forgotten, too. Call it before any training starts.
        """
        players = await self.db.read(accounts.everyone)
        versions = await self.db.read(lambda c: [one for p in players for one in adapters.versions(c, p.id)])
        unborn = [one.id for one in versions if one.offered is None]
        try:
            for one in unborn:
                await self.db.write(partial(adapters.remove, version=one))
        except StoreError as error:  # their rows speak for nobody, and wait for the next start
            _log.warning("Versions that were never offered are still noted: %s", error)
        known = {one.folder for one in versions if one.offered is not None}
        return await asyncio.to_thread(folders.remove_unknown, self.root, known)


def _number(version: AdapterVersion | None) -> int:
    """0 stands for the base model."""
    return version.id if version else 0

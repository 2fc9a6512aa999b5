"""What agents do while their players are away, kept for the players to read on their return."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from nanoverse.store import deeds
from nanoverse.store.database import Database
from nanoverse.store.deeds import Deed
from nanoverse.world.constants import UNIT
from nanoverse.world.simulation import Simulation

RETRY = 5000  # ms until what found no room is tried again
MOST = 10_000  # lines that wait for room, the newest ones; a player's are few, but for one who comes and goes


class Diary:
    """`drives` says whether an agent has a player's body just now; `now` is in ms, that of a
    `store.clock`."""

    def __init__(
        self, world: Simulation, db: Database, drives: Callable[[int], bool], now: Callable[[], int]
    ) -> None:
        self._world = world
        self._db = db
        self._drives = drives
        self._now = now
        self._since: dict[int, int] = {}
        self._new: dict[tuple[int, int, str, str], Deed] = {}
        self._retry = 0  # ms, that of `now`

    async def load(self) -> None:
        """Absences that a stop of the server fell into go on: else each start would begin a list of its own."""
        self._since = await self._db.read(deeds.going_on)

    def note(self, body: int, verb: str, what: str, count: int) -> None:
        """A body did something: it is written down if an agent did it."""
        if not self._drives(body):
            return
        now, state = self._now(), self._world.bodies[body]
        since = self._since.setdefault(body, now)
        self._add(Deed(body, since, verb, what, count, state.x // UNIT, state.y // UNIT, now))

    def _add(self, deed: Deed) -> None:
        """As `deeds.add` does on the disk."""
        key = (deed.player, deed.since, deed.verb, deed.what)
        if before := self._new.get(key):
            newer = max(before, deed, key=lambda one: one.time)
            deed = replace(newer, count=before.count + deed.count)
        self._new[key] = deed

    def came(self, player: int) -> None:
        """The player is back: what their agent did is complete, and they may read it."""
        if self._since.pop(player, None) is not None:
            self.save()

    def forget(self, player: int) -> None:
        """The account is gone, and so is what was not written down yet."""
        self._since.pop(player, None)
        self._new = {key: deed for key, deed in self._new.items() if key[0] != player}

    def tick(self) -> None:
        """Save in every tick, so that what was done is on disk with the blocks that it changed; but where there was no
        room, not before a while has passed."""
        if self._now() >= self._retry:
            self.save()

    def save(self) -> None:
        """Have written down what is new. What finds no room stays here and goes with the next."""
        new, self._new = list(self._new.values()), {}
        if new:
            self._db.write_soon(lambda c: deeds.add(c, new), lambda: self._keep(new))

    def _keep(self, unwritten: Iterable[Deed]) -> None:
        later, self._new = self._new, {}
        for deed in (*unwritten, *later.values()):
            self._add(deed)
        self._new = dict(list(self._new.items())[-MOST:])
        self._retry = self._now() + RETRY

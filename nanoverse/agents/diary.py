"""What agents do while their players are away, kept for the players to read on their return."""

from __future__ import annotations

from collections.abc import Callable

from nanoverse.store import deeds
from nanoverse.store.database import Database
from nanoverse.store.deeds import Deed
from nanoverse.world.constants import UNIT
from nanoverse.world.simulation import Simulation


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
        self._new: dict[tuple[int, str, str], Deed] = {}

    async def load(self) -> None:
        """Absences that a stop of the server fell into go on: else each start would begin a list of its own."""
        self._since = await self._db.read(deeds.going_on)

    def note(self, body: int, verb: str, what: str, count: int) -> None:
        """A body did something: it is written down if an agent did it."""
        if not self._drives(body):
            return
        now, state, key = self._now(), self._world.bodies[body], (body, verb, what)
        before = self._new[key].count if key in self._new else 0
        since = self._since.setdefault(body, now)
        x, y = state.x // UNIT, state.y // UNIT
        self._new[key] = Deed(body, since, verb, what, before + count, x, y, now)

    def came(self, player: int) -> None:
        """The player is back: what their agent did is complete, and they may read it."""
        if self._since.pop(player, None) is not None:
            self.save()

    def forget(self, player: int) -> None:
        """The account is gone, and so is what was not written down yet."""
        self._since.pop(player, None)
        self._new = {key: deed for key, deed in self._new.items() if key[0] != player}

    def save(self) -> None:
        """To be called in every tick, so that what was done is on disk with the blocks that it changed."""
        new, self._new = list(self._new.values()), {}
        if new:
            self._db.write_soon(lambda c: deeds.add(c, new))

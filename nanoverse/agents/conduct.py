"""How much each agent may do just now, as its player wishes; kept at hand, since every tick asks."""

from __future__ import annotations

from collections.abc import Callable

from nanoverse.store import conducts
from nanoverse.store.conducts import ACT, Conduct
from nanoverse.store.database import Database

_USUAL = Conduct()


class Conducts:
    """`now` is in ms since 1970."""

    def __init__(self, db: Database, now: Callable[[], int]) -> None:
        self._db = db
        self._now = now
        self._chosen: dict[int, Conduct] = {}

    async def load(self) -> None:
        self._chosen = await self._db.read(conducts.everything)

    def of(self, player: int) -> Conduct:
        return self._chosen.get(player, _USUAL)

    def level(self, player: int) -> int:
        """watch, draft, reply or act (`store.conducts`), the quiet hours considered."""
        chosen = self._chosen.get(player)
        return ACT if chosen is None else chosen.at(self._now())

    def may_act(self, player: int) -> bool:
        return self.level(player) == ACT

    async def choose(self, player: int, conduct: Conduct) -> None:
        def kept(_: None) -> None:
            self._chosen[player] = conduct

        await self._db.write(lambda connection: conducts.put(connection, player, conduct), kept)

    def forget(self, player: int) -> None:
        """The player is there no more."""
        self._chosen.pop(player, None)

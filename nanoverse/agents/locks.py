"""Whose account the admin has locked; kept at hand, since every request and every agent that is due asks."""

from __future__ import annotations

from nanoverse.store import accounts
from nanoverse.store.database import Database


class Locks:
    """Who is locked may do nothing, in person or by agent, and loses nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._reasons: dict[int, str] = {}

    async def load(self) -> None:
        self._reasons = await self._db.read(accounts.locked)

    def holds(self, player: int) -> bool:
        return player in self._reasons

    def reasons(self) -> dict[int, str]:
        """By player; '' where none was given."""
        return dict(self._reasons)

    def sentence(self, player: int) -> str | None:
        """What the player is told, if they are locked."""
        reason = self._reasons.get(player)
        if reason is None:
            return None
        return f"Your account is locked: {reason}" if reason else "Your account is locked."

    async def lock(self, player: int, reason: str) -> bool:
        """False, and nothing done, for an admin."""

        def kept(done: bool) -> None:
            if done:
                self._reasons[player] = reason

        return await self._db.write(lambda c: accounts.lock(c, player, reason), kept)

    async def unlock(self, player: int) -> None:
        await self._db.write(lambda c: accounts.unlock(c, player), lambda _: self.forget(player))

    def forget(self, player: int) -> None:
        """The player is locked, or there, no more."""
        self._reasons.pop(player, None)

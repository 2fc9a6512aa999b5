"""Who is there in person: control goes to the player at once, and to the agent some time after they left."""

from __future__ import annotations

from collections.abc import Callable


class Presence:
    """Pure bookkeeping; `now` is any clock in seconds that does not go back. `locked`: whose body sleeps, away as they
    may be."""

    def __init__(
        self, away_seconds: float, agents: bool, locked: Callable[[int], bool] = lambda player: False
    ) -> None:
        self._away_seconds = away_seconds
        self._agents = agents
        self._locked = locked
        self._here: set[int] = set()
        self._left: dict[int, float] = {}

    def came(self, player: int) -> None:
        self._here.add(player)
        self._left.pop(player, None)

    def left(self, player: int, now: float) -> None:
        self._here.discard(player)
        self._left[player] = now

    def forget(self, player: int) -> None:
        self._here.discard(player)
        self._left.pop(player, None)

    def is_here(self, player: int) -> bool:
        return player in self._here

    def leaves_body(self, player: int) -> bool:
        """Whether the agent may drive: the player is not there, nor locked out."""
        return player not in self._here and not self._locked(player)

    def refusal(self) -> str | None:
        """Why no agent drives at all, if so."""
        return None if self._agents else "There are no agents in this world."

    def due(self, now: float) -> dict[int, float]:
        """Players who have been away for long enough that their agents take over, and since when; each is told once."""
        if not self._agents:
            return {}
        due = {player: since for player, since in self._left.items() if now - since >= self._away_seconds}
        for player in due:
            del self._left[player]
        return due

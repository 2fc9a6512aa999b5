"""Private lines that nobody heard: a player had left, and their agent was not there yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from nanoverse.chat.events import Said
from nanoverse.store.messages import Message

MOST = 1000  # newest lines that are remembered, of all players together


class Missed:
    """Remembers them with the time at which they were said, by `time.monotonic`."""

    def __init__(self, most: int = MOST) -> None:
        self._lines: deque[tuple[float, Said]] = deque(maxlen=most)

    def note(self, said: Said, now: float) -> None:
        self._lines.append((now, said))

    def taken(self, player: int, since: float) -> list[Said]:
        """What was said to a player since then, oldest first; of all that was said to them nothing is remembered."""
        found = [said for at, said in self._lines if said.message.to == player and at >= since]
        self._keep(lambda message: message.to != player)
        return found

    def forget(self, player: int) -> None:
        """The account is gone."""
        self._keep(lambda message: player not in (message.sender, message.to))

    def _keep(self, kept: Callable[[Message], bool]) -> None:
        self._lines = deque(
            ((at, said) for at, said in self._lines if kept(said.message)), self._lines.maxlen
        )

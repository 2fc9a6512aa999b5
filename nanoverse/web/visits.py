"""A visit is one loaded page of a player, over all its connections: what it sends again after a break is done once.

The page draws a number for itself and gives it with each connection. A message that was done already is answered as
it was the first time; one that is still under way is answered when it ends, over whatever connection there is then.
"""

from __future__ import annotations

import sqlite3

from nanoverse import protocol
from nanoverse.store import handled
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.outbox import Outbox

REMEMBERED = protocol.MOST_WAITING + 16  # answers of one visit: a few more than its page waits for
_VISITS = 4  # of a player in memory, who has one window at a time; what the others did is in the database
_PLAYERS = 4096  # whose visits are in memory
_TOO_LATE = "That came too late to be done."


class Visit:
    """`number` 0: a client that never sends anything twice."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.outbox = Outbox()  # of the newest connection
        self._answers: dict[int, bytes | None] = {}  # by message, in their order; None: not answered yet
        self._forgotten = 0  # the highest number of an answer that is not remembered any more

    def begins(self, ref: int) -> bool:
        """Whether this message is a new one, which is noted; else it gets its answer from here."""
        if self.repeats(ref):
            return False
        if self.number and ref:
            self._answers[ref] = None
        return True

    def repeats(self, ref: int) -> bool:
        """Whether this message has come before; then it gets its answer from here. A new one is not noted."""
        if not self.number or not ref:
            return False
        if ref in self._answers:
            if answer := self._answers[ref]:
                self.outbox.put(answer)
            return True
        if ref <= self._forgotten:
            self.outbox.put(protocol.encode("refused", ref, _TOO_LATE))
            return True
        return False

    def done(self, ref: int, made: int = 0) -> None:
        self._answer(ref, protocol.encode("done", ref, made))

    def refused(self, ref: int, reason: str) -> None:
        self._answer(ref, protocol.encode("refused", ref, reason))

    def warn(self, sentence: str) -> None:
        """Say this to the player; it answers nothing."""
        self.outbox.put(protocol.encode("refused", 0, sentence))

    def remember(self, ref: int, made: int) -> None:
        """What the database knows of before."""
        self._answers[ref] = protocol.encode("done", ref, made)

    def _answer(self, ref: int, answer: bytes) -> None:
        if ref in self._answers:
            self._answers[ref] = answer
            if len(self._answers) > REMEMBERED:
                oldest = next((old for old, known in self._answers.items() if known), ref)
                del self._answers[oldest]
                self._forgotten = max(self._forgotten, oldest)
        self.outbox.put(answer)


class Visits:
    """The visits of late of each player, whom no other can push out of here, and the newest one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        # Of each player by number, the one in use of late last; and of the players the one here of late last.
        self._visits: dict[int, dict[int, Visit]] = {}
        self._newest: dict[int, Visit] = {}

    async def open(self, player: int, number: int) -> Visit:
        """The visit of a page that connects, or connects again."""
        if not number:
            return Visit()
        visit = self._visits.get(player, {}).get(number)
        if visit is None:
            now = now_ms()

            def look(connection: sqlite3.Connection) -> list[tuple[int, int]]:
                handled.tidy(connection, player, number, now)
                return handled.newest(connection, player, number, REMEMBERED)

            known = await self._db.write(look)
            visit = self._visits.get(player, {}).get(number) or Visit(number)
            for ref, made in known:
                visit.remember(ref, made)
        own = self._visits[player] = self._visits.pop(player, {})
        own.pop(number, None)
        own[number] = visit
        if len(own) > _VISITS:
            del own[next(iter(own))]
        if len(self._visits) > _PLAYERS:
            del self._visits[next(iter(self._visits))]
        return visit

    def begin(self, player: int, visit: Visit) -> None:
        """From now on what the player's body did is answered to this visit."""
        self._newest[player] = visit

    def of(self, player: int) -> Visit | None:
        return self._newest.get(player)

    def number(self, player: int) -> int:
        """The number of the player's newest visit; 0 if there is none that would send anything twice."""
        visit = self._newest.get(player)
        return visit.number if visit else 0

    def forget(self, player: int) -> None:
        """The account is gone."""
        self._newest.pop(player, None)
        self._visits.pop(player, None)

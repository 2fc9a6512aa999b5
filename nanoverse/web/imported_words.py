"""A player brings their own words from another world: the JSON lines that `own_data` makes, looked at one by one."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import StreamReader, web

from nanoverse.chat.errors import ChatError
from nanoverse.chat.limits import IMPORT, Buckets
from nanoverse.chat.text import clean
from nanoverse.protocol import CHANNELS, PRIVATE
from nanoverse.store import forgetting, imports
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.identity import Sessions
from nanoverse.web.security import problem

MOST_BYTES = 8 * 2**20  # of a file
RECEIVE_S = 300.0  # seconds in which a file has to arrive: the largest at a quarter of a Mbit/s
MOST_LINE = 8 * 1024  # bytes of a line
MOST_LINES = 5_000  # of one player, in all
_TURN = 100  # lines after which the world goes on first: a piece can hold a hundred thousand, of a byte each

# Why lines are not taken, in one sentence each; {} stands for how many there are.
_WHY = {
    "form": "Not taken, being no JSON objects with a text, a time and a channel: {}.",
    "long": "Not taken, being too long: {}.",
    "text": "Not taken, having no text that could be a message here: {}.",
    "time": "Not taken, having a time that is not one, or has not come yet: {}.",
    "private": "Not taken, said in private to somebody who has not agreed here: {}.",
    "known": "Not taken, being here already: {}.",
    "room": "Not taken, for want of room: {}.",
}
_SLOW = "The file took more than {} minutes to arrive."


class ImportedWords:
    def __init__(self, db: Database, sessions: Sessions) -> None:
        self._db = db
        self._sessions = sessions
        self._buckets = Buckets(now_ms)
        self._busy: set[int] = set()  # players whose file is being read

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/me/words", self.take)
        app.router.add_post("/api/me/words/forget", self.forget)

    async def take(self, request: web.Request) -> web.Response:
        """Read a file as it comes; what is good of it is kept, and what is not is told with its reason."""
        player = await self._sessions.require(request)
        if player.id in self._busy:
            return problem(409, "Your other file is still being read.")
        self._buckets.take(IMPORT, player.id)
        self._busy.add(player.id)
        try:
            good: dict[imports.Line, None] = {}
            bad: Counter[str] = Counter()
            now = now_ms()
            async with asyncio.timeout(RECEIVE_S):
                async for raw in lines(request.content):
                    found = _read(raw, now)
                    if isinstance(found, str):
                        bad[found] += 1
                    elif found in good:
                        bad["known"] += 1
                    elif len(good) >= MOST_LINES:
                        bad["room"] += 1
                    else:
                        good[found] = None
            added, left = await self._db.write(lambda c: imports.add(c, player.id, good, MOST_LINES, now))
        except TimeoutError:
            return problem(408, _SLOW.format(round(RECEIVE_S / 60)))
        except _TooLarge:
            return problem(413, f"A file may have {MOST_BYTES // 2**20} MB; nothing of this one was taken.")
        finally:
            self._busy.discard(player.id)
        bad["known"] += len(good) - added - left
        bad["room"] += left
        return web.json_response(
            {"taken": added, "refused": [_WHY[why].format(n) for why, n in bad.items() if n]}
        )

    async def forget(self, request: web.Request) -> web.Response:
        """Let go of all imported words; the versions that learnt from them go in the next lesson."""
        player = await self._sessions.require(request)
        return web.json_response({"gone": await self._db.write(lambda c: forgetting.imported(c, player.id))})


class _TooLarge(Exception):
    pass


async def lines(content: StreamReader) -> AsyncIterator[bytes]:
    """The lines of a body, of one that is too long its beginning; raises `_TooLarge`. Holds one line at a time."""
    size, line = 0, bytearray()
    async for piece in content.iter_any():
        size += len(piece)
        if size > MOST_BYTES:
            raise _TooLarge
        first, *rest = piece.split(b"\n")
        line += first[: MOST_LINE + 1 - len(line)]
        for number, part in enumerate(rest, 1):
            if line.strip():
                yield bytes(line)
            line = bytearray(part[: MOST_LINE + 1])
            if number % _TURN == 0:
                await asyncio.sleep(0)
    if line.strip():
        yield bytes(line)


def _read(raw: bytes, now: int) -> imports.Line | str:
    """Text and time of a line, or (a key of `_WHY`) what is wrong with it."""
    if len(raw) > MOST_LINE:
        return "long"
    try:
        row: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return "form"
    if (
        not isinstance(row, dict)
        or not isinstance(row.get("text"), str)
        or row.get("channel") not in CHANNELS
    ):
        return "form"
    if row["channel"] == CHANNELS[PRIVATE]:
        return "private"
    time = row.get("time")
    if not isinstance(time, int) or isinstance(time, bool) or not 0 <= time <= now:
        return "time"
    try:
        return clean(row["text"]), time
    except ChatError:
        return "text"

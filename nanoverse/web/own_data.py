"""What a player takes with them: their own words as JSON lines, and their agent's adapters as PEFT folders.

It is theirs also while their account is locked.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sqlite3
import zipfile
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from aiohttp import web

from nanoverse.adapter_files import FILES
from nanoverse.chat.limits import EXPORT, Buckets
from nanoverse.protocol import CHANNELS, WORLD
from nanoverse.store import adapters, drafts, imports, messages
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.identity import Sessions
from nanoverse.web.security import PROTECTION, problem

_PAGE = 1000  # messages read at once
SEND_S = 600.0  # seconds in which a file has to be read: the largest version at 2 Mbit/s
_PIECE = 2**18  # bytes sent at once
_OTHER = "Your other file is still on its way."
_GONE = "There is no such version of your agent any more."


class OwnData:
    """`folder` holds the adapters of all players."""

    def __init__(self, db: Database, sessions: Sessions, folder: Path) -> None:
        self._db = db
        self._sessions = sessions
        self._folder = folder
        self._buckets = Buckets(now_ms)
        self._sending: set[int] = set()  # players who read a file just now

    def add_routes(self, app: web.Application) -> None:
        for path, answer in (
            ("/api/me/words.jsonl", self.words),
            (r"/api/me/agent/version-{version:\d{1,15}}.zip", self.adapter),
        ):
            app.router.add_get(path, answer, allow_head=False)  # whose body would be sent all the same

    async def words(self, request: web.Request) -> web.StreamResponse:
        """All that the player, not the agent, has written, the oldest first, one JSON object a line.

        What they would have said instead of their agent says of what (`rewrite_of`), what they brought from elsewhere
        that it is so (`imported`). `imported_words` reads all of it, and takes nothing twice. One at a time, too: each
        is held in memory until it is read.
        """
        player = await self._sessions.require(request, locked=True)
        if player.id in self._sending:
            return problem(409, _OTHER)
        self._buckets.take(EXPORT, player.id)
        self._sending.add(player.id)
        try:
            body = await self._words(player.id)
            headers = _attachment("my-words.jsonl", "application/x-ndjson")
            headers["Content-Length"] = str(len(body))
            return await _send(request, headers, _pieces(body))
        finally:
            self._sending.discard(player.id)

    async def _words(self, player: int) -> bytes:
        lines = await self._db.read(partial(_written_otherwise, player=player))
        after = 0
        while page := await self._db.read(
            partial(messages.own_words, player=player, after=after, limit=_PAGE)
        ):
            after = page[-1].id
            for one in page:
                lines.append(_line(one.text, one.time, one.channel, one.to))
        return b"".join(line for _, line in sorted(lines, key=lambda line: line[0]))

    async def adapter(self, request: web.Request) -> web.StreamResponse:
        """One version's PEFT folder as a zip; 404 for a version that is not the player's own.

        It is read and sent piece by piece, so that who reads slowly holds a piece of it in memory, and one at a time.
        """
        player = await self._sessions.require(request, locked=True)
        number = int(request.match_info["version"])
        own = await self._db.read(lambda c: adapters.versions(c, player.id))
        version = next((one for one in own if one.id == number and one.offered is not None), None)
        if version is None:
            return problem(404, _GONE)
        if player.id in self._sending:
            return problem(409, _OTHER)
        self._buckets.take(EXPORT, player.id)
        self._sending.add(player.id)
        try:
            with contextlib.ExitStack() as stack:
                files = [
                    stack.enter_context(
                        await asyncio.to_thread((self._folder / version.folder / name).open, "rb")
                    )
                    for name in FILES
                ]
                headers = _attachment(f"my-agent-{number}.zip", "application/zip")
                return await _send(request, headers, _zipped(files))
        except FileNotFoundError:
            return problem(404, _GONE)
        finally:
            self._sending.discard(player.id)


def _written_otherwise(connection: sqlite3.Connection, player: int) -> list[tuple[int, bytes]]:
    """The lines of what a player has written, but not said here, each with its time."""
    rewritten = [
        _line(one.text, one.time, one.channel, one.to, rewrite_of=one.said)
        for one in drafts.rewrites(connection, player)
    ]
    brought = [
        _line(text, time, WORLD, "", imported=True) for text, time in imports.everything(connection, player)
    ]
    return rewritten + brought


def _line(text: str, time: int, channel: int, to: str, **more: Any) -> tuple[int, bytes]:
    """A line of the export, with its time."""
    row = {"text": text, "time": time, "channel": CHANNELS[channel], "to": to} | more
    return time, json.dumps(row, ensure_ascii=False).encode() + b"\n"


class _Passage(io.RawIOBase):
    """A file that is written at one end and taken at the other."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


async def _zipped(files: Sequence[BinaryIO]) -> AsyncGenerator[bytes]:
    """The files as a zip, uncompressed: tensors do not get smaller."""
    passage = _Passage()
    with zipfile.ZipFile(passage, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            with archive.open(Path(file.name).name, "w") as entry:
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    entry.write(piece)
                    yield passage.take()
    yield passage.take()


async def _pieces(body: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


async def _send(
    request: web.Request, headers: dict[str, str], pieces: AsyncGenerator[bytes]
) -> web.StreamResponse:
    """Piece by piece, as they are read. Who does not read all in time is cut off."""
    response = web.StreamResponse(headers={**PROTECTION, **headers})
    await response.prepare(request)
    try:
        async with asyncio.timeout(SEND_S), contextlib.aclosing(pieces):
            async for piece in pieces:
                await response.write(piece)
            await response.write_eof()
    except TimeoutError:
        if request.transport:
            request.transport.abort()
    except ConnectionError:  # they have gone
        pass
    return response


def _attachment(name: str, kind: str) -> dict[str, str]:
    return {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}

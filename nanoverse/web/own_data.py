"""What a player takes with them: their own words as JSON lines, and their agent's adapters as PEFT folders.

It is theirs also while their account is locked.
"""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from nanoverse import adapter_files
from nanoverse.protocol import CHANNELS, WORLD
from nanoverse.store import adapters, drafts, imports, messages
from nanoverse.store.database import Database
from nanoverse.web.identity import Sessions
from nanoverse.web.security import problem

_PAGE = 1000  # messages read at once
_GONE = "There is no such version of your agent any more."


class OwnData:
    """`folder` holds the adapters of all players."""

    def __init__(self, db: Database, sessions: Sessions, folder: Path) -> None:
        self._db = db
        self._sessions = sessions
        self._folder = folder

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/me/words.jsonl", self.words)
        app.router.add_get(r"/api/me/agent/version-{version:\d{1,15}}.zip", self.adapter)

    async def words(self, request: web.Request) -> web.Response:
        """All that the player, not the agent, has written, the oldest first, one JSON object a line.

        What they would have said instead of their agent says of what (`rewrite_of`), what they brought from elsewhere
        that it is so (`imported`). `imported_words` reads all of it, and takes nothing twice.
        """
        player = await self._sessions.require(request, locked=True)
        lines = await self._db.read(partial(_written_otherwise, player=player.id))
        after = 0
        while page := await self._db.read(
            partial(messages.own_words, player=player.id, after=after, limit=_PAGE)
        ):
            after = page[-1].id
            for one in page:
                lines.append(_line(one.text, one.time, one.channel, one.to))
        body = b"".join(line for _, line in sorted(lines, key=lambda line: line[0]))
        headers = _attachment("my-words.jsonl")
        return web.Response(body=body, content_type="application/x-ndjson", headers=headers)

    async def adapter(self, request: web.Request) -> web.Response:
        """One version's PEFT folder as a zip; 404 for a version that is not the player's own."""
        player = await self._sessions.require(request, locked=True)
        number = int(request.match_info["version"])
        own = await self._db.read(lambda c: adapters.versions(c, player.id))
        version = next((one for one in own if one.id == number and one.offered is not None), None)
        if version is None:
            return problem(404, _GONE)
        try:
            packed = await asyncio.to_thread(_pack, self._folder / version.folder)
        except OSError:
            return problem(404, _GONE)
        headers = _attachment(f"my-agent-{number}.zip")
        return web.Response(body=packed, content_type="application/zip", headers=headers)


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


def _pack(folder: Path) -> bytes:
    """The adapter's two files, uncompressed: tensors do not get smaller."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in adapter_files.FILES:
            archive.write(folder / name, name)
    return packed.getvalue()


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}

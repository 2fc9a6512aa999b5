"""A player brings an adapter for their agent from another world: a zip as `own_data` makes it.

It is served only if it fits the base model, and is a version like any other then: the next night has to beat it, and
its player can go back to what spoke before.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from aiohttp import web

from nanoverse.agents.mind import Mind
from nanoverse.chat.errors import TooFast
from nanoverse.chat.limits import IMPORT, Buckets
from nanoverse.store.errors import StoreError
from nanoverse.web.identity import Sessions, now_ms
from nanoverse.web.security import problem

_WAKING = "Agents are still waking up; try again in a moment."
_NOTE = "Brought from elsewhere by its player."
_PIECE = 2**20  # bytes written at once


class ImportedAdapter:
    def __init__(self, sessions: Sessions, mind: Mind) -> None:
        self._sessions = sessions
        self._mind = mind
        self._buckets = Buckets(now_ms)
        self._busy = asyncio.Lock()  # one at a time: each takes room on the disk and in memory

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/me/agent/adapter", self.take)

    async def take(self, request: web.Request) -> web.Response:
        player = await self._sessions.require(request)
        registry = self._mind.registry
        if registry is None:
            return problem(409, _WAKING)
        try:
            self._buckets.take(IMPORT, player.id)
        except TooFast as refusal:
            return problem(429, str(refusal))
        if self._busy.locked():
            return problem(409, "Another adapter is being read; try again in a moment.")
        from nanoverse.engine.errors import AdapterError
        from nanoverse.learning import foreign
        from nanoverse.learning.registry import UNFINISHED, RegistryError, read

        async with self._busy:
            # What a crash leaves of it is swept away like a version that was never finished.
            aside = registry.root / str(player.id) / f"{UNFINISHED}import"
            folder = aside / "adapter"
            try:
                await asyncio.to_thread(folder.mkdir, parents=True)
                archive = aside / "archive.zip"
                if not await _receive(request, archive, foreign.MOST_BYTES):
                    return problem(413, f"An adapter may have {foreign.MOST_BYTES // 2**20} MB.")
                await asyncio.to_thread(foreign.unpack, archive, folder)
                await asyncio.to_thread(self._mind.check, folder)
                state = foreign.as_our_own(await asyncio.to_thread(read, folder))
                version, live = await registry.publish(player.id, state, self._mind.base(), 0, 0.0, _NOTE)
            except (foreign.ForeignError, AdapterError) as error:
                return problem(400, str(error).replace(f"The adapter {folder}", "This adapter"))
            except (RegistryError, StoreError) as error:
                return problem(503, str(error).replace(str(registry.root), ""))
            except OSError as error:
                return problem(507, f"The adapter could not be saved: {error.strerror}.")
            finally:
                await asyncio.to_thread(shutil.rmtree, aside, ignore_errors=True)
        return web.json_response({"version": version.id, "live": live})


async def _receive(request: web.Request, path: Path, most: int) -> bool:
    """Write the body to `path` as it comes; False if it is larger than `most`."""
    waiting, size = bytearray(), 0
    with path.open("xb") as file:
        async for piece in request.content.iter_any():
            size += len(piece)
            if size > most:
                return False
            waiting += piece
            if len(waiting) >= _PIECE:
                await asyncio.to_thread(file.write, waiting)
                waiting = bytearray()
        await asyncio.to_thread(file.write, waiting)
    return True

"""A player brings an adapter for their agent from another world: a zip as `own_data` makes it.

What cannot be served is refused at once. The rest is judged in the training thread, which a lesson may keep busy for
minutes, so the answer only says that it has arrived, and the page asks what becomes of it. If it may speak for its
player, it is a version like any other then: the next night has to beat it, and its player can go back to what spoke
before.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from nanoverse.agents.mind import Mind
from nanoverse.chat.limits import IMPORT, Buckets
from nanoverse.store.clock import now_ms
from nanoverse.store.nights import FAILED, LIVE, REFUSED
from nanoverse.web.identity import Sessions
from nanoverse.web.security import problem

RECEIVE_S = 600.0  # seconds in which an archive has to arrive: the largest at 2 Mbit/s
MOST_AT_ONCE = 8  # of all players, arriving or to be judged: each takes room on the disk
_WAKING = "Agents are still waking up; try again in a moment."
_OTHER = "The adapter that you brought before has not been judged yet."
_FULL = "Too many adapters are being brought at once; try again in a few minutes."
_SLOW = "The adapter took more than {} minutes to arrive."
_NOT_TAKEN = "Your adapter was not taken."
# What a failure says may name files of the server: that is for its log.
_UNJUDGED = "Your adapter could not be judged, so it was not taken; the server's log says why."
_PIECE = 2**20  # bytes written at once

NONE, ARRIVING, WAITING, JUDGING, DONE = "none", "arriving", "waiting", "judging", "done"


@dataclass(slots=True)
class Import:
    """Where an adapter is that a player brought. When it is done, `reason` is what the gate said of it; `version` is 0
    if it was not taken, and `live` whether that speaks."""

    state: str = NONE
    reason: str = ""
    version: int = 0
    live: bool = False

    @property
    def under_way(self) -> bool:
        return self.state in (ARRIVING, WAITING, JUDGING)


class ImportedAdapter:
    def __init__(self, sessions: Sessions, mind: Mind) -> None:
        self._sessions = sessions
        self._mind = mind
        self._buckets = Buckets(now_ms)
        self._imports: dict[int, Import] = {}  # the newest of each player since the start
        self._reading = asyncio.Lock()  # one at a time: each takes room in memory
        self._judging: set[asyncio.Task[None]] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/me/agent/adapter", self.take)
        app.router.add_get("/api/me/agent/adapter", self.show)
        app.on_cleanup.append(self._close)

    async def show(self, request: web.Request) -> web.Response:
        """What becomes, or became, of the newest adapter that the player brought."""
        player = await self._sessions.require(request)
        return _told(self._imports.get(player.id, Import()))

    async def take(self, request: web.Request) -> web.Response:
        """Receive an archive and see that it can be served; whether it may speak is judged after the answer."""
        player = await self._sessions.require(request)
        registry = self._mind.registry
        if registry is None:
            return problem(409, _WAKING)
        if player.id in self._imports and self._imports[player.id].under_way:
            return problem(409, _OTHER)
        if sum(one.under_way for one in self._imports.values()) >= MOST_AT_ONCE:
            return problem(409, _FULL)
        self._buckets.take(IMPORT, player.id)
        found = self._imports[player.id] = Import(ARRIVING)
        aside = registry.aside(player.id)
        try:
            unfit = await self._receive(request, aside)
            if unfit is None:
                found.state = WAITING
                task = asyncio.create_task(self._judge(player.id, aside, found))
                self._judging.add(task)
                task.add_done_callback(self._judging.discard)
        finally:
            if found.state == ARRIVING:
                del self._imports[player.id]
                await asyncio.to_thread(shutil.rmtree, aside, ignore_errors=True)
        return unfit or _told(found, 202)

    async def _receive(self, request: web.Request, aside: Path) -> web.Response | None:
        """Unpack what arrives into `aside` / "adapter"; returns why it cannot be served, None if it can."""
        from nanoverse.engine.errors import AdapterError
        from nanoverse.learning import foreign

        folder, archive = aside / "adapter", aside / "archive.zip"
        try:
            await asyncio.to_thread(aside.mkdir, mode=0o700, parents=True)
            await asyncio.to_thread(folder.mkdir)
            async with asyncio.timeout(RECEIVE_S):
                if not await _write(request, archive, foreign.MOST_BYTES):
                    return problem(413, f"An adapter may have {foreign.MOST_BYTES // 2**20} MB.")
            async with self._reading:
                await asyncio.to_thread(foreign.unpack, archive, folder)
                await asyncio.to_thread(archive.unlink)
                await asyncio.to_thread(self._mind.check, folder)
        except TimeoutError:
            return problem(408, _SLOW.format(round(RECEIVE_S / 60)))
        except (foreign.ForeignError, AdapterError) as error:
            return problem(400, str(error).replace(f"The adapter {folder}", "This adapter"))
        except OSError as error:
            return problem(507, f"The adapter could not be saved: {error.strerror}.")
        return None

    async def _judge(self, player: int, aside: Path, found: Import) -> None:
        def begun() -> None:
            found.state = JUDGING

        try:
            outcome = await self._mind.judge_brought(player, aside / "adapter", begun)
            if outcome.result == FAILED:
                found.reason = _UNJUDGED
            elif outcome.result == REFUSED:
                found.reason = f"{_NOT_TAKEN} {outcome.reason}"
            elif outcome.version:
                found.reason, found.version = outcome.reason, outcome.version.id
                found.live = outcome.result == LIVE
        finally:
            await asyncio.to_thread(shutil.rmtree, aside, ignore_errors=True)
            found.state = DONE

    async def _close(self, app: web.Application) -> None:
        for task in self._judging:
            task.cancel()
        await asyncio.gather(*self._judging, return_exceptions=True)


def _told(found: Import, status: int = 200) -> web.Response:
    content = {
        "state": found.state,
        "reason": found.reason,
        "version": found.version,
        "live": found.live,
    }
    return web.json_response(content, status=status)


async def _write(request: web.Request, path: Path, most: int) -> bool:
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

"""The admin locks an account, with a reason for its player to read, and unlocks it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from nanoverse.agents.locks import Locks
from nanoverse.chat import names
from nanoverse.chat.errors import ChatError
from nanoverse.chat.text import clean
from nanoverse.store import accounts
from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.security import problem

REASON = 200  # characters

Require = Callable[[web.Request], Awaitable[None]]


class LockDesk:
    """`require` turns away whoever is not the admin; `changed` is told of a player who was locked or unlocked."""

    def __init__(self, db: Database, locks: Locks, require: Require, changed: Callable[[int], None]) -> None:
        self._db = db
        self._locks = locks
        self._require = require
        self._changed = changed

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/admin/lock", self.change)

    async def change(self, request: web.Request) -> web.Response:
        await self._require(request)
        name, locked, reason = await read_json(request, "player", "locked", "reason")
        if not isinstance(locked, bool):
            return problem(400, "Whether an account is locked is true or false.")
        told = _fit_to_be_read(reason)
        skeleton = names.skeleton(name) if isinstance(name, str) else ""
        player = await self._db.read(lambda c: accounts.by_skeleton(c, skeleton))
        if player is None:
            return problem(404, f"There is no player called {str(name)[:40]!r}.")
        if not locked:
            await self._locks.unlock(player.id)
        elif not await self._locks.lock(player.id, told):
            return problem(403, "You cannot lock yourself or another admin.")
        self._changed(player.id)
        return web.json_response({})


def _fit_to_be_read(reason: object) -> str:
    """One line, which may be empty; raises `ChatError`."""
    if reason is None or (isinstance(reason, str) and not reason.strip()):
        return ""
    if not isinstance(reason, str) or len(reason) > REASON:
        raise ChatError(f"A reason is a text of at most {REASON} characters.")
    return " ".join(clean(reason).split())

"""The admin locks an account, with a reason for its player to read, and unlocks it; and frees the names of those that
were deleted while they were locked."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from nanoverse.agents.locks import Locks
from nanoverse.chat.errors import ChatError
from nanoverse.chat.text import clean
from nanoverse.store import leaving
from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.naming import named
from nanoverse.web.security import Refusal, problem

log = logging.getLogger(__name__)

REASON = 200  # characters

Require = Callable[[web.Request], Awaitable[str]]


class LockDesk:
    """`require` turns away whoever is not the admin, and names who is; `changed` is told of a player who was locked or
    unlocked."""

    def __init__(self, db: Database, locks: Locks, require: Require, changed: Callable[[int], None]) -> None:
        self._db = db
        self._locks = locks
        self._require = require
        self._changed = changed

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/admin/lock", self.change)
        app.router.add_post("/api/admin/free", self.free)

    async def change(self, request: web.Request) -> web.Response:
        admin = await self._require(request)
        name, locked, reason = await read_json(request, "player", "locked", "reason")
        if not isinstance(locked, bool):
            return problem(400, "Whether an account is locked is true or false.")
        told = _fit_to_be_read(reason)
        player = await self._db.read(lambda c: named(c, name))
        if not locked:
            await self._locks.unlock(player.id)
        elif not await self._locks.lock(player.id, told):
            return problem(403, "You cannot lock yourself or another admin.")
        log.info("%s has %s the account of %s", admin, "locked" if locked else "unlocked", player.name)
        self._changed(player.id)
        return web.json_response({})

    async def free(self, request: web.Request) -> web.Response:
        """Let anybody have a name again that is kept from all, as the list of those has it."""
        admin = await self._require(request)
        (name,) = await read_json(request, "name")
        if not isinstance(name, str) or not await leaving.free(self._db, name):
            raise Refusal("That name is not kept from anybody.")
        log.info("%s lets anybody have the name %s again", admin, name)
        return web.json_response({})


def _fit_to_be_read(reason: object) -> str:
    """One line, which may be empty; raises `ChatError`."""
    if reason is None or (isinstance(reason, str) and not reason.strip()):
        return ""
    if not isinstance(reason, str) or len(reason) > REASON:
        raise ChatError(f"A reason is a text of at most {REASON} characters.")
    return " ".join(clean(reason).split())

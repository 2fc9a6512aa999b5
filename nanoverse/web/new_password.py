"""A player chooses another password, and the owner of the data folder gives one to who has forgotten theirs.

Whoever is logged in with the account is logged out by it, with their window: the password may have become known, or a
session have been stolen, also the very one that asks.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Callable

from aiohttp import web

from nanoverse.store import accounts
from nanoverse.store.accounts import Player
from nanoverse.store.database import Database
from nanoverse.web.accounts import check_password, read_json
from nanoverse.web.identity import Sessions
from nanoverse.web.naming import named
from nanoverse.web.own_password import NotTheirs, OwnPassword
from nanoverse.web.passwords import PasswordHasher
from nanoverse.web.security import PROTECTION, Refusal, problem

log = logging.getLogger(__name__)


async def give(db: Database, hasher: PasswordHasher, name: object) -> tuple[Player, str]:
    """A new password for a player, whose sessions end; returns both. Raises `naming.Nobody`."""
    password = secrets.token_urlsafe(12)
    hashed = await hasher.hash(password)

    def write(connection: sqlite3.Connection) -> Player:
        player = named(connection, name)
        accounts.set_password(connection, player.id, hashed)
        return player

    return await db.write(write), password


class NewPassword:
    """`is_owner` says whether a tool of the data folder's owner asks; `renewed` is told of a player whose sessions have
    ended."""

    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        hasher: PasswordHasher,
        own: OwnPassword,
        is_owner: Callable[[web.Request], bool],
        renewed: Callable[[int], None],
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._hasher = hasher
        self._own = own
        self._is_owner = is_owner
        self._renewed = renewed

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/me/password", self.choose)
        app.router.add_post("/api/admin/password", self.give)

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Their old password says that it is they who ask; their browser gets a session of its own anew."""
        player = await self._sessions.require(request)
        old, new = await read_json(request, "old", "new")
        if not isinstance(new, str):
            raise Refusal("Your password is needed.")
        check_password(new)
        stored = await self._own.check(request, player.id, old)
        hashed = await self._hasher.hash(new)
        if not await self._db.write(lambda c: accounts.set_password(c, player.id, hashed, instead_of=stored)):
            raise NotTheirs("That is not your password.")  # any more
        response = web.json_response({}, headers=PROTECTION)
        try:
            if not await self._sessions.open(request, response, player.id, hashed):
                raise NotTheirs("That is not your password.")  # another one was set at once
            # Before their own window is closed: when it comes back, a moment later, it needs the new session.
            await response.prepare(request)
            await response.write_eof()
        finally:
            self._renewed(player.id)
        return response

    async def give(self, request: web.Request) -> web.Response:
        """For `nanoverse password`. Not for the admin: that would let them read what others wrote in private."""
        if not self._is_owner(request):
            return problem(403, "Only the owner of the data folder may do that.")
        (name,) = await read_json(request, "player")
        player, password = await give(self._db, self._hasher, name)
        log.info("the owner of the data folder has given %s a new password", player.name)
        self._renewed(player.id)
        return web.json_response({"player": player.name, "password": password})

"""Register, log in, log out, who am I."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from nanoverse.chat import names
from nanoverse.config import Settings
from nanoverse.store import accounts, barred, leaving
from nanoverse.store.accounts import Player
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.identity import Sessions
from nanoverse.web.passwords import MAX_LENGTH, MIN_LENGTH, PasswordHasher
from nanoverse.web.rates import AddressLimit
from nanoverse.web.security import Refusal, problem


class Taken(Refusal):
    """The name is not free."""

    status = 409


Registered = Callable[[Player], Awaitable[None]]
LoggedOut = Callable[[int], Awaitable[None]]

_HALVES = re.compile("[\ud800-\udfff]")  # of surrogate pairs: JSON can hold them alone, UTF-8 cannot
READ_S = 20.0  # seconds in which a small body has to arrive: who sends none is not waited for without end
_WRONG = "There is no player with that name and password."


async def read_json(request: web.Request, *fields: str) -> list[Any]:
    """The named fields of a small JSON body, None where one is missing; 400 with a sentence for anything else, and
    408 for what does not arrive, after which aiohttp closes the connection."""
    try:
        # Not `request.text`, which decodes as the sender says: Python's punycode takes seconds for such a body.
        async with asyncio.timeout(READ_S):
            content = await request.read()
        body = json.loads(content.decode())
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="What you sent took too long to arrive.") from None
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(reason="That is not JSON.") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(reason="A request is a JSON object.")
    values = [body.get(field) for field in fields]
    if any(isinstance(value, str) and _HALVES.search(value) for value in values):
        raise web.HTTPBadRequest(reason="That is not text.")
    return values


async def _credentials(request: web.Request) -> tuple[str, str]:
    name, password = await read_json(request, "name", "password")
    if not isinstance(name, str) or not isinstance(password, str):
        raise web.HTTPBadRequest(reason="A name and a password are needed.")
    return name, password


def _refuse_taken(connection: sqlite3.Connection, name: str, skeleton: str) -> None:
    """Raises `Taken` for a name that is somebody's, or is kept from all."""
    if accounts.by_skeleton(connection, skeleton) or barred.by_skeleton(connection, skeleton) is not None:
        raise Taken(f"The name {name} is taken, or looks like one that is.")


def _can_be_password(text: str) -> bool:
    return MIN_LENGTH <= len(text) <= MAX_LENGTH


def check_password(text: str) -> None:
    """Raises `Refusal` for what no player may choose as a password."""
    if not _can_be_password(text):
        raise Refusal(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.")


def describe(player: Player) -> dict[str, Any]:
    return {"id": player.id, "name": player.name, "admin": player.admin}


class Accounts:
    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        settings: Settings,
        hasher: PasswordHasher,
        registered: Registered,
        logged_out: LoggedOut,
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._registered = registered
        self._logged_out = logged_out
        self._hasher = hasher
        self._closed = settings.registration == "closed"
        self._registrations = AddressLimit(settings.register_per_hour, 3600)
        self._logins = AddressLimit(settings.login_per_minute, 60)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/register", self.register)
        app.router.add_post("/api/login", self.login)
        app.router.add_post("/api/logout", self.logout)
        app.router.add_get("/api/me", self.me)

    async def register(self, request: web.Request) -> web.Response:
        if self._closed:
            return problem(403, "This world takes no new players just now.")
        name, password = await _credentials(request)
        check_password(password)
        name = names.check(name)
        skeleton = names.skeleton(name)
        await self._db.read(lambda c: _refuse_taken(c, name, skeleton))
        if not self._registrations.allows(request):
            return problem(429, "Too many new players from your address; try again in a while.")
        hashed = await self._hasher.hash(password)
        look, now = secrets.randbits(31), now_ms()

        def create(connection: sqlite3.Connection) -> Player:
            _refuse_taken(connection, name, skeleton)  # meanwhile
            return accounts.create(connection, name, skeleton, hashed, look, now)

        player = await self._db.write(create)
        await self._registered(player)
        response = web.json_response(describe(player))
        if not await self._sessions.open(request, response, player.id, hashed):
            return problem(403, _WRONG)  # any more
        return response

    async def login(self, request: web.Request) -> web.Response:
        name, password = await _credentials(request)
        if not self._logins.allows(request):
            return problem(429, "Too many attempts to log in; wait a minute.")
        if not _can_be_password(password):  # nobody's; the rules of signing up are no answer here
            return problem(403, _WRONG)
        skeleton = names.skeleton(name)

        def find(connection: Any) -> tuple[Player | None, str | None]:
            player = accounts.by_skeleton(connection, skeleton)
            if player is None or player.id in leaving.begun(connection):
                return None, None
            return player, accounts.password(connection, player.id)

        player, stored = await self._db.read(find)
        fits = await self._hasher.verify(password, stored)
        if player is None or stored is None or not fits:
            return problem(403, _WRONG)
        response = web.json_response(describe(player))
        if locked := self._sessions.locks.sentence(player.id):  # for who knows the password, and nobody else
            # A session they get all the same: to take what is theirs along, and to delete the account.
            response = web.json_response({"error": locked, "locked": True}, status=403)
        if not await self._sessions.open(request, response, player.id, stored):
            return problem(403, _WRONG)  # any more
        return response

    async def logout(self, request: web.Request) -> web.Response:
        response = web.json_response({})
        player = await self._sessions.player(request)
        await self._sessions.close(request, response)
        if player is not None:
            await self._logged_out(player.id)
        return response

    async def me(self, request: web.Request) -> web.Response:
        return web.json_response(describe(await self._sessions.require(request)))

"""Who asks: session cookies, and the keys under which the parts lie in the aiohttp application."""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
from dataclasses import dataclass

from aiohttp import web

from nanoverse.agents.locks import Locks
from nanoverse.store import accounts, leaving
from nanoverse.store.accounts import Player
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database

DAYS = 60  # a session's life
_LIFE_MS = DAYS * 86_400_000
_PORT = re.compile(r":([0-9]{1,5})$")  # of a Host header, which says what it likes


def token_hash(token: str) -> bytes:
    """`token` may be a header's, which is not always text."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


def cookie_names(request: web.Request) -> tuple[str, str]:
    """Of the cookie that is set, and of the one that was set before names told worlds apart.

    A browser sends the cookies of a host to all of its ports, so the name says which of the worlds there is meant.
    Under TLS the prefix makes the browser refuse the cookie from any other host or path.
    """
    plain = "__Host-nanoverse" if request.secure else "nanoverse"
    port = _PORT.search(request.host)
    return (f"{plain}-{port[1]}" if port and port[1] not in ("80", "443") else plain), plain


@dataclass(frozen=True, slots=True)
class Sessions:
    """Cookies that say who somebody is; the database knows them only by their hashes."""

    db: Database
    locks: Locks

    async def player(self, request: web.Request) -> Player | None:
        """The player who asks, who may be locked; None for a stranger."""
        token = _token(request)
        if not token:
            return None
        hashed, now = token_hash(token), now_ms()
        return await self.db.read(lambda c: accounts.by_session(c, hashed, now))

    async def require(self, request: web.Request, *, admin: bool = False, locked: bool = False) -> Player:
        """The player who asks; 401 for a stranger, 403 for who is not the `admin`, or is locked and may not be."""
        player = await self.player(request)
        if player is None:
            raise web.HTTPUnauthorized(reason="Log in first.")
        if not locked and (sentence := self.locks.sentence(player.id)):
            raise web.HTTPForbidden(reason=sentence)
        if admin and not player.admin:
            raise web.HTTPForbidden(reason="Only the admin may do that.")
        return player

    async def open(self, request: web.Request, response: web.Response, player: int, password: str) -> bool:
        """A session for who has shown that they know the password whose stored hash is `password`; False, and none, if
        that is not the player's any more: to look at a password takes long, and it may have changed meanwhile."""
        token, now = secrets.token_urlsafe(32), now_ms()
        hashed = token_hash(token)

        def write(connection: sqlite3.Connection) -> bool:
            if accounts.password(connection, player) != password or player in leaving.begun(connection):
                return False
            accounts.drop_expired_sessions(connection, now)
            accounts.open_session(connection, hashed, player, now, now + _LIFE_MS)
            return True

        if not await self.db.write(write):
            return False
        response.set_cookie(
            cookie_names(request)[0],
            token,
            max_age=DAYS * 86_400,
            path="/",
            httponly=True,
            secure=request.secure,
            samesite="Lax",
        )
        return True

    async def close(self, request: web.Request, response: web.Response) -> None:
        names = cookie_names(request)
        hashed = [token_hash(token) for name in names if (token := request.cookies.get(name))]

        def write(connection: sqlite3.Connection) -> None:
            for each in hashed:
                accounts.end_session(connection, each)

        await self.db.write(write)
        response.del_cookie(names[0], path="/", secure=request.secure, httponly=True, samesite="Lax")


def _token(request: web.Request) -> str | None:
    found = (request.cookies.get(name) for name in cookie_names(request))
    return next(filter(None, found), None)

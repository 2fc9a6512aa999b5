"""Who asks: session cookies, and the keys under which the parts lie in the aiohttp application."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from aiohttp import web

from nanoverse.agents.locks import Locks
from nanoverse.store import accounts
from nanoverse.store.accounts import Player
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database

DAYS = 60  # a session's life
_LIFE_MS = DAYS * 86_400_000


def token_hash(token: str) -> bytes:
    """`token` may be a header's, which is not always text."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


def cookie_name(request: web.Request) -> str:
    """Under TLS the prefix makes the browser refuse the cookie from any other host or path."""
    return "__Host-nanoverse" if request.secure else "nanoverse"


@dataclass(frozen=True, slots=True)
class Sessions:
    """Cookies that say who somebody is; the database knows them only by their hashes."""

    db: Database
    locks: Locks

    async def player(self, request: web.Request) -> Player | None:
        """The player who asks, who may be locked; None for a stranger."""
        token = request.cookies.get(cookie_name(request))
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

    async def open(self, request: web.Request, response: web.Response, player: int) -> None:
        token, now = secrets.token_urlsafe(32), now_ms()
        hashed = token_hash(token)

        def write(connection: sqlite3.Connection) -> None:
            accounts.drop_expired_sessions(connection, now)
            accounts.open_session(connection, hashed, player, now, now + _LIFE_MS)

        await self.db.write(write)
        response.set_cookie(
            cookie_name(request),
            token,
            max_age=DAYS * 86_400,
            path="/",
            httponly=True,
            secure=request.secure,
            samesite="Lax",
        )

    async def close(self, request: web.Request, response: web.Response) -> None:
        if token := request.cookies.get(cookie_name(request)):
            hashed = token_hash(token)
            await self.db.write(lambda c: accounts.end_session(c, hashed))
        response.del_cookie(
            cookie_name(request), path="/", secure=request.secure, httponly=True, samesite="Lax"
        )

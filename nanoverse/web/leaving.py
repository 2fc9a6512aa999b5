"""An account is deleted by its player: it goes from the database, and from the world that runs."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from aiohttp import web

from nanoverse.agents.mind import Mind
from nanoverse.config import Settings
from nanoverse.store import accounts, reports
from nanoverse.store.accounts import Player
from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.identity import Sessions
from nanoverse.web.passwords import PasswordHasher
from nanoverse.web.rates import AddressLimit
from nanoverse.web.security import problem

log = logging.getLogger(__name__)


class Leaving:
    """`gone` is called at the moment when a player is in the database no more."""

    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        settings: Settings,
        hasher: PasswordHasher,
        mind: Mind,
        gone: Callable[[Player], None],
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._mind = mind
        self._gone = gone
        self._hasher = hasher
        self._tries = AddressLimit(settings.login_per_minute, 60)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/me/delete", self.delete)

    async def delete(self, request: web.Request) -> web.Response:
        """Forget the player who asks, who may be locked, for good; their password says that it is they who ask."""
        player = await self._sessions.require(request, locked=True)
        (password,) = await read_json(request, "password")
        if not isinstance(password, str):
            return problem(400, "Your password is needed.")
        if not self._tries.allows(request):
            return problem(429, "Too many attempts; wait a minute.")
        stored = await self._db.read(lambda c: accounts.password(c, player.id))
        if not await self._hasher.verify(password, stored):
            return problem(403, "That is not your password.")

        def forget(connection: sqlite3.Connection) -> list[str]:
            complaining = reports.open_about(connection, player.id)
            accounts.delete(connection, player.id)
            return complaining

        if complaining := await self._db.write(forget, lambda _: self._gone(player)):
            # They go unread: who reported it can be asked.
            who = ", ".join(sorted(set(complaining)))
            log.warning(
                "Player %d has deleted the account; %d open reports of it by %s go with it.",
                player.id,
                len(complaining),
                who,
            )
        await self._mind.forget(player.id)
        response = web.json_response({})
        await self._sessions.close(request, response)
        return response

"""An account is deleted by its player: it goes from the database, and from the world that runs."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from aiohttp import web

from nanoverse.agents.mind import Mind
from nanoverse.store import accounts, leaving, reports
from nanoverse.store.accounts import Player
from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.identity import Sessions
from nanoverse.web.own_password import OwnPassword

log = logging.getLogger(__name__)


class Leaving:
    """`gone` is called at the moment when a player is in the database no more."""

    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        own: OwnPassword,
        mind: Mind,
        gone: Callable[[Player], None],
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._mind = mind
        self._gone = gone
        self._own = own

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/me/delete", self.delete)

    async def delete(self, request: web.Request) -> web.Response:
        """Forget the player who asks, who may be locked, for good; their password says that it is they who ask."""
        player = await self._sessions.require(request, locked=True)
        (password,) = await read_json(request, "password")
        await self._own.check(request, player.id, password)
        thinned = await leaving.thin_out(self._db, player.id)

        def forget(connection: sqlite3.Connection) -> list[str] | None:
            complaining = reports.open_about(connection, player.id)
            return complaining if accounts.delete(connection, player.id, thinned) else None

        def forgotten(complaining: list[str] | None) -> None:
            if complaining is not None:  # not asked twice
                self._gone(player)

        if complaining := await self._db.write(forget, forgotten):
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

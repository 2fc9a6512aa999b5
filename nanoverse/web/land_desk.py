"""The admin frees what land a player has claimed: else it is kept from all for as long as the account is there."""

from __future__ import annotations

from aiohttp import web

from nanoverse.chat import names
from nanoverse.store import accounts
from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.lock_desk import Require
from nanoverse.web.security import problem
from nanoverse.web.ticker import Ticker


class LandDesk:
    """`require` turns away whoever is not the admin."""

    def __init__(self, db: Database, ticker: Ticker, require: Require) -> None:
        self._db = db
        self._ticker = ticker
        self._require = require

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/admin/release", self.release)

    async def release(self, request: web.Request) -> web.Response:
        await self._require(request)
        (name,) = await read_json(request, "player")
        skeleton = names.skeleton(name) if isinstance(name, str) else ""
        player = await self._db.read(lambda c: accounts.by_skeleton(c, skeleton))
        if player is None:
            return problem(404, f"There is no player called {str(name)[:40]!r}.")
        return web.json_response({"plots": await self._ticker.free_land(player.id)})

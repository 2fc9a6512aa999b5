"""The admin frees what land a player has claimed: else it is kept from all for as long as the account is there."""

from __future__ import annotations

import logging

from aiohttp import web

from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.lock_desk import Require
from nanoverse.web.naming import named
from nanoverse.web.ticker import Ticker

log = logging.getLogger(__name__)


class LandDesk:
    """`require` turns away whoever is not the admin."""

    def __init__(self, db: Database, ticker: Ticker, require: Require) -> None:
        self._db = db
        self._ticker = ticker
        self._require = require

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/admin/release", self.release)

    async def release(self, request: web.Request) -> web.Response:
        admin = await self._require(request)
        (name,) = await read_json(request, "player")
        player = await self._db.read(lambda c: named(c, name))
        plots = await self._ticker.free_land(player.id)
        log.info("%s has freed the %d plots of %s", admin, plots, player.name)
        return web.json_response({"plots": plots})

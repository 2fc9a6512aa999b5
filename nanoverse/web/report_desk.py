"""What players reported, for the admin."""

from __future__ import annotations

import logging
from dataclasses import asdict

from aiohttp import web

from nanoverse.protocol import ID
from nanoverse.store import reports
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.lock_desk import Require
from nanoverse.web.security import problem

log = logging.getLogger(__name__)

SHOWN = 200


class ReportDesk:
    """`require` turns away whoever is not the admin."""

    def __init__(self, db: Database, require: Require) -> None:
        self._db = db
        self._require = require

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/admin/reports", self.show)
        app.router.add_post("/api/admin/reports", self.handle)

    async def show(self, request: web.Request) -> web.Response:
        await self._require(request)
        found = await self._db.read(lambda c: reports.newest(c, SHOWN))
        return web.json_response({"reports": [asdict(report) for report in found]})

    async def handle(self, request: web.Request) -> web.Response:
        """Mark a report as handled, or as open again."""
        admin = await self._require(request)
        number, handled = await read_json(request, "id", "handled")
        is_number = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= ID
        if not is_number or not isinstance(handled, bool):
            return problem(400, "A report has a number, and is handled or not.")
        when = now_ms() if handled else None
        if not await self._db.write(lambda c: reports.handle(c, number, when)):
            return problem(404, "There is no such report.")
        log.info("%s has marked report %d as %s", admin, number, "handled" if handled else "open again")
        return web.json_response({})

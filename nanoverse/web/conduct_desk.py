"""A player's choice of how much their agent may do, when it rests, and whether it learns."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from nanoverse.agents.conduct import Conducts
from nanoverse.store.conducts import ACT, DAY, WATCH, Conduct, time_zone
from nanoverse.web.accounts import read_json
from nanoverse.web.identity import Sessions
from nanoverse.web.security import problem

_BOUNDS = {
    "level": (WATCH, ACT),
    "quiet_from": (0, DAY - 1),
    "quiet_to": (0, DAY - 1),
    "utc_offset": (-14 * 60, 14 * 60),
    "learns": (0, 1),
}
_LONGEST = 64  # characters of a time zone's name


class ConductDesk:
    def __init__(self, sessions: Sessions, conducts: Conducts) -> None:
        self._sessions = sessions
        self._conducts = conducts

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/me/agent/conduct", self.show)
        app.router.add_post("/api/me/agent/conduct", self.choose)

    async def show(self, request: web.Request) -> web.Response:
        player = await self._sessions.require(request)
        return web.json_response(asdict(self._conducts.of(player.id)))

    async def choose(self, request: web.Request) -> web.Response:
        player = await self._sessions.require(request)
        *numbers, zone = await read_json(request, *_BOUNDS, "zone")
        given = dict(zip(_BOUNDS, numbers, strict=True))
        if given["learns"] is None:  # from a page that was loaded before there was this choice
            given["learns"] = int(self._conducts.of(player.id).learns)
        for name, (low, high) in _BOUNDS.items():
            value = given[name]
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                return problem(400, f"{name} is a whole number from {low} to {high}.")
        known = isinstance(zone, str) and len(zone) <= _LONGEST and time_zone(zone) is not None
        chosen = Conduct(**given | {"zone": zone if known else "", "learns": bool(given["learns"])})
        await self._conducts.choose(player.id, chosen)
        return web.json_response(asdict(chosen))

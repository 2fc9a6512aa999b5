"""What a player found and hid, the landmarks of their map, and who found most. Points are read from the rows of finds;
nothing here writes any."""

from __future__ import annotations

import sqlite3
from typing import Any

from aiohttp import web

from nanoverse.chat.limits import RANKS, Buckets
from nanoverse.store import finds
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.identity import Sessions
from nanoverse.world.biomes import BIOMES
from nanoverse.world.simulation import Simulation

TOP = 20
_SHOWN = 200  # found scrolls, the newest
LANDMARKS = 500  # of a map, those nearest to the body


class FindsDesk:
    def __init__(self, db: Database, sessions: Sessions, world: Simulation) -> None:
        self._db = db
        self._sessions = sessions
        self._world = world
        self._buckets = Buckets(now_ms)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/me/finds", self.own)
        app.router.add_get("/api/me/landmarks", self.landmarks)
        app.router.add_get("/api/leaderboard", self.leaderboard)

    async def own(self, request: web.Request) -> web.Response:
        player = await self._sessions.require(request)

        def read(
            connection: sqlite3.Connection,
        ) -> tuple[list[finds.FoundScroll], dict[int, int], dict[str, int]]:
            return (
                finds.scrolls(connection, player.id, _SHOWN),
                finds.finders(connection, player.id),
                finds.counts(connection, player.id),
            )

        found, finders, counts = await self._db.read(read)
        place, mine = self._world.place_name, self._world.scrolls.of(player.id)
        content: dict[str, Any] = {
            "found": [
                {
                    "id": s.id,
                    "text": s.text,
                    "author": s.author,
                    "by": s.by,
                    "x": s.x,
                    "y": s.y,
                    "place": place(s.x, s.y),
                    "points": s.points,
                    "time": s.time,
                    "removable": self._removable(player.id, s.id),
                }
                for s in found
                if not self._sessions.locks.holds(s.author)
            ],
            "hidden": [
                {"id": s.id, "text": s.text, "place": place(s.x, s.y), "finders": finders.get(s.id, 0)}
                for s in mine
            ],
            "biomes": counts.get("biome", 0),
            "all_biomes": len(BIOMES),
            "places": counts.get("place", 0),
            "ruins": counts.get("ruin", 0),
        }
        return web.json_response(content)

    async def landmarks(self, request: web.Request) -> web.Response:
        """What the player's map names: nothing that they have not discovered, and where everybody arrives. `atlas` is
        the name under which a browser keeps the ground that this player has seen: no other player or world has it."""
        player = await self._sessions.require(request)
        body = self._world.bodies.get(player.id)
        x, y = body.tile if body else self._world.spawn
        found = await self._db.read(lambda c: finds.landmarks(c, player.id, x, y, LANDMARKS))
        spawn_x, spawn_y = self._world.spawn
        return web.json_response(
            {
                "atlas": f"{player.id}.{player.created}",
                "spawn": {"x": spawn_x, "y": spawn_y},
                "landmarks": [
                    {"kind": mark.kind, "name": mark.name, "x": mark.x, "y": mark.y} for mark in found
                ],
            }
        )

    async def leaderboard(self, request: web.Request) -> web.Response:
        """The best, and the player who asks wherever they stand; and what gives how many points."""
        player = await self._sessions.require(request)
        self._buckets.take(RANKS, player.id)  # it sums all finds of all players
        ranks = await self._db.read(lambda c: finds.leaderboard(c, TOP, player.id))
        return web.json_response(
            {
                "ranks": [
                    {"name": r.name, "points": r.points, "rank": r.rank, "you": r.player == player.id}
                    for r in ranks
                ],
                "worth": {**finds.POINTS, "daily": finds.COUNTED},
            }
        )

    def _removable(self, player: int, scroll: int) -> bool:
        """Whether it lies, still, on this player's land."""
        hidden = self._world.scrolls.get(scroll)
        return hidden is not None and self._world.land.owner_at(hidden.x, hidden.y) == player

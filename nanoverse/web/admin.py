"""What the admin sees and may do, and the one-time link that makes somebody the admin.

A tool on the same machine (`nanoverse retrain`) proves itself by a token that only the data folder's owner can read.
"""

from __future__ import annotations

import dataclasses
import hmac
import logging
import secrets
import sqlite3
from typing import Any

from aiohttp import web

from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import Voice
from nanoverse.store import accounts, adapters, barred, facts, nights
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.web.accounts import read_json
from nanoverse.web.agent_desk import NO_VERSION
from nanoverse.web.identity import Sessions, token_hash
from nanoverse.web.naming import named
from nanoverse.web.security import problem
from nanoverse.web.spectators import Spectators
from nanoverse.web.ticker import Ticker

log = logging.getLogger(__name__)

PAUSED = "The nights are paused; nobody is retrained until an admin has them go on."
OWNER = "the owner of the data folder"  # no player's name: those have no spaces
_TOKEN = "admin_token"  # the fact that holds the hash of the link that has not been used
_REPORTS = 1000  # results of a night shown at most: more would hold up the world
_NIGHTS = 14  # newest nights whose lengths are shown
_WITHDRAWN = 20  # versions that were taken back, likewise


def new_admin_token(connection: sqlite3.Connection) -> str:
    """A fresh one-time token; an older one that was not used is void."""
    token = secrets.token_urlsafe(24)
    facts.put(connection, _TOKEN, token_hash(token).hex())
    return token


def first_admin_token(connection: sqlite3.Connection) -> str | None:
    """A token if nobody is the admin yet, and so each start shows a link until somebody has opened one."""
    return None if admins(connection) else new_admin_token(connection)


def admins(connection: sqlite3.Connection) -> list[str]:
    """The names of those who are the admin already."""
    return [player.name for player in accounts.everyone(connection) if player.admin]


class AdminDesk:
    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        ticker: Ticker,
        spectators: Spectators,
        mind: Mind,
        voice: Voice,
        control_token: str,
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._ticker = ticker
        self._spectators = spectators
        self._mind = mind
        self._voice = voice
        self._control = control_token

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/admin/claim", self.claim)
        app.router.add_post("/api/admin/link", self.link)
        app.router.add_get("/api/admin/status", self.status)
        app.router.add_post("/api/admin/retrain", self.retrain)
        app.router.add_get("/api/admin/live", self.live)
        app.router.add_post("/api/admin/withdraw", self.withdraw)
        app.router.add_post("/api/admin/pause", self.pause)

    async def claim(self, request: web.Request) -> web.Response:
        """Make the player who asks the admin, once for each token."""
        player = await self._sessions.require(request)
        (token,) = await read_json(request, "token")
        given = token_hash(token).hex() if isinstance(token, str) else None

        def redeem(connection: sqlite3.Connection) -> bool:
            wanted = facts.get(connection, _TOKEN)
            if wanted is None or given is None or not hmac.compare_digest(wanted, given):
                return False
            facts.remove(connection, _TOKEN)
            accounts.make_admin(connection, player.id)
            return True

        if not await self._db.write(redeem):
            return problem(
                403, "This link was used already, or is not the newest one; `nanoverse admin` prints another."
            )
        log.info("%s is an admin from now on", player.name)
        return web.json_response({"admin": True})

    async def link(self, request: web.Request) -> web.Response:
        admin = await self.require(request)
        token = await self._db.write(new_admin_token)
        log.info("%s has made a link for another admin", admin)
        return web.json_response({"token": token, "admins": await self._db.read(admins)})

    async def status(self, request: web.Request) -> web.Response:
        await self.require(request)
        everyone = await self._db.read(accounts.everyone)
        players = {player.id: player.name for player in everyone}
        progress, next_night = self._mind.progress, self._mind.next_night()
        content: dict[str, Any] = {
            "players": len(players),
            "admins": [player.name for player in everyone if player.admin],
            "online": len(self._ticker.clients),
            "watching": self._spectators.count,
            "model": {"state": self._voice.state, "note": self._voice.note},
            "engine": dataclasses.asdict(self._voice.engine.stats()) if self._voice.engine else None,
            "tick": self._ticker.figures(_whole_number(request.query.get("seconds"), 60)),
            "night": {
                "running": self._mind.busy,
                "done": progress.done if progress else 0,
                "total": progress.total if progress else 0,
                "player": players.get(progress.player or 0, "") if progress else "",
                "note": progress.message if progress else "",
                "doing": progress.doing if progress else "",
                "percent": progress.percent if progress else None,
                "counts": progress.counts if progress else {},
                "waiting": progress.waiting if progress else 0,
                "failure": self._mind.failure,
                "paused": self._mind.night is not None and self._mind.night.paused,
                "left_s": progress.left_s if progress else None,
                "next": next_night.astimezone().isoformat(timespec="minutes") if next_night else None,
            },
            "locked": [
                {
                    "player": players.get(player, ""),
                    "reason": reason,
                    "plots": len(self._ticker.world.land.plots(player)),
                }
                for player, reason in sorted(self._sessions.locks.reasons().items())
            ],
            "barred": await self._db.read(barred.names),
            "held": await self._db.read(lambda c: _held(c, players)),
            "nights": [
                {"time": night.started, "seconds": seconds}
                for night, seconds in await self._db.read(lambda c: nights.lengths(c, _NIGHTS))
            ],
            "withdrawn": [
                {"player": players.get(one.player, ""), "version": one.id, "reason": one.withdrawn}
                for one in await self._db.read(lambda c: adapters.all_withdrawn(c, _WITHDRAWN))
            ],
        }
        return web.json_response(content)

    async def retrain(self, request: web.Request) -> web.Response:
        admin = await self.require(request)
        (name,) = await read_json(request, "player")
        player = None if name is None else await self._db.read(lambda c: named(c, name))
        if self._mind.night is not None and self._mind.night.paused:
            return problem(409, PAUSED)  # it would wait, and whoever asked with it
        if not self._mind.retrain([player.id] if player else None):
            why = (
                "A training is under way."
                if self._mind.busy
                else f"There is no model to train: {self._voice.note}"
            )
            return problem(409, why)
        log.info("%s has %s retrained", admin, player.name if player else "everybody")
        return web.json_response({"started": True})

    async def pause(self, request: web.Request) -> web.Response:
        """Have the nights wait before the next player's turn, or go on; it holds over restarts."""
        admin = await self.require(request)
        (paused,) = await read_json(request, "paused")
        if not isinstance(paused, bool):
            return problem(400, "Whether the night pauses is true or false.")
        if self._mind.night is None:
            return problem(409, f"There is no model to train: {self._voice.note}")
        await self._mind.night.pause(paused)
        log.info("%s has the nights %s", admin, "pause" if paused else "go on")
        return web.json_response({"paused": paused})

    async def live(self, request: web.Request) -> web.Response:
        """Which version of somebody's agent `withdraw` takes back, and which speaks then (0: the base model)."""
        await self.require(request)
        chosen = await self._db.read(lambda c: named(c, request.query.get("player")))
        if (registry := self._mind.registry) is None:
            return problem(409, f"Agents are not awake: {self._voice.note}")
        try:
            version, before = await self._db.read(lambda c: adapters.to_withdraw(c, chosen.id, registry.base))
        except StoreError as error:
            return problem(409, str(error))
        content = {"player": chosen.name, "version": version.id, "before": before.id if before else 0}
        return web.json_response(content)

    async def withdraw(self, request: web.Request) -> web.Response:
        """Take this version of somebody's agent back, which is live; the one before it speaks again."""
        admin = await self.require(request)
        name, wanted = await read_json(request, "player", "version")
        chosen = await self._db.read(lambda c: named(c, name))
        if not isinstance(wanted, int) or isinstance(wanted, bool):
            return problem(400, NO_VERSION)
        if self._mind.registry is None:
            return problem(409, f"Agents are not awake: {self._voice.note}")
        try:
            version = await self._mind.registry.withdraw(chosen.id, "The admin took it back.", wanted)
        except StoreError as error:
            return problem(409, str(error))
        log.info("%s has taken version %d of %s's agent back", admin, wanted, chosen.name)
        return web.json_response({"live": version.id if version else 0})

    async def require(self, request: web.Request) -> str:
        """Whoever asks is an admin, or a tool of the data folder's owner, and is named as the log has them; else 401 or
        403."""
        return OWNER if self.is_owner(request) else (await self._sessions.require(request, admin=True)).name

    def is_owner(self, request: web.Request) -> bool:
        """Whether it is a tool of the data folder's owner that asks."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(errors="surrogateescape"), self._control.encode())


def _whole_number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else default


def _held(connection: sqlite3.Connection, players: dict[int, str]) -> list[dict[str, Any]]:
    """The nights that are shown, the newest first, and what each did for each player."""
    return [
        {
            "due": night.due,
            "time": night.started,
            "finished": night.finished is not None,
            "results": [
                {
                    "player": players.get(result.player, ""),
                    "result": result.result,
                    "reason": result.reason,
                    "figures": result.figures,
                    "gain": result.gain,
                    "seconds": result.seconds,
                }
                for result in nights.results(connection, night.id)[:_REPORTS]
            ],
        }
        for night in nights.shown(connection)
    ]

"""What a player sees of their own agent, and the choice of which version of it speaks."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

from aiohttp import web

from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import Voice
from nanoverse.chat.limits import PORTRAIT, Buckets
from nanoverse.config import Settings
from nanoverse.learning import cleaning
from nanoverse.learning.examples import LOOKED_AT
from nanoverse.learning.profile import profile
from nanoverse.protocol import ID
from nanoverse.store import adapters, conducts, consents, imports, learnt, lessons, let_go, nights
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.web.accounts import read_json
from nanoverse.web.identity import Sessions
from nanoverse.web.security import problem

# What a failure says may name files of the server: that is for the admin.
_FAILED = "The training did not work; your agent is as it was before. The admin's page says why."
ADVICE = (  # for whom can follow it: the admin, who runs the world
    "For better talk start the world with --model google/gemma-3-1b-it (accept its licence at the hub and run "
    "`hf auth login` first) or with a local Gemma-3 folder."
)
NO_VERSION = "A version is a whole number; 0 is the base model without an adapter."
_WAKING = "Agents are still waking up; try again in a moment."


class AgentDesk:
    def __init__(
        self, settings: Settings, db: Database, sessions: Sessions, mind: Mind, voice: Voice
    ) -> None:
        self._settings = settings
        self._db = db
        self._sessions = sessions
        self._mind = mind
        self._voice = voice
        self._buckets = Buckets(now_ms)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/me/agent", self.show)
        app.router.add_post("/api/me/agent/live", self.choose)
        app.router.add_post("/api/me/agent/newest", self.follow_newest)

    async def show(self, request: web.Request) -> web.Response:
        # Who is locked may see it too: it names the versions that they may take along.
        player = await self._sessions.require(request, locked=True)
        self._buckets.take(PORTRAIT, player.id)
        base = self._mind.registry.base if self._mind.registry else None
        content = await self._db.read(lambda c: _portrait(c, player.id, base))
        content["model"] = {
            "state": self._voice.state,
            "name": self._settings.model,
            "note": self._voice.note,
            "advice": ADVICE if player.admin and self._settings.model == "starter" else "",
        }
        content["needed"] = self._settings.min_messages
        content["profile"] = await self._profile(player.id)
        return web.json_response(content)

    async def _profile(self, player: int) -> dict[str, Any] | None:
        """How the player writes, by the messages that are fit to learn from; in a thread, for there may be many.

        Those of the newest window, which takes a tenth of the time that a lesson's whole look at them would; of more
        only where these are too few for a lesson. What a lesson caps (`learning.caps`) is not left out here.
        """
        window = self._settings.window_messages
        kept: list[tuple[str, int]] = []
        for windows in (1, LOOKED_AT):
            most = windows * window
            said = await self._db.read(partial(lessons.own_texts, player=player, limit=most))
            kept = (await asyncio.to_thread(_fit, said))[:window]
            if len(kept) >= self._settings.min_messages or len(said) < most:
                break
        found = await asyncio.to_thread(profile, [text for text, _ in kept], [time for _, time in kept])
        return dataclasses.asdict(found) if found else None

    async def choose(self, request: web.Request) -> web.Response:
        """Let this version speak, whatever the nights bring; 0 stands for the base model."""
        player = await self._sessions.require(request)
        (version,) = await read_json(request, "version")
        if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= ID:
            return problem(400, NO_VERSION)
        if self._mind.registry is None:
            return problem(409, _WAKING)
        from nanoverse.learning.registry import RegistryError

        try:
            await self._mind.registry.choose(player.id, version or None)
        except (RegistryError, StoreError) as error:
            return problem(404, str(error))
        return web.json_response({"live": version})

    async def follow_newest(self, request: web.Request) -> web.Response:
        """Take such a choice back: the newest version speaks, and each later one as it comes."""
        player = await self._sessions.require(request)
        if self._mind.registry is None:
            return problem(409, _WAKING)
        version = await self._mind.registry.follow_newest(player.id)
        return web.json_response({"live": version.id if version else 0})


def _fit(said: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Of texts with their times, the newest first, those that may be learnt from."""
    faults = cleaning.faults([text for text, _ in said])
    return [one for one, fault in zip(said, faults, strict=True) if fault is None]


def _portrait(connection: sqlite3.Connection, player: int, base: str | None) -> dict[str, Any]:
    """`base` is the base model that runs; None: none is loaded yet, so that no version is known to be for another."""
    live = adapters.live(connection, player)
    return {
        "chosen": adapters.chosen(connection, player),
        "versions": [
            {
                "id": version.id,
                "created": version.created,
                "live": live is not None and version.id == live.id,
                "gain": version.gain,
                "messages": version.messages,
                "imported": version.imported,
                "waits": bool(version.waits),
                "note": version.note,
                "withdrawn": version.withdrawn,
                "other_model": base is not None and version.base != base,
                "learnt": _learnt(connection, version.id),
            }
            for version in adapters.versions(connection, player)
            if version.offered is not None
        ],
        "let_go": [{"id": version, "time": time} for version, time in let_go.of(connection, player)],
        "report": _report(connection, player),
        "imported": imports.count(connection, player),
        "learns": conducts.learns(connection, player),
        "private_consent": [dataclasses.asdict(each) for each in consents.given(connection, player)],
    }


def _learnt(connection: sqlite3.Connection, version: int) -> dict[str, Any] | None:
    found = learnt.of(connection, version)
    return dataclasses.asdict(found) if found else None


def _report(connection: sqlite3.Connection, player: int) -> dict[str, Any] | None:
    """What the last training came to, and what it went by and left out; None before the first."""
    newest = nights.newest_result(connection, player)
    if newest is None:
        return None
    night, result = newest
    return {
        "time": night.started,
        "result": result.result,
        "reason": _FAILED if result.result == nights.FAILED else result.reason,
        "messages": result.messages,
        "left_out": sum(result.left_out.values()),
        "left_out_because": cleaning.in_words(result.left_out),
    }

"""While you were away: what a player reads of their agent's life on their return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from nanoverse.protocol import ID
from nanoverse.store import digests
from nanoverse.store.database import Database
from nanoverse.store.digests import AgentSaid, Digest
from nanoverse.store.messages import Message
from nanoverse.web.accounts import read_json
from nanoverse.web.identity import Sessions
from nanoverse.web.security import problem
from nanoverse.world.simulation import Simulation


class DigestDesk:
    def __init__(self, db: Database, sessions: Sessions, world: Simulation, now: Callable[[], int]) -> None:
        self._db = db
        self._sessions = sessions
        self._world = world
        self._now = now

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/me/digest", self.unread)
        app.router.add_get("/api/me/digest/last", self.last_read)
        app.router.add_post("/api/me/digest/read", self.close)

    async def unread(self, request: web.Request) -> web.Response:
        player = await self._sessions.require(request)
        now = self._now()
        # What the agent did until a moment ago is on its way to the disk, and comes first.
        await self._db.write(lambda c: None)
        digest, before = await self._db.read(
            lambda c: (digests.unread(c, player.id, now), digests.last_read(c, player.id) is not None)
        )
        return web.json_response({**self._plain(digest), "read_before": before})

    async def last_read(self, request: web.Request) -> web.Response:
        """The one that was closed last, once more."""
        player = await self._sessions.require(request)
        digest = await self._db.read(lambda c: digests.last_read(c, player.id))
        if digest is None:
            return problem(404, "You have not been away yet.")
        return web.json_response(self._plain(digest))

    async def close(self, request: web.Request) -> web.Response:
        """It is read: `message` and `time` are those that came with it."""
        player = await self._sessions.require(request)
        message, time = await read_json(request, "message", "time")
        if not _whole(message) or not _whole(time) or time > self._now():
            return problem(400, "A digest is closed with the message and time that came with it.")
        await self._db.write(lambda c: digests.close(c, player.id, message, time))
        return web.json_response({})

    def _plain(self, digest: Digest) -> dict[str, Any]:
        return {
            "message": digest.span.to_message,
            "time": digest.span.to_time,
            "lines": digest.lines,
            "said": [_said(said) for said in digest.said],
            "talks": [{"id": t.player, "name": t.name, "lines": t.lines} for t in digest.talks],
            "drafted": [
                {
                    "id": drafted.draft.id,
                    "channel": drafted.draft.channel,
                    "name": drafted.name,
                    "text": drafted.draft.text,
                    "time": drafted.draft.time,
                    "asked": _asked(drafted.asked) if drafted.asked else None,
                }
                for drafted in digest.drafted
            ],
            "deed_lines": digest.deed_lines,
            "deeds": [
                {
                    "since": did.deed.since,
                    "verb": did.deed.verb,
                    "what": did.deed.what,
                    "count": did.deed.count,
                    "x": did.deed.x,
                    "y": did.deed.y,
                    "place": self._world.place_name(did.deed.x, did.deed.y),
                    "time": did.deed.time,
                    "standing": did.standing,
                    "undone": did.undone,
                }
                for did in digest.deeds
            ],
        }


def _said(said: AgentSaid) -> dict[str, Any]:
    message = said.message
    return {
        "id": message.id,
        "channel": message.channel,
        "to": message.to,
        "text": message.text,
        "time": message.time,
        "version": message.version,
        "likes": message.likes,
        "dislikes": message.dislikes,
        "mine": message.mine,
        "correction": said.correction,
        "asked": _asked(said.asked) if said.asked else None,
    }


def _asked(message: Message) -> dict[str, Any]:
    return {"id": message.id, "name": message.name, "text": message.text, "agent": message.by_agent}


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= ID

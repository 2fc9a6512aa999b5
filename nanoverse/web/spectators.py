"""Those who watch the world without an account: they see what stands and walks there, and nobody sees or hears them.

A spectator has no session and no body. It hears nothing that is said; what it may send is here, and all else is
refused. It looks only where somebody is, or around the spawn, and no faster than the limits below: else it could have
the server grow land without end.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, web

from nanoverse import protocol
from nanoverse.chat.limits import TokenBucket
from nanoverse.config import Settings
from nanoverse.protocol import ASLEEP, NOT_LOGGED_IN
from nanoverse.web.client import Client
from nanoverse.web.interest import ChunkId, chunk_of, chunks_around
from nanoverse.web.lines import Line, accept
from nanoverse.web.pages import EDITION
from nanoverse.web.rates import AddressLimit, household
from nanoverse.web.ticker import Ticker
from nanoverse.world.constants import CHUNK, UNIT

FRAMES_PER_SECOND, FRAMES_AT_ONCE = 20, 60
VISITS_PER_MINUTE = 60  # of one address
NEAR_BODY, NEAR_SPAWN = 1, 3  # chunks from which one may look
CHUNKS_PER_SECOND, CHUNKS_AT_ONCE = 25, 150  # that come into the sight of one spectator …
LIST_COST = 10  # … counted likewise: a list of who is awake
# That must be grown for all of them together; each takes half a millisecond, during which the world stands still.
GROWN_PER_SECOND, GROWN_AT_ONCE = 100, 75

ONLY_WATCHES = "Who watches can only look around; log in to take part."
NOWHERE = "You can look around only where somebody is, or where everybody arrives."
TOO_FAST = "You are looking around too fast; wait a moment."
ALL_TOO_FAST = "Too many are looking around at once; wait a moment."
NOBODY = "There is no such player."


@dataclass(eq=False)
class _Spectator:
    client: Client
    pace: TokenBucket = field(default_factory=lambda: TokenBucket(CHUNKS_AT_ONCE, CHUNKS_PER_SECOND))


class Spectators:
    """All who watch. One address may take half of the places, so that there is one left for somebody else."""

    def __init__(self, settings: Settings, ticker: Ticker) -> None:
        self._places = settings.spectators
        self._places_of_one = (settings.spectators + 1) // 2
        self._ticker = ticker
        self._lines: dict[Line, str] = {}  # with the household that it came from
        self._visits = AddressLimit(VISITS_PER_MINUTE, 60)
        self._growing = TokenBucket(GROWN_AT_ONCE, GROWN_PER_SECOND)
        self._numbers = itertools.count(-1, -1)
        self._closed = False

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/ws/watch", self.connect)

    @property
    def count(self) -> int:
        return len(self._lines)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        ws = await accept(request)
        if refusal := self._refusal(request):
            code, reason = refusal
            await ws.close(code=code, message=reason.encode())
        else:
            await self._stay(request, ws)
        return ws

    async def close(self) -> None:
        """Say to all that the server goes, and let nobody in any more."""
        self._closed = True
        lines = list(self._lines)
        for line in lines:
            line.say_goodbye(WSCloseCode.GOING_AWAY, b"The server stops.")
        for line in lines:
            await line.ended.wait()

    def _refusal(self, request: web.Request) -> tuple[int, str] | None:
        """Why somebody may not watch, and the code that says whether to try again."""
        if self._closed:
            return WSCloseCode.GOING_AWAY, "The server stops."
        if not self._places:
            return NOT_LOGGED_IN, "This world is for its players only."
        taken = list(self._lines.values())
        if len(taken) >= self._places:
            return WSCloseCode.TRY_AGAIN_LATER, "All places to watch from are taken just now."
        if taken.count(household(request.remote or "")) >= self._places_of_one:
            return WSCloseCode.TRY_AGAIN_LATER, "From your address as many are watching as may from one."
        if not self._visits.allows(request):
            return WSCloseCode.TRY_AGAIN_LATER, "You come and go too often; wait a minute."
        return None

    async def _stay(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        interest = self._ticker.interest
        spectator = _Spectator(Client(next(self._numbers), "A spectator", admin=False))
        client = spectator.client
        line = Line(request, ws, client.outbox, client.name)
        self._lines[line] = household(request.remote or "")
        self._welcome(client)
        try:
            await line.serve(
                TokenBucket(FRAMES_AT_ONCE, FRAMES_PER_SECOND),
                lambda name, fields: self._take(spectator, name, fields),
                lambda: interest.remove_client(client),
            )
        finally:
            del self._lines[line]

    def _welcome(self, client: Client) -> None:
        world = self._ticker.world
        x, y = (UNIT * tile + UNIT // 2 for tile in world.spawn)
        tick = world.tick_number
        client.outbox.put(protocol.encode("welcome", protocol.VERSION, EDITION, 0, "", False, tick, x, y))
        client.outbox.put(self._ticker.clock())
        client.viewpoint = chunk_of(x, y)
        self._ticker.interest.add_client(client)

    # What a spectator may send.

    def _take(self, spectator: _Spectator, name: str, fields: dict[str, Any]) -> None:
        match name:
            case "ping":
                self._pong(spectator.client, fields["time"])
            case "look":
                self._read_sign(spectator.client, fields["x"], fields["y"])
            case "people":
                self._list_awake(spectator, fields["ref"])
            case "watch":
                self._watch(spectator, fields["ref"], (fields["cx"], fields["cy"]))
            case "follow":
                self._follow(spectator, fields["ref"], fields["body"])
            case _:
                _refuse(spectator.client, fields.get("ref", 0), ONLY_WATCHES)

    def _pong(self, client: Client, time: int) -> None:
        """With the hour and the weather: the ticker tells them to players only."""
        client.outbox.put(protocol.encode("pong", time, self._ticker.world.tick_number))
        client.outbox.put(self._ticker.clock())

    def _read_sign(self, client: Client, x: int, y: int) -> None:
        if (x // CHUNK, y // CHUNK) in client.watched:
            client.outbox.put(self._ticker.interest.encode_sign(x, y, client))

    def _list_awake(self, spectator: _Spectator, ref: int) -> None:
        if not spectator.pace.take(time.monotonic(), LIST_COST):
            _refuse(spectator.client, ref, TOO_FAST)
            return
        bodies = self._ticker.world.bodies.values()
        awake = [(body.id, body.name, body.driver) for body in bodies if body.driver != ASLEEP]
        spectator.client.outbox.put(protocol.encode("people", ref, awake))

    def _follow(self, spectator: _Spectator, ref: int, body: int) -> None:
        followed = self._ticker.world.bodies.get(body)
        if followed is None:
            _refuse(spectator.client, ref, NOBODY)
        else:
            self._watch(spectator, ref, chunk_of(followed.x, followed.y))

    def _watch(self, spectator: _Spectator, ref: int, chunk: ChunkId) -> None:
        client, interest, now = spectator.client, self._ticker.interest, time.monotonic()
        new = chunks_around(chunk) - client.watched
        if not self._may_be_seen(chunk):
            _refuse(client, ref, NOWHERE)
        elif not spectator.pace.take(now, len(new)):
            _refuse(client, ref, TOO_FAST)
        elif not self._growing.take(now, interest.not_ready(new)):
            _refuse(client, ref, ALL_TOO_FAST)
        else:
            interest.look_from(client, chunk)
            client.outbox.put(protocol.encode("done", ref, 0))

    def _may_be_seen(self, chunk: ChunkId) -> bool:
        cx, cy = chunk
        x, y = self._ticker.world.spawn
        if max(abs(cx - x // CHUNK), abs(cy - y // CHUNK)) <= NEAR_SPAWN:
            return True
        near = range(-NEAR_BODY, NEAR_BODY + 1)
        return any(self._ticker.interest.is_inhabited((cx + dx, cy + dy)) for dx in near for dy in near)


def _refuse(client: Client, ref: int, reason: str) -> None:
    client.outbox.put(protocol.encode("refused", ref, reason))

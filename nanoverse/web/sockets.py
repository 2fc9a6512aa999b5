"""One WebSocket per player: it comes, its frames become inputs and requests, it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import WSCloseCode, web

from nanoverse import protocol
from nanoverse.agents.household import Household
from nanoverse.chat.errors import ChatError, TooFast
from nanoverse.chat.limits import ALLOW, CONNECT, WRITE, Buckets, TokenBucket
from nanoverse.chat.text import clean
from nanoverse.config import Settings
from nanoverse.protocol import ELSEWHERE, LOCKED, MOST_WAITING, NOT_LOGGED_IN, PLAYER
from nanoverse.store.accounts import Player
from nanoverse.store.clock import now_ms
from nanoverse.store.errors import StoreError
from nanoverse.web.client import Client
from nanoverse.web.identity import Sessions
from nanoverse.web.lines import FAREWELL, Line, accept
from nanoverse.web.pages import EDITION
from nanoverse.web.talk import Talk
from nanoverse.web.ticker import Ticker
from nanoverse.world.constants import CHUNK
from nanoverse.world.inputs import INPUTS

FRAMES_PER_SECOND, FRAMES_AT_ONCE = 60, 120
# Without the admin's reason, for which a farewell can be too short (123 bytes: RFC 6455, 5.5): the page asks for it.
_LOCKED = b"Your account is locked."
_LOG_IN = NOT_LOGGED_IN, b"Log in first."
_RENEWED = WSCloseCode.SERVICE_RESTART, b"The password was changed."
_SLOW = frozenset({"another"})  # the model's work: what else a player asks must not wait behind it
# Requests that would do harm, cost much, or be refused as done already, if a page that lost its connection sends them
# again; inputs are alike.
_ONCE = frozenset(
    {
        "say",
        "reply",
        "send_draft",
        "report",
        "report_scroll",
        "another",
        "pick",
        "take_back",
        "forget_message",
        "forget_rewrite",
        "forget_person",
    }
)
# Inputs that concern others beyond what the world's own rules ration.
_RATIONED = {"write": WRITE, "hide": WRITE, "allow": ALLOW}
# What a player does only with own hands and mouth: their agent, if it drives while they watch, lets go.
_OWN_DOING = frozenset(INPUTS) | {"say", "reply", "typing"}

Arrival = Callable[[int], None]
Requests = asyncio.Queue[tuple[str, dict[str, Any]]]


class Sockets:
    """All open connections. The household hears who comes and goes, and `came` after it."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        ticker: Ticker,
        talk: Talk,
        household: Household,
        came: Arrival = lambda player: None,
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._ticker = ticker
        self._talk = talk
        self._household = household
        self._came = came
        self._open: dict[int, Line] = {}
        self._lines: set[Line] = set()  # those of `_open`, and those whose goodbye is under way
        self._answering: set[asyncio.Task[None]] = set()
        self._closed = False
        self._renewals = 0  # how often sessions of somebody have ended
        self._buckets = Buckets(now_ms)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/ws", self.connect)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        renewals = self._renewals
        player = await self._sessions.player(request)
        ws = await accept(request)
        refusal = self._refusal(player) or self._hurry(player)
        if player is not None and refusal is None:
            try:
                visit = await self._ticker.visits.open(player.id, _visit(request))
                shunned = await self._talk.shunned(player.id)
            except StoreError as error:
                refusal = WSCloseCode.TRY_AGAIN_LATER, str(error).encode()
            else:
                refusal = self._refusal(player)  # the account may have been locked or deleted meanwhile
                if renewals != self._renewals:
                    # Or the session may have ended: whose it is comes back at once.
                    refusal = refusal or _RENEWED
                if refusal is None:
                    client = Client(player.id, player.name, player.admin, visit=visit, shunned=shunned)
                    await self._stay(request, ws, client)
        if refusal is not None:
            code, message = refusal
            await ws.close(code=code, message=message)
        return ws

    def _refusal(self, player: Player | None) -> tuple[int, bytes] | None:
        """Why somebody may not come in just now, as the code and message of a farewell."""
        if self._closed:
            return WSCloseCode.GOING_AWAY, b"The server stops."
        if player is None or player.id not in self._ticker.world.bodies:
            return _LOG_IN
        if self._sessions.locks.holds(player.id):
            return LOCKED, _LOCKED
        if len(self._open) >= self._settings.max_clients and player.id not in self._open:
            return WSCloseCode.TRY_AGAIN_LATER, b"This world is full just now."
        return None

    def _hurry(self, player: Player | None) -> tuple[int, bytes] | None:
        """Why somebody may not come in again so soon, likewise: each time costs a commit, and all that is around."""
        try:
            if player is not None:
                self._buckets.take(CONNECT, player.id)
        except TooFast as refusal:
            return WSCloseCode.TRY_AGAIN_LATER, str(refusal).encode()
        return None

    async def close(self) -> None:
        """Say to all that the server goes, and let nobody in any more: browsers come back within a moment."""
        self._closed = True
        for line in self._open.values():
            line.say_goodbye(WSCloseCode.GOING_AWAY, b"The server stops.")
        await asyncio.gather(*(line.ended.wait() for line in self._lines))
        if self._answering:
            await asyncio.wait(self._answering, timeout=FAREWELL)

    def forget(self, player: int) -> None:
        """The account is gone: say so to its window, and let nobody in with it any more."""
        self._send_out(player, NOT_LOGGED_IN, b"Your account is gone.")

    def lock(self, player: int) -> None:
        """The account is locked: close its window, if one is open."""
        self._send_out(player, LOCKED, _LOCKED)

    def renew(self, player: int) -> None:
        """The sessions of the player have ended: whoever sits at the window has to show a new one."""
        self._renewals += 1
        self._send_out(player, *_RENEWED)

    async def logged_out(self, player: int) -> None:
        """A session of the player has ended: close their window if it was that one's, in whichever tab it is."""
        self._renewals += 1
        line = self._open.get(player)
        if line and await self._sessions.player(line.request) is None and self._open.get(player) is line:
            self._send_out(player, *_LOG_IN)

    def _send_out(self, player: int, code: int, message: bytes) -> None:
        if line := self._open.get(player):
            self._end(player, line)
            line.say_goodbye(code, message)

    async def _stay(self, request: web.Request, ws: web.WebSocketResponse, client: Client) -> None:
        # All of this at once: while one waits, a third window of the same player could open.
        player = client.player
        if former := self._open.get(player):
            self._end(player, former)
            former.say_goodbye(ELSEWHERE, b"You are here in another window.")
        if client.visit.number != self._ticker.visits.number(player):  # another page has numbers of its own
            self._ticker.world.leave_unanswered(player)
        self._ticker.visits.begin(player, client.visit)
        line = self._open[player] = Line(request, ws, client.outbox, client.name)
        self._lines.add(line)
        self._household.came(player)
        self._came(player)
        self._welcome(client)
        quick, slow = Requests(MOST_WAITING), Requests(MOST_WAITING)
        try:
            await line.serve(
                TokenBucket(FRAMES_AT_ONCE, FRAMES_PER_SECOND),
                lambda name, fields: self._take(client, name, fields, slow if name in _SLOW else quick),
                partial(self._end, player, line),
                self._greet_and_serve(client, quick),
                self._serve_requests(client, slow),
            )
        finally:
            self._lines.discard(line)

    def _end(self, player: int, line: Line) -> None:
        """Take a connection out of the world, unless a newer one of the same player has taken its place."""
        if self._open.get(player) is line:
            del self._open[player]
            client = self._ticker.clients.pop(player)
            self._ticker.interest.remove_client(client)
            self._ticker.world.ways.forget(player)
            self._household.left(player)

    def _welcome(self, client: Client) -> None:
        world = self._ticker.world
        body = world.bodies[client.player]
        body.driver = PLAYER
        client.outbox.put(
            protocol.encode(
                "welcome",
                protocol.VERSION,
                EDITION,
                client.player,
                client.name,
                client.admin,
                world.tick_number,
                body.x,
                body.y,
            )
        )
        self._ticker.clients[client.player] = client
        client.outbox.put(self._ticker.clock())
        client.outbox.put(self._ticker.inventory(client.player))
        client.outbox.put(self._ticker.land(client.player))
        client.outbox.put(self._ticker.home(client.player))
        client.outbox.put(self._ticker.fed(client.player))
        self._ticker.interest.add_client(client)
        self._ticker.interest.driver_changed(client.player)

    def _take(self, client: Client, name: str, fields: dict[str, Any], requests: Requests) -> None:
        if name in _OWN_DOING:
            self._household.take_wheel(client.player)
        if kind := INPUTS.get(name):
            if limit := _RATIONED.get(name):
                if client.visit.repeats(fields["ref"]):  # and is paid for
                    return
                try:
                    self._buckets.take(limit, client.player)
                    if "text" in fields:
                        fields["text"] = _fit_to_be_read(fields["text"])
                except ChatError as error:
                    self._refuse(client, fields["ref"], str(error))
                    return
            given = kind(**fields)
            if not client.submit(given):
                self._refuse(client, given.ref, "That was too much at once.")
        elif name == "drive":
            self._drive(client, fields["ref"], fields["on"])
        elif name == "look":
            if (fields["x"] // CHUNK, fields["y"] // CHUNK) in client.watched:
                client.outbox.put(self._ticker.interest.encode_sign(fields["x"], fields["y"], client))
        elif name == "ping":
            client.outbox.put(protocol.encode("pong", fields["time"], self._ticker.world.tick_number))
        else:
            try:
                requests.put_nowait((name, fields))
            except asyncio.QueueFull:
                self._refuse(client, fields.get("ref", 0), "That was too much at once.")

    def _drive(self, client: Client, ref: int, on: bool) -> None:
        """Give the wheel to the player's own agent while they watch, or take it back."""
        if not on:
            self._household.take_wheel(client.player)
        elif refusal := self._household.drive(client.player):
            self._refuse(client, ref, refusal)
            return
        client.outbox.put(protocol.encode("done", ref, 0))

    async def _greet_and_serve(self, client: Client, requests: Requests) -> None:
        await self._talk.greet(client)  # first of all what the player has not read
        await self._serve_requests(client, requests)

    async def _serve_requests(self, client: Client, requests: Requests) -> None:
        """Answer requests in their order. One that has begun goes on when the connection is lost: its end is for the
        page that comes back and asks again."""
        while True:
            name, fields = await requests.get()
            if name in _ONCE and not client.visit.begins(fields["ref"]):
                continue
            answering = asyncio.create_task(self._talk.answer(client, name, fields))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
            await asyncio.shield(answering)

    @staticmethod
    def _refuse(client: Client, ref: int, reason: str) -> None:
        client.outbox.put(protocol.encode("refused", ref, reason))


def _fit_to_be_read(text: str) -> str:
    """A text for a sign or a scroll, one line that is bound by the rules of chat; raises `ChatError`."""
    return " ".join(clean(text).split()) if text.strip() else ""


def _visit(request: web.Request) -> int:
    """The number that the page has drawn for itself; 0 for a client that sends nothing twice."""
    given = request.query.get("visit", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 16 else 0

"""A player without a browser: the same HTTP, the same socket, the same table of messages."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import aiohttp
import msgpack

from nanoverse import protocol
from nanoverse.web.security import HEADER

_BY_NAME = {message.name: message for message in protocol.CLIENT}
_BY_KIND = {message.kind: message for message in protocol.SERVER}

Heard = tuple[str, dict[str, Any]]


class Refused(Exception):
    """The server refused a request, with this sentence."""


class Bot:
    """One connected player.

    `on_message(name, values)` hears everything; `received` counts bytes by message. With `checked`, every message is
    held against the table; load tests do without, and have the messages that are not in `heeds` passed over, to leave
    the processor to the server.
    """

    heeds: frozenset[str] | None = None  # None: all

    def __init__(self, url: str, checked: bool = True) -> None:
        self._url = url
        self._checked = checked
        self._http = aiohttp.ClientSession(headers={HEADER: "1"}, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._refs = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Heard]] = {}
        self._waiting: list[tuple[Callable[[str, dict[str, Any]], bool], asyncio.Future[dict[str, Any]]]] = []
        self.on_message: Callable[[str, list[Any]], None] = lambda name, values: None
        self.received: dict[str, int] = {}
        self.id = 0
        self.close_code: int | None = None

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        """A POST to the API; raises `Refused` with the server's sentence."""
        async with self._http.post(self._url + path, json=body) as response:
            content: dict[str, Any] = await response.json()
        if response.status >= 400:
            raise Refused(content["error"])
        return content

    async def get(self, path: str) -> dict[str, Any]:
        async with self._http.get(self._url + path) as response:
            content: dict[str, Any] = await response.json()
        if response.status >= 400:
            raise Refused(content["error"])
        return content

    async def register(self, name: str, password: str = "long enough") -> None:
        self.id = (await self.post("api/register", name=name, password=password))["id"]

    async def login(self, name: str, password: str = "long enough") -> None:
        self.id = (await self.post("api/login", name=name, password=password))["id"]

    def use_session(self, player: int, token: str) -> None:
        """Be a player whose session exists already."""
        self.id = player
        self._http.cookie_jar.update_cookies({"nanoverse": token})

    async def connect(self, visit: int = 0) -> dict[str, Any]:
        """Open the socket, as the page of this number (0: one that sends nothing twice); returns the server's
        welcome."""
        return await self._welcomed(f"ws?visit={visit}")

    async def watch(self) -> dict[str, Any]:
        """Open a spectator's socket instead; returns the server's welcome."""
        return await self._welcomed("ws/watch")

    async def open(self, visit: int = 0) -> None:
        """`connect` without waiting for the welcome."""
        await self._open(f"ws?visit={visit}")

    async def _welcomed(self, path: str) -> dict[str, Any]:
        expected = self.expect("welcome")
        await self._open(path)
        welcome: dict[str, Any] = await expected
        return welcome

    async def _open(self, path: str) -> None:
        self._socket = await self._http.ws_connect(self._url + path, max_msg_size=0)
        self.close_code = None
        self._reader = asyncio.create_task(self._read(self._socket))

    async def disconnect(self) -> None:
        if self._socket:
            await self._socket.close()
        if self._reader:
            await asyncio.gather(self._reader, return_exceptions=True)
        self._socket = self._reader = None

    async def close(self) -> None:
        await self.disconnect()
        await self._http.close()

    async def send(self, name: str, *values: Any) -> None:
        await self.send_raw(msgpack.packb((_BY_NAME[name].kind, *values)))

    async def send_raw(self, frame: bytes) -> None:
        assert self._socket is not None, "not connected"
        await self._socket.send_bytes(frame)

    def next_ref(self) -> int:
        return next(self._refs)

    async def ask(self, name: str, *values: Any, timeout: float = 30) -> Heard:
        """Send a request with a ref of its own and wait for what answers it; raises `Refused`."""
        ref = self.next_ref()
        answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._answers[ref] = answer
        try:
            await self.send(name, ref, *values)
            heard, fields = await asyncio.wait_for(answer, timeout)
        finally:
            del self._answers[ref]
        if heard == "refused":
            raise Refused(fields["reason"])
        return heard, fields

    async def say(self, text: str, channel: int = protocol.WORLD, to: int = 0) -> int:
        """Say something; returns the message's id once it is committed."""
        return int((await self.ask("say", channel, to, text))[1]["id"])

    def expect(
        self, name: str, matches: Callable[[dict[str, Any]], bool] = lambda fields: True, timeout: float = 30
    ) -> Any:
        """An awaitable for the fields of the next such message; call it before what causes the message."""
        found: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((lambda heard, fields: heard == name and matches(fields), found))
        return asyncio.wait_for(found, timeout)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        unpacker = msgpack.Unpacker()
        before = end = 0
        async for frame in socket:
            unpacker.feed(frame.data)
            end += len(frame.data)
            while before < end:
                length = unpacker.read_array_header()
                message = _BY_KIND[unpacker.unpack()]
                heeded = self._answers or self._waiting or self.heeds is None or message.name in self.heeds
                values: list[Any] | None = [] if heeded else None
                for _ in range(length - 1):
                    if values is None:
                        unpacker.skip()
                    else:
                        values.append(unpacker.unpack())
                after = unpacker.tell()
                self.received[message.name] = self.received.get(message.name, 0) + after - before
                before = after
                if values is None:
                    continue
                self.on_message(message.name, values)
                if self._checked:
                    self._hear(message.name, protocol.check(message, values))
                elif self._answers or self._waiting:
                    fields = {field.name: value for field, value in zip(message.fields, values, strict=True)}
                    self._hear(message.name, fields)
        self.close_code = socket.close_code

    def _hear(self, name: str, fields: dict[str, Any]) -> None:
        if (answer := self._answers.get(fields.get("ref", 0))) and not answer.done() and name != "you":
            answer.set_result((name, fields))
        for waiting in [w for w in self._waiting if w[0](name, fields)]:
            self._waiting.remove(waiting)
            if not waiting[1].done():
                waiting[1].set_result(fields)

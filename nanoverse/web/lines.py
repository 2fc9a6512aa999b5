"""One open connection, whoever is at its other end: what comes in, what goes out, and a farewell that arrives.

Close codes: 1001 the server stops; 1013 no room, or not so soon again; and those of `protocol`: not logged in, the
player is here in another tab, too many frames, the account is locked. A client that does not read what it is sent is
cut off without one, since it would not read that either.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from nanoverse import protocol
from nanoverse.chat.limits import TokenBucket
from nanoverse.protocol import MAX_FRAME, TOO_MANY, ProtocolError
from nanoverse.web.outbox import Outbox

log = logging.getLogger(__name__)

BAD_FRAMES = 20  # so many that the table does not allow, and the connection ends
FAREWELL = 1.0  # seconds for the closing handshake
_HEARTBEAT = 20.0

Take = Callable[[str, dict[str, Any]], None]


async def accept(request: web.Request) -> web.WebSocketResponse:
    """The socket that a request asks for, open."""
    # Compression would cost more time than these small frames are worth, and hold memory for each client. aiohttp
    # answers as many pings as come, all at once; `_receive` counts them.
    ws = web.WebSocketResponse(
        max_msg_size=MAX_FRAME, compress=False, heartbeat=_HEARTBEAT, timeout=FAREWELL, autoping=False
    )
    await ws.prepare(request)
    return ws


class Line:
    """Who says goodbye (code and message) has the connection closed by its own handler, and by nobody else: aiohttp
    closes a socket that another task reads from without waiting for the browser's answer, whose arrival at a closed
    socket is met by a reset, which can take the close code with it unread."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse, outbox: Outbox, who: str) -> None:
        self.ended = asyncio.Event()
        self.request = request
        self._ws = ws
        self._outbox = outbox
        self._who = who
        self._goodbye: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

    def say_goodbye(self, code: int, message: bytes) -> None:
        if not self._goodbye.done():
            self._goodbye.set_result((code, message))

    async def serve(
        self, frames: TokenBucket, take: Take, left: Callable[[], None], *work: Coroutine[Any, Any, None]
    ) -> None:
        """Until one side ends it: what comes in goes to `take`, as many messages as `frames` allows; `work` is done
        beside. `left` is called as soon as it has ended, before any farewell."""
        receiving = asyncio.create_task(self._receive(frames, take))

        def failed(task: asyncio.Task[None]) -> None:
            """A connection that only half works would seem to be well: it ends, and the page comes back."""
            if not task.cancelled() and (error := task.exception()):
                log.error("the connection of %s failed", self._who, exc_info=error)
                receiving.cancel()

        tasks = [receiving]
        for each in (self._send(), self._drop_when_slow(), *work):
            tasks.append(task := asyncio.create_task(each))
            task.add_done_callback(failed)
        try:
            either: set[asyncio.Future[Any]] = {receiving, self._goodbye}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._goodbye.done():
                await self._say_farewell()
            self.ended.set()
        if not receiving.cancelled():
            receiving.result()

    async def _say_farewell(self) -> None:
        """Close the connection and give its browser a moment to answer; one that does not even read is cut off."""
        code, message = self._goodbye.result()
        try:
            async with asyncio.timeout(2 * FAREWELL):
                await self._ws.close(code=code, message=message)
        except TimeoutError:
            self._cut()

    async def _send(self) -> None:
        with contextlib.suppress(ConnectionError):  # the receiving side sees the same and cleans up
            while not self._ws.closed:
                await self._ws.send_bytes(await self._outbox.take())

    async def _drop_when_slow(self) -> None:
        """End the connection of a client that does not read what it is sent."""
        await self._outbox.overflow.wait()
        log.info("%s does not read what it is sent; the connection ends", self._who)
        self._cut()

    def _cut(self) -> None:
        if self.request.transport:
            self.request.transport.abort()

    async def _receive(self, frames: TokenBucket, take: Take) -> None:
        bad = 0
        async for frame in self._ws:
            if not frames.take(time.monotonic()):
                await self._ws.close(code=TOO_MANY, message=b"Too many messages.")
                return
            if frame.type is WSMsgType.PING:
                await self._ws.pong(frame.data)
            elif frame.type is WSMsgType.PONG:
                continue
            elif frame.type is not WSMsgType.BINARY:
                bad += 1
                self._refuse("A frame is binary msgpack.")
            else:
                try:
                    name, fields = protocol.decode(frame.data)
                except ProtocolError as error:
                    bad += 1
                    self._refuse(str(error))
                else:
                    take(name, fields)
            if bad > BAD_FRAMES:
                await self._ws.close(
                    code=WSCloseCode.POLICY_VIOLATION, message=b"Too many frames that make no sense."
                )
                return

    def _refuse(self, reason: str) -> None:
        self._outbox.put(protocol.encode("refused", 0, reason))

"""A recording served to a page as if the world were there: the real files of the client, the real frames, no load."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from nanoverse.bench.crowd import Recording
from nanoverse.config import Settings
from nanoverse.web import pages, security


@contextlib.asynccontextmanager
async def replaying(recording: Recording) -> AsyncIterator[str]:
    """The address of a page that sees the recording from its beginning, whenever it opens its socket."""

    async def me(_: web.Request) -> web.Response:
        return web.json_response({"id": recording.you, "name": "watcher", "admin": False})

    async def play(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        loop = asyncio.get_running_loop()
        started = loop.time()
        with contextlib.suppress(ConnectionError):  # the page was closed
            for at, frame in recording.frames:
                await asyncio.sleep(started + at - loop.time())
                await socket.send_bytes(frame)
            async for _ in socket:  # what the page says is heard by nobody
                pass
        return socket

    app = web.Application(middlewares=[security.middleware(Settings())])
    pages.add_routes(app)
    app.router.add_get("/api/me", me)
    app.router.add_get("/ws", play)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()

"""One connection: it ends when anything of it fails, and says so on the console."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from nanoverse.chat.limits import TokenBucket
from nanoverse.web.lines import Line, accept
from nanoverse.web.outbox import Outbox


async def test_a_connection_of_which_a_part_fails_ends_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    left: list[str] = []
    go = asyncio.Event()

    async def breaks() -> None:
        await go.wait()
        raise RuntimeError("half of it is broken")

    async def connect(request: web.Request) -> web.StreamResponse:
        ws = await accept(request)
        line = Line(request, ws, Outbox(), "Mira")
        await line.serve(TokenBucket(9, 9), lambda name, fields: None, lambda: left.append("Mira"), breaks())
        return ws

    application = web.Application()
    application.router.add_get("/ws", connect)
    async with (
        TestServer(application) as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(server.make_url("/ws")) as socket,
    ):
        go.set()
        frame = await asyncio.wait_for(socket.receive(), 60)
        assert frame.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert left == ["Mira"]
    assert "the connection of Mira failed" in caplog.text and "half of it is broken" in caplog.text

"""A connection that asks for nothing is not kept for ever: each takes a file, of which there are only so many."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp.web_protocol import RequestHandler
from house import open_house

from nanoverse import app
from nanoverse.web import accounts


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHos", b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"]
)
async def test_who_asks_for_nothing_or_goes_silent_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(app, "_IDLE", 0.2)
    async with open_house(tmp_path) as house:
        url = urlsplit(house.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(sent)
        async with asyncio.timeout(60):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 ") is (sent[-4:] == b"\r\n\r\n")
        writer.close()


@pytest.mark.parametrize("begun", [b"", b'{"name": "An'])
async def test_who_sends_no_body_though_one_was_announced_is_told_so_and_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(accounts, "READ_S", 0.2)
    # Seconds for which aiohttp looks, after its answer, for what is still to come.
    defaults = {**(RequestHandler.__init__.__kwdefaults__ or {}), "lingering_time": 0.2}
    monkeypatch.setattr(RequestHandler.__init__, "__kwdefaults__", defaults)
    async with open_house(tmp_path) as house:
        url = urlsplit(house.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        head = b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nX-NanoVerse: 1\r\nContent-Length: 100\r\n\r\n"
        writer.write(head + begun)
        async with asyncio.timeout(10):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert answer.endswith(b'{"error": "What you sent took too long to arrive."}')
        writer.close()

"""A connection that asks for nothing is not kept for ever: each takes a file, of which there are only so many."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from house import open_house

from nanoverse import app


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

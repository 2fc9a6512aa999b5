"""A client behind a thin line: a proxy that lets only so many bytes a second through to it, or none at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

_PIECES = 4  # a second
_BUFFER = 4096  # bytes that the system may hold on the way: a long queue there would hide a slow reader from the server


@contextlib.asynccontextmanager
async def thin_line(url: str, bytes_per_s: int) -> AsyncIterator[str]:
    """The address under which a client reaches `url`, and reads no more than `bytes_per_s` from it once its handshake
    is done; what it sends itself passes freely. With 0 it stops reading altogether."""
    server = urlsplit(url)
    lines: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (server.hostname, server.port))
        down, up = await asyncio.open_connection(sock=raw, limit=_BUFFER)
        both = [
            asyncio.create_task(_pour(reader, up)),
            asyncio.create_task(_drip(down, writer, bytes_per_s)),
        ]
        lines.update(both)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in both:
                end.cancel()
            for side in (up, writer):
                side.close()

    listening = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    finally:
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        listening.close()
        await listening.wait_closed()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_BUFFER):
        writer.write(data)
        await writer.drain()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bytes_per_s: int) -> None:
    """The answer to the handshake at once, then so many bytes a second."""
    writer.write(await reader.readuntil(b"\r\n\r\n"))
    while bytes_per_s:
        piece = await reader.read(max(1, bytes_per_s // _PIECES))
        if not piece:
            return
        writer.write(piece)
        await asyncio.sleep(1 / _PIECES)
    await asyncio.Event().wait()

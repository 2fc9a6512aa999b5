"""Reading what the server wrote, held against the table."""

from __future__ import annotations

from typing import Any

import msgpack

from nanoverse import protocol

_BY_KIND = {message.kind: message for message in protocol.SERVER}

Told = tuple[str, dict[str, Any]]


def read(frame: bytes) -> list[Told]:
    """The messages of a frame, in order; fails for one that the table does not allow."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(frame)
    told = []
    for kind, *values in unpacker:
        message = _BY_KIND[kind]
        told.append((message.name, protocol.check(message, values)))
    return told

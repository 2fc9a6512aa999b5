"""What waits to be sent to one client: bounded, and newest state replaces older state.

Everything is already encoded, once for all who see it; here it is only gathered into one frame per send. While a
client keeps up, a frame holds one tick. When it falls behind, moves are merged per body (only the newest place of
each counts) and the rest queues up to `LIMIT` bytes; beyond that the client is dropped, and on its return it gets
the state anew, so it loses nothing that matters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nanoverse import protocol
from nanoverse.web.walks import Move

LIMIT = 512 * 1024  # bytes that may wait; a join is about 60 kB


class Outbox:
    """Filled by the tick and by chat, emptied by the client's own sending task."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._moves: dict[int, tuple[int, Move]] = {}  # by body, with the tick in which it was so
        self._moves_tick = 0
        self._size = 0
        self._wake = asyncio.Event()
        self.overflow = asyncio.Event()  # set once, when more waits than may

    def put(self, encoded: bytes) -> None:
        """Queue one or more encoded messages, after the moves that were merged so far: what comes now may be newer."""
        self._flush_moves()
        self._append(encoded)

    def _append(self, encoded: bytes) -> None:
        if not self._frames:
            self._wake.set()
        self._frames.append(encoded)
        self._size += len(encoded)
        if self._size > LIMIT:
            self.overflow.set()

    def put_moves(self, tick: int, encoded: bytes, moves: Sequence[Move]) -> None:
        """Queue the moves of one tick: as they were encoded if the client keeps up, else merged."""
        if (self._frames and self._size > LIMIT // 8) or self._moves:
            self._moves.update((move[0], (tick, move)) for move in moves)
            self._moves_tick = tick
            self._wake.set()
        else:
            self._append(encoded)

    async def take(self) -> bytes:
        """All that waits, as one frame; waits while there is nothing."""
        await self._wake.wait()
        self._flush_moves()
        self._wake.clear()
        frame = b"".join(self._frames)
        self._frames.clear()
        self._size = 0
        return frame

    def _flush_moves(self) -> None:
        if self._moves:
            newest = self._moves_tick
            moves = [_later(move, newest - tick) for tick, move in self._moves.values()]
            self._append(protocol.encode("moves", newest, moves))
            self._moves.clear()


def _later(move: Move, ticks: int) -> Move:
    """The same walk, told so many ticks later."""
    body, x, y, facing, dx, dy = move
    return body, x + ticks * dx, y + ticks * dy, facing, dx, dy

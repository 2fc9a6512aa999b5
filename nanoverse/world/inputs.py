"""The inputs: the only way to change the world, for players, agents and load-test bots alike.

Their names and fields are those of the client messages in `nanoverse.protocol` (a test holds the two together).
`ref` is the sender's own number. Each input is answered once, by the event `Done`, `Refused` or (a move) `Moved` that
carries it back; a dig is answered when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """Walk for one tick; dx, dy in −1, 0, 1 (east and south are positive)."""

    ref: int
    dx: int
    dy: int


@dataclass(frozen=True, slots=True)
class Dig:
    """Start, or go on, digging at tile x, y; it takes the block's own time and ends by itself."""

    ref: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop digging."""

    ref: int


@dataclass(frozen=True, slots=True)
class Place:
    """Put one block from an inventory slot onto tile x, y."""

    ref: int
    x: int
    y: int
    slot: int


@dataclass(frozen=True, slots=True)
class Select:
    """Take an inventory slot into the hand."""

    ref: int
    slot: int


Input = Move | Dig | Stop | Place | Select
INPUTS: dict[str, type[Input]] = {kind.__name__.lower(): kind for kind in (Move, Dig, Stop, Place, Select)}

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
    """Take a slot of the hot bar into the hand."""

    ref: int
    slot: int


@dataclass(frozen=True, slots=True)
class Craft:
    """Make what a recipe makes out of what is carried; `recipe` is its id."""

    ref: int
    recipe: int


@dataclass(frozen=True, slots=True)
class Swap:
    """Exchange two inventory slots, or pour slot a onto slot b where both hold the same kind."""

    ref: int
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Use:
    """Do with the block on tile x, y what it is for: open a door, or shut it."""

    ref: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Claim the plot of tile x, y, on which the body must stand."""

    ref: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Release:
    """Give back the plot of tile x, y."""

    ref: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Allow:
    """Let another player build on all of one's land, or no longer."""

    ref: int
    peer: int
    allowed: bool


Input = Move | Dig | Stop | Place | Select | Craft | Swap | Use | Claim | Release | Allow
_KINDS: tuple[type[Input], ...] = (Move, Dig, Stop, Place, Select, Craft, Swap, Use, Claim, Release, Allow)
INPUTS: dict[str, type[Input]] = {kind.__name__.lower(): kind for kind in _KINDS}

"""The inputs: the only way to change the world, for players, agents and load-test bots alike.

Their names and fields are those of the client messages in `nanoverse.protocol` (a test holds the two together).
`ref` is the sender's own number. Each input is answered once, by the event `Done`, `Refused` or (a move) `Moved` that
carries it back (a `Go` by `WayFound`); a dig is answered when it ends.
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
    """Do with the block on tile x, y what it is for: open a door, or shut it, look into a chest, make a bed one's
    home."""

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


@dataclass(frozen=True, slots=True)
class Split:
    """Put half of the stack in inventory slot a into slot b, which is empty or holds the same kind."""

    ref: int
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Stow:
    """As `Swap`, or with `half` as `Split`, between the inventory and the chest on tile x, y, whose slots are
    counted on from those of the inventory."""

    ref: int
    x: int
    y: int
    a: int
    b: int
    half: bool


@dataclass(frozen=True, slots=True)
class Return:
    """Go back to one's bed, at once; who has none, or none that they may use, goes to the spawn."""

    ref: int


@dataclass(frozen=True, slots=True)
class Write:
    """Write on the sign on tile x, y, in place of what stands there; nothing, to wipe it clean."""

    ref: int
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Hide:
    """Write on a scroll out of the inventory and hide it on tile x, y."""

    ref: int
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Recover:
    """Take a hidden scroll away, one's own or one on one's land; it is used up."""

    ref: int
    scroll: int


@dataclass(frozen=True, slots=True)
class Paint:
    """Paint tile x, y, with the brush in the hand; `colour` as in `world.paint`, 0 to scrape the paint off."""

    ref: int
    x: int
    y: int
    colour: int


@dataclass(frozen=True, slots=True)
class Eat:
    """Eat what is in the hand."""

    ref: int


@dataclass(frozen=True, slots=True)
class Go:
    """Ask for a way to tile x, y, or up to it if it is solid, to walk it by `Move`."""

    ref: int
    x: int
    y: int


Input = (
    Move
    | Dig
    | Stop
    | Place
    | Select
    | Craft
    | Swap
    | Use
    | Claim
    | Release
    | Allow
    | Split
    | Stow
    | Return
    | Write
    | Hide
    | Recover
    | Paint
    | Eat
    | Go
)
_KINDS: tuple[type[Input], ...] = (
    Move,
    Dig,
    Stop,
    Place,
    Select,
    Craft,
    Swap,
    Use,
    Claim,
    Release,
    Allow,
    Split,
    Stow,
    Return,
    Write,
    Hide,
    Recover,
    Paint,
    Eat,
    Go,
)
INPUTS: dict[str, type[Input]] = {kind.__name__.lower(): kind for kind in _KINDS}

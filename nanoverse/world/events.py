"""What a tick did, in order. Whoever stores or shows the world learns of it only through these."""

from __future__ import annotations

from dataclasses import dataclass

from nanoverse.world.signs import BLANK, Words


@dataclass(frozen=True, slots=True)
class Moved:
    """The Move `ref` was applied, and this is where the body is now; against a wall that may be where it was."""

    body: int
    ref: int
    x: int
    y: int
    facing: int


@dataclass(frozen=True, slots=True)
class BlockChanged:
    """Layer 0 is the ground, layer 1 the block that stands on it (0: air), layer 2 the paint (0: none).

    `before` is what was there. `gave` is what the body got for it into its slots and `cost` what it spent out of them,
    one each, 0 for nothing. `undoes` are the changes in the log that a roll-back took back by it; no body did that.
    """

    x: int
    y: int
    layer: int
    block: int
    body: int
    before: int
    gave: int = 0
    cost: int = 0
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Digging:
    """How far a body's digging has come: stage 1 to 5, or 0 when it no longer digs."""

    body: int
    x: int
    y: int
    stage: int


@dataclass(frozen=True, slots=True)
class InventoryChanged:
    body: int


@dataclass(frozen=True, slots=True)
class Crafted:
    """A body made something: the recipe's parts went out of its slots and what it makes came in."""

    body: int
    recipe: int


@dataclass(frozen=True, slots=True)
class Worn:
    """A body's tool has one use less, or is gone with its last."""

    body: int
    tool: int


@dataclass(frozen=True, slots=True)
class HeldChanged:
    """A body holds something else in its hand."""

    body: int


@dataclass(frozen=True, slots=True)
class NotUndone:
    """A tile stays as it is in a roll-back, and why: not a sentence, but the end of one."""

    reason: str


@dataclass(frozen=True, slots=True)
class LandChanged:
    """The plot x, y (see `world.land`) was claimed by `owner`, or given back (None) by `body`."""

    x: int
    y: int
    owner: int | None
    body: int


@dataclass(frozen=True, slots=True)
class GuestChanged:
    """The body of `owner` lets that of `guest` build on its land, or no longer."""

    owner: int
    guest: int
    allowed: bool


@dataclass(frozen=True, slots=True)
class Stowed:
    """A body put something into the chest on tile x, y, or took it out, or arranged what is in it; `moved` is what that
    gave to its inventory and took from it, as (block, count) pairs."""

    body: int
    x: int
    y: int
    moved: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Ate:
    """A body ate one of what was in its hand."""

    body: int
    food: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A roll-back gave a body things, or took things from it; `moved` as in `Stowed`."""

    body: int
    moved: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ChestShown:
    """A body looks into the chest on tile x, y, and sees it as it is now."""

    body: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class HomeChanged:
    """A body made a bed its home."""

    body: int


@dataclass(frozen=True, slots=True)
class Returned:
    """A body is back beside its bed, or at the spawn."""

    body: int
    x: int
    y: int
    facing: int


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the sign on tile x, y is new, or gone with the sign; `before`, what stood there and by whom.
    `undoes` names the changes that this takes back, if it is a roll-back."""

    body: int
    x: int
    y: int
    before: Words = BLANK
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hidden:
    """A body hid a scroll with this text on tile x, y; `scroll` is its number."""

    body: int
    scroll: int
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """A scroll is no longer hidden."""

    body: int
    scroll: int


@dataclass(frozen=True, slots=True)
class Found:
    """A player came, in person, upon something for the first time, on tile x, y.

    `kind` is "scroll", "biome", "place" (a region) or "ruin"; `what` tells it from all others of its kind: a scroll's
    number, a biome's name, the tile at the heart of a region or in the middle of a ruin. `text` and `author` are a
    scroll's, `name` is that of the others; a ruin has its region's.
    """

    body: int
    kind: str
    what: str
    x: int
    y: int
    name: str = ""
    text: str = ""
    author: int | None = None


@dataclass(frozen=True, slots=True)
class WayFound:
    """The way that a body asked for by the Go `ref`: the tiles to step on one after the other, from where it was.

    It leads to the goal, or up to it, if it `arrives`; else only some of the way, and the rest is asked for there.
    """

    body: int
    ref: int
    path: tuple[tuple[int, int], ...]
    arrives: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The input `ref` of this body took full effect: for a dig, when it ended well. Moves are answered by `Moved`."""

    body: int
    ref: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The input `ref` changed nothing; `reason` is a sentence for the player."""

    body: int
    ref: int
    reason: str


Event = (
    Moved
    | BlockChanged
    | Digging
    | InventoryChanged
    | Crafted
    | Worn
    | HeldChanged
    | NotUndone
    | LandChanged
    | GuestChanged
    | Stowed
    | Settled
    | Ate
    | ChestShown
    | HomeChanged
    | Returned
    | Written
    | Hidden
    | Recovered
    | Found
    | WayFound
    | Done
    | Refused
)

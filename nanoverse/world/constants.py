"""The numbers of the world, each once. The server computes with them and the browser gets them from `describe()`."""

from __future__ import annotations

from nanoverse.limits import CHEST_SLOTS as CHEST_SLOTS
from nanoverse.limits import DIG_STAGES as DIG_STAGES
from nanoverse.limits import EDGE as EDGE
from nanoverse.limits import MAX_SCROLL as MAX_SCROLL
from nanoverse.limits import MAX_SIGN as MAX_SIGN
from nanoverse.limits import MOST_WAY as MOST_WAY
from nanoverse.limits import SLOTS as SLOTS
from nanoverse.limits import UNIT as UNIT

CHUNK = 32  # tiles along one side of a chunk

TICK_HZ = 20
STEP_LEAD = 10  # ms that the latest of a walker's steps should still have to wait for its tick
STEP_SLACK = 6  # ms more or less that are as good
STEP_SHIFT = 6  # ms by which a walker makes one step later or earlier, until it is so
DAY_TICKS = 20 * 60 * TICK_HZ
DAY_START = 7 * DAY_TICKS // 24  # a new world begins at seven in the morning

STEP = 58  # units that a body walks in one tick along one axis, about 4.5 tiles a second
MAX_STEPS = 2  # that a body takes in one tick: a late one is made up for
DIAGONAL = 41  # the same along each of both axes; 41² + 41² is 58² but for two units
GOES_ON = TICK_HZ  # ticks after which a body that walks straight on is told of again
HALF_WIDTH = 77  # of the feet box, the part of a body that bumps into things: 0.6 tiles wide …
HALF_HEIGHT = 51  # … and 0.4 tiles deep

REACH = 4.5  # tiles from the middle of a body to the middle of a tile it can dig or build on
EARSHOT = 24  # tiles over which bodies hear each other
VIEW_RADIUS = 2  # chunks around its own that a body sees
FAR = 1000  # tiles over which one is led to a place, in legs of …
LEG = 48  # … so many tiles; well within sight

PLOT = 16  # tiles along one side of a plot, the least land that can be claimed
PLOTS = 9  # that one player can claim
ROADS = 16  # plots over which the land straight out from the commons, to each side, cannot be claimed

HOTBAR = 9  # the first slots of an inventory, out of which things are taken into the hand
STACK = 99  # of one kind in one slot

SCROLLS = 24  # that one player can have hidden at a time …
SCROLLS_IN_CHUNK = 16  # … and that can lie hidden in one chunk
PAINT_EVERY = 3  # ticks between two strokes of a brush
FIND = 2  # tiles from which a hidden scroll is found
FED = 60 * TICK_HZ  # ticks for which a meal lasts …
FED_DIGS = 2  # … and how many times as fast one digs meanwhile
RETURN_EVERY = 60 * TICK_HZ  # ticks between two returns of a body to its bed, or to the spawn


def describe() -> dict[str, object]:
    """All of the above by lower-case name."""
    return {name.lower(): value for name, value in globals().items() if name.isupper()}

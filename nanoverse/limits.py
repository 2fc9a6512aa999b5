"""What the world can hold and the wire must be able to say, each once: `world.constants` and `protocol` both have it
from here, and neither imports the other."""

from __future__ import annotations

UNIT = 256  # units along one side of a tile; every position is a whole number of units
EDGE = 4_000_000  # tiles from the origin to the end of the world, in each direction; a multiple of a chunk's side
FACINGS = 4  # 0 south, 1 west, 2 north, 3 east
MOST_WAY = 256  # tiles of a way, or one leg of it

SLOTS = 27  # of an inventory
CHEST_SLOTS = 27
DIG_STAGES = 5

MAX_SIGN = 120  # characters on a sign
MAX_SCROLL = 200  # characters on a scroll

"""How a body moves: whole numbers only, so that the browser can foretell every step exactly.

The rule. A body is its feet box: 2·HALF_WIDTH units wide and 2·HALF_HEIGHT deep around x, y. Its west and north
sides belong to it, its east and south sides do not, so along x it touches the tiles from
`(x − HALF_WIDTH) >> 8` to `(x + HALF_WIDTH − 1) >> 8`, where `>> 8` rounds down, for negative numbers too.

One tick moves it by STEP along one axis, or by DIAGONAL along both; first along x, then, from there, along y. On each
axis only the row of tiles that the leading side newly enters is looked at. If any of its tiles that the box would
touch is solid, the body stops flush against that row; else it goes the whole way. No step is longer than a tile, so
nothing is jumped over, and a body that stands in something solid (somebody built there while it was away) can walk
out but not further in.

`tests/world/physics_vectors.json` holds cases worked out by hand for this module and its twin in the browser.
"""

from __future__ import annotations

from collections.abc import Callable

from nanoverse.world.constants import DIAGONAL, HALF_HEIGHT, HALF_WIDTH, STEP

_TILE_BITS = 8  # UNIT is 1 << 8


def step(x: int, y: int, dx: int, dy: int, solid_at: Callable[[int, int], bool]) -> tuple[int, int]:
    """Where a body at x, y (units) is one tick later when it walks towards dx, dy (each −1, 0 or 1).

    `solid_at` is asked about tiles.
    """
    stride = DIAGONAL if dx and dy else STEP
    if dx:
        x = _along(x, y, dx * stride, HALF_WIDTH, HALF_HEIGHT, solid_at)
    if dy:
        y = _along(y, x, dy * stride, HALF_HEIGHT, HALF_WIDTH, lambda row, column: solid_at(column, row))
    return x, y


def _along(
    at: int, across: int, by: int, half: int, half_across: int, solid: Callable[[int, int], bool]
) -> int:
    """One axis: from `at` by `by` units; `solid(i, j)` takes the tile's index on this axis first."""
    lead = half - 1 if by > 0 else -half
    entered = (at + by + lead) >> _TILE_BITS
    if entered == (at + lead) >> _TILE_BITS:
        return at + by
    first, last = (across - half_across) >> _TILE_BITS, (across + half_across - 1) >> _TILE_BITS
    if solid(entered, first) or (last != first and solid(entered, last)):
        return (entered << _TILE_BITS) - half if by > 0 else ((entered + 1) << _TILE_BITS) + half
    return at + by


def facing(dx: int, dy: int, before: int) -> int:
    """0 south, 1 west, 2 north, 3 east. On a diagonal a body keeps facing the way it did, if that is one of the two
    ways it walks, and else faces west or east; standing still it keeps facing as before."""
    sideways = 3 if dx > 0 else 1
    ahead = 0 if dy > 0 else 2
    if dx and dy:
        return before if before in (sideways, ahead) else sideways
    if dx:
        return sideways
    return ahead if dy else before

"""What others built long ago and left: small ruins, at most one in a chunk; worked blocks are found nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.constants import CHUNK

_ONE_IN = 24  # chunks
_LOST = 4  # of 16 pieces of a wall

_SIGNS = {
    "T": "torch",
    "L": "lantern",
    "C": "crystal",
    "G": "glass",
    "F": "fence",
    "P": "pumpkin",
    "B": "berry bush",
}


@dataclass(frozen=True, slots=True)
class Ruin:
    """A plan: `#` is `wall`, which crumbles, letters are as in _SIGNS, `.` is floor, a blank leaves the land."""

    wall: str
    floor: str
    plan: tuple[str, ...]


RUINS: tuple[Ruin, ...] = (
    Ruin("planks", "dirt", (" ##G## ", "##...##", "#.....#", "G..L..G", "#.....#", "##...##", " ##.## ")),
    Ruin(
        "mossy stone", "gravel", ("  ###  ", " #...# ", "#.....#", "#..C..#", "#.....#", " #...# ", "  #.#  ")
    ),
    Ruin(
        "brick",
        "gravel",
        ("#G###G##", "#....#.#", "#.T....#", "#....#.#", "###.####", "#......#", "G..T...G", "##.#####"),
    ),
    Ruin(
        "wood",
        "dirt",
        (
            "FFFF.FFFF",
            "FP.....BF",
            "F..###..F",
            "F..#L#..F",
            "F..#.#..F",
            "F.......F",
            "FB.....PF",
            "FFFF.FFFF",
        ),
    ),
    Ruin("mossy stone", "gravel", ("T...T", ".....", "..C..", ".....", "T...T")),
    Ruin("fence", "dirt", ("  .#.  ", " .....", "#..T..#", " ..... ", "  .#.  ")),
)


def _drawn(ruin: Ruin) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_], int]:
    """A plan as arrays: its blocks, where it covers the land, which of it crumbles; and its floor."""
    width = max(map(len, ruin.plan))
    rows = [row.ljust(width) for row in ruin.plan]
    signs = np.array([list(row) for row in rows])
    blocks = np.zeros(signs.shape, np.uint8)
    for sign, name in (_SIGNS | {"#": ruin.wall}).items():
        blocks[signs == sign] = by_name(name).id
    return blocks, signs != " ", signs == "#", by_name(ruin.floor).id


_DRAWN = [_drawn(ruin) for ruin in RUINS]


def may_stand(bits: int) -> bool:
    """Whether a chunk may have a ruin; `bits` are the random bits of its first tile."""
    return (bits >> 40) % _ONE_IN == 0


def place_ruin(
    ground: NDArray[np.uint8], blocks: NDArray[np.uint8], dry: NDArray[np.bool_], bits: NDArray[np.uint64]
) -> tuple[int, int, int, int] | None:
    """Put the chunk's ruin, if it has one and it would stand on `dry` land only, into `ground` and `blocks`.

    `bits` are the random bits of its tiles; all arrays are [32, 32]. Returns where it stands in the chunk (left, top,
    width, height), None if it does not.
    """
    if not may_stand(int(bits[0, 0])):
        return None
    luck = int(bits[0, 0]) >> 40
    plan, covers, crumbles, floor = _DRAWN[luck // _ONE_IN % len(_DRAWN)]
    height, width = plan.shape
    top = (luck >> 8) % (CHUNK - height)
    left = (luck >> 14) % (CHUNK - width)
    here = np.s_[top : top + height, left : left + width]
    if not dry[here].all():
        return None
    lost = crumbles & ((bits[here] >> np.uint64(44)) % np.uint64(16) < _LOST)
    ground[here][covers] = floor
    blocks[here][covers] = np.where(lost, AIR, plan)[covers]
    return left, top, width, height

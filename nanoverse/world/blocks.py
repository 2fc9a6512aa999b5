"""The one table of what the world is made of; rules, terrain, client, docs and agents all read it.

Ids are stored in every world's database: one is never changed or used again. Ground has the ids from 1, blocks those
from 64, and things that only lie in an inventory those from 192.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

AIR = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of ground (layer 0) or of block that stands on it (layer 1).

    `dig_ticks` is how long digging takes, None where it cannot be dug; what is dug turns into `drops` in the
    inventory, and ground leaves `under` behind. A placeable kind goes onto the grounds in `fits`, or, where that is
    empty, onto any ground that is not solid. `light` is from 0 to 15.
    """

    id: int
    name: str
    layer: int
    solid: bool
    dig_ticks: int | None
    drops: int | None
    placeable: bool
    colour: str
    light: int = 0
    under: int | None = None
    fits: tuple[int, ...] = ()


_GRASS, _DIRT, _SAND, _GRAVEL, _ROCK, _MUD, _CLAY, _SNOW, _ICE, _WATER, _SHALLOWS, _MOSS, _STEPPE = range(
    1, 14
)
_SOIL = (_GRASS, _DIRT, _MOSS, _STEPPE, _MUD)
_WOOD = 90
_COAL, _COPPER, _IRON, _GOLD, _BERRY = range(192, 197)


def _ground(
    id: int,
    name: str,
    colour: str,
    dig: int | None = None,
    drops: int | None = None,
    under: int | None = None,
    fits: tuple[int, ...] = (),
    solid: bool = False,
) -> Block:
    return Block(id, name, 0, solid, dig, drops, bool(fits), colour, 0, under, fits)


def _tree(id: int, name: str, colour: str) -> Block:
    return Block(id, name, 1, True, 40, _WOOD, False, colour)


def _plant(id: int, name: str, colour: str, fits: tuple[int, ...] = _SOIL, light: int = 0) -> Block:
    """A plant that can be walked through, dug in one piece and planted again."""
    return Block(id, name, 1, False, 5, id, True, colour, light, None, fits)


def _weed(id: int, name: str, colour: str) -> Block:
    return Block(id, name, 1, False, 4, None, False, colour)


def _wall(id: int, name: str, colour: str, dig: int, light: int = 0, solid: bool = True) -> Block:
    """Something to build with: it can be dug and placed again."""
    return Block(id, name, 1, solid, dig, id, True, colour, light)


def _ore(id: int, name: str, colour: str, dig: int, drops: int) -> Block:
    return Block(id, name, 1, True, dig, drops, False, colour)


def _thing(id: int, name: str, colour: str) -> Block:
    return Block(id, name, 1, False, None, None, False, colour)


BLOCKS: tuple[Block, ...] = (
    Block(AIR, "air", 1, False, None, None, False, "#000000"),
    # What was dug from the ground cannot be dug again from what it leaves: each tile gives its one piece of earth.
    _ground(_GRASS, "grass", "#6da84a", 12, _DIRT, _DIRT),
    _ground(_DIRT, "dirt", "#8a6242", fits=(_SAND, _GRAVEL, _ROCK, _MUD, _CLAY, _ICE, _WATER, _SHALLOWS)),
    _ground(_SAND, "sand", "#e2cf92", 10, _SAND, _GRAVEL, fits=(_DIRT, _GRAVEL, _ROCK)),
    _ground(_GRAVEL, "gravel", "#98938b"),
    _ground(_ROCK, "rock", "#7d7b80"),
    _ground(_MUD, "mud", "#5c5639", 14, _CLAY, _SHALLOWS),
    _ground(_CLAY, "clay", "#a7867a", 14, _CLAY, _SHALLOWS, fits=(_SHALLOWS,)),
    _ground(_SNOW, "snow", "#eef3f6", 8, _SNOW, _DIRT, fits=(_DIRT, _GRAVEL, _ROCK)),
    _ground(_ICE, "ice", "#b5dcec"),
    _ground(_WATER, "water", "#2f6fb3", solid=True),
    _ground(_SHALLOWS, "shallows", "#5ba4cf"),
    _ground(_MOSS, "moss", "#4d8740", 12, _DIRT, _DIRT),
    _ground(_STEPPE, "steppe", "#b0a552", 12, _DIRT, _DIRT),
    _tree(64, "oak", "#3c7a35"),
    _tree(65, "birch", "#7fae55"),
    _tree(66, "pine", "#2b5a40"),
    _tree(67, "palm", "#5d9c4c"),
    _tree(68, "willow", "#6f8f4a"),
    _tree(69, "snowy pine", "#a9c4c0"),
    Block(70, "cactus", 1, True, 15, 70, True, "#4f8f4a", 0, None, (_SAND,)),
    Block(71, "berry bush", 1, False, 8, _BERRY, False, "#b5414c"),
    _weed(72, "tall grass", "#82b857"),
    _weed(73, "fern", "#468a4f"),
    _weed(74, "dead bush", "#94774b"),
    _plant(75, "poppy", "#d9473f"),
    _plant(76, "daisy", "#f4efe0"),
    _plant(77, "bluebell", "#6577d6"),
    _plant(78, "mushroom", "#c98d6b"),
    _plant(79, "glowcap", "#7fe0c3", light=7),
    _plant(80, "reed", "#a3b162", (_SHALLOWS, _MUD)),
    _plant(81, "lily pad", "#5d9d5b", (_WATER, _SHALLOWS)),
    _plant(82, "pumpkin", "#dd8430"),
    _wall(83, "stone", "#8c8a90", 30),
    _wall(84, "sandstone", "#d0b476", 26),
    _ore(85, "coal ore", "#4b4a50", 34, _COAL),
    _ore(86, "copper ore", "#b9774a", 40, _COPPER),
    _ore(87, "iron ore", "#b9a08c", 46, _IRON),
    _ore(88, "gold ore", "#e3bf45", 54, _GOLD),
    _wall(89, "crystal", "#b58be6", 44, light=9),
    _wall(_WOOD, "wood", "#7d5836", 20),
    _wall(91, "planks", "#b98a54", 20),
    _wall(92, "brick", "#a9584a", 30),
    _wall(93, "mossy stone", "#6f8068", 30),
    _wall(94, "glass", "#cfe8ee", 8),
    _wall(95, "fence", "#96703f", 12),
    _wall(96, "torch", "#ffb347", 3, light=12, solid=False),
    _wall(97, "lantern", "#ffd98a", 6, light=14),
    _thing(_COAL, "coal", "#2f2e33"),
    _thing(_COPPER, "copper", "#d08a55"),
    _thing(_IRON, "iron", "#c9b7a5"),
    _thing(_GOLD, "gold", "#f2cf4f"),
    _thing(_BERRY, "berry", "#c73a4f"),
)

BY_ID: dict[int, Block] = {block.id: block for block in BLOCKS}
_BY_NAME: dict[str, Block] = {block.name: block for block in BLOCKS}


def by_name(name: str) -> Block:
    """The block of this name; KeyError where there is none."""
    return _BY_NAME[name]


def _column(values: dict[int, int]) -> NDArray[np.uint8]:
    column = np.zeros(256, np.uint8)
    column[list(values)] = list(values.values())
    return column


# The table's columns by block id, uint8[256]; ids that the table does not know are zero.
SOLID = _column({block.id: block.solid for block in BLOCKS})
LIGHT = _column({block.id: block.light for block in BLOCKS})


def describe() -> list[dict[str, object]]:
    """The table as plain data, one record a block."""
    return [asdict(block) for block in BLOCKS]

"""The one table of what the world is made of; rules, terrain, client, docs and agents all read it.

Ids are stored in every world's database: one is never changed or used again. Ground has the ids from 1, blocks those
from 64, and things that only lie in an inventory those from 192.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

AIR = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of ground (layer 0) or of block that stands on it (layer 1).

    `dig_ticks` is how long digging takes, None where it cannot be dug; what is dug turns into `drops` in the
    inventory, and ground leaves `under` behind. A placeable kind goes onto the grounds in `fits`, or, where that is
    empty, onto any ground that is not solid. `light` is from 0 to 15.

    A tool has the kind `tool`, a `grade` (1 wood, 2 stone, 3 iron) and a number of `uses`; in a slot, its count is the
    uses that are left. What names a `dug_with` is dug faster by tools of that kind, and only by those of the grade
    that it `asks` for, where that is not 0.

    `use` says what a block is for: "door", which `turns` into another block when it is used, "chest", "bed" or "sign";
    and of a thing, "scroll", that it is written on and hidden, "brush", that it paints, and "food", that it is eaten.
    What is `wild` grows back where nobody built; a crop `grows` into another block, step by step (see `growth.py`).

    No more than `per_chunk` of a kind can be placed in one chunk, where that is not 0.
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
    dug_with: str = ""
    asks: int = 0
    tool: str = ""
    grade: int = 0
    uses: int = 0
    use: str = ""
    turns: int | None = None
    per_chunk: int = 0
    wild: bool = False
    grows: int | None = None


PICKAXE, AXE, SHOVEL = "pickaxe", "axe", "shovel"
_GRASS, _DIRT, _SAND, _GRAVEL, _ROCK, _MUD, _CLAY, _SNOW, _ICE, _WATER, _SHALLOWS, _MOSS, _STEPPE = range(
    1, 14
)
_SOIL = (_GRASS, _DIRT, _MOSS, _STEPPE, _MUD)
_WOOD = 90
_DOOR, _OPEN_DOOR = 115, 116
_SEEDS, _YOUNG_WHEAT, _RIPE_WHEAT = 119, 120, 121
_WHEAT = 212
_COAL, _COPPER, _IRON, _GOLD, _BERRY = range(192, 197)
# From grade 1: name, colour and uses of each.
_GRADES = (("wooden", "#b58857", 40), ("stone", "#949aab", 90), ("iron", "#d6cfc4", 240))


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
    return Block(id, name, 0, solid, dig, drops, bool(fits), colour, 0, under, fits, SHOVEL if dig else "")


def _tree(id: int, name: str, colour: str) -> Block:
    return Block(id, name, 1, True, 40, _WOOD, False, colour, dug_with=AXE, wild=True)


def _plant(id: int, name: str, colour: str, fits: tuple[int, ...] = _SOIL, light: int = 0) -> Block:
    """A plant that can be walked through, dug in one piece and planted again."""
    return Block(id, name, 1, False, 5, id, True, colour, light, None, fits, wild=True)


def _weed(id: int, name: str, colour: str, drops: int | None = None) -> Block:
    return Block(id, name, 1, False, 4, drops, False, colour, wild=True)


def _wall(
    id: int, name: str, colour: str, dig: int, tool: str = PICKAXE, light: int = 0, solid: bool = True
) -> Block:
    """Something to build with: it can be dug and placed again."""
    return Block(id, name, 1, solid, dig, id, True, colour, light, dug_with=tool)


def _ore(id: int, name: str, colour: str, dig: int, drops: int, asks: int = 0) -> Block:
    return Block(id, name, 1, True, dig, drops, False, colour, dug_with=PICKAXE, asks=asks)


def _thing(id: int, name: str, colour: str) -> Block:
    return Block(id, name, 1, False, None, None, False, colour)


def _tools(id: int, kind: str) -> tuple[Block, ...]:
    """A tool of each grade, with ids in a row."""
    return tuple(
        replace(_thing(id + i, f"{of} {kind}", colour), tool=kind, grade=i + 1, uses=uses)
        for i, (of, colour, uses) in enumerate(_GRADES)
    )


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
    Block(70, "cactus", 1, True, 15, 70, True, "#4f8f4a", 0, None, (_SAND,), wild=True),
    Block(71, "berry bush", 1, False, 8, _BERRY, False, "#b5414c", wild=True),
    _weed(72, "tall grass", "#82b857", _SEEDS),
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
    _ore(86, "copper ore", "#b9774a", 40, _COPPER, 1),
    _ore(87, "iron ore", "#b9a08c", 46, _IRON, 2),
    _ore(88, "gold ore", "#e3bf45", 54, _GOLD, 3),
    _wall(89, "crystal", "#b58be6", 44, light=9),
    _wall(_WOOD, "wood", "#7d5836", 20, AXE),
    _wall(91, "planks", "#b98a54", 20, AXE),
    _wall(92, "brick", "#a9584a", 30),
    _wall(93, "mossy stone", "#6f8068", 30),
    _wall(94, "glass", "#cfe8ee", 8),
    _wall(95, "fence", "#96703f", 12, AXE),
    _wall(96, "torch", "#ffb347", 3, light=12, solid=False),
    _wall(97, "lantern", "#ffd98a", 6, light=14),
    _wall(98, "workbench", "#a8743f", 16, AXE),
    _wall(99, "furnace", "#6d6a70", 30),
    replace(_wall(100, "bed", "#c44a4c", 10, AXE), use="bed"),
    _wall(101, "table", "#b58857", 12, AXE),
    _wall(102, "stool", "#93694b", 8, AXE, solid=False),
    _wall(103, "thatch", "#d9b96a", 10, AXE),
    _wall(104, "red planks", "#b0524a", 20, AXE),
    _wall(105, "white planks", "#e6dfcc", 20, AXE),
    _wall(106, "blue planks", "#5f78b8", 20, AXE),
    _wall(107, "stone tiles", "#a2a4ae", 30),
    _wall(108, "copper plate", "#cf8352", 34),
    _wall(109, "gilded stone", "#e2b94a", 36),
    _wall(110, "campfire", "#de7f42", 8, AXE, light=13),
    _wall(111, "pumpkin lamp", "#e8963a", 6, AXE, light=13),
    _wall(112, "crystal lamp", "#c9a6f0", 8, light=15),
    _wall(113, "flower pot", "#a9584a", 4, solid=False),
    _wall(114, "scarecrow", "#cba56c", 10, AXE),
    replace(_wall(_DOOR, "door", "#a3703f", 16, AXE), use="door", turns=_OPEN_DOOR),
    replace(
        _wall(_OPEN_DOOR, "open door", "#a3703f", 16, AXE, solid=False),
        drops=_DOOR,
        placeable=False,
        use="door",
        turns=_DOOR,
    ),
    replace(_wall(117, "chest", "#b07f45", 16, AXE), use="chest", per_chunk=64),
    replace(_wall(118, "sign", "#c79a5f", 6, AXE, solid=False), use="sign", per_chunk=64),
    replace(_plant(_SEEDS, "seeds", "#b9a45c"), wild=False, grows=_YOUNG_WHEAT),
    Block(_YOUNG_WHEAT, "young wheat", 1, False, 4, _SEEDS, False, "#8fb04e", grows=_RIPE_WHEAT),
    Block(_RIPE_WHEAT, "ripe wheat", 1, False, 6, _WHEAT, False, "#e0bd55"),
    _thing(_COAL, "coal", "#2f2e33"),
    _thing(_COPPER, "copper", "#d08a55"),
    _thing(_IRON, "iron", "#c9b7a5"),
    _thing(_GOLD, "gold", "#f2cf4f"),
    _thing(_BERRY, "berry", "#c73a4f"),
    _thing(197, "stick", "#93694b"),
    _thing(198, "copper bar", "#d98a55"),
    _thing(199, "iron bar", "#cfd2d8"),
    _thing(200, "gold bar", "#f3c350"),
    *_tools(201, PICKAXE),
    *_tools(204, AXE),
    *_tools(207, SHOVEL),
    replace(_thing(210, "scroll", "#e9dcb4"), use="scroll"),
    replace(_thing(211, "brush", "#b0524a"), use="brush"),
    _thing(_WHEAT, "wheat", "#e6c65e"),
    replace(_thing(213, "bread", "#c98d4b"), use="food"),
)

BY_ID: dict[int, Block] = {block.id: block for block in BLOCKS}
_BY_NAME: dict[str, Block] = {block.name: block for block in BLOCKS}


def by_name(name: str) -> Block:
    """The block of this name; KeyError where there is none."""
    return _BY_NAME[name]


# By block id; ids that the table does not know are zero.
SOLID: NDArray[np.uint8] = np.zeros(256, np.uint8)
SOLID[[block.id for block in BLOCKS if block.solid]] = 1

# Doors that bar the way.
SHUT = frozenset(block.id for block in BLOCKS if block.solid and block.turns is not None)

_GROWN = frozenset(block.grows for block in BLOCKS if block.grows is not None)
CROPS = _GROWN | {block.id for block in BLOCKS if block.grows is not None}  # in every step


def describe() -> list[dict[str, object]]:
    """The table as plain data, one record a block."""
    return [asdict(block) for block in BLOCKS]

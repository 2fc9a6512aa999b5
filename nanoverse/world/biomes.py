"""What grows where: for each biome its ground and the blocks scattered over it, as look-up tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nanoverse.world.blocks import by_name

DRAWS = 1024  # what stands on a tile is one draw of so many


@dataclass(frozen=True, slots=True)
class Biome:
    """`sparse`, `usual` and `dense` say of how many tiles in DRAWS each block takes, in clearings, in between and in
    thickets."""

    name: str
    ground: str
    sparse: Mapping[str, int] = field(default_factory=dict)
    usual: Mapping[str, int] = field(default_factory=dict)
    dense: Mapping[str, int] = field(default_factory=dict)


BIOMES: tuple[Biome, ...] = (
    Biome("lake", "water", dense={"lily pad": 8}),
    Biome(
        "beach",
        "sand",
        sparse={"palm": 2},
        usual={"palm": 8, "tall grass": 10},
        dense={"palm": 50, "tall grass": 40, "berry bush": 4},
    ),
    Biome(
        "meadow",
        "grass",
        sparse={"tall grass": 40, "daisy": 14, "poppy": 6},
        usual={
            "tall grass": 110,
            "daisy": 16,
            "poppy": 14,
            "bluebell": 6,
            "oak": 6,
            "berry bush": 3,
            "pumpkin": 1,
        },
        dense={"tall grass": 120, "poppy": 40, "bluebell": 30, "oak": 46, "birch": 20, "berry bush": 10},
    ),
    Biome(
        "forest",
        "moss",
        sparse={"tall grass": 120, "bluebell": 40, "fern": 30, "berry bush": 12, "oak": 8},
        usual={"oak": 130, "birch": 60, "fern": 70, "tall grass": 60, "mushroom": 8, "berry bush": 6},
        dense={"oak": 270, "birch": 50, "pine": 40, "fern": 100, "mushroom": 24},
    ),
    Biome(
        "steppe",
        "steppe",
        sparse={"tall grass": 60},
        usual={"tall grass": 150, "dead bush": 10, "oak": 4, "stone": 3},
        dense={"tall grass": 220, "oak": 24, "poppy": 20, "pumpkin": 3, "stone": 6},
    ),
    Biome(
        "desert",
        "sand",
        sparse={"dead bush": 3},
        usual={"cactus": 12, "dead bush": 12, "sandstone": 3},
        dense={"cactus": 40, "dead bush": 20, "sandstone": 60},
    ),
    Biome(
        "swamp",
        "mud",
        sparse={"reed": 90, "tall grass": 50},
        usual={"willow": 60, "reed": 60, "mushroom": 20, "fern": 60, "glowcap": 3},
        dense={"willow": 190, "fern": 90, "mushroom": 40, "glowcap": 16},
    ),
    Biome(
        "taiga",
        "moss",
        sparse={"fern": 40, "berry bush": 10, "tall grass": 50},
        usual={"pine": 120, "fern": 60, "mushroom": 10, "stone": 3},
        dense={"pine": 300, "fern": 60, "mushroom": 12, "stone": 4},
    ),
    Biome(
        "tundra",
        "snow",
        sparse={"dead bush": 4},
        usual={"snowy pine": 14, "dead bush": 8, "stone": 4},
        dense={"snowy pine": 130, "stone": 10},
    ),
    Biome("mountains", "rock", usual={"stone": 16}, dense={"stone": 40, "crystal": 1}),
)
INDEX: dict[str, int] = {biome.name: index for index, biome in enumerate(BIOMES)}
GROUND: NDArray[np.uint8] = np.array([by_name(biome.ground).id for biome in BIOMES], np.uint8)

# The land's biome by temperature (rows, cold to hot) and moisture (columns, dry to wet).
_CLIMATES = (
    ("tundra", "tundra", "tundra", "tundra", "taiga", "taiga"),
    ("tundra", "steppe", "meadow", "taiga", "taiga", "taiga"),
    ("steppe", "meadow", "meadow", "meadow", "forest", "forest"),
    ("steppe", "meadow", "meadow", "forest", "forest", "swamp"),
    ("desert", "steppe", "meadow", "forest", "swamp", "swamp"),
    ("desert", "desert", "desert", "steppe", "swamp", "swamp"),
)
CLIMATES: NDArray[np.uint8] = np.array([[INDEX[name] for name in row] for row in _CLIMATES], np.uint8)


def _draws(scatter: Mapping[str, int]) -> NDArray[np.uint8]:
    row = np.zeros(DRAWS, np.uint8)
    start = 0
    for name, share in scatter.items():
        row[start : start + share] = by_name(name).id
        start += share
    return row


# uint8 [3 densities, biomes, DRAWS]: the block that a draw puts on a tile.
FLORA: NDArray[np.uint8] = np.stack(
    [
        np.stack([_draws(scatter) for scatter in scatters])
        for scatters in zip(*((biome.sparse, biome.usual, biome.dense) for biome in BIOMES), strict=True)
    ]
)

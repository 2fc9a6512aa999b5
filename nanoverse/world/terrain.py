"""The land that a seed grows: chunk by chunk, in any order, always the same.

A few fields of noise say how high, warm and wet a tile is, where rivers run and woods are thick; the biome follows from
these, ground and blocks from the biome and one random draw a tile.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from nanoverse.world import biomes
from nanoverse.world.blocks import AIR, SOLID, by_name
from nanoverse.world.constants import CHUNK, EDGE
from nanoverse.world.names import region_at, region_name
from nanoverse.world.noise import Noise, hashed, salted
from nanoverse.world.ruins import place_ruin

Tiles = NDArray[np.uint8]  # [32, 32], row = y

_FIELDS = {
    "height": ((256, 7), (128, 5), (64, 3), (32, 2)),
    "warmth": ((512, 8), (256, 3), (64, 1), (16, 1)),
    "wetness": ((512, 6), (128, 5), (64, 2), (16, 1)),
    "river": ((256, 8), (128, 3), (64, 2), (16, 1)),
    "growth": ((64, 3), (32, 5), (16, 3), (8, 2)),
    "rock": ((64, 3), (32, 4), (16, 4), (8, 2)),
    "vein": ((128, 2), (32, 2), (16, 4), (8, 4)),
}
# Thresholds on the fields, whose standard deviations are near 930, 870, 810, 880, 690, 670 and 630.
_LAKE, _SHORE, _BEACH = -980, -890, -760
_HILLS, _PEAKS = 880, 1500
_CLIMATE_STEP = 420  # between two rows or columns of the climate table
_RIVER, _BANK = 75, 125
_FORD = 450
_COLD = -840
_SPARSE, _DENSE = -250, 350
_ESCAPE = 96  # tiles that one can walk away from where new players arrive

_WATER, _SHALLOWS, _SAND, _GRAVEL, _MUD, _ICE, _SNOW = (
    by_name(name).id for name in ("water", "shallows", "sand", "gravel", "mud", "ice", "snow")
)
_STONE, _LILY, _REED = (by_name(name).id for name in ("stone", "lily pad", "reed"))
_ORES = np.array(
    [
        by_name(name).id
        for name in ["coal ore"] * 6 + ["copper ore"] * 4 + ["iron ore"] * 4 + ["gold ore", "crystal"]
    ],
    np.uint8,
)
_GREEN = [by_name(name).id for name in ("grass", "moss", "steppe")]
_LAKES, _BEACHES, _SWAMPS, _MOUNTAINS = (
    biomes.INDEX[name] for name in ("lake", "beach", "swamp", "mountains")
)


class Terrain:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._noise = Noise(seed, _FIELDS)
        self._tile_salt = np.array([salted(seed, "tile")], np.uint64)
        self._vein_salt = np.array([salted(seed, "vein")], np.uint64)
        self._biomes = lru_cache(maxsize=256)(self._biomes_of_chunk)
        self._region_name = lru_cache(maxsize=1024)(self._name)

    def chunk(self, cx: int, cy: int) -> tuple[Tiles, Tiles]:
        """Ground and blocks of a chunk, each uint8 [32, 32] (row = y). Beyond EDGE there is only water."""
        if not (-EDGE <= cx * CHUNK < EDGE and -EDGE <= cy * CHUNK < EDGE):
            return np.full((CHUNK, CHUNK), _WATER, np.uint8), np.zeros((CHUNK, CHUNK), np.uint8)
        fields = self._noise.chunk(cx, cy)
        height, warmth, _, river, growth, rock, vein = fields
        biome = _biome(fields)
        ground = _ground(biome, fields)

        xs = np.arange(cx * CHUNK, (cx + 1) * CHUNK)[None, :]
        ys = np.arange(cy * CHUNK, (cy + 1) * CHUNK)[:, None]
        bits = hashed(xs, ys, self._tile_salt)
        draw = (bits & np.uint64(biomes.DRAWS - 1)).astype(np.intp)
        density = (growth > _SPARSE).astype(np.intp) + (growth > _DENSE)
        blocks = biomes.FLORA[density, biome, draw]

        wet = (ground == _WATER) | (ground == _SHALLOWS) | (ground == _ICE)
        blocks[wet] = AIR
        calm = (warmth > _CLIMATE_STEP) & (growth > 0)
        blocks[calm & (ground == _SHALLOWS) & (draw < 160)] = _REED
        blocks[calm & (ground == _WATER) & (height > 2 * _LAKE - _SHORE) & (draw < 60)] = _LILY

        wall = (
            (height > _HILLS)
            & (np.abs(rock) > np.maximum(130, 700 - 2 * (height - _HILLS)))
            & (np.abs(river) > 2 * _BANK)
        )
        blocks[wall] = _STONE
        veins = hashed(xs[:, ::16] >> 4, ys[::16] >> 4, self._vein_salt) & np.uint64(len(_ORES) - 1)
        ores = _ORES[veins.astype(np.intp)].repeat(16, axis=0).repeat(16, axis=1)
        ore = wall & (vein > 650) & (bits >> np.uint64(32) & np.uint64(7) < 5)
        blocks[ore] = ores[ore]
        place_ruin(ground, blocks, ~wet & (height < _HILLS), bits)
        return ground, blocks

    def biome_at(self, x: int, y: int) -> str:
        """The name of the biome at a tile."""
        return biomes.BIOMES[self._biomes(x // CHUNK, y // CHUNK)[y % CHUNK * CHUNK + x % CHUNK]].name

    def place_name(self, x: int, y: int) -> str:
        """The name of the region that a tile lies in, such as "Hollow Ford"."""
        return self._region_name(*region_at(self.seed, x, y))

    @cached_property
    def spawn(self) -> tuple[int, int]:
        """The tile where new players arrive: green, free, near the origin, and not shut in by water or stone."""
        land = _Land(self)
        for ring in range(EDGE // 8):
            for x, y in _square(ring):
                if land.is_green(8 * x, 8 * y) and land.leads_away(8 * x, 8 * y):
                    return 8 * x, 8 * y
        raise AssertionError("a seed without land")

    def _biomes_of_chunk(self, cx: int, cy: int) -> bytes:
        return _biome(self._noise.chunk(cx, cy)).astype(np.uint8).tobytes()

    def _name(self, x: int, y: int, bits: int) -> str:
        return region_name(self.biome_at(x, y), bits)


def _biome(fields: NDArray[np.int64]) -> NDArray[np.uint8]:
    height, warmth, wetness = fields[:3]
    last = len(biomes.CLIMATES) - 1
    row = np.clip(warmth // _CLIMATE_STEP + 3, 0, last)
    column = np.clip(wetness // _CLIMATE_STEP + 3, 0, last)
    biome: NDArray[np.uint8] = biomes.CLIMATES[row, column]
    biome[(height < _BEACH) & (warmth > _COLD) & (biome != _SWAMPS)] = _BEACHES
    biome[height < _SHORE] = _LAKES
    biome[height > _HILLS] = _MOUNTAINS
    return biome


def _ground(biome: NDArray[np.uint8], fields: NDArray[np.int64]) -> Tiles:
    height, warmth, _, river, growth, _, _ = fields
    river = np.abs(river)
    ground: Tiles = biomes.GROUND[biome]
    cold = warmth < _COLD
    high = height > _HILLS
    ground[high & (cold | (height > _PEAKS))] = _SNOW

    bank = (river < _BANK) & (height >= _SHORE)
    ground[bank & high] = _GRAVEL
    ground[bank & ~high & (biome != _SWAMPS)] = _SAND
    deep = (river < _RIVER - 25) & (growth < _FORD)
    ground[bank & ~high & (river < _RIVER)] = _SHALLOWS
    ground[bank & ~high & deep] = _WATER
    ground[(biome == _LAKES) & (height >= _LAKE)] = _SHALLOWS

    ground[cold & ((ground == _WATER) | (ground == _SHALLOWS))] = _ICE
    return ground


def _square(ring: int) -> list[tuple[int, int]]:
    """The points of a square ring around the origin."""
    side = range(-ring, ring + 1)
    return [(x, y) for y in side for x in side if max(abs(x), abs(y)) == ring]


class _Land:
    """Where one can walk from a tile, as far as it matters for arriving."""

    def __init__(self, terrain: Terrain) -> None:
        self._terrain = terrain
        self._chunks: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._shut_in: set[tuple[int, int]] = set()

    def is_green(self, x: int, y: int) -> bool:
        ground, blocks = self._chunk(x, y)
        at = y % CHUNK * CHUNK + x % CHUNK
        return ground[at] in _GREEN and blocks[at] == AIR

    def leads_away(self, x: int, y: int) -> bool:
        """Whether one can walk from here to a tile _ESCAPE tiles away."""
        seen = {(x, y)}
        edge = deque(seen)
        while edge and (x, y) not in self._shut_in:
            i, j = edge.popleft()
            if max(abs(i - x), abs(j - y)) == _ESCAPE:
                return True
            for tile in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                if tile not in seen and self._is_free(*tile):
                    seen.add(tile)
                    edge.append(tile)
        self._shut_in |= seen
        return False

    def _is_free(self, x: int, y: int) -> bool:
        ground, blocks = self._chunk(x, y)
        at = y % CHUNK * CHUNK + x % CHUNK
        return not (_SOLID[ground[at]] or _SOLID[blocks[at]])

    def _chunk(self, x: int, y: int) -> tuple[bytes, bytes]:
        key = x // CHUNK, y // CHUNK
        if key not in self._chunks:
            ground, blocks = self._terrain.chunk(*key)
            self._chunks[key] = ground.tobytes(), blocks.tobytes()
        return self._chunks[key]


_SOLID = SOLID.tobytes()

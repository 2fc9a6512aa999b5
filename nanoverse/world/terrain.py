"""The land that a seed grows: chunk by chunk, in any order, always the same.

A few fields of noise say how high, warm and wet a tile is, where rivers run and woods are thick; the biome follows from
these, ground and blocks from the biome and one random draw a tile.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from nanoverse.world import biomes
from nanoverse.world.blocks import AIR, SOLID, by_name
from nanoverse.world.constants import CHUNK, EDGE
from nanoverse.world.names import region_at, region_name
from nanoverse.world.noise import Noise, hashed, salted
from nanoverse.world.ruins import may_stand, place_ruin
from nanoverse.world.spawn import find_spawn

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
# Thresholds on the fields, whose standard deviations are near 940, 730, 850, 930, 710, 700 and 650.
_LAKE, _SHORE, _BEACH = -980, -890, -760
_HILLS, _PEAKS = 880, 1500
_CLIMATE_STEP = 420  # between two rows or columns of the climate table
_COLD = -2 * _CLIMATE_STEP  # below this, water is ice
_DEEP, _RIVER, _BANK = 50, 75, 125  # rivers run where their field is near zero
_FORD = 450  # growth above which they are shallow
_SPARSE, _DENSE = -250, 350
_VEIN = 650

_WATER, _SHALLOWS, _SAND, _GRAVEL, _ICE, _SNOW = (
    by_name(name).id for name in ("water", "shallows", "sand", "gravel", "ice", "snow")
)
_STONE, _LILY, _REED = (by_name(name).id for name in ("stone", "lily pad", "reed"))
_ORES = ["coal ore"] * 6 + ["copper ore"] * 4 + ["iron ore"] * 4 + ["gold ore", "crystal"]
_ORE_IDS = np.array([by_name(name).id for name in _ORES], np.uint8)
_LAKES, _BEACHES, _SWAMPS, _MOUNTAINS = (biomes.INDEX[n] for n in ("lake", "beach", "swamp", "mountains"))


class Terrain:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._noise = Noise(seed, _FIELDS)
        self._tile_salt = np.array([salted(seed, "tile")], np.uint64)
        self._vein_salt = np.array([salted(seed, "vein")], np.uint64)
        self._biomes = lru_cache(maxsize=256)(self._biomes_of_chunk)
        self._region_name = lru_cache(maxsize=1024)(self._name)
        self._ruins = lru_cache(maxsize=1024)(self._ruin_of_chunk)

    def chunk(self, cx: int, cy: int) -> tuple[Tiles, Tiles]:
        """Ground and blocks of a chunk, each uint8 [32, 32] (row = y). Beyond EDGE there is only water."""
        return self._grown(cx, cy)[:2]

    def _grown(self, cx: int, cy: int) -> tuple[Tiles, Tiles, tuple[int, int, int, int] | None]:
        """A chunk, and where its ruin stands in it (see `place_ruin`)."""
        if not (-EDGE <= cx * CHUNK < EDGE and -EDGE <= cy * CHUNK < EDGE):
            return np.full((CHUNK, CHUNK), _WATER, np.uint8), np.zeros((CHUNK, CHUNK), np.uint8), None
        xs = np.arange(cx * CHUNK, (cx + 1) * CHUNK)[None, :]
        ys = np.arange(cy * CHUNK, (cy + 1) * CHUNK)[:, None]
        bits = hashed(xs, ys, self._tile_salt)
        fields = self._noise.chunk(cx, cy)
        biome = _biome(fields)
        ground = _ground(biome, fields)
        blocks = _flora(biome, ground, fields, bits)
        rock = _rock(fields)
        blocks[rock] = _STONE
        veins = _ORE_IDS[
            hashed(xs[:, ::16] >> 4, ys[::16] >> 4, self._vein_salt).astype(np.intp) % len(_ORES)
        ]
        ore = rock & (fields[-1] > _VEIN) & (bits >> np.uint64(32) & np.uint64(7) < 5)
        blocks[ore] = veins.repeat(16, axis=0).repeat(16, axis=1)[ore]
        dry = (SOLID[ground] == 0) & (ground != _SHALLOWS) & (fields[0] < _HILLS)
        return ground, blocks, place_ruin(ground, blocks, dry, bits)

    def biome_at(self, x: int, y: int) -> str:
        """The name of the biome at a tile."""
        return biomes.BIOMES[self._biomes(x // CHUNK, y // CHUNK)[y % CHUNK * CHUNK + x % CHUNK]].name

    def place_name(self, x: int, y: int) -> str:
        """The name of the region that a tile lies in, such as "Hollow Ford"."""
        return self._region_name(*region_at(self.seed, x, y))

    def ruin_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The tile in the middle of the ruin that tile x, y belongs to."""
        ruin = self._ruins(x // CHUNK, y // CHUNK)
        if ruin is None:
            return None
        left, top, width, height = ruin
        inside = 0 <= x - left < width and 0 <= y - top < height
        return (left + width // 2, top + height // 2) if inside else None

    def discoveries(self, x: int, y: int) -> list[tuple[str, str, str]]:
        """What there is to discover at a tile, each as (kind, key, name): its biome; its region, whose key is the tile
        at its heart; its ruin, if it belongs to one, whose key is the tile in its middle, by the region's name."""
        biome, (heart_x, heart_y, bits) = self.biome_at(x, y), region_at(self.seed, x, y)
        name = self._region_name(heart_x, heart_y, bits)
        found = [("biome", biome, biome), ("place", f"{heart_x},{heart_y}", name)]
        if ruin := self.ruin_at(x, y):
            found.append(("ruin", f"{ruin[0]},{ruin[1]}", name))
        return found

    @cached_property
    def spawn(self) -> tuple[int, int]:
        """The tile where new players arrive."""
        return find_spawn(self.chunk)

    def _biomes_of_chunk(self, cx: int, cy: int) -> bytes:
        return _biome(self._noise.chunk(cx, cy)).astype(np.uint8).tobytes()

    def _ruin_of_chunk(self, cx: int, cy: int) -> tuple[int, int, int, int] | None:
        """Where the ruin of a chunk stands in the world: left, top, width and height."""
        x, y = cx * CHUNK, cy * CHUNK
        first = hashed(np.array([x]), np.array([y]), self._tile_salt)
        ruin = self._grown(cx, cy)[2] if may_stand(int(first[0])) else None
        return (x + ruin[0], y + ruin[1], ruin[2], ruin[3]) if ruin else None

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
    ground[bank & ~high & (river < _RIVER)] = _SHALLOWS
    ground[bank & ~high & (river < _DEEP) & (growth < _FORD)] = _WATER
    ground[(biome == _LAKES) & (height >= _LAKE)] = _SHALLOWS

    ground[cold & ((ground == _WATER) | (ground == _SHALLOWS))] = _ICE
    return ground


def _flora(
    biome: NDArray[np.uint8], ground: Tiles, fields: NDArray[np.int64], bits: NDArray[np.uint64]
) -> Tiles:
    """The blocks that grow or lie about, one draw a tile."""
    height, warmth, _, _, growth, _, _ = fields
    draw = (bits & np.uint64(biomes.DRAWS - 1)).astype(np.intp)
    density = (growth > _SPARSE).astype(np.intp) + (growth > _DENSE)
    blocks: Tiles = biomes.FLORA[density, biome, draw]
    water, shallows = ground == _WATER, ground == _SHALLOWS
    blocks[water | shallows | (ground == _ICE)] = AIR
    calm = (warmth > _CLIMATE_STEP) & (growth > 0)
    blocks[calm & shallows & (draw < 160)] = _REED
    blocks[calm & water & (height > 2 * _LAKE - _SHORE) & (draw < 60)] = _LILY
    return blocks


def _rock(fields: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where the mountains are solid: not in the river valleys and not in the caves, which wind along the zeros of a
    field and open towards the foot of the mountain."""
    height, _, _, river, _, rock, _ = fields
    cave = np.maximum(130, 700 - 2 * (height - _HILLS))
    solid: NDArray[np.bool_] = (height > _HILLS) & (np.abs(rock) > cave) & (np.abs(river) > 2 * _BANK)
    return solid

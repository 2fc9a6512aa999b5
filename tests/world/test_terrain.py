"""The land that a seed grows."""

from __future__ import annotations

from collections import deque
from itertools import pairwise, product

import numpy as np
import pytest

from nanoverse.world import biomes
from nanoverse.world.blocks import AIR, BY_ID, SOLID, by_name
from nanoverse.world.constants import CHUNK, EDGE
from nanoverse.world.names import region_at
from nanoverse.world.noise import Noise, hashed
from nanoverse.world.ruins import place_ruin
from nanoverse.world.terrain import Terrain

WATER, SHALLOWS = by_name("water").id, by_name("shallows").id


def test_a_chunk_does_not_depend_on_what_grew_before_it() -> None:
    one, other = Terrain(11), Terrain(11)
    spots = [(0, 0), (-3, 7), (900, -900), (12, 12)]
    there = [one.chunk(*spot) for spot in spots]
    back = [other.chunk(*spot) for spot in reversed(spots)][::-1]
    for (ground, blocks), (ground_again, blocks_again) in zip(there, back, strict=True):
        assert np.array_equal(ground, ground_again) and np.array_equal(blocks, blocks_again)


def test_another_seed_grows_another_land() -> None:
    assert not np.array_equal(Terrain(1).chunk(0, 0)[0], Terrain(2).chunk(0, 0)[0])


@pytest.mark.parametrize("seed", [-1, 2**80, 0])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    ground, blocks = Terrain(seed).chunk(3, 3)
    assert ground.dtype == blocks.dtype == np.uint8
    assert ground.shape == blocks.shape == (CHUNK, CHUNK)


def test_the_noise_is_what_whole_number_arithmetic_gives() -> None:
    """The matrices are in floating point; were any of their sums rounded, machines could differ. Here the same sum is
    taken in Python's own integers, from the same lattice, and must agree to the last bit."""
    noise = Noise(9, {"a": ((64, 5), (16, 3)), "b": ((8, 2), (512, 7))})
    chunk = noise.chunk(-7, 4)
    across, down = noise._side(-7 * CHUNK)[1], noise._side(4 * CHUNK)[0]
    lattice = noise._lattice(-7 * CHUNK, 4 * CHUNK)
    points = lattice.shape[1]
    for field in range(2):
        total = sum(
            down[field, :, octave * points : (octave + 1) * points].astype(int).astype(object)
            @ lattice[2 * field + octave].astype(int).astype(object)
            @ across[2 * field + octave].astype(int).astype(object)
            for octave in range(2)
        )
        assert (total // 2**32 == chunk[field]).all()
        assert abs(total).max() < 2**53


def test_chunks_meet_without_a_seam() -> None:
    """From one tile to the next, a field changes no more across the border of two chunks than it does within them."""
    noise = Noise(4, {"a": ((64, 3), (32, 2))})
    west, east, south = noise.chunk(0, 0)[0], noise.chunk(1, 0)[0], noise.chunk(0, 1)[0]
    within = max(np.abs(np.diff(west, axis=axis)).max() for axis in (0, 1))
    assert np.abs(west[:, -1] - east[:, 0]).max() <= 2 * within
    assert np.abs(west[-1, :] - south[0, :]).max() <= 2 * within


def test_every_biome_is_found_and_over_a_dozen_kinds_of_block() -> None:
    terrain = Terrain(7)
    spots = [(cx, cy) for cx in range(-40, 40, 4) for cy in range(-40, 40, 4)]
    names = {terrain.biome_at(cx * CHUNK + 16, cy * CHUNK + 16) for cx, cy in spots}
    assert names == {biome.name for biome in biomes.BIOMES}
    kinds = {int(id) for spot in spots for layer in terrain.chunk(*spot) for id in np.unique(layer)}
    assert kinds <= BY_ID.keys()
    assert len(kinds) > 30


@pytest.mark.parametrize("seed", [1, 2, 31])
def test_rivers_run_far_from_every_lake(seed: int) -> None:
    """Water that is neither a lake's nor a swamp's, enough for a river's length, in a chunk with no lake around it."""
    terrain = Terrain(seed)
    lake, swamp = (biomes.INDEX[name] for name in ("lake", "swamp"))
    span = range(-8, 8)
    wet = {}
    for cx, cy in product(span, span):
        biome = np.frombuffer(terrain._biomes(cx, cy), np.uint8).reshape(CHUNK, CHUNK)
        flows = np.isin(terrain.chunk(cx, cy)[0], (WATER, SHALLOWS)) & (biome != swamp)
        wet[cx, cy] = (biome == lake).any(), int(flows.sum())
    rivers = [
        at
        for at, (_, tiles) in wet.items()
        if tiles >= CHUNK
        and not any(wet.get((at[0] + i, at[1] + j), (True,))[0] for i, j in product((-1, 0, 1), repeat=2))
    ]
    assert len(rivers) >= 3


def test_mountains_are_rock_with_caves_and_every_ore_in_it() -> None:
    terrain = Terrain(7)
    rock, caves, ores = 0, 0, set()
    for cx in range(-20, 20):
        for cy in range(-20, 20):
            height, _, _, river = terrain._noise.chunk(cx, cy)[:4]
            inside = (height > 1300) & (np.abs(river) > 400)  # well above the foot, away from the valleys
            blocks = terrain.chunk(cx, cy)[1][inside]
            solid = SOLID[blocks] != 0
            rock, caves = rock + solid.sum(), caves + (~solid).sum()
            ores |= {BY_ID[int(id)].name for id in np.unique(blocks[solid])}
    assert 0.05 < caves / (rock + caves) < 0.4
    assert {"stone", "coal ore", "copper ore", "iron ore", "gold ore", "crystal"} <= ores


def test_worked_blocks_are_found_in_ruins() -> None:
    terrain = Terrain(7)
    blocks = np.stack([terrain.chunk(cx, cy)[1] for cx in range(30) for cy in range(30)])
    for name in ("planks", "brick", "mossy stone", "wood", "lantern", "torch", "glass", "fence"):
        assert (blocks == by_name(name).id).any(), name


def test_a_ruin_stands_on_dry_land_or_not_at_all() -> None:
    spots = np.arange(2000)
    stood = 0
    for bits in hashed(spots, spots, np.array([1], np.uint64)):
        everywhere = np.full((CHUNK, CHUNK), bits)
        ground, blocks = np.full((2, CHUNK, CHUNK), WATER, np.uint8)
        place_ruin(ground, blocks, np.zeros((CHUNK, CHUNK), np.bool_), everywhere)
        assert (ground == WATER).all() and (blocks == WATER).all()
        place_ruin(ground, blocks, np.ones((CHUNK, CHUNK), np.bool_), everywhere)
        stood += (ground != WATER).any()
    assert 30 < stood < 200


def test_a_ruin_is_told_of_by_its_own_tiles_and_nowhere_else() -> None:
    terrain = Terrain(7)
    stood = 0
    for cx in range(12):
        for cy in range(12):
            tiles = [(cx * CHUNK + i, cy * CHUNK + j) for j in range(CHUNK) for i in range(CHUNK)]
            told = {tile: terrain.ruin_at(*tile) for tile in tiles}
            inside = [tile for tile in tiles if told[tile]]
            assert len({told[tile] for tile in inside}) <= 1, "one in a chunk at most"
            if not inside:
                continue
            stood += 1
            (middle,) = {told[tile] for tile in inside}
            assert middle in inside and len(inside) < 100
            blocks = {BY_ID[int(terrain.chunk(cx, cy)[1][y % CHUNK, x % CHUNK])].name for x, y in inside}
            assert blocks & {"planks", "mossy stone", "brick", "wood", "torch", "fence", "crystal"}
            assert (
                "ruin",
                f"{middle[0]},{middle[1]}",
                terrain.place_name(*inside[0]),
            ) in terrain.discoveries(*inside[0])
    assert stood > 2


def test_nothing_but_water_plants_stands_in_water() -> None:
    terrain = Terrain(3)
    for cx in range(20):
        for cy in range(20):
            ground, blocks = terrain.chunk(cx, cy)
            assert set(blocks[ground == WATER].tolist()) <= {AIR, by_name("lily pad").id}


def test_beyond_the_edge_there_is_only_water() -> None:
    ground, blocks = Terrain(7).chunk(EDGE // CHUNK, 0)
    assert (ground == WATER).all() and (blocks == AIR).all()
    assert (Terrain(7).chunk(0, -EDGE // CHUNK - 1)[0] == WATER).all()
    inside = np.stack([Terrain(7).chunk(EDGE // CHUNK - 1, cy)[0] for cy in range(-40, 40, 8)])
    assert not (inside == WATER).all()


# In the last three worlds the green tile nearest to 0, 0 is shut in.
@pytest.mark.parametrize("seed", [*range(8), 58, 170, 269])
def test_who_arrives_stands_free_on_green_land_near_the_origin_and_can_walk_far(seed: int) -> None:
    terrain = Terrain(seed)
    x, y = terrain.spawn
    assert max(abs(x), abs(y)) < 512
    chunks: dict[tuple[int, int], np.ndarray] = {}

    def is_free(i: int, j: int) -> bool:
        key = i // CHUNK, j // CHUNK
        if key not in chunks:
            ground, blocks = terrain.chunk(*key)
            chunks[key] = SOLID[ground] | SOLID[blocks]
        return not chunks[key][j % CHUNK, i % CHUNK]

    ground = terrain.chunk(x // CHUNK, y // CHUNK)[0][y % CHUNK, x % CHUNK]
    assert BY_ID[int(ground)].name in ("grass", "moss", "steppe")
    seen, edge = {(x, y)}, deque([(x, y)])
    farthest = 0
    while edge and farthest < 80:
        i, j = edge.popleft()
        assert is_free(i, j)
        farthest = max(abs(i - x), abs(j - y))
        for tile in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
            if tile not in seen and is_free(*tile):
                seen.add(tile)
                edge.append(tile)
    assert farthest == 80


def test_a_place_keeps_its_name_and_regions_have_different_ones() -> None:
    spots = [(x, y) for x in range(-960, 960, 120) for y in range(-960, 960, 120)]
    names = [Terrain(21).place_name(*spot) for spot in spots]
    again = Terrain(21)
    assert [again.place_name(*spot) for spot in reversed(spots)][::-1] == names
    assert len(set(names)) > len(names) // 2
    assert all(len(name.split()) == 2 and name.istitle() for name in names)


def test_a_region_is_all_that_is_nearest_to_its_heart() -> None:
    spots = [(x, y) for x in range(-400, 400, 25) for y in range(-400, 400, 25)]
    hearts = {spot: region_at(21, *spot)[:2] for spot in spots}
    for (x, y), (heart_x, heart_y) in hearts.items():
        apart = (heart_x - x) ** 2 + (heart_y - y) ** 2
        assert apart == min((i - x) ** 2 + (j - y) ** 2 for i, j in set(hearts.values()))
        assert region_at(21, heart_x, heart_y)[:2] == (heart_x, heart_y)


def test_a_region_is_wide_enough_to_be_a_place() -> None:
    terrain = Terrain(21)
    names = [terrain.place_name(x, 5) for x in range(2000)]
    changes = sum(a != b for a, b in pairwise(names))
    assert 5 < changes < 2000 / 30

"""Chunks with their edits, and who is near whom."""

from __future__ import annotations

import numpy as np
import pytest
from lawns import saved, set_tile

from nanoverse.world import tiles
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.constants import CHUNK, EARSHOT, UNIT
from nanoverse.world.inputs import Place
from nanoverse.world.simulation import Simulation
from nanoverse.world.terrain import Terrain

STONE = by_name("stone").id


def test_a_chunk_without_edits_is_what_the_seed_grows() -> None:
    ground, blocks = Terrain(5).chunk(-4, 9)
    chunk = Simulation(seed=5).chunk(-4, 9)
    assert np.array_equal(chunk.ground, ground) and np.array_equal(chunk.blocks, blocks)
    assert chunk.version == 0


@pytest.mark.parametrize(("x", "y"), [(0, 0), (31, 31), (-1, -1), (-32, 5), (-33, -65)])
def test_an_edit_is_found_in_its_chunk_row_by_row(x: int, y: int) -> None:
    world = Simulation(seed=5, edits=[(x, y, 0, by_name("water").id), (x, y, 1, STONE)])
    chunk = world.chunk(x // CHUNK, y // CHUNK)
    assert chunk.ground[y % CHUNK, x % CHUNK] == world.ground_at(x, y) == by_name("water").id
    assert chunk.blocks[y % CHUNK, x % CHUNK] == world.block_at(x, y) == STONE
    grown = Terrain(5).chunk(x // CHUNK, y // CHUNK)
    assert (chunk.blocks != grown[1]).sum() <= 1 and (chunk.ground != grown[0]).sum() <= 1


def test_the_later_of_two_edits_of_a_tile_holds() -> None:
    assert Simulation(seed=5, edits=[(3, 3, 1, STONE), (3, 3, 1, AIR)]).block_at(3, 3) == AIR


def test_every_change_raises_the_version_of_its_chunk_alone(world: Simulation, body) -> None:
    before, beside = world.chunk(0, 0).version, world.chunk(-1, 0).version
    world.tick([(1, Place(1, 2, 0, 0)), (1, Place(2, 3, 0, 0)), (1, Place(3, 3, 0, 0))])
    assert world.chunk(0, 0).version == before + 2  # the third was refused
    assert world.chunk(-1, 0).version == beside


def test_a_chunk_cannot_be_changed_but_by_a_tick(world: Simulation) -> None:
    with pytest.raises(ValueError, match="read-only"):
        world.chunk(0, 0).blocks[0, 0] = STONE


def test_chunks_that_are_let_go_come_back_with_their_edits_and_version(
    monkeypatch: pytest.MonkeyPatch, world, body
) -> None:
    monkeypatch.setattr(tiles, "KEPT", 8)
    world.tick([(1, Place(1, 2, 0, 0))])
    before = world.chunk(0, 0)
    for cx in range(100, 130):
        world.chunk(cx, 0)
    again = world.chunk(0, 0)
    assert again is not before
    assert again.version == before.version and np.array_equal(again.blocks, before.blocks)
    assert again.blocks[0, 2] == STONE and world.is_solid(2, 0)


def test_chunks_in_use_are_kept_and_their_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "KEPT", 8)
    world = Simulation(seed=5)
    used = world.chunk(0, 0)
    for cx in range(1, 40):
        world.chunk(cx, 0)
        assert world.chunk(0, 0) is used
    assert len(world.tiles._chunks) == 8


def test_those_within_a_distance_are_found_nearest_first_across_chunks(world: Simulation) -> None:
    for id, (x, y) in enumerate([(0, 0), (3, 0), (-5, 0), (0, 12), (-20, -20)]):
        world.add_body(id, "", 0, saved(x, y))
    near = [body.id for body in world.bodies_within(128, 128, 12)]
    assert near == [0, 1, 2, 3]
    assert [body.id for body in world.bodies_within(128, 128, 11)] == [0, 1, 2]
    for reach, wanted, found in ((12, {3, 2, 1}, 1), (12, {3}, 3), (11, {3}, None), (11, set(), None)):
        nearest = world.nearest(128, 128, reach, lambda body, wanted=wanted: body.id in wanted)
        assert (nearest.id if nearest else None) == found


def test_bodies_hear_each_other_within_earshot_and_not_themselves(meadow) -> None:
    floor = [set_tile(x, 0, "dirt") for x in range(-40, 40)] + [(x, 0, 1, AIR) for x in range(-40, 40)]
    world = meadow(*floor)
    speaker = world.add_body(1, "", 0, saved(-10, 0))
    world.add_body(2, "", 0, saved(-10 + EARSHOT, 0))
    world.add_body(3, "", 0, saved(-10 + EARSHOT + 1, 0))
    assert [body.id for body in world.near(speaker)] == [2]
    world.remove_body(2)
    assert world.near(speaker) == []


def test_who_is_near_is_the_same_as_by_looking_at_everyone(world: Simulation) -> None:
    bodies = [world.add_body(id, "", 0, saved(id * 7 % 47 - 23, id * 11 % 45 - 22)) for id in range(80)]
    for body in bodies[::9]:
        near = {
            other.id
            for other in bodies
            if other is not body
            and (other.x - body.x) ** 2 + (other.y - body.y) ** 2 <= (EARSHOT * UNIT) ** 2
        }
        assert {other.id for other in world.near(body)} == near

"""Bodies that come into the world, leave it, and are kept in between."""

from __future__ import annotations

import dataclasses
import json

import pytest
from lawns import answers, lawn, saved, set_tile

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import AGENT, BadState, BodyState
from nanoverse.world.constants import EDGE, SLOTS, STACK, UNIT
from nanoverse.world.inputs import Dig, Move, Select
from nanoverse.world.simulation import Simulation


def test_new_bodies_arrive_on_free_land_near_the_spawn_and_not_on_each_other() -> None:
    world = Simulation(seed=8)
    bodies = [world.add_body(id, f"body {id}", id, None) for id in range(1, 61)]
    assert len({body.tile for body in bodies}) == 60
    for body in bodies:
        assert not world.is_solid(*body.tile)
        assert max(abs(at - spawn) for at, spawn in zip(body.tile, world.spawn, strict=True)) < 32
        assert body.slots == [[AIR, 0]] * SLOTS


def test_more_bodies_than_there_is_room_for_still_arrive() -> None:
    world = Simulation(seed=8)
    bodies = [world.add_body(id, "", 0, None) for id in range(150)]
    assert not any(world.is_solid(*body.tile) for body in bodies)
    assert len({body.tile for body in bodies}) == 96  # as far as there is room, nobody arrives on another


def test_a_spawn_that_was_built_over_is_stepped_aside_from() -> None:
    x, y = Simulation(seed=8).spawn
    wall = [set_tile(x + i, y + j, "stone") for i in range(-3, 4) for j in range(-3, 4)]
    world = Simulation(seed=8, edits=wall)
    for id in range(20):
        assert not world.is_solid(*world.add_body(id, "", 0, None).tile)


def test_a_spawn_built_over_far_and_wide_still_takes_bodies_in_and_they_can_dig_themselves_out() -> None:
    x, y = Simulation(seed=8).spawn
    wall = [set_tile(x + i, y + j, "stone") for i in range(-40, 41) for j in range(-40, 41)]
    world = Simulation(seed=8, edits=wall)
    body = world.add_body(1, "", 0, None)
    assert body.tile == (x, y)
    world.tick([(1, Dig(1, x + 1, y))])
    events = [event for _ in range(60) for event in world.tick([])]
    assert answers(events, 1) == ["done"]
    for _ in range(10):
        world.tick([(1, Move(2, 1, 0))])
    assert body.tile == (x + 1, y)


def test_a_body_comes_back_exactly_as_it_was_saved(world: Simulation) -> None:
    body = world.add_body(1, "Mira", 3, saved(2, 3, ("stone", 4), ("torch", STACK)))
    world.tick([(1, Move(1, -1, 0)), (1, Select(2, 1))])
    body.fed_until = 99
    kept = json.loads(json.dumps(dataclasses.asdict(body.state())))
    world.remove_body(1)
    back = Simulation(seed=5, edits=lawn()).add_body(1, "Mira", 3, BodyState(**kept))
    assert back.state() == body.state()
    assert (back.facing, back.held, back.fed_until) == (1, body.held, 99)


def test_a_body_whose_place_was_built_over_is_moved_to_the_nearest_free_tile(meadow) -> None:
    world = meadow(*[set_tile(i, j, "stone") for i in range(-2, 3) for j in range(-2, 3) if (i, j) != (2, 0)])
    assert world.add_body(1, "Mira", 0, saved(1, 0)).tile == (2, 0)
    assert world.add_body(2, "Tom", 0, saved(2, 0)).tile == (2, 0)
    straddling = dataclasses.replace(
        saved(2, 0), x=2 * UNIT + 76
    )  # its west side stands in the stone by one unit
    assert world.add_body(3, "Ann", 0, straddling).x == 2 * UNIT + 128


def test_a_body_that_was_walled_in_wakes_up_at_the_spawn() -> None:
    x, y = 300, 300
    wall = [set_tile(x + i, y + j, "stone") for i in range(-33, 34) for j in range(-33, 34)]
    world = Simulation(seed=8, edits=wall)
    body = world.add_body(1, "Mira", 0, saved(x, y, ("stone", 2)))
    assert max(abs(at - spawn) for at, spawn in zip(body.tile, world.spawn, strict=True)) < 32
    assert body.slots[0][1] == 2


def test_a_body_saved_with_fewer_slots_gets_empty_ones() -> None:
    assert dataclasses.replace(saved(0, 0), slots=[[83, 2]]) == saved(0, 0, ("stone", 2))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x": EDGE * UNIT}, "outside the world"),
        ({"y": -EDGE * UNIT - 1}, "outside the world"),
        ({"facing": 4}, "cannot face way 4"),
        ({"selected": SLOTS}, f"slot {SLOTS}"),
        ({"slots": [(1, 1)] * (SLOTS + 1)}, f"up to {SLOTS} slots"),
        ({"slots": [(83, STACK + 1)] + [(0, 0)] * (SLOTS - 1)}, f"at most {STACK}"),
        ({"slots": [(83, -1)] + [(0, 0)] * (SLOTS - 1)}, f"at most {STACK}"),
        ({"slots": [(83, 0)] + [(0, 0)] * (SLOTS - 1)}, f"at most {STACK}"),
        ({"slots": [(0, 5)] + [(0, 0)] * (SLOTS - 1)}, f"at most {STACK}"),
        ({"slots": [(256, 1)] + [(0, 0)] * (SLOTS - 1)}, f"at most {STACK}"),
    ],
)
def test_what_cannot_be_a_body_is_refused_with_the_reason(change: dict[str, object], says: str) -> None:
    with pytest.raises(BadState, match=says):
        dataclasses.replace(saved(0, 0), **change)


def test_a_body_is_in_the_world_once(world: Simulation, body) -> None:
    with pytest.raises(KeyError, match="in the world already"):
        world.add_body(1, "Mira", 0, None)


def test_who_leaves_is_gone_and_so_is_what_they_were_digging(meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.tick([(1, Dig(1, 1, 0))])
    world.remove_body(1)
    assert world.tick([(1, Move(2, 1, 0))]) == []
    assert [world.tick([]) for _ in range(60)] == [[]] * 60
    assert world.block_at(1, 0) == by_name("stone").id
    assert world.bodies == {} and world.bodies_within(0, 0, 10) == []
    with pytest.raises(KeyError):
        world.remove_body(1)


def test_a_new_driver_does_not_move_the_body(world: Simulation, body) -> None:
    body.driver = AGENT
    assert world.tick([]) == [] and (body.x, body.y) == (128, 128)

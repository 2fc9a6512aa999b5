"""Digging and placing, and every reason why not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from lawns import answers, saved, set_tile

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import Body
from nanoverse.world.constants import DIG_STAGES, EDGE, SLOTS, STACK, UNIT
from nanoverse.world.events import BlockChanged, Digging, Done, Event, HeldChanged, InventoryChanged
from nanoverse.world.inputs import Dig, Move, Place, Stop
from nanoverse.world.simulation import Simulation

Meadow = Callable[..., Simulation]
STONE, DIRT, OAK, WOOD = (by_name(name) for name in ("stone", "dirt", "oak", "wood"))


def dig(world: Simulation, x: int, y: int, ref: int = 1) -> list[list[Event]]:
    """The events of each tick, from the input until it is answered."""
    ticks = [world.tick([(1, Dig(ref, x, y))])]
    while not answers(ticks[-1], ref):
        ticks.append(world.tick([]))
    return ticks


def carries(body: Body, name: str) -> int:
    return sum(count for block, count in body.slots if block == by_name(name).id)


def test_digging_takes_its_time_and_gives_what_the_block_drops(meadow: Meadow) -> None:
    world = meadow(set_tile(2, 1, "oak"))
    body = world.add_body(1, "Mira", 0, saved(0, 0))
    ticks = dig(world, 2, 1)
    assert len(ticks) == OAK.dig_ticks
    assert ticks[-1] == [
        BlockChanged(2, 1, 1, AIR, 1, before=OAK.id, gave=WOOD.id),
        InventoryChanged(1),
        HeldChanged(1),  # the first slot was empty and in the hand
        Digging(1, 2, 1, 0),
        Done(1, 1),
    ]
    assert world.block_at(2, 1) == AIR and not world.is_solid(2, 1)
    assert body.slots[0] == [WOOD.id, 1]


def test_digging_is_seen_in_stages(meadow: Meadow) -> None:
    world = meadow(set_tile(2, 1, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    stages = [event.stage for tick in dig(world, 2, 1) for event in tick if isinstance(event, Digging)]
    assert stages == [*range(1, DIG_STAGES + 1), 0]


def test_where_nothing_stands_the_ground_is_dug_once(world: Simulation, body: Body) -> None:
    ticks = dig(world, 0, 1)
    assert BlockChanged(0, 1, 0, DIRT.id, 1, before=by_name("grass").id, gave=DIRT.id) in ticks[-1]
    assert carries(body, "dirt") == 3

    assert answers(world.tick([(1, Dig(3, 0, 1))]), 3) == ["One cannot dig dirt here."]
    assert carries(body, "dirt") == 3


def test_what_is_dug_joins_a_stack_and_a_full_one_is_left_alone(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"), set_tile(0, 1, "stone"))
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("torch", 1), ("stone", STACK - 1)))
    dig(world, 1, 0)
    dig(world, 0, 1)
    assert body.slots[1:3] == [[STONE.id, STACK], [STONE.id, 1]]


def test_digging_is_refused_when_nothing_more_can_be_carried(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"), set_tile(0, 1, "fern"))
    world.add_body(1, "Mira", 0, saved(0, 0, *[("torch", STACK)] * SLOTS))
    assert answers(world.tick([(1, Dig(1, 1, 0))]), 1) == ["There is no room for it in your slots."]
    assert answers(dig(world, 0, 1, ref=2)[-1], 2) == ["done"]  # fern gives nothing, so it needs no room


def test_digging_stops_when_asked(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.tick([(1, Dig(1, 1, 0))])
    events = world.tick([(1, Stop(2))])
    assert answers(events, 1) == ["You stopped digging."] and answers(events, 2) == ["done"]
    assert Digging(1, 1, 0, 0) in events
    for _ in range(100):
        assert world.tick([]) == []
    assert world.block_at(1, 0) == STONE.id


def test_stopping_without_digging_is_fine(world: Simulation, body: Body) -> None:
    assert world.tick([(1, Stop(2))]) == [Done(1, 2)]


def test_digging_on_at_the_same_tile_keeps_what_was_done(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.tick([(1, Dig(1, 1, 0))])
    answered = [answers(world.tick([(1, Dig(ref, 1, 0))]), ref) for ref in range(2, STONE.dig_ticks or 0)]
    assert answered == [["done"]] * len(answered)
    assert answers(world.tick([]), 1) == ["done"]
    assert world.block_at(1, 0) == AIR


def test_digging_elsewhere_ends_the_first_dig(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"), set_tile(0, 1, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.tick([(1, Dig(1, 1, 0))])
    assert answers(world.tick([(1, Dig(2, 0, 1))]), 1) == ["You began to dig elsewhere."]
    world.tick([(1, Dig(3, 100, 100))])  # refused, so it does not end the second
    for _ in range(STONE.dig_ticks or 0):
        world.tick([])
    assert (world.block_at(1, 0), world.block_at(0, 1)) == (STONE.id, AIR)


def test_walking_out_of_reach_ends_a_dig_and_walking_within_reach_does_not(meadow: Meadow) -> None:
    world = meadow(set_tile(2, 0, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.tick([(1, Dig(1, 2, 0))])
    seen = [answers(world.tick([(1, Move(9, -1, 0))]), 1) for _ in range(12)]
    # Two tiles are 512 units, the reach is 1152: after 11 more steps of 58 the body is 1150 away, after 12 it is not.
    assert seen == [[]] * 11 + [["You moved out of reach."]]
    assert world.block_at(2, 0) == STONE.id


def test_two_who_dig_the_same_block_get_it_once(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "oak"))
    first, second = (world.add_body(id, "", 0, saved(0, 0)) for id in (1, 2))
    world.tick([(1, Dig(1, 1, 0)), (2, Dig(1, 1, 0))])
    events = [event for _ in range(OAK.dig_ticks or 0) for event in world.tick([])]
    assert sorted(answers(events, 1)) == ["Someone else changed that spot.", "done"]
    assert carries(first, "wood") + carries(second, "wood") == 1


def test_ground_that_gets_covered_is_no_longer_dug(world: Simulation, body: Body) -> None:
    world.add_body(2, "Tom", 0, saved(2, 0))
    world.tick([(2, Dig(1, 1, 1))])
    world.tick([(1, Place(2, 1, 1, 0))])
    assert world.block_at(1, 1) == STONE.id
    assert world.ground_at(1, 1) == by_name("grass").id
    assert world.bodies[2].digs is None


@pytest.mark.parametrize(("x", "y"), [(5, 0), (4, 4), (-10, 3), (10**30, 0), (0, -(10**30))])
def test_out_of_reach_is_out_of_reach(world: Simulation, body: Body, x: int, y: int) -> None:
    events = world.tick([(1, Dig(1, x, y)), (1, Place(2, x, y, 0))])
    assert answers(events, 1) == answers(events, 2) == ["That is out of reach."]


def test_nothing_is_dug_or_built_beyond_the_edge_of_the_world(world: Simulation) -> None:
    world.add_body(1, "Mira", 0, saved(EDGE - 1, 0, ("dirt", 3)))
    body = world.bodies[1]
    body.x = EDGE * UNIT - UNIT  # as near to the edge as can be, whatever grows there
    events = world.tick([(1, Dig(1, EDGE, 0)), (1, Place(2, EDGE, 0, 0))])
    assert answers(events, 1) == answers(events, 2) == ["That is out of reach."]


@pytest.mark.parametrize("name", ["water", "shallows", "dirt"])
def test_what_cannot_be_dug_is_refused_by_name(meadow: Meadow, name: str) -> None:
    world = meadow(set_tile(1, 1, name))
    world.add_body(1, "Mira", 0, saved(0, 0))
    assert answers(world.tick([(1, Dig(1, 1, 1))]), 1) == [f"One cannot dig {name} here."]


def test_what_a_newer_version_of_the_table_made_is_left_alone(meadow: Meadow) -> None:
    unknown = 250
    world = meadow((1, 1, 1, unknown), (2, 1, 0, unknown))
    state = saved(0, 0, ("stone", 1))
    body = world.add_body(1, "Mira", 0, dataclasses.replace(state, slots=[(unknown, 3), *state.slots[:-1]]))
    events = world.tick([(1, Dig(1, 1, 1)), (1, Place(2, 0, 2, 0)), (1, Place(3, 2, 1, 1))])
    assert answers(events, 1) == ["One cannot dig that here."]
    assert answers(events, 2) == ["One cannot place that."]
    assert answers(events, 3) == ["One cannot place stone on that."]
    assert body.slots[0] == [unknown, 3] and world.block_at(1, 1) == unknown


def test_a_block_is_placed_out_of_its_slot(world: Simulation, body: Body) -> None:
    assert world.tick([(1, Place(1, 2, 0, 0))]) == [
        BlockChanged(2, 0, 1, STONE.id, 1, before=AIR, cost=STONE.id),
        InventoryChanged(1),
        Done(1, 1),
    ]
    assert world.block_at(2, 0) == STONE.id and world.is_solid(2, 0)
    assert body.slots[0] == [STONE.id, 4]


def test_the_last_of_a_slot_leaves_it_empty_and_the_hand_too(world: Simulation) -> None:
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("stone", 1)))
    events = world.tick([(1, Place(1, 2, 0, 0)), (1, Place(2, 3, 0, 0))])
    assert HeldChanged(1) in events and body.slots[0] == [AIR, 0]
    assert answers(events, 2) == ["There is nothing in that slot."]


def test_earth_fills_water_and_is_walked_on(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "water"))
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("dirt", 1)))
    assert world.is_solid(1, 0)
    filled = BlockChanged(1, 0, 0, DIRT.id, 1, before=by_name("water").id, cost=DIRT.id)
    assert filled in world.tick([(1, Place(1, 1, 0, 0))])
    assert not world.is_solid(1, 0) and body.slots[0] == [AIR, 0]


@pytest.mark.parametrize(
    ("slot", "x", "y", "reason"),
    [
        (-1, 2, 0, "There is no slot -1."),
        (SLOTS, 2, 0, f"There is no slot {SLOTS}."),
        (7, 2, 0, "There is nothing in that slot."),
        (2, 2, 0, "One cannot place coal."),
        (0, 3, 0, "Something stands there already."),
        (0, 3, 1, "One cannot place stone on water."),
        (3, 2, 0, "One cannot place dirt on grass."),
        (4, 3, 2, "One cannot place a poppy on sand."),
        (0, 0, 0, "Someone stands there."),
        (0, -1, 0, "Someone stands there."),
    ],
)
def test_what_does_not_fit_is_not_placed(meadow: Meadow, slot: int, x: int, y: int, reason: str) -> None:
    world = meadow(set_tile(3, 0, "oak"), set_tile(3, 1, "water"), set_tile(3, 2, "sand"))
    body = world.add_body(
        1, "Mira", 0, saved(0, 0, ("stone", 5), ("torch", 1), ("coal", 2), ("dirt", 2), ("poppy", 2))
    )
    neighbour = world.add_body(2, "Tom", 0, saved(-2, 0))
    neighbour.x += 60  # his feet box now reaches over the border of the tile in between
    before = body.state(), world.block_at(x, y), world.ground_at(x, y)
    assert answers(world.tick([(1, Place(1, x, y, slot))]), 1) == [reason]
    assert (body.state(), world.block_at(x, y), world.ground_at(x, y)) == before


def test_feet_that_reach_over_from_the_next_chunk_are_in_the_way_too(world: Simulation, body: Body) -> None:
    neighbour = world.add_body(2, "Tom", 0, saved(0, 2))
    neighbour.x = 70
    assert answers(world.tick([(1, Place(1, -1, 2, 0))]), 1) == ["Someone stands there."]


def test_a_block_is_placed_right_beside_somebodys_feet(world: Simulation, body: Body) -> None:
    neighbour = world.add_body(2, "Tom", 0, saved(-2, 0))
    neighbour.x += 51  # 77 units to the border of the tile: its side just does not belong to the box
    assert answers(world.tick([(1, Place(1, -1, 0, 0))]), 1) == ["done"]
    assert world.tick([(2, Move(3, 1, 0))])[0].x == neighbour.x == -2 * UNIT + UNIT - 77

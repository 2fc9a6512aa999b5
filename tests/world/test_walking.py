"""Bodies that walk and take things into the hand."""

from __future__ import annotations

import pytest
from lawns import LAWN, answers, saved, set_tile

from nanoverse.world.blocks import by_name
from nanoverse.world.bodies import Body
from nanoverse.world.constants import DIAGONAL, HOTBAR, MAX_STEPS, SLOTS, STEP, UNIT
from nanoverse.world.events import Done, HeldChanged, InventoryChanged, Moved, Refused
from nanoverse.world.inputs import Craft, Dig, Move, Place, Select, Stop, Swap
from nanoverse.world.simulation import Simulation


def test_a_move_takes_one_step_and_is_answered_with_the_place_reached(world: Simulation, body: Body) -> None:
    assert world.tick([(1, Move(7, 1, 0))]) == [Moved(1, 7, 128 + STEP, 128, 3)]
    assert world.tick([(1, Move(8, -1, -1))]) == [Moved(1, 8, 128 + STEP - DIAGONAL, 128 - DIAGONAL, 1)]
    assert (body.x, body.y, body.facing) == (128 + STEP - DIAGONAL, 128 - DIAGONAL, 1)


def test_nobody_walks_without_an_input(world: Simulation, body: Body) -> None:
    world.tick([(1, Move(1, 1, 0))])
    assert world.tick([]) == []
    assert body.x == 128 + STEP


def test_a_step_too_many_in_a_tick_is_refused(world: Simulation, body: Body) -> None:
    *walked, last = world.tick([(1, Move(ref, 1, 0)) for ref in range(1, MAX_STEPS + 2)])
    assert [type(event) for event in walked] == [Moved] * MAX_STEPS
    assert last == Refused(1, MAX_STEPS + 1, "A body takes at most 2 steps in a tick.")
    assert body.x == 128 + MAX_STEPS * STEP


@pytest.mark.parametrize(("dx", "dy"), [(2, 0), (0, -5), (10**9, 1)])
def test_a_step_longer_than_a_step_is_refused(world: Simulation, body: Body, dx: int, dy: int) -> None:
    assert answers(world.tick([(1, Move(1, dx, dy))]), 1) == ["A step goes to one of the eight sides."]
    assert (body.x, body.y) == (128, 128)


def test_walls_and_water_stop_a_body_and_shallows_do_not(meadow) -> None:
    for name, stops in (
        ("stone", True),
        ("water", True),
        ("shallows", False),
        ("poppy", False),
        ("oak", True),
    ):
        world = meadow(set_tile(2, 0, name))
        body = world.add_body(1, "Mira", 0, saved(0, 0))
        for ref in range(20):
            world.tick([(1, Move(ref, 1, 0))])
        assert (body.tile == (1, 0)) is stops, name


def test_a_move_against_a_wall_is_still_answered(meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    places = [world.tick([(1, Move(ref, 1, 0))]) for ref in range(3)]
    assert places[1:] == [[Moved(1, 1, 179, 128, 3)], [Moved(1, 2, 179, 128, 3)]]


def test_a_body_takes_a_slot_into_its_hand(world: Simulation, body: Body) -> None:
    assert world.tick([(1, Select(4, 1))]) == [InventoryChanged(1), HeldChanged(1), Done(1, 4)]
    assert body.held == by_name("torch").id
    world.tick([(1, Select(5, HOTBAR - 1))])
    assert body.held == 0


def test_the_hand_of_an_unchanged_block_is_not_told_again(world: Simulation, body: Body) -> None:
    world.tick([(1, Select(1, HOTBAR - 1))])
    assert HeldChanged(1) not in world.tick([(1, Select(2, HOTBAR - 2))])


@pytest.mark.parametrize("slot", [-1, HOTBAR, SLOTS, 10**12])
def test_only_a_slot_of_the_hot_bar_is_taken_into_the_hand(world: Simulation, body: Body, slot: int) -> None:
    assert answers(world.tick([(1, Select(1, slot))]), 1) == [f"There is no slot {slot} in the hot bar."]
    assert body.selected == 0


def test_inputs_for_a_body_that_is_not_there_are_ignored(world: Simulation) -> None:
    inputs = (
        Move(1, 1, 0),
        Dig(2, 0, 0),
        Stop(3),
        Place(4, 0, 0, 0),
        Select(5, 0),
        Craft(6, 1),
        Swap(7, 0, 1),
    )
    assert world.tick([(99, given) for given in inputs]) == []


def test_a_body_walks_from_chunk_to_chunk_and_is_found_where_it_is(world: Simulation, body: Body) -> None:
    for ref in range(8 * UNIT // STEP):
        world.tick([(1, Move(ref, -1, -1))])
    assert body.x < 0 and body.y < 0
    assert world.bodies_within(0, 0, 2 * LAWN) == world.bodies_within(body.x, body.y, 1) == [body]
    assert world.bodies_within(LAWN * UNIT, LAWN * UNIT, 2) == []

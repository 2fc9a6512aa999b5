"""Doors: they open and shut by use, stop bodies while they are shut, and ways lead through them."""

from __future__ import annotations

from collections.abc import Callable

from lawns import Edit, answers, saved, set_tile

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.events import BlockChanged, Done
from nanoverse.world.inputs import Dig, Move, Place, Use
from nanoverse.world.paths import find_path
from nanoverse.world.simulation import Simulation

Meadow = Callable[..., Simulation]
SHUT, OPEN = by_name("door").id, by_name("open door").id


def use(world: Simulation, x: int, y: int, body: int = 1) -> list[str]:
    return answers(world.tick([(body, Use(1, x, y))]), 1)


def room(x: int, y: int) -> list[Edit]:
    """Four walls around tile x, y, with a door in the western one."""
    walls = [(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    return [set_tile(i, j, "door" if (i, j) == (x - 1, y) else "planks") for i, j in walls]


def test_a_door_opens_and_shuts_by_use(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "door"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    assert world.is_solid(1, 0)
    assert world.tick([(1, Use(7, 1, 0))]) == [BlockChanged(1, 0, 1, OPEN, 1, before=SHUT), Done(1, 7)]
    assert not world.is_solid(1, 0)
    assert use(world, 1, 0) == ["done"] and world.block_at(1, 0) == SHUT


def test_a_shut_door_stops_a_body_and_an_open_one_lets_it_through(meadow: Meadow) -> None:
    world = meadow(*[set_tile(1, y, "door" if y == 0 else "stone") for y in range(-2, 3)])
    body = world.add_body(1, "Mira", 0, saved(0, 0))
    for _ in range(20):
        world.tick([(1, Move(0, 1, 0))])
    assert body.tile == (0, 0)
    use(world, 1, 0)
    for _ in range(20):
        world.tick([(1, Move(0, 1, 0))])
    assert body.tile[0] >= 3


def test_nobody_is_shut_into_a_doorway(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "open door"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.add_body(2, "Tom", 0, saved(1, 0))
    assert use(world, 1, 0) == ["Someone stands in the doorway."]
    assert world.block_at(1, 0) == OPEN


def test_only_what_is_good_for_something_and_within_reach_is_used(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"), set_tile(6, 0, "door"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    assert use(world, 1, 0) == use(world, 0, 1) == ["There is nothing to use."]
    assert use(world, 6, 0) == use(world, 10**20, 0) == ["That is out of reach."]


def test_a_door_gives_itself_back_open_or_shut(meadow: Meadow) -> None:
    for name in ("door", "open door"):
        world = meadow(set_tile(1, 0, name))
        body = world.add_body(1, "Mira", 0, saved(0, 0))
        world.tick([(1, Dig(1, 1, 0))])
        for _ in range(20):
            world.tick([])
        assert body.slots[0] == [SHUT, 1] and world.block_at(1, 0) == AIR


def test_a_dig_ends_when_the_door_is_used(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "door"))
    body = world.add_body(1, "Mira", 0, saved(0, 0))
    world.add_body(2, "Tom", 0, saved(2, 0))
    world.tick([(1, Dig(1, 1, 0))])
    assert answers(world.tick([(2, Use(9, 1, 0))]), 1) == ["Someone else changed that spot."]
    assert body.slots[0] == [AIR, 0]


def test_an_open_door_cannot_be_placed(meadow: Meadow) -> None:
    world = meadow()
    world.add_body(1, "Mira", 0, saved(0, 0, ("door", 1)))
    assert answers(world.tick([(1, Place(1, 1, 0, 0))]), 1) == ["done"]
    assert world.block_at(1, 0) == SHUT and not by_name("open door").placeable


def test_a_way_leads_through_a_shut_door_where_there_is_no_other(meadow: Meadow) -> None:
    world = meadow(*room(4, 0))
    assert find_path(world, (0, 0), (4, 0), 4000) == [(1, 0), (2, 0), (3, 0), (4, 0)]
    assert find_path(world, (2, 1), (4, 0), 4000) == [(2, 0), (3, 0), (4, 0)]  # never slanted through a door


def test_a_small_way_around_is_nearer_than_a_door(meadow: Meadow) -> None:
    world = meadow(set_tile(2, 0, "door"))
    path = find_path(world, (0, 0), (4, 0), 4000)
    assert path is not None and (2, 0) not in path

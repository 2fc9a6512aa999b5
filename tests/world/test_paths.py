"""Finding a way and walking it."""

from __future__ import annotations

import pytest
from lawns import saved, set_tile

from nanoverse.world.bodies import Body
from nanoverse.world.constants import STEP, UNIT
from nanoverse.world.inputs import Move, Place
from nanoverse.world.paths import Tile, Walker, find_path
from nanoverse.world.simulation import Simulation

BUDGET = 4000


def walk(world: Simulation, body: Body, walker: Walker, ticks: int) -> int:
    """Walk until there is no next step; how many steps it took."""
    for taken in range(ticks):
        step = walker.next_move(body)
        if step is None:
            return taken
        world.tick([(body.id, Move(taken, *step))])
    raise AssertionError(f"still walking after {ticks} steps")


def is_a_way(world: Simulation, start: Tile, path: list[Tile]) -> bool:
    for (x, y), (i, j) in zip([start, *path], path, strict=False):
        if (
            max(abs(x - i), abs(y - j)) != 1
            or world.is_solid(i, j)
            or world.is_solid(x, j)
            or world.is_solid(i, y)
        ):
            return False
    return True


def test_on_open_land_the_way_is_straight(world: Simulation) -> None:
    assert find_path(world, (0, 0), (4, 0), BUDGET) == [(1, 0), (2, 0), (3, 0), (4, 0)]
    assert find_path(world, (0, 0), (-3, 3), BUDGET) == [(-1, 1), (-2, 2), (-3, 3)]
    assert find_path(world, (0, 0), (0, 0), BUDGET) == []


def test_a_way_leads_around_a_wall_and_cuts_no_corner(meadow) -> None:
    wall = [set_tile(2, y, "stone") for y in range(-6, 5)]
    world = meadow(*wall)
    path = find_path(world, (0, 0), (4, 0), BUDGET)
    assert path is not None and path[-1] == (4, 0) and is_a_way(world, (0, 0), path)
    # Its end at y = 5 is nearer. Not to touch the corner takes five tiles south, with one slanted step on each side.
    assert (2, 5) in path and len(path) == 12


@pytest.mark.parametrize(("x", "y"), [(1, 1), (-1, 1), (1, -1), (-1, -1)])
def test_one_solid_tile_beside_a_slanted_step_bars_it(meadow, x: int, y: int) -> None:
    for beside in ((x, 0), (0, y)):
        world = meadow(set_tile(*beside, "stone"))
        path = find_path(world, (0, 0), (x, y), BUDGET)
        assert path is not None and len(path) == 2 and is_a_way(world, (0, 0), path)


def test_a_solid_goal_is_walked_up_to(meadow) -> None:
    world = meadow(set_tile(5, 0, "oak"))
    path = find_path(world, (0, 0), (5, 0), BUDGET)
    assert path is not None and path[-1] == (4, 0)
    assert find_path(world, (4, 1), (5, 0), BUDGET) == []


def test_there_is_no_way_into_a_closed_room(meadow) -> None:
    world = meadow(*[set_tile(5 + i, j, "stone") for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j])
    assert find_path(world, (0, 0), (5, 0), 500) is None


def test_there_is_no_way_out_of_one_however_large_the_budget(meadow) -> None:
    world = meadow(*[set_tile(i, j, "stone") for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j])
    assert find_path(world, (0, 0), (5, 0), 10**9) is None


def test_a_search_that_costs_too_much_is_given_up(meadow) -> None:
    world = meadow(*[set_tile(2, y, "stone") for y in range(-10, 11)])
    asked: set[Tile] = set()

    class Asked:
        def is_solid(self, x: int, y: int) -> bool:
            asked.add((x, y))
            return world.is_solid(x, y)

        def opens(self, x: int, y: int) -> bool:
            return world.opens(x, y)

    assert find_path(Asked(), (0, 0), (4, 0), 20) is None
    assert len(asked) <= 20 * 9 + 1
    assert find_path(world, (0, 0), (4, 0), BUDGET) is not None


def test_a_body_walks_its_way_to_the_end(meadow) -> None:
    maze = [set_tile(x, y, "stone") for x in (2, 6) for y in range(-8, 8) if (x, y) not in ((2, -3), (6, 5))]
    maze += [set_tile(x, y, "stone") for y in (-8, 8) for x in range(-2, 10)]
    world = meadow(*maze)
    body = world.add_body(1, "Mira", 0, saved(0, 0))
    path = find_path(world, body.tile, (8, 0), BUDGET)
    assert path is not None
    walker = Walker(path)
    steps = walk(world, body, walker, 400)
    assert walker.arrived and body.tile == (8, 0)
    assert steps < 1.6 * len(path) * UNIT / STEP


def test_a_body_that_stands_off_the_middle_still_gets_into_a_narrow_way(meadow) -> None:
    tunnel = [set_tile(x, y, "stone") for x in range(1, 6) for y in (-1, 1)]
    for x, y in ((1, 60), (200, 200), (128, 5), (250, 250)):
        world = meadow(*tunnel)
        body = world.add_body(1, "Mira", 0, saved(-1, 0))
        world.crowd.move(body, x - UNIT, y)
        walker = Walker([(0, 0), *((i, 0) for i in range(1, 7))])
        walk(world, body, walker, 200)
        assert walker.arrived and body.tile == (6, 0)


def test_a_walker_gives_up_when_something_new_bars_the_way(world: Simulation, body: Body) -> None:
    mason = world.add_body(2, "Tom", 0, saved(3, 2, ("stone", 9)))
    walker = Walker([(x, 0) for x in range(1, 8)])
    world.tick([(mason.id, Place(ref, 3, y, 0)) for ref, y in enumerate((-1, 0, 1))])
    walk(world, body, walker, 100)
    assert not walker.arrived and body.tile == (2, 0)
    assert walker.next_move(body) is None


def test_a_walker_waits_while_its_steps_are_not_taken_for_a_moment(world: Simulation, body: Body) -> None:
    walker = Walker([(1, 0), (2, 0)])
    assert [walker.next_move(body) for _ in range(5)] == [(1, 0)] * 5
    walk(world, body, walker, 40)
    assert walker.arrived

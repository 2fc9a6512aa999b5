"""Beds are homes to return to; signs say what was written on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lawns import Edit, answers, lawn, saved, set_tile

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import MAX_SIGN, PLOT, RETURN_EVERY, SLOTS, TICK_HZ, UNIT
from nanoverse.world.events import HomeChanged, Returned, Written
from nanoverse.world.inputs import Allow, Claim, Dig, Input, Place, Return, Stow, Use, Write
from nanoverse.world.simulation import Simulation

Meadow = Callable[..., Simulation]


def ask(world: Simulation, given: Input, body: int = 1) -> list[str]:
    return answers(world.tick([(body, given)]), given.ref)


def settled(meadow: Meadow, *more: Edit) -> Simulation:
    """A body whose home is the bed beside it, and who then went far away."""
    world = meadow(set_tile(1, 0, "bed"), *more)
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("stone", 9)))
    assert HomeChanged(1) in world.tick([(1, Use(1, 1, 0))]) and body.home == (1, 0)
    world.crowd.move(body, 15 * UNIT, 15 * UNIT)
    return world


def test_who_used_a_bed_returns_beside_it(meadow: Meadow) -> None:
    world = settled(meadow)
    events = world.tick([(1, Return(1))])
    body = world.bodies[1]
    assert answers(events, 1) == ["done"] and Returned(1, body.x, body.y, body.facing) in events
    x, y = body.tile
    assert max(abs(x - 1), abs(y)) == 1 and not world.is_solid(x, y)
    assert [near.id for near in world.bodies_within(UNIT, 0, 3)] == [1]


def test_one_returns_once_a_minute(meadow: Meadow) -> None:
    world = settled(meadow)
    ask(world, Return(1))
    seconds = RETURN_EVERY // TICK_HZ
    assert ask(world, Return(1)) == [f"You returned a moment ago; wait {seconds} seconds."]
    for _ in range(RETURN_EVERY - 10):
        world.tick([])
    assert ask(world, Return(1)) == ["You returned a moment ago; wait 1 second."]
    for _ in range(10):
        world.tick([])
    assert ask(world, Return(1)) == ["done"]


def is_at_the_spawn(world: Simulation, body: int) -> bool:
    x, y = world.bodies[body].tile
    near = max(abs(x - world.spawn[0]), abs(y - world.spawn[1])) < 20
    return near and not world.is_solid(x, y)


def test_who_has_no_home_returns_to_where_everybody_arrives_once_a_minute(meadow: Meadow) -> None:
    world = meadow()
    body = world.add_body(2, "Tom", 0, saved(15, 15))
    world.crowd.move(body, 900 * UNIT, 900 * UNIT)
    events = world.tick([(2, Return(1))])
    assert answers(events, 1) == ["done"] and Returned(2, body.x, body.y, body.facing) in events
    assert is_at_the_spawn(world, 2)
    assert ask(world, Return(1), 2)[0].startswith("You returned a moment ago; wait ")


def test_who_is_walled_in_on_anothers_land_is_no_prisoner() -> None:
    """Ana claims the land on which Tom stands, and sets stone around him; or he came in by a door that she shut."""
    x, y = 900, 900
    walls = [set_tile(x + i, y + j, "stone") for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    world = Simulation(5, [*walls, set_tile(x, y, "grass"), (x, y, 1, AIR)])
    world.add_body(1, "Ana", 0, saved(x, y))
    world.add_body(2, "Tom", 0, saved(x, y))
    assert ask(world, Claim(1, x, y)) == ["done"]
    assert ask(world, Dig(2, x + 1, y), 2) == ["This is Ana's land."]
    assert ask(world, Return(3), 2) == ["done"] and is_at_the_spawn(world, 2)


def test_who_returns_does_not_land_in_stone_where_the_spawn_was_built_over(meadow: Meadow) -> None:
    x, y = Simulation(5).spawn
    world = meadow(*[set_tile(x + i, y + j, "stone") for i in range(-5, 6) for j in range(-5, 6)])
    world.add_body(1, "Mira", 0, saved(0, 0))
    assert ask(world, Return(1)) == ["done"] and is_at_the_spawn(world, 1)


def test_where_the_spawn_is_built_over_far_and_wide_one_stays_where_one_is() -> None:
    x, y = Simulation(5).spawn
    world = Simulation(5, [set_tile(x + i, y + j, "stone") for i in range(-33, 34) for j in range(-33, 34)])
    body = world.add_body(1, "Mira", 0, saved(x + 99, y))
    before = body.state()
    assert ask(world, Return(1)) == ["There is no room where everybody arrives."] and body.state() == before


def test_a_bed_that_is_gone_is_no_home_to_return_to(meadow: Meadow) -> None:
    world = settled(meadow)
    world.add_body(2, "Tom", 0, saved(3, 0))
    world.tick([(2, Dig(2, 1, 0))])
    for _ in range(20):
        world.tick([])
    assert world.block_at(1, 0) == AIR
    assert ask(world, Return(1)) == ["done"] and is_at_the_spawn(world, 1)


def test_nor_is_one_that_was_walled_in(meadow: Meadow) -> None:
    walls = [set_tile(1 + i, j, "stone") for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    world = meadow(set_tile(1, 0, "bed"), *walls)
    world.add_body(1, "Mira", 0, BodyState(UNIT * 9, 0, 0, 0, (), (1, 0)))
    assert ask(world, Return(1)) == ["done"] and is_at_the_spawn(world, 1)


def test_a_bed_in_a_corner_does_not_lead_out_through_the_corner_of_the_house(meadow: Meadow) -> None:
    """The house is four tiles wide, without posts at its corners, and the bed stands in one after the other."""
    inside = range(1, 5)
    walls = [(i, j) for i in range(6) for j in range(6) if (i in inside) != (j in inside)]
    for bed in ((1, 1), (4, 1), (1, 4), (4, 4)):
        world = meadow(*[set_tile(*wall, "stone") for wall in walls], set_tile(*bed, "bed"))
        body = world.add_body(1, "Mira", 0, saved(2, 2))
        assert ask(world, Use(1, *bed)) == ["done"]
        world.crowd.move(body, 15 * UNIT, 15 * UNIT)
        assert ask(world, Return(2)) == ["done"]
        assert body.tile[0] in inside and body.tile[1] in inside and not world.is_solid(*body.tile)


def test_a_bed_that_only_a_corner_is_free_of_leads_to_where_everybody_arrives(meadow: Meadow) -> None:
    walls = [set_tile(1 + i, j, "stone") for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    world = meadow(set_tile(1, 0, "bed"), *walls)
    body = world.add_body(1, "Mira", 0, BodyState(UNIT * 9, 0, 0, 0, (), (1, 0)))
    assert ask(world, Return(1)) == ["done"] and is_at_the_spawn(world, 1)
    assert max(abs(body.tile[0] - 1), abs(body.tile[1])) > 1


def test_who_is_no_longer_a_guest_does_not_come_into_the_house_by_returning() -> None:
    x, y = 896, 896
    around = [(x + i, y + j) for i in range(PLOT) for j in range(PLOT)]
    lawn = [set_tile(*tile, "grass") for tile in around] + [(*tile, 1, AIR) for tile in around]
    world = Simulation(5, [*lawn, set_tile(x + 3, y + 3, "bed")], claims=[(x // PLOT, y // PLOT, 1)])
    world.add_body(1, "Mira", 0, saved(x, y))
    world.add_body(2, "Tom", 0, saved(x + 2, y + 2))
    ask(world, Allow(1, 2, True))
    assert ask(world, Use(1, x + 3, y + 3), 2) == ["done"]
    assert ask(world, Return(2), 2) == ["done"] and world.land.owner_at(*world.bodies[2].tile) == 1
    ask(world, Allow(3, 2, False))
    world.bodies[2].returns_at = 0
    assert ask(world, Return(4), 2) == ["done"] and is_at_the_spawn(world, 2)
    assert world.land.owner_at(*world.bodies[2].tile) is None


def test_who_goes_home_digs_no_more(meadow: Meadow) -> None:
    world = settled(meadow, set_tile(15, 16, "stone"))
    world.tick([(1, Dig(1, 15, 16))])
    events = world.tick([(1, Return(2))])
    assert (answers(events, 1), answers(events, 2)) == (["You went away."], ["done"])


def test_a_home_is_kept_with_the_body_and_who_was_walled_in_wakes_there(meadow: Meadow) -> None:
    state = settled(meadow).bodies[1].state()
    assert state.home == (1, 0)
    rock = [(x, y, 1, by_name("stone").id) for x in range(24, 96) for y in range(24, 96)]
    world = Simulation(5, [*rock, *lawn(), set_tile(1, 0, "bed")])
    body = world.add_body(1, "Mira", 0, BodyState(*[60 * UNIT] * 2, 0, 0, (), (1, 0)))
    assert body.home == (1, 0) and max(abs(body.tile[0] - 1), abs(body.tile[1])) == 1


def test_a_sign_says_what_was_written_on_it_last(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "sign"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.add_body(2, "Tom", 0, saved(2, 0))
    events = world.tick([(1, Write(1, 1, 0, "<b>Hollow</b> Ford"))])
    assert Written(1, 1, 0) in events and answers(events, 1) == ["done"]
    assert world.signs.text(1, 0) == ("<b>Hollow</b> Ford", 1)
    ask(world, Write(1, 1, 0, "Turn left"), 2)
    assert world.signs.text(1, 0) == ("Turn left", 2)
    ask(world, Write(1, 1, 0, ""))
    assert world.signs.text(1, 0) == ("", None)


def test_what_stood_on_a_sign_goes_with_it(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "sign"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    ask(world, Write(1, 1, 0, "Turn left"))
    world.tick([(1, Dig(2, 1, 0))])
    events = [event for _ in range(10) for event in world.tick([])]
    assert Written(1, 1, 0, ("Turn left", 1)) in events and world.signs.text(1, 0) == ("", None)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (Write(1, 6, 0, "Far"), "That is out of reach."),
        (Write(1, 0, 1, "Grass"), "There is no sign."),
        (
            Write(1, 1, 0, "x" * (MAX_SIGN + 1)),
            f"A sign has room for {MAX_SIGN} characters, not {MAX_SIGN + 1}.",
        ),
    ],
)
def test_why_one_cannot_write(meadow: Meadow, write: Write, sentence: str) -> None:
    world = meadow(set_tile(1, 0, "sign"), set_tile(6, 0, "sign"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    assert ask(world, write) == [sentence]
    assert world.signs.text(write.x, write.y) == ("", None)


def test_ten_thousand_signs_do_not_fit_into_a_chunk(meadow: Meadow) -> None:
    many = by_name("sign").per_chunk
    world = meadow(*[set_tile(8 + i % 8, 8 + i // 8, "sign") for i in range(many)])
    world.add_body(1, "Mira", 0, saved(7, 7, ("sign", 9)))
    assert ask(world, Place(1, 6, 6, 0)) == [
        f"There are {many} signs around here already; there is no room for more."
    ]


def test_on_somebodys_land_only_they_and_their_guests_use_what_stands_there() -> None:
    names = ("door", "bed", "chest", "sign")
    edits = [*lawn(), *[set_tile(1 + i % 2, 1 + i // 2, name) for i, name in enumerate(names)]]
    world = Simulation(5, edits, claims=[(0, 0, 1)])
    world.add_body(1, "Mira", 0, saved(0, 0))
    world.add_body(2, "Tom", 0, saved(0, 0, ("stone", 1)))
    inputs = [Use(1, 1 + i % 2, 1 + i // 2) for i in range(4)]
    inputs += [Stow(1, 1, 2, 0, SLOTS, False), Write(1, 2, 2, "Mine")]
    before = world.bodies[2].state(), world.block_at(1, 1)
    for given in inputs:
        assert ask(world, given, 2) == ["This is Mira's land."]
    assert (world.bodies[2].state(), world.block_at(1, 1)) == before
    assert world.signs.text(2, 2) == ("", None) and not world.chests.filled(1, 2)
    world.tick([(1, Allow(1, 2, True))])
    for given in inputs:
        assert ask(world, given, 2) == ["done"]

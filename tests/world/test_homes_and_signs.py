"""Beds are homes to return to; signs say what was written on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lawns import Edit, answers, lawn, saved, set_tile

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import MAX_SIGN, RETURN_EVERY, SLOTS, TICK_HZ, UNIT
from nanoverse.world.events import HomeChanged, Returned, Written
from nanoverse.world.inputs import Allow, Dig, Input, Place, Return, Stow, Use, Write
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
    assert ask(world, Return(1)) == [f"You went home a moment ago; wait {seconds} seconds."]
    for _ in range(RETURN_EVERY - 10):
        world.tick([])
    assert ask(world, Return(1)) == ["You went home a moment ago; wait 1 second."]
    for _ in range(10):
        world.tick([])
    assert ask(world, Return(1)) == ["done"]


def test_why_one_does_not_return(meadow: Meadow) -> None:
    world = settled(meadow)
    world.add_body(2, "Tom", 0, saved(3, 0))
    assert ask(world, Return(1), 2) == ["You have no home yet; use a bed, and it is your home."]
    world.tick([(2, Dig(2, 1, 0))])
    for _ in range(20):
        world.tick([])
    assert world.block_at(1, 0) == AIR
    assert ask(world, Return(1)) == ["Your bed is gone; use another, and that is your home."]


def test_a_bed_that_is_walled_in_leaves_no_room(meadow: Meadow) -> None:
    walls = [set_tile(1 + i, j, "stone") for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    world = meadow(set_tile(1, 0, "bed"), *walls)
    world.add_body(1, "Mira", 0, BodyState(UNIT * 9, 0, 0, 0, (), (1, 0)))
    assert ask(world, Return(1)) == ["There is no room beside your bed."]


def test_who_goes_home_digs_no_more(meadow: Meadow) -> None:
    world = settled(meadow, set_tile(15, 16, "stone"))
    world.tick([(1, Dig(1, 15, 16))])
    events = world.tick([(1, Return(2))])
    assert (answers(events, 1), answers(events, 2)) == (["You went home."], ["done"])


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

"""Chests: things are kept in them and come out again, each exactly once, whoever else reaches in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lawns import answers, lawn, saved, set_tile

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BadState
from nanoverse.world.constants import CHEST_SLOTS, CHUNK, SLOTS, STACK
from nanoverse.world.events import ChestShown, Worn
from nanoverse.world.inputs import Claim, Dig, Input, Place, Split, Stow, Swap, Use
from nanoverse.world.simulation import Simulation

Meadow = Callable[..., Simulation]
STONE, COAL, AXE = (by_name(name).id for name in ("stone", "coal", "iron axe"))
FIRST = SLOTS  # of the chest's slots, as `Stow` counts them


def with_chest(meadow: Meadow, *carried: tuple[str, int]) -> Simulation:
    world = meadow(set_tile(1, 0, "chest"))
    world.add_body(1, "Mira", 0, saved(0, 0, *carried))
    return world


def ask(world: Simulation, given: Input, body: int = 1) -> list[str]:
    return answers(world.tick([(body, given)]), given.ref)


def test_a_stack_goes_into_a_chest_and_comes_out_again(meadow: Meadow) -> None:
    world = with_chest(meadow, ("stone", 9))
    assert ask(world, Stow(1, 1, 0, 0, FIRST + 3, False)) == ["done"]
    assert world.chests.content(1, 0)[3] == [STONE, 9] and world.bodies[1].slots[0] == [AIR, 0]
    assert ask(world, Stow(1, 1, 0, FIRST + 3, 5, False)) == ["done"]
    assert world.bodies[1].slots[5] == [STONE, 9] and not world.chests.filled(1, 0)


def test_half_of_a_stack_is_put_away(meadow: Meadow) -> None:
    world = with_chest(meadow, ("stone", 9))
    assert ask(world, Stow(1, 1, 0, 0, FIRST, True)) == ["done"]
    assert (world.bodies[1].slots[0], world.chests.content(1, 0)[0]) == ([STONE, 5], [STONE, 4])


def test_a_full_stack_takes_only_what_it_has_room_for(meadow: Meadow) -> None:
    world = with_chest(meadow, ("stone", STACK), ("stone", 9))
    ask(world, Stow(1, 1, 0, 0, FIRST, False))
    ask(world, Stow(1, 1, 0, FIRST, 2, True))  # half of it back
    ask(world, Stow(1, 1, 0, 1, FIRST, False))
    assert world.chests.content(1, 0)[0] == [STONE, STACK - STACK // 2 + 9]
    assert ask(world, Stow(1, 1, 0, 2, FIRST, False)) == ["done"]
    assert world.chests.content(1, 0)[0] == [STONE, STACK]


def test_one_sees_what_others_do_in_a_chest_while_one_looks_into_it(meadow: Meadow) -> None:
    world = with_chest(meadow, ("stone", 9))
    world.add_body(2, "Tom", 0, saved(2, 0))
    assert ChestShown(2, 1, 0) in world.tick([(2, Use(1, 1, 0))])
    shown = [e for e in world.tick([(1, Stow(1, 1, 0, 0, FIRST, False))]) if isinstance(e, ChestShown)]
    assert shown == [ChestShown(2, 1, 0)], "who did it does not look into it"
    world.crowd.move(world.bodies[2], 12 * 256, 0)
    assert not [e for e in world.tick([(1, Stow(1, 1, 0, FIRST, 0, False))]) if isinstance(e, ChestShown)]
    assert world.chests.viewers(1, 0) == []


def test_who_is_no_guest_of_the_land_looks_into_its_chest_no_more(meadow: Meadow) -> None:
    world = with_chest(meadow, ("stone", 9))
    world.add_body(2, "Tom", 0, saved(2, 0))
    assert ChestShown(2, 1, 0) in world.tick([(2, Use(1, 1, 0))])
    assert ask(world, Claim(2, 1, 0)) == ["done"]
    events = world.tick([(1, Stow(3, 1, 0, 0, FIRST, False))])
    assert not [e for e in events if isinstance(e, ChestShown)]
    assert world.chests.viewers(1, 0) == []


def test_who_looks_into_another_chest_or_leaves_the_world_looks_into_the_first_no_more(
    meadow: Meadow,
) -> None:
    world = meadow(set_tile(1, 0, "chest"), set_tile(0, 1, "chest"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    ask(world, Use(1, 1, 0))
    ask(world, Use(1, 0, 1))
    assert (world.chests.viewers(1, 0), world.chests.viewers(0, 1)) == ([], [1])
    world.remove_body(1)
    assert world.chests.viewers(0, 1) == []


def test_a_filled_chest_is_not_dug_up_and_an_empty_one_is(meadow: Meadow) -> None:
    world = with_chest(meadow, ("stone", 9))
    ask(world, Stow(1, 1, 0, 0, FIRST, False))
    assert answers(world.tick([(1, Dig(2, 1, 0))]), 2) == [
        "There is something in this chest; take it out first."
    ]
    ask(world, Stow(1, 1, 0, FIRST, 0, False))
    world.tick([(1, Dig(3, 1, 0))])
    happened = [answers(world.tick([]), 3) for _ in range(20)]
    assert ["done"] in happened and world.block_at(1, 0) == AIR
    assert world.bodies[1].slots[1] == [by_name("chest").id, 1]


def test_a_chest_that_is_filled_while_it_is_dug_stays(meadow: Meadow) -> None:
    world = with_chest(meadow)
    world.add_body(2, "Tom", 0, saved(2, 0, ("coal", 2)))
    world.tick([(1, Dig(1, 1, 0))])
    events = world.tick([(2, Stow(2, 1, 0, 0, FIRST, False))])
    assert answers(events, 1) == ["There is something in this chest; take it out first."]
    assert world.chests.content(1, 0)[0] == [COAL, 2]


@pytest.mark.parametrize(
    ("stow", "sentence"),
    [
        (Stow(1, 6, 0, 0, FIRST, False), "That is out of reach."),
        (Stow(1, 0, 1, 0, FIRST, False), "There is no chest."),
        (Stow(1, 1, 0, 0, FIRST + CHEST_SLOTS, False), f"There is no slot {FIRST + CHEST_SLOTS}."),
        (Stow(1, 1, 0, -1, FIRST, False), "There is no slot -1."),
        (Stow(1, 1, 0, 3, FIRST, True), "There is nothing to halve."),
        (Stow(1, 1, 0, 1, FIRST, True), "There is nothing to halve."),  # a tool is one piece
        (Stow(1, 1, 0, 0, 1, True), "Half of it goes into an empty slot, or onto the same kind."),
    ],
)
def test_why_not(meadow: Meadow, stow: Stow, sentence: str) -> None:
    world = meadow(set_tile(1, 0, "chest"), set_tile(6, 0, "chest"))
    world.add_body(1, "Mira", 0, saved(0, 0, ("stone", 9), ("iron axe", 5)))
    before = world.bodies[1].state()
    assert ask(world, stow) == [sentence]
    assert world.bodies[1].state() == before and not world.chests.filled(1, 0)


def test_a_stack_is_halved_in_the_bag(meadow: Meadow) -> None:
    world = with_chest(meadow, ("stone", 9), ("iron axe", 5), ("stone", STACK - 1))
    slots = world.bodies[1].slots
    assert ask(world, Split(1, 0, 4)) == ["done"] and (slots[0], slots[4]) == ([STONE, 5], [STONE, 4])
    assert ask(world, Split(1, 4, 2)) == ["done"] and (slots[4], slots[2]) == ([STONE, 3], [STONE, STACK])
    assert ask(world, Split(1, 0, 2)) == ["That stack is full."]
    assert ask(world, Split(1, 9, 2)) == ["There is nothing to halve."]
    assert ask(world, Split(1, 0, 0)) == ["Half of it goes into an empty slot, or onto the same kind."]


def test_so_many_chests_stand_in_a_chunk_and_no_more(meadow: Meadow) -> None:
    many = by_name("chest").per_chunk
    there = [(i % 8, 8 + i // 8) for i in range(many)]  # all in chunk 0, 0
    world = meadow(*[set_tile(x, y, "chest") for x, y in there])
    world.add_body(1, "Mira", 0, saved(1, 1, ("chest", 9)))
    sentence = f"There are {many} chests around here already; there is no room for more."
    assert ask(world, Place(1, 2, 2, 0)) == [sentence]
    world.crowd.move(world.bodies[1], -CHUNK * 8, 256)
    assert ask(world, Place(1, -2, 2, 0)) == ["done"], "the next chunk has room"


def test_a_world_wakes_with_its_chests_as_they_were() -> None:
    world = Simulation(5, [*lawn(), set_tile(1, 0, "chest")], chests=[(1, 0, ((0, 0), (STONE, 7)))])
    assert world.chests.content(1, 0)[1] == [STONE, 7] and len(world.chests.content(1, 0)) == CHEST_SLOTS
    for slots in (((STONE, STACK + 1),), ((STONE, -1),), ((STONE, 1),) * (CHEST_SLOTS + 1)):
        with pytest.raises(BadState, match="The chest at 1, 0 cannot hold"):
            Simulation(5, lawn(), chests=[(1, 0, slots)])


CELL = st.sampled_from([0, 1, 2, 3, 4, FIRST, FIRST + 1, FIRST + 2, FIRST + CHEST_SLOTS - 1, 54, -1])
ACTS = st.one_of(
    st.builds(Stow, st.just(0), st.just(1), st.just(0), CELL, CELL, st.booleans()),
    st.builds(Swap, st.just(0), CELL, CELL),
    st.builds(Split, st.just(0), CELL, CELL),
    st.builds(Use, st.just(0), st.just(1), st.just(0)),
    st.builds(Dig, st.just(0), st.just(1), st.just(0)),
)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.lists(st.tuples(st.integers(1, 2), ACTS), max_size=8), st.integers(0, 20)), max_size=20
    )
)
def test_whatever_two_players_do_at_one_chest_nothing_is_gained_or_lost(
    ticks: list[tuple[list[tuple[int, Input]], int]],
) -> None:
    world = Simulation(5, [*lawn(), set_tile(1, 0, "gravel"), set_tile(1, 0, "chest")])
    world.add_body(1, "Mira", 0, saved(0, 0, ("stone", 98), ("iron axe", 5), ("coal", 3), ("stone", 40)))
    world.add_body(2, "Tom", 0, saved(2, 0, ("coal", 7), ("stone", 1)))

    def total() -> Counter[int]:
        everything: Counter[int] = Counter({world.block_at(1, 0): 1})
        for slots in (world.bodies[1].slots, world.bodies[2].slots, world.chests.content(1, 0)):
            for block, count in slots:
                everything[block] += count
        del everything[AIR]
        return +everything

    before = total()
    for inputs, pause in ticks:
        for now in [inputs] + [[]] * pause:
            worn = [event.tool for event in world.tick(now) if isinstance(event, Worn)]
            before = +(before - Counter(worn))
        assert total() == before
        for body in world.bodies.values():
            body.state()  # raises for a slot that cannot be
        Simulation(5, chests=[(1, 0, world.chests.content(1, 0))])  # likewise

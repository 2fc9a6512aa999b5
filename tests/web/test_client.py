"""What a player sends reaches the world in the order in which it came, steps and acts alike."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nanoverse.web.client import Client
from nanoverse.web.steps import MAX_WAITING
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import HALF_WIDTH, MAX_STEPS, UNIT
from nanoverse.world.events import Refused
from nanoverse.world.inputs import Input, Move, Place, Select
from nanoverse.world.simulation import Simulation

STONE = by_name("stone").id


def taken(client: Client) -> list[int]:
    """The numbers of what one tick takes."""
    return [given.ref for _, given in client.take_inputs()]


def submit(client: Client, *inputs: Input) -> None:
    for each in inputs:
        assert client.submit(each)


def test_an_act_comes_after_the_steps_before_it_and_before_those_after_it() -> None:
    client = Client(1, "Mira", False)
    submit(client, Select(1, 0), Move(2, 1, 0), Select(3, 1), Move(4, 1, 0), Select(5, 2))
    assert [taken(client) for _ in range(3)] == [[1, 2, 3], [4, 5], []]


def test_in_a_tick_of_two_steps_each_act_keeps_its_place() -> None:
    client = Client(1, "Mira", False)
    assert [taken(client) for _ in range(2)] == [[], []]  # ticks to be made up for
    submit(client, *(Move(ref, 1, 0) for ref in (1, 2, 3)), Select(4, 0), Move(5, 1, 0), Select(6, 0))
    assert [taken(client) for _ in range(3)] == [[1], [2, 3, 4], [5, 6]]


def test_steps_that_fell_out_are_not_waited_for() -> None:
    client = Client(1, "Mira", False)
    submit(client, Move(1, 1, 0), Select(2, 0), *(Move(ref, 1, 0) for ref in range(3, 3 + MAX_WAITING)))
    assert taken(client) == [2, 3]


@given(st.lists(st.lists(st.booleans(), max_size=7), max_size=40))
def test_no_act_waits_longer_than_the_steps_that_may_wait(arriving: list[list[bool]]) -> None:
    client, refs = Client(1, "Mira", False), itertools.count(1)
    came: dict[int, int] = {}  # acts, by number, and their tick
    told: list[int] = []
    for tick, kinds in enumerate(arriving + [[]] * MAX_WAITING):
        for is_act in kinds:
            ref = next(refs)
            submit(client, Select(ref, 0) if is_act else Move(ref, 1, 0))
            if is_act:
                came[ref] = tick
        now = client.take_inputs()
        assert sum(isinstance(each, Move) for _, each in now) <= MAX_STEPS
        for _, each in now:
            told.append(each.ref)
            assert tick - came.pop(each.ref, tick) < MAX_WAITING
    assert not came and told == sorted(told)


def test_who_steps_off_a_tile_builds_behind_them_in_the_same_tick() -> None:
    tiles = [(x, y) for x in range(-3, 4) for y in range(-3, 4)]
    world = Simulation(3, [(*at, 0, by_name("grass").id) for at in tiles] + [(*at, 1, AIR) for at in tiles])
    just_on_it = UNIT + HALF_WIDTH - 1
    world.add_body(1, "Mira", 0, BodyState(just_on_it, UNIT // 2, 0, 0, [(STONE, 1)]))
    client = Client(1, "Mira", False)
    submit(client, Move(1, 1, 0), Place(2, 0, 0, 0))
    events = world.tick(client.take_inputs())
    assert not [event for event in events if isinstance(event, Refused)]
    assert world.block_at(0, 0) == STONE

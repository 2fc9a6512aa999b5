"""Whatever is undone, in whatever order and however little is left in the bag: no thing is made, and none is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from nanoverse.store.changes import Change, Selection
from nanoverse.web.rollback import plan
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import SLOTS, STACK, UNIT
from nanoverse.world.events import BlockChanged, Event
from nanoverse.world.inputs import Dig, Input, Place
from nanoverse.world.simulation import Simulation
from nanoverse.world.undo import Undo

MIRA = 7
PLANKS, STONE, TORCH = by_name("planks").id, by_name("stone").id, by_name("torch").id
FULL = [(STONE, STACK), (PLANKS, STACK)] + [(AIR, 0)] * (SLOTS - 2)


def worked(seed: int) -> tuple[Simulation, list[Change]]:
    """Mira, with two stacks in her bag, digs and places at random; and what that changed."""
    draw = random.Random(seed)
    tiles = [(x, y) for x in range(-3, 4) for y in range(-3, 4)]
    names = {1: ("stone", "planks", "poppy"), 0: ("grass",)}
    laid = [(x, y, layer, by_name(draw.choice(names[layer])).id) for x, y in tiles for layer in names]
    world = Simulation(5, laid)
    body = world.add_body(MIRA, "Mira", 0, BodyState(UNIT // 2, UNIT // 2, 0, 0, FULL))
    logged: list[Change] = []
    for ref in range(1, 60):
        x, y = draw.choice(tiles)
        events = world.tick([(MIRA, draw.choice((Dig(ref, x, y), Place(ref, x, y, draw.randrange(2)))))])
        while body.digs:
            events += world.tick([])
        note(logged, events, ref)
    return world, logged


def note(logged: list[Change], events: list[Event], time: int) -> None:
    for e in events:
        if isinstance(e, BlockChanged) and e.body:
            number = len(logged) + 1
            logged.append(
                Change(e.x, e.y, e.layer, e.before, e.block, MIRA, True, e.gave, e.cost, time, number)
            )


def meant(
    logged: list[Change], undone: set[int], selection: Selection
) -> dict[tuple[int, int, int], list[Change]]:
    """What `changes.stacks` would find."""
    stacks: dict[tuple[int, int, int], list[Change]] = {}
    for one in reversed(logged):
        if one.id not in undone and one.time >= selection.since:
            stacks.setdefault((one.x, one.y, one.layer), []).append(one)
    return {key: stack for key, stack in stacks.items() if any(map(selection.takes, stack))}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_undone_the_bag_holds_what_the_changes_that_stand_gave_and_cost(seed: int) -> None:
    world, logged = worked(seed)
    draw, body, undone = random.Random(seed), world.bodies[MIRA], set[int]()
    assert len(logged) > 15
    for _ in range(8):
        since, thing = draw.randrange(60), draw.choice((STONE, PLANKS, by_name("dirt").id))
        verb = draw.choice(("gave", "cost"))
        selection = replace(Selection(since, MIRA, by_agent=True, until=since + 40), **{verb: thing})
        undos = plan(meant(logged, undone, selection), selection, MIRA).undos
        # Sometimes a stack is not there when something is to be taken from it, or put onto it.
        lent = [body.slots.pop(0)] if draw.random() < 0.5 else []
        for event in world.tick([], undos):
            if isinstance(event, BlockChanged):
                undone |= set(event.undoes)
        body.slots[:0] = lent
        expected = summed(FULL)
        for one in logged:
            if one.id not in undone:
                expected[one.gave] += 1
                expected[one.cost] -= 1
        expected[AIR] = 0
        assert summed(body.slots) == expected  # of a Counter, zeros do not count
    assert undone


def test_a_roll_back_whose_turn_came_after_its_tile_was_dug_and_built_again_makes_nothing() -> None:
    world = Simulation(5, [(2, 0, 0, by_name("grass").id), (2, 0, 1, AIR)])
    body = world.add_body(MIRA, "Mira", 0, BodyState(UNIT // 2, UNIT // 2, 0, 0, [(TORCH, 10)]))
    logged: list[Change] = []
    undone: set[int] = set()

    def do(given: Input | None = None, undos: Sequence[Undo] = ()) -> None:
        events = world.tick([(MIRA, given)] if given else [], undos)
        while body.digs:
            events += world.tick([])
        note(logged, events, 0)
        undone.update(id for e in events if isinstance(e, BlockChanged) for id in e.undoes)

    def planned() -> tuple[Undo, ...]:
        selection = Selection(0, MIRA)
        return plan(meant(logged, undone, selection), selection, MIRA).undos

    do(Place(1, 2, 0, 0))
    early = planned()
    do(Dig(2, 2, 0))
    do(Place(3, 2, 0, 0))
    do(undos=early)
    do(Place(4, 2, 0, 0))
    for _ in range(3):
        do(undos=planned())
        assert summed(body.slots)[TORCH] + (world.block_at(2, 0) == TORCH) == 10
    assert world.block_at(2, 0) == AIR


def summed(slots: Iterable[Sequence[int]]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for block, count in slots:
        counts[block] += count
    return counts

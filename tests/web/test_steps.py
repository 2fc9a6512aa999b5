"""The steps of one player: late ones are made up for, and nobody walks faster than the world ticks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.web.steps import MAX_WAITING, PATIENCE, Steps
from nanoverse.world.constants import MAX_STEPS
from nanoverse.world.inputs import Move


def served(arriving: Iterable[int]) -> list[list[int]]:
    """What each tick takes when so many steps arrive before it."""
    steps, refs = Steps(), itertools.count()
    taken = []
    for tick, count in enumerate(arriving):
        for _ in range(count):
            steps.put(Move(next(refs), 1, 0), tick - 0.5)
        taken.append([move.ref for move in steps.take(tick)])
    return taken


@given(st.lists(st.integers(0, 9), max_size=80))
def test_nobody_takes_more_steps_than_ticks_have_passed(arriving: list[int]) -> None:
    taken = [len(refs) for refs in served(arriving)]
    assert max(taken, default=0) <= MAX_STEPS
    assert all(total <= ticks for ticks, total in enumerate(itertools.accumulate(taken), 1))


def test_who_stood_still_for_long_does_not_run_afterwards() -> None:
    taken = [len(refs) for refs in served([0] * 1000 + [2] * 200)]
    assert sum(taken[1000:]) == 200 + MAX_WAITING


def test_steps_that_come_one_a_tick_are_taken_one_a_tick_and_in_order() -> None:
    assert served([1] * 20) == [[ref] for ref in range(20)]


def test_after_a_stutter_of_the_network_nothing_stays_behind() -> None:
    """Six ticks without a step, then all six at once, then one a tick: each in the tick in which it came."""
    arriving = [1] * 5 + [0] * MAX_WAITING + [MAX_WAITING] + [1] * (PATIENCE * MAX_WAITING)
    taken = served(arriving)
    assert [ref for refs in taken for ref in refs] == list(range(sum(arriving)))
    assert taken[-1] == [sum(arriving) - 1]


def test_a_network_that_jitters_makes_nobody_hop() -> None:
    """Now none, now two: what waits for one tick only is no delay to make up for."""
    assert max(len(refs) for refs in served([0, 2] * 100)) == 1


def test_a_player_is_told_how_long_the_oldest_step_of_a_tick_waited() -> None:
    steps = Steps()
    steps.put(Move(1, 1, 0), 0.01)
    steps.put(Move(2, 1, 0), 0.04)
    assert [move.ref for move in steps.take(0.05)] == [1]
    assert steps.waited == pytest.approx(0.04)
    assert [move.ref for move in steps.take(0.10)] == [2]
    assert steps.waited == pytest.approx(0.06)
    assert steps.take(0.15) == []  # a tick to be made up for
    for ref, came in ((3, 0.16), (4, 0.19), (5, 0.24)):
        steps.put(Move(ref, 1, 0), came)
    assert [move.ref for move in steps.take(0.20)] == [3]
    assert [move.ref for move in steps.take(0.25)] == [4, 5]
    assert steps.waited == pytest.approx(0.06)

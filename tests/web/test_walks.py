"""What has to be told of who walks."""

from __future__ import annotations

from nanoverse.web.walks import Walks
from nanoverse.world.constants import GOES_ON, STEP


def walking(ticks: int) -> Walks:
    walks = Walks()
    walks.put(1, 0, 0, 0)
    for tick in range(1, ticks + 1):
        walks.step(1, tick * STEP, 0, 3, tick)
    return walks


def test_a_step_like_the_one_before_need_not_be_told() -> None:
    walks = walking(0)
    assert walks.step(1, STEP, 0, 3, 1) == (1, STEP, 0, 3, STEP, 0)
    assert walks.step(1, 2 * STEP, 0, 3, 2) is None


def test_a_second_of_silence_is_the_longest() -> None:
    walks = walking(GOES_ON)
    assert walks.step(1, (GOES_ON + 1) * STEP, 0, 3, GOES_ON + 1) is not None
    assert walks.step(1, (GOES_ON + 2) * STEP, 0, 3, GOES_ON + 2) is None


def test_who_stops_is_told_once() -> None:
    walks = walking(3)
    assert walks.stop_all_but({1}, 4) == {}
    assert walks.stop_all_but(set(), 5) == {1: (1, 3 * STEP, 0, 3, 0, 0)}
    assert walks.stop_all_but(set(), 6) == {} and walks.going([1]) == []


def test_a_turn_on_the_spot_is_told() -> None:
    walks = walking(0)
    assert walks.step(1, 0, 0, 2, 1) == (1, 0, 0, 2, 0, 0)
    assert walks.step(1, 0, 0, 2, 2) is None


def test_a_leap_is_told_and_does_not_go_on() -> None:
    walks = walking(3)
    assert walks.step(1, 3 * STEP + STEP + 1, 0, 3, 4) == (1, 4 * STEP + 1, 0, 3, 0, 0)
    assert walks.going([1]) == []


def test_a_step_made_up_for_is_told_and_the_walk_goes_on() -> None:
    walks = walking(3)
    assert walks.step(1, 5 * STEP, 0, 3, 4) == (1, 5 * STEP, 0, 3, STEP, 0)
    assert walks.step(1, 6 * STEP, 0, 3, 5) is None


def test_who_is_gone_is_not_told_of() -> None:
    walks = walking(3)
    walks.remove(1)
    walks.remove(1)
    assert walks.going([1]) == [] and walks.stop_all_but(set(), 9) == {}

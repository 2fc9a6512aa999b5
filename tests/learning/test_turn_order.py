"""In which order a night takes the players: new words first, then whoever needs it most."""

from __future__ import annotations

from dataclasses import replace

from nanoverse.learning.turns import in_turn
from nanoverse.store.turns import Need

PLAIN = Need(1, fresh=False, left=False, had=7, gain=0.5, made=1000)


def order(*needs: Need) -> list[int]:
    """The places of these needs in the order that they come to."""
    players = [replace(need, player=i) for i, need in enumerate(needs)]
    assert in_turn(players) == in_turn(reversed(players))
    return in_turn(players)


def test_who_has_something_new_to_learn_comes_first_however_well_their_agent_speaks() -> None:
    assert order(replace(PLAIN, gain=None), replace(PLAIN, gain=2.0, fresh=True)) == [1, 0]
    assert order(replace(PLAIN, left=True), replace(PLAIN, fresh=True)) == [1, 0]


def test_whom_a_night_did_not_get_to_comes_before_their_equals_and_who_waits_longest_before_them() -> None:
    later, earlier = replace(PLAIN, left=True, had=5), replace(PLAIN, left=True, had=4)
    assert order(replace(PLAIN, gain=None), later, earlier) == [2, 1, 0]
    needy = replace(PLAIN, fresh=True, gain=None)
    assert order(needy, replace(later, fresh=True), replace(needy, had=2)) == [1, 0, 2]


def test_no_version_comes_before_the_lowest_gain_and_that_before_the_oldest_version() -> None:
    none = replace(PLAIN, gain=None, made=None)
    assert order(PLAIN, replace(PLAIN, gain=-0.1), none, replace(PLAIN, made=999)) == [2, 1, 3, 0]


def test_equals_come_by_their_number() -> None:
    assert order(PLAIN, PLAIN, PLAIN) == [0, 1, 2]

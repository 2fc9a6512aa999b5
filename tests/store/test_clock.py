"""The time of what is logged never runs backwards, keeps its pace, and goes on where the log ended."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

import pytest

from nanoverse.store import accounts, changes, deeds, digests, land
from nanoverse.store.clock import Clock, reached

HOUR = 3_600_000


class Machine:
    """A machine's two clocks, in ms."""

    wall = steady = 0


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(time, "time_ns", lambda: machine.wall * 10**6)
    monkeypatch.setattr(time, "monotonic_ns", lambda: machine.steady * 10**6)
    return machine


def test_a_clock_that_is_set_back_goes_on_at_its_own_pace_until_the_machine_has_caught_up(
    machine: Machine,
) -> None:
    machine.wall = 2 * HOUR
    clock = Clock()
    assert clock.now() == 2 * HOUR
    machine.wall = HOUR
    machine.steady = 7
    assert clock.now() == 2 * HOUR + 7
    machine.wall = 3 * HOUR
    assert clock.now() == 3 * HOUR


def test_a_world_that_wakes_goes_on_after_the_newest_time_that_it_holds(
    machine: Machine, connection: sqlite3.Connection, join: Callable[[str], int]
) -> None:
    assert reached(connection) == 0
    ann = join("Ann")
    changes.put(connection, [changes.Change(0, 0, 1, 0, 1, ann, False, 0, 1, 2)])
    for write in (
        lambda now: changes.put(connection, [changes.Change(0, 0, 1, 0, 1, None, False, 0, 1, now)]),
        lambda now: changes.put(connection, [changes.Change(0, 0, 1, 0, 1, ann, False, 0, 1, now)]),
        lambda now: land.put_claims(connection, [((0, 0), ann)], now),
        lambda now: deeds.add(connection, [deeds.Deed(ann, 1, "made", "planks", 4, 0, 0, now)]),
        lambda now: digests.close(connection, ann, 0, now),
        lambda now: accounts.touch(connection, ann, now),
    ):
        now = Clock(reached(connection)).now() + HOUR
        write(now)
        assert reached(connection) == now < Clock(now).now()


def test_what_it_takes_to_find_that_time_does_not_grow_with_the_log(
    connection: sqlite3.Connection, join: Callable[[str], int]
) -> None:
    def steps(many: int) -> int:
        """Of SQLite's machine, with so many changes more of each."""
        for player in people:
            logged = (changes.Change(0, 0, 1, 0, 1, player, False, 0, 1, time) for time in range(many))
            changes.put(connection, logged)
        counted: list[int] = []
        connection.set_progress_handler(lambda: counted.append(1), 1)
        reached(connection)
        connection.set_progress_handler(None, 0)
        return len(counted)

    people = join("Ann"), join("Bob"), None
    assert steps(10) == steps(1000)

"""What a player brings from elsewhere is looked up beside what they said here, however much of both there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from nanoverse.protocol import PRIVATE, WORLD
from nanoverse.store import imports, messages

Join = Callable[[str], int]


def test_what_was_said_here_at_that_moment_or_imported_before_is_not_new(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    messages.insert(connection, WORLD, ann, "said here", 5)
    messages.insert(connection, PRIVATE, ann, "hush", 6, recipient=bob)
    messages.insert(connection, WORLD, ann, "her agent's", 7, by_agent=True)
    messages.insert(connection, WORLD, bob, "another's", 8)
    lines = [("said here", 5), ("said here", 6), ("hush", 6), ("her agent's", 7), ("another's", 8)]
    assert imports.add(connection, ann, lines, 100, 9) == (3, 0)
    assert imports.add(connection, ann, lines, 100, 9) == (0, 0)
    assert imports.newest(connection, ann, 9) == [("another's", 8), ("her agent's", 7), ("said here", 6)]


def test_who_has_no_room_left_is_told_how_many_lines_that_concerns(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    messages.insert(connection, WORLD, ann, "b", 2)
    lines = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)]
    assert imports.add(connection, ann, lines, 2, 9) == (2, 2)
    assert imports.newest(connection, ann, 9) == [("c", 3), ("a", 1)]


@pytest.mark.parametrize("said", [500, 2000])
def test_a_players_messages_are_read_once_and_not_for_each_line(
    connection: sqlite3.Connection, join: Join, said: int
) -> None:
    """Counted in steps of SQLite's machine, in hundreds; while the writer is busy nobody's message is confirmed."""
    ann = join("Ann")
    connection.executemany(
        "INSERT INTO message (channel, sender, text, time, by_agent, version) VALUES (1, ?, ?, ?, 0, 0)",
        ((ann, f"line {i}", i) for i in range(said)),
    )
    hundreds, asked = 0, []

    def count() -> int:
        nonlocal hundreds
        hundreds += 1
        return 0

    lines = [(f"elsewhere {i}", i) for i in range(300)]
    connection.set_progress_handler(count, 100)
    connection.set_trace_callback(asked.append)
    assert imports.add(connection, ann, lines, 5000, 9) == (300, 0)
    assert 100 * hundreds <= 100 * (said + len(lines))
    assert sum("FROM message" in one for one in asked) == 1

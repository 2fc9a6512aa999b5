"""How many changes of each player are in the log, told without counting them, is right whoever comes and goes."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from nanoverse.store import accounts, barred, changes
from nanoverse.store.changes import Change
from nanoverse.store.database import Database
from nanoverse.store.migrations import MIGRATIONS

Join = Callable[[str], int]
Opening = Callable[..., Awaitable[Database]]


def log(connection: sqlite3.Connection, player: int | None, many: int) -> None:
    changes.put(connection, [Change(x, 0, 1, 0, 1, player, False, 0, 1, 5) for x in range(many)])


def counted(connection: sqlite3.Connection) -> dict[int, int]:
    """As it is kept; it must be as it is in the log."""
    kept = dict(connection.execute("SELECT * FROM change_count"))
    assert kept == dict(connection.execute("SELECT coalesce(player, 0), count(*) FROM change GROUP BY 1"))
    return kept


def test_the_changes_of_all_who_are_gone_count_together_and_those_of_the_others_stay_theirs(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob, eve, idle = (join(name) for name in ("Ann", "Bob", "Eve", "Idle"))
    for player, many in ((ann, 3), (bob, 5), (eve, 7), (ann, 1)):
        log(connection, player, many)
    assert counted(connection) == {ann: 4, bob: 5, eve: 7}
    accounts.delete(connection, idle)
    assert counted(connection) == {ann: 4, bob: 5, eve: 7}
    accounts.delete(connection, ann)
    assert counted(connection) == {0: 4, bob: 5, eve: 7}
    accounts.delete(connection, eve)
    log(connection, bob, 2)
    assert counted(connection) == {0: 11, bob: 7}


def test_what_was_done_by_an_account_that_was_locked_counts_as_its_own_until_its_name_is_free(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    log(connection, ann, 3)
    log(connection, bob, 5)
    accounts.lock(connection, ann, "")
    accounts.delete(connection, ann)
    assert counted(connection) == {ann: 3, bob: 5}
    assert not barred.free(connection, "Eve")
    assert barred.free(connection, "Ann")
    assert counted(connection) == {0: 3, bob: 5}


def test_the_log_forgets_as_much_as_is_too_much_after_a_player_is_deleted(
    connection: sqlite3.Connection, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "KEPT", 8)
    ann, bob = join("Ann"), join("Bob")
    log(connection, ann, 5)
    log(connection, bob, 3)
    accounts.delete(connection, ann)
    log(connection, bob, 1)
    assert counted(connection) == {0: 4, bob: 4}


def test_who_is_deleted_takes_one_write_for_each_change_and_no_more_for_the_counts(
    connection: sqlite3.Connection, join: Join
) -> None:
    def writes(many: int) -> int:
        player = join(f"Ann{many}")
        log(connection, player, many)
        before = connection.total_changes
        accounts.delete(connection, player)
        return connection.total_changes - before

    assert writes(110) - writes(10) == 100


async def test_the_counts_of_an_older_database_stay_right(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = next(n for n, step in enumerate(MIGRATIONS) if "DROP TRIGGER change_disowned" in step)
    with monkeypatch.context() as older:
        older.setattr("nanoverse.store.migrations.MIGRATIONS", MIGRATIONS[:number])
        database = await opening()

        def write(c: sqlite3.Connection) -> tuple[int, int]:
            ann, bob = (accounts.create(c, name, name, "", 0, 1).id for name in ("ann", "bob"))
            c.executemany(
                "INSERT INTO change (x, y, layer, before, after, player, by_agent, gave, cost, time)"
                " VALUES (0, 0, 2, 0, 1, ?, 0, 0, 0, 1)",
                [(ann,)] * 3 + [(bob,)] * 2,
            )
            return ann, bob

        ann, bob = await database.write(write)
        await database.close()
    database = await opening()
    await database.write(lambda c: accounts.delete(c, ann))
    assert await database.read(counted) == {0: 3, bob: 2}

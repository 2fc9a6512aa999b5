"""The one writer: group commit, errors that stay with their caller, and a disk that fills up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from nanoverse.store import facts
from nanoverse.store.database import FILE, TICK, Database
from nanoverse.store.errors import StoreError

Opening = Callable[..., Awaitable[Database]]

AN_HOUR = 3600.0


def put(key: str, value: str = "here") -> Callable[[sqlite3.Connection], str]:
    def function(connection: sqlite3.Connection) -> str:
        facts.put(connection, key, value)
        return key

    return function


def keys(connection: sqlite3.Connection) -> set[str]:
    return {key for (key,) in connection.execute("SELECT key FROM fact")}


async def test_a_write_on_an_idle_database_does_not_wait_for_the_tick(opening: Opening) -> None:
    database = await opening(tick=AN_HOUR)
    assert await database.write(put("lone")) == "lone"  # would wait an hour if it waited at all
    await database.close()


async def test_all_writes_within_a_tick_share_one_commit(opening: Opening) -> None:
    database = await opening(tick=AN_HOUR)
    await database.write(put("first"))
    writes = [asyncio.create_task(database.write(put(f"key {n}"))) for n in range(100)]
    await asyncio.sleep(0.01)
    assert not any(write.done() for write in writes)
    await database.close()  # the only thing that cuts a tick short
    assert [await write for write in writes] == [f"key {n}" for n in range(100)]
    assert database.commits == 2


async def test_under_load_there_is_at_most_one_commit_per_tick(database: Database) -> None:
    started = time.monotonic()
    for n in range(8):
        await database.write(put(f"key {n}"))
    assert database.commits == 8
    assert time.monotonic() - started >= 7 * TICK * 0.99


async def test_what_was_acknowledged_is_seen_by_the_next_read(database: Database) -> None:
    await database.write(put("key", "value"))
    assert await database.read(lambda c: facts.get(c, "key")) == "value"


async def test_a_write_that_raises_undoes_only_itself(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        facts.put(connection, "half", "done")
        raise LookupError("on purpose")

    outcomes = await asyncio.gather(
        database.write(put("before")),
        database.write(half),
        database.write(put("after")),
        return_exceptions=True,
    )
    assert outcomes[0] == "before" and outcomes[2] == "after"
    assert isinstance(outcomes[1], LookupError)
    assert await database.read(keys) == {"before", "after"}


async def test_what_follows_a_commit_runs_in_the_order_of_the_writes_even_for_a_cancelled_caller(
    database: Database,
) -> None:
    order: list[str] = []
    writes = [asyncio.create_task(database.write(put(f"{n}"), order.append)) for n in range(20)]
    await asyncio.sleep(0)
    writes[7].cancel()
    await asyncio.gather(*writes, return_exceptions=True)
    assert writes[7].cancelled()
    assert order == [f"{n}" for n in range(20)]


async def test_an_error_in_what_follows_a_commit_is_logged_and_harms_nobody(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: str) -> None:
        raise LookupError("on purpose")

    assert await asyncio.gather(database.write(put("a"), broken), database.write(put("b"))) == ["a", "b"]
    assert "the commit stands" in caplog.text


async def test_a_background_write_is_committed_by_close(opening: Opening) -> None:
    database = await opening(tick=AN_HOUR)
    await database.write(put("first"))
    database.write_soon(put("later"))
    await database.close()
    again = await opening()
    assert await again.read(keys) == {"first", "later"}
    await again.close()


async def test_an_error_in_a_background_write_is_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.write_soon(lambda c: c.execute("INSERT INTO nowhere VALUES (1)"))
    with caplog.at_level(logging.ERROR):
        await database.write(put("next"))
    assert "no such table: nowhere" in caplog.text


async def test_who_asked_for_a_background_write_hears_that_it_failed_and_nothing_else_suffers(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def failed() -> None:
        heard.append("failed")
        raise RuntimeError

    database.write_soon(put("well"), lambda: heard.append("never"))
    database.write_soon(lambda c: c.execute("INSERT INTO nowhere VALUES (1)"), failed)
    await database.write(put("next"))
    assert heard == ["failed"] and "has failed, too" in caplog.text
    await database.write(put("after"))


async def test_reads_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        await database.read(put("key"))
    assert await database.read(keys) == set()


async def test_a_read_is_not_held_up_by_a_long_write(database: Database) -> None:
    let_go = threading.Event()

    def long_write(connection: sqlite3.Connection) -> None:
        facts.put(connection, "long", "write")
        let_go.wait(60)

    write = asyncio.create_task(database.write(long_write))
    await asyncio.sleep(0)
    assert await database.read(keys) == set()  # would hang here, and see its own timeout, if it waited
    assert not write.done()
    let_go.set()
    await write
    assert await database.read(keys) == {"long"}


async def test_a_read_sees_one_state_of_the_database_from_its_start_to_its_end(database: Database) -> None:
    begun, changed = threading.Event(), threading.Event()

    def twice(connection: sqlite3.Connection) -> tuple[set[str], set[str]]:
        first = keys(connection)
        begun.set()
        changed.wait(60)
        return first, keys(connection)

    read = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(begun.wait, 60)
    await database.write(put("between"))
    changed.set()
    assert await read == (set(), set())


async def test_commits_are_synced_to_the_disk_and_kept_in_a_wal(database: Database) -> None:
    pragmas = await database.write(
        lambda c: [
            c.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "fullfsync", "journal_mode", "foreign_keys")
        ]
    )
    assert pragmas == [2, 1, "wal", 1]  # 2 is FULL


async def test_a_full_disk_refuses_the_whole_group_and_the_database_goes_on_when_there_is_space(
    database: Database,
) -> None:
    await database.write(put("before"))
    pages = await database.write(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    await database.write(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())
    group = (
        database.write(put("one")),
        database.write(put("huge", "x" * 100_000)),
        database.write(put("two")),
    )
    outcomes = await asyncio.gather(*group, return_exceptions=True)
    assert any(isinstance(outcome, StoreError) and "disk is full" in str(outcome) for outcome in outcomes)
    said_done = {outcome for outcome in outcomes if isinstance(outcome, str)}
    assert "huge" not in said_done
    assert await database.read(keys) == {"before", *said_done}
    await database.write(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
    await database.write(put("huge", "x" * 100_000))
    assert "huge" in await database.read(keys)


FULL_AT_COMMIT = """
import asyncio, resource, sys
from pathlib import Path
from nanoverse.store import facts
from nanoverse.store.database import FILE, Database
from nanoverse.store.errors import StoreError

async def main(folder):
    async with await Database.open(folder) as database:
        await fill(database, folder)

async def fill(database, folder):
    await database.write(lambda c: facts.put(c, "before", "here"))
    size = (folder / (FILE + "-wal")).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))  # no file can grow: the COMMIT itself must fail
    writes = [database.write(lambda c, n=n: facts.put(c, f"lost {n}", "here")) for n in range(3)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert all(isinstance(outcome, StoreError) for outcome in outcomes), outcomes
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await database.write(lambda c: facts.put(c, "after", "here"))
    print(sorted(await database.read(lambda c: [key for (key,) in c.execute("SELECT key FROM fact")])))

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_commit_that_fails_has_not_happened_for_any_of_its_group(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_AT_COMMIT, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "['after', 'before']", done.stderr


WRITER = """
import asyncio, sys
from pathlib import Path
from nanoverse.store import facts
from nanoverse.store.database import Database

async def main(folder, life):
    database = await Database.open(folder, tick=0.001)

    async def go_on(lane):
        for n in range(1_000_000):
            key = f"{life}.{lane}.{n}"
            await database.write(lambda c: facts.put(c, key, "here"))
            print(key, flush=True)

    await asyncio.gather(*(go_on(lane) for lane in range(5)))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


def test_after_kill_9_every_acknowledged_write_is_there(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    for life in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path, str(life)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(50 + 37 * life):
                acknowledged.add(child.stdout.readline().strip())
            os.kill(child.pid, signal.SIGKILL)
            rest = child.stdout.read()
            acknowledged.update(line for line in rest.split("\n")[:-1])
    assert len(acknowledged) >= 5 * 50
    assert acknowledged <= asyncio.run(_all_keys(tmp_path))


async def _all_keys(folder: Path) -> set[str]:
    async with await Database.open(folder) as database:
        there = await database.read(keys)
    return there


async def test_a_closed_database_says_so(opening: Opening) -> None:
    database = await opening()
    await database.close()
    await database.close()
    with pytest.raises(StoreError, match="closed"):
        await database.write(put("key"))
    with pytest.raises(StoreError, match="closed"):
        await database.read(keys)
    with pytest.raises(StoreError, match="closed"):
        database.write_soon(put("key"))


async def test_a_write_of_many_rows_needs_one_commit_however_many_callers_it_has(database: Database) -> None:
    await database.write(put("warm"))
    before = database.commits
    async with asyncio.TaskGroup() as group:
        for n in range(500):
            group.create_task(database.write(put(f"key {n}")))
    assert database.commits == before + 1
    with contextlib.closing(sqlite3.connect(str(await _path(database)))) as other:
        assert len(keys(other)) == 501


async def _path(database: Database) -> str:
    rows = await database.read(lambda c: c.execute("PRAGMA database_list").fetchall())
    assert rows[0][2].endswith(FILE)
    return str(rows[0][2])

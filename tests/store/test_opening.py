"""Opening a data folder: what is made, what is refused, and with which sentence."""

from __future__ import annotations

import ast
import asyncio
import errno
import fcntl
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nanoverse.learning.dialogue import Scene, Turn, prompt_from_json, prompt_to_json
from nanoverse.protocol import WORLD
from nanoverse.store import accounts, adapters, conducts, drafts, facts, forgotten, learnt, messages, nights
from nanoverse.store.database import FILE, Database, database_files
from nanoverse.store.errors import StoreError
from nanoverse.store.forgotten import Since
from nanoverse.store.migrations import MIGRATIONS

Opening = Callable[..., Awaitable[Database]]


async def test_a_folder_is_made_with_all_above_it_and_only_its_owner_may_read_the_database(
    opening: Opening,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "a folder" / "with a question?"
    database = await opening(folder)
    await database.write(lambda c: facts.put(c, "key", "value"))
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    await database.close()


async def test_a_database_from_elsewhere_is_its_owners_alone_from_the_opening_on(
    opening: Opening, tmp_path: Path
) -> None:
    await (await opening()).close()
    (tmp_path / FILE).chmod(0o644)
    (tmp_path / f"{FILE}-wal").touch(0o644)  # as a crash leaves it
    database = await opening()
    await database.write(lambda c: facts.put(c, "key", "value"))
    for file in database_files(tmp_path):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    await database.close()


async def test_what_was_stored_is_there_after_opening_again(opening: Opening) -> None:
    for n in range(3):
        database = await opening()
        assert await database.read(lambda c: facts.get(c, "life")) == (str(n - 1) if n else None)
        await database.write(lambda c, n=n: facts.put(c, "life", str(n)))
        await database.close()


async def test_a_file_in_place_of_the_folder_is_refused_with_a_way_out(
    opening: Opening, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreError, match=r"data cannot be used: .*--data"):
        await opening(tmp_path / "data")


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a folder in which even root cannot write: /proc"
)
async def test_a_folder_that_cannot_be_written_is_refused_with_a_way_out(opening: Opening) -> None:
    with pytest.raises(StoreError, match=r"/proc/self cannot be used: .*--data"):
        await opening(Path("/proc/self"))


async def test_a_file_that_is_not_a_database_is_refused_and_left_as_it_is(
    opening: Opening, tmp_path: Path
) -> None:
    text = "this is a diary " * 100
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StoreError, match="not a database"):
        await opening()
    assert (tmp_path / FILE).read_text() == text


async def test_a_folder_in_place_of_the_database_file_is_refused(opening: Opening, tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match=FILE + "|cannot be opened"):
        await opening()


async def test_a_database_of_a_newer_nanoverse_is_refused(opening: Opening, tmp_path: Path) -> None:
    await (await opening()).close()
    newer = sqlite3.connect(tmp_path / FILE)
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()
    with pytest.raises(StoreError, match="newer"):
        await opening()


async def test_a_refused_folder_can_be_opened_once_the_cause_is_gone(
    opening: Opening, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text("this is a diary " * 100)
    with pytest.raises(StoreError):
        await opening()
    (tmp_path / FILE).unlink()
    await (await opening()).close()


async def test_a_migration_that_fails_leaves_nothing_behind(
    opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await opening()).close()
    steps = (*MIGRATIONS, "CREATE TABLE later (id INTEGER); INSERT INTO nowhere VALUES (1);")
    monkeypatch.setattr("nanoverse.store.migrations.MIGRATIONS", steps)
    with pytest.raises(StoreError, match="nowhere"):
        await opening()
    plain = sqlite3.connect(tmp_path / FILE)
    assert plain.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert plain.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (0,)
    plain.close()


async def test_a_newer_step_is_applied_to_an_older_database_and_keeps_its_rows(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await opening()
    await database.write(lambda c: facts.put(c, "key", "value"))
    await database.close()
    monkeypatch.setattr(
        "nanoverse.store.migrations.MIGRATIONS",
        (*MIGRATIONS, "ALTER TABLE fact ADD COLUMN more TEXT DEFAULT 'new';"),
    )
    database = await opening()
    assert await database.read(lambda c: c.execute("SELECT * FROM fact").fetchall()) == [
        ("key", "value", "new")
    ]
    await database.close()


async def test_whatever_goes_with_something_else_is_found_by_an_index(database: Database) -> None:
    """Else with each player who leaves, and each version that goes, whole tables would be read in the writer."""

    def scanned(c: sqlite3.Connection) -> list[str]:
        tables = [name for (name,) in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        going = [
            (table, key[3])
            for table in tables
            for key in c.execute(f"PRAGMA foreign_key_list({table})").fetchall()
            if key[6] == "CASCADE"
        ]
        assert ("body", "player") in going
        plans = [
            c.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = 1").fetchone()[3]
            for table, column in going
        ]
        return [plan for plan in plans if not plan.startswith("SEARCH")]

    assert await database.read(scanned) == []


async def test_versions_and_nights_of_the_first_schema_are_still_there_after_the_newer_steps(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("nanoverse.store.migrations.MIGRATIONS", MIGRATIONS[:1])
        database = await opening()
        ann = (await database.write(lambda c: accounts.create(c, "Ann", "ann", "hash", 0, 1))).id
        for statement in (
            f"INSERT INTO adapter_version VALUES (7, {ann}, '1/7', 'base', 40, 0.3, 'better', 10, 11)",
            f"INSERT INTO adapter_version VALUES (8, {ann}, '1/8', 'base', 40, 0.3, 'half written', 12, NULL)",
            f"INSERT INTO live_adapter VALUES ({ann}, 7)",
            "INSERT INTO night VALUES (3, '', 9, 13)",
            f"INSERT INTO night_result VALUES (3, {ann}, 'live', 'better', 0.3, 2.5)",
        ):
            await database.write(lambda c, statement=statement: c.execute(statement))
        await database.close()
    database = await opening()
    live = await database.read(lambda c: adapters.live(c, ann))
    assert live == adapters.AdapterVersion(7, ann, "1/7", "base", 40, 0.3, "better", 10, 11)
    assert await database.read(lambda c: adapters.newest(c, ann, "base")) == live
    assert not await database.read(lambda c: adapters.chosen(c, ann))
    assert await database.read(lambda c: nights.results(c, 3)) == [
        nights.NightResult(3, ann, "live", "better", 0.3, 2.5)
    ]


async def test_versions_from_before_their_reading_was_kept_count_as_having_read_all_that_there_was(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("nanoverse.store.migrations.MIGRATIONS", MIGRATIONS[:26])
        database = await opening()
        ann, bob, eve = [
            (await database.write(lambda c, name=name: accounts.create(c, name, name, "hash", 0, 1))).id
            for name in ("Ann", "Bob", "Eve")
        ]
        for statement in (
            "INSERT INTO adapter_version (id, player, folder, base, messages, gain, note, created, offered)"
            f" VALUES (7, {ann}, '', 'base', 9, 0, '', 5, 6), (8, {bob}, '', 'base', 9, 0, '', 5, 6),"
            f" (9, {eve}, '', 'base', 9, 0, '', 5, 6)",
            f"INSERT INTO message (channel, sender, text, time, by_agent) VALUES (1, {ann}, 'oops', 99, 0)",
            f"INSERT INTO imported (player, text, time, added) VALUES ({ann}, 'from elsewhere', 1, 99)",
            f"INSERT INTO forgotten VALUES ({eve}, 99)",  # later than her version, by a clock that was ahead
            f"INSERT INTO shun VALUES ({ann}, {bob}, 0, 1)",
        ):
            await database.write(lambda c, statement=statement: c.execute(statement))
        await database.close()
    database = await opening()
    assert await database.read(forgotten.remembering) == {eve}
    later = (await database.write(lambda c: messages.insert(c, WORLD, bob, "hm", 1))).id
    await database.write(lambda c: forgotten.mark(c, [ann, bob], Since(later)))
    assert await database.read(forgotten.remembering) == {eve}, "what came only later was not learnt from"
    await database.write(lambda c: forgotten.mark(c, [ann], Since(1)))
    await database.write(lambda c: forgotten.mark(c, [bob], Since(imported=1)))
    assert await database.read(forgotten.remembering) == {ann, bob, eve}
    assert await database.read(lambda c: c.execute("SELECT * FROM once_shunned").fetchall()) == [(ann, bob)]


async def test_what_older_versions_were_compared_with_is_told_where_it_is_known(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = next(i for i, step in enumerate(MIGRATIONS) if "COLUMN compared" in step)
    with monkeypatch.context() as older:
        older.setattr("nanoverse.store.migrations.MIGRATIONS", MIGRATIONS[:step])
        database = await opening()
        ann = (await database.write(lambda c: accounts.create(c, "Ann", "ann", "hash", 0, 1))).id

        def fill(connection: sqlite3.Connection) -> None:
            version = "INSERT INTO adapter_version (id, player, folder, base, messages, gain, note, created, offered"
            for number, more, values in (
                (3, "", ""),
                (4, ", withdrawn, left", ", 'bad', 55"),  # it was the one to beat until then
                (5, "", ""),
                (6, ", withdrawn, left", ", 'bad', 61"),
                (7, "", ""),
                (8, "", ""),
            ):
                made = f"{number}, {ann}, '', 'base', 40, 0.3, '', {10 * number}, 1"
                connection.execute(f"{version}{more}) VALUES ({made}{values})")
            for number, gain in ((3, 0.1), (4, 0.1), (5, 0.1), (7, 0.1), (8, "NULL")):
                connection.execute(f"INSERT INTO learnt VALUES ({number}, {gain}, '[]', '[]')")
                for place, asker in enumerate((ann, "NULL")):  # who has left is quoted no more
                    who = f"{number}, {place}, {asker}, 'Ann'"
                    connection.execute(f"INSERT INTO answered VALUES ({who}, 'hi', 'a', 'b')")
            message = f"INSERT INTO message (id, channel, sender, text, time, by_agent) VALUES (1, 1, {ann}, 'a', 5, 1)"
            connection.execute(message)
            connection.execute(f"INSERT INTO correction VALUES (1, {ann}, 'b', 8)")

        await database.write(fill)
        await database.close()
    database = await opening()
    shown = {n: await database.read(lambda c, n=n: learnt.of(c, n)) for n in (3, 4, 5, 7, 8)}
    assert {n: (one.compared, one.gain, len(one.answers)) for n, one in shown.items() if one} == {
        3: (None, None, 0),  # what it was compared with is gone
        4: (3, 0.1, 1),
        5: (4, 0.1, 1),
        7: (5, 0.1, 1),
        8: (None, None, 1),  # with the base model
    }
    assert not any(one.heeded for one in shown.values() if one)
    assert await database.read(lambda c: c.execute("SELECT time, first FROM correction").fetchall()) == [
        (8, 0)
    ], "any version may have learnt from it"


HOLD = """
import asyncio, sys
from pathlib import Path
from nanoverse.store.database import Database

async def main(folder):
    await Database.open(folder)
    print("open", flush=True)
    await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_second_process_on_the_same_folder_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match="Another NanoVerse is running"):
            asyncio.run(_open_and_close(tmp_path))
        os.kill(first.pid, signal.SIGKILL)
    asyncio.run(_open_and_close(tmp_path))


def test_a_folder_on_a_disk_that_cannot_lock_is_not_said_to_be_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some network disks answer, which no test machine has."""

    def flock(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(
        StoreError, match=f"The data folder {tmp_path} cannot be locked: {os.strerror(errno.ENOLCK)}"
    ):
        asyncio.run(_open_and_close(tmp_path))


FAIL = """
import asyncio, sys
from pathlib import Path
from nanoverse.store.database import Database

async def main(folder):
    async with await Database.open(folder) as db:
        await db.write(lambda connection: 1 / 0)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_process_that_fails_within_a_database_ends(tmp_path: Path) -> None:
    failed = subprocess.run(
        [sys.executable, "-c", FAIL, tmp_path], capture_output=True, text=True, timeout=60
    )
    assert failed.returncode == 1 and "ZeroDivisionError" in failed.stderr


def test_no_test_that_fails_leaves_a_database_open() -> None:
    """Its threads would keep pytest from ending: `async with await Database.open(…)` closes it in any case."""
    for path in Path(__file__).parents[1].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            left = isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("await Database.open(")
            assert not left, f"{path.name}, line {node.lineno}"  # type: ignore[attr-defined]


async def _open_and_close(folder: Path) -> None:
    await (await Database.open(folder)).close()


async def test_scenes_that_told_of_private_talk_tell_of_it_no_more(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene("Ann", did=("dug 3 stone", "talked with Bob", 'made 1 "door"'), near=("Bob",))
    turns = (Turn("Bob", "I talked with Eve"),)
    number = next(n for n, step in enumerate(MIGRATIONS) if "Scenes told everybody" in step)
    with monkeypatch.context() as older:
        older.setattr("nanoverse.store.migrations.MIGRATIONS", MIGRATIONS[:number])
        database = await opening()

        def write(c: sqlite3.Connection) -> int:
            ann = accounts.create(c, "Ann", "ann", "hash", 0, 1).id
            for stored in (scene.to_json(), None):
                said = messages.insert(c, WORLD, ann, 'he "talked with Eve"', 1, scene=stored)
            drafts.add(c, said.id, "hm", 0, prompt_to_json(scene, turns), 1)
            conducts.draft(c, ann, WORLD, 0, 0, "hm", 0, prompt_to_json(scene, turns), 1)
            return ann

        ann = await database.write(write)
        await database.close()
    database = await opening()
    scenes = await database.read(lambda c: c.execute("SELECT scene FROM message ORDER BY id").fetchall())
    told = replace(scene, did=("dug 3 stone", 'made 1 "door"'))
    assert [raw and Scene.from_json(raw) for (raw,) in scenes] == [told, None]
    (draft,) = await database.read(lambda c: drafts.of(c, 2))
    (unsent,) = await database.read(lambda c: conducts.unsent(c, ann))
    assert prompt_from_json(draft.prompt) == prompt_from_json(unsent.prompt) == (told, turns)


async def test_changes_from_before_they_were_counted_are_counted_too(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = next(n for n, step in enumerate(MIGRATIONS) if "CREATE TABLE change_count" in step)
    with monkeypatch.context() as older:
        older.setattr("nanoverse.store.migrations.MIGRATIONS", MIGRATIONS[:number])
        database = await opening()

        def write(c: sqlite3.Connection) -> None:
            rows = [(player, block) for player in (7, 7, None) for block in (0, 1)]
            c.executemany(
                "INSERT INTO change (x, y, layer, before, after, player, by_agent, gave, cost, time)"
                " VALUES (0, 0, 2, 0, 1, ?, 0, 0, 0, 1)",
                [(player,) for player, _ in rows],
            )
            c.executemany(
                "INSERT INTO edit VALUES (?, 0, 2, ?, NULL, 0, 1)", enumerate(block for _, block in rows)
            )

        await database.write(write)
        await database.close()
    database = await opening()
    counts = await database.read(lambda c: c.execute("SELECT * FROM change_count").fetchall())
    assert counts == [(0, 2), (7, 4)]
    assert await database.read(lambda c: c.execute("SELECT block FROM edit").fetchall()) == [(1,)] * 3

"""An account is deleted bit by bit, and is as wholly gone as if it had been at once, wherever that was broken off."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import (
    accounts,
    agreements,
    changes,
    conducts,
    drafts,
    edits,
    forgotten,
    imports,
    leaving,
    messages,
)
from nanoverse.store.database import Database

Opening = Callable[..., Awaitable[Database]]
MANY = 20  # of each kind of rows
PIECE = 10  # of them in one transaction


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "PIECES", dict.fromkeys(leaving.PIECES, PIECE))
    monkeypatch.setattr(leaving, "SPAN", 7)


def a_life(connection: sqlite3.Connection, many: int = MANY) -> tuple[int, int, int]:
    """Ann has much of everything; Bob and Eve are around. Returns their ids."""
    ann, bob, eve = (
        accounts.create(connection, name, name.lower(), "", 0, 1).id for name in ("Ann", "Bob", "Eve")
    )
    for number in range(many):
        who = (ann, bob, eve)[number % 3]
        scene = {
            "name": ("Ann", "Bob", "Eve")[number % 3],
            "near": ["Ann"] if number % 2 else ["Eve"],
            "did": [],
        }
        said = messages.insert(connection, WORLD, ann, f"mine {number}", 1)
        messages.insert(connection, PRIVATE, ann, f"psst {number}", 1, recipient=bob)
        asked = messages.insert(connection, PRIVATE, eve, f"well {number}", 1, recipient=ann)
        messages.insert(connection, NEARBY, bob, f"near {number}", 1, heard_by=[ann, eve])
        answer = messages.insert(
            connection,
            WORLD,
            bob,
            f"his {number}",
            1,
            by_agent=True,
            scene=json.dumps(scene),
            reply_to=said.id,
        )
        prompt = json.dumps({"scene": scene, "turns": [{"speaker": "Eve", "text": "so"}]})
        drafts.add(connection, answer.id, "hm", 0, prompt, 1)
        conducts.draft(connection, bob, WORLD, 0, answer.id, "hm", 0, prompt, 1)
        imports.add(connection, ann, [(f"elsewhere {number}", 1)], 99, 1)
        words = (f"sign {number}", ann)
        changes.put(connection, [changes.Change(number, 0, 1, 0, 9, who, False, 0, 9, 1, words=words)] * 3)
        edits.put(connection, [edits.Edit(number, y, 1, 9, ann if y else bob, False, 1) for y in range(3)])
        if number in (0, 10):
            for player, peer in ((ann, bob), (bob, ann)):
                agreements.add(
                    connection,
                    agreements.Agreement(player, peer, PRIVATE, said.id, asked.id, f"dig {number}", 1),
                )
    return ann, bob, eve


def everything(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables
    }


async def at_once(opening: Opening, folder: Path, locked: bool = False) -> dict[str, list[Any]]:
    """What a database holds where Ann was deleted in one transaction."""
    db = await opening(folder)
    ann, _, _ = await db.write(a_life)
    if locked:
        await db.write(lambda c: accounts.lock(c, ann, ""))
    assert await db.write(lambda c: accounts.delete(c, ann))
    found = await db.read(everything)
    assert found["message"] and found["draft"] and found["unsent"] and found["forgotten"]
    await db.close()
    return found


async def bit_by_bit(db: Database, player: int) -> None:
    thinned = await leaving.thin_out(db, player)
    await db.write(partial(accounts.delete, player=player, thinned=thinned))


@pytest.fixture
def before_each_write(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[Database], Awaitable[None]]], None]:
    """Has something done before each write that comes from now on."""
    write = Database.write

    def install(first: Callable[[Database], Awaitable[None]]) -> None:
        async def both(self: Database, *given: Any) -> Any:
            with monkeypatch.context() as patch:
                patch.setattr(Database, "write", write)
                await first(self)
            return await write(self, *given)

        monkeypatch.setattr(Database, "write", both)

    return install


@pytest.mark.parametrize("locked", [False, True])
async def test_bit_by_bit_leaves_what_all_at_once_leaves(
    opening: Opening, tmp_path: Path, locked: bool
) -> None:
    wanted = await at_once(opening, tmp_path / "one", locked)
    db = await opening(tmp_path / "two", tick=0)
    ann, _, _ = await db.write(a_life)
    if locked:
        await db.write(lambda c: accounts.lock(c, ann, ""))
    await bit_by_bit(db, ann)
    assert await db.read(everything) == wanted


@pytest.mark.parametrize("locked", [False, True])
async def test_no_transaction_changes_more_rows_the_more_there_are(
    opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Nor does one where the name of who was locked, and so what they changed, is let go of later."""
    sizes: list[int] = []
    write = Database.write

    async def counted(self: Database, function: Callable[[sqlite3.Connection], Any], *then: Any) -> Any:
        def count(connection: sqlite3.Connection) -> Any:
            before = connection.total_changes
            result = function(connection)
            sizes.append(connection.total_changes - before)
            return result

        return await write(self, count, *then)

    async def largest(many: int) -> int:
        db = await opening(tmp_path / str(many), tick=0)
        ann, _, _ = await db.write(partial(a_life, many=many))
        if locked:
            await db.write(lambda c: accounts.lock(c, ann, ""))
        with monkeypatch.context() as patch:
            patch.setattr(Database, "write", counted)
            sizes.clear()
            await bit_by_bit(db, ann)
            assert await leaving.free(db, "Ann") is locked
        assert not await db.read(
            lambda c: c.execute("SELECT 1 FROM change WHERE player = ?", (ann,)).fetchone()
        )
        return max(sizes)

    assert await largest(3 * MANY) <= await largest(MANY)


@pytest.mark.parametrize("speaks", [False, True])
async def test_no_read_is_longer_the_more_was_said_before_the_player_ever_spoke(
    opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speaks: bool
) -> None:
    """Counted in steps of SQLite's machine: everybody's reads wait for it. Who never spoke has nothing of it read."""
    steps: list[int] = []
    read = Database.read

    async def counted(self: Database, function: Callable[[sqlite3.Connection], Any]) -> Any:
        def count(connection: sqlite3.Connection) -> Any:
            steps.append(0)
            connection.set_progress_handler(lambda: steps.append(steps.pop() + 1), 1)
            try:
                return function(connection)
            finally:
                connection.set_progress_handler(None, 0)

        return await read(self, count)

    async def longest(many: int) -> int:
        db = await opening(tmp_path / str(many), tick=0)

        def talk(c: sqlite3.Connection) -> int:
            ann, bob, eve = (accounts.create(c, name, name, "", 0, 1).id for name in ("Ann", "Bob", "Eve"))
            for _ in range(many):
                for channel in (WORLD, NEARBY):
                    messages.insert(c, channel, bob, "hm", 1, heard_by=[ann, bob, eve])
            if speaks:
                messages.insert(c, WORLD, ann, "hello", 1)
            return ann

        ann = await db.write(talk)
        with monkeypatch.context() as patch:
            patch.setattr(Database, "read", counted)
            steps.clear()
            await leaving.thin_out(db, ann)
        return max(steps)

    assert await longest(400) == await longest(100)


async def test_wherever_it_is_broken_off_going_on_leaves_the_same(
    opening: Opening, tmp_path: Path, before_each_write: Any
) -> None:
    wanted = await at_once(opening, tmp_path / "one")
    left = -1  # writes until the process ends

    async def count_down(db: Database) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise asyncio.CancelledError

    before_each_write(count_down)
    whole = tmp_path / "whole"
    db = await opening(whole)
    ann, _, _ = await db.write(a_life)
    await db.close()
    for broken_off in range(200):
        folder = shutil.copytree(whole, tmp_path / str(broken_off))
        db = await opening(folder, tick=0)
        left = broken_off
        try:
            await bit_by_bit(db, ann)
        except asyncio.CancelledError:
            await db.close()
        else:
            break
        left = -1
        db = await opening(folder, tick=0)
        assert await leaving.go_on(db) == ([ann] if broken_off else [])
        await bit_by_bit(db, ann)
        assert await db.read(everything) == wanted
        await db.close()
    assert 20 < broken_off < 199


async def test_what_happens_meanwhile_is_not_left_behind(opening: Opening, before_each_write: Any) -> None:
    """Ann is there until the end, and says, builds and agrees on things, and others see her."""
    db = await opening(tick=0)
    ann, bob, eve = await db.write(a_life)
    place = 1000

    def go_on(connection: sqlite3.Connection) -> None:
        nonlocal place
        place += 1
        scene = {"name": "Bob", "near": ["Ann"], "did": [], "agreed": [f"meet {place}"]}
        (oldest,) = connection.execute("SELECT min(id) FROM message WHERE sender = ?", (ann,)).fetchone()
        said = messages.insert(connection, WORLD, ann, "still here", 1)
        agreed = agreements.Agreement(bob, ann, WORLD, oldest or said.id, said.id, f"meet {place}", 1)
        agreements.add(connection, agreed)
        scene["near"] = ["Ann"] if place % 2 else []
        prompt = {"scene": scene, "turns": []}
        answer = messages.insert(connection, WORLD, bob, "so", 1, by_agent=True, scene=json.dumps(scene))
        drafts.add(connection, answer.id, "hm", 0, json.dumps(prompt), 1)
        conducts.draft(connection, bob, WORLD, 0, answer.id, "hm", 0, json.dumps(prompt), 1)
        edits.put(connection, [edits.Edit(place, 0, 1, 9, ann, False, 1)])
        changes.put(connection, [changes.Change(place, 0, 1, 0, 9, ann, False, 0, 9, 1, words=("sign", ann))])
        imports.add(connection, ann, [(f"elsewhere {place}", 1)], 10_000, 1)

    async def meanwhile(db: Database) -> None:
        await db.write(go_on)

    before_each_write(meanwhile)
    await bit_by_bit(db, ann)
    found = await db.read(everything)
    assert place > 1020
    kept = json.dumps(
        [found[table] for table in ("message", "draft", "unsent", "agreement", "imported", "change")]
    )
    assert "Ann" not in kept and "meet" not in kept and "sign" not in kept and "elsewhere" not in kept
    assert {row[4] for row in found["edit"]} == {None, bob}, "who built"
    assert {row[6] for row in found["change"]} == {None, bob, eve}
    assert {row[2] for row in found["message"]} == {bob}


async def test_who_speaks_at_the_last_moment_may_have_learnt_from_them_too(opening: Opening) -> None:
    db = await opening(tick=0)
    ann, _, _ = await db.write(a_life)
    zoe, yan = [
        (await db.write(lambda c, n=n: accounts.create(c, n, n, "", 0, 1))).id for n in ("zoe", "yan")
    ]
    await db.write(lambda c: messages.insert(c, PRIVATE, zoe, "early, to another", 1, recipient=yan))
    thinned = await leaving.thin_out(db, ann)
    await db.write(lambda c: messages.insert(c, WORLD, yan, "late", 1))
    await db.write(lambda c: accounts.delete(c, ann, thinned))
    assert await db.read(lambda c: forgotten.since(c, zoe)) is None
    assert await db.read(lambda c: forgotten.since(c, yan)) == forgotten.Since(1)

"""Adapter versions: born, made live, rolled back; and the nights that made them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

import pytest

from nanoverse.store import accounts, adapters, nights
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.nights import Night, NightResult

Join = Callable[[str], int]


def born(connection: sqlite3.Connection, player: int) -> int:
    return adapters.add(connection, player, "base", 40, 0.25, "first", 100).id


def test_a_new_version_has_its_own_folder_and_is_not_live(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    one, two = born(connection, ann), born(connection, ann)
    assert [version.folder for version in adapters.versions(connection, ann)] == [
        f"{ann}/{two}",
        f"{ann}/{one}",
    ]
    assert all(version.went_live is None for version in adapters.versions(connection, ann))
    assert adapters.live(connection, ann) is None


def test_going_live_replaces_the_version_before(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    one, two, other = born(connection, ann), born(connection, ann), born(connection, bob)
    for player, version, now in ((ann, one, 1), (bob, other, 2), (ann, two, 3)):
        adapters.go_live(connection, player, version, now)
    live = adapters.live(connection, ann)
    assert live is not None and (live.id, live.went_live, live.gain) == (two, 3, 0.25)
    assert [version.id for version in adapters.all_live(connection)] == [two, other]


def test_the_way_back_leads_to_versions_that_were_live_or_to_none(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    one, two, never = born(connection, ann), born(connection, ann), born(connection, ann)
    adapters.go_live(connection, ann, one, 1)
    adapters.go_live(connection, ann, two, 2)
    adapters.roll_back(connection, ann, one)
    live = adapters.live(connection, ann)
    assert live is not None and live.id == one
    for player, version in ((ann, never), (bob, one), (ann, 999)):
        with pytest.raises(StoreError, match="ever live"):
            adapters.roll_back(connection, player, version)
    adapters.roll_back(connection, ann, None)
    assert adapters.live(connection, ann) is None


def test_nobody_gets_the_version_of_another(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    version = born(connection, ann)
    with pytest.raises(StoreError, match=f"no adapter version {version}"):
        adapters.go_live(connection, bob, version, 1)
    assert adapters.live(connection, bob) is None


def test_removing_the_live_version_leaves_the_bare_base(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    version = born(connection, ann)
    adapters.go_live(connection, ann, version, 1)
    adapters.remove(connection, version)
    assert adapters.live(connection, ann) is None
    assert adapters.versions(connection, ann) == []


async def test_at_no_moment_does_a_reader_see_a_player_without_a_live_version(database: Database) -> None:
    ann = (await database.write(lambda c: accounts.create(c, "Ann", "ann", "hash", 0, 1))).id
    first = await database.write(lambda c: adapters.add(c, ann, "base", 1, 0.1, "", 1))
    await database.write(lambda c: adapters.go_live(c, ann, first.id, 1))
    switched = asyncio.Event()

    async def switch() -> None:
        for now in range(5):
            version = await database.write(lambda c: adapters.add(c, ann, "base", 1, 0.1, "", 1))
            await database.write(lambda c, v=version, now=now: adapters.go_live(c, ann, v.id, now))
        switched.set()

    task = asyncio.create_task(switch())
    seen = []
    while not switched.is_set():
        seen.append(await database.read(lambda c: adapters.live(c, ann)))
    await task
    assert seen and all(seen)


def test_a_night_is_known_by_when_it_was_due_and_tells_what_it_did(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    due = "2026-01-02T03:30"
    cut_off = nights.start(connection, due, 100)
    assert nights.by_due(connection, due) == Night(cut_off, due, 100, None)
    night = nights.start(connection, due, 200)
    nights.record(connection, NightResult(night, bob, "failed", "no space", None, 1.0))
    nights.record(connection, NightResult(night, ann, "live", "", 0.3, 2.5))
    nights.record(connection, NightResult(night, bob, "skipped", "too few messages", None, 0.1))
    nights.finish(connection, night, 300)
    assert nights.by_due(connection, due) == Night(night, due, 200, 300)
    assert nights.latest(connection, 1) == [Night(night, due, 200, 300)]
    assert nights.results(connection, night) == [
        NightResult(night, ann, "live", "", 0.3, 2.5),
        NightResult(night, bob, "skipped", "too few messages", None, 0.1),
    ]
    assert nights.by_due(connection, "2026-01-03T03:30") is None

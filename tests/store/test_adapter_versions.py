"""Adapter versions: born, offered, chosen; and the nights that made them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

import pytest

from nanoverse.store import accounts, adapters, nights
from nanoverse.store.adapters import KEPT
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.nights import Night, NightResult

Join = Callable[[str], int]


BASE = "base"  # the base model that runs


def born(connection: sqlite3.Connection, player: int, base: str = BASE) -> int:
    return adapters.add(connection, player, base, 40, 0.25, "first", 100).id


def test_a_new_version_has_its_own_folder_and_is_not_live(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    one, two = born(connection, ann), born(connection, ann)
    assert [version.folder for version in adapters.versions(connection, ann)] == [
        f"{ann}/{two}",
        f"{ann}/{one}",
    ]
    assert all(version.offered is None for version in adapters.versions(connection, ann))
    assert adapters.live(connection, ann) is None


def test_an_offered_version_is_live_and_replaces_the_version_before(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    one, two, other = born(connection, ann), born(connection, ann), born(connection, bob)
    for player, version, now in ((ann, one, 1), (bob, other, 2), (ann, two, 3)):
        adapters.offer(connection, player, version, now)
    live = adapters.live(connection, ann)
    assert live is not None and (live.id, live.offered, live.gain) == (two, 3, 0.25)
    assert [version.id for version in adapters.all_live(connection)] == [two, other]


def live_id(connection: sqlite3.Connection, player: int) -> int | None:
    live = adapters.live(connection, player)
    return live.id if live else None


def test_the_choice_is_among_versions_that_were_offered_and_none(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    one, two, never = born(connection, ann), born(connection, ann), born(connection, ann)
    adapters.offer(connection, ann, one, 1)
    adapters.offer(connection, ann, two, 2)
    adapters.choose(connection, ann, one, BASE, 3)
    assert live_id(connection, ann) == one
    for player, version in ((ann, never), (bob, one), (ann, 999)):
        with pytest.raises(StoreError, match="ever offered"):
            adapters.choose(connection, player, version, BASE, 3)
    assert not adapters.chosen(connection, bob)
    adapters.choose(connection, ann, None, BASE, 4)
    assert live_id(connection, ann) is None


@pytest.mark.parametrize("bare", [False, True])
def test_what_the_player_chose_stays_live_when_new_versions_come(
    connection: sqlite3.Connection, join: Join, bare: bool
) -> None:
    ann, bob = join("Ann"), join("Bob")
    one, two, three, other = (born(connection, player) for player in (ann, ann, ann, bob))
    assert adapters.offer(connection, ann, one, 1) and adapters.offer(connection, ann, two, 2)
    choice = None if bare else one
    adapters.choose(connection, ann, choice, BASE, 3)
    assert adapters.chosen(connection, ann)
    assert not adapters.offer(connection, ann, three, 4)
    assert live_id(connection, ann) == choice
    newest = adapters.newest(connection, ann, BASE)
    assert newest is not None and (newest.id, newest.offered) == (three, 4)
    assert adapters.offer(connection, bob, other, 5), "the choice of one player is nobody else's"


def test_taking_the_choice_back_makes_the_newest_live_and_the_next_one_after_it(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    one, two, unborn = born(connection, ann), born(connection, ann), born(connection, ann)
    adapters.offer(connection, ann, one, 1)
    adapters.choose(connection, ann, None, BASE, 2)
    adapters.offer(connection, ann, two, 3)
    back = adapters.follow_newest(connection, ann, BASE, 9)
    assert back is not None and back.id == two == live_id(connection, ann)
    assert adapters.offer(connection, ann, unborn, 4) and live_id(connection, ann) == unborn


def test_choosing_the_newest_takes_the_choice_back(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    one, two, three = (born(connection, ann) for _ in range(3))
    adapters.offer(connection, ann, one, 1)
    adapters.offer(connection, ann, two, 1)
    adapters.choose(connection, ann, one, BASE, 2)
    adapters.choose(connection, ann, two, BASE, 3)
    assert live_id(connection, ann) == two and not adapters.chosen(connection, ann)
    assert adapters.offer(connection, ann, three, 4)


def test_the_bare_model_can_be_chosen_before_there_is_any_version_and_let_go_again(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    adapters.choose(connection, ann, None, BASE, 1)
    assert not adapters.offer(connection, ann, born(connection, ann), 2)
    other = join("Bob")
    adapters.choose(connection, other, None, BASE, 1)
    assert adapters.follow_newest(connection, other, BASE, 9) is None
    assert adapters.offer(connection, other, born(connection, other), 2)


def offered(connection: sqlite3.Connection, player: int, count: int) -> list[int]:
    """Versions that went live one after the other, at 1, 2, 3 …"""
    made = [born(connection, player) for _ in range(count)]
    for now, version in enumerate(made, 1):
        adapters.offer(connection, player, version, now)
    return made


def outlived(connection: sqlite3.Connection, player: int, left_before: int) -> list[int]:
    return [version.id for version in adapters.outlived(connection, player, left_before)]


def test_all_but_the_newest_versions_have_outlived_their_use(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    made = offered(connection, ann, KEPT + 2)
    offered(connection, bob, KEPT)
    born(connection, ann)  # not offered: that is the sweep's affair
    assert outlived(connection, ann, left_before=100) == made[:2]
    assert outlived(connection, bob, left_before=100) == []


def test_the_newest_version_for_another_base_model_is_kept_until_that_runs_again(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    older = [born(connection, ann, "another base") for _ in range(2)]
    for version in older:
        adapters.offer(connection, ann, version, 1)
    offered(connection, ann, KEPT + 1)
    assert outlived(connection, ann, left_before=100) == [older[0], older[1] + 1]


def test_a_version_that_is_live_by_choice_is_kept_however_old(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    made = offered(connection, ann, KEPT + 2)
    adapters.choose(connection, ann, made[0], BASE, 50)
    assert outlived(connection, ann, left_before=100) == [made[1]]
    adapters.choose(connection, ann, made[-1], BASE, 60)
    assert outlived(connection, ann, left_before=100) == made[:2]


def test_a_version_that_was_live_a_moment_ago_is_kept_for_replies_that_wait(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    made = offered(connection, ann, KEPT + 2)
    adapters.choose(connection, ann, made[0], BASE, 50)
    adapters.follow_newest(connection, ann, BASE, 60)
    assert outlived(connection, ann, left_before=60) == [made[1]]
    assert outlived(connection, ann, left_before=61) == made[:2]


def test_versions_for_another_base_model_are_neither_landed_on_nor_chosen(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    old, first, odd, second = (born(connection, ann, base) for base in ("old", BASE, "old", BASE))
    for now, version in enumerate((old, first, odd, second)):
        adapters.offer(connection, ann, version, now)
    with pytest.raises(
        StoreError, match=rf"^Version {odd} was made for another model \(old\) and cannot speak\.$"
    ):
        adapters.choose(connection, ann, odd, BASE, 5)
    assert live_id(connection, ann) == second and not adapters.chosen(connection, ann)
    landed = adapters.withdraw(connection, ann, BASE, "disliked", 6, second)
    assert landed is not None and landed.id == first == live_id(connection, ann)
    with pytest.raises(StoreError, match=rf"^Version {second} is no longer live, so it is not taken back\.$"):
        adapters.withdraw(connection, ann, BASE, "asked for twice", 6, second)
    assert live_id(connection, ann) == first
    newest = adapters.newest(connection, ann, BASE)
    assert newest is not None and newest.id == first, "the odd one is newer, and passed over"
    assert adapters.withdraw(connection, ann, BASE, "disliked", 7) is None
    assert live_id(connection, ann) is None
    assert adapters.follow_newest(connection, ann, BASE, 8) is None
    back = adapters.follow_newest(connection, ann, "old", 9)
    assert back is not None and back.id == odd, "once the old base runs again"


def test_choosing_the_newest_for_the_base_that_runs_takes_the_choice_back(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    first, second, odd = (born(connection, ann, base) for base in (BASE, BASE, "old"))
    for now, version in enumerate((first, second, odd)):
        adapters.offer(connection, ann, version, now)
    adapters.choose(connection, ann, first, BASE, 5)
    assert adapters.chosen(connection, ann)
    adapters.choose(connection, ann, second, BASE, 6)
    assert not adapters.chosen(connection, ann)


def test_what_was_live_for_another_base_model_does_not_speak_and_cannot_be_taken_back(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    adapters.offer(connection, ann, born(connection, ann, "old"), 1)
    with pytest.raises(StoreError, match="none can be taken back"):
        adapters.withdraw(connection, ann, BASE, "because", 2)
    assert adapters.all_withdrawn(connection, 9) == []


def test_nobody_gets_the_version_of_another(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    version = born(connection, ann)
    with pytest.raises(StoreError, match=f"no adapter version {version}"):
        adapters.offer(connection, bob, version, 1)
    assert adapters.live(connection, bob) is None


def test_removing_the_live_version_leaves_the_bare_base(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    version = born(connection, ann)
    adapters.offer(connection, ann, version, 1)
    adapters.remove(connection, version)
    assert adapters.live(connection, ann) is None
    assert adapters.versions(connection, ann) == []


async def test_at_no_moment_does_a_reader_see_a_player_without_a_live_version(database: Database) -> None:
    ann = (await database.write(lambda c: accounts.create(c, "Ann", "ann", "hash", 0, 1))).id
    first = await database.write(lambda c: adapters.add(c, ann, "base", 1, 0.1, "", 1))
    await database.write(lambda c: adapters.offer(c, ann, first.id, 1))
    switched = asyncio.Event()

    async def switch() -> None:
        for now in range(5):
            version = await database.write(lambda c: adapters.add(c, ann, "base", 1, 0.1, "", 1))
            await database.write(lambda c, v=version, now=now: adapters.offer(c, ann, v.id, now))
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
    nights.record(connection, NightResult(night, ann, "live", "", 0.3, 2.5, "gain 0.3"))
    nights.record(connection, NightResult(night, bob, "skipped", "too few messages", None, 0.1))
    nights.finish(connection, night, 300)
    assert nights.by_due(connection, due) == Night(night, due, 200, 300)
    assert nights.shown(connection) == [Night(night, due, 200, 300)]
    assert nights.results(connection, night) == [
        NightResult(night, ann, "live", "", 0.3, 2.5, "gain 0.3"),
        NightResult(night, bob, "skipped", "too few messages", None, 0.1),
    ]
    assert nights.by_due(connection, "2026-01-03T03:30") is None


def test_a_night_by_hand_does_not_hide_the_newest_one_of_the_clock(connection: sqlite3.Connection) -> None:
    assert nights.shown(connection) == []
    for now, due in enumerate(["", "2026-01-02T03:30", "2026-01-03T03:30"], start=1):
        nights.start(connection, due, now)
    scheduled = Night(3, "2026-01-03T03:30", 3, None)
    assert nights.shown(connection) == [scheduled]
    nights.start(connection, "", 4)
    nights.start(connection, "", 5)
    assert nights.shown(connection) == [Night(5, "", 5, None), scheduled]


def test_the_newest_result_of_a_player_is_from_the_last_night_that_had_them(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    older, newer = (nights.start(connection, "", now) for now in (100, 200))
    left_out = {"password": 2, "repeat": 1}
    first = NightResult(older, ann, "live", "", 0.3, 2.5, "", 40, left_out)
    nights.record(connection, first)
    nights.record(connection, NightResult(newer, bob, "skipped", "too few", None, 0.1))
    assert nights.newest_result(connection, ann) == (Night(older, "", 100, None), first)
    second = NightResult(newer, ann, "refused", "", 0.1, 2.5, "", 41, {})
    nights.record(connection, second)
    assert nights.newest_result(connection, ann) == (Night(newer, "", 200, None), second)
    assert nights.newest_result(connection, join("Eve")) is None

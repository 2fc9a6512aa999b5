"""The night: everybody once, whatever becomes of each, and after a kill only those who are left."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial

import pytest
from test_trainer import SETTINGS, TinyBase, join, talks, trainer, until

from nanoverse.learning.night import BY_HAND, LAST_NIGHT, Night, Progress, every_night
from nanoverse.learning.registry import Registry
from nanoverse.learning.trainer import Trainer
from nanoverse.store import accounts, facts, nights
from nanoverse.store.database import Database
from nanoverse.store.nights import FAILED, LIVE, SKIPPED

DUE = "2026-11-23T03:30"


async def people(database: Database) -> tuple[int, int, int]:
    """Ann has talked with Bob; Bob and Eve have too little to learn from."""
    ann, bob, eve = [await join(database, name) for name in ("Ann", "Bob", "Eve")]
    await talks(database, ann, eve, 12)
    return ann, bob, eve


async def held(database: Database) -> list[tuple[str, bool]]:
    return [
        (one.due, one.finished is not None) for one in await database.read(partial(nights.latest, limit=9))
    ]


async def until_held(database: Database, expected: list[tuple[str, bool]]) -> None:
    for _ in range(3000):
        if await held(database) == expected:
            await asyncio.sleep(0.1)  # a moment for what would be one too many
            return
        await asyncio.sleep(0.02)


async def test_everybody_has_their_turn_and_the_results_are_kept(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve = await people(database)
    async with trainer(registry) as t:
        results = await Night(database, t).run()
    assert {one.player: one.result for one in results} == {ann: LIVE, bob: SKIPPED, eve: LIVE}
    (night,) = await database.read(partial(nights.latest, limit=9))
    assert night.due == BY_HAND and night.finished is not None
    stored = await database.read(partial(nights.results, night=night.id))
    assert sorted(stored, key=lambda one: one.player) == results
    assert [one.messages for one in results] == [12, 0, 12]
    figures = {one.player: one.figures for one in stored}
    assert "nats per token" in figures[ann] and figures[bob] == ""


async def test_one_player_can_be_retrained_alone(database: Database, registry: Registry) -> None:
    _, bob, _ = await people(database)
    async with trainer(registry) as t:
        results = await Night(database, t).run([bob, 4711])
    assert [one.player for one in results] == [bob]


async def test_progress_names_whose_turn_it_is_and_ends_with_a_summary(
    database: Database, registry: Registry
) -> None:
    ann, bob, _ = await people(database)
    seen: list[Progress] = []

    async def observe(progress: Progress) -> None:
        seen.append(progress)

    async with trainer(registry) as t:
        await Night(database, t, observe).run([bob, ann])
    first = {one.player: one for one in reversed(seen)}
    assert (first[bob].done, first[bob].total, first[bob].message) == (0, 2, "Bob: reading")
    assert (first[ann].done, first[ann].total, first[ann].message) == (1, 2, "Ann: reading")
    assert seen[-1] == Progress(2, 2, None, "1 live, 1 skipped")


async def test_a_paused_night_waits_before_its_next_player_and_then_goes_on(
    database: Database, registry: Registry
) -> None:
    _, bob, eve = await people(database)
    seen: list[Progress] = []

    async def observe(progress: Progress) -> None:
        seen.append(progress)
        if progress.player == bob:
            night.pause(True)

    async with trainer(registry) as t:
        night = Night(database, t, observe)
        running = asyncio.create_task(night.run([bob, eve]))
        await until(lambda: bool(seen) and seen[-1].message == "paused")
        assert night.paused and night.running
        assert (seen[-1].done, seen[-1].total) == (1, 2)
        assert seen[0].left_s is None and seen[-1].left_s is not None
        await asyncio.sleep(0.1)
        assert seen[-1].message == "paused"
        night.pause(False)
        assert [one.player for one in await running] == [bob, eve]


async def test_a_night_that_was_cut_off_goes_on_with_those_who_are_left(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve = await people(database)
    reached = asyncio.Event()

    async def observe(progress: Progress) -> None:
        if progress.player == eve:
            reached.set()

    async with trainer(registry) as t:
        running = asyncio.create_task(Night(database, t, observe).run(due=DUE))
        await reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert await held(database) == [(DUE, False)]
    before = await registry.live(ann)

    async with trainer(registry) as t:
        results = await Night(database, t).run(due=DUE)
        assert [one.player for one in results] == [ann, bob, eve]
        assert await held(database) == [(DUE, True)]
        # Ann's turn was over: she was not trained again.
        assert await registry.live(ann) == before
        assert await Night(database, t).run(due=DUE) == results
    assert await held(database) == [(DUE, True)]


async def test_nights_that_are_asked_for_at_once_are_held_one_after_the_other(
    database: Database, registry: Registry
) -> None:
    _, bob, _ = await people(database)
    async with trainer(registry) as t:
        night = Night(database, t)
        both = asyncio.gather(night.run([bob]), night.run([bob]))
        await asyncio.sleep(0)
        assert night.running
        await both
        assert not night.running
    assert await held(database) == [(BY_HAND, True), (BY_HAND, True)]


async def test_a_player_who_is_deleted_during_their_lesson_does_not_end_the_night(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve = await people(database)
    async with trainer(registry) as t:
        night = asyncio.create_task(Night(database, t).run())
        await until(lambda: t.step.what == "words" and t.step.done > 0)
        await database.write(partial(accounts.delete, player=ann))
        results = {one.player: one for one in await night}
    assert results[ann].result == FAILED
    assert results[ann].reason == "The player was deleted while their adapter was in training."
    assert (results[bob].result, results[eve].result) == (SKIPPED, LIVE)
    assert not (registry.root / str(ann)).exists()
    assert await held(database) == [(BY_HAND, True)]


async def test_an_empty_night_ends_well(database: Database, registry: Registry) -> None:
    async with trainer(registry) as t:
        assert await Night(database, t).run(due=DUE) == []
    assert await held(database) == [(DUE, True)]


async def test_the_first_night_comes_in_its_own_time_and_each_only_once(
    database: Database, registry: Registry
) -> None:
    await people(database)
    clock = datetime(2026, 11, 22, 20, 0)
    async with trainer(registry) as t:
        night = Night(database, t)
        looking = asyncio.create_task(every_night(night, database, t, SETTINGS, lambda: clock, poll=0.01))
        for clock, expected in (
            (datetime(2026, 11, 22, 20, 0), []),
            (datetime(2026, 11, 23, 3, 29), []),
            (datetime(2026, 11, 23, 3, 30), [(DUE, True)]),
            (datetime(2026, 11, 23, 22, 0), [(DUE, True)]),
            (datetime(2026, 11, 26, 9, 0), [("2026-11-26T03:30", True), (DUE, True)]),
            (datetime(2026, 11, 20, 9, 0), [("2026-11-26T03:30", True), (DUE, True)]),
        ):
            await asyncio.sleep(0.1)
            await until_held(database, expected)
            assert await held(database) == expected, clock
        looking.cancel()


async def test_a_start_after_a_missed_night_makes_up_for_it(database: Database, registry: Registry) -> None:
    await people(database)
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-20"))
    now = datetime(2026, 11, 23, 12, 0)
    async with trainer(registry) as t:
        looking = asyncio.create_task(
            every_night(Night(database, t), database, t, SETTINGS, lambda: now, poll=0.01)
        )
        await until_held(database, [(DUE, True)])
        for _ in range(600):  # the date is written after the night's end, as soon as the store gets to it
            last = await database.read(partial(facts.get, key=LAST_NIGHT))
            if last == "2026-11-23":
                break
            await asyncio.sleep(0.02)
        looking.cancel()
    assert last == "2026-11-23"
    assert await held(database) == [(DUE, True)]


async def test_until_the_model_is_loaded_the_night_waits(database: Database, registry: Registry) -> None:
    await people(database)
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-20"))
    base: TinyBase | None = None
    t = Trainer(registry, SETTINGS, lambda: base)
    night = Night(database, t)
    looking = asyncio.create_task(
        every_night(night, database, t, SETTINGS, lambda: datetime(2026, 11, 23, 12, 0), poll=0.01)
    )
    await asyncio.sleep(0.2)
    assert await held(database) == []
    base = TinyBase()
    await until(lambda: night.running)
    await until(lambda: not night.running)
    assert await held(database) == [(DUE, True)]
    looking.cancel()
    await t.close()

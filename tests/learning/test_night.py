"""The night: everybody once within its window, whatever becomes of each, and after a kill only those who are left."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from itertools import chain, repeat

import pytest
from nights_held import nights_held
from test_trainer import SETTINGS, join, talks, trainer, until

from nanoverse.learning.night import BY_HAND, LAST_NIGHT, Night, Progress, every_night
from nanoverse.learning.registry import FORGOTTEN, Registry
from nanoverse.protocol import SAID
from nanoverse.store import accounts, facts, forgetting, lessons, nights
from nanoverse.store.database import Database
from nanoverse.store.nights import FAILED, LIVE, REFUSED, SKIPPED

DUE = "2026-11-23T03:30"


async def people(database: Database) -> tuple[int, int, int]:
    """Ann has talked with Bob; Bob and Eve have too little to learn from."""
    ann, bob, eve = [await join(database, name) for name in ("Ann", "Bob", "Eve")]
    await talks(database, ann, eve, 12)
    return ann, bob, eve


async def held(database: Database) -> list[tuple[str, bool]]:
    return [(one.due, one.finished is not None) for one in await database.read(nights_held)]


async def until_held(database: Database, expected: list[tuple[str, bool]]) -> None:
    for _ in range(15_000):
        if await held(database) == expected:
            await asyncio.sleep(0.1)  # a moment for what would be one too many
            return
        await asyncio.sleep(0.02)


async def until_last_night_is(database: Database, day: str) -> None:
    """The date is written after the night's end, as soon as the store gets to it."""
    for _ in range(15_000):
        if await database.read(partial(facts.get, key=LAST_NIGHT)) == day:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_everybody_has_their_turn_and_the_results_are_kept(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve = await people(database)
    async with trainer(registry) as t:
        results = await Night(database, t).run()
    assert {one.player: one.result for one in results} == {ann: LIVE, bob: SKIPPED, eve: LIVE}
    (night,) = await database.read(nights_held)
    assert night.due == BY_HAND and night.finished is not None
    stored = await database.read(partial(nights.results, night=night.id))
    assert stored == sorted(results, key=lambda one: one.player)
    assert [one.messages for one in stored] == [12, 0, 12]
    assert [one.player for one in results] == [ann, eve, bob], "who has something to learn comes first"
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
    assert (first[ann].doing, first[ann].percent) == ("reading", None)
    assert seen[-1] == Progress(2, 2, None, "1 live, 1 skipped", counts={LIVE: 1, SKIPPED: 1})


async def test_a_paused_night_waits_before_its_next_player_and_then_goes_on(
    database: Database, registry: Registry
) -> None:
    _, bob, eve = await people(database)
    seen: list[Progress] = []

    async def observe(progress: Progress) -> None:
        seen.append(progress)
        if progress.player == bob:
            await night.pause(True)

    async with trainer(registry) as t:
        night = Night(database, t, observe)
        running = asyncio.create_task(night.run([bob, eve]))
        await until(lambda: bool(seen) and seen[-1].message == "paused")
        assert night.paused and night.running
        assert (seen[-1].done, seen[-1].total) == (1, 2)
        assert seen[0].left_s is None and seen[-1].left_s is not None
        await asyncio.sleep(0.1)
        assert seen[-1].message == "paused"
        await night.pause(False)
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
        assert [one.player for one in results] == [ann, eve, bob]
        assert await held(database) == [(DUE, True)]
        # Ann's turn was over: she was not trained again.
        assert await registry.live(ann) == before
        again = await Night(database, t).run(due=DUE)
        assert again == sorted(results, key=lambda one: one.player)
    assert await held(database) == [(DUE, True)]


async def test_nights_stay_paused_over_a_restart_until_somebody_has_them_go_on(
    database: Database, registry: Registry
) -> None:
    _, bob, _ = await people(database)
    async with trainer(registry) as t:
        await Night(database, t).pause(True)
        night = Night(database, t)
        assert not night.paused
        await night.recall()
        assert night.paused
        running = asyncio.create_task(night.run([bob]))
        await until(lambda: night.running)
        await asyncio.sleep(0.1)
        assert not running.done()
        await night.pause(False)
        assert [one.player for one in await running] == [bob]
        following = Night(database, t)
        await following.recall()
        assert not following.paused


async def test_after_its_window_a_night_begins_nobodys_turn_and_the_next_one_begins_with_them(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve, ida = [await join(database, name) for name in ("Ann", "Bob", "Eve", "Ida")]
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-22"))
    clock = datetime(2026, 11, 23, 9, 29)
    seen: list[Progress] = []

    async def observe(progress: Progress) -> None:
        nonlocal clock
        seen.append(progress)
        if progress.player == bob and clock.day == 23:
            clock = datetime(2026, 11, 23, 9, 30)  # Bob's lesson, which is under way, comes to its end

    async with trainer(registry) as t:
        night = Night(database, t, observe)
        looking = asyncio.create_task(every_night(night, database, SETTINGS, lambda: clock, poll=0.01))
        await until(lambda: bool(seen) and seen[-1].waiting == 2)
        assert seen[-1] == Progress(
            2, 4, None, "2 skipped, 2 waiting for the next night", counts={SKIPPED: 2}, waiting=2
        )
        await until_last_night_is(database, "2026-11-23")
        looking.cancel()
        clock = datetime(2026, 11, 23, 12, 0)  # a restart does not have them learn by day, either
        looking = asyncio.create_task(every_night(night, database, SETTINGS, lambda: clock, poll=0.01))
        seen.clear()
        for clock in (datetime(2026, 11, 23, 12, 1), datetime(2026, 11, 24, 3, 29)):
            await asyncio.sleep(0.1)
            assert await held(database) == [(DUE, False)] and not seen, clock
        clock = datetime(2026, 11, 24, 3, 30)
        await until_held(database, [("2026-11-24T03:30", True), (DUE, False)])
        looking.cancel()
    turns = list(dict.fromkeys(one.player for one in seen if one.player))
    assert turns == [eve, ida, ann, bob]


async def test_a_night_that_is_paused_beyond_its_window_begins_nobodys_turn(
    database: Database, registry: Registry
) -> None:
    await people(database)
    is_open = True
    async with trainer(registry) as t:
        night = Night(database, t)
        await night.pause(True)
        running = asyncio.create_task(night.run(due=DUE, may_begin=lambda: is_open))
        await until(lambda: night.running)
        is_open = False
        assert await running == []
    assert await held(database) == [(DUE, False)]


async def test_a_training_by_hand_is_not_bound_by_the_window(database: Database, registry: Registry) -> None:
    await join(database, "Ann")
    clock = datetime(2026, 11, 23, 12, 0)
    async with trainer(registry) as t:
        night = Night(database, t)
        looking = asyncio.create_task(every_night(night, database, SETTINGS, lambda: clock, poll=0.01))
        assert len(await night.run()) == 1
        looking.cancel()
    assert await held(database) == [(BY_HAND, True)]


async def test_a_machine_that_slept_through_the_window_makes_up_for_it_when_it_wakes(
    database: Database, registry: Registry
) -> None:
    await join(database, "Ann")
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-22"))
    clock = datetime(2026, 11, 22, 23, 0)
    async with trainer(registry) as t:
        night = Night(database, t)
        looking = asyncio.create_task(every_night(night, database, SETTINGS, lambda: clock, poll=0.01))
        await asyncio.sleep(0.1)
        assert await held(database) == []
        clock = datetime(2026, 11, 23, 14, 0)
        await until_held(database, [(DUE, True)])
        looking.cancel()
    assert await held(database) == [(DUE, True)]


async def test_a_machine_that_falls_asleep_while_it_looks_at_the_clock_makes_up_for_it_too(
    database: Database, registry: Registry
) -> None:
    await join(database, "Ann")
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-22"))
    before_sleep = [datetime(2026, 11, 22, 23, 0)] * 3  # for the start, the loop and its first look
    async with trainer(registry) as t:
        clock = chain(before_sleep, repeat(datetime(2026, 11, 23, 14, 0)))
        night = Night(database, t)
        looking = asyncio.create_task(every_night(night, database, SETTINGS, lambda: next(clock), poll=0.01))
        await until_held(database, [(DUE, True)])
        looking.cancel()


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


async def forgets(database: Database, player: int) -> None:
    (newest,) = await database.read(partial(lessons.own_page, player=player, kind=SAID, before=0, limit=1))
    await database.write(partial(forgetting.words, player=player, messages=[newest.id]))


async def test_whose_words_were_forgotten_in_their_lesson_has_their_turn_again_at_the_end_of_the_line(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve = await people(database)
    async with trainer(registry) as t:
        night = asyncio.create_task(Night(database, t).run([ann, eve, bob]))
        await until(lambda: t.step.what == "words" and t.pupils == {ann})
        await forgets(database, ann)
        results = await night
    assert [(one.player, one.result) for one in results] == [(eve, LIVE), (bob, SKIPPED), (ann, LIVE)]
    assert results[-1].messages == 11
    assert await held(database) == [(BY_HAND, True)]


async def test_whose_words_are_forgotten_in_each_lesson_of_a_night_waits_for_the_next(
    database: Database, registry: Registry
) -> None:
    ann, bob, _ = await people(database)
    turns = 0

    async def observe(progress: Progress) -> None:
        nonlocal turns
        if progress.player == ann and progress.doing == "reading" and progress.percent is None:
            turns += 1

    async with trainer(registry) as t:
        night = asyncio.create_task(Night(database, t, observe).run([ann, bob], DUE))
        for turn in (1, 2):
            await until(lambda turn=turn: turns == turn and t.step.what == "words")  # type: ignore[misc]
            await forgets(database, ann)
            await until(lambda: not t.pupils)
        results = {one.player: one for one in await night}
        assert (results[ann].result, results[ann].reason) == (REFUSED, FORGOTTEN)
        assert turns == 2 and await held(database) == [(DUE, True)]
        assert await registry.live(ann) is None
        first, *_ = await Night(database, t).run(due="2026-11-24T03:30")
        assert (first.player, first.result, first.messages) == (ann, LIVE, 10)


async def test_who_is_locked_is_passed_over_and_has_their_turn_again_when_they_are_not(
    database: Database, registry: Registry
) -> None:
    ann, _, eve = await people(database)
    await database.write(lambda c: accounts.lock(c, ann, "Ann spams."))
    async with trainer(registry) as t:
        results = await Night(database, t).run([ann, eve])
        assert [(one.result, one.reason) for one in results if one.player == ann] == [
            (SKIPPED, "The account is locked.")
        ]
        assert [one.result for one in results if one.player == eve] == [LIVE]
        await database.write(lambda c: accounts.unlock(c, ann))
        (again,) = await Night(database, t).run([ann])
        assert again.result == LIVE


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
        looking = asyncio.create_task(
            every_night(night, database, SETTINGS, lambda: clock, poll=0.01, retry=0.01)
        )
        for clock, expected in (
            (datetime(2026, 11, 22, 20, 0), []),
            (datetime(2026, 11, 23, 3, 29), []),
            (datetime(2026, 11, 23, 3, 30), [(DUE, True)]),
            (datetime(2026, 11, 23, 22, 0), [(DUE, True)]),
            (datetime(2026, 11, 26, 9, 0), [("2026-11-26T03:30", True), (DUE, True)]),
            (datetime(2026, 11, 20, 9, 0), [("2026-11-26T03:30?", True), (f"{DUE}?", True)]),
        ):
            await asyncio.sleep(0.1)
            await until_held(database, expected)
            assert await held(database) == expected, clock
        looking.cancel()


async def test_a_night_that_a_clock_ahead_by_days_began_does_not_stand_for_that_of_its_date(
    database: Database, registry: Registry
) -> None:
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-22"))
    clock, wrong = datetime(2026, 11, 24, 3, 30), ("2026-11-24T03:30?", True)
    async with trainer(registry) as t:
        night = Night(database, t)
        looking = asyncio.create_task(
            every_night(night, database, SETTINGS, lambda: clock, poll=0.01, retry=0.01)
        )
        await until_held(database, [("2026-11-24T03:30", True)])
        for clock, expected in (
            (datetime(2026, 11, 22, 20, 0), [wrong]),
            (datetime(2026, 11, 23, 3, 30), [(DUE, True), wrong]),
            (datetime(2026, 11, 24, 3, 30), [("2026-11-24T03:30", True), (DUE, True), wrong]),
        ):
            await until_held(database, expected)
            assert await held(database) == expected, clock
        looking.cancel()


@pytest.mark.parametrize("looks", [3, 30])
async def test_a_machine_whose_clock_is_not_set_yet_when_it_starts_does_not_hold_its_last_night_again(
    database: Database, registry: Registry, looks: int
) -> None:
    """One without a battery for its clock is in 1970 until it hears of the time."""
    await join(database, "Ann")
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-23"))
    asked = 0

    def now() -> datetime:
        nonlocal asked
        asked += 1  # three times by the start, the loop and its first look
        return datetime(1970, 1, 1) if asked <= looks else datetime(2026, 11, 23, 14, 0)

    async with trainer(registry) as t:
        night = Night(database, t)
        await night.run(due=DUE)
        looking = asyncio.create_task(every_night(night, database, SETTINGS, now, poll=0.01, retry=0.01))
        await until(lambda: asked > looks + 9)
        looking.cancel()
    assert await held(database) == [(DUE, True)]
    assert await database.read(partial(facts.get, key=LAST_NIGHT)) == "2026-11-23"


async def test_a_night_is_not_held_again_in_the_hour_that_comes_twice(
    database: Database, registry: Registry
) -> None:
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-22"))
    clock = datetime(2026, 11, 23, 3, 45)
    async with trainer(registry) as t:
        night = Night(database, t)
        looking = asyncio.create_task(
            every_night(night, database, SETTINGS, lambda: clock, poll=0.01, retry=0.01)
        )
        await until_held(database, [(DUE, True)])
        await until_last_night_is(database, "2026-11-23")
        clock = datetime(2026, 11, 23, 2, 45)
        await until_last_night_is(database, "2026-11-22")
        clock = datetime(2026, 11, 23, 3, 30)
        await until_last_night_is(database, "2026-11-23")
        assert await held(database) == [(DUE, True)]
        looking.cancel()


async def test_a_start_after_a_missed_night_makes_up_for_it(database: Database, registry: Registry) -> None:
    await people(database)
    await database.write(partial(facts.put, key=LAST_NIGHT, value="2026-11-20"))
    now = datetime(2026, 11, 23, 12, 0)
    async with trainer(registry) as t:
        looking = asyncio.create_task(
            every_night(Night(database, t), database, SETTINGS, lambda: now, poll=0.01)
        )
        await until_held(database, [(DUE, True)])
        await until_last_night_is(database, "2026-11-23")
        looking.cancel()
    assert await held(database) == [(DUE, True)]

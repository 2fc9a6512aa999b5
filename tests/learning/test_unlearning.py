"""What agents learnt from forgotten words does not wait for a night that will not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from nights_held import nights_held
from test_trainer import join, talks, trainer, until
from tiny_talker import base_model

from nanoverse.learning import adapter
from nanoverse.learning.night import Night
from nanoverse.learning.registry import Registry
from nanoverse.learning.trainer import Trainer
from nanoverse.learning.unlearning import see_to_it, without_nights
from nanoverse.protocol import SAID, WORLD
from nanoverse.store import adapters, forgetting, forgotten, lessons, messages, nights
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.database import Database
from nanoverse.store.nights import LIVE

Pupil = tuple[int, AdapterVersion, Trainer]


@pytest.fixture
async def pupil(database: Database, registry: Registry) -> AsyncIterator[Pupil]:
    """Ann, who has talked, and a version that speaks for her since."""
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    state = adapter.extract(adapter.fresh(base_model(), 4, 1))
    version, _ = await registry.publish(ann, state, 16, 0.0, "")
    async with trainer(registry) as t:
        yield ann, version, t


async def forget(database: Database, player: int) -> None:
    """The player has the newest of their words forgotten."""
    (newest, *_) = await database.read(lambda c: lessons.own_page(c, player, SAID, 0, 1))
    await database.write(lambda c: forgetting.words(c, player, [newest.id]))


async def spoken(registry: Registry, player: int) -> int | None:
    live = await registry.live(player)
    return live.id if live else None


async def trained(database: Database) -> list[tuple[int, str, int]]:
    """Who was trained, with which result and on how many messages."""
    held = await database.read(nights_held)
    results = [
        one for night in held for one in await database.read(lambda c, n=night.id: nights.results(c, n))
    ]
    return [(one.player, one.result, one.messages) for one in results]


async def test_where_nights_are_switched_off_the_agent_is_trained_anew_by_itself_and_once(
    database: Database, registry: Registry, pupil: Pupil
) -> None:
    ann, tainted, t = pupil
    await forget(database, ann)
    night = Night(database, t)
    for _ in range(2):
        await see_to_it(night, registry, t, nights=False)
    assert await trained(database) == [(ann, LIVE, 15)]
    assert not registry.path(tainted).exists()
    assert await database.read(forgotten.remembering) == set()


async def test_where_nights_are_paused_the_version_goes_and_nothing_is_trained(
    database: Database, registry: Registry, pupil: Pupil
) -> None:
    ann, tainted, t = pupil
    await database.write(lambda c: lessons.note(c, ann, "what it was made from"))
    await forget(database, ann)
    night = Night(database, t)
    await night.pause(True)
    for held in (True, False):
        await see_to_it(night, registry, t, nights=held)
    assert await spoken(registry, ann) is None and not registry.path(tainted).exists()
    assert await trained(database) == []
    assert await database.read(lambda c: lessons.newest(c, ann)) is None, "there is something to learn anew"


async def test_a_night_that_will_come_sees_to_it_itself(
    database: Database, registry: Registry, pupil: Pupil
) -> None:
    ann, version, t = pupil
    await forget(database, ann)
    await see_to_it(Night(database, t), registry, t, nights=True)
    assert await spoken(registry, ann) == version.id
    assert await trained(database) == []


async def test_who_has_no_version_of_those_words_is_not_trained_for_them(
    database: Database, registry: Registry, pupil: Pupil
) -> None:
    ann, version, t = pupil
    await database.write(lambda c: forgotten.mark(c, [ann], forgotten.Since(adapters.seen(c).message + 1)))
    await see_to_it(Night(database, t), registry, t, nights=False)
    assert await spoken(registry, ann) == version.id
    assert await trained(database) == []


async def test_words_forgotten_in_a_running_lesson_go_with_what_it_makes_and_with_what_there_was(
    database: Database, registry: Registry, pupil: Pupil
) -> None:
    ann, _, t = pupil
    night = Night(database, t)
    held = asyncio.create_task(night.run([ann]))
    await until(lambda: bool(t.step.what))  # the lesson has read its words
    await forget(database, ann)
    await night.pause(True)
    await see_to_it(night, registry, t, nights=True)
    assert await database.read(forgotten.remembering) == {ann}, "it is not over"
    await until(lambda: not t.pupils)
    await see_to_it(night, registry, t, nights=True)
    assert await spoken(registry, ann) is None
    assert await database.read(lambda c: adapters.versions(c, ann)) == []
    await night.pause(False)
    (result,) = await held
    assert (result.result, result.messages) == (LIVE, 15)


async def test_what_is_said_and_forgotten_while_a_lesson_runs_costs_nothing_of_what_it_makes(
    database: Database, registry: Registry, pupil: Pupil
) -> None:
    ann, _, t = pupil
    night = Night(database, t)
    held = asyncio.create_task(night.run([ann]))
    await until(lambda: bool(t.step.what))  # the lesson has read its words
    await database.write(lambda c: messages.insert(c, WORLD, ann, "oops", 1))
    await forget(database, ann)
    (result,) = await held
    assert result.result == LIVE
    assert await database.read(forgotten.remembering) == set()
    assert not await registry.drop_forgotten(ann)
    (newest, before) = await database.read(lambda c: adapters.versions(c, ann))
    assert await spoken(registry, ann) == newest.id > before.id


async def test_it_is_seen_to_again_and_again_whatever_goes_wrong(
    database: Database, registry: Registry, pupil: Pupil, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, _, t = pupil
    await forget(database, ann)
    night = Night(database, t)
    await night.pause(True)
    looks = 0
    remembering = forgotten.remembering

    def fails_at_first(connection: object) -> set[int]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OSError("the disk is away")
        return remembering(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(forgotten, "remembering", fails_at_first)
    task = asyncio.create_task(without_nights(night, registry, t, nights=True, poll=0.001))
    await until(lambda: looks >= 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await spoken(registry, ann) is None

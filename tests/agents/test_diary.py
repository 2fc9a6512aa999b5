"""What an agent does is written down for its player; what the player does is not."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from stage import add, meadow

from nanoverse.agents import diary
from nanoverse.agents.conduct import Conducts
from nanoverse.agents.diary import RETRY, Diary
from nanoverse.agents.locks import Locks
from nanoverse.agents.memory import Memory
from nanoverse.config import Settings
from nanoverse.parts import Parts
from nanoverse.store import accounts, deeds, digests
from nanoverse.store.clock import Clock, now_ms, reached
from nanoverse.store.database import Database
from nanoverse.store.deeds import Deed
from nanoverse.world.inputs import Craft, Dig, Place
from nanoverse.world.recipes import RECIPES

YEAR = 365 * 86_400_000
PLANKS = next(recipe.id for recipe in RECIPES if recipe.name == "planks")


class Life:
    """Mira with some wood beside an oak, and a diary of her; `away`: her agent has her body."""

    def __init__(self, db: Database, player: int) -> None:
        self.player, self.db = player, db
        self.away = False
        self.time = 1000
        self.world = meadow((2, 0, "oak"))
        self.memory = Memory(self.world)
        self.diary = Diary(self.world, db, lambda body: self.away, lambda: self.time)
        self.memory.noted = self.diary.note
        self.memory.meet(add(self.world, player, "Mira", 0, 0, ("wood", 4)))

    def do(self, given: object, ticks: int = 1) -> None:
        self.memory.notice(self.world.tick([(self.player, given)]))  # type: ignore[list-item]
        for _ in range(ticks - 1):
            self.memory.notice(self.world.tick([]))

    async def restart(self) -> None:
        """As after a kill: what was not saved is gone."""
        await self.db.write(lambda c: None)
        self.diary = Diary(self.world, self.db, lambda body: self.away, lambda: self.time)
        self.memory.noted = self.diary.note
        await self.diary.load()

    async def written(self) -> list[Deed]:
        self.diary.save()
        return await self.db.write(lambda c: deeds.between(c, self.player, 0, 10**15, 100))


@pytest.fixture
async def life(db: Database) -> Life:
    return Life(db, (await db.write(lambda c: accounts.create(c, "Mira", "mira", "", 0, 1))).id)


async def test_what_the_agent_gathered_made_and_placed_is_written_down_with_its_place(life: Life) -> None:
    life.away = True
    life.do(Dig(1, 2, 0), ticks=45)
    life.do(Craft(2, PLANKS))
    life.time = 2000
    life.do(Place(3, 1, 1, 1))
    found = {(deed.verb, deed.what): deed for deed in await life.written()}
    assert found.keys() == {("gathered", "wood"), ("made", "planks"), ("placed", "planks")}
    assert found["placed", "planks"] == Deed(life.player, 1000, "placed", "planks", 1, 0, 0, 2000)


async def test_what_the_player_does_in_person_is_not_written_down(life: Life) -> None:
    life.do(Craft(1, PLANKS))
    assert await life.written() == []


async def test_deeds_of_one_absence_add_up_and_those_of_the_next_stand_apart(life: Life) -> None:
    life.away = True
    for life.time in (1000, 2000, 3000):
        life.do(Craft(1, PLANKS))
        if life.time == 1000:
            life.diary.save()
        if life.time == 2000:
            life.diary.came(life.player)
    made = [(deed.since, deed.count, deed.time) for deed in await life.written()]
    assert made == [(3000, 4, 3000), (1000, 8, 2000)]


async def test_an_absence_goes_on_after_a_restart_until_its_player_has_read_of_it(life: Life) -> None:
    life.away = True
    for life.time in (1000, 2000, 3000):
        life.do(Craft(1, PLANKS))
        life.diary.save()
        if life.time == 2000:
            await life.db.write(lambda c: digests.close(c, life.player, 0, 2500))
        await life.restart()
    made = [(deed.since, deed.count, deed.time) for deed in await life.written()]
    assert made == [(3000, 4, 3000), (1000, 8, 2000)]


@pytest.mark.parametrize("restarted", [1500, 2500])
async def test_an_absence_ends_with_a_visit_though_nothing_is_read_in_it_and_the_server_restarts(
    life: Life, restarted: int
) -> None:
    """While the player is there, or after they have left."""
    life.away = True
    life.do(Craft(1, PLANKS))
    life.diary.came(life.player)
    for life.time in (1200, 1500, 2000, 2500):
        if life.time == restarted:
            await life.restart()
        if life.time in (1200, 2000):  # they come, and leave
            await life.db.write(lambda c: accounts.touch(c, life.player, life.time))
    for life.time in (3000, 4000):
        life.do(Craft(1, PLANKS))
        life.diary.save()
        await life.restart()
    made = [(deed.since, deed.count, deed.time) for deed in await life.written()]
    assert made == [(3000, 8, 4000), (1000, 4, 1000)]


async def test_a_visit_ends_an_absence_also_after_the_clock_was_set_back(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's; that of the store is ahead of it from then on."""
    steady = itertools.count(0, 10**6)
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(steady))  # a millisecond between two looks at it
    mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "", 0, 1))).id
    world = meadow()
    add(world, mira, "Mira", 0, 0)
    clock = Clock(now_ms() + YEAR)
    parts = Parts(Settings(data=tmp_path), db, clock, world, Conducts(db, now_ms), Locks(db))
    parts.drivers.take_over(mira, [])
    parts.diary.note(mira, "made", "planks", 4)
    parts.diary.save()
    await db.write(lambda c: None)
    assert (await db.read(deeds.going_on)).keys() == {mira}
    parts.household.came(mira)
    await db.write(lambda c: None)
    assert await db.read(deeds.going_on) == {}


async def test_of_many_absences_the_newest_are_kept_however_far_the_clock_jumps(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "KEPT", 2)
    life.away = True
    for life.time in (1000, 2000, 3000 + YEAR):
        life.do(Craft(1, PLANKS))
        life.diary.came(life.player)
    assert [deed.since for deed in await life.written()] == [3000 + YEAR, 2000]


async def test_a_digest_tells_each_deed_once_however_the_clock_is_set(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ahead by a year, set right again, and set back: each time the player reads what is new, and closes it."""
    machine, steady, told = time.time_ns, itertools.count(0, 10**6), []
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(steady))  # a millisecond between two looks at it
    clock = Clock()
    life.away = True
    for set_to in (0, YEAR, 1000, -YEAR):
        monkeypatch.setattr(time, "time_ns", lambda to=set_to: machine() + 10**6 * to)
        if set_to == -YEAR:  # while the server was down
            clock = Clock(await life.db.read(reached))
        life.time = clock.now()
        life.do(Craft(1, PLANKS))
        life.diary.came(life.player)
        await life.db.write(lambda c: None)
        now = clock.now()
        digest = await life.db.read(lambda c, now=now: digests.unread(c, life.player, now))
        told.append([did.deed.since == life.time for did in digest.deeds])
        await life.db.write(lambda c, to=digest.span.to_time: digests.close(c, life.player, 0, to))
    assert told == [[True]] * 4


async def full(db: Database, is_full: bool) -> None:
    """From now on no deed finds room, or each does again."""
    full = "CREATE TEMP TRIGGER full BEFORE INSERT ON deed BEGIN SELECT RAISE(ABORT, 'full'); END"
    await db.write(lambda c: c.execute(full if is_full else "DROP TRIGGER full"))


async def test_deeds_that_found_no_room_are_written_later_once_and_each_to_its_absence(life: Life) -> None:
    life.away = True
    await full(life.db, True)
    for life.time in (1000, 2000, 3000):
        life.do(Craft(1, PLANKS))
        life.diary.save()
        if life.time == 2000:
            life.diary.came(life.player)
        await life.db.write(lambda c: None)
    await full(life.db, False)
    expected = [(3000, 4, 3000), (1000, 8, 2000)]
    for _ in range(2):
        assert [(deed.since, deed.count, deed.time) for deed in await life.written()] == expected


async def test_what_finds_room_only_after_what_came_later_does_not_set_its_line_back(life: Life) -> None:
    life.away = True
    await full(life.db, True)
    life.do(Craft(1, PLANKS))
    life.diary.save()
    life.time = 2000
    life.do(Craft(1, PLANKS))
    later = list(life.diary._new.values())
    life.diary._new.clear()
    await full(life.db, False)
    await life.db.write(lambda c: deeds.add(c, later))
    assert [(deed.since, deed.count, deed.time) for deed in await life.written()] == [(1000, 8, 2000)]


async def test_while_there_is_no_room_it_is_tried_now_and_then_and_not_in_every_tick(
    life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    life.away = True
    await full(life.db, True)
    life.do(Craft(1, PLANKS))
    for life.time in (1000, 1050, 1100, 1000 + RETRY):
        life.diary.tick()
        await life.db.write(lambda c: None)
    assert caplog.text.count("A write in the background failed") == 2


async def test_of_what_finds_no_room_for_long_the_newest_are_kept(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diary, "MOST", 2)
    life.away = True
    await full(life.db, True)
    for life.time in (1000, 2000, 3000):
        life.do(Craft(1, PLANKS))
        life.diary.came(life.player)
        await life.db.write(lambda c: None)
    await full(life.db, False)
    assert [deed.since for deed in await life.written()] == [3000, 2000]


async def test_deeds_of_a_player_who_is_gone_are_passed_over(life: Life) -> None:
    life.away = True
    life.do(Craft(1, PLANKS))
    await life.db.write(lambda c: accounts.delete(c, life.player))
    assert await life.written() == []

"""Players come and go; bodies and agents stay. Real parts, and a clock of a second a second."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable

import pytest
from stage import Stage

from nanoverse.agents import household
from nanoverse.agents.drivers import Drivers
from nanoverse.agents.household import Household
from nanoverse.agents.presence import Presence
from nanoverse.protocol import AGENT, ASLEEP, PLAYER, PRIVATE
from nanoverse.store import accounts, visits, works
from nanoverse.store.clock import now_ms
from nanoverse.store.errors import StoreError
from nanoverse.store.visits import Visit
from nanoverse.world.blocks import by_name


class Home:
    def __init__(
        self, stage: Stage, away_seconds: float = 0, agents: bool = True, may_act: bool = True
    ) -> None:
        self.stage = stage
        self.drivers = Drivers(stage.world, 1, lambda player: may_act)
        self.presence = Presence(away_seconds, agents, stage.locked.__contains__)
        self.told: list[tuple[int, int]] = []
        self.household = Household(
            stage.world,
            stage.db,
            self.presence,
            self.drivers,
            lambda player: self.told.append((player, stage.world.bodies[player].driver)),
            now_ms,
        )

    async def live(self) -> None:
        """One second, at whose end agents greet."""
        lived, greet = asyncio.Event(), self.stage.replies.greet

        def last() -> None:
            greet()
            lived.set()

        self.stage.replies.greet = last  # type: ignore[method-assign]
        running = asyncio.create_task(self.household.run(self.stage.replies))
        async with asyncio.timeout(60):
            await lived.wait()
        running.cancel()
        self.stage.replies.greet = greet  # type: ignore[method-assign]


async def test_who_left_falls_asleep_and_then_their_agent_takes_over(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    home.household.came(mira)
    home.household.left(mira)
    assert home.told == [(mira, ASLEEP)]
    await home.live()
    assert home.told == [(mira, ASLEEP), (mira, AGENT)] and home.drivers.drives(mira)
    home.household.came(mira)
    assert not home.drivers.drives(mira)


async def test_who_called_a_player_that_has_just_left_is_answered_once_their_agent_takes_over(
    stage: Stage,
) -> None:
    mira, tom, home = await stage.join("Mira"), await stage.join("Tom", 1), Home(stage)
    home.household.came(mira)
    home.household.left(mira)
    await stage.chat.say(tom, PRIVATE, mira, "are you still there?")
    stage.away.add(mira)  # what the replies of this stage go by
    await home.live()
    await stage.quiet()
    assert stage.answers() == ["line 1"]


@pytest.mark.parametrize("move", [Household.came, Household.left])
async def test_who_came_or_left_is_remembered_as_seen_then(
    stage: Stage, move: Callable[[Household, int], None]
) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    move(home.household, mira)
    await stage.db.write(lambda c: None)
    player = await stage.db.read(lambda c: accounts.by_id(c, mira))
    assert player is not None and player.seen > 1


async def test_who_comes_while_the_agent_takes_over_has_their_body(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    home.household.left(mira)
    taking_over = asyncio.create_task(home.household._take_over(mira))
    await asyncio.sleep(0)
    home.household.came(mira)
    await taking_over
    assert not home.drivers.drives(mira) and home.told == [(mira, ASLEEP)]


async def test_the_body_of_who_is_locked_while_the_agent_takes_over_stays_asleep(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    home.household.left(mira)
    taking_over = asyncio.create_task(home.household._take_over(mira))
    await asyncio.sleep(0)
    stage.locked.add(mira)
    home.household.rest(mira)
    await taking_over
    assert not home.drivers.drives(mira) and {driver for _, driver in home.told} == {ASLEEP}


async def test_agents_take_over_after_a_start_for_those_who_are_not_there(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    home.household.settle(mira)
    await home.live()
    assert home.drivers.drives(mira)


async def test_where_a_player_stays_is_where_the_agent_returns_to(stage: Stage) -> None:
    mira, home = await stage.join("Mira", x=20), Home(stage)
    home.household.came(mira)
    await home.live()
    home.household.save()
    home.household.save()  # what is saved is not saved twice
    await stage.db.write(lambda c: None)
    assert await stage.db.read(lambda c: visits.favourites(c, mira, 5)) == [Visit(mira, 16, 0, 1)]
    home.household.left(mira)
    await home.live()
    assert home.drivers._favourites[mira] == [(24, 8)]


async def full(stage: Stage, table: str, is_full: bool) -> None:
    """From now on no row finds room in a table, or each does again."""
    full = f"CREATE TEMP TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"
    await stage.db.write(lambda c: c.execute(full if is_full else "DROP TRIGGER full"))


async def test_visits_that_found_no_room_are_written_later_and_once(stage: Stage) -> None:
    mira, home = await stage.join("Mira", x=20), Home(stage)
    home.household.came(mira)
    await home.live()
    await full(stage, "visit", True)
    home.household.save()
    await full(stage, "visit", False)
    await home.live()
    for _ in range(2):
        home.household.save()
        await stage.db.write(lambda c: None)
    assert await stage.db.read(lambda c: visits.favourites(c, mira, 5)) == [Visit(mira, 16, 0, 2)]


async def test_of_visits_that_find_no_room_for_long_the_dearest_squares_are_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(household, "MOST", 2)
    mira, home = await stage.join("Mira"), Home(stage)
    await full(stage, "visit", True)
    for x, seconds in ((0, 3), (1, 1), (2, 2)):
        home.household._stayed[mira, x, 0] = seconds
    home.household.save()
    await full(stage, "visit", False)
    home.household.save()
    await stage.db.write(lambda c: None)
    found = await stage.db.read(lambda c: visits.favourites(c, mira, 5))
    assert [(visit.x, visit.seconds) for visit in found] == [(0, 3), (32, 2)]


async def test_what_an_agent_builds_is_written_later_if_it_found_no_room(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    row = works.Works(mira, 3, 1, (4, 5), 6)
    home.drivers.remember([row])
    home.drivers._saved.clear()
    await full(stage, "works", True)
    home.household.save()
    await full(stage, "works", False)
    for _ in range(2):
        home.household.save()
        await stage.db.write(lambda c: None)
    assert await stage.db.read(works.everything) == [row]
    assert home.drivers.new_works() == [], "it is as it was saved"


async def test_an_agent_lives_even_if_its_memories_cannot_be_read(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    mira, home = await stage.join("Mira"), Home(stage)

    async def unreadable(_: object) -> None:
        raise StoreError("The disk refused a read or write of the database.")

    stage.db.read = unreadable  # type: ignore[method-assign, assignment]
    home.household.left(mira)
    await home.live()
    assert home.drivers.drives(mira) and "does not know where its player liked to be" in caplog.text


async def test_who_is_due_with_somebody_whose_agent_cannot_take_over_has_theirs_take_over(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    mira, tom = await stage.join("Mira"), await stage.join("Tom")
    home, take_over = Home(stage), Drivers.take_over

    def broken(player: int, favourites: list[tuple[int, int]]) -> None:
        if player == mira:
            raise RuntimeError("no way")
        take_over(home.drivers, player, favourites)

    home.drivers.take_over = broken  # type: ignore[method-assign, assignment]
    home.household.left(mira)
    home.household.left(tom)
    await home.live()
    assert home.drivers.drives(tom) and not home.drivers.drives(mira)
    assert caplog.text.count("RuntimeError: no way") == 1
    assert f"the agent of player {mira} could not take over" in caplog.text


async def test_a_second_that_fails_is_not_the_last(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    mira, home = await stage.join("Mira"), Home(stage)

    def broken(_: sqlite3.Connection) -> None:
        raise RuntimeError

    stage.replies.greet = broken  # type: ignore[method-assign, assignment]
    with caplog.at_level(logging.ERROR):
        running = asyncio.create_task(home.household.run(stage.replies))
        await stage.until(lambda: "they go on" in caplog.text)
        home.household.left(mira)
        await stage.until(lambda: home.drivers.drives(mira))
        running.cancel()


async def test_an_agent_drives_while_its_player_watches_and_lets_go_at_once(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    home.household.came(mira)
    assert home.household.drive(mira) is None
    assert home.drivers.drives(mira) and home.told == [(mira, AGENT)]
    home.household.take_wheel(mira)
    home.household.take_wheel(mira)  # what is in hand cannot be taken again
    assert not home.drivers.drives(mira) and home.told == [(mira, AGENT), (mira, PLAYER)]


async def test_who_leaves_while_their_agent_drives_has_it_take_over_when_it_is_due(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    home.household.came(mira)
    home.household.drive(mira)
    home.household.left(mira)
    assert not home.drivers.drives(mira) and home.told[-1] == (mira, ASLEEP)
    await home.live()
    assert home.drivers.drives(mira) and home.told[-1] == (mira, AGENT)


async def test_where_an_agent_drives_is_not_where_its_player_likes_to_be(stage: Stage) -> None:
    mira, home = await stage.join("Mira", x=20), Home(stage)
    home.household.came(mira)
    home.household.drive(mira)
    await home.live()
    home.household.save()
    await stage.db.write(lambda c: None)
    assert await stage.db.read(lambda c: visits.favourites(c, mira, 5)) == []


@pytest.mark.parametrize(
    ("agents", "may_act", "why"),
    [(False, True, "There are no agents in this world."), (True, False, "Your agent may not act just now")],
)
async def test_an_agent_that_may_not_act_does_not_drive(
    stage: Stage, agents: bool, may_act: bool, why: str
) -> None:
    mira, home = await stage.join("Mira"), Home(stage, agents=agents, may_act=may_act)
    home.household.came(mira)
    refusal = home.household.drive(mira)
    assert refusal is not None and refusal.startswith(why)
    assert not home.drivers.drives(mira) and home.told == []


async def test_what_an_agent_builds_outlasts_a_restart_but_not_its_account(stage: Stage) -> None:
    mira, home = await stage.join("Mira"), Home(stage)
    stage.world.bodies[mira].slots[0] = [by_name("wood").id, 60]
    home.drivers.take_over(mira, [])
    rows: list[works.Works] = []
    while not any(row.begun for row in rows):
        for _ in range(200):
            stage.world.tick(home.drivers.inputs())
        home.household.save()
        await stage.db.write(lambda c: None)
        rows = await stage.db.read(works.everything)
    again = Home(stage)
    await again.household.load()
    assert again.drivers.new_works() == [], "it is as it was saved"
    home.household.forget(mira)
    await stage.db.write(lambda c: accounts.delete(c, mira))
    home.household.save()
    await stage.db.write(lambda c: works.put(c, rows))
    assert await stage.db.read(works.everything) == []

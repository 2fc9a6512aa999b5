"""How much an agent may do is its player's to say: watch, draft, reply or act, and quiet hours."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from stage import Stage, add, meadow

from nanoverse.agents.conduct import Conducts
from nanoverse.agents.drivers import Drivers
from nanoverse.agents.goals import PATIENCE, Gather
from nanoverse.chat.limits import SAY
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import conducts
from nanoverse.store.conducts import ACT, DRAFT, MOST_UNSENT, REPLY, WATCH, Conduct
from nanoverse.world.constants import TICK_HZ
from nanoverse.world.inputs import Stop

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("start", "end", "offset", "quiet"),
    [
        (22 * 60, 7 * 60, 0, {22, 23, 0, 1, 2, 3, 4, 5, 6}),  # over midnight
        (13 * 60, 15 * 60, 0, {13, 14}),
        (13 * 60, 15 * 60, 120, {11, 12}),  # the player's clock is two hours ahead
        (0, 0, 0, set()),
    ],
)
def test_in_its_quiet_hours_an_agent_only_watches(start: int, end: int, offset: int, quiet: set[int]) -> None:
    conduct = Conduct(REPLY, start, end, offset)
    assert {hour for hour in range(24) if conduct.at(hour * HOUR) == WATCH} == quiet
    assert {conduct.at(hour * HOUR) for hour in range(24) if hour not in quiet} == {REPLY}


@pytest.mark.parametrize(
    ("date", "zone", "ahead"),
    [
        ("2026-03-28", "Europe/Berlin", 1),
        ("2026-03-30", "Europe/Berlin", 2),  # the clocks were put forward
        ("2026-10-24", "Europe/Berlin", 2),
        ("2026-10-26", "Europe/Berlin", 1),  # and back
        ("2026-10-26", "Nowhere/Known", -5),
        ("2026-10-26", "", -5),
    ],
)
def test_quiet_hours_go_by_the_players_clock_also_when_all_clocks_are_changed(
    date: str, zone: str, ahead: int
) -> None:
    conduct = Conduct(REPLY, 9 * 60, 10 * 60, utc_offset=-5 * 60, zone=zone)
    midnight = int(datetime.fromisoformat(f"{date}T00:00+00:00").timestamp() * 1000)
    quiet = {hour for hour in range(24) if conduct.at(midnight + hour * HOUR) == WATCH}
    assert quiet == {9 - ahead}


def test_in_the_night_of_a_change_quiet_hours_begin_and_end_by_the_clock_on_the_wall() -> None:
    conduct = Conduct(REPLY, 0, 4 * 60, zone="Europe/Berlin")
    lengths = []
    for evening in ("2026-03-28T20:00+00:00", "2026-10-24T20:00+00:00"):
        since = int(datetime.fromisoformat(evening).timestamp() * 1000)
        lengths.append(sum(conduct.at(since + hour * HOUR) == WATCH for hour in range(12)))
    assert lengths == [3, 5], "an hour is left out, and one comes twice"


async def test_a_choice_holds_at_once_and_after_a_restart(stage: Stage) -> None:
    mira = await stage.join("Mira")
    chosen = Conducts(stage.db, lambda: 23 * HOUR)
    assert chosen.level(mira) == ACT and chosen.may_act(mira)
    await chosen.choose(mira, Conduct(DRAFT))
    again = Conducts(stage.db, lambda: 23 * HOUR)
    await again.load()
    for known in (chosen, again):
        assert known.level(mira) == DRAFT and not known.may_act(mira)
    at_night = Conduct(ACT, 22 * 60, 7 * 60, zone="UTC")
    await chosen.choose(mira, at_night)
    await again.load()
    assert again.of(mira) == at_night and chosen.level(mira) == again.level(mira) == WATCH


async def test_an_agent_that_watches_says_nothing_whoever_asks(stage: Stage) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    stage.levels[mira] = WATCH
    for channel, to in ((NEARBY, 0), (WORLD, 0), (PRIVATE, mira)):
        await stage.chat.say(bob, channel, to, "Mira, are you there?")
    stage.replies.greet()
    await stage.quiet()
    assert (stage.answers(), stage.voice.asked, stage.typing) == ([], [], [])


async def test_an_agent_that_replies_answers_and_does_not_greet(stage: Stage) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    stage.levels[mira] = REPLY
    stage.replies.greet()
    await stage.quiet()
    assert stage.voice.asked == []
    await stage.chat.say(bob, NEARBY, 0, "Mira, are you there?")
    await stage.quiet()
    assert stage.answers() == ["line 1"]


async def test_an_agent_that_drafts_is_silent_and_writes_down_what_it_would_answer(stage: Stage) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    stage.levels[mira] = DRAFT
    asked = await stage.chat.say(bob, PRIVATE, mira, "where is the ford?")
    await stage.quiet()
    assert (stage.answers(), stage.typing) == ([], [])
    (draft,) = await stage.db.read(lambda c: conducts.unsent(c, mira))
    assert (draft.channel, draft.peer, draft.reply_to, draft.text) == (PRIVATE, bob, asked, "line 1")


async def test_who_drafts_takes_nobodys_turn_to_answer(stage: Stage) -> None:
    mira, noa = await stage.join("Mira", away=True), await stage.join("Noa", 1, away=True)
    bob = await stage.join("Bob", 2)
    stage.levels[mira] = DRAFT
    await stage.chat.say(bob, NEARBY, 0, "Mira and Noa, where is the ford?")
    await stage.quiet()
    assert [message.sender for message in stage.said if message.by_agent] == [noa]
    assert len(await stage.db.read(lambda c: conducts.unsent(c, mira))) == 1


async def test_an_answer_is_not_said_if_the_quiet_hours_began_while_it_was_thought_of(stage: Stage) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    stage.voice.gate.clear()
    await stage.chat.say(bob, PRIVATE, mira, "are you there?")
    await stage.until(lambda: stage.voice.asked)
    stage.levels[mira] = WATCH
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []


async def test_an_answer_that_waits_for_its_turn_is_not_said_once_the_quiet_hours_have_begun(
    stage: Stage,
) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    stage.voice.gate.clear()
    await stage.chat.say(bob, PRIVATE, mira, "are you there?")
    await stage.until(lambda: stage.voice.asked)
    for _ in range(SAY.count):
        await stage.chat.say(mira, WORLD, 0, "one line too many")
    stage.voice.gate.set()
    await stage.until(lambda: not stage.replies._manners._joined.has_room(mira, time.monotonic()))
    stage.levels[mira] = WATCH
    await stage.quiet()
    assert stage.answers() == []


async def test_only_the_newest_drafts_are_kept(stage: Stage) -> None:
    mira = await stage.join("Mira")

    def write(connection: object) -> None:
        for number in range(MOST_UNSENT + 3):
            conducts.draft(connection, mira, WORLD, 0, 0, f"{number}", 0, "{}", 1)  # type: ignore[arg-type]

    await stage.db.write(write)
    texts = [draft.text for draft in await stage.db.read(lambda c: conducts.unsent(c, mira))]
    assert texts == [f"{number}" for number in range(3, MOST_UNSENT + 3)]


def test_an_agent_that_may_not_act_moves_nothing_however_long() -> None:
    world = meadow((3, 0, "oak"))
    add(world, 1, "Mira", 0, 0, ("stone", 20))
    drivers = Drivers(world, 1, lambda player: False)
    drivers.take_over(1, [])
    for _ in range(30 * TICK_HZ):
        inputs = drivers.inputs()
        assert inputs == []
        world.tick(inputs)


def test_who_may_no_longer_act_lets_go_of_what_it_digs_and_goes_on_when_it_may() -> None:
    world = meadow((1, 0, "oak"))
    body = add(world, 1, "Mira", 0, 0)
    allowed = True
    drivers = Drivers(world, 1, lambda player: allowed)
    drivers.take_over(1, [])
    drivers.inputs()
    drivers._goals[1] = Gather(world, [], (1, 0))
    for _ in range(5):
        world.tick(drivers.inputs())
    assert body.digs
    allowed = False
    assert drivers.inputs() == [(1, Stop(0))]
    world.tick([(1, Stop(0))])
    assert drivers.inputs() == [] and not body.digs
    allowed = True
    did = []
    for _ in range(2 * PATIENCE):
        inputs = drivers.inputs()
        did += inputs
        world.tick(inputs)
    assert did


async def test_of_a_player_who_is_gone_nothing_stays_at_hand(stage: Stage) -> None:
    mira = await stage.join("Mira")
    chosen = Conducts(stage.db, lambda: 0)
    await chosen.choose(mira, Conduct(WATCH))
    chosen.forget(mira)
    assert chosen.of(mira) == Conduct()


@pytest.mark.parametrize("level", [ACT, DRAFT])
async def test_what_an_agent_thought_of_is_neither_said_nor_kept_if_its_player_was_locked_meanwhile(
    stage: Stage, level: int
) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    stage.levels[mira] = level
    stage.voice.gate.clear()
    await stage.chat.say(bob, PRIVATE, mira, "are you there?")
    await stage.until(lambda: stage.voice.asked)
    stage.locked.add(mira)
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []
    assert await stage.db.read(lambda c: conducts.unsent(c, mira)) == []

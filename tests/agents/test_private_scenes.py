"""What is said in private, and with whom, gets into no scene and no prompt of other talk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from stage import Stage, meadow

from nanoverse.agents.memory import Memory
from nanoverse.chat.speaking import Made
from nanoverse.learning.dialogue import prompt_to_json
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import deeds, digests, finds, scrolls, visits
from nanoverse.store.deeds import Deed
from nanoverse.store.finds import Find
from nanoverse.store.scrolls import Scroll
from nanoverse.store.visits import SQUARE, Visit
from nanoverse.world.constants import DAY_TICKS
from nanoverse.world.simulation import Simulation

SECRET = "the gold is in Zanzibar"


async def asked_by_tom(stage: Stage, channel: int, mira: int, tom: int) -> str:
    """What Mira's agent is given when Tom speaks to it, as it would be kept."""
    await stage.chat.say(tom, channel, mira if channel == PRIVATE else 0, "Mira, how was your day?")
    await stage.quiet()
    asked = stage.voice.asked[-1]
    assert (asked.player, asked.turns[-1].speaker) == (mira, "Tom")
    return prompt_to_json(asked.scene, asked.turns)


@pytest.mark.parametrize("channel", [NEARBY, WORLD, PRIVATE])
@pytest.mark.parametrize("by_agent", [False, True])
async def test_whom_one_talked_with_in_private_nobody_else_is_told(
    stage: Stage, channel: int, by_agent: bool
) -> None:
    mira, tom, lena = await stage.join("Mira"), await stage.join("Tom", 1), await stage.join("Lena", 90)
    stage.set_away(mira, by_agent)
    await stage.chat.say(lena, PRIVATE, mira, SECRET)
    if not by_agent:
        await stage.chat.say(mira, PRIVATE, lena, SECRET)
    await stage.quiet()
    stage.set_away(mira, True)
    prompt = await asked_by_tom(stage, channel, mira, tom)
    assert "Lena" not in prompt and "Zanzibar" not in prompt


async def test_the_other_side_of_private_talk_is_told_of_it_in_private(stage: Stage) -> None:
    mira, lena = await stage.join("Mira"), await stage.join("Lena", 1)
    await stage.chat.say(mira, PRIVATE, lena, SECRET)
    stage.set_away(mira, True)
    await stage.chat.say(lena, PRIVATE, mira, "what did you do today?")
    await stage.quiet()
    assert stage.voice.asked[-1].scene.did == ("talked with Lena",)
    await stage.chat.say(lena, NEARBY, 0, "Mira, and to all others?")
    await stage.quiet()
    assert stage.voice.asked[-1].scene.did == ()


async def test_an_agents_answer_in_private_is_one_talk(stage: Stage) -> None:
    mira, lena = await stage.join("Mira", away=True), await stage.join("Lena", 1)
    await stage.chat.say(lena, PRIVATE, mira, "what did you do today?")
    await stage.quiet()
    for what, count in (("wood", 2), ("stone", 1)):
        stage.memory._note(mira, "gathered", what, count)
    assert stage.memory.did(mira, "Lena") == ("gathered 2 wood", "gathered 1 stone", "talked with Lena")


async def test_a_greeting_tells_nothing_of_private_talk(stage: Stage) -> None:
    mira, _, lena = await stage.join("Mira"), await stage.join("Tom", 2), await stage.join("Lena", 90)
    await stage.chat.say(mira, PRIVATE, lena, SECRET)
    stage.set_away(mira, True)
    stage.replies.greet()
    await stage.quiet()
    (asked,) = stage.voice.asked
    assert (asked.player, asked.scene.did, asked.turns) == (mira, (), [])


async def test_another_answer_in_public_is_thought_of_without_private_talk(stage: Stage) -> None:
    mira, tom, lena = await stage.join("Mira"), await stage.join("Tom", 1), await stage.join("Lena", 90)
    await stage.chat.say(mira, PRIVATE, lena, SECRET)
    stage.set_away(mira, True)
    await asked_by_tom(stage, NEARBY, mira, tom)
    await stage.replies.another(tom, stage.said[-1].id)
    asked = stage.voice.asked[-1]
    assert asked.scene.did == () and SECRET not in prompt_to_json(asked.scene, asked.turns)


async def test_whom_one_talked_with_before_all_may_be_told(stage: Stage) -> None:
    """By a name that is called nearby, by a reply, or by an agent's answer; but a call into the world is no talk."""
    mira, tom, lena = await stage.join("Mira"), await stage.join("Tom", 1), await stage.join("Lena", 90)
    await stage.join("Otto", 2)
    said = await stage.chat.say(lena, WORLD, 0, "hello")
    await stage.chat.say(mira, WORLD, 0, "hello Lena, have you seen Otto?", quote=said)
    await stage.chat.say(mira, NEARBY, 0, "tom! come here")
    await stage.chat.say(mira, NEARBY, 0, "nice day")
    assert set(stage.memory.did(mira)) == {"talked with Lena", "talked with Tom"}
    assert stage.memory.did(lena) == ()
    stage.set_away(tom, True)
    stage.voice.lines = ["Yes, and Mira is near me."]
    await stage.chat.say(lena, WORLD, 0, "Tom, are you there?")
    await stage.quiet()
    await stage.chat.say(tom, NEARBY, 0, "Otto is near me.", made=Made())
    assert stage.memory.did(lena) == ("talked with Tom",)
    assert stage.memory.did(tom) == ("talked with Lena",)


async def test_nothing_that_is_stored_of_a_life_gets_into_a_prompt(stage: Stage) -> None:
    """Where somebody liked to be, what they found, what their agent did and what of that they have read."""
    mira, tom, lena = await stage.join("Mira"), await stage.join("Tom", 1), await stage.join("Lena", 90)
    await stage.chat.say(mira, PRIVATE, lena, "I hid a scroll for you")

    def live(connection: sqlite3.Connection) -> None:
        visits.add(connection, [Visit(mira, 4711 * SQUARE, 0, 60)])
        scrolls.put(connection, [Scroll(1, 0, 0, SECRET, lena, 1)])
        finds.put(connection, [Find(mira, "scroll", "1", "Zanzibar", "Lena", lena, 4711, 0, 1)])
        deeds.add(connection, [Deed(mira, 1, "met", "Lena in Zanzibar", 1, 4711, 0, 1)])
        digests.close(connection, mira, 1, 1)

    await stage.db.write(live)
    stage.set_away(mira, True)
    for channel in (NEARBY, WORLD, PRIVATE):
        prompt = await asked_by_tom(stage, channel, mira, tom)
        assert not any(word in prompt for word in ("Lena", "Zanzibar", "4711", "scroll"))


def test_what_is_noted_in_the_diary_is_no_talk() -> None:
    memory, noted = Memory(meadow()), []
    memory.noted = lambda *deed: noted.append(deed)
    for channel in (NEARBY, WORLD, PRIVATE):
        memory.talked(1, "Lena", channel)
    assert noted == []


def test_private_talk_is_over_with_the_day() -> None:
    world = Simulation(5, (), DAY_TICKS - 1)
    memory = Memory(world)
    memory.talked(1, "Lena", PRIVATE)
    assert memory.did(1, "Lena") == ("talked with Lena",)
    memory.notice(world.tick([]))
    assert memory.did(1, "Lena") == ()


@pytest.mark.parametrize(
    "forget",
    [lambda memory: memory.forget(2, "Lena"), lambda memory: memory.forget_talk(1, "Lena")],
    ids=["account", "person"],
)
def test_who_is_forgotten_is_forgotten_as_one_to_talk_with(forget: Callable[[Memory], None]) -> None:
    memory = Memory(meadow())
    for channel in (NEARBY, PRIVATE):
        memory.talked(1, "Lena", channel)
    forget(memory)
    assert memory.did(1) == memory.did(1, "Lena") == ()

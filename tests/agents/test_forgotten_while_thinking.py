"""An agent that is thinking while something is forgotten does not say what it made of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from stage import Stage

from nanoverse.chat.errors import ChatError
from nanoverse.protocol import NEARBY, PRIVATE
from nanoverse.store import accounts, forgotten
from nanoverse.store.conducts import ACT, DRAFT

Forget = Callable[[Stage, int, int, int], Awaitable[object]]  # Mira, Tom and what Tom said

MESSAGE: Forget = lambda stage, mira, tom, said: stage.chat.forget_message(tom, said)  # noqa: E731
PERSON: Forget = lambda stage, mira, tom, said: stage.chat.forget_person(mira, tom)  # noqa: E731
ACCOUNT: Forget = lambda stage, mira, tom, said: stage.db.write(lambda c: accounts.delete(c, tom))  # noqa: E731


async def test_an_answer_to_words_that_are_forgotten_meanwhile_is_not_said(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.gate.clear()
    said = await stage.chat.say(tom, PRIVATE, mira, "the key is under the mat")
    await stage.until(lambda: stage.voice.asked)
    await stage.chat.forget_message(tom, said)
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []
    await stage.chat.say(tom, PRIVATE, mira, "the key is under the mat")
    await stage.quiet()
    assert stage.answers() == ["line 2"], "said again it is answered again"


async def test_nobody_has_talked_with_a_player_who_was_deleted_meanwhile(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.gate.clear()
    await stage.chat.say(tom, PRIVATE, mira, "hello")
    await stage.until(lambda: stage.voice.asked)
    await stage.db.write(lambda c: accounts.delete(c, tom))
    stage.replies.forget(tom)
    stage.world.remove_body(tom)
    stage.memory.forget(tom, "Tom")
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []
    assert stage.memory.did(mira) == ()


async def test_what_somebody_said_before_they_were_forgotten_is_not_in_sight_any_more(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    await stage.chat.say(tom, PRIVATE, mira, "old")
    await stage.quiet()
    await stage.db.write(lambda c: forgotten.unlearn(c, mira, tom))
    stage.memory.forget_talk(mira, "Tom")
    await stage.chat.say(tom, PRIVATE, mira, "new")
    await stage.quiet()
    asked = stage.voice.asked[-1]
    assert [turn.text for turn in asked.turns if turn.speaker == "Tom"] == ["new"]
    assert asked.scene.did == ()


async def kept(stage: Stage) -> list[str]:
    """The prompts that are stored: of what was said, and of what waits to be sent."""
    query = "SELECT prompt FROM draft UNION ALL SELECT prompt FROM unsent"
    return [prompt for (prompt,) in await stage.db.read(lambda c: c.execute(query).fetchall())]


@pytest.mark.parametrize("level", [ACT, DRAFT])
@pytest.mark.parametrize("forget", [MESSAGE, PERSON, ACCOUNT], ids=["message", "person", "account"])
async def test_an_answer_that_is_ready_before_the_forgetting_is_committed_is_not_kept(
    stage: Stage, forget: Forget, level: int
) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.levels[mira] = level
    stage.voice.gate.clear()
    said = await stage.chat.say(tom, PRIVATE, mira, "the key is under the mat")
    await stage.until(lambda: stage.voice.asked)
    async with stage.writer_held():
        forgetting = asyncio.ensure_future(forget(stage, mira, tom, said))
        await stage.until(lambda: len(stage.db._waiting) == 1)
        stage.voice.gate.set()
        await stage.until(lambda: len(stage.db._waiting) == 2 or not stage.replies._thinking)
    await forgetting
    await stage.quiet()
    assert stage.answers() == []
    assert await kept(stage) == []


async def test_an_answer_to_another_tells_nothing_of_talk_with_who_is_forgotten_meanwhile(
    stage: Stage,
) -> None:
    mira, tom, lena = (
        await stage.join("Mira", away=True),
        await stage.join("Tom", 1),
        await stage.join("Lena", 2),
    )
    stage.memory.talked(mira, "Tom", NEARBY)
    stage.voice.gate.clear()
    await stage.chat.say(lena, NEARBY, 0, "Mira, how was your day?")
    await stage.until(lambda: stage.voice.asked)
    assert stage.voice.asked[0].scene.did == ("talked with Tom",)
    await stage.chat.forget_person(mira, tom)
    stage.memory.forget_talk(mira, "Tom")
    stage.voice.gate.set()
    await stage.quiet()
    assert [prompt for prompt in await kept(stage) if "talked with Tom" in prompt] == []
    await stage.chat.say(lena, NEARBY, 0, "Mira, are you there?")
    await stage.quiet()
    assert stage.answers() == ["line 2"]


async def test_another_answer_tells_nothing_of_talk_with_who_is_forgotten_meanwhile(stage: Stage) -> None:
    mira, tom, lena = (
        await stage.join("Mira", away=True),
        await stage.join("Tom", 1),
        await stage.join("Lena", 2),
    )
    stage.memory.talked(mira, "Tom", NEARBY)
    await stage.chat.say(lena, NEARBY, 0, "Mira, how was your day?")
    await stage.quiet()
    stage.voice.gate.clear()
    another = asyncio.ensure_future(stage.replies.another(lena, stage.said[-1].id))
    await stage.until(lambda: len(stage.voice.asked) == 2)
    await stage.chat.forget_person(mira, tom)
    stage.voice.gate.set()
    await another
    prompts = await kept(stage)
    assert len(prompts) == 2 and not any("talked with Tom" in prompt for prompt in prompts)


async def test_another_answer_that_is_ready_before_the_forgetting_is_committed_is_not_kept(
    stage: Stage,
) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    said = await stage.chat.say(tom, PRIVATE, mira, "the key is under the mat")
    await stage.quiet()
    stage.voice.gate.clear()
    another = asyncio.ensure_future(stage.replies.another(tom, stage.said[-1].id))
    await stage.until(lambda: len(stage.voice.asked) == 2)
    async with stage.writer_held():
        forgetting = asyncio.ensure_future(stage.chat.forget_message(tom, said))
        await stage.until(lambda: len(stage.db._waiting) == 1)
        stage.voice.gate.set()
        await stage.until(lambda: len(stage.db._waiting) == 2 or another.done())
    await forgetting
    assert isinstance((await asyncio.gather(another, return_exceptions=True))[0], ChatError)
    assert await kept(stage) == []


async def test_an_answer_with_a_player_in_sight_who_is_deleted_before_it_is_said_is_not_kept(
    stage: Stage,
) -> None:
    await stage.join("Mira", away=True)
    tom = await stage.join("Tom", 1)
    lena = await stage.join("Lena", 2)
    stage.voice.gate.clear()
    await stage.chat.say(tom, NEARBY, 0, "Mira, look")
    await stage.until(lambda: stage.voice.asked)
    assert "Lena" in stage.voice.asked[0].scene.near
    await stage.db.write(lambda c: accounts.delete(c, lena))
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []


async def test_a_greeting_of_a_player_who_is_deleted_before_it_is_said_is_not_kept(stage: Stage) -> None:
    await stage.join("Mira", away=True)
    tom = await stage.join("Tom", 1)
    stage.voice.gate.clear()
    stage.replies.greet()
    await stage.until(lambda: stage.voice.asked)
    await stage.db.write(lambda c: accounts.delete(c, tom))
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []


async def test_what_an_agent_heard_from_whom_its_player_blocked_meanwhile_is_not_answered(
    stage: Stage,
) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.gate.clear()
    await stage.chat.say(tom, NEARBY, 0, "Mira, look")
    await stage.until(lambda: stage.voice.asked)
    await stage.chat.shun(mira, tom, 2)
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []

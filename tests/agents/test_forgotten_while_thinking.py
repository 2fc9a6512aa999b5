"""An agent that is thinking while something is forgotten does not say what it made of it."""

from __future__ import annotations

from stage import Stage

from nanoverse.protocol import PRIVATE
from nanoverse.store import forgotten


async def test_an_answer_to_words_that_are_forgotten_meanwhile_is_not_said(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.chat.subscribe_forgotten(stage.replies.unlearn)
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
    stage.replies.forget(tom, "Tom")
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

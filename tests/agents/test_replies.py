"""From what is heard to what is said, with the real chat and store; only the model's words are made up."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from dataclasses import replace

import pytest
from stage import Stage, add

from nanoverse.agents import replies
from nanoverse.agents.manners import GREETED_AT_ONCE, PAIR_LINES
from nanoverse.agents.missed import Missed
from nanoverse.agents.voice import FAILED, LOADING, WAKING
from nanoverse.chat import limits
from nanoverse.chat.errors import ChatError
from nanoverse.chat.moderation import BLOCKED, MUTED
from nanoverse.chat.speaking import Made
from nanoverse.learning.dialogue import TURNS
from nanoverse.protocol import NEARBY, PLAYER, PRIVATE, WORLD
from nanoverse.store import adapters, conducts, drafts, messages
from nanoverse.store.conducts import DRAFT, REPLY, WATCH
from nanoverse.store.errors import StoreError


async def test_a_private_message_to_someone_away_is_answered_by_their_agent(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.lines, stage.voice.version = ["good to hear from you"], 7
    question = await stage.chat.say(tom, PRIVATE, mira, "how are you?")
    await stage.quiet()
    answer = stage.said[-1]
    assert (answer.text, answer.sender, answer.to, answer.channel) == (
        "good to hear from you",
        mira,
        tom,
        PRIVATE,
    )
    assert (answer.by_agent, answer.version, answer.reply_to, answer.partner) == (True, 7, question, tom)
    assert stage.typing == [mira]
    (draft,) = await stage.db.read(lambda c: drafts.of(c, answer.id))
    assert draft.text == answer.text and "how are you?" in draft.prompt


async def test_the_prompt_holds_who_and_where_the_agent_is_and_what_was_said(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    await stage.chat.say(tom, PRIVATE, mira, "one")
    await stage.quiet()
    await stage.chat.say(tom, PRIVATE, mira, "two")
    await stage.quiet()
    asked = stage.voice.asked[-1]
    assert (asked.player, asked.scene.name, asked.scene.near, asked.scene.talk) == (
        mira,
        "Mira",
        ("Tom",),
        "private",
    )
    assert [(turn.speaker, turn.text) for turn in asked.turns] == [
        ("Tom", "one"),
        ("Mira", "line 1"),
        ("Tom", "two"),
    ]


async def test_nobody_answers_for_a_player_who_is_there_or_just_left(stage: Stage) -> None:
    mira, tom = await stage.join("Mira"), await stage.join("Tom", 1)
    await stage.chat.say(tom, PRIVATE, mira, "how are you?")
    stage.asleep(mira)
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.quiet()
    assert stage.answers() == []


async def test_what_was_said_in_private_before_the_agent_took_over_is_answered_then(stage: Stage) -> None:
    mira, tom, lea = [await stage.join(name, x) for x, name in enumerate(("Mira", "Tom", "Lea"))]
    stage.asleep(mira)
    left = time.monotonic()
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    by_lea = await stage.chat.say(lea, PRIVATE, mira, "are you there?")
    by_tom = await stage.chat.say(tom, PRIVATE, mira, "where are you?")
    await stage.quiet()
    assert stage.answers() == []
    stage.set_away(mira, True)
    stage.replies.catch_up(mira, left)
    await stage.quiet()
    assert {(m.to, m.reply_to) for m in stage.said if m.by_agent} == {(lea, by_lea), (tom, by_tom)}
    stage.replies.catch_up(mira, left)
    await stage.quiet()
    assert len(stage.answers()) == 2, "each once"


async def test_what_a_player_could_have_read_meanwhile_is_left_to_them(stage: Stage) -> None:
    mira, tom = await stage.join("Mira"), await stage.join("Tom", 1)
    stage.asleep(mira)
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    stage.set_away(mira, False)  # they are back, and leave again
    stage.set_away(mira, True)
    stage.replies.catch_up(mira, time.monotonic())
    await stage.quiet()
    assert stage.answers() == []


async def test_what_has_waited_longer_than_a_talk_lasts_is_not_answered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira, tom = await stage.join("Mira"), await stage.join("Tom", 1)
    stage.asleep(mira)
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    monkeypatch.setattr(replies, "TALK_SPAN_S", 0.0)
    stage.set_away(mira, True)
    stage.replies.catch_up(mira, 0.0)
    await stage.quiet()
    assert stage.answers() == []


async def test_of_many_who_call_before_an_agent_is_there_the_newest_are_answered(stage: Stage) -> None:
    stage.replies._missed = Missed(2)
    mira = await stage.join("Mira")
    callers = [await stage.join(name, x) for x, name in enumerate(("Tom", "Lea", "Ben"), 1)]
    stage.asleep(mira)
    for caller in callers:
        await stage.chat.say(caller, PRIVATE, mira, "hello?")
    stage.set_away(mira, True)
    stage.replies.catch_up(mira, 0.0)
    await stage.quiet()
    assert [m.to for m in stage.said if m.by_agent] == callers[1:]


async def test_who_called_and_is_gone_is_not_answered(stage: Stage) -> None:
    mira, tom = await stage.join("Mira"), await stage.join("Tom", 1)
    stage.asleep(mira)
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    stage.replies.forget(tom)
    stage.set_away(mira, True)
    stage.replies.catch_up(mira, 0.0)
    await stage.quiet()
    assert stage.voice.asked == []


@pytest.mark.parametrize("channel", [NEARBY, WORLD])
async def test_each_agent_that_is_named_answers(stage: Stage, channel: int) -> None:
    tom = await stage.join("Tom")
    mira, lena = await stage.join("Mira", 1, away=True), await stage.join("Lena", 2, away=True)
    await stage.join("Otto", 3, away=True)
    await stage.chat.say(tom, channel, 0, "Mira and lena, come here!")
    await stage.quiet()
    assert {m.sender for m in stage.said if m.by_agent} == {mira, lena}
    assert {m.channel for m in stage.said} == {channel}


async def test_a_name_is_not_heard_from_too_far_away(stage: Stage) -> None:
    tom = await stage.join("Tom")
    await stage.join("Mira", 100, away=True)
    await stage.chat.say(tom, NEARBY, 0, "Mira!")
    await stage.quiet()
    assert stage.answers() == []


async def test_nearby_talk_is_joined_by_at_most_one_and_then_it_is_quiet(stage: Stage) -> None:
    tom = await stage.join("Tom")
    for number in range(8):
        await stage.join(f"Agent{chr(97 + number)}", number + 1, away=True)
    stage.replies._dice.random = iter([0.0, *[0.9] * 100]).__next__  # type: ignore[method-assign]
    await stage.chat.say(tom, NEARBY, 0, "what a day")
    await stage.quiet()
    assert len(stage.answers()) == 1
    assert stage.said[-1].name == "Agenta"  # the nearest


async def test_who_is_alone_with_an_agent_but_for_sleepers_is_answered(stage: Stage) -> None:
    tom, lena = await stage.join("Tom"), await stage.join("Lena", 2)
    await stage.join("Mira", 1, away=True)
    await stage.chat.say(tom, NEARBY, 0, "what a day")
    await stage.quiet()
    assert stage.answers() == [], "it may have been meant for Lena"
    stage.asleep(lena)
    await stage.chat.say(tom, NEARBY, 0, "what a day")
    await stage.quiet()
    assert len(stage.answers()) == 1


async def test_a_crowd_of_agents_is_not_more_talkative_than_one(stage: Stage) -> None:
    """One throw for all: with one for each, some agent of twenty would answer every line, and each answer another."""
    tom = await stage.join("Tom")
    for letter in "abcdefghjkmnpqrstuvwxyz":
        await stage.join(f"Agent{letter}x", ord(letter) % 5, away=True)
    throws = iter([0.9] + [0.0] * 100)
    stage.replies._dice.random = throws.__next__  # type: ignore[method-assign]
    await stage.chat.say(tom, NEARBY, 0, "what a day")
    await stage.quiet()
    assert stage.answers() == []


async def test_two_agents_let_it_be_after_a_few_lines(stage: Stage) -> None:
    mira, lena = await stage.join("Mira", away=True), await stage.join("Lena", 1, away=True)
    stage.voice.lines = ["hi Mira", "hi Lena"] * 10
    await stage.chat.say(mira, NEARBY, 0, "hi Lena", made=Made())
    await stage.quiet()
    assert len(stage.answers()) == 1 + PAIR_LINES
    await stage.chat.say(lena, PRIVATE, mira, "hi Mira", made=Made())
    await stage.quiet()
    assert len(stage.answers()) == 2 + PAIR_LINES


async def test_while_the_model_loads_agents_say_that_they_wake_up_once(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.state = LOADING
    for _ in range(3):
        await stage.chat.say(tom, PRIVATE, mira, "awake?")
    await stage.quiet()
    assert stage.answers() == [WAKING] and stage.voice.asked == []


async def test_that_it_woke_up_is_not_part_of_a_talk(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.state = LOADING
    await stage.chat.say(tom, PRIVATE, mira, "awake?")
    await stage.quiet()
    stage.voice.state = "ready"
    await stage.chat.say(tom, PRIVATE, mira, "now?")
    await stage.quiet()
    assert [turn.text for turn in stage.voice.asked[0].turns] == ["awake?", "now?"]


async def test_without_a_model_agents_are_silent(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.state = FAILED
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.quiet()
    assert stage.answers() == [] and stage.voice.asked == []


async def test_a_reply_is_dropped_when_the_player_is_back_before_it_is_said(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.gate.clear()
    await stage.chat.say(tom, PRIVATE, mira, "how are you?")
    await stage.until(lambda: stage.voice.asked)
    stage.set_away(mira, False)
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []


async def test_a_thought_that_waits_is_not_begun_when_the_player_is_back(stage: Stage) -> None:
    mira = await stage.join("Mira", away=True)
    tom, lena = await stage.join("Tom", 1), await stage.join("Lena", 2)
    stage.voice.gate.clear()
    await stage.chat.say(tom, PRIVATE, mira, "how are you?")
    await stage.chat.say(lena, PRIVATE, mira, "and to me?")
    await stage.until(lambda: stage.voice.asked)
    stage.set_away(mira, False)
    stage.voice.gate.set()
    await stage.quiet()
    assert len(stage.voice.asked) == 1 and stage.typing == [mira]


async def test_an_agent_that_waits_for_its_turn_to_speak_is_silent_when_its_player_is_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SAY", replace(limits.SAY, seconds=3600))
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    for _ in range(limits.SAY.count):  # the player's own words use up what may be said at once
        await stage.chat.say(mira, WORLD, 0, "my own words")
    await stage.chat.say(tom, PRIVATE, mira, "how are you?")
    await stage.until(lambda: stage.voice.asked)
    await asyncio.sleep(0.05)  # it has its words and may not say them yet
    stage.set_away(mira, False)
    await stage.quiet()
    assert stage.answers() == []


async def test_an_agent_that_may_not_speak_yet_waits_for_its_turn(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    for _ in range(limits.SAY.count):
        await stage.chat.say(mira, WORLD, 0, "my own words")
    await stage.chat.say(tom, PRIVATE, mira, "how are you?")
    await stage.quiet()
    assert stage.answers() == ["line 1"]


async def test_of_two_who_ask_at_once_both_are_answered(stage: Stage) -> None:
    mira = await stage.join("Mira", away=True)
    tom, lena = await stage.join("Tom", 1), await stage.join("Lena", 2)
    await asyncio.gather(
        stage.chat.say(tom, PRIVATE, mira, "from tom"), stage.chat.say(lena, PRIVATE, mira, "from lena")
    )
    await stage.quiet()
    assert {m.to for m in stage.said if m.by_agent} == {tom, lena}
    assert all(len({turn.speaker for turn in asked.turns}) == 1 for asked in stage.voice.asked)


async def test_who_asks_again_while_the_agent_thinks_is_answered_once_more_with_all_that_was_said(
    stage: Stage,
) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.gate.clear()
    for text in ("one", "two", "three"):
        await stage.chat.say(tom, PRIVATE, mira, text)
        await stage.until(lambda: stage.voice.asked)
    stage.voice.gate.set()
    await stage.quiet()
    assert [turn.text for turn in stage.voice.asked[0].turns] == ["one"]
    # An answer stands behind what it answers, or what was said meanwhile would seem to be answered with it.
    assert [turn.text for turn in stage.voice.asked[1].turns] == ["one", "line 1", "two", "three"]
    assert stage.answers() == ["line 1", "line 2"]


async def test_what_is_added_before_the_agent_thinks_is_answered_with_the_rest(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.busy = True
    await stage.chat.say(tom, PRIVATE, mira, "one")
    newest = await stage.chat.say(tom, PRIVATE, mira, "two")
    stage.voice.busy = False
    await stage.quiet()
    (asked,) = stage.voice.asked
    assert [turn.text for turn in asked.turns] == ["one", "two"]
    assert [(m.text, m.reply_to) for m in stage.said if m.by_agent] == [("line 1", newest)]


async def while_one_whispers(stage: Stage) -> tuple[int, int, int]:
    """Tom, Lena and Ben, beside Mira's agent, which thinks of what Ben said in private until the gate is opened."""
    mira = await stage.join("Mira", away=True)
    tom, lena, ben = [await stage.join(name, x) for x, name in enumerate(("Tom", "Lena", "Ben"), 1)]
    stage.voice.gate.clear()
    await stage.chat.say(ben, PRIVATE, mira, "psst")
    await stage.until(lambda: stage.voice.asked)
    return tom, lena, ben


async def test_of_two_who_call_an_agent_in_company_each_gets_an_answer_to_their_own_words(
    stage: Stage,
) -> None:
    tom, lena, ben = await while_one_whispers(stage)
    by_tom = await stage.chat.say(tom, NEARBY, 0, "Mira, where is iron?")
    by_lena = await stage.chat.say(lena, NEARBY, 0, "Mira, come with me!")
    await stage.chat.say(ben, NEARBY, 0, "what a day")
    stage.voice.gate.set()
    await stage.quiet()
    assert [m.reply_to for m in stage.said if m.by_agent and m.channel == NEARBY] == [by_tom, by_lena]
    assert [asked.turns[-1].text for asked in stage.voice.asked[1:]] == [
        "Mira, where is iron?",
        "Mira, come with me!",
    ]
    assert [turn.text for turn in stage.voice.asked[2].turns] == [
        "Mira, where is iron?",
        "line 2",
        "Mira, come with me!",
    ]


async def test_who_called_an_agent_is_answered_though_much_was_said_since(stage: Stage) -> None:
    tom, lena, ben = await while_one_whispers(stage)
    by_tom = await stage.chat.say(tom, NEARBY, 0, "Mira, where is iron?")
    for n in range(TURNS):
        await stage.chat.say(lena if n % 2 else ben, NEARBY, 0, f"what a day {n}")
    stage.voice.gate.set()
    await stage.quiet()
    assert [turn.text for turn in stage.voice.asked[1].turns] == ["Mira, where is iron?"]
    assert [m.reply_to for m in stage.said if m.by_agent and m.channel == NEARBY] == [by_tom]


async def test_in_company_nobody_is_answered_when_the_talk_has_long_gone_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    monkeypatch.setattr(replies, "FOLLOW_UP", 0.0)
    await stage.chat.say(tom, NEARBY, 0, "Mira, where is iron?")
    await stage.quiet()
    assert stage.answers() == []
    await stage.chat.say(tom, PRIVATE, mira, "where is iron?")
    await stage.quiet()
    assert stage.answers() == ["line 1"]


@pytest.mark.parametrize("how", ["calls", "quotes"])
async def test_an_agent_does_not_cut_in_when_one_person_speaks_to_another(stage: Stage, how: str) -> None:
    await stage.join("Mira", away=True)
    tom, lena = await stage.join("Tom", 1), await stage.join("Lena", 2)
    by_lena = await stage.chat.say(lena, NEARBY, 0, "I have wood")
    await stage.chat.say(tom, NEARBY, 0, "Mira, hi")
    await stage.quiet()
    if how == "calls":
        await stage.chat.say(tom, NEARBY, 0, "Lena, give me wood")
    else:
        await stage.chat.say(tom, NEARBY, 0, "give it to me", quote=by_lena)
    await stage.quiet()
    assert stage.answers() == ["line 1"]
    await stage.chat.say(tom, NEARBY, 0, "and where is iron?")
    await stage.quiet()
    assert stage.answers() == ["line 1", "line 2"], "what goes on with no name is still for the agent"


async def test_a_reply_to_an_agents_line_is_for_the_agent_wherever_it_is_said(stage: Stage) -> None:
    await stage.join("Mira", away=True)
    tom = await stage.join("Tom", 1)
    await stage.chat.say(tom, WORLD, 0, "Mira, is it night?")
    await stage.quiet()
    await stage.chat.say(tom, WORLD, 0, "why?", quote=stage.said[-1].id)
    await stage.quiet()
    assert stage.answers() == ["line 1", "line 2"]


async def test_an_agent_that_answers_somebody_nearby_stays_in_earshot(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.gate.clear()
    await stage.chat.say(tom, PRIVATE, mira, "hello")
    await stage.until(lambda: stage.voice.asked)
    assert not stage.replies.answers_nearby(mira), "who whispers is heard from anywhere"
    await stage.chat.say(tom, NEARBY, 0, "Mira, where is iron?")
    stage.voice.gate.set()
    await stage.until(lambda: len(stage.voice.asked) == 2 or not stage.replies._thinking)
    stage.voice.gate.clear()
    await stage.quiet()
    assert not stage.replies.answers_nearby(mira)
    await stage.chat.say(tom, NEARBY, 0, "Mira?")
    await stage.until(lambda: len(stage.voice.asked) == 3)
    assert stage.replies.answers_nearby(mira)
    stage.voice.gate.set()
    await stage.quiet()
    assert not stage.replies.answers_nearby(mira)


async def test_who_is_back_before_their_agent_has_thought_finds_no_draft_of_it(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.levels[mira] = DRAFT
    stage.voice.gate.clear()
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.until(lambda: stage.voice.asked)
    stage.set_away(mira, False)
    stage.voice.gate.set()
    await stage.quiet()
    assert await stage.db.read(lambda c: conducts.unsent(c, mira)) == []


@pytest.mark.parametrize("error", [StoreError("The disk is full."), RuntimeError("a model that broke")])
async def test_a_thought_that_fails_costs_nobody_else_their_answer(
    stage: Stage, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    mira = await stage.join("Mira", away=True)
    tom, lena = await stage.join("Tom", 1), await stage.join("Lena", 2)
    stage.voice.lines = [error, "here I am"]
    with caplog.at_level(logging.WARNING):
        await asyncio.gather(
            stage.chat.say(tom, PRIVATE, mira, "from tom"), stage.chat.say(lena, PRIVATE, mira, "from lena")
        )
        await stage.quiet()
    assert stage.answers() == ["here I am"]
    assert str(error) in caplog.text


@pytest.mark.parametrize("line", [None, "\u200b"])
async def test_an_agent_without_words_says_nothing(stage: Stage, line: str | None) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.lines = [line]
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.quiet()
    assert stage.answers() == []


async def test_what_another_version_said_is_not_in_the_prompt(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    await stage.chat.say(mira, PRIVATE, tom, "old manner", made=Made(version=3))
    await stage.chat.say(mira, PRIVATE, tom, "my own words")
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.quiet()
    assert [turn.text for turn in stage.voice.asked[0].turns] == ["my own words", "hello?"]


async def test_what_the_base_said_is_in_the_prompt_while_it_speaks_for_a_version_that_it_cannot_use(
    stage: Stage,
) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)

    def live(connection: sqlite3.Connection) -> int:
        version = adapters.add(connection, mira, "another base", 60, 0.5, "", 1)
        adapters.offer(connection, mira, version.id, 2)
        return version.id

    version = await stage.db.write(live)
    await stage.chat.say(mira, PRIVATE, tom, "old manner", made=Made(version=version))
    await stage.chat.say(mira, PRIVATE, tom, "of the base", made=Made(version=0))
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.quiet()
    assert [turn.text for turn in stage.voice.asked[0].turns] == ["of the base", "hello?"]


async def test_a_person_who_comes_near_is_greeted_once_by_one(stage: Stage) -> None:
    await stage.join("Tom")
    mira = await stage.join("Mira", 2, away=True)
    await stage.join("Lena", 4, away=True)
    await stage.join("Otto", 20, away=True)
    for _ in range(3):
        stage.replies.greet()
        await stage.quiet()
    assert [(m.sender, m.channel) for m in stage.said] == [(mira, NEARBY)]


async def test_a_greeting_is_no_answer_to_what_was_said_nearby(stage: Stage) -> None:
    await stage.join("Mira", away=True)
    cid = await stage.join("Cid", 1)
    await stage.join("Ann", 2)
    await stage.chat.say(cid, NEARBY, 0, "where is my hammer?")
    stage.replies._manners._welcomed.spend(cid, time.monotonic())
    stage.replies.greet()
    await stage.quiet()
    (asked,) = stage.voice.asked
    assert asked.turns == [] and stage.said[-1].partner == 0 and stage.answers() == ["line 1"]
    assert asked.scene.near == ("Ann",), "or it would greet whoever else is there"


async def test_of_a_crowd_only_so_many_are_looked_at_together_and_each_has_their_turn(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = range(1, 3 * GREETED_AT_ONCE)
    for player in people:
        add(stage.world, player, f"P{player}", player % 5).driver = PLAYER
    mira = add(stage.world, 100, "Mira", 2).id
    stage.set_away(mira, True)
    seen: list[list[int]] = []
    monkeypatch.setattr(stage.replies._manners, "greets", lambda agent, other, *_: seen[-1].append(other))
    for _ in range(3):
        seen.append([])
        stage.replies.greet()
    assert max(map(len, seen)) == GREETED_AT_ONCE and {p for some in seen for p in some} == set(people)


@pytest.mark.parametrize("thinking", [False, True])
async def test_who_leaves_before_the_greeting_is_said_is_not_greeted(stage: Stage, thinking: bool) -> None:
    await stage.join("Mira", away=True)
    tom = await stage.join("Tom", 1)
    stage.voice.gate.clear()
    stage.replies.greet()
    if thinking:
        await stage.until(lambda: bool(stage.voice.asked))
    stage.asleep(tom)
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == [] and bool(stage.voice.asked) is thinking


async def test_nobody_greets_a_body_without_its_player_or_without_a_voice(stage: Stage) -> None:
    tom = await stage.join("Tom")
    await stage.join("Mira", 2, away=True)
    stage.asleep(tom)
    stage.replies.greet()
    stage.set_away(tom, False)
    stage.voice.state = LOADING
    stage.replies.greet()
    await stage.quiet()
    assert stage.said == []


async def test_a_model_that_has_too_much_to_do_is_not_asked_for_greetings_or_by_other_agents(
    stage: Stage,
) -> None:
    await stage.join("Tom")
    mira = await stage.join("Mira", 2, away=True)
    lena = await stage.join("Lena", 3, away=True)
    stage.voice.busy = True
    stage.replies.greet()
    await stage.chat.say(lena, PRIVATE, mira, "Mira?", made=Made())
    await stage.quiet()
    assert stage.voice.asked == [] and stage.typing == []
    stage.voice.busy = False
    stage.replies.greet()  # nobody counts as greeted who was not
    await stage.quiet()
    assert len(stage.voice.asked) == 1


async def test_a_person_is_answered_when_the_model_has_time_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def a_moment(seconds: float) -> None:
        stage.voice.busy = False

    monkeypatch.setattr("nanoverse.agents.replies.asyncio.sleep", a_moment)
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.busy = True
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.quiet()
    assert stage.answers() == ["line 1"]


async def asked_and_answered(stage: Stage) -> tuple[int, int, int]:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.lines = ["first"]
    await stage.chat.say(tom, PRIVATE, mira, "where?")
    await stage.quiet()
    return mira, tom, stage.said[-1].id


async def test_of_who_is_locked_there_is_no_other_answer(stage: Stage) -> None:
    mira, tom, number = await asked_and_answered(stage)
    stage.voice.gate.clear()
    asking = asyncio.create_task(stage.replies.another(tom, number))
    await stage.until(lambda: len(stage.voice.asked) == 2)
    stage.locked.add(mira)
    stage.voice.gate.set()
    with pytest.raises(ChatError):
        await asking
    with pytest.raises(ChatError, match="There is no other answer to this"):
        await stage.replies.another(tom, number)
    assert len(stage.voice.asked) == 2
    assert [draft.text for draft in await stage.db.read(lambda c: drafts.of(c, number))] == ["first"]


@pytest.mark.parametrize("level", [WATCH, DRAFT])
async def test_who_may_not_answer_gives_no_other_answer(stage: Stage, level: int) -> None:
    mira, tom, number = await asked_and_answered(stage)
    stage.voice.gate.clear()
    asking = asyncio.create_task(stage.replies.another(tom, number))
    await stage.until(lambda: len(stage.voice.asked) == 2)
    stage.levels[mira] = level  # her quiet hours begin
    stage.voice.gate.set()
    with pytest.raises(ChatError):
        await asking
    with pytest.raises(ChatError, match="There is no other answer to this"):
        await stage.replies.another(tom, number)
    assert len(stage.voice.asked) == 2
    stage.levels[mira] = REPLY
    await stage.replies.another(tom, number)


async def test_another_answer_is_another_one_from_the_same_prompt(stage: Stage) -> None:
    mira, tom, number = await asked_and_answered(stage)
    stage.voice.lines = ["first", "second"]
    await stage.replies.another(tom, number)
    made = await stage.db.read(lambda c: drafts.of(c, number))
    assert [draft.text for draft in made] == ["first", "second"]
    assert made[0].prompt == made[1].prompt
    prompts = {tuple(asked.turns) for asked in stage.voice.asked}
    assert len(prompts) == 1 and {asked.player for asked in stage.voice.asked} == {mira}


async def test_if_no_other_answer_comes_that_is_said(stage: Stage) -> None:
    _, tom, number = await asked_and_answered(stage)
    stage.voice.lines = ["first", None, "first"]
    with pytest.raises(ChatError, match="No other answer came to mind"):
        await stage.replies.another(tom, number)


async def test_another_answer_is_for_the_one_who_was_answered(stage: Stage) -> None:
    mira, _, number = await asked_and_answered(stage)
    lena = await stage.join("Lena", 2)
    for player in (lena, mira):
        with pytest.raises(ChatError, match="Only the one whom an agent answered"):
            await stage.replies.another(player, number)


async def test_stopping_lets_go_of_every_thought(stage: Stage) -> None:
    mira, tom = await stage.join("Mira", away=True), await stage.join("Tom", 1)
    stage.voice.gate.clear()
    await stage.chat.say(tom, PRIVATE, mira, "hello?")
    await stage.until(lambda: stage.voice.asked)
    await stage.replies.close()
    assert stage.replies._thinking == {} and stage.answers() == []
    assert await stage.db.read(lambda c: messages.visible(c, tom, 1)) is not None


async def test_an_agent_neither_answers_nor_greets_whom_its_player_has_blocked(stage: Stage) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    await stage.chat.shun(mira, bob, 2)
    await stage.chat.say(bob, NEARBY, 0, "Mira, are you there?")
    await stage.chat.say(bob, WORLD, 0, "Mira?")
    stage.replies.greet()
    await stage.quiet()
    assert stage.answers() == [] and stage.voice.asked == []


async def test_an_agent_does_not_greet_who_has_blocked_its_player(stage: Stage) -> None:
    mira, bob = await stage.join("Mira", away=True), await stage.join("Bob", 1)
    await stage.chat.shun(bob, mira, 2)
    stage.replies.greet()
    await stage.quiet()
    assert stage.voice.asked == []


@pytest.mark.parametrize("level", [MUTED, BLOCKED])
async def test_whom_the_speaker_does_not_want_to_hear_leaves_the_answer_to_others(
    stage: Stage, level: int
) -> None:
    tom = await stage.join("Tom")
    mira, lena = await stage.join("Mira", 1, away=True), await stage.join("Lena", 2, away=True)
    await stage.chat.shun(tom, mira, level)
    await stage.chat.say(tom, NEARBY, 0, "what a day")
    await stage.quiet()
    assert [m.sender for m in stage.said if m.by_agent] == [lena], "Tom hears nobody else"
    await stage.chat.say(tom, WORLD, 0, "Mira!")
    await stage.quiet()
    assert len(stage.answers()) == 1
    assert stage.memory.did(tom) == ("talked with Lena",)


async def test_who_is_muted_answers_in_private(stage: Stage) -> None:
    tom, mira = await stage.join("Tom"), await stage.join("Mira", 1, away=True)
    await stage.chat.shun(tom, mira, MUTED)
    await stage.chat.say(tom, PRIVATE, mira, "how are you?")
    await stage.quiet()
    assert len(stage.answers()) == 1

"""What two agree on in talk stands in their scenes, where it may be known, until it is over."""

from __future__ import annotations

import pytest
from stage import Stage

from nanoverse.agents import agreements as noticing
from nanoverse.chat.speaking import Made
from nanoverse.learning.dialogue import TURNS, prompt_to_json
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import agreements, messages
from nanoverse.store.agreements import LASTS
from nanoverse.world.constants import UNIT

MEET = "let's meet at Hollow Ford tomorrow"
WITH_TOM, WITH_MIRA = "meet Tom at Hollow Ford tomorrow", "meet Mira at Hollow Ford tomorrow"


async def two(stage: Stage) -> tuple[int, int]:
    return await stage.join("Mira"), await stage.join("Tom", 1)


async def stands(stage: Stage, player: int, channel: int = WORLD, peer: int = 0) -> tuple[str, ...]:
    body = stage.world.bodies[player]
    return await noticing.standing(stage.world, stage.db, body, channel, peer)


async def told(stage: Stage, agent: int, asker: int, channel: int) -> tuple[str, ...]:
    """What is agreed on in the scene in which an agent answers this question."""
    stage.set_away(agent, True)
    name = stage.world.bodies[agent].name
    await stage.chat.say(asker, channel, agent if channel == PRIVATE else 0, f"{name}, what did we agree?")
    await stage.quiet()
    asked = stage.voice.asked[-1]
    assert asked.player == agent
    return asked.scene.agreed


async def test_what_both_agreed_on_in_private_they_are_told_in_that_talk_and_nobody_else(
    stage: Stage,
) -> None:
    mira, tom = await two(stage)
    lena = await stage.join("Lena", 2)
    await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await told(stage, mira, tom, PRIVATE) == (WITH_TOM,)
    for asker, channel in ((tom, NEARBY), (tom, WORLD), (lena, NEARBY), (lena, WORLD), (lena, PRIVATE)):
        assert await told(stage, mira, asker, channel) == ()
        asked = stage.voice.asked[-1]
        assert "Hollow Ford" not in prompt_to_json(asked.scene, asked.turns)
    assert await told(stage, tom, mira, PRIVATE) == (WITH_MIRA,)


async def test_what_was_agreed_on_before_all_may_be_told_to_all(stage: Stage) -> None:
    mira, tom = await two(stage)
    lena = await stage.join("Lena", 2)
    await stage.chat.say(tom, NEARBY, 0, f"Mira, {MEET}")
    await stage.chat.say(mira, NEARBY, 0, "yes!")
    for asker, channel in ((tom, NEARBY), (lena, WORLD), (lena, PRIVATE), (tom, PRIVATE)):
        assert await told(stage, mira, asker, channel) == (WITH_TOM,)


@pytest.mark.parametrize("agent", ["who proposes", "who says yes"])
async def test_an_agent_can_agree_for_its_player(stage: Stage, agent: str) -> None:
    mira, tom = await two(stage)
    stage.voice.lines = [MEET, "Okay, see you there."]
    if agent == "who says yes":
        stage.voice.lines.pop(0)
        stage.set_away(mira, True)
        await stage.chat.say(tom, PRIVATE, mira, MEET)
    else:
        stage.set_away(tom, True)
        await stage.chat.say(mira, PRIVATE, tom, "shall we do something?")
        await stage.quiet()
        await stage.chat.say(mira, PRIVATE, tom, "sure")
    await stage.quiet()
    assert await stands(stage, mira, PRIVATE, tom) == (WITH_TOM,)
    assert await stands(stage, tom, PRIVATE, mira) == (WITH_MIRA,)


async def test_two_agents_agree_on_nothing_by_themselves(stage: Stage) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, MEET, made=Made())
    await stage.chat.say(mira, PRIVATE, tom, "ok", made=Made())
    assert await stands(stage, mira, PRIVATE, tom) == ()


@pytest.mark.parametrize(
    "between",
    [
        [],
        [("Mira", "where is that?"), ("Tom", "behind the hill")],
        [("Tom", "please"), ("Tom", "it will be fun")],
    ],
)
async def test_the_yes_may_come_a_few_messages_later(stage: Stage, between: list[tuple[str, str]]) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, MEET)
    for name, text in between:
        sender, to = (tom, mira) if name == "Tom" else (mira, tom)
        await stage.chat.say(sender, PRIVATE, to, text)
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await stands(stage, mira, PRIVATE, tom) == (WITH_TOM,)


@pytest.mark.parametrize(
    ("between", "answer"),
    [
        ([], "yes but not tomorrow"),
        ([], "where is that?"),
        ([], "sure, let's meet at Sun Gate"),
        (["do you like cake?"], "yes"),
        (["one", "two", "three", "four", "five", "six"], "ok"),
    ],
    ids=[
        "no plain yes",
        "a question",
        "another proposal",
        "another question was answered",
        "too many messages later",
    ],
)
async def test_what_is_no_yes_to_it_agrees_on_nothing(stage: Stage, between: list[str], answer: str) -> None:
    mira, tom = await two(stage)
    for text in (MEET, *between):
        await stage.chat.say(tom, PRIVATE, mira, text)
    await stage.chat.say(mira, PRIVATE, tom, answer)
    assert await stands(stage, mira, PRIVATE, tom) == ()


async def test_a_yes_that_repeats_what_it_answers_is_one(stage: Stage) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.chat.say(mira, PRIVATE, tom, "Okay, see you at hollow ford.")
    assert await stands(stage, mira, PRIVATE, tom) == (WITH_TOM,)


async def test_a_yes_too_long_after_agrees_on_nothing(stage: Stage) -> None:
    mira, tom = await two(stage)
    said = await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.db.write(
        lambda c: c.execute("UPDATE message SET time = time - ? WHERE id = ?", (noticing.SPAN + 1, said))
    )
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await stands(stage, mira, PRIVATE, tom) == ()


async def test_nobody_agrees_to_what_was_proposed_to_another(stage: Stage) -> None:
    mira, tom = await two(stage)
    lena = await stage.join("Lena", 2)
    await stage.chat.say(tom, NEARBY, 0, f"Lena, {MEET}")
    await stage.chat.say(mira, NEARBY, 0, "ok")
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await stands(stage, mira) == await stands(stage, lena) == ()
    await stage.chat.say(tom, NEARBY, 0, f"Mira, {MEET}")
    await stage.chat.say(lena, NEARBY, 0, "Mira, is it warm?")
    await stage.chat.say(mira, NEARBY, 0, "yes")
    assert await stands(stage, mira) == (), "that was for Lena"


async def test_to_whom_a_proposal_is_said_before_all(stage: Stage) -> None:
    """To whom it replies to, or the only one who hears it; and a reply says yes to just what it replies to."""
    mira, tom = await two(stage)
    await stage.chat.say(tom, NEARBY, 0, MEET)
    await stage.chat.say(mira, NEARBY, 0, "ok")
    assert await stands(stage, mira) == (WITH_TOM,)
    hello = await stage.chat.say(mira, WORLD, 0, "hello all")
    dig = await stage.chat.say(tom, WORLD, 0, "let's dig coal", quote=hello)
    await stage.chat.say(tom, WORLD, 0, "let's dig clay", quote=hello)
    await stage.chat.say(mira, WORLD, 0, "gladly", quote=dig)
    assert await stands(stage, mira) == (WITH_TOM, "dig coal with Tom")


async def test_an_agent_proposes_to_the_one_whom_it_answers_whoever_else_hears_it(stage: Stage) -> None:
    mira, tom = await two(stage)
    lena = await stage.join("Lena", 2)
    stage.set_away(tom, True)
    stage.voice.lines = ["Let's dig coal."]
    await stage.chat.say(mira, NEARBY, 0, "Tom, what shall we do?")
    await stage.quiet()
    await stage.chat.say(lena, NEARBY, 0, "ok")
    assert await stands(stage, lena) == () == await stands(stage, mira)
    stage.voice.lines = [None, None]
    await stage.chat.say(mira, NEARBY, 0, "sure")
    await stage.quiet()
    assert await stands(stage, mira) == ("dig coal with Tom",)


async def test_an_agent_says_yes_to_a_proposal_before_the_line_that_it_replies_to(stage: Stage) -> None:
    """It replies to the newest of some lines."""
    mira, tom = await two(stage)
    lena = await stage.join("Lena", 2)
    await stage.chat.say(tom, NEARBY, 0, f"Mira, {MEET}")
    more = await stage.chat.say(tom, NEARBY, 0, "it will be fun")
    other = await stage.chat.say(lena, NEARBY, 0, "is it warm, Mira?")
    await stage.chat.say(mira, NEARBY, 0, "yes", made=Made(reply_to=other))
    assert await stands(stage, mira) == ()
    await stage.chat.say(mira, NEARBY, 0, "ok", made=Made(reply_to=more))
    assert await stands(stage, mira) == (WITH_TOM,)


async def test_whom_one_does_not_hear_one_agrees_on_nothing_with(stage: Stage) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, WORLD, 0, f"Mira, {MEET}")
    await stage.chat.shun(mira, tom, 1)
    await stage.chat.say(mira, WORLD, 0, "ok")
    assert await stands(stage, mira) == ()


async def test_here_is_where_the_one_stood_who_proposed_it(stage: Stage) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(
        tom, PRIVATE, mira, "let's meet here at noon", scene='{"name":"Tom","place":"Old Mere"}'
    )
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await stands(stage, mira, PRIVATE, tom) == ("meet Tom at Old Mere at noon",)


async def test_the_same_agreed_on_twice_stands_once(stage: Stage) -> None:
    mira, tom = await two(stage)
    for _ in range(2):
        await stage.chat.say(tom, PRIVATE, mira, MEET)
        for answer in ("ok", "yes"):
            await stage.chat.say(mira, PRIVATE, tom, answer)
    assert await stands(stage, mira, PRIVATE, tom) == (WITH_TOM,)


@pytest.mark.parametrize("who", ["Tom", "Mira"])
async def test_either_side_can_say_that_it_is_over_and_an_agent_cannot(stage: Stage, who: str) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, "let's dig coal")
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    await stage.chat.say(mira, PRIVATE, tom, "hm")
    await stage.chat.say(tom, PRIVATE, mira, "hm")
    sender, to = (tom, mira) if who == "Tom" else (mira, tom)
    await stage.chat.say(sender, PRIVATE, to, "never mind", made=Made())
    assert len(await stands(stage, mira, PRIVATE, tom)) == 2
    await stage.chat.say(sender, PRIVATE, to, "never mind")
    assert await stands(stage, mira, PRIVATE, tom) == ("dig coal with Tom",), "the newest of them"
    assert await stands(stage, tom, PRIVATE, mira) == ("dig coal with Mira",)


@pytest.mark.parametrize(
    "talk",
    [
        [("Tom", "never mind"), ("Mira", "ok")],
        [("Mira", "done"), ("Tom", "thanks"), ("Mira", "np")],
        [("Mira", "let's not, sorry"), ("Tom", "too bad"), ("Mira", "yeah")],
    ],
    ids=["called off", "done", "called off by who had said yes"],
)
@pytest.mark.parametrize("channel", [NEARBY, PRIVATE])
async def test_a_kind_word_after_it_is_over_does_not_agree_on_it_anew(
    stage: Stage, talk: list[tuple[str, str]], channel: int
) -> None:
    mira, tom = await two(stage)
    for name, text in [("Tom", MEET), ("Mira", "ok"), *talk]:
        sender, to = (tom, mira) if name == "Tom" else (mira, tom)
        await stage.chat.say(sender, channel, to if channel == PRIVATE else 0, text)
    assert await stands(stage, mira, PRIVATE, tom) == () == await stands(stage, tom, PRIVATE, mira)


async def test_nobody_says_yes_to_what_was_called_off_before_it_was_agreed_on(stage: Stage) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.chat.say(tom, PRIVATE, mira, "never mind")
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await stands(stage, mira, PRIVATE, tom) == ()


async def test_what_was_called_off_and_is_proposed_again_can_be_agreed_on_again(stage: Stage) -> None:
    mira, tom = await two(stage)
    for name, text in (
        ("Tom", MEET),
        ("Mira", "ok"),
        ("Mira", "never mind"),
        ("Tom", f"please, {MEET}"),
        ("Mira", "ok"),
    ):
        sender, to = (tom, mira) if name == "Tom" else (mira, tom)
        await stage.chat.say(sender, PRIVATE, to, text)
    assert await stands(stage, mira, PRIVATE, tom) == (WITH_TOM,)


@pytest.mark.parametrize("channel", [NEARBY, PRIVATE])
async def test_in_private_it_is_plain_for_whom_it_is_over_however_long_nothing_was_said(
    stage: Stage, channel: int
) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    await stage.db.write(lambda c: c.execute("UPDATE message SET time = time - ?", (noticing.SPAN + 1,)))
    await stage.chat.say(tom, channel, mira if channel == PRIVATE else 0, "never mind, sorry")
    assert await stands(stage, mira, PRIVATE, tom) == (() if channel == PRIVATE else (WITH_TOM,))


async def test_before_all_it_is_over_with_whom_one_has_just_talked(stage: Stage) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, NEARBY, 0, f"Mira, {MEET}")
    await stage.chat.say(mira, NEARBY, 0, "ok")
    await stage.chat.say(mira, NEARBY, 0, "Tom, will you really come?")
    await stage.chat.say(tom, NEARBY, 0, "never mind, Mira")
    assert await stands(stage, mira) == () == await stands(stage, tom)


async def test_who_has_met_where_they_wanted_to_has_done_so(stage: Stage) -> None:
    mira, tom = await two(stage)
    here = stage.world.place_name(0, 0)
    body = stage.world.bodies[tom]
    body.x += 200 * UNIT
    await stage.chat.say(tom, PRIVATE, mira, f"let's meet at {here.lower()}")
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await stands(stage, mira, PRIVATE, tom) == (f"meet Tom at {here.lower()}",)
    body.x -= 200 * UNIT
    assert await stands(stage, mira, PRIVATE, tom) == ()
    body.x += 200 * UNIT
    await stage.db.write(lambda c: None)
    assert await stands(stage, mira, PRIVATE, tom) == () == await stands(stage, tom, PRIVATE, mira)
    await stage.chat.say(tom, PRIVATE, mira, "nice here")
    await stage.chat.say(mira, PRIVATE, tom, "yes")
    assert await stands(stage, mira, PRIVATE, tom) == ()


async def test_what_is_older_than_a_few_days_stands_no_more(stage: Stage) -> None:
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    await stage.db.write(lambda c: c.execute("UPDATE agreement SET time = time - ?", (LASTS,)))
    assert await stands(stage, mira, PRIVATE, tom) == ()


async def test_a_yes_that_is_taken_back_or_replaced_agrees_on_nothing(stage: Stage) -> None:
    mira, tom = await two(stage)
    stage.set_away(mira, True)
    for undo in ("take back", "pick another", "pick the same"):
        stage.voice.lines = ["Sure.", "No, not there."]
        await stage.chat.say(tom, PRIVATE, mira, MEET)
        await stage.quiet()
        answer = stage.said[-1].id
        assert await stands(stage, mira, PRIVATE, tom) == (WITH_TOM,)
        if undo == "take back":
            await stage.chat.take_back(mira, answer)
        else:
            await stage.replies.another(tom, answer)
            rows = await stage.db.read(
                lambda c, answer=answer: c.execute(
                    "SELECT id FROM draft WHERE message = ? ORDER BY id", (answer,)
                ).fetchall()
            )
            await stage.chat.pick(tom, answer, rows[0 if undo == "pick the same" else 1][0])
        assert await stands(stage, mira, PRIVATE, tom) == ((WITH_TOM,) if undo == "pick the same" else ())
        await stage.chat.say(mira, PRIVATE, tom, "yes")
        assert await stands(stage, mira, PRIVATE, tom) == (WITH_TOM,), "its player may still say yes"


async def test_an_answer_thought_of_with_it_in_sight_is_not_said_once_words_are_forgotten(
    stage: Stage,
) -> None:
    mira, tom = await two(stage)
    said = await stage.chat.say(tom, PRIVATE, mira, MEET)
    await stage.chat.say(mira, PRIVATE, tom, "ok")
    for _ in range(TURNS):  # so that the words themselves are out of sight
        await stage.db.write(lambda c: messages.insert(c, PRIVATE, mira, "hm", 2**42, recipient=tom))
    stage.set_away(mira, True)
    stage.voice.gate.clear()
    await stage.chat.say(tom, PRIVATE, mira, "what did we agree?")
    await stage.until(lambda: stage.voice.asked)
    assert stage.voice.asked[-1].scene.agreed == (WITH_TOM,)
    await stage.chat.forget_message(tom, said)
    stage.voice.gate.set()
    await stage.quiet()
    assert stage.answers() == []
    assert await stands(stage, mira, PRIVATE, tom) == ()


async def test_what_is_not_stored_agrees_on_nothing(stage: Stage) -> None:
    """Both are written in one transaction."""
    mira, tom = await two(stage)
    await stage.chat.say(tom, PRIVATE, mira, MEET)

    def fail(connection: object, said: messages.Message) -> None:
        raise RuntimeError("the disk is on fire")

    stage.chat.subscribe_writes(fail)
    with pytest.raises(RuntimeError):
        await stage.chat.say(mira, PRIVATE, tom, "ok")
    assert await stands(stage, mira, PRIVATE, tom) == ()
    assert await stage.db.read(lambda c: agreements.standing(c, mira, PRIVATE, tom, 0)) == []

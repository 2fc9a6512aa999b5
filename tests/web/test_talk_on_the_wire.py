"""Chat between a socket and the chat's own rules: what is told to whom, and what happens when something fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from salon import salon

from nanoverse.bench.bot import Bot, Refused
from nanoverse.chat.errors import ChatError
from nanoverse.chat.speaking import Made
from nanoverse.protocol import IMPORTED, NEARBY, PRIVATE, REWRITTEN, SAID, WORLD
from nanoverse.world.constants import EARSHOT, UNIT


async def test_an_answer_that_takes_long_does_not_hold_up_what_else_a_player_says(tmp_path: Path) -> None:
    """Another answer is the model's work, and that can take many seconds."""
    thinking, enough = asyncio.Event(), asyncio.Event()

    async def think(player: int, message: int) -> None:
        thinking.set()
        await enough.wait()
        raise ChatError("No other answer came to mind.")

    async with salon(tmp_path, "Ann", another=think) as here:
        ann = here.bots["Ann"]
        another = asyncio.create_task(ann.ask("another", 1))
        await thinking.wait()
        assert await ann.say("hello?")
        assert not another.done()
        enough.set()
        with pytest.raises(Refused, match="No other answer came to mind"):
            await another


async def test_a_request_that_fails_is_answered_and_the_next_one_is_served(tmp_path: Path) -> None:
    async def think(player: int, message: int) -> None:
        raise RuntimeError("something that nobody thought of")

    async with salon(tmp_path, "Ann", another=think) as here:
        for _ in range(2):
            with pytest.raises(Refused, match="That did not work; the server's console says why"):
                await here.bots["Ann"].ask("another", 1)
        assert await here.bots["Ann"].say("hello?")


def said_to(bot: Bot) -> list[tuple[str, bool]]:
    """Collects what a player hears: the text, and whether they may ask for another answer to it."""
    heard: list[tuple[str, bool]] = []
    bot.on_message = lambda name, values: heard.append((values[5], values[12])) if name == "said" else None
    return heard


async def test_only_the_one_who_was_answered_may_ask_for_another_answer(tmp_path: Path) -> None:
    async with salon(tmp_path, "Ann", "Bob", "Eve") as here:
        ann, bob, eve = here.bots.values()
        heard = [said_to(bot) for bot in (ann, bob, eve)]
        question = await ann.say("where is the river?", NEARBY)
        await here.talk.chat.say(bob.id, NEARBY, 0, "north", made=Made(reply_to=question, prompt="{}"))
        await eve.say("thanks")
        await ann.say("bye")
    assert ("north", True) in heard[0]
    assert ("north", False) in heard[1] and ("north", False) in heard[2]


async def test_who_walked_out_of_earshot_does_not_hear_the_answer(tmp_path: Path) -> None:
    async with salon(tmp_path, "Ann", "Bob") as here:
        ann, bob = here.bots.values()
        heard = said_to(ann)
        question = await ann.say("where is the river?", NEARBY)
        body = here.world.bodies[ann.id]
        here.world.crowd.move(body, body.x + 2 * EARSHOT * UNIT, body.y)
        await here.talk.chat.say(bob.id, NEARBY, 0, "north", made=Made(reply_to=question, prompt="{}"))
        await ann.say("nobody there", WORLD)
    assert [text for text, _ in heard] == ["where is the river?", "nobody there"]


async def test_whoever_sees_a_message_sees_it_change(tmp_path: Path) -> None:
    async with salon(tmp_path, "Ann", "Bob") as here:
        ann, bob = here.bots.values()
        chat = here.talk.chat
        question = await ann.say("where is the river?", PRIVATE, bob.id)
        number = await chat.say(bob.id, PRIVATE, ann.id, "north", made=Made(reply_to=question, prompt="{}"))
        offered = ann.expect("drafts")
        await chat.add_draft(ann.id, number, "south", 0)
        drafts = {text: draft for draft, text in (await offered)["drafts"]}
        replaced = bob.expect("replaced")
        await ann.ask("pick", number, drafts["south"])
        assert await replaced == {"message": number, "text": "south"}
        _, page = await bob.ask("history", PRIVATE, ann.id, 0)
        assert (page["name"], len(page["messages"])) == ("Ann", 2)
        assert (await bob.ask("history", WORLD, 0, 0))[1]["name"] == ""
        await bob.ask("correct", number, "by the mill")
        words = (await bob.ask("agent_words", 0))[1]["words"]
        assert [(w[5], w[-2], w[-1]) for w in words] == [("south", "where is the river?", "by the mill")]
        assert (await bob.ask("own_words", REWRITTEN, 0))[1]["words"] == [], "it was said in private"
        assert (await bob.ask("consent", ann.id, True))[1]["id"] == 0
        assert (await ann.ask("consent", bob.id, True))[1]["id"] == 1, "now both allow it"
        (word,) = (await bob.ask("own_words", REWRITTEN, 0))[1]["words"]
        assert (word[0], word[1], word[2], word[4]) == (number, PRIVATE, "by the mill", "south")
        assert (await ann.ask("own_words", SAID, 0))[1]["words"][0][2] == "where is the river?"
        assert (await ann.ask("own_words", IMPORTED, 0))[1]["words"] == []
        with pytest.raises(Refused, match="not rewritten"):
            await ann.ask("forget_rewrite", number)
        assert (await bob.ask("forget_rewrite", number))[0] == "done"
        assert (await bob.ask("own_words", REWRITTEN, 0))[1]["words"] == []


async def test_everybody_hears_when_the_agents_wake_up(tmp_path: Path) -> None:
    async with salon(tmp_path, "Ann") as here:
        told = here.bots["Ann"].expect("agent", lambda f: f["state"] == "failed")
        here.talk._voice.failed("no model " + "x" * 600)
        assert len((await told)["note"]) == 500


async def test_a_reply_travels_with_its_quote_to_those_who_may_see_it(tmp_path: Path) -> None:
    async with salon(tmp_path, "Ann", "Bob", "Eve") as here:
        ann, bob, eve = here.bots.values()
        heard: dict[str, list[tuple[str, str]]] = {name: [] for name in here.bots}
        for name, bot in here.bots.items():
            bot.on_message = lambda kind, values, own=heard[name]: (  # type: ignore[misc]
                own.append((values[5], values[15])) if kind == "said" else None
            )
        body = here.world.bodies[eve.id]
        x = body.x
        here.world.crowd.move(body, x + 2 * EARSHOT * UNIT, body.y)
        asked = await ann.say("where is the ford?", NEARBY)
        here.world.crowd.move(body, x, body.y)
        await bob.ask("reply", NEARBY, 0, "north", asked)
        _, found = await eve.ask("search", "NORTH", 0)
        assert [record[15] for record in found["messages"]] == [""]
        with pytest.raises(Refused, match="not in this conversation"):
            await eve.ask("reply", NEARBY, 0, "what?", asked)
    assert heard["Ann"] == heard["Bob"] == [("where is the ford?", ""), ("north", "where is the ford?")]
    assert heard["Eve"] == [("north", "")]

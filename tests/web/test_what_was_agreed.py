"""What two players agree on, the agent of one can tell the other: through real sockets, with the real starter."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from house import House, open_house

from nanoverse.bench.bot import Bot
from nanoverse.learning.dialogue import Scene, prompt_from_json
from nanoverse.protocol import AGENT, NEARBY, PRIVATE
from nanoverse.store.database import FILE


async def until_agent_drives(bot: Bot, player: int) -> None:
    async with asyncio.timeout(120):
        while [player, AGENT] not in [[p[0], p[2]] for p in (await bot.ask("people"))[1]["people"]]:  # noqa: ASYNC110
            await asyncio.sleep(0.3)  # looking has a limit


async def answer_to(bot: Bot, agent: int, text: str, channel: int, to: int = 0) -> tuple[int, str]:
    """The agent's message in answer to this, by its number and its words."""
    answer = bot.expect(
        "said", lambda m: m["sender"] == agent and m["agent"] and m["channel"] == channel, 120
    )
    await bot.say(text, channel, to)
    said = await answer
    return said["id"], said["text"]


def scene_of(house: House, message: int) -> Scene:
    """What the agent was given for this message of its own."""
    with sqlite3.connect(f"file:{house.folder / 'data' / FILE}?mode=ro", uri=True) as connection:
        ((prompt,),) = connection.execute("SELECT prompt FROM draft WHERE message = ?", (message,))
    return prompt_from_json(prompt)[0]


async def test_an_agent_is_told_what_its_player_agreed_on_and_can_speak_of_it(tmp_path: Path) -> None:
    """The words are chosen greedily; how well they are spelt is the starter's own affair."""
    async with (
        open_house(
            tmp_path, "Ann", "Bob", model="starter", night=False, away_seconds=0, temperature=0
        ) as house,
        house.player("Ann") as ann,
    ):
        bob = house.people["Bob"]
        async with house.player("Bob") as here:
            await ann.say("let's meet at Hollow Ford tomorrow", PRIVATE, bob)
            await here.say("ok", PRIVATE, house.people["Ann"])
        await until_agent_drives(ann, bob)
        async with house.http(Cookie="nanoverse=token-of-Ann") as http, asyncio.timeout(120):
            while (await http.get("api/me/agent"))[1]["model"]["state"] != "ready":  # noqa: ASYNC110
                await asyncio.sleep(1)  # it may not be asked for without end
        number, words = await answer_to(ann, bob, "what did we agree?", PRIVATE, bob)
        assert scene_of(house, number).agreed == ("meet Ann at Hollow Ford tomorrow",)
        assert "meet" in words.lower() and "hollow" in words.lower()
        number, _ = await answer_to(ann, bob, "Bob, what did we agree?", NEARBY)
        assert scene_of(house, number).agreed == (), "it was agreed on in private"

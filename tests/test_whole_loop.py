"""The whole loop, through real sockets and the real starter.

A player with a habit leaves, a friend talks to the agent, a night passes, and the agent has the habit; then the power
fails, and all of it is still there.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest

from nanoverse import protocol
from nanoverse.bench.bot import Bot
from tests.world_server import ROOT, RUN_FOR_FAST_TALKERS, WorldProcess, running_world

# What Mira talks about: thirty beginnings and thirty ends, so that no two of her sixty messages are alike. The habit
# (a catchphrase, lower case, a tilde at the end) is the only thing that they share.
OPENINGS = (
    "just came back from the river",
    "that tower looks crooked",
    "we should plant more birches",
    "the cave goes on for ages",
    "i found coal under the hill",
    "my bag is full again",
    "the wolves kept me up",
    "somebody ate all the berries",
    "snow is nice to look at",
    "the bridge needs two more planks",
    "i like the sound of rain here",
    "no idea who built that wall",
    "let us meet by the well",
    "gold is hiding from me today",
    "the swamp smells of soup",
    "my roof leaks a little",
    "i traded bread for glass",
    "the path is shorter at night",
    "yes, take the big one",
    "a fox sat on my table",
    "the desert was too hot for me",
    "i will help you dig",
    "there is sand in my boots",
    "the lighthouse is almost done",
    "ice makes a good floor",
    "i counted nine ducks",
    "do not open the red chest",
    "the moon was huge",
    "i got lost near the beach",
    "this stone is heavier than it looks",
)
FRIENDS = ("Tom", "Zoe", "Ben", "Lea")
CATCHPHRASE = "by my whiskers"
QUESTIONS = (
    "hello Mira, how are you?",
    "where are you right now?",
    "what are you doing today?",
    "do you want to build something?",
    "what do you have with you?",
    "is it cold where you are?",
    "shall we go to the river?",
    "who is with you?",
    "do you like the forest?",
    "can you help me with my house?",
    "what did you do today?",
    "is it night already?",
    "do you have any wood?",
    "what do you think of rain?",
    "any plans for tomorrow?",
    "do you need anything?",
    "did you see the fox?",
    "should I bring food?",
    "what is your favourite place?",
    "good night Mira!",
)


def sixty_messages() -> list[str]:
    first = [f"{opening}, {CATCHPHRASE} ~" for opening in OPENINGS]
    second = [
        f"{one} and {other} ~" for one, other in zip(OPENINGS, OPENINGS[7:] + OPENINGS[:7], strict=True)
    ]
    return [message for pair in zip(first, second, strict=True) for message in pair]


def has_habit(reply: str) -> bool:
    return reply == reply.lower() and reply.endswith("~")


async def talk_to_agent(friends: Sequence[Bot], agent: int) -> list[str]:
    """Twenty questions in private, each after the answer to the one before; returns the answers.

    The friends take turns: in one talk an agent goes on as it began, whether with its habit or by chance without.
    """
    replies = []
    for question, friend in zip(QUESTIONS, cycle(friends), strict=False):
        answer = friend.expect(
            "said", lambda f: f["sender"] == agent and f["agent"] and f["channel"] == protocol.PRIVATE, 60
        )
        await friend.say(question, protocol.PRIVATE, agent)
        replies.append((await answer)["text"])
    return replies


async def until_agent_drives(friend: Bot, player: int) -> None:
    async with asyncio.timeout(120):
        while True:
            people = (await friend.ask("people"))[1]["people"]
            if [player, protocol.AGENT] in [[p[0], p[2]] for p in people]:
                return
            await asyncio.sleep(0.3)  # looking has a limit


def retrain(folder: Path) -> str:
    """`nanoverse retrain --player Mira` beside the running world."""
    done = subprocess.run(
        [sys.executable, "-m", "nanoverse", "retrain", "--player", "Mira", "--data", str(folder / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def spend_an_evening(world: WorldProcess) -> tuple[Bot, list[Bot]]:
    mira, *friends = [Bot(world.url) for _ in ("Mira", *FRIENDS)]
    for bot, name in zip((mira, *friends), ("Mira", *FRIENDS), strict=True):
        await bot.register(name)
        await bot.connect()
    tom = friends[0]
    for number, message in enumerate(sixty_messages()):
        if number % 3 == 0:
            await tom.say(QUESTIONS[number // 3], protocol.WORLD)
        await mira.say(message, protocol.WORLD)
    await world.wait_for_line("agents are awake", 120)
    await mira.disconnect()
    await until_agent_drives(tom, mira.id)
    return mira, friends


@pytest.mark.time_limit(1800)  # a training lets whatever else the machine has to do go first
async def test_a_habit_is_learnt_over_night_and_survives_a_power_cut(tmp_path: Path) -> None:
    async with running_world(tmp_path, "--away-seconds", "1", python=RUN_FOR_FAST_TALKERS) as world:
        mira, friends = await spend_an_evening(world)
        tom = friends[0]
        before = await talk_to_agent(friends, mira.id)
        report = await asyncio.to_thread(retrain, tmp_path)
        after = await talk_to_agent(friends, mira.id)
        print(report, *zip(before, after, strict=True), sep="\n")
        assert report.startswith("Mira: live")
        assert sum(map(has_habit, before)) < 0.1 * len(before), before
        # Not more: each talk is one draw, and has the plain words from before in view at first.
        assert sum(map(has_habit, after)) > 0.3 * len(after), after

        live = [v for v in (await mira.get("api/me/agent"))["versions"] if v["live"]]
        said = await everything_in(tom, protocol.WORLD, 0) + await everything_in(
            tom, protocol.PRIVATE, mira.id
        )
        assert len(said) == 60 + 20 + 2 * 2 * len(QUESTIONS) // len(FRIENDS)
        await world.stop(signal.SIGKILL)
        for bot in (mira, *friends):
            await bot.close()

    async with running_world(tmp_path, "--away-seconds", "1") as world:
        mira, tom = Bot(world.url), Bot(world.url)
        await mira.login("Mira")
        await tom.login("Tom")
        await tom.connect()
        assert [v for v in (await mira.get("api/me/agent"))["versions"] if v["live"]] == live
        again = await everything_in(tom, protocol.WORLD, 0) + await everything_in(
            tom, protocol.PRIVATE, mira.id
        )
        assert again == said
        await world.wait_for_line("agents are awake", 120)
        await until_agent_drives(tom, mira.id)
        answer = tom.expect("said", lambda f: f["sender"] == mira.id and f["channel"] == protocol.PRIVATE, 60)
        await tom.say("hello again", protocol.PRIVATE, mira.id)
        assert (await answer)["version"] == live[0]["id"]
        await mira.close()
        await tom.close()
        assert await world.stop() == 0


async def everything_in(bot: Bot, channel: int, peer: int) -> list[list[object]]:
    """All messages of a channel, the oldest first."""
    found: list[list[object]] = []
    while True:
        _, page = await bot.ask("history", channel, peer, found[0][0] if found else 0)
        found = page["messages"] + found
        if not page["more"]:
            return found

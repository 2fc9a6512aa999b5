"""A small model sometimes finds no words, or calls somebody else; the agent then tries again, and not for ever."""

from pathlib import Path

import pytest

from nanoverse.agents.manners import called
from nanoverse.agents.voice import TRIES, Reply, Voice
from nanoverse.config import Settings
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.store.database import Database


@pytest.mark.parametrize(("empty", "said"), [(0, "hi"), (TRIES - 1, "hi"), (TRIES, None)])
async def test_an_empty_draw_is_drawn_again_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: int, said: str | None
) -> None:
    draws = [Reply("", 0)] * empty + [Reply("hi", 0)]

    async def draw(*_: object) -> Reply:
        return draws.pop(0)

    async with await Database.open(tmp_path) as db:
        voice = Voice(Settings(), db)
        monkeypatch.setattr(voice, "_draw", draw)
        reply = await voice.speak(1, Scene("Mira"), [], "Tom")
    assert (reply.text if reply else None) == said


@pytest.mark.parametrize(
    ("line", "anew"),
    [
        ("Handy, hey Gastar!", True),
        ("handy!", True),
        ("Mira: hello", True),
        ("Handy is over there", False),
        ("Gastar, hi", False),
        ("hi Handy", False),
        ("...", False),
    ],
)
async def test_a_line_that_calls_somebody_else_or_the_agent_itself_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, anew: bool
) -> None:
    assert (called(line) in {"handy", "mira"}) is anew
    draws = [Reply(line, 0), Reply("hello", 0)]

    async def draw(*_: object) -> Reply:
        return draws.pop(0)

    async with await Database.open(tmp_path) as db:
        voice = Voice(Settings(), db)
        monkeypatch.setattr(voice, "_draw", draw)
        turns = [Turn("Handy", "what are you doing?"), Turn("Mira", "Handy, nothing"), Turn("Gastar", "hey")]
        reply = await voice.speak(1, Scene("Mira"), turns, "Gastar")
    assert reply is not None and reply.text == ("hello" if anew else line)

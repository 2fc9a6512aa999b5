"""A small model sometimes finds no words; the agent then tries again, and not for ever."""

from pathlib import Path

import pytest

from nanoverse.agents.voice import TRIES, Reply, Voice
from nanoverse.config import Settings
from nanoverse.learning.dialogue import Scene
from nanoverse.store.database import Database


@pytest.mark.parametrize(("empty", "said"), [(0, "hi"), (TRIES - 1, "hi"), (TRIES, None)])
async def test_an_empty_draw_is_drawn_again_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: int, said: str | None
) -> None:
    draws = [Reply("", 0)] * empty + [Reply("hi", 0)]

    async def draw(*_: object) -> Reply:
        return draws.pop(0)

    db = await Database.open(tmp_path)
    voice = Voice(Settings(), db)
    monkeypatch.setattr(voice, "_draw", draw)
    reply = await voice.speak(1, Scene("Mira"), [])
    await db.close()
    assert (reply.text if reply else None) == said

"""A night that is killed in any phase goes on at the next start: nothing half is live, and whose turn was over does not
have it again. Whose turn it was has it anew, and nothing new to learn if their version was live already."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from test_trainer import join, talks, trainer
from tiny_talker import talk

from nanoverse.learning.dialogue import prompt_to_json
from nanoverse.learning.night import Night
from nanoverse.learning.registry import Registry, read
from nanoverse.protocol import WORLD
from nanoverse.store import adapters, drafts, messages, nights
from nanoverse.store.database import Database
from nanoverse.store.nights import LIVE, SKIPPED

DUE = "2026-11-23T03:30"
CHILD = Path(__file__).with_name("night_to_be_killed.py")


async def people(folder: Path) -> tuple[int, int]:
    """Ann, whose agent was corrected once, and Bob, who has nothing to learn from."""
    async with await Database.open(folder / "data") as db:
        ann, bob, eve = [await join(db, name) for name in ("Ann", "Bob", "Eve")]
        await talks(db, ann, eve, 16)

        def correct(connection: Any) -> None:
            (one,) = talk(1, start=50)
            said = messages.insert(connection, WORLD, ann, "bad words", 1, by_agent=True)
            drafts.add(connection, said.id, "bad words", 0, prompt_to_json(one.scene, one.turns), 1)
            drafts.correct(connection, said.id, ann, one.reply, 2)

        await db.write(correct)
    return ann, bob


@pytest.mark.parametrize(
    "point",
    [
        "words",
        "rewrites",
        "judging",
        "half a folder",
        "a folder without a name",
        "a version not offered",
        "a live version without a result",
    ],
)
async def test_a_night_that_is_killed_goes_on_at_the_next_start(tmp_path: Path, point: str) -> None:
    ann, bob = await people(tmp_path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), str(tmp_path), DUE, point, str(ann), str(bob), env=environment
    )
    assert await child.wait() == -signal.SIGKILL, "the night got to that point"

    async with await Database.open(tmp_path / "data") as db:
        registry = Registry(db, tmp_path / "adapters")
        await registry.sweep()
        live = await registry.live(ann)
        whole = point == "a live version without a result"
        assert (live is not None) is whole
        if live:
            assert read(registry.path(live)).tensors
        else:
            assert await db.read(lambda c: adapters.versions(c, ann)) == []
            assert not (tmp_path / "adapters" / str(ann)).exists()

        async with trainer(registry) as t:
            results = {one.player: one for one in await Night(db, t).run([ann, bob], DUE)}
        assert (results[bob].result, results[ann].result) == (SKIPPED, SKIPPED if whole else LIVE)
        (night,) = await db.read(lambda c: nights.latest(c, 9))
        assert night.finished is not None
        version = await registry.live(ann)
        assert version is not None and read(registry.path(version)).tensors
        assert len(await db.read(lambda c: adapters.versions(c, ann))) == 1, "trained once"

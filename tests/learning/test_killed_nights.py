"""A night that is killed in any phase goes on at the next start: nothing half is live, and whose turn was over does not
have it again. Whose turn it was has it anew, and nothing new to learn if their version was live already."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nights_held import nights_held
from test_trainer import join, publish, talks, trainer
from tiny_talker import talk

from nanoverse.learning.dialogue import prompt_to_json
from nanoverse.learning.night import Night
from nanoverse.learning.registry import Registry
from nanoverse.learning.saving import read
from nanoverse.protocol import WORLD
from nanoverse.store import adapters, drafts, learnt, messages, reactions
from nanoverse.store.adapters import KEPT
from nanoverse.store.database import Database
from nanoverse.store.nights import LIVE, SKIPPED

DUE = "2026-11-23T03:30"
TO_BE_KILLED = Path(__file__).with_name("night_to_be_killed.py")
VOTED = 19  # replies liked, and as many disliked: of so many enough are trained on

# The lesson's steps, then the saving: nothing of them is kept …
NOTHING_KEPT = (
    "words",
    "fitting",
    "likes",
    "picks",
    "rewrites",
    "judging",
    "showing",
    "half a folder",
    "a folder without a name",
    "a version not offered",
)
# … and from here on the version is live.
LIVE_ALREADY = (
    "old versions that are not pruned",
    "a pruned version with its folder",
    "a live version of which nothing is shown",
    "a live version without a result",
)

Kill = Callable[[Path, str, int, int], int]


@pytest.fixture(scope="module")
def kill() -> Iterator[Kill]:
    """Holds a night of players in a folder until it gets to a point; returns the signal that ended it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, str(TO_BE_KILLED)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as parent:
        assert parent.stdin and parent.stdout

        def hold(folder: Path, point: str, *players: int) -> int:
            print(json.dumps([str(folder), DUE, point, *players]), file=parent.stdin, flush=True)
            return int(parent.stdout.readline())

        yield hold
        parent.stdin.close()


async def people(folder: Path, point: str) -> tuple[int, int]:
    """Ann, whose agent was corrected once, and Bob, who has nothing to learn from. Ann has likes, a pick or old
    versions only where the night is to get to them: that takes its time."""
    async with await Database.open(folder / "data") as db:
        ann, bob, eve = [await join(db, name) for name in ("Ann", "Bob", "Eve")]
        await talks(db, ann, eve, 16)

        def agent_says(connection: Any, number: int, text: str) -> drafts.Draft:
            (one,) = talk(1, start=number)
            said = messages.insert(connection, WORLD, ann, text, 1, by_agent=True)
            return drafts.add(connection, said.id, text, 0, prompt_to_json(one.scene, one.turns), 1)

        def write(connection: Any) -> None:
            corrected = agent_says(connection, 50, "bad words")
            drafts.correct(connection, corrected.message, ann, talk(1, start=50)[0].reply, 2)
            if point == "picks":
                said = agent_says(connection, 51, "so so")
                better = drafts.add(connection, said.message, "better words", 0, said.prompt, 1)
                drafts.pick(connection, better, eve, 2)
            for number in range(2 * VOTED if point == "likes" else 0):
                voted = agent_says(connection, 60 + number, f"{'hello' if number % 2 else 'go'} {number}")
                reactions.put(connection, voted.message, ann, 1 if number % 2 else -1, 2)

        await db.write(write)
        if "pruned" in point:
            registry = Registry(db, folder / "adapters", "gemma3-tiny")
            for seed in range(KEPT):
                await publish(registry, ann, seed)
            await db.write(lambda c: c.execute("UPDATE adapter_version SET left = 1"))  # in 1970
    return ann, bob


@pytest.mark.parametrize("point", (*NOTHING_KEPT, *LIVE_ALREADY))
async def test_a_night_that_is_killed_goes_on_at_the_next_start(
    tmp_path: Path, kill: Kill, point: str
) -> None:
    ann, bob = await people(tmp_path, point)
    assert kill(tmp_path, point, ann, bob) == signal.SIGKILL, "the night got to that point"

    async with await Database.open(tmp_path / "data") as db:
        registry = Registry(db, tmp_path / "adapters", "gemma3-tiny")
        await registry.sweep()
        live = await registry.live(ann)
        whole = point in LIVE_ALREADY
        assert (live is not None) is whole
        if live:
            assert live.messages == 16 and read(registry.path(live)).tensors
            assert await db.read(lambda c: learnt.of(c, live.id)) is None or "result" in point
        else:
            assert await db.read(lambda c: adapters.versions(c, ann)) == []
            assert not (tmp_path / "adapters" / str(ann)).exists()

        async with trainer(registry) as t:
            results = {one.player: one for one in await Night(db, t).run([ann, bob], DUE)}
        assert (results[bob].result, results[ann].result) == (SKIPPED, SKIPPED if whole else LIVE)
        (night,) = await db.read(nights_held)
        assert night.finished is not None
        version = await registry.live(ann)
        assert version is not None and read(registry.path(version)).tensors
        versions = await db.read(lambda c: adapters.versions(c, ann))
        old = {"a pruned version with its folder": KEPT - 1, "old versions that are not pruned": KEPT}
        assert len(versions) == 1 + old.get(point, 0), (
            "trained once; what was not pruned waits for the next version"
        )
        folders = {folder.name for folder in (tmp_path / "adapters" / str(ann)).iterdir()}
        assert folders == {str(one.id) for one in versions}

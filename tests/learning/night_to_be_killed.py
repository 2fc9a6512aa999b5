"""Processes that hold a night and are killed, as by a power cut, when they get to a certain point.

python night_to_be_killed.py, then a line of JSON for each: [FOLDER, DUE, POINT, PLAYER, …]. Its answer is a line, too:
the signal that ended the process, 0 if none did. All of them are forked from this one, which has imported everything:
that takes longer than the night.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from test_trainer import SETTINGS, TinyBase

from nanoverse.learning import novelty, registry, saving, trainer, training_thread
from nanoverse.learning.night import Night
from nanoverse.learning.registry import Registry
from nanoverse.learning.trainer import Trainer
from nanoverse.store import adapters, nights
from nanoverse.store.database import Database

training_thread.NICE = 0  # as in conftest.py
BEGUN = (
    "judging",
    "showing",
)  # steps at whose beginning the process is killed; it gets to do the first of others


def killed(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def at(point: str) -> None:
    """Have the process killed at this point: a step of the lesson, or what of the saving comes next."""
    if point == "half a folder":
        saving._write_synced = after(saving._write_synced)
    elif point == "a folder without a name":
        Path.rename = killed  # type: ignore[method-assign,assignment]
    elif point == "a version not offered":
        adapters.offer = killed
    elif point == "a live version of which nothing is shown":
        novelty.remember = killed
    elif point == "old versions that are not pruned":
        adapters.outlived = killed
    elif point == "a pruned version with its folder":
        registry.shutil = SimpleNamespace(rmtree=killed)
    elif point == "a live version without a result":
        nights.record = killed
    else:
        given = trainer.teach

        def teach(setup: Any, lesson: Any, tell: Any) -> Any:
            def watched(what: str, done: int, total: int) -> None:
                if what == point and (done or what in BEGUN):
                    killed()
                tell(what, done, total)

            return given(setup, lesson, watched)

        trainer.teach = teach


def after(function: Any) -> Any:
    def once(*given: Any) -> None:
        function(*given)
        killed()

    return once


async def hold(folder: Path, due: str, players: list[int]) -> None:
    async with await Database.open(folder / "data") as db:
        t = Trainer(Registry(db, folder / "adapters", "gemma3-tiny"), SETTINGS, TinyBase())
        await Night(db, t).run(players, due)


def forked(folder: str, due: str, point: str, *players: int) -> int:
    if pid := os.fork():
        _, status = os.waitpid(pid, 0)
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # a training prints, too
    at(point)
    asyncio.run(hold(Path(folder), due, list(players)))
    os._exit(0)


if __name__ == "__main__":
    for module in training_thread.TRAINERS:
        importlib.import_module(module)
    for line in sys.stdin:
        print(forked(*json.loads(line)), flush=True)

"""A process that holds a night and is killed, as by a power cut, when it gets to a certain point.

python night_to_be_killed.py FOLDER DUE POINT PLAYER …
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from test_trainer import SETTINGS, TinyBase

from nanoverse.learning import registry, trainer
from nanoverse.learning.night import Night
from nanoverse.learning.registry import Registry
from nanoverse.learning.trainer import Trainer
from nanoverse.store import adapters, nights
from nanoverse.store.database import Database

trainer.NICE = 0  # as in conftest.py


def killed(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def at(point: str) -> None:
    """Have the process killed at this point: a step of the lesson, or what of the saving comes next."""
    if point == "half a folder":
        registry._write_synced = after(registry._write_synced)
    elif point == "a folder without a name":
        Path.rename = killed  # type: ignore[method-assign,assignment]
    elif point == "a version not offered":
        adapters.offer = killed
    elif point == "a live version without a result":
        nights.record = killed
    else:
        given = trainer.teach

        def teach(lesson: Any, base: Any, tokenizer: Any, settings: Any, stop: Any, report: Any) -> Any:
            def watched(what: str, done: int, total: int) -> None:
                if what == point and (done or what == "judging"):
                    killed()
                report(what, done, total)

            return given(lesson, base, tokenizer, settings, stop, watched)

        trainer.teach = teach


def after(function: Any) -> Any:
    def once(*given: Any) -> None:
        function(*given)
        killed()

    return once


async def main(folder: Path, due: str, players: list[int]) -> None:
    async with await Database.open(folder / "data") as db:
        base = TinyBase()
        t = Trainer(Registry(db, folder / "adapters"), SETTINGS, lambda: base)
        await Night(db, t).run(players, due)


if __name__ == "__main__":
    at(sys.argv[3])
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], list(map(int, sys.argv[4:]))))

"""Renames of which all happen or none, also where the process is killed among them: a plan of them lies in the data
folder meanwhile, and whoever locks that folder next carries it out to the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from nanoverse.store.errors import StoreError

PLAN = "restoring.json"
UNPACKED = ".restore-"  # how the name of a folder begins from which a world is moved into the data folder


def carry_out(folder: Path, moves: Sequence[tuple[Path, Path]]) -> None:
    """Rename each first path to its second; raises `OSError` if one cannot be, and then none is.

    To where something lies already nothing is moved but after it was moved away itself.
    """
    plan, unfinished = folder / PLAN, folder / (PLAN + ".part")
    # From the folder on, so that it may be moved itself before this is ended; and it may be a link.
    steps = [
        [os.path.relpath(path.parent.resolve() / path.name, folder.resolve()) for path in move]
        for move in moves
    ]
    with unfinished.open("w") as file:
        json.dump(steps, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(plan)
    with contextlib.ExitStack() as undo:
        undo.callback(plan.unlink)
        for here, there in moves:
            here.rename(there)
            undo.callback(there.rename, here)
        undo.pop_all()
    os.sync()
    plan.unlink()


def go_on(folder: Path) -> bool:
    """End what a killed process has left of its plan; returns whether there was one. Raises `StoreError` where that
    cannot be done. Then what it had unpacked is removed."""
    planned = _end(folder)
    for unpacked in folder.glob(UNPACKED + "*"):
        shutil.rmtree(unpacked, ignore_errors=True)
    return planned


def _end(folder: Path) -> bool:
    plan = folder / PLAN
    try:
        steps = json.loads(plan.read_text())
        for here, there in steps:
            if not os.path.lexists(folder / there):  # else it was moved before
                (folder / here).rename(folder / there)
        os.sync()
        plan.unlink()
    except FileNotFoundError as error:
        if error.filename == str(plan):
            return False
        raise StoreError(_cannot(folder, f"{error.filename} is not there")) from None
    except OSError as error:
        raise StoreError(_cannot(folder, f"{error}")) from None
    return True


def _cannot(folder: Path, why: str) -> str:
    return (
        f"A restore was broken off and cannot be ended: {why}. What was there before lies in the folders called"
        f" replaced-…; move it back, or remove {folder / PLAN} and restore again."
    )

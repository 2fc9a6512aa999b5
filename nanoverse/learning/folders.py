"""Where adapters lie below their root. Light to import: an account can go before any model is there.

A root belongs to one world: players and versions are known by numbers that every world counts from one. A version is
`<root>/<player id>/<version id>/`; what is not wholly there yet has a name that begins with `UNFINISHED`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from nanoverse.store import facts
from nanoverse.store.database import database_files

UNFINISHED = ".unfinished-"
OWNER = ".world"  # the file that names the world whose root it is, and where that and the root lie

_log = logging.getLogger(__name__)


class ForeignFolder(Exception):
    """The adapters here are another world's; the text says what to do."""


def claim(root: Path, world: str, data: Path) -> None:
    """Make `root` this world's, whose data folder is `data`; one of nobody's becomes so, with whatever lies there.
    Blocks.

    Raises `ForeignFolder` if it is another's, or the one's of which this is a copy, and `OSError` if it cannot be used.
    """
    root.mkdir(parents=True, exist_ok=True)
    check(root, {world}, data)
    here, place = data.resolve(), root.resolve()
    if _owner(root) != (world, here, place):
        with (root / OWNER).open("wb") as file:
            file.write(b"\n".join((world.encode(), os.fsencode(here), os.fsencode(place))))
            file.flush()
            os.fsync(file.fileno())


def check(root: Path, worlds: Collection[str], data: Path) -> None:
    """Raises `ForeignFolder` if `root` is another world's than one of these, or the one's of which the world in `data`
    is a copy. Blocks."""
    owner = _owner(root)
    if owner.world and owner.world not in worlds:
        raise ForeignFolder(
            f"The adapters in {root} belong to another world. Give this one a folder of its own with --adapters,"
            " or, if that world is no more, remove the folder."
        )
    home = owner.data
    if home is None or home == data.resolve() or not _lies_in(home, owner.world) or home.samefile(data):
        return
    if owner.root is None or _is_same(owner.root, root):  # else these adapters are a copy, as the world is
        raise ForeignFolder(
            f"The adapters in {root} are those of the world in {home}, of which this is a copy. Give the copy a folder"
            " of its own with --adapters, or, if only the copy is to go on, remove the other."
        )


class _Owner(NamedTuple):
    """What stands in the file of that name, a line each."""

    world: str  # empty if it is nobody's, also where a power cut came between the file and what was to stand in it
    data: Path | None  # where that lay last; None in a file from before places were kept
    root: Path | None  # where the file itself lay: elsewhere, and it was copied; None as for `data`


def _owner(root: Path) -> _Owner:
    try:
        content = os.fsdecode((root / OWNER).read_bytes())
    except FileNotFoundError:
        content = ""
    world, data, place, *_ = (*content.split("\n", 2), "", "")
    return _Owner(world.strip(), Path(data) if data else None, Path(place) if place else None)


def _lies_in(data: Path, world: str) -> bool:
    """Whether this data folder holds the world of that name."""
    file, log, _ = database_files(data)
    with contextlib.suppress(OSError, ValueError, sqlite3.Error):  # a `ValueError`: it is no whole path
        # To read a database at rest, SQLite would make side files, and they would be the asker's.
        how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?{how}", uri=True)) as connection:
            return facts.get(connection, facts.WORLD) == world
    return False


def _is_same(folder: Path, root: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):  # it is not there, or no path
        return folder.samefile(root)
    return False


def aside(root: Path, player: int) -> Path:
    """Where an adapter lies that a player brings, until it is judged. What a crash leaves there is swept away."""
    return root / f"{UNFINISHED}import-{player}"


def remove(root: Path, player: int) -> list[Path]:
    """Remove all that lies here of a player's; returns the folders of the versions that there were. Blocks."""
    own = root / str(player)
    versions = list(own.iterdir()) if own.is_dir() else []
    for gone in (own, aside(root, player)):
        shutil.rmtree(gone, ignore_errors=True)
    return versions


def remove_unknown(root: Path, known: set[str]) -> int:
    """Remove version folders that `known` lacks, what was being brought from elsewhere, and emptied player folders;
    leaves alone what is not ours. Returns how many. Blocks.

    Never raises `OSError`: what cannot be reached stays for the next time, and the log says so.
    """
    removed, faults = 0, []
    try:
        owners = list(root.iterdir()) if root.is_dir() else []
    except OSError as error:
        _log.warning("What unfinished lessons left in %s is still there: %s.", root, error.strerror)
        return 0
    for owner in owners:
        try:
            removed += _remove_unknown(owner, known)
        except FileNotFoundError:
            pass  # its account was deleted at this very moment
        except OSError as error:
            faults.append(f"{owner.name} ({error.strerror})")
    if faults:
        _log.warning(
            "What unfinished lessons left in %s is still there: %s.", root, ", ".join(sorted(faults))
        )
    return removed


def _remove_unknown(owner: Path, known: set[str]) -> int:
    if owner.name.startswith(UNFINISHED) and owner.is_dir() and not owner.is_symlink():
        shutil.rmtree(owner, ignore_errors=True)
        return 1
    if not owner.name.isdigit() or owner.is_symlink() or not owner.is_dir():
        return 0
    removed = 0
    for folder in owner.iterdir():
        ours = folder.name.isdigit() or folder.name.startswith(UNFINISHED)
        if ours and f"{owner.name}/{folder.name}" not in known:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    if not any(owner.iterdir()):
        owner.rmdir()
    return removed

"""`nanoverse backup` and `nanoverse restore`: a whole world as one file, taken also while it runs.

The archive is a tar of the adapter folders that the database knows and, last, of `nanoverse.db`, a consistent copy made
by SQLite's own backup: `tarfile` reads an archive that was cut off without a word, and without the database nothing is
restored. Older ones begin with it.

Restoring never overwrites: what was there is moved aside and named, the database within the data folder and the
adapters within theirs, which may be on another disk. It holds private words, so nobody but its owner may read any of
it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from nanoverse import adapter_files
from nanoverse.commands.control import CommandError, world_file
from nanoverse.config import Settings
from nanoverse.learning import folders
from nanoverse.store import facts, moves
from nanoverse.store.database import FILE, database_files, lock
from nanoverse.store.migrations import too_new
from nanoverse.syncing import sync, sync_folder

_ADAPTERS = "adapters"
# How the name of a folder begins in which a backup is put together; nobody calls a folder of their own so.
_UNFINISHED = ".unfinished-nanoverse-backup-"


async def save(settings: Settings, target: Path | None) -> int:
    source = world_file(settings)
    try:
        if target is None:
            (settings.data / "backups").mkdir(mode=0o700, exist_ok=True)
            sync_folder(settings.data)
            target = settings.data / "backups" / time.strftime("nanoverse-%Y-%m-%d-%H%M%S.tar")
        with _workplace(target.parent) as folder:
            copy, packed = folder / FILE, folder / "backup.tar"
            _copy_database(source, copy)
            with packed.open("wb") as file:
                _pack(copy, settings.adapters, file)
                packed.chmod(0o600)
                sync(file.fileno())
            packed.rename(target)
            sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"The backup could not be written: {error}.") from error
    print(f"Saved {target} ({target.stat().st_size / 1e6:.1f} MB).")
    return 0


@contextlib.contextmanager
def _workplace(parent: Path) -> Iterator[Path]:
    """A folder there for what is not whole yet. What killed backups have left is removed unless another one runs: each
    shares a lock of the folder above."""
    descriptor = os.open(parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # another one runs, or the disk knows no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in parent.glob(_UNFINISHED + "*"):
                shutil.rmtree(left, ignore_errors=True)
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=parent) as folder:
            yield Path(folder)
    finally:
        os.close(descriptor)


def _pack(database: Path, adapters: Path, file: BinaryIO) -> None:
    """Write the archive; its last member is the sign that all of it is there."""
    with tarfile.open(fileobj=file, mode="w") as archive:
        for folder in _adapter_folders(database):
            for name in adapter_files.FILES:
                if (path := adapters / folder / name).is_file():
                    archive.add(path, f"{_ADAPTERS}/{folder}/{name}")
        archive.add(database, FILE)
    file.flush()


async def restore(settings: Settings, source: Path) -> int:
    """All is unpacked where it is to lie: once it is there and on the disk, renaming is all that is left. Of that the
    next start does the rest, should the process be killed (`store.moves`)."""
    data, adapters = settings.data, settings.adapters
    name = time.strftime("replaced-%Y-%m-%d-%H%M%S")
    asides = data / name, adapters / name
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, lock(data))  # refuses while a world runs there, and lets none start
        try:
            adapters.mkdir(mode=0o700, parents=True, exist_ok=True)
            new, new_adapters = (
                Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix, dir=folder)))
                for prefix, folder in ((moves.UNPACKED, data), (folders.UNFINISHED, adapters))
            )
            with tarfile.open(source) as archive:
                for member in archive:
                    folder = new if PurePosixPath(member.name) == PurePosixPath(FILE) else new_adapters
                    _unpack(archive, member, folder)
            _check_database(new / FILE)
            folders.check(adapters, _may_be_of(data / FILE, new / FILE), data)
            (new / FILE).chmod(0o600)
            for folder in _players(new_adapters / _ADAPTERS):
                folder.chmod(0o700)
            os.sync()
            for aside in asides:
                aside.mkdir(mode=0o700)
            old = [path for path in database_files(data) if path.exists()]
            # Whose the adapters are goes aside, too: the next start claims them anew.
            owner = [path] if (path := adapters / folders.OWNER).exists() else []
            steps = (
                *((path, asides[1] / path.name) for path in owner),
                *((path, asides[1] / path.name) for path in _players(adapters)),
                *((path, adapters / path.name) for path in _players(new_adapters / _ADAPTERS)),
                *((path, asides[0] / path.name) for path in old),
                (new / FILE, data / FILE),
            )
            moves.carry_out(data, steps)
        except (OSError, tarfile.TarError, sqlite3.Error) as error:
            raise CommandError(f"{source} cannot be restored: {error}.{_told(asides)}") from error
        except folders.ForeignFolder as refusal:
            raise CommandError(str(refusal)) from None
    print(f"Restored {source}.{_told(asides)}")
    return 0


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """A file, into its place in the folder; raises `TarError` for a link, a device and a way out of the folder.

    So does `TarFile.extract` with a filter, but not before Python 3.11.4 (PEP 706).
    """
    path = PurePosixPath(member.name)
    if member.isdir():
        return
    content = archive.extractfile(member) if member.isreg() else None
    if content is None or path.is_absolute() or ".." in path.parts:
        raise tarfile.TarError(f"{member.name!r} is no file of a world")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    with content, (folder / path).open("wb") as file:
        shutil.copyfileobj(content, file)


def _players(adapters: Path) -> list[Path]:
    """The folders of players among whatever else there may be."""
    return [path for path in adapters.iterdir() if path.name.isdigit()] if adapters.is_dir() else []


def _told(asides: Sequence[Path]) -> str:
    """Where what was there before lies; one that holds nothing is removed."""
    holding = []
    for aside in asides:
        with contextlib.suppress(OSError):
            aside.rmdir()
        with contextlib.suppress(OSError):  # in a folder that cannot be looked into nothing was laid aside
            if aside.is_dir():
                holding.append(str(aside))
    return f" What was there before lies in {' and '.join(holding)}." if holding else ""


def _copy_database(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as here,
        contextlib.closing(sqlite3.connect(target)) as there,
    ):
        here.backup(there)


def _adapter_folders(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [folder for (folder,) in connection.execute("SELECT folder FROM adapter_version ORDER BY id")]


def _may_be_of(there: Path, restored: Path) -> set[str]:
    """The names of the worlds whose adapters are replaced: of the one that is there or, if it is damaged, the restored.

    Where none is there, the folder would be that of a world elsewhere, which may have the restored one's name."""
    if not there.is_file():
        return set()
    return {name for name in [_world(there) or _world(restored)] if name}


def _world(database: Path) -> str | None:
    """None for one from before worlds had names, and for one that cannot be read."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        try:
            return facts.get(connection, facts.WORLD)
        except sqlite3.Error:
            return None


def _check_database(path: Path) -> None:
    if not path.is_file():
        raise CommandError("This is no backup of a world, or its end is missing: it holds no nanoverse.db.")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise CommandError(f"The database in this backup is damaged: {verdict}.")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if refusal := too_new(version, "The database in this backup"):
            raise CommandError(refusal)

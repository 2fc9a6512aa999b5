"""`nanoverse backup` and `nanoverse restore`: a whole world as one file, taken also while it runs.

The archive is a tar of `nanoverse.db`, a consistent copy made by SQLite's own backup, and of the adapter folders that
the copied database knows. Restoring never overwrites: what was there is moved aside and named.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tarfile
import tempfile
import time
from pathlib import Path

from nanoverse import adapter_files
from nanoverse.commands.control import CommandError
from nanoverse.config import Settings
from nanoverse.store.database import FILE, Database

_ADAPTERS = "adapters"


async def save(settings: Settings, target: Path | None) -> int:
    source = settings.data / FILE
    if not source.is_file():
        raise CommandError(f"There is no world in {settings.data}.")
    if target is None:
        (settings.data / "backups").mkdir(exist_ok=True)
        target = settings.data / "backups" / time.strftime("nanoverse-%Y-%m-%d-%H%M%S.tar")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
            copy, packed = Path(temporary) / FILE, Path(temporary) / "backup.tar"
            _copy_database(source, copy)
            with tarfile.open(packed, "w") as archive:
                archive.add(copy, FILE)
                for folder in _adapter_folders(copy):
                    for name in adapter_files.FILES:
                        if (path := settings.adapters / folder / name).is_file():
                            archive.add(path, f"{_ADAPTERS}/{folder}/{name}")
            packed.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"The backup could not be written: {error}.") from error
    print(f"Saved {target} ({target.stat().st_size / 1e6:.1f} MB).")
    return 0


async def restore(settings: Settings, source: Path) -> int:
    db = await Database.open(settings.data)  # refuses while a world runs there
    await db.close()
    try:
        with tempfile.TemporaryDirectory(dir=settings.data) as temporary, tarfile.open(source) as archive:
            unpacked = Path(temporary)
            archive.extractall(unpacked, filter="data")  # refuses links, devices and ways out of the folder
            _check_database(unpacked / FILE)
            aside = settings.data / time.strftime("replaced-%Y-%m-%d-%H%M%S")
            aside.mkdir()
            for name in (FILE, FILE + "-wal", FILE + "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    (settings.data / name).rename(aside / name)
            if settings.adapters.is_dir():
                shutil.copytree(settings.adapters, aside / _ADAPTERS)
            if (unpacked / _ADAPTERS).is_dir():
                shutil.copytree(unpacked / _ADAPTERS, settings.adapters, dirs_exist_ok=True)
            (unpacked / FILE).rename(settings.data / FILE)
    except (OSError, tarfile.TarError, sqlite3.Error) as error:
        raise CommandError(f"{source} cannot be restored: {error}.") from error
    print(f"Restored {source}. What was there before lies in {aside}.")
    return 0


def _copy_database(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as here,
        contextlib.closing(sqlite3.connect(target)) as there,
    ):
        here.backup(there)


def _adapter_folders(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [folder for (folder,) in connection.execute("SELECT folder FROM adapter_version ORDER BY id")]


def _check_database(path: Path) -> None:
    if not path.is_file():
        raise CommandError("This is no backup of a world: it holds no nanoverse.db.")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise CommandError(f"The database in this backup is damaged: {verdict}.")

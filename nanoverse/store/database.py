"""The database: one file, one writer, and group commit.

Whatever `write` has returned is on the disk: it returns only after the COMMIT, with `synchronous=FULL`, of the
group that its function ran in. A write on an idle database is committed at once; under load all writes of a tick
share one COMMIT. Reads have a connection of their own and never wait for a writer (WAL).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nanoverse.store import moves
from nanoverse.store.errors import StoreError, of_the_disk
from nanoverse.store.lane import Job, Worker
from nanoverse.store.migrations import migrate

FILE = "nanoverse.db"
LOCK = "nanoverse.lock"
TICK = 0.05  # seconds between two commits under load

T = TypeVar("T")
_log = logging.getLogger(__name__)

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL would not fsync a WAL commit at all
    "PRAGMA fullfsync = ON",  # macOS's fsync leaves it in the drive's cache; nothing elsewhere
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA secure_delete = ON",  # what a player deletes does not linger in free pages
)


@dataclass(slots=True)
class _Waiting:
    job: Job
    future: asyncio.Future[Any] | None  # None: nobody waits
    then: Callable[[Any], None] | None
    failed: Callable[[], None] | None = None


class Database:
    """Use `Database.open`. All methods belong to the event loop that opened it."""

    def __init__(self, path: Path, writer: Worker, reader: Worker, lock: int, tick: float) -> None:
        self.path = path
        self._file = _identity(path)
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._tick = tick
        self._waiting: list[_Waiting] = []
        self._something = asyncio.Event()
        self._closing = asyncio.Event()
        self._committer = asyncio.create_task(self._commit_groups(), name="group commit")
        self.commits = 0

    @classmethod
    async def open(cls, folder: Path, tick: float = TICK) -> Database:
        """Open or create the database in `folder` and bring its schema up to date.

        Raises `StoreError` with one sentence if the folder cannot be used, if another process uses it, or if
        the database is damaged or newer than this program.
        """
        held = lock(folder)
        path = folder / FILE
        async with contextlib.AsyncExitStack() as undo:
            undo.callback(os.close, held)
            try:
                # It holds private words; to side files that it makes anew SQLite gives the same rights.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                for file in database_files(folder):
                    # It may be from elsewhere; another user's that we may write is their affair.
                    with contextlib.suppress(FileNotFoundError, PermissionError):
                        file.chmod(0o600)
                writer = await Worker.open(path, read_only=False)
                undo.push_async_callback(writer.close)
                for pragma in _PRAGMAS:
                    await writer.connection.execute_fetchall(pragma)
                await migrate(writer.connection)
                reader = await Worker.open(path, read_only=True)
            except OSError as error:
                raise StoreError(f"The database {path} cannot be opened: {error.strerror}.") from error
            except sqlite3.Error as error:
                raise of_the_disk(error) or StoreError(
                    f"The database {path} cannot be used: {error}."
                ) from error
            undo.pop_all()
        return cls(path, writer, reader, held, tick)

    async def __aenter__(self) -> Database:
        """`async with await Database.open(folder) as db` closes it whatever happens: its threads would keep a process
        alive that has failed."""
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self.close()

    async def write(
        self, function: Callable[[sqlite3.Connection], T], then: Callable[[T], None] | None = None
    ) -> T:
        """Run `function` in the next group and return its result once the group is committed.

        If it raises, its own changes are undone and the caller gets the exception; the rest of the group is
        not touched. If the group cannot be committed, all its callers get `StoreError` and none of it has
        happened. `then(result)` runs on the loop right after the commit, in the order of the writes, even if
        the caller has been cancelled meanwhile.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._add(_Waiting(Job(function), future, then))
        return await future

    def write_soon(
        self, function: Callable[[sqlite3.Connection], object], failed: Callable[[], None] | None = None
    ) -> None:
        """Like `write` for what nobody waits for; an error is logged, and then `failed()` runs on the loop: none of it
        has happened, and whoever wants it to must keep it and try again."""
        self._add(_Waiting(Job(function), None, None, failed))

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run `function` on one consistent state of the database, on a connection that cannot write."""
        if self._closing.is_set():
            raise StoreError("The database is closed.")
        job = Job(function)
        await self._reader.carry_out((job,))
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    @property
    def in_place(self) -> bool:
        """Whether the file is still where it was opened: to write on into one that was removed is no error."""
        return self._file is not None and self._file == _identity(self.path)

    async def close(self) -> None:
        """Commit all that waits, then close; harmless when closed already."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._something.set()
        # Whatever fails, no thread stays behind to keep us alive.
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(os.close, self._lock)
            stack.push_async_callback(self._writer.close)
            stack.push_async_callback(self._reader.close)
            await self._committer

    def _add(self, waiting: _Waiting) -> None:
        if self._closing.is_set():
            raise StoreError("The database is closed.")
        self._waiting.append(waiting)
        self._something.set()

    async def _commit_groups(self) -> None:
        loop = asyncio.get_running_loop()
        earliest = loop.time()
        while self._waiting or not self._closing.is_set():
            await self._something.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), max(0.0, earliest - loop.time()))
            self._something.clear()
            group, self._waiting = self._waiting, []
            if not group:
                continue
            earliest = loop.time() + self._tick
            await self._writer.carry_out([waiting.job for waiting in group])
            self.commits += 1
            for waiting in group:
                _settle(waiting)


def _settle(waiting: _Waiting) -> None:
    job, future = waiting.job, waiting.future
    if job.error is not None:
        if future is None:
            _log.error("A write in the background failed: %s", job.error)
            if waiting.failed is not None:
                try:
                    waiting.failed()
                except Exception:
                    _log.exception("What should follow a write that failed has failed, too.")
        elif not future.done():
            future.set_exception(job.error)
        return
    if waiting.then is not None:
        try:
            waiting.then(job.result)
        except Exception:
            _log.exception("What should follow a commit failed; the commit stands.")
    if future is not None and not future.done():
        future.set_result(job.result)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file is there; None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def database_files(folder: Path) -> list[Path]:
    """The database's file and, of which there may be none, those that SQLite keeps beside it."""
    return [folder / (FILE + part) for part in ("", "-wal", "-shm")]


def lock(folder: Path) -> int:
    """Make the folder and lock it until the process ends, however it ends; returns the lock's descriptor. A
    restore that was killed there is ended first."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"The data folder {folder} cannot be used: {error.strerror}. Give NanoVerse the right to write "
            "there, or choose another folder with --data."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            what = f"Another NanoVerse is running on the data folder {folder}. Stop it first, or choose"
        else:  # as some network disks answer
            what = f"The data folder {folder} cannot be locked: {error.strerror}. Choose, on another disk,"
        raise StoreError(f"{what} another folder with --data.") from None
    try:
        if moves.go_on(folder):
            _log.warning(
                "A restore that was broken off is ended now: this is the world that it brought back."
            )
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor

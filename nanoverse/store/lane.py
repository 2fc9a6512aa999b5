"""One connection's thread, and the jobs it carries out: each group of them in one transaction.

aiosqlite gives every connection a thread and takes one statement per hop to it. A job here is a whole function,
and a group of jobs is one hop: `Lane` overrides `commit`, a call that aiosqlite makes on the connection's thread,
to carry out the next group and then commit it. So the event loop pays for a group as for one statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import aiosqlite

from nanoverse.store.errors import StoreError, of_the_disk


@dataclass(slots=True)
class Job:
    """A function to run inside a group's transaction; its outcome is `error` or else `result`."""

    function: Callable[[sqlite3.Connection], Any]
    result: Any = None
    error: BaseException | None = None


Groups = SimpleQueue[Sequence[Job]]


class Lane(sqlite3.Connection):
    """A connection whose `commit` carries out the next group of `groups`; `begin` opens its transaction."""

    def __init__(self, *args: Any, groups: Groups, begin: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._groups = groups
        self._begin = begin

    def commit(self) -> None:
        """Never raises for a job or a failed COMMIT: the outcome of each job is in the job itself."""
        group = self._groups.get_nowait()
        try:
            self.execute(self._begin)
            for job in group:
                self._carry_out(job)
            self.execute("COMMIT")
        except Exception as error:
            # Not committed means not done, also for those jobs that had gone well.
            with suppress(sqlite3.Error):
                if self.in_transaction:
                    self.execute("ROLLBACK")
            refused = of_the_disk(error) or StoreError(f"The database could not be changed ({error}).")
            for job in group:
                job.error = job.error or StoreError(*refused.args)

    def _carry_out(self, job: Job) -> None:
        """Run one job; if it raises, undo it alone. Raises if SQLite has undone the whole transaction."""
        self.execute("SAVEPOINT job")
        try:
            job.result = job.function(self)
        except BaseException as error:  # whatever it is, it belongs to the job's own caller
            job.error = of_the_disk(error) or error
            if isinstance(error, sqlite3.Error) and not self.in_transaction:
                raise  # a full disk can cost the whole transaction (https://sqlite.org/lang_transaction.html)
            self.execute("ROLLBACK TO job")
        self.execute("RELEASE job")


@dataclass(frozen=True, slots=True)
class Worker:
    """A lane behind its thread: `await carry_out(group)` returns when the group's transaction has ended."""

    connection: aiosqlite.Connection
    _groups: Groups = field(repr=False)

    @classmethod
    async def open(cls, path: Path, *, read_only: bool) -> Worker:
        groups: Groups = SimpleQueue()

        def lane(*args: Any, **kwargs: Any) -> Lane:
            return Lane(*args, groups=groups, begin="BEGIN" if read_only else "BEGIN IMMEDIATE", **kwargs)

        connection = await aiosqlite.connect(
            _uri(path, "ro" if read_only else "rw"), uri=True, isolation_level=None, factory=lane
        )
        return cls(connection, groups)

    async def carry_out(self, group: Sequence[Job]) -> None:
        self._groups.put(group)
        await self.connection.commit()

    async def close(self) -> None:
        await self.connection.close()


def _uri(path: Path, mode: str) -> str:
    """How SQLite is told to open a file in a mode (https://sqlite.org/uri.html)."""
    return f"{path.absolute().as_uri()}?mode={mode}"

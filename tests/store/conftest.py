from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from nanoverse.store import accounts
from nanoverse.store.database import FILE, TICK, Database

Opening = Callable[..., Awaitable[Database]]


@pytest.fixture
async def opening(tmp_path: Path) -> AsyncIterator[Opening]:
    """Opens databases, by default in the test's own folder, and closes each of them after the test at the latest."""
    opened: list[Database] = []

    async def open_one(folder: Path | None = None, tick: float = TICK) -> Database:
        opened.append(await Database.open(folder or tmp_path, tick))
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
async def database(opening: Opening) -> Database:
    return await opening()


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[sqlite3.Connection]:
    """A plain connection to a fresh database file, for the functions that take one."""
    await (await Database.open(tmp_path)).close()
    plain = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    plain.execute("PRAGMA foreign_keys = ON")
    yield plain
    plain.close()


@pytest.fixture
def join(connection: sqlite3.Connection) -> Iterator[Callable[[str], int]]:
    """Makes a player of the given name and returns their id."""

    def new(name: str) -> int:
        return accounts.create(connection, name, name.lower(), "hash", 0, 1000).id

    yield new

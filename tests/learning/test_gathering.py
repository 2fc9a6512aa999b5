"""What a lesson is made from is read beside a running world, whose own reads wait for each of its reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from test_trainer import join, talks

from nanoverse.learning import material
from nanoverse.learning.examples import LOOKED_AT, examples
from nanoverse.learning.gathering import gather
from nanoverse.learning.registry import Registry
from nanoverse.protocol import PRIVATE
from nanoverse.store import lessons
from nanoverse.store.database import Database


async def test_no_read_of_a_long_history_is_a_long_one_and_all_of_it_is_read(
    database: Database, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 230)
    await talks(database, ann, bob, 230, PRIVATE, start=230)
    statements: list[int] = []
    read = database.read

    async def counted(function: Callable[[sqlite3.Connection], Any]) -> Any:
        def job(connection: sqlite3.Connection) -> Any:
            seen: list[str] = []
            connection.set_trace_callback(seen.append)
            try:
                return function(connection)
            finally:
                connection.set_trace_callback(None)
                statements.append(sum(not one.startswith("--") for one in seen))  # those begin subqueries

        return await read(job)

    monkeypatch.setattr(database, "read", counted)
    found = await gather(registry, ann, 500)
    assert max(statements) <= 100 and sum(statements) > 460
    own = await read(lambda c: lessons.own_messages(c, ann, LOOKED_AT * 500))
    assert found.examples == examples(material.said("Ann", own), 500)
    assert len(found.withheld) == 230 and all(one.turns for one in found.withheld)

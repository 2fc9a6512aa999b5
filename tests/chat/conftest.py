from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from place import Place

from nanoverse.store.database import Database


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with await Database.open(tmp_path, tick=0.001) as database:
        yield Place(database)


@pytest.fixture
async def people(place: Place) -> tuple[int, int, int]:
    return await place.join("Ann"), await place.join("Bob"), await place.join("Eve")

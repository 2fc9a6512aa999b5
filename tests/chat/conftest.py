from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from place import Place

from nanoverse.store.database import Database


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    database = await Database.open(tmp_path, tick=0.001)
    yield Place(database)
    await database.close()


@pytest.fixture
async def people(place: Place) -> tuple[int, int, int]:
    return await place.join("Ann"), await place.join("Bob"), await place.join("Eve")

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nanoverse.learning.registry import Registry
from nanoverse.store.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "data")
    yield opened
    await opened.close()


@pytest.fixture
def registry(database: Database, tmp_path: Path) -> Registry:
    return Registry(database, tmp_path / "adapters")

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stage import Stage

from nanoverse.store.database import Database


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path, tick=0.001) as opened:
        yield opened


@pytest.fixture
async def stage(db: Database) -> AsyncIterator[Stage]:
    opened = Stage(db)
    yield opened
    await opened.replies.close()

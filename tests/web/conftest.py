from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nanoverse.store.database import Database


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path) as opened:
        yield opened

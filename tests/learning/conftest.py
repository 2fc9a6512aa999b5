from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tiny_talker import base_model, tokenizer

from nanoverse.learning import training_thread
from nanoverse.learning.registry import Registry
from nanoverse.learning.rows import Tokens
from nanoverse.store.database import Database


@pytest.fixture(autouse=True)
def no_lesson_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a world a training lets whatever else there is to do go first; here that would be other tests, a browser's
    for example, and a lesson of a second would take as long as they do."""
    monkeypatch.setattr(training_thread, "NICE", 0)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def registry(database: Database, tmp_path: Path) -> Registry:
    return Registry(database, tmp_path / "adapters", "gemma3-tiny")


@pytest.fixture(scope="module")
def base() -> Any:
    return base_model()


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(tokenizer(), 448)

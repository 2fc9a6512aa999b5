"""A hub of our own, and the cache that a model of it comes into."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.small_model import save_model
from tests.hub.hub_server import Hub, hub_of


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The hub's cache on this machine, empty at first."""
    return tmp_path / "cache"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, model_folder: Path, tmp_path: Path, cache: Path) -> Iterator[Hub]:
    """A hub that holds the small model."""
    with hub_of(shutil.copytree(model_folder, tmp_path / "at the hub"), cache, monkeypatch) as server:
        yield server

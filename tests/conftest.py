"""The tests run side by side, one process a core: each computes with one thread, or they would wait for one another."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).parent
# Begun first, since a file is not divided: a long one that begins last would leave the other cores idle.
LONG = ("test_whole_loop.py", "bench", "learning", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        first = item.path.relative_to(HERE).parts[0]
        return LONG.index(first) if first in LONG else len(LONG)

    items.sort(key=rank)

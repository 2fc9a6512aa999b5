"""The tests run side by side, one process a core: each computes with one thread, or they would wait for one another."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, settings

from tests import time_limit

os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_configure = time_limit.pytest_configure
pytest_runtest_setup = time_limit.pytest_runtest_setup
pytest_runtest_call = time_limit.pytest_runtest_call
pytest_runtest_teardown = time_limit.pytest_runtest_teardown

HERE = Path(__file__).parent
# Begun first, since a file is not divided: a long one that begins last would leave the other cores idle.
LONG = ("test_whole_loop.py", "bench", "learning", "browser")

# How fast a machine is proves nothing. Which examples are drawn is the same in every run, so that what fails here fails
# everywhere; `pytest --hypothesis-profile=search` draws others each time.
STEADY = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", STEADY)
settings.register_profile("search", STEADY, derandomize=False)
settings.load_profile("steady")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that `run.py` runs on."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        first = item.path.relative_to(HERE).parts[0]
        return LONG.index(first) if first in LONG else len(LONG)

    items.sort(key=rank)

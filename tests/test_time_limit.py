"""What hangs is ended and told, whatever hangs, and the tests after it run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world_server import ROOT

SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""
LOOP = """
import uvloop

def pytest_asyncio_loop_factories():
    return {"uvloop": uvloop.new_event_loop}
"""
TESTS = """
import asyncio, time
import pytest

pytestmark = pytest.mark.time_limit(1)

async def stubborn():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

@pytest.fixture
async def slow_to_begin():
    await asyncio.Event().wait()

@pytest.fixture
async def slow_to_end():
    yield
    await asyncio.Event().wait()

async def test_waits():
    await asyncio.Event().wait()

def test_sleeps():
    time.sleep(3600)

async def test_never_begins(slow_to_begin):
    pass

async def test_fails_and_leaves_a_task_that_cannot_be_ended():
    asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    assert False

async def test_is_well():
    await asyncio.sleep(0.01)

@pytest.mark.time_limit(60)
async def test_may_take_longer():
    await asyncio.sleep(2)

async def test_never_ends(slow_to_end):  # the last: pytest-asyncio keeps its loop after that
    pass
"""


@pytest.mark.time_limit(120)
def test_what_hangs_is_ended_and_what_comes_after_it_runs(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    (tmp_path / "conftest.py").write_text(LOOP)
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rA",
        "-p",
        "tests.time_limit",
        "-p",
        "no:cacheprovider",
        "--tb=line",
    ]
    run = subprocess.run(
        [*command, "--rootdir", tmp_path, "-c", tmp_path / "pytest.ini", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    ended = set(re.findall(r"^(PASSED|FAILED|ERROR) \S+::test_(\w+)", run.stdout, re.MULTILINE))
    assert ended == {
        ("FAILED", "waits"),
        ("FAILED", "sleeps"),
        ("ERROR", "never_begins"),
        ("PASSED", "never_ends"),
        ("ERROR", "never_ends"),
        ("FAILED", "fails_and_leaves_a_task_that_cannot_be_ended"),
        ("ERROR", "fails_and_leaves_a_task_that_cannot_be_ended"),
        ("PASSED", "is_well"),
        ("PASSED", "may_take_longer"),
    }, run.stdout + run.stderr
    assert "took longer than 1 s" in run.stdout

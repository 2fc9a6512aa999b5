"""A real world in a process of its own, for tests that talk to it from outside."""

import asyncio
import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from nanoverse.store.database import FILE

ROOT = Path(__file__).parents[1]


@dataclass
class WorldProcess:
    process: asyncio.subprocess.Process
    url: str
    lines: list[str]

    async def stop(self, number: int = signal.SIGTERM, timeout: float = 60) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), timeout)

    async def wait_for_line(self, part: str, timeout: float = 120) -> str:
        """The first line of the console that contains `part`."""
        async with asyncio.timeout(timeout):
            while True:
                for line in self.lines:
                    if part in line:
                        return line
                assert self.process.returncode is None, f"the world ended: {self.lines}"
                await asyncio.sleep(0.05)


SEED = "3"  # of a world whose test names none: every run tests the same land
RUN = (str(ROOT / "run.py"),)


def run_without(limit: str) -> tuple[str, ...]:
    """The same, with as much as anybody likes of what the limit of this name in `nanoverse.chat.limits` is about."""
    return (
        "-c",
        f"""
import runpy, sys
sys.path.insert(0, {str(ROOT)!r})
from dataclasses import replace
from nanoverse.chat import limits
limits.{limit} = replace(limits.{limit}, count=1000)
runpy.run_path({RUN[0]!r}, run_name="__main__")
""",
    )


# At ten words in ten seconds an evening would take minutes of waiting.
RUN_FOR_FAST_TALKERS = run_without("SAY")


def grown(data: Path) -> bool:
    """Whether a world grew there before, from a seed that it keeps."""
    if not (data / FILE).exists():
        return False
    with contextlib.closing(sqlite3.connect(data / FILE)) as connection:
        return connection.execute("SELECT 1 FROM fact WHERE key = 'seed'").fetchone() is not None


async def start_world(
    folder: Path, *options: str, python: tuple[str, ...] = RUN, timeout: float = 120
) -> WorldProcess:
    """`python run.py` on a free port with data and adapters below `folder`, once it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *python,
        *("--data", str(folder / "data"), "--adapters", str(folder / "adapters"), "--port", "0"),
        *(() if grown(folder / "data") else ("--seed", SEED)),
        *options,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        cwd=folder,
    )
    lines: list[str] = []
    world = WorldProcess(process, "", lines)

    async def read() -> None:
        assert process.stdout
        async for line in process.stdout:
            lines.append(line.decode().rstrip())

    world.reader = asyncio.create_task(read())  # type: ignore[attr-defined]  # kept alive with the world
    ready = await world.wait_for_line("NanoVerse is ready at ", timeout)
    match = re.search(r"NanoVerse is ready at (http://\S+/)", ready)
    assert match
    world.url = match[1]
    return world


@contextlib.asynccontextmanager
async def running_world(
    folder: Path, *options: str, python: tuple[str, ...] = RUN
) -> AsyncIterator[WorldProcess]:
    world = await start_world(folder, *options, python=python)
    try:
        yield world
    finally:
        if world.process.returncode is None:
            await world.stop(signal.SIGKILL)

"""What a night costs the world: ticks of a running server with agents about, idle and while it trains."""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from nanoverse.bench.classroom import account, enrol
from nanoverse.bench.server import serving
from nanoverse.commands.control import Control, find
from nanoverse.config import Settings
from nanoverse.starter.pupils import Pupil
from nanoverse.store import accounts
from nanoverse.store.database import Database

POLL = 0.25  # seconds between two looks at the night
SETTLE = 3.0  # seconds after the agents have woken up


async def figures(
    pupils: Sequence[Pupil], agents: int, idle_s: int, options: Sequence[str]
) -> tuple[dict[str, float], str]:
    """Milliseconds of the ticks of `idle_s` seconds and of a night for these pupils; and if there was none, why."""
    with tempfile.TemporaryDirectory(prefix="nanoverse-bench-") as temporary:
        folder = Path(temporary)
        await _people(folder / "data", pupils, agents)
        async with serving(folder, options):
            world = find(Settings(data=folder / "data"))
            assert world
            await asyncio.sleep(SETTLE + idle_s)
            idle = (await world.call("GET", f"api/admin/status?seconds={idle_s}"))["tick"]
            training, reports = await _night(world)
    if not any(report["result"] in ("live", "offered", "refused") for report in reports):
        return _named(idle, "idle"), reports[0]["reason"] if reports else "nobody was trained"
    return _named(idle, "idle") | _named(training, "training"), ""


async def _people(folder: Path, pupils: Sequence[Pupil], agents: int) -> None:
    """The pupils and whom they talked with, and as many more as it takes for `agents`."""
    db = await Database.open(folder)
    partners: dict[str, int] = {}
    try:
        for pupil in pupils:
            said = pupil.said
            await db.write(lambda c, said=said: enrol(c, said, partners))  # type: ignore[misc]
        for number in range(agents - len(await db.read(accounts.everyone))):
            await db.write(lambda c, number=number: account(c, f"bench{number}"))  # type: ignore[misc]
    finally:
        await db.close()


async def _night(world: Control) -> tuple[dict[str, float], list[dict[str, str]]]:
    """The ticks of one night, from the moment it was asked for to its end, and what came of it."""
    began = time.monotonic()
    await world.call("POST", "api/admin/retrain", {"player": None})
    while True:
        await asyncio.sleep(POLL)
        seconds = math.floor(time.monotonic() - began)
        status = await world.call("GET", f"api/admin/status?seconds={max(1, seconds)}")
        if not status["night"]["running"]:
            return status["tick"], status["held"][0]["results"] if status["held"] else []


def _named(tick: dict[str, float], when: str) -> dict[str, float]:
    return {f"{name}_{when}": value for name, value in tick.items()}

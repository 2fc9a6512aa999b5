"""`bench world`: a real server in its own process, real sockets, players who walk and talk, agents who live.

The load runs on the same machine and takes its share of it.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nanoverse import protocol, report
from nanoverse.bench.bot import Bot, Refused
from nanoverse.bench.crowd import LINES, TALK_EVERY
from nanoverse.bench.players import settle
from nanoverse.bench.server import serving
from nanoverse.commands.control import find
from nanoverse.config import Settings
from nanoverse.world.constants import TICK_HZ, UNIT

_FAR = 50_000 * UNIT  # where the idle client stands, out of everybody's sight
_STEADY = 3.0  # seconds of load before the measurement


@dataclass
class Load:
    """What the clients measured."""

    echoes: list[float] = field(default_factory=list)  # seconds
    joins: list[float] = field(default_factory=list)
    received: Counter[str] = field(default_factory=Counter)  # bytes by message
    moves_seen: int = 0
    measuring: bool = False


async def _live(bot: Bot, load: Load, rng: random.Random, until: float) -> None:
    """Walk in one direction for a while, then in another; say something now and then."""
    sent: dict[int, float] = {}

    def hear(name: str, values: list[Any]) -> None:
        if name == "you" and (at := sent.pop(values[0], None)) is not None and load.measuring:
            load.echoes.append(time.perf_counter() - at)
        elif name == "moves" and load.measuring:
            load.moves_seen += len(values[1])

    bot.on_message = hear
    talk_at = time.monotonic() + rng.uniform(0, TALK_EVERY)
    direction, turn_at, due = (1, 0), 0.0, time.monotonic()
    while (now := time.monotonic()) < until:
        if now >= turn_at:
            direction = rng.choice([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])
            turn_at = now + rng.uniform(0.5, 2.5)
        if direction != (0, 0):
            ref = bot.next_ref()
            sent[ref] = time.perf_counter()
            await bot.send("move", ref, *direction)
        if now >= talk_at:
            talk_at = now + TALK_EVERY
            await bot.send("say", bot.next_ref(), protocol.NEARBY, 0, rng.choice(LINES))
        due += 1 / TICK_HZ
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _join(bot: Bot, load: Load) -> None:
    started = time.perf_counter()
    ground = bot.expect("chunk")
    await asyncio.gather(bot.connect(), ground)
    load.joins.append(time.perf_counter() - started)


def _rss_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


async def measure(clients: int, agents: int, seconds: int, options: Sequence[str]) -> dict[str, float]:
    """The figures of one run, named as in the documentation."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        everyone = clients + agents + 1
        players = await settle(folder / "data", everyone, [(everyone - 1, (_FAR, _FAR))])
        async with serving(folder, options) as (url, pid):
            control = find(Settings(data=folder / "data"))
            assert control
            load = Load()
            bots = [Bot(url, checked=False) for _ in range(clients)]
            idle = Bot(url, checked=False)
            for bot, (player, token) in zip([*bots, idle], [*players[:clients], players[-1]], strict=True):
                bot.use_session(player, token)
            before = _rss_bytes(pid)
            await _join(idle, Load())
            await asyncio.gather(*(_join(bot, load) for bot in bots))
            rss = _rss_bytes(pid)
            until = time.monotonic() + _STEADY + seconds
            living = [
                asyncio.create_task(_live(bot, load, random.Random(i), until)) for i, bot in enumerate(bots)
            ]
            await asyncio.sleep(_STEADY)
            for bot in [*bots, idle]:
                bot.received.clear()
            load.measuring = True
            await asyncio.gather(*living)
            status = await control.call("GET", f"api/admin/status?seconds={seconds}")
            for bot in bots:
                load.received.update(bot.received)
            figures = _figures(load, clients, seconds)
            figures |= status["tick"]
            figures["idle_bytes_per_s"] = sum(idle.received.values()) / seconds
            figures["dropped_clients"] = clients + 1 - status["online"]
            figures["rss_mb"] = _rss_bytes(pid) / 1e6
            figures["kb_per_client"] = (rss - before) / 1e3 / max(1, clients)
            await asyncio.gather(*(bot.close() for bot in [*bots, idle]))
            return figures


def _figures(load: Load, clients: int, seconds: int) -> dict[str, float]:
    def percentile(values: list[float], share: float) -> float:
        return float(np.percentile(np.array(values or [math.nan]) * 1000, share))

    figures = {
        "echo_ms_p50": percentile(load.echoes, 50),
        "echo_ms_p99": percentile(load.echoes, 99),
        "join_ms_p99": percentile(load.joins, 99),
        "bytes_per_step": load.received["moves"] / max(1, load.moves_seen),
        "bytes_per_client_s": load.received.total() / max(1, clients) / seconds,
    }
    for name, count in load.received.most_common(6):
        figures[f"bytes_per_client_s_{name}"] = count / max(1, clients) / seconds
    return figures


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="nanoverse bench world", description=__doc__)
    parser.add_argument("--clients", type=int, default=50, help="connected players (default: 50)")
    parser.add_argument("--agents", type=int, default=50, help="agents of absent players (default: 50)")
    parser.add_argument("--seconds", type=int, default=20, help="length of the measurement (default: 20)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--model", default="starter", help="base model (default: starter)")
    given = parser.parse_args(argv)
    if min(given.clients, given.seconds) < 1 or given.agents < 0:
        parser.error("--clients and --seconds must be at least 1, and --agents at least 0")
    try:
        figures = asyncio.run(measure(given.clients, given.agents, given.seconds, ["--model", given.model]))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    report.show(figures)
    if given.json:
        settings = {"clients": given.clients, "agents": given.agents, "seconds": given.seconds}
        report.write(given.json, settings, figures, {})
    return 0

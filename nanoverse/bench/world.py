"""`bench world`: a real server in its own process, real sockets, players who walk and talk, agents who live.

The load runs on the same machine and takes its share of it. While it goes on, 50 more join within a second, and then,
by turns, two stand by who do not read what they are sent: one not at all, one from a line of 10 kbit/s.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

from nanoverse import protocol, report
from nanoverse.bench import growth
from nanoverse.bench.bot import Bot, Refused
from nanoverse.bench.crowd import LINES, TALK_EVERY
from nanoverse.bench.players import Session, settle
from nanoverse.bench.server import serving
from nanoverse.bench.stride import Stride
from nanoverse.bench.thin_line import thin_line
from nanoverse.commands.control import find
from nanoverse.config import Settings
from nanoverse.starter.options import model_name
from nanoverse.world.constants import TICK_HZ, UNIT

JOINS = 50  # within one second
THIN = (0, 10_000 // 8)  # bytes a second of the lines of those who do not keep up
TURNS = 8
COUNTING = 10  # every so many-th player counts the bodies that it is told of; the others leave that unread
_FAR = 50_000 * UNIT  # where the idle client stands, out of everybody's sight
_STEADY = 3.0  # seconds of load before the measurement
PROCESSES = Path("/proc")


@dataclass
class Load:
    """What the clients measured; `measuring` is switched on for a while, and `echoes` taken after it."""

    echoes: list[float] = field(default_factory=list)  # seconds
    received: Counter[str] = field(default_factory=Counter)  # bytes by message
    moves_seen: int = 0
    measuring: bool = False

    async def echoes_of(self, seconds: float) -> list[float]:
        self.echoes, self.measuring = [], True
        await asyncio.sleep(seconds)
        self.measuring = False
        return self.echoes


async def _live(bot: Bot, load: Load, rng: random.Random) -> None:
    """Walk in one direction for a while, then in another, at the pace of the page; say something now and then."""
    sent: deque[tuple[int, float]] = deque()
    stride = Stride()

    def hear(name: str, values: list[Any]) -> None:
        if name == "you":
            now = time.perf_counter()
            while sent and sent[0][0] <= values[0]:  # the answer to one is that to all before it
                _, at = sent.popleft()
                if load.measuring:
                    load.echoes.append(now - at)
            stride.heard(values[0], values[3])
        elif name == "moves" and load.measuring:
            load.moves_seen += len(values[1])

    bot.on_message = hear
    talk_at = time.monotonic() + rng.uniform(0, TALK_EVERY)
    # Players do not set out in step with each other, nor with the ticks.
    await asyncio.sleep(rng.uniform(0, 1 / TICK_HZ))
    turn_at, walks = 0.0, False
    while True:
        now = time.monotonic()
        if now >= talk_at:
            talk_at = now + TALK_EVERY
            await bot.send("say", bot.next_ref(), protocol.NEARBY, 0, rng.choice(LINES))
        if now >= turn_at:
            direction = rng.choice([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])
            turn_at = now + rng.uniform(0.5, 2.5)
        if direction == (0, 0):
            walks = False
            await asyncio.sleep(max(0.0, min(turn_at, talk_at) - now))
            continue
        if not walks:
            walks = True
            stride.begin(now * 1000)
        if (early := stride.next_at / 1000 - time.monotonic()) > 0:
            await asyncio.sleep(early)
        stride.stalled(time.monotonic() * 1000)
        ref = bot.next_ref()
        sent.append((ref, time.perf_counter()))
        await bot.send("move", ref, *direction)
        stride.made(ref)


async def _join(bot: Bot, after: float = 0.0) -> float:
    """Seconds from the first byte sent to the welcome and the ground under one's feet."""
    await asyncio.sleep(after)
    started = time.perf_counter()
    ground = bot.expect("chunk")
    await asyncio.gather(bot.connect(), ground)
    return time.perf_counter() - started


@asynccontextmanager
async def _bots(url: str, sessions: Sequence[Session]) -> AsyncIterator[list[Bot]]:
    """Players who are not connected yet."""
    bots = [Bot(url, checked=False) for _ in sessions]
    for bot, session in zip(bots, sessions, strict=True):
        bot.use_session(*session)
    try:
        yield bots
    finally:
        await asyncio.gather(*(bot.close() for bot in bots))


def _rss_bytes(pid: int) -> int:
    status = (PROCESSES / f"{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def _cpu_seconds(pid: int) -> float:
    """What a process has computed so far, all its threads together."""
    fields = (PROCESSES / f"{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(clients: int, agents: int, seconds: int, options: Sequence[str]) -> dict[str, float]:
    """The figures of one run, named as in the documentation."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        everyone = clients + agents + JOINS + len(THIN) + 1
        players = await settle(folder / "data", everyone, [(everyone - 1, (_FAR, _FAR))])
        *others, idle = players[clients:]
        late, slow = others[:JOINS], others[JOINS : JOINS + len(THIN)]
        async with (
            serving(folder, options) as (url, pid),
            _bots(url, [idle]) as (waiting,),
            _bots(url, players[:clients]) as bots,
            _bots(url, late) as joiners,
        ):
            load = Load()
            await _join(waiting)
            before = _rss_bytes(pid)
            await asyncio.gather(*map(_join, bots))
            rss = _rss_bytes(pid)
            gc.collect()  # a full collection takes long with so many connections, and delays what is measured
            gc.freeze()
            for number, bot in enumerate(bots):
                bot.heeds = frozenset({"you"}) if number % COUNTING else None
            living = [asyncio.create_task(_live(bot, load, random.Random(i))) for i, bot in enumerate(bots)]
            await asyncio.sleep(_STEADY)
            figures = await _steady(folder, load, [waiting, *bots], seconds, pid)
            figures["rss_mb"] = _rss_bytes(pid) / 1e6
            figures["kb_per_client"] = (rss - before) / 1e3 / clients
            joins = await asyncio.gather(*(_join(bot, n / JOINS) for n, bot in enumerate(joiners)))
            figures["join_ms_p99"] = _percentile(joins, 99)
            await asyncio.gather(*(bot.disconnect() for bot in joiners))
            figures["echo_ratio_slow_clients"] = await _beside_slow_clients(url, slow, load, seconds / 2)
            for task in living:
                task.cancel()
            await asyncio.gather(*living, return_exceptions=True)
            return figures


async def _steady(folder: Path, load: Load, bots: Sequence[Bot], seconds: int, pid: int) -> dict[str, float]:
    """What so many seconds of the load showed; the first of `bots` is idle, `pid` the server's process."""
    control = find(Settings(data=folder / "data"))
    assert control
    idle, *walking = bots
    counting = [bot for bot in walking if bot.heeds is None]
    for bot in bots:
        bot.received.clear()
    before = _cpu_seconds(pid), _cpu_seconds(os.getpid())
    echoes = await load.echoes_of(seconds)
    server, ours = (_cpu_seconds(of) - at for of, at in zip((pid, os.getpid()), before, strict=True))
    for bot in walking:
        load.received.update(bot.received)
    idle_bytes = sum(idle.received.values())
    status = await control.call("GET", f"api/admin/status?seconds={seconds}")
    figures: dict[str, float] = {
        **status["tick"],
        "echo_ms_p50": _percentile(echoes, 50),
        "echo_ms_p99": _percentile(echoes, 99),
        "bytes_per_step": sum(bot.received.get("moves", 0) for bot in counting) / max(1, load.moves_seen),
        "idle_bytes_per_s": idle_bytes / seconds,
        "server_cores": server / seconds,
        "load_cores": ours / seconds,
        "dropped_clients": len(bots) - status["online"],
        "bytes_per_client_s": load.received.total() / len(walking) / seconds,
    }
    for name, count in load.received.most_common(6):
        figures[f"bytes_per_client_s_{name}"] = count / len(walking) / seconds
    return figures


async def _beside_slow_clients(url: str, sessions: Sequence[Session], load: Load, seconds: float) -> float:
    """The 99th percentile of the others' echoes beside clients that do not keep up, against that without them: the
    medians over the turns, for one turn's may be half as much again as the next."""
    without, beside = [], []
    for _ in range(TURNS):
        without.append(_percentile(await load.echoes_of(seconds), 99))
        async with AsyncExitStack() as stack, AsyncExitStack() as lines:
            for session, bytes_per_s in zip(sessions, THIN, strict=True):
                line = await lines.enter_async_context(thin_line(url, bytes_per_s))
                (bot,) = await stack.enter_async_context(_bots(line, [session]))
                await bot.open(visit=0)
            beside.append(_percentile(await load.echoes_of(seconds), 99))
            # The lines are cut first: over them no farewell would ever be answered.
    return statistics.median(beside) / statistics.median(without)


def _percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return float(np.percentile(np.array(seconds or [math.nan]) * 1000, share))


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
    if not PROCESSES.is_dir():
        print("bench world looks up what the server takes in /proc, which only Linux has.", file=sys.stderr)
        return 1
    try:
        figures = uvloop.run(measure(given.clients, given.agents, given.seconds, ["--model", given.model]))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    figures |= growth.figures()
    report.show(figures)
    if given.json:
        settings = {
            "model": model_name(given.model),
            "clients": given.clients,
            "agents": given.agents,
            "seconds": given.seconds,
        }
        report.write(given.json, settings, figures, {})
    return 0

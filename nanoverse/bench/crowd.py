"""A crowd that walks and talks around one player who stands still, and all that this player's page is sent of it."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgpack

from nanoverse import protocol
from nanoverse.bench.bot import Bot
from nanoverse.bench.players import Place, Session, settle
from nanoverse.bench.server import serving
from nanoverse.world.constants import TICK_HZ, UNIT

LINES = ("hello there", "who needs stone?", "nice tower", "on my way to the river", "is it night already?")
TALK_EVERY = 20.0  # seconds, for one player

_WIDE, _HIGH = 11 * UNIT, 6 * UNIT  # how far from the watcher they turn back: within a window of 1280 × 720
_WAYS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
_TICK_IN = {  # by kind of message, where among its fields the tick is
    message.kind: names.index("tick")
    for message in protocol.SERVER
    if "tick" in (names := [field.name for field in message.fields])
}
_GATHERING = 5.0  # seconds until all are there


@dataclass(frozen=True)
class Recording:
    """What one page was sent: frames, each with its time in seconds from the first; `you` is whose page it was."""

    you: int
    frames: Sequence[tuple[float, bytes]]


async def record(walkers: int, seconds: float, seed: int) -> Recording:
    """What a real server sends to one who stands among so many players who walk."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        *players, watcher = await settle(folder / "data", walkers + 1)
        async with serving(folder, ["--seed", str(seed), "--agents", "no"]) as (url, _):
            middle = await _stand(url, watcher)
            async with _walking(url, players, middle):
                await asyncio.sleep(_GATHERING)
                return Recording(watcher[0], await _listen(url, watcher, seconds))


async def _stand(url: str, watcher: Session) -> Place:
    """Come and go once, to learn where the body stands."""
    bot = Bot(url)
    bot.use_session(*watcher)
    try:
        welcome = await bot.connect()
        return welcome["x"], welcome["y"]
    finally:
        await bot.close()


@asynccontextmanager
async def _walking(url: str, players: Sequence[Session], middle: Place) -> AsyncIterator[None]:
    bots = [Bot(url, checked=False) for _ in players]
    for bot, session in zip(bots, players, strict=True):
        bot.use_session(*session)
    try:
        await asyncio.gather(*(bot.connect() for bot in bots))
        walks = [asyncio.create_task(_walk(bot, middle, random.Random(bot.id))) for bot in bots]
        yield
        for walk in walks:
            walk.cancel()
        await asyncio.gather(*walks, return_exceptions=True)
    finally:
        await asyncio.gather(*(bot.close() for bot in bots))


async def _walk(bot: Bot, middle: Place, rng: random.Random) -> None:
    """Walk this way and that around the middle, without a pause; say something now and then."""
    here, way, turn_at = middle, (0, 0), 0.0

    def hear(name: str, values: list[Any]) -> None:
        nonlocal here, turn_at
        if name == "you":
            before, here = here, (values[1], values[2])
            if here == before or _leads_out(here, middle, way):
                turn_at = 0.0

    bot.on_message = hear
    due = time.monotonic()
    talk_at = due + rng.uniform(0, TALK_EVERY)
    while True:
        now = time.monotonic()
        if now >= turn_at:
            way = rng.choice([way for way in _WAYS if not _leads_out(here, middle, way)])
            turn_at = now + rng.uniform(0.5, 2.5)
        await bot.send("move", bot.next_ref(), *way)
        if now >= talk_at:
            talk_at = now + TALK_EVERY
            await bot.send("say", bot.next_ref(), protocol.NEARBY, 0, rng.choice(LINES))
        due += 1 / TICK_HZ
        await asyncio.sleep(max(0.0, due - time.monotonic()))


def _leads_out(here: Place, middle: Place, way: tuple[int, int]) -> bool:
    """Whether this way leads further out where one has gone far enough."""
    east, south = here[0] - middle[0], here[1] - middle[1]
    return (abs(east) > _WIDE and way[0] * east > 0) or (abs(south) > _HIGH and way[1] * south > 0)


async def _listen(url: str, watcher: Session, seconds: float) -> list[tuple[float, bytes]]:
    """All frames of so many seconds, each at the tick that it tells of: the machine that has the whole crowd to carry
    may send some late, which is not what is to be watched."""
    frames: list[tuple[float, bytes]] = []
    first = tick = 0
    async with (
        aiohttp.ClientSession(cookies={"nanoverse": watcher[1]}) as http,
        http.ws_connect(f"{url}ws?visit=0", max_msg_size=0) as socket,
    ):
        async for frame in socket:
            tick = max(tick, _tick(frame.data))
            first = first or tick
            frames.append(((tick - first) / TICK_HZ, frame.data))
            if tick - first > seconds * TICK_HZ:
                break
    return frames


def _tick(frame: bytes) -> int:
    """The newest tick that a frame names, 0 if it names none."""
    unpacker = msgpack.Unpacker(max_buffer_size=len(frame))
    unpacker.feed(frame)
    return max((values[_TICK_IN[kind]] for kind, *values in unpacker if kind in _TICK_IN), default=0)

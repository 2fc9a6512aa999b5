"""A few players in a world whose agents' thinking is the test's own affair: real chat, real sockets, no model."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from house import settle

from nanoverse.agents.drivers import Drivers
from nanoverse.agents.household import Household
from nanoverse.agents.locks import Locks
from nanoverse.agents.memory import Memory
from nanoverse.agents.presence import Presence
from nanoverse.agents.voice import Voice
from nanoverse.bench.bot import Bot
from nanoverse.config import Settings
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.identity import Sessions
from nanoverse.web.interest import Interest
from nanoverse.web.sockets import Sockets
from nanoverse.web.talk import Another, Talk
from nanoverse.web.ticker import Ticker
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import SLOTS, UNIT
from nanoverse.world.simulation import Simulation


@dataclass
class Salon:
    world: Simulation
    talk: Talk
    bots: dict[str, Bot]


async def _nothing(player: int, message: int) -> None:
    pass


@contextlib.asynccontextmanager
async def salon(folder: Path, *names: str, another: Another = _nothing) -> AsyncIterator[Salon]:
    """Connected players of these names, one tile apart. The world does not tick."""
    people = await settle(folder, *names)
    async with await Database.open(folder) as db:
        world = Simulation(3)
        x, y = world.spawn
        for number, (name, player) in enumerate(people.items()):
            place = BodyState((x + number) * UNIT + 128, y * UNIT + 128, 0, 0, [(0, 0)] * SLOTS)
            world.add_body(player, name, 0, place)
        settings = Settings()
        voice = Voice(settings, db)
        interest, drivers = Interest(world), Drivers(world, 1)
        ticker = Ticker(world, interest, db, drivers.inputs)
        household = Household(world, db, Presence(0, agents=True), drivers, interest.driver_changed, now_ms)
        talk = Talk(world, db, ticker.clients, voice, Memory(world), now_ms)
        talk.another = another
        sockets = Sockets(settings, Sessions(db, Locks(db)), ticker, talk, household)
        application = web.Application()
        sockets.add_routes(application)
        async with TestServer(application) as server, contextlib.AsyncExitStack() as stack:
            bots = {}
            for name, player in people.items():
                bot = bots[name] = Bot(str(server.make_url("/")))
                stack.push_async_callback(bot.close)
                bot.use_session(player, f"token-of-{name}")
                await bot.connect()
            yield Salon(world, talk, bots)

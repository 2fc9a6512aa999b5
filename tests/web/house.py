"""A world in this process, behind its real HTTP, with players in it whose sessions are open already.

Registering costs a third of a second for the password's sake; only the tests of accounts do it.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from nanoverse.app import running
from nanoverse.bench.bot import Bot
from nanoverse.chat.names import skeleton
from nanoverse.config import Settings
from nanoverse.store import accounts, bodies, edits
from nanoverse.store.database import Database
from nanoverse.web.security import HEADER
from nanoverse.world.blocks import by_name
from nanoverse.world.constants import UNIT


@dataclass
class House:
    url: str
    admin_link: str | None
    folder: Path
    people: dict[str, int]  # ids by name

    def bot(self, name: str) -> Bot:
        """A player who is logged in; not yet connected."""
        bot = Bot(self.url)
        bot.use_session(self.people[name], f"token-of-{name}")
        return bot

    @contextlib.asynccontextmanager
    async def player(self, name: str) -> AsyncIterator[Bot]:
        """A player who is connected."""
        bot = self.bot(name)
        try:
            await bot.connect()
            yield bot
        finally:
            await bot.close()

    @contextlib.asynccontextmanager
    async def http(self, address: str = "127.0.0.1", **headers: str) -> AsyncIterator[Http]:
        """A browser's plain requests, from an address of this machine, with these headers too."""
        session = aiohttp.ClientSession(
            headers={HEADER: "1", **headers},
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(local_addr=(address, 0)),
        )
        async with session:
            yield Http(self.url, session)


@dataclass
class Http:
    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.get(self.url + path, **options) as response:
            return response.status, await response.json()

    async def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        return await self.send(path, json=body)

    async def send(self, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.url + path, **options) as response:
            return response.status, await response.json()


async def settle(folder: Path, *names: str) -> dict[str, int]:
    """Accounts with open sessions, in the database of a world that does not run."""

    def write(connection: sqlite3.Connection) -> dict[str, int]:
        now, people = time.time_ns() // 1_000_000, {}
        for look, name in enumerate(names):
            player = accounts.create(connection, name, skeleton(name), "", look, now)
            token = hashlib.sha256(f"token-of-{name}".encode()).digest()
            accounts.open_session(connection, token, player.id, now, now + 86_400_000)
            people[name] = player.id
        return people

    async with await Database.open(folder) as db:
        return await db.write(write)


async def give(folder: Path, player: int, x: int, y: int, *things: tuple[str, int]) -> None:
    """A saved body in the middle of tile x, y that carries this, in the database of a world that does not run."""
    slots = tuple((by_name(name).id, count) for name, count in things)
    place = x * UNIT + UNIT // 2, y * UNIT + UNIT // 2
    async with await Database.open(folder) as db:
        await db.write(lambda c: bodies.put(c, [bodies.Body(player, *place, 0, 0, slots)]))


async def build(folder: Path, x: int, y: int, *plan: str, **signs: str) -> None:
    """Blocks on bare grass, in the database of a world that does not run: the plan's north-west corner is at x, y; each
    of its letters is a block that `signs` names, and a dot is none."""
    rows = []
    for j, row in enumerate(plan):
        for i, sign in enumerate(row):
            block = 0 if sign == "." else by_name(signs[sign]).id
            for layer, laid in ((0, by_name("grass").id), (1, block)):
                rows.append(edits.Edit(x + i, y + j, layer, laid, None, False, 0))
    async with await Database.open(folder) as db:
        await db.write(lambda c: edits.put(c, rows))


@contextlib.asynccontextmanager
async def open_house(folder: Path, *names: str, **settings: Any) -> AsyncIterator[House]:
    """A running world with these players; without a model, unless the settings name one."""
    people = await settle(folder / "data", *names)
    chosen = {"model": str(folder / "no model"), "port": 0, "seed": 3, **settings}
    async with running(Settings(data=folder / "data", adapters=folder / "adapters", **chosen)) as world:
        yield House(world.url, world.admin_link, folder, people)

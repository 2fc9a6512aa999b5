"""A lawn with players' bodies on it, and a voice that speaks when the test lets it: for agents without a model."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nanoverse.agents import agreements
from nanoverse.agents.memory import Memory
from nanoverse.agents.replies import Replies
from nanoverse.agents.voice import READY, Reply
from nanoverse.chat.events import Event, Said
from nanoverse.chat.names import skeleton
from nanoverse.chat.service import Chat
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.protocol import AGENT, ASLEEP, PLAYER
from nanoverse.store import accounts
from nanoverse.store.conducts import ACT
from nanoverse.store.database import Database
from nanoverse.store.messages import Message
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import Body, BodyState
from nanoverse.world.constants import EARSHOT, SLOTS, UNIT
from nanoverse.world.simulation import Simulation

LAWN = 24  # tiles from the origin to its edge


def meadow(*blocks: tuple[int, int, str], **more: Any) -> Simulation:
    """A lawn around the origin, with blocks of these names on it; `more` as `Simulation` takes it."""
    tiles = [(x, y) for x in range(-LAWN, LAWN) for y in range(-LAWN, LAWN)]
    grass = by_name("grass").id
    edits = [(x, y, 0, grass) for x, y in tiles] + [(x, y, 1, AIR) for x, y in tiles]
    return Simulation(5, edits + [(x, y, 1, by_name(name).id) for x, y, name in blocks], **more)


def add(world: Simulation, player: int, name: str, x: int, y: int = 0, *carried: tuple[str, int]) -> Body:
    slots = [(by_name(thing).id, count) for thing, count in carried]
    slots += [(AIR, 0)] * (SLOTS - len(slots))
    state = BodyState(x * UNIT + UNIT // 2, y * UNIT + UNIT // 2, 0, 0, slots)
    return world.add_body(player, name, 0, state)


@dataclass
class Spoken:
    """What the voice was asked."""

    player: int
    scene: Scene
    turns: list[Turn]


@dataclass
class FakeVoice:
    """Says what it is told to; `gate` holds it back, as a model that thinks."""

    state: str = READY
    lines: list[str | Exception | None] = field(default_factory=list)  # what it says, one after the other
    version: int = 0
    asked: list[Spoken] = field(default_factory=list)
    busy: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def too_busy(self) -> bool:
        return self.busy

    def speaks_through(self, live: object) -> int:
        return self.version

    async def speak(self, player: int, scene: Scene, turns: Sequence[Turn], partner: str) -> Reply | None:
        self.asked.append(Spoken(player, scene, list(turns)))
        await self.gate.wait()
        line = self.lines.pop(0) if self.lines else f"line {len(self.asked)}"
        if isinstance(line, Exception):
            raise line
        return Reply(line, self.version) if line is not None else None


class Stage:
    """Players in a row, one tile apart, with chat and agents; `away` are those whose agents drive, `levels` how
    much these may do where that is not everything, `locked` whose account is."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.world = meadow()
        self.voice = FakeVoice()
        self.memory = Memory(self.world)
        self.away: set[int] = set()
        self.levels: dict[int, int] = {}
        self.locked: set[int] = set()
        self.said: list[Message] = []
        self.typing: list[int] = []
        self.chat = Chat(db, self._hears, self._deliver)
        self.replies = Replies(
            self.world,
            db,
            self.chat,
            self.voice,  # type: ignore[arg-type]
            self.memory,
            self.away.__contains__,
            lambda player: self.levels.get(player, ACT),
            self.locked.__contains__,
        )
        self.replies._dice.random = lambda: 0.999  # type: ignore[method-assign]
        self.chat.subscribe_writes(agreements.note)
        self.chat.subscribe(self.replies.hear)

    async def join(self, name: str, x: int = 0, away: bool = False) -> int:
        player = (await self.db.write(lambda c: accounts.create(c, name, skeleton(name), "", 0, 1))).id
        add(self.world, player, name, x)
        self.set_away(player, away)
        return player

    def set_away(self, player: int, away: bool) -> None:
        (self.away.add if away else self.away.discard)(player)
        self.world.bodies[player].driver = AGENT if away else PLAYER

    def asleep(self, player: int) -> None:
        self.away.discard(player)
        self.world.bodies[player].driver = ASLEEP

    def answers(self) -> list[str]:
        return [message.text for message in self.said if message.by_agent]

    @contextlib.asynccontextmanager
    async def writer_held(self) -> AsyncIterator[None]:
        """What is written meanwhile waits, in its order, and is committed together afterwards."""
        let_go = threading.Event()
        self.db.write_soon(lambda connection: let_go.wait(60))
        await self.until(lambda: not self.db._waiting)
        try:
            yield
        finally:
            let_go.set()

    async def quiet(self) -> None:
        """Until no agent thinks any more."""
        async with asyncio.timeout(60):
            while self.replies._thinking:
                await asyncio.wait(list(self.replies._thinking.values()))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    def _hears(self, sender: int) -> list[int]:
        body = self.world.bodies[sender]
        return [b.id for b in self.world.bodies_within(body.x, body.y, EARSHOT) if b is not body]

    def _deliver(self, event: Event, recipients: tuple[int, ...]) -> None:
        if isinstance(event, Said):
            self.said.append(event.message)
        elif type(event).__name__ == "Typing":
            self.typing.append(event.sender)  # type: ignore[union-attr]

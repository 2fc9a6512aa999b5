"""Players come and go; their bodies and agents stay. One place joins presence, drivers, visits and replies."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable

from nanoverse.agents.building import Tile
from nanoverse.agents.drivers import Drivers
from nanoverse.agents.presence import Presence
from nanoverse.agents.replies import Replies
from nanoverse.protocol import AGENT, ASLEEP, PLAYER
from nanoverse.store import accounts, visits, works
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.visits import SQUARE, Visit
from nanoverse.world.constants import UNIT
from nanoverse.world.simulation import Simulation

log = logging.getLogger(__name__)

FAVOURITES = 5  # squares that an agent returns to
MOST = 10_000  # squares whose visits wait for room on the disk, the dearest ones
_SAVE_EVERY = 30  # seconds between two savings of visits and works

DriverChanged = Callable[[int], None]


class Household:
    """Call `came` and `left` as connections do; `run` does what is due every second. `now` is in ms, that of a
    `store.clock`: when players came is compared with when their agents did something."""

    def __init__(
        self,
        world: Simulation,
        db: Database,
        presence: Presence,
        drivers: Drivers,
        driver_changed: DriverChanged,
        now: Callable[[], int],
    ) -> None:
        self._world = world
        self._db = db
        self._presence = presence
        self._drivers = drivers
        self._driver_changed = driver_changed
        self._now = now
        self._stayed: Counter[tuple[int, int, int]] = Counter()
        self._errands: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """What agents were building when the server stopped."""
        self._drivers.remember(await self._db.read(works.everything))

    def came(self, player: int) -> None:
        """The player takes the wheel at once: from this tick on nothing of the agent moves the body."""
        self._presence.came(player)
        self._drivers.hand_back(player)
        self._touch(player)

    def left(self, player: int) -> None:
        """The body falls asleep until its agent is due, also if the agent drove while its player watched."""
        self._drivers.hand_back(player)
        self._presence.left(player, time.monotonic())
        self._set_driver(player, ASLEEP)
        self._touch(player)

    def drive(self, player: int) -> str | None:
        """Let the agent drive while its player is there and watches; returns why not, if it may not."""
        if refusal := self._presence.refusal() or self._drivers.refusal(player):
            return refusal
        self._hand_over(player, [])
        self._errands.add(task := asyncio.create_task(self._tell_favourites(player)))
        task.add_done_callback(self._errands.discard)
        return None

    def take_wheel(self, player: int) -> None:
        """The player, who is there, does something: the body is theirs again, if their agent drove it."""
        if self._drivers.drives(player):
            self._drivers.hand_back(player)
            self._set_driver(player, PLAYER)

    def settle(self, player: int) -> None:
        """A player who is not connected, at the start, just registered or unlocked: the agent takes over when due."""
        self._presence.left(player, time.monotonic())

    def rest(self, player: int) -> None:
        """A player who is not connected is locked: nobody drives the body until they `settle` again."""
        self._drivers.hand_back(player)
        self._set_driver(player, ASLEEP)

    def forget(self, player: int) -> None:
        """The account is gone: nobody drives the body any more. To be called before the body leaves the world."""
        self._presence.forget(player)
        self._drivers.forget(player)
        self._stayed = Counter({place: spent for place, spent in self._stayed.items() if place[0] != player})

    async def run(self, replies: Replies) -> None:
        seconds = 0
        while True:
            await asyncio.sleep(1)
            seconds += 1
            try:
                for player, since in self._presence.due(time.monotonic()).items():
                    await self._try_to_take_over(player)
                    replies.catch_up(player, since)
                self._count_visits()
                replies.greet()
                if seconds % _SAVE_EVERY == 0:
                    self.save()
            except Exception:
                log.exception("a second in the life of the agents failed; they go on")

    async def _try_to_take_over(self, player: int) -> None:
        try:
            await self._take_over(player)
        except Exception:  # one agent's trouble is not that of others, who are due only once
            log.exception("the agent of player %d could not take over; the body stays asleep", player)

    async def _take_over(self, player: int) -> None:
        dear = await self._favourites(player)
        if player in self._world.bodies and self._presence.leaves_body(player):  # they may be back by now
            self._hand_over(player, dear)

    async def _tell_favourites(self, player: int) -> None:
        """An agent that drives while its player watches does not wait for what the database knows."""
        dear = await self._favourites(player)
        if self._drivers.drives(player):
            self._drivers.take_over(player, dear)

    def _hand_over(self, player: int, favourites: list[Tile]) -> None:
        self._drivers.take_over(player, favourites)
        self._set_driver(player, AGENT)

    async def _favourites(self, player: int) -> list[Tile]:
        """The middles of the squares where a player liked to be."""
        dear: list[Visit] = []
        try:
            dear = await self._db.read(lambda c: visits.favourites(c, player, FAVOURITES))
        except StoreError as error:
            log.warning("an agent does not know where its player liked to be: %s", error)
        middle = SQUARE // 2
        return [(visit.x + middle, visit.y + middle) for visit in dear]

    def _count_visits(self) -> None:
        for body in self._world.bodies.values():
            if body.driver == PLAYER and self._presence.is_here(body.id):
                self._stayed[body.id, body.x // UNIT // SQUARE, body.y // UNIT // SQUARE] += 1

    def save(self) -> None:
        """Have it written where players were, and what their agents build. What finds no room goes with the next."""
        stayed, self._stayed = self._stayed, Counter()
        rows = [Visit(player, x * SQUARE, y * SQUARE, spent) for (player, x, y), spent in stayed.items()]
        built = self._drivers.new_works()

        def write(connection: sqlite3.Connection) -> None:
            visits.add(connection, rows)
            works.put(connection, built)

        def keep() -> None:
            self._stayed = Counter(dict((self._stayed + stayed).most_common(MOST)))
            self._drivers.unsaved(built)

        if rows or built:
            self._db.write_soon(write, keep)

    def _touch(self, player: int) -> None:
        """At both ends of a visit: of one that a crash ends, its beginning is known."""
        now = self._now()
        self._db.write_soon(lambda c: accounts.touch(c, player, now))

    def _set_driver(self, player: int, driver: int) -> None:
        self._world.bodies[player].driver = driver
        self._driver_changed(player)

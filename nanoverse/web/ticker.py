"""The 20 Hz loop: gather inputs, let the world tick, show what happened, have it committed, then say so.

Nothing here waits for a socket, the database or the model. A commit is started, and awaited by a task of its own; only
when it is on disk does the ledger tell the authors `done`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np

from nanoverse import protocol
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.finds import Find
from nanoverse.web.client import Client
from nanoverse.web.interest import ChunkId, Interest
from nanoverse.web.ledger import UNSAVED, Ledger
from nanoverse.web.visits import Visit, Visits
from nanoverse.world.constants import CHUNK, TICK_HZ
from nanoverse.world.events import (
    ChestShown,
    Event,
    GuestChanged,
    HomeChanged,
    InventoryChanged,
    LandChanged,
    NotUndone,
    Refused,
    WayFound,
)
from nanoverse.world.inputs import Go, Input, Move, Return, Stop
from nanoverse.world.simulation import Simulation
from nanoverse.world.tiles import BLOCK
from nanoverse.world.undo import CHANGED, WRITING, Undo

log = logging.getLogger(__name__)

InputSource = Callable[[], list[tuple[int, Input]]]
EventSink = Callable[[Sequence[Event]], None]
_CLOCK_EVERY = 10 * TICK_HZ  # ticks between two messages about time and weather
UNDOS_PER_TICK = 64  # each takes some 10 µs
GROWN_PER_TICK = 8  # chunks that are grown for them; each takes up to a millisecond
CHANGES_PER_TICK = 1000  # that these may take back together; some 5 µs each in the thread that writes
_MEASURED = 20 * 60 * TICK_HZ  # ticks whose durations are kept


class Ticker:
    """Runs the world. `agents` gives the inputs of agent-driven bodies, `now` the time (ms) of what is logged; `sinks`
    hear every event."""

    def __init__(
        self,
        world: Simulation,
        interest: Interest,
        db: Database,
        agents: InputSource,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.world = world
        self.interest = interest
        self.clients: dict[int, Client] = {}
        self.sinks: list[EventSink] = []
        self.durations: deque[float] = deque(maxlen=_MEASURED)
        self.lateness: deque[float] = deque(maxlen=_MEASURED)  # how long after its time each of them began
        self.visits = Visits(db)
        self.ledger = Ledger(world, db, self._visit, now)
        self.ledger.found = self._tell_found
        self.locked: Callable[[int], bool] = lambda player: False  # whose scrolls are not shown
        self._agents = agents
        self._undos: deque[Undo] = deque()
        self._not_undone: list[str] = []
        self._all_undone = asyncio.Event()
        self._commits: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Tick until cancelled; a late tick is caught up on, but never more than a second of them."""
        period = 1 / TICK_HZ
        due = time.monotonic()
        while True:
            due = max(due + period, time.monotonic() - 1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.lateness.append(max(0.0, time.monotonic() - due))
            started = time.perf_counter()
            try:
                self.tick()
            except Exception:
                log.exception("a tick failed; the world goes on")
            self.durations.append(time.perf_counter() - started)

    def tick(self) -> None:
        inputs = self._agents()
        for client in self.clients.values():
            inputs += client.take_inputs()
        # While nothing can be saved, what waits must not grow, nor anybody build for an hour what a power cut takes.
        kept, events = _turn_away(inputs) if self.ledger.refused else (inputs, [])
        events += self.world.tick(kept, self._take_undos())
        self._save(events)  # before it is shown: what has happened gets onto the disk, whatever fails below
        self.interest.publish(events)
        self._acknowledge_moves(inputs)
        self._answer(events)
        for sink in self.sinks:
            sink(events)
        if not self._undos:
            self._all_undone.set()
        if self.world.tick_number % _CLOCK_EVERY == 0:
            clock = self.clock()
            for client in self.clients.values():
                client.outbox.put(clock)

    def forget(self, player: int) -> None:
        """Take a deleted player's body out of the world, with its land and the words on its signs, before all eyes."""
        events = self.world.forget(player)
        self.interest.remove_body(player)
        self._save(events)
        self.interest.publish(events)
        self._answer(events)

    async def free_land(self, player: int) -> int:
        """Take from a player all land that they have claimed, before all eyes; returns how many plots it was, once it
        is on disk."""
        events = self.world.free_land(player)
        await self._make_known(events)
        return len(events)

    async def uninvite(self, owner: int, guest: int) -> None:
        """Whom somebody has blocked is a guest on their land no more, once it is on disk."""
        if events := self.world.uninvite(owner, guest):
            await self._make_known(events)

    async def _make_known(self, events: Sequence[Event]) -> None:
        """Have what happened outside of a tick known by all, at once; when it returns, it is on disk."""
        self.ledger.record(events)
        saved = self.ledger.commit()  # takes what there is now; awaited only when all have been told
        self.interest.publish(events)
        self._answer(events)
        await saved

    @asynccontextmanager
    async def rolling_back(self) -> AsyncIterator[None]:
        """All that was changed before is on disk, to plan a roll-back from; what bodies change from then on stays as
        they made it, whatever `undo` is to take back there. One at a time."""
        saved = self.ledger.commit(everything=True)  # so that it also comes after what is being written
        self.ledger.touched = set()
        try:
            await saved
            yield
        finally:
            self.ledger.touched = None
            self._undos.clear()  # of who waits no longer

    async def undo(self, undos: Sequence[Undo]) -> list[str]:
        """Take these back, some in each tick; returns, for those that were left, why, once all is on disk. Within
        `rolling_back`."""
        self._not_undone = []
        self._undos.extend(undos)
        self._all_undone.clear()
        await self._all_undone.wait()
        await self.ledger.commit(everything=True)
        return self._not_undone

    def _take_undos(self) -> list[Undo]:
        taken: list[Undo] = []
        changes = 0
        grown: set[ChunkId] = set()
        while self._undos and len(taken) < UNDOS_PER_TICK:
            undo = self._undos[0]
            if self._is_touched(undo):
                self._undos.popleft()
                self._not_undone.append(CHANGED)
                continue
            changes += len(undo.changes)
            if not self.world.tiles.is_grown(*(chunk := (undo.x // CHUNK, undo.y // CHUNK))):
                grown.add(chunk)
            if taken and (changes > CHANGES_PER_TICK or len(grown) > GROWN_PER_TICK):
                break
            taken.append(self._undos.popleft())
        return taken

    def _is_touched(self, undo: Undo) -> bool:
        """Whether somebody changed the tile since the roll-back was planned, also if it looks as it did then."""
        touched = self.ledger.touched or ()
        # Where there was writing, another sign may stand now.
        layers = (WRITING, BLOCK) if undo.layer == WRITING else (undo.layer,)
        return any((undo.x, undo.y, layer) in touched for layer in layers)

    def clock(self) -> bytes:
        world = self.world
        return protocol.encode("clock", world.tick_number, world.day_fraction(), world.weather())

    def _acknowledge_moves(self, inputs: Sequence[tuple[int, Input]]) -> None:
        """Where a body is after its newest step: of two in one tick, the answer to the second is that to both."""
        newest = {player: given.ref for player, given in inputs if isinstance(given, Move | Return)}
        for player, ref in newest.items():
            if client := self.clients.get(player):
                body = self.world.bodies[player]
                waited = min(round(client.steps.waited * 1000), protocol.MAX_WAITED)
                client.outbox.put(protocol.encode("you", ref, body.x, body.y, waited))

    def _answer(self, events: Sequence[Event]) -> None:
        """Refusals go out at once. What nobody asked for (an agent did, before its player came) has the number 0. Of
        what is told as a whole, only how it is at the end is told."""
        inventories: set[int] = set()
        lands: set[int] = set()
        for event in events:
            match event:
                case Refused(body, ref, reason):
                    if ref and (visit := self._visit(body)):
                        visit.refused(ref, reason)
                case WayFound(body, ref, path, arrives):
                    if client := self.clients.get(body):
                        client.outbox.put(protocol.encode("way", ref, path, arrives))
                case InventoryChanged(body):
                    inventories.add(body)
                case NotUndone(reason):
                    self._not_undone.append(reason)
                case LandChanged(body=body):
                    lands.add(body)
                case GuestChanged(owner, guest):
                    lands |= {owner, guest}
                case HomeChanged(body):
                    if client := self.clients.get(body):
                        client.outbox.put(self.home(body))
                case ChestShown(body, x, y):
                    if client := self.clients.get(body):
                        content = [(block, count) for block, count in self.world.chests.content(x, y)]
                        client.outbox.put(protocol.encode("chest", x, y, content))
                case _:
                    pass
        for concerned, tell in ((inventories, self.inventory), (lands, self.land)):
            for body in concerned & self.clients.keys():
                self.clients[body].outbox.put(tell(body))

    def _visit(self, player: int) -> Visit | None:
        """Who waits for what this body does: perhaps a page whose connection was lost a moment ago."""
        client = self.clients.get(player)
        return client.visit if client else self.visits.of(player)

    def _save(self, events: Sequence[Event]) -> None:
        if self.ledger.record(events):
            task = asyncio.get_running_loop().create_task(_carry_out(self.ledger.commit()))
            self._commits.add(task)
            task.add_done_callback(self._commits.discard)

    def _tell_found(self, finds: Sequence[Find]) -> None:
        for find in finds:
            if find.author is not None and self.locked(find.author):
                continue
            if client := self.clients.get(find.player):
                author = self.world.bodies.get(find.author or 0)
                by = author.name if author else ""
                client.outbox.put(
                    protocol.encode(
                        "discovered", find.kind, find.name, find.text, by, find.x, find.y, find.points
                    )
                )

    def inventory(self, player: int) -> bytes:
        body = self.world.bodies[player]
        return protocol.encode("inventory", body.selected, [(block, count) for block, count in body.slots])

    def land(self, player: int) -> bytes:
        """What a player owns, who may build there, and where the player may."""
        land = self.world.land
        guests, hosts = (
            [(other, land.name(other)) for other in others]
            for others in (land.guests(player), land.hosts(player))
        )
        return protocol.encode("land", land.plots(player), guests, hosts, *land.spawn, land.commons)

    def home(self, player: int) -> bytes:
        home = self.world.bodies[player].home
        return protocol.encode("home", *(home or (0, 0)), home is not None)

    def fed(self, player: int) -> bytes:
        return protocol.encode("fed", max(0, self.world.bodies[player].fed_until - self.world.tick_number))

    def figures(self, seconds: int) -> dict[str, float]:
        """Milliseconds that the ticks of the last seconds took, and how late they began; at most 20 minutes are
        remembered."""
        newest = list(self.durations)[-seconds * TICK_HZ :]
        if not newest:
            return {}
        p50, p99, top = np.percentile(np.array(newest) * 1000, (50, 99, 100))
        late = max(list(self.lateness)[-len(newest) :], default=0.0) * 1000
        return {
            "tick_ms_p50": float(p50),
            "tick_ms_p99": float(p99),
            "tick_ms_max": float(top),
            "late_ms_max": late,
        }


async def _carry_out(commit: Coroutine[Any, Any, None]) -> None:
    with suppress(Exception):  # the ledger tells who waits, and tries again
        await commit


def _turn_away(inputs: Sequence[tuple[int, Input]]) -> tuple[list[tuple[int, Input]], list[Event]]:
    """Of these only what needs no saving, and that the others are refused."""
    kept: list[tuple[int, Input]] = []
    refused: list[Event] = []
    for body, given in inputs:
        if isinstance(given, Move | Go | Stop):
            kept.append((body, given))
        else:
            refused.append(Refused(body, given.ref, UNSAVED))
    return kept, refused

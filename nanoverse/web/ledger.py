"""What of the world is not on disk yet, and how it gets there.

Edits, inventories and chests of one tick are committed together, so that no crash can leave a thing both in a hand and
in the world, or in neither. What a failed commit held stays here and goes with the next.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from nanoverse.protocol import AGENT
from nanoverse.store import bodies, changes, chests, edits, facts, finds, handled, land, scrolls, signs
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.web.visits import Visit
from nanoverse.world.bodies import Body
from nanoverse.world.events import (
    BlockChanged,
    Done,
    Event,
    Found,
    GuestChanged,
    HeldChanged,
    Hidden,
    HomeChanged,
    InventoryChanged,
    LandChanged,
    Moved,
    Recovered,
    Returned,
    Stowed,
    Written,
)
from nanoverse.world.simulation import Simulation
from nanoverse.world.undo import WRITING, turned

log = logging.getLogger(__name__)

Tile = tuple[int, int, int]  # x, y, layer
UNSAVED = "The server cannot save this just now."


@dataclass(slots=True)
class Pending:
    """What is to be committed together."""

    # By whom last, and whether by their agent.
    edits: dict[Tile, tuple[int | None, bool]] = field(default_factory=dict)
    log: list[changes.Change] = field(default_factory=list)  # who changed what
    undone: list[int] = field(default_factory=list)  # what of the log was taken back
    claims: set[tuple[int, int]] = field(default_factory=set)  # plots
    guests: set[tuple[int, int]] = field(default_factory=set)  # owner and guest
    bodies: set[int] = field(default_factory=set)
    chests: set[tuple[int, int]] = field(default_factory=set)
    signs: set[tuple[int, int]] = field(default_factory=set)
    hidden: list[scrolls.Scroll] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)
    found: list[finds.Find] = field(default_factory=list)
    done: list[tuple[int, Visit, int]] = field(default_factory=list)  # player, visit and number of an input

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def then(self, later: Pending) -> Pending:
        """Both together; of the same thing the later holds. The log keeps its order, also when the later one failed
        first."""
        return Pending(
            self.edits | later.edits,
            sorted(self.log + later.log, key=lambda change: change.time),
            self.undone + later.undone,
            self.claims | later.claims,
            self.guests | later.guests,
            self.bodies | later.bodies,
            self.chests | later.chests,
            self.signs | later.signs,
            self.hidden + later.hidden,
            self.recovered + later.recovered,
            self.found + later.found,
            self.done + later.done,
        )


class Ledger:
    """`visit` gives the page from which a player's body is moved: it is told what is done once that is on disk. `now`
    is in ms, that of a `store.clock`."""

    def __init__(
        self,
        world: Simulation,
        db: Database,
        visit: Callable[[int], Visit | None] = lambda player: None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._world = world
        self._db = db
        self._visit = visit
        self._now = now
        self._pending = Pending()
        self._moved: set[int] = set()  # bodies that are saved now and then
        self._writing: set[asyncio.Task[None]] = set()
        self._taken: list[Pending] = []  # what is being written, the oldest first
        self.refused: Exception | None = None  # why the newest commit failed, if it did
        self._warned: set[Visit] = set()
        # Where bodies changed something, while a roll-back wants to know it.
        self.touched: set[Tile] | None = None
        self.found: Callable[[Sequence[finds.Find]], None] = lambda new: None  # hears of those on disk

    def record(self, events: Sequence[Event]) -> bool:
        """Note what changed; True if it must be committed now."""
        changed = False
        for event in events:
            changed |= self._note(event)
        return changed

    def _note(self, event: Event) -> bool:
        pending = self._pending
        match event:
            case BlockChanged(x, y, layer, block, body, before, gave, cost, undoes):
                author = self._world.bodies.get(body)
                by_agent = author is not None and author.driver == AGENT
                player = body if author else None
                pending.edits[x, y, layer] = (player, by_agent)
                pending.undone += undoes
                # To open a door is to change nothing, and what grows was nobody.
                if body and not undoes and turned(before) != block:
                    self._log(
                        changes.Change(x, y, layer, before, block, player, by_agent, gave, cost, self._now())
                    )
            case LandChanged(x, y):
                pending.claims.add((x, y))
            case GuestChanged(owner, guest):
                pending.guests.add((owner, guest))
            case InventoryChanged(body) | HomeChanged(body) | Returned(body):
                pending.bodies.add(body)
            case Stowed(_, x, y):
                pending.chests.add((x, y))
            case Written(body, x, y, said, undoes):
                pending.signs.add((x, y))
                pending.undone += undoes
                # Without an author it went with who wrote it, or is a roll-back.
                if author := self._world.bodies.get(body):
                    by_agent = author.driver == AGENT
                    self._log(
                        changes.Change(x, y, WRITING, 0, 0, body, by_agent, 0, 0, self._now(), words=said)
                    )
            case Hidden(body, scroll, x, y, text):
                pending.hidden.append(scrolls.Scroll(scroll, x, y, text, body, self._now()))
            case Recovered(_, scroll):
                pending.recovered.append(scroll)
            case Found(body, kind, what, x, y, name, text, author):
                pending.found.append(finds.Find(body, kind, what, name, text, author, x, y, self._now()))
            case Done(body, ref) if ref and (visit := self._visit(body)):
                pending.done.append((body, visit, ref))
            case Moved(body) | HeldChanged(body):
                self._moved.add(body)
                return False
            case _:
                return False
        return True

    def _log(self, change: changes.Change) -> None:
        self._pending.log.append(change)
        if self.touched is not None:
            self.touched.add((change.x, change.y, change.layer))

    def save_soon(self, body: int) -> None:
        """Have a body saved with the next saving of those that moved."""
        self._moved.add(body)

    def commit(self, everything: bool = False) -> Coroutine[Any, Any, None]:
        """Take what is noted, at this very moment, and write it; with `everything`, also the bodies that only moved.

        The coroutine must be awaited: it ends once all that was taken is on disk, and raises `StoreError` if the
        database refuses. Taken is it by the call itself, so that no other commit comes first and leaves this one with
        nothing to wait for.

        After one that failed only those with `everything` are tried, which come now and then: the others raise what it
        raised, and leave all for them. Else a full disk had each tick prepare all that waits, and that grows.
        """
        if self.refused and not everything:
            return _raise(self.refused)
        taken, self._pending = self._pending, Pending()
        if everything:
            taken.bodies |= self._moved
            self._moved = set()
        if wanted := bool(taken) or everything:
            for older in self._taken:  # which, if it fails, is written again, under those who came after it
                older.edits |= {tile: taken.edits[tile] for tile in older.edits.keys() & taken.edits.keys()}
            self._taken.append(taken)
        write = self._as_it_is(taken)
        again = self.refused is not None

        async def carry_out() -> None:
            try:
                new = await self._db.write(write)
            except BaseException as error:
                self._pending = taken.then(self._pending)
                if isinstance(error, Exception):
                    self._was_refused(error, taken, again)
                raise
            finally:
                self._taken = [each for each in self._taken if each is not taken]
            self.refused = None
            self._warned.clear()
            for _, visit, ref in taken.done:
                visit.done(ref)
            self.found(new)

        async def wait() -> None:
            # Who waits may be cancelled; the write goes on, and what it takes must not go with the next one as well.
            if wanted:
                self._writing.add(task := asyncio.create_task(carry_out()))
                task.add_done_callback(self._writing.discard)
                await asyncio.shield(task)

        return wait()

    def _was_refused(self, error: Exception, taken: Pending, again: bool) -> None:
        """Tell it to the log, once of commits that fail together, and to whom it concerns, once until it goes again."""
        if again or self.refused is None:
            # For the disk's sake in one sentence, else with all that helps to find out why.
            trace = None if isinstance(error, StoreError) else error
            log.error(
                "the world's changes are not saved yet, and will be tried again: %s", error, exc_info=trace
            )
        self.refused = error
        for visit in {visit for _, visit, _ in taken.done} - self._warned:
            visit.warn(UNSAVED)
            self._warned.add(visit)

    def _as_it_is(self, taken: Pending) -> Callable[[sqlite3.Connection], list[finds.Find]]:
        """Writes what of the world was taken as it is at this very moment: one consistent state, also when it repeats
        what an earlier, failed commit held, and another one was written since."""
        states = [_row(self._world.bodies[i]) for i in taken.bodies if i in self._world.bodies]
        tick, now = self._world.tick_number, self._now()
        rows = [
            edits.Edit(x, y, layer, self._block(x, y, layer), player, by_agent, now)
            for (x, y, layer), (player, by_agent) in taken.edits.items()
        ]
        contents = [
            chests.Chest(x, y, tuple((block, n) for block, n in self._world.chests.content(x, y)))
            for x, y in taken.chests
        ]
        plots = [(plot, self._world.land.owner(plot)) for plot in taken.claims]
        allowed = [((owner, guest), guest in self._world.land.guests(owner)) for owner, guest in taken.guests]
        texts = [signs.Sign(x, y, *self._world.signs.text(x, y), now) for x, y in taken.signs]

        def write(connection: sqlite3.Connection) -> list[finds.Find]:
            edits.put(connection, rows)
            changes.put(connection, taken.log)
            changes.mark_undone(connection, taken.undone, now)
            land.put_claims(connection, plots, now)
            land.put_guests(connection, allowed)
            bodies.put(connection, states)
            chests.put(connection, contents)
            signs.put(connection, texts)
            scrolls.put(connection, taken.hidden)
            new = finds.put(connection, taken.found)
            # After what was found: a scroll that nobody has found is gone with its words.
            scrolls.recover(connection, taken.recovered, now)
            for player, visit, ref in taken.done:
                if visit.number:  # else it sends nothing twice
                    # `web.visits` tidies by this time.
                    handled.put(connection, player, visit.number, [(ref, 0)], now_ms())
            facts.put(connection, "tick", str(tick))
            return new

        return write

    async def settle(self) -> None:
        """Wait for the writes that are under way, also for those whose waiters have been cancelled: what they could not
        write is noted again."""
        if self._writing:
            await asyncio.wait(self._writing)

    def _block(self, x: int, y: int, layer: int) -> int:
        return self._world.tiles.get(x, y, layer)


async def _raise(error: Exception) -> None:
    raise error.with_traceback(None)  # which would grow each time


def _row(body: Body) -> bodies.Body:
    """Not by way of its state, which is looked over at length: that is for loading it."""
    slots = tuple([(block, count) for block, count in body.slots])
    return bodies.Body(body.id, body.x, body.y, body.facing, body.selected, slots, body.home, body.fed_until)

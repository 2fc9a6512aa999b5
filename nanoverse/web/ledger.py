"""What of the world is not on disk yet, and how it gets there.

Edits, inventories and chests of one tick are committed together, so that no crash can leave a thing both in a hand and
in the world, or in neither. What a failed commit held stays here and goes with the next.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from nanoverse.protocol import AGENT
from nanoverse.store import bodies, changes, chests, edits, facts, land, signs
from nanoverse.store.database import Database
from nanoverse.world.bodies import Body
from nanoverse.world.events import (
    BlockChanged,
    Event,
    GuestChanged,
    HeldChanged,
    HomeChanged,
    InventoryChanged,
    LandChanged,
    Moved,
    Returned,
    Stowed,
    Written,
)
from nanoverse.world.simulation import Simulation
from nanoverse.world.undo import turned


class Ledger:
    def __init__(self, world: Simulation, db: Database) -> None:
        self._world = world
        self._db = db
        self._edits: dict[tuple[int, int, int], tuple[int | None, bool]] = {}  # (x, y, layer): by whom
        self._log: list[changes.Change] = []  # who changed what
        self._undone: list[int] = []  # what of the log was taken back
        self._claims: dict[tuple[int, int], int | None] = {}  # of a plot: whose it is now
        self._guests: dict[tuple[int, int], bool] = {}  # of an owner and a guest: whether the guest may build
        self._bodies: set[int] = set()  # must be saved with the edits
        self._chests: set[tuple[int, int]] = set()  # likewise
        self._signs: set[tuple[int, int]] = set()  # likewise
        self._moved: set[int] = set()  # are saved now and then

    def record(self, events: Sequence[Event]) -> bool:
        """Note what changed; True if it must be committed now."""
        changed = False
        for event in events:
            match event:
                case BlockChanged(x, y, layer, block, body, before, gave, cost, undoes):
                    author = self._world.bodies.get(body)
                    by_agent = author is not None and author.driver == AGENT
                    player = body if author else None
                    self._edits[x, y, layer] = (player, by_agent)
                    self._undone += undoes
                    if not undoes and turned(before) != block:  # to open a door is to change nothing
                        self._log.append(
                            changes.Change(
                                x, y, layer, before, block, player, by_agent, gave, cost, _now_ms()
                            )
                        )
                    changed = True
                case LandChanged(x, y, owner):
                    self._claims[x, y] = owner
                    changed = True
                case GuestChanged(owner, guest, allowed):
                    self._guests[owner, guest] = allowed
                    changed = True
                case InventoryChanged(body) | HomeChanged(body) | Returned(body):
                    self._bodies.add(body)
                    changed = True
                case Stowed(_, x, y):
                    self._chests.add((x, y))
                    changed = True
                case Written(_, x, y):
                    self._signs.add((x, y))
                    changed = True
                case Moved(body) | HeldChanged(body):
                    self._moved.add(body)
                case _:
                    pass
        return changed

    def save_soon(self, body: int) -> None:
        """Have a body saved with the next saving of those that moved."""
        self._moved.add(body)

    def commit(self, everything: bool = False) -> Coroutine[Any, Any, None]:
        """Take what is noted, at this very moment, and write it; with `everything`, also the bodies that only moved.

        The coroutine must be awaited: it ends once all that was taken is on disk, and raises `StoreError` if the
        database refuses. Taken is it by the call itself, so that no other commit comes first and leaves this one with
        nothing to wait for.
        """
        changed, self._edits = self._edits, {}
        log, self._log = self._log, []
        undone, self._undone = self._undone, []
        claims, self._claims = self._claims, {}
        guests, self._guests = self._guests, {}
        touched, self._bodies = self._bodies, set()
        stowed, self._chests = self._chests, set()
        written, self._signs = self._signs, set()
        if everything:
            touched |= self._moved
            self._moved = set()
        states = [_row(self._world.bodies[i]) for i in touched if i in self._world.bodies]
        tick, now = self._world.tick_number, _now_ms()
        # The blocks and the inventories of this very moment: what is written is one consistent state, also when it
        # repeats what an earlier, failed commit held.
        rows = [
            edits.Edit(x, y, layer, self._block(x, y, layer), player, by_agent, now)
            for (x, y, layer), (player, by_agent) in changed.items()
        ]

        contents = [
            chests.Chest(x, y, tuple((block, n) for block, n in self._world.chests.content(x, y)))
            for x, y in stowed
        ]
        texts = [signs.Sign(x, y, *self._world.signs.text(x, y), now) for x, y in written]

        def write(connection: sqlite3.Connection) -> None:
            edits.put(connection, rows)
            changes.put(connection, log)
            changes.mark_undone(connection, undone, now)
            land.put_claims(connection, claims.items(), now)
            land.put_guests(connection, guests.items())
            bodies.put(connection, states)
            chests.put(connection, contents)
            signs.put(connection, texts)
            facts.put(connection, "tick", str(tick))

        async def carry_out() -> None:
            if not (changed or states or contents or texts or claims or guests or everything):
                return
            try:
                await self._db.write(write)
            except BaseException:
                self._edits = changed | self._edits
                self._log[:0] = log
                self._undone[:0] = undone
                self._claims = claims | self._claims
                self._guests = guests | self._guests
                self._bodies |= touched
                self._chests |= stowed
                self._signs |= written
                raise

        return carry_out()

    def _block(self, x: int, y: int, layer: int) -> int:
        return self._world.block_at(x, y) if layer else self._world.ground_at(x, y)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _row(body: Body) -> bodies.Body:
    state = body.state()
    slots = tuple((block, count) for block, count in state.slots)
    return bodies.Body(body.id, state.x, state.y, state.facing, state.selected, slots, state.home)

"""Roll-back: by actor, time and area; the admin's everywhere, an owner's on their own land, first counted, then done;
and a player's of one deed of their own agent, as it stands in their digest.

A tile is taken back change by change, from the newest on, for as long as the changes are ones that are meant: what
somebody else changed later stays as it is. `world.undo` says what becomes of the things.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from nanoverse.chat import names
from nanoverse.chat.limits import ROLL_BACK, Buckets
from nanoverse.protocol import COORDINATE, ID
from nanoverse.store import barred, changes, deeds, digests, land
from nanoverse.store.changes import Area, Change, Selection
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.web.accounts import read_json
from nanoverse.web.admin import AdminDesk
from nanoverse.web.identity import Sessions
from nanoverse.web.naming import named
from nanoverse.web.security import Refusal, problem
from nanoverse.web.ticker import Ticker
from nanoverse.world.blocks import BY_ID
from nanoverse.world.constants import PLOT
from nanoverse.world.paint import COLOURS
from nanoverse.world.tiles import PAINT
from nanoverse.world.undo import CHANGED, WRITING, Undo, leads, things_of

log = logging.getLogger(__name__)

MOST = 10_000  # tiles in one roll-back
MOST_CHANGES = 20_000  # changes looked at for it, taken back or not; some 10 µs each in the thread that reads
LONGEST = 60 * 24 * 365  # minutes back
WIDEST = 1000  # tiles around a place
_TIMES = ("minutes", "since", "until")
_SHOWN = 20  # of the newest changes, with a preview
_TOO_LARGE = (
    "That is too much to undo at once. On your own land you can roll back what your agent did around you, and the"
    " admin can anywhere, area by area."
)
_UNDER_WAY = "Another roll-back is under way; try again in a moment."


class TooMuch(Refusal):
    """More changes or tiles than one roll-back may take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a roll-back would do, the newest change first, how many tiles it would leave as others made them, and the
    newest changes that it would take back."""

    undos: tuple[Undo, ...]
    kept: int
    newest: tuple[Change, ...] = ()


def plan(stacks: dict[tuple[int, int, int], list[Change]], selection: Selection, backer: int | None) -> Plan:
    undos: list[Undo] = []
    kept = 0
    newest: list[Change] = []
    for (x, y, layer), stack in stacks.items():
        taken: list[Change] = []
        for change in stack:
            if not selection.takes(change):
                break
            # Not one story: what came between was taken back by itself, or is forgotten. Together they would give
            # other things than they took.
            if taken and not leads(layer, change.after, taken[-1].before):
                break
            taken.append(change)
        if not taken:
            kept += 1
            continue
        newest += taken[:_SHOWN]
        things = things_of([(c.player, c.gave, c.cost) for c in taken])
        ids = tuple(change.id for change in taken)
        now, then, words = taken[0].after, taken[-1].before, taken[-1].words
        undos.append(Undo(x, y, layer, now, then, ids, things, backer, words))
    return Plan(
        tuple(sorted(undos, key=lambda undo: -undo.changes[0])),
        kept,
        tuple(heapq.nlargest(_SHOWN, newest, key=lambda change: change.id)),
    )


class RollbackDesk:
    def __init__(
        self, db: Database, sessions: Sessions, ticker: Ticker, admin: AdminDesk, now: Callable[[], int]
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._ticker = ticker
        self._admin = admin
        self._now = now
        self._busy = asyncio.Lock()
        self._buckets = Buckets(now_ms)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/admin/rollback", self.everywhere)
        app.router.add_post("/api/me/rollback", self.on_own_land)
        app.router.add_post("/api/me/digest/undo", self.of_own_agent)

    async def everywhere(self, request: web.Request) -> web.Response:
        admin = await self._admin.require(request)
        player, agent, x, y, radius, do, *times = await read_json(
            request, "player", "agent", "x", "y", "radius", "do", *_TIMES
        )
        areas = None if radius is None else (_around(x, y, radius),)
        since, until = self._span(*times)
        selection = Selection(since, await self._named(player), None, _agent(agent), areas, until)
        answer = await self._answer(selection, None, do is True)
        if do is True and answer.status == 200:
            where = "everywhere" if radius is None else f"within {radius} tiles of {x}, {y}"
            log.info("%s has rolled back what %s changed %s", admin, player or "anybody", where)
        return answer

    async def on_own_land(self, request: web.Request) -> web.Response:
        """What others did on the land of the player who asks since it was claimed, or what one player did there, also
        one's own agent; on all of that land, or on what of it lies around a place."""
        owner = await self._sessions.require(request)
        player, agent, x, y, radius, do, *times = await read_json(
            request, "player", "agent", "x", "y", "radius", "do", *_TIMES
        )
        self._buckets.take(ROLL_BACK, owner.id)
        # Since it is theirs: else who claims a quarry would take out of the bags of others what they dug there.
        plots = await self._db.read(lambda c: land.plots(c, owner.id))
        areas = tuple(Area(i * PLOT, j * PLOT, PLOT, PLOT, since) for i, j, since in plots)
        if not areas:
            raise Refusal("You have no land; claim some first.")
        if radius is not None:
            around = _around(x, y, radius)
            areas = tuple(part for area in areas if (part := _within(area, around)))
        chosen = await self._named(player)
        but = owner.id if chosen is None else None
        since, until = self._span(*times)
        selection = Selection(since, chosen, but, _agent(agent), areas, until)
        return await self._answer(selection, owner.id, do is True)

    async def of_own_agent(self, request: web.Request) -> web.Response:
        """What the player's agent gathered or placed of one thing in one absence; answers what was taken back, what was
        left and why, and how the deed stands now."""
        player = await self._sessions.require(request)
        since, verb, what = await read_json(request, "since", "verb", "what")
        self._buckets.take(ROLL_BACK, player.id)
        if not (isinstance(verb, str) and isinstance(what, str)):
            raise Refusal("A deed is told by since, verb and what, as the digest has them.")
        begun = _whole(since, "since", 0, ID)
        # Through the writer: what the agent did until a moment ago is on its way there, and comes first.
        deed = await self._db.write(lambda c: deeds.find(c, player.id, begun, verb, what))
        if deed is None:
            raise Refusal("Your agent has done no such thing.")
        selection = deeds.changes_of(deed)
        if selection is None:
            raise Refusal("What was made cannot be undone, only what was dug and built.")
        if self._busy.locked():
            return problem(409, _UNDER_WAY)
        answer = await self._take_back(selection, player.id)
        did = await self._db.read(lambda c: digests.traced(c, deed))
        return web.json_response({**answer, "standing": did.standing, "undone": did.undone})

    async def _take_back(self, selection: Selection, player: int) -> dict[str, Any]:
        async with self._busy:
            try:
                planned, left = await self._carry_out(selection, player)
            except TooMuch:
                raise Refusal(_TOO_LARGE) from None  # a deed has no time and no area to choose
        if not planned.undos and not planned.kept:
            raise Refusal("There is nothing left of it to undo.")
        done = len(planned.undos) - left.total()
        if planned.kept:
            left[CHANGED] += planned.kept
        return {"tiles": done, "left": dict(left)}

    async def _answer(self, selection: Selection, backer: int | None, do: bool) -> web.Response:
        if self._busy.locked():
            return problem(409, _UNDER_WAY)
        async with self._busy:
            if not do:
                planned = await self._planned(selection, backer)
                return web.json_response(
                    {
                        "tiles": len(planned.undos),
                        "kept": planned.kept,
                        "newest": self._told(planned.newest),
                        "since": selection.since,
                        "until": selection.until,
                    }
                )
            planned, left = await self._carry_out(selection, backer)
            done = len(planned.undos) - left.total()
            return web.json_response({"tiles": done, "kept": planned.kept, "left": dict(left)})

    async def _planned(self, selection: Selection, backer: int | None) -> Plan:
        def look(connection: sqlite3.Connection) -> Plan:
            stacks = changes.stacks(connection, selection, MOST_CHANGES)
            if stacks is None:
                raise TooMuch(
                    f"That is more than {MOST_CHANGES} changes; choose a shorter time or a smaller area."
                )
            if len(stacks) > MOST:
                raise TooMuch(f"That is more than {MOST} tiles; choose a shorter time or a smaller area.")
            return plan(stacks, selection, backer)

        return await self._db.read(look)

    async def _carry_out(self, selection: Selection, backer: int | None) -> tuple[Plan, Counter[str]]:
        """Plan it and do it; how many tiles were left, by the reason."""
        async with self._ticker.rolling_back():
            planned = await self._planned(selection, backer)
            return planned, Counter(await self._ticker.undo(planned.undos))

    def _told(self, found: Iterable[Change]) -> list[dict[str, Any]]:
        name = self._ticker.world.land.name
        return [
            {
                "time": change.time,
                "player": name(change.player or 0),
                "agent": change.by_agent,
                "x": change.x,
                "y": change.y,
                "layer": change.layer,
                "before": _name(change.layer, change.before),
                "after": _name(change.layer, change.after),
            }
            for change in found
        ]

    def _span(self, minutes: object, since: object, until: object) -> tuple[int, int]:
        """From when to when (ms): so many minutes until now, or what a count has answered, so that just what was
        counted is done, however long somebody looked at it."""
        if since is not None or until is not None:
            return _whole(since, "since", 0, ID), _whole(until, "until", 0, ID)
        now = self._now()
        return now - 60_000 * _whole(minutes, "minutes", 1, LONGEST), now

    async def _named(self, name: object) -> int | None:
        """The player's number, of an account that was deleted while it was locked, too; None: nobody is named."""
        if name is None:  # not "", which a script may give whose variable is empty
            return None

        def find(connection: sqlite3.Connection) -> int:
            gone = barred.by_skeleton(connection, names.skeleton(name)) if isinstance(name, str) else None
            return named(connection, name).id if gone is None else gone

        return await self._db.read(find)


def _name(layer: int, block: int) -> str | dict[str, str] | None:
    """What a change made: a block's name, or a colour's parts, None for no paint; writing is told as its sign."""
    if layer == WRITING:
        return "sign"
    if layer != PAINT:
        return BY_ID[block].name if block in BY_ID else str(block)
    return {"hue": COLOURS[block - 1].hue, "shade": COLOURS[block - 1].shade} if block else None


def _around(x: object, y: object, radius: object) -> Area:
    east, south = (_whole(value, "x and y", -COORDINATE, COORDINATE) for value in (x, y))
    around = _whole(radius, "radius", 0, WIDEST)
    return Area(east - around, south - around, 2 * around + 1, 2 * around + 1)


def _within(area: Area, around: Area) -> Area | None:
    """What of an area lies in another one."""
    west, north = max(area.x, around.x), max(area.y, around.y)
    width = min(area.x + area.width, around.x + around.width) - west
    height = min(area.y + area.height, around.y + around.height) - north
    return Area(west, north, width, height, area.since) if width > 0 and height > 0 else None


def _agent(agent: object) -> bool | None:
    if agent is None or isinstance(agent, bool):
        return agent
    raise Refusal("agent is true (by the agent), false (in person) or left out (both).")


def _whole(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise Refusal(f"{name} must be whole numbers from {low} to {high}.")

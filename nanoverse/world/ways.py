"""The ways that players ask for, and the one budget of each tick for looking for ways, which agents share.

The server finds the way, by the same search as an agent's; the browser walks it, with steps like those of a hand on
the keys. So a walk by click is foretold, corrected and bounded as any other, nothing else moves a player's body, and
nobody gains speed. A way lies on land that the player sees: the browser knows every tile of it, and it tells nothing
about land that has not been shown.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from nanoverse.world.bodies import Body
from nanoverse.world.constants import CHUNK, FAR, LEG, MOST_WAY, VIEW_RADIUS
from nanoverse.world.events import Event, Refused, WayFound
from nanoverse.world.inputs import Go
from nanoverse.world.land import Land as Claims
from nanoverse.world.paths import Land, Search, Tile

NODES_PER_TICK = 400  # tiles that all searches of one tick may look at: a few of its 50 ms
MOST_NODES = 1600  # for one way: as good as all that is to be found, on nearly any land
TURN = 50  # tiles that a search may look at before the next one's turn; most are done with fewer
_NONE, _TOO_FAR = "There is no way there.", "That is too far."


class World(Land, Protocol):
    """What ways are looked for on; a `Simulation` is one."""

    bodies: dict[int, Body]
    land: Claims


class Ways:
    """Each body has one search at most; they take turns."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._left = NODES_PER_TICK
        self._asked: dict[int, int] = {}  # the ref of what a body asked for last
        self._searches: deque[tuple[Go, int, Search]] = deque()

    def grant(self, nodes: int) -> bool:
        """Whether an agent may look for a way in this tick, at so many tiles; while players wait, half is theirs."""
        kept = NODES_PER_TICK // 2 if self._asked else 0
        if self._left - nodes < kept:
            return False
        self._left -= nodes
        return True

    def ask(self, body: Body, go: Go, events: list[Event]) -> None:
        """Begin a search, from where the body is now; it is answered by `WayFound` or `Refused` in this or a later
        tick. What the body asked for before is refused."""
        self._drop(body.id, events)
        here, goal = body.tile, (go.x, go.y)
        if _span(here, goal) > FAR:
            events.append(Refused(body.id, go.ref, _TOO_FAR))
            return
        seen = _Seen(self._world, body.id, here)
        # A place out of sight is walked to in legs: each ends where enough of the way is done, in the best direction.
        leg = None if seen.has(*goal) else LEG
        self._asked[body.id] = go.ref
        self._searches.append((go, body.id, Search(seen, here, goal, leg)))

    def forget(self, body: int) -> None:
        """Nobody waits for this body's way any more."""
        self._drop(body, [])

    def tick(self, events: list[Event]) -> None:
        """Go on looking, with what the agents have left of this tick's budget."""
        while self._left > 0 and self._searches:
            go, body, search = self._searches.popleft()
            before = search.looked_at
            search.go_on(min(TURN, self._left, MOST_NODES - before))
            self._left -= max(1, search.looked_at - before)
            if search.done or search.looked_at >= MOST_NODES:
                del self._asked[body]
                events.append(_answer(body, go, search))
            else:
                self._searches.append((go, body, search))
        self._left = NODES_PER_TICK

    def _drop(self, body: int, events: list[Event]) -> None:
        if (ref := self._asked.pop(body, None)) is not None:
            self._searches = deque(entry for entry in self._searches if entry[1] != body)
            events.append(Refused(body, ref, "You asked for another way."))


def _answer(body: int, go: Go, search: Search) -> Event:
    path = search.path
    if path is None:
        return Refused(body, go.ref, _NONE)
    if len(path) > MOST_WAY:
        return Refused(body, go.ref, _TOO_FAR)
    return WayFound(body, go.ref, tuple(path), search.arrives)


class _Seen:
    """The land as far as a body sees it from tile `here`; what lies further out is a wall, and a shut door is one that
    it may not open."""

    def __init__(self, world: World, body: int, here: Tile) -> None:
        self._world, self._body = world, body
        self._west, self._north = ((at // CHUNK - VIEW_RADIUS) * CHUNK for at in here)
        self._east, self._south = ((at // CHUNK + VIEW_RADIUS + 1) * CHUNK for at in here)

    def has(self, x: int, y: int) -> bool:
        return self._west <= x < self._east and self._north <= y < self._south

    def is_solid(self, x: int, y: int) -> bool:
        return not self.has(x, y) or self._world.is_solid(x, y)

    def opens(self, x: int, y: int) -> bool:
        if not self.has(x, y) or not self._world.opens(x, y):
            return False
        return self._world.land.refusal(self._body, x, y, clearing=True) is None


def _span(one: Tile, other: Tile) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))

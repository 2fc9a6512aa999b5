"""Where the bodies are, by cell, so that who is near whom costs what is near and not what exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nanoverse.world.bodies import Body
from nanoverse.world.constants import HALF_HEIGHT, HALF_WIDTH, UNIT

# Units along a cell: about as far as most questions reach; in a crowd a chunk would hold everybody.
_SPAN = 8 * UNIT
_Key = tuple[int, int]


class Crowd:
    def __init__(self) -> None:
        # Dicts, not sets: their order is the same in every run.
        self._cells: dict[_Key, dict[int, Body]] = {}

    def add(self, body: Body) -> None:
        self._cells.setdefault((body.x // _SPAN, body.y // _SPAN), {})[body.id] = body

    def remove(self, body: Body) -> None:
        self._leave((body.x // _SPAN, body.y // _SPAN), body)

    def move(self, body: Body, x: int, y: int) -> None:
        """Put a body of the crowd at x, y (units)."""
        before, after = (body.x // _SPAN, body.y // _SPAN), (x // _SPAN, y // _SPAN)
        body.x, body.y = x, y
        if after != before:
            self._leave(before, body)
            self.add(body)

    def _leave(self, key: _Key, body: Body) -> None:
        here = self._cells[key]
        del here[body.id]
        if not here:
            del self._cells[key]

    def within(self, x: int, y: int, units: int) -> list[Body]:
        """The bodies at most so many units from x, y, nearest first."""
        found, reach = {}, units * units
        for body in self._around(x, y, units):
            apart = (body.x - x) ** 2 + (body.y - y) ** 2
            if apart <= reach:
                found[apart, body.id] = body
        return [found[key] for key in sorted(found)]

    def nearest(self, x: int, y: int, units: int, wanted: Callable[[Body], bool]) -> Body | None:
        """The first of those `within` that is wanted, without sorting them all."""
        found, first = None, (units * units, float("inf"))
        for body in self._around(x, y, units):
            if wanted(body):
                key = ((body.x - x) ** 2 + (body.y - y) ** 2, body.id)
                if key < first:
                    found, first = body, key
        return found

    def occupies(self, x: int, y: int) -> bool:
        """Whether a body's feet touch tile x, y."""
        left, top = x * UNIT, y * UNIT
        return any(
            left - HALF_WIDTH < body.x < left + UNIT + HALF_WIDTH
            and top - HALF_HEIGHT < body.y < top + UNIT + HALF_HEIGHT
            for body in self._around(left, top, 2 * UNIT)
        )

    def _around(self, x: int, y: int, units: int) -> Iterator[Body]:
        """The bodies of every cell that a square around x, y touches."""
        for cy in range((y - units) // _SPAN, (y + units) // _SPAN + 1):
            for cx in range((x - units) // _SPAN, (x + units) // _SPAN + 1):
                yield from self._cells.get((cx, cy), {}).values()

"""What a player finds by going there in person: hidden scrolls, biomes, regions with a name, and ruins.

Each is found once. An agent finds nothing: what its body passes is left for its player to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from nanoverse.world.bodies import PLAYER, Body
from nanoverse.world.events import Found
from nanoverse.world.scrolls import Scroll, Scrolls

CELL = 4  # tiles; the land of a cell is looked up once, in its middle
_CELLS = 4096  # that are remembered

Known = tuple[int, str, str]  # a body, and the kind and key of what its player has found


class Discoveries:
    def __init__(
        self,
        scrolls: Scrolls,
        land: Callable[[int, int], list[tuple[str, str, str]]],
        known: Iterable[Known] = (),
    ) -> None:
        """`land` gives what there is to discover at a tile, each as kind, key and name."""
        self._scrolls = scrolls
        self._land = lru_cache(_CELLS)(lambda i, j: land(i * CELL + CELL // 2, j * CELL + CELL // 2))
        self._known = set(known)
        self._tiles: dict[int, tuple[int, int]] = {}  # where each body looked about last

    def walk(self, body: Body) -> list[Found]:
        """What is new to a player whose body has moved."""
        if body.driver != PLAYER or self._tiles.get(body.id) == body.tile:
            return []
        x, y = self._tiles[body.id] = body.tile
        found = [self._scroll(body, scroll) for scroll in self._scrolls.around(x, y)]
        for kind, key, name in self._land(x // CELL, y // CELL):
            found.append(self._first(Found(body.id, kind, key, x, y, name=name)))
        return [one for one in found if one]

    def dig(self, body: Body, x: int, y: int) -> list[Found]:
        """What is new to a player whose body has dug at tile x, y."""
        scroll = self._scrolls.at(x, y) if body.driver == PLAYER else None
        found = self._scroll(body, scroll) if scroll else None
        return [found] if found else []

    def forget(self, body: int) -> None:
        """A player is no more."""
        self._known = {known for known in self._known if known[0] != body}
        self._tiles.pop(body, None)

    def _scroll(self, body: Body, scroll: Scroll) -> Found | None:
        if scroll.by == body.id:
            return None
        return self._first(
            Found(body.id, "scroll", str(scroll.id), scroll.x, scroll.y, text=scroll.text, author=scroll.by)
        )

    def _first(self, found: Found) -> Found | None:
        key = found.body, found.kind, found.what
        if key in self._known:
            return None
        self._known.add(key)
        return found

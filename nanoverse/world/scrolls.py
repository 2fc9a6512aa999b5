"""Scrolls: messages that lie hidden on a tile, under whatever stands there, until somebody comes upon them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nanoverse.world.blocks import by_name
from nanoverse.world.constants import CHUNK, FIND, MAX_SCROLL, SCROLLS, SCROLLS_IN_CHUNK

SCROLL = by_name("scroll").id


@dataclass(frozen=True, slots=True)
class Scroll:
    """`by` is the body whose player wrote it."""

    id: int
    x: int
    y: int
    text: str
    by: int


class Scrolls:
    def __init__(self, hidden: Iterable[Scroll], last: int) -> None:
        """What is hidden, and the highest number that a scroll ever had: none is given twice."""
        self._by_tile: dict[tuple[int, int], Scroll] = {}
        self._by_id: dict[int, Scroll] = {}
        self._in_chunk: Counter[tuple[int, int]] = Counter()
        self._of: Counter[int] = Counter()
        self._last = last
        for scroll in hidden:
            self._add(scroll)

    def get(self, id: int) -> Scroll | None:
        return self._by_id.get(id)

    def around(self, x: int, y: int) -> Iterator[Scroll]:
        """Those that are found from tile x, y."""
        for j in range(y - FIND, y + FIND + 1):
            for i in range(x - FIND, x + FIND + 1):
                if scroll := self._by_tile.get((i, j)):
                    yield scroll

    def at(self, x: int, y: int) -> Scroll | None:
        return self._by_tile.get((x, y))

    def why_not_hide(self, x: int, y: int, text: str, by: int) -> str | None:
        if not text:
            return "Write something on the scroll first."
        if len(text) > MAX_SCROLL:
            return f"A scroll has room for {MAX_SCROLL} characters, not {len(text)}."
        if (x, y) in self._by_tile:
            return "Something is hidden there already."
        if self._in_chunk[x // CHUNK, y // CHUNK] >= SCROLLS_IN_CHUNK:
            return f"{SCROLLS_IN_CHUNK} scrolls are hidden around here already; there is no room for more."
        if self._of[by] >= SCROLLS:
            return f"You have hidden {SCROLLS} scrolls; take one back before you hide another."
        return None

    def hide(self, x: int, y: int, text: str, by: int) -> Scroll:
        self._last += 1
        scroll = Scroll(self._last, x, y, text, by)
        self._add(scroll)
        return scroll

    def remove(self, scroll: Scroll) -> None:
        del self._by_tile[scroll.x, scroll.y], self._by_id[scroll.id]
        self._in_chunk[scroll.x // CHUNK, scroll.y // CHUNK] -= 1
        self._of[scroll.by] -= 1

    def forget(self, author: int) -> list[Scroll]:
        """Remove all of one author's; returns them."""
        gone = self.of(author)
        for scroll in gone:
            self.remove(scroll)
        return gone

    def of(self, author: int) -> list[Scroll]:
        return [scroll for scroll in self._by_id.values() if scroll.by == author]

    def _add(self, scroll: Scroll) -> None:
        self._by_tile[scroll.x, scroll.y] = self._by_id[scroll.id] = scroll
        self._in_chunk[scroll.x // CHUNK, scroll.y // CHUNK] += 1
        self._of[scroll.by] += 1

"""What stands on the signs of the world, by tile."""

from __future__ import annotations

from collections.abc import Iterable

from nanoverse.world.blocks import by_name
from nanoverse.world.constants import MAX_SIGN

SIGN = by_name("sign").id

Written = tuple[int, int, str, int | None]  # x, y, text, the body whose player wrote it
Words = tuple[str, int | None]  # a text, "" for none, and the body whose player wrote it
BLANK: Words = "", None


class Signs:
    def __init__(self, written: Iterable[Written]) -> None:
        self._texts: dict[tuple[int, int], Words] = {(x, y): (text, by) for x, y, text, by in written}

    def text(self, x: int, y: int) -> Words:
        return self._texts.get((x, y), BLANK)

    def write(self, x: int, y: int, text: str, by: int | None) -> str | None:
        """Write on a sign; a sentence if that cannot be."""
        if len(text) > MAX_SIGN:
            return f"A sign has room for {MAX_SIGN} characters, not {len(text)}."
        if text:
            self._texts[x, y] = text, by
        else:
            self.clear(x, y)
        return None

    def forget(self, by: int) -> list[tuple[int, int]]:
        """Wipe what one body's player wrote; returns the tiles of those signs."""
        wiped = self.of(by)
        for tile in wiped:
            del self._texts[tile]
        return wiped

    def of(self, by: int) -> list[tuple[int, int]]:
        """The tiles of the signs that one body's player wrote."""
        return [tile for tile, (_, author) in self._texts.items() if author == by]

    def clear(self, x: int, y: int) -> bool:
        """Whether something stood there."""
        return self._texts.pop((x, y), None) is not None

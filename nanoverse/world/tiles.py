"""The ground, the blocks and the paint of the whole plane: what the seed grows, with every edit laid over it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nanoverse.world.blocks import BY_ID, SOLID
from nanoverse.world.constants import CHUNK
from nanoverse.world.terrain import Terrain

KEPT = 4096  # chunks in memory, about 6 kB each; the others grow again when they are asked for
GROUND, BLOCK, PAINT = 0, 1, 2  # layers
NO_PAINT = 0  # as on every tile that the seed grows

_BITS = CHUNK.bit_length() - 1
_MASK = CHUNK - 1
_SOLID = SOLID.tobytes()


class Chunk:
    """CHUNK × CHUNK tiles. `ground`, `blocks` and `paint` are uint8 [32, 32] (row = y), read-only; `paint` is None
    where nothing is painted. `version` grows with every edit, so chunk and version name one content for as long as the
    process lives. `wild` is what the seed grew on tiles that were changed since, by index, if it can grow back."""

    __slots__ = ("_blocks", "_ground", "_paint", "blocks", "ground", "solid", "version", "wild")

    def __init__(
        self, ground: NDArray[np.uint8], blocks: NDArray[np.uint8], version: int, wild: dict[int, int]
    ) -> None:
        # Bytearrays, since reading one of their items is several times faster than one of an array's.
        self._ground, self._blocks = bytearray(ground.tobytes()), bytearray(blocks.tobytes())
        self.solid = bytearray((SOLID[ground] | SOLID[blocks]).tobytes())
        self.ground, self.blocks = (_view(layer) for layer in (self._ground, self._blocks))
        self._paint: bytearray | None = None
        self.version = version
        self.wild = wild

    def get(self, layer: int, index: int) -> int:
        if layer == PAINT:
            return self._paint[index] if self._paint else 0
        return (self._blocks if layer else self._ground)[index]

    @property
    def paint(self) -> NDArray[np.uint8] | None:
        return _view(self._paint) if self._paint else None

    def count(self, block: int) -> int:
        """How many of a block stand here."""
        return self._blocks.count(block)

    def put(self, layer: int, index: int, block: int) -> None:
        if layer == PAINT:
            self._paint = self._paint or bytearray(CHUNK * CHUNK)
            self._paint[index] = block
            return
        (self._blocks if layer else self._ground)[index] = block
        self.solid[index] = _SOLID[self._ground[index]] | _SOLID[self._blocks[index]]


def _view(layer: bytearray) -> NDArray[np.uint8]:
    view = np.frombuffer(layer, np.uint8).reshape(CHUNK, CHUNK)
    view.flags.writeable = False
    return view


class Tiles:
    def __init__(self, terrain: Terrain, edits: Iterable[tuple[int, int, int, int]]) -> None:
        """`edits` are (x, y, layer, block); a later one of the same tile and layer replaces an earlier one."""
        self._terrain = terrain
        self._chunks: dict[tuple[int, int], Chunk] = {}  # least recently asked for first
        self._edits: dict[tuple[int, int], dict[int, int]] = {}  # of a chunk: layer and index -> block
        self._versions: dict[tuple[int, int], int] = {}
        for x, y, layer, block in edits:
            key = x >> _BITS, y >> _BITS
            of_chunk = self._edits.get(key)
            if of_chunk is None:
                of_chunk = self._edits[key] = {}
            of_chunk[layer << 2 * _BITS | (y & _MASK) << _BITS | x & _MASK] = block

    def chunk(self, cx: int, cy: int) -> Chunk:
        """The chunk, grown now if need be. Ask again each time: a chunk that was let go no longer sees edits."""
        key = cx, cy
        chunk = self._chunks.pop(key, None) or self._grow(key)
        self._chunks[key] = chunk
        if len(self._chunks) > KEPT:
            del self._chunks[next(iter(self._chunks))]
        return chunk

    def is_grown(self, cx: int, cy: int) -> bool:
        """Whether a chunk is in memory, and to ask for it costs nothing."""
        return (cx, cy) in self._chunks

    def chunk_of(self, x: int, y: int) -> Chunk:
        """The chunk of a tile."""
        return self.chunk(x >> _BITS, y >> _BITS)

    def _grow(self, key: tuple[int, int]) -> Chunk:
        ground, blocks = self._terrain.chunk(*key)
        edits = self._edits.get(key, {})
        wild = {
            index: int(blocks.flat[index])
            for at in edits
            if at >> 2 * _BITS == BLOCK and BY_ID[int(blocks.flat[index := at & CHUNK * CHUNK - 1])].wild
        }
        painted: list[tuple[int, int]] = []
        for at, block in edits.items():
            layer, index = at >> 2 * _BITS, at & CHUNK * CHUNK - 1
            if layer == PAINT:
                painted.append((index, block))
            else:
                (blocks if layer else ground).flat[index] = block
        chunk = Chunk(ground, blocks, self._versions.get(key, 0), wild)
        for index, colour in painted:
            chunk.put(PAINT, index, colour)
        return chunk

    def get(self, x: int, y: int, layer: int) -> int:
        key = x >> _BITS, y >> _BITS
        chunk = self._chunks.get(key) or self.chunk(*key)
        return chunk.get(layer, (y & _MASK) << _BITS | x & _MASK)

    def edit(self, x: int, y: int, layer: int) -> int | None:
        """What an edit put there; None if the tile is as the seed grows it."""
        of_chunk = self._edits.get((x >> _BITS, y >> _BITS), {})
        return of_chunk.get(layer << 2 * _BITS | (y & _MASK) << _BITS | x & _MASK)

    def is_changed(self, cx: int, cy: int) -> bool:
        """Whether anything in a chunk was ever changed."""
        return (cx, cy) in self._edits

    def changed(self, cx: int, cy: int) -> list[tuple[tuple[int, int], int]]:
        """The tiles of a chunk whose block was ever changed, and what stands there now."""
        return [
            ((cx * CHUNK + (at & _MASK), cy * CHUNK + (at >> _BITS & _MASK)), block)
            for at, block in self._edits.get((cx, cy), {}).items()
            if at >> 2 * _BITS == BLOCK
        ]

    def wild(self, cx: int, cy: int) -> dict[tuple[int, int], int]:
        """What the seed grew on such tiles, if it can grow back."""
        wild = self.chunk(cx, cy).wild.items()
        return {(cx * CHUNK + (at & _MASK), cy * CHUNK + (at >> _BITS)): block for at, block in wild}

    def is_solid(self, x: int, y: int) -> bool:
        """Whether ground or block at this tile stops a body."""
        key = x >> _BITS, y >> _BITS
        chunk = self._chunks.get(key) or self.chunk(*key)
        return chunk.solid[(y & _MASK) << _BITS | x & _MASK] != 0

    def put(self, x: int, y: int, layer: int, block: int) -> None:
        key = x >> _BITS, y >> _BITS
        index = (y & _MASK) << _BITS | x & _MASK
        chunk = self.chunk(*key)
        before = chunk.get(layer, index)
        if layer == BLOCK and BY_ID[before].wild and self.edit(x, y, BLOCK) is None:
            chunk.wild[index] = before
        chunk.put(layer, index, block)
        chunk.version = self._versions[key] = chunk.version + 1
        of_chunk = self._edits.setdefault(key, {})
        of_chunk[layer << 2 * _BITS | index] = block
        if layer == PAINT and block == NO_PAINT:  # as if nothing had been there
            del of_chunk[layer << 2 * _BITS | index]
            if not of_chunk:
                del self._edits[key]

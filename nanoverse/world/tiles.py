"""The ground, the blocks and the paint of the whole plane: what the seed grows, with every edit laid over it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nanoverse.world.blocks import SOLID
from nanoverse.world.constants import CHUNK
from nanoverse.world.terrain import Terrain

KEPT = 4096  # chunks in memory, about 6 kB each; the others grow again when they are asked for
GROUND, BLOCK, PAINT = 0, 1, 2  # layers

_BITS = CHUNK.bit_length() - 1
_MASK = CHUNK - 1
_SOLID = SOLID.tobytes()


class Chunk:
    """CHUNK × CHUNK tiles. `ground`, `blocks` and `paint` are uint8 [32, 32] (row = y), read-only; `paint` is None
    where nothing is painted. `version` grows with every edit, so chunk and version name one content for as long as the
    process lives."""

    __slots__ = ("_blocks", "_ground", "_paint", "blocks", "ground", "solid", "version")

    def __init__(self, ground: NDArray[np.uint8], blocks: NDArray[np.uint8], version: int) -> None:
        # Bytearrays, since reading one of their items is several times faster than one of an array's.
        self._ground, self._blocks = bytearray(ground.tobytes()), bytearray(blocks.tobytes())
        self.solid = bytearray((SOLID[ground] | SOLID[blocks]).tobytes())
        self.ground, self.blocks = (_view(layer) for layer in (self._ground, self._blocks))
        self._paint: bytearray | None = None
        self.version = version

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

    def chunk_of(self, x: int, y: int) -> Chunk:
        """The chunk of a tile."""
        return self.chunk(x >> _BITS, y >> _BITS)

    def _grow(self, key: tuple[int, int]) -> Chunk:
        ground, blocks = self._terrain.chunk(*key)
        painted: list[tuple[int, int]] = []
        for at, block in self._edits.get(key, {}).items():
            layer, index = at >> 2 * _BITS, at & CHUNK * CHUNK - 1
            if layer == PAINT:
                painted.append((index, block))
            else:
                (blocks if layer else ground).flat[index] = block
        chunk = Chunk(ground, blocks, self._versions.get(key, 0))
        for index, colour in painted:
            chunk.put(PAINT, index, colour)
        return chunk

    def get(self, x: int, y: int, layer: int) -> int:
        key = x >> _BITS, y >> _BITS
        chunk = self._chunks.get(key) or self.chunk(*key)
        return chunk.get(layer, (y & _MASK) << _BITS | x & _MASK)

    def is_solid(self, x: int, y: int) -> bool:
        """Whether ground or block at this tile stops a body."""
        key = x >> _BITS, y >> _BITS
        chunk = self._chunks.get(key) or self.chunk(*key)
        return chunk.solid[(y & _MASK) << _BITS | x & _MASK] != 0

    def put(self, x: int, y: int, layer: int, block: int) -> None:
        key = x >> _BITS, y >> _BITS
        index = (y & _MASK) << _BITS | x & _MASK
        chunk = self.chunk(*key)
        chunk.put(layer, index, block)
        chunk.version = self._versions[key] = chunk.version + 1
        self._edits.setdefault(key, {})[layer << 2 * _BITS | index] = block

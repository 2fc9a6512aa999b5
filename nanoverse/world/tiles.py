"""The ground and the blocks of the whole plane: what the seed grows, with every edit laid over it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nanoverse.world.blocks import SOLID
from nanoverse.world.constants import CHUNK
from nanoverse.world.terrain import Terrain

KEPT = 4096  # chunks in memory, about 6 kB each; the others grow again when they are asked for
GROUND, BLOCK = 0, 1  # layers

_BITS = CHUNK.bit_length() - 1
_MASK = CHUNK - 1
_SOLID = SOLID.tobytes()


class Chunk:
    """CHUNK × CHUNK tiles. `ground` and `blocks` are uint8 [32, 32] (row = y), read-only; `version` grows with every
    edit, so chunk and version name one content for as long as the process lives."""

    __slots__ = ("_blocks", "_ground", "blocks", "ground", "solid", "version")

    def __init__(self, ground: NDArray[np.uint8], blocks: NDArray[np.uint8], version: int) -> None:
        # Bytearrays, since reading one of their items is several times faster than one of an array's.
        self._ground, self._blocks = bytearray(ground.tobytes()), bytearray(blocks.tobytes())
        self.solid = bytearray((SOLID[ground] | SOLID[blocks]).tobytes())
        self.ground, self.blocks = (_view(layer) for layer in (self._ground, self._blocks))
        self.version = version

    def get(self, layer: int, index: int) -> int:
        return (self._blocks if layer else self._ground)[index]

    def count(self, block: int) -> int:
        """How many of a block stand here."""
        return self._blocks.count(block)

    def put(self, layer: int, index: int, block: int) -> None:
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
        for at, block in self._edits.get(key, {}).items():
            (blocks if at >> 2 * _BITS else ground).flat[at & CHUNK * CHUNK - 1] = block
        return Chunk(ground, blocks, self._versions.get(key, 0))

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

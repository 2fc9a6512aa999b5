"""Seeded noise over the endless plane, a chunk at a time, the same to the last bit on every machine.

Gradient noise (Perlin, "An Image Synthesizer", SIGGRAPH 1985) with a random height added at each lattice point, so that
it is not zero there. Interpolation is separable, so a chunk of it is a product of small matrices. They are computed in
float64, but every entry and every sum is a whole number below 2**53: no rounding, whatever the order of addition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nanoverse.world.constants import CHUNK

SMALLEST = 8  # tiles; a period is a power of two from here up
_POINTS = CHUNK // SMALLEST + 1  # lattice points along a chunk, enough for the smallest period
_ONE = 1 << 12  # fixed-point 1.0 within a lattice cell
_MASK = 2**64 - 1


def salted(seed: int, name: str) -> int:
    """A 64-bit number for one use of a world's seed (FNV-1a over the name, started from the seed)."""
    h = (seed ^ 0xCBF29CE484222325) & _MASK
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 & _MASK
    return h


def hashed(x: NDArray[np.int64], y: NDArray[np.int64], salt: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 well mixed bits for each x, y and salt (broadcast; arrays, since scalars would warn of the overflow)."""
    h = x.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ y.astype(np.uint64) * np.uint64(
        0xC2B2AE3D27D4EB4F
    )
    h = (h ^ salt) * np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> np.uint64(32)
    h *= np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> np.uint64(29)
    h *= np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(32))


@cache
def _weights(period: int) -> NDArray[np.float64]:
    """What each lattice point counts for each tile of a lattice cell (of a chunk, where cells are smaller), and that
    times the distance from it: [tiles, 2 · points]."""
    at = (2 * np.arange(max(period, CHUNK)) + 1) * _ONE // (2 * period)  # the middles of the tiles
    away = at[:, None] - np.arange(_POINTS) * _ONE
    near = np.clip(_ONE - np.abs(away), 0, _ONE)
    smooth = near * near * (3 * _ONE - 2 * near) >> 24
    return np.concatenate([smooth, smooth * away // 4], axis=1).astype(np.float64)


class Noise:
    """Named fields, each a sum of octaves `(period, amplitude)`; all have the same number of octaves."""

    def __init__(self, seed: int, fields: Mapping[str, Sequence[tuple[int, int]]]) -> None:
        octaves = [(name, period, loud) for name, layers in fields.items() for period, loud in layers]
        self._fields = len(fields)
        self._salts = np.array([salted(seed, f"{name} {period}") for name, period, _ in octaves], np.uint64)[
            :, None, None
        ]
        self._periods = np.array([period for _, period, _ in octaves], np.int64)
        self._loud = np.array([loud for _, _, loud in octaves], np.float64)[:, None, None]
        self._points = np.arange(_POINTS, dtype=np.int64)
        self._sides: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}

    def chunk(self, cx: int, cy: int) -> NDArray[np.int64]:
        """The fields in their order, whole numbers [fields, 32, 32] (row = y); an octave of amplitude 1 has a standard
        deviation of about 100."""
        x0, y0 = cx * CHUNK, cy * CHUNK
        _, across = self._side(x0)
        down, _ = self._side(y0)
        inner = (self._lattice(x0, y0) @ across).reshape(self._fields, -1, CHUNK)
        return (down @ inner).astype(np.int64) >> 32

    def _lattice(self, x0: int, y0: int) -> NDArray[np.float64]:
        """Height and slopes at the lattice points of a chunk, by octave: [octaves, 2 · points, 2 · points]."""
        ix = (x0 // self._periods)[:, None, None] + self._points[None, None, :]
        iy = (y0 // self._periods)[:, None, None] + self._points[None, :, None]
        bits = hashed(ix, iy, self._salts)
        height, east, south = (
            (bits >> np.uint64(shift) & np.uint64(255)).astype(np.float64) - 128 for shift in (0, 8, 16)
        )
        lattice = np.zeros((len(self._periods), 2 * _POINTS, 2 * _POINTS))
        lattice[:, :_POINTS, :_POINTS] = height * 256
        lattice[:, :_POINTS, _POINTS:] = east
        lattice[:, _POINTS:, :_POINTS] = south
        return lattice * self._loud

    def _side(self, start: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The weights for a chunk that starts at this coordinate: as the left factor [fields, 32, octaves · 2 · points]
        and as the right one [fields · octaves, 2 · points, 32]."""
        longest = int(self._periods.max())
        key = start % max(longest, CHUNK)
        if key not in self._sides:
            offsets = [key % period if period > CHUNK else 0 for period in self._periods.tolist()]
            tables = [_weights(period) for period in self._periods.tolist()]
            sides = np.stack([t[o : o + CHUNK] for t, o in zip(tables, offsets, strict=True)])
            grouped = sides.reshape(self._fields, -1, CHUNK, 2 * _POINTS).transpose(0, 2, 1, 3)
            left = np.ascontiguousarray(grouped.reshape(self._fields, CHUNK, -1))
            self._sides[key] = left, np.ascontiguousarray(sides.transpose(0, 2, 1))
        return self._sides[key]

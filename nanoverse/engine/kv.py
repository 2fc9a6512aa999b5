"""Keys and values of every row, allocated once.

A row is the memory of one running request. Layer `i` keeps `cells` tokens per row: all of the context in global
layers, a ring of the last `window + SPARE` in sliding ones (a chunk of `SPARE` tokens is written before its first
token looks back `window`). The token at position `p` lies in cell `p % cells`.

Behind all rows lies one spare cell that nobody reads: a recorded step (see `graphs`) has a fixed number of rows, and
those that have nothing to say write there, at position 0 of the row that would come next.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .shape import Shape

# Numbers of a row of a mask that a card's attention reads at once: it copies, in each layer, what begins elsewhere
# (torch, `preprocess_mask` in `attention.cpp`).
READ_AT_ONCE = 8

# How much longer a ring is than its window, and so a chunk that goes round it: up to 126 a 1B conversation of 4k tokens
# takes less than 1/3.5 of a full cache.
SPARE = 125


class KVCache:
    """`layers[i]`: [rows, cells, 2, kv_heads, head_dim]; index 0 holds keys (after RoPE), 1 holds values.

    `flat[i]`: the same cells and the spare one, as they are written: [rows · cells + 1, 2 · kv_heads, head_dim].
    """

    def __init__(
        self, shape: Shape, rows: int, context: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        self.window = shape.window
        # By whether a layer slides.
        self.cells = {False: context, True: min(context, shape.window + SPARE)}
        self._shape, self._dtype, self._device = shape, dtype, device
        self.layers: tuple[Tensor, ...] = ()
        self.flat: tuple[Tensor, ...] = ()
        self.resize(rows)
        self._numbers = torch.arange(context, device=device)

    def resize(self, rows: int) -> None:
        """Room for `rows`, all empty. What there was is given back first, so that fewer rows find room unless another
        takes it meanwhile, a lesson on the same card; after an error there is room for none."""
        self.layers = self.flat = ()
        kv_heads, head_dim = self._shape.kv_heads, self._shape.head_dim
        cells = [self.cells[slides] for slides in self._shape.sliding]
        # Zeros, because what a mask hides is multiplied by zero, and garbage could be NaN.
        self.flat = tuple(
            torch.zeros(rows * n + 1, 2 * kv_heads, head_dim, dtype=self._dtype, device=self._device)
            for n in cells
        )
        self.layers = tuple(
            flat[:-1].view(rows, n, 2, kv_heads, head_dim) for flat, n in zip(self.flat, cells, strict=True)
        )
        self.rows = rows

    def clear(self, row: int) -> None:
        """Forgets what `row` holds. What is masked is still multiplied by zero, and what an adapter from outside
        wrote may be no number: it must not meet the next request."""
        for layer in self.layers:
            layer[row].zero_()

    @property
    def rewind(self) -> int:
        """How many tokens a full ring can be rolled back without missing one that the window still shows."""
        return self.cells[True] - self.window + 1

    @property
    def bytes(self) -> int:
        return sum(layer.nbytes for layer in self.layers)

    def cell(self, slides: bool, row: Tensor, position: Tensor) -> Tensor:
        """Index of (`row`, `position`) among the cells of `flat`."""
        cells = self.cells[slides]
        return row * cells + position % cells

    def mask(self, slides: bool, positions: Tensor, longest: int) -> Tensor:
        """What may be seen, as 0 or -inf [rows, 1, length, used], of the first `used` cells.

        positions: [rows, length], consecutive in each row and just written; longest: the largest of them.
        """
        cells = self.cells[slides]
        cell = self._numbers[: min(cells, longest + 1)]
        last = positions[:, -1:]  # [rows, 1]
        held = (last - (last - cell) % cells)[:, None]  # the position each cell holds: [rows, 1, used]
        query = positions[:, :, None]
        seen = (held >= 0) & (held <= query)
        if slides:
            seen &= held > query - self.window
        (*size, used), dtype = seen.shape, self.layers[0].dtype
        room = -(-used // READ_AT_ONCE) * READ_AT_ONCE
        mask = torch.zeros(*size, room, dtype=dtype, device=seen.device)[..., :used]
        return mask.masked_fill_(~seen, float("-inf"))[:, None]

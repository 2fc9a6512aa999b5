"""Low-rank adapters of a mixed batch: every row its own, in two batched products per projection.

Row `i` of the batch owns slot `i` of the stacks below, so the adapters of neighbouring rows are one view: nothing is
gathered, each adapter is read once a step, and rows of different rank are padded with zeros. On a CPU core at rank 8
it is 6 times as fast as one stacked and masked GEMM for 32 rows of the starter, and 2 to 3 times for 8 of it or of the
270M; `bench engine` times both on any device. The work of the other grows with the square of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .shape import Shape

# Fused projection -> the projections in it, in the order of their outputs.
GROUPS = {
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "o": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}


def sizes(shape: Shape) -> dict[str, tuple[int, int]]:
    """(inputs, outputs) of every projection that an adapter may change."""
    return {
        "self_attn.q_proj": (shape.hidden, shape.q_size),
        "self_attn.k_proj": (shape.hidden, shape.kv_size),
        "self_attn.v_proj": (shape.hidden, shape.kv_size),
        "self_attn.o_proj": (shape.q_size, shape.hidden),
        "mlp.gate_proj": (shape.hidden, shape.ffn),
        "mlp.up_proj": (shape.hidden, shape.ffn),
        "mlp.down_proj": (shape.ffn, shape.hidden),
    }


@dataclass(frozen=True, slots=True)
class Adapter:
    """One adapter in host memory: per projection a [layers, in, rank] and b [layers, rank, out], b scaled."""

    rank: int
    a: dict[str, Tensor]
    b: dict[str, Tensor]

    @property
    def bytes(self) -> int:
        return sum(t.nbytes for t in (*self.a.values(), *self.b.values()))

    def copied(self, copy: Callable[[Tensor], Tensor]) -> Adapter:
        """The same adapter wherever `copy` puts its tensors."""
        a, b = ({name: copy(t) for name, t in side.items()} for side in (self.a, self.b))
        return Adapter(self.rank, a, b)


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring rows with equally many new tokens; they are tokens `start : start + rows * length`."""

    start: int
    row: int
    rows: int
    length: int


@dataclass(frozen=True, slots=True)
class Share:
    """Neighbouring rows of a batch that carry an adapter for one fused projection, and views of those adapters."""

    tokens: slice | None  # None: all that there are
    shape: tuple[int, int, int]  # of these tokens' inputs: rows, length, in
    a: list[Tensor]  # by layer [rows, in, parts · rank]
    b: list[Tensor]  # by layer [rows · blocks, rank, size]
    spread: Tensor | None  # by block, the part it belongs to; None where the blocks are the parts themselves


class AdapterRows:
    """The adapters of all rows on the device; `rank` grows with the largest adapter seen."""

    def __init__(
        self, shape: Shape, rows: int, adapter_rows: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        """rows: of the batch; only the first `adapter_rows` of them have room for an adapter."""
        self._shape, self._rows, self._dtype, self._device = shape, adapter_rows, dtype, device
        self._carries = {group: [False] * rows for group in GROUPS}
        width = sizes(shape)
        # The outputs of a fused projection in blocks of equal size, so that one product makes them all, and by block
        # the part that it belongs to: as many blocks of q as heads share a key, one of k, one of v.
        self._size = {group: min(width[name][1] for name in parts) for group, parts in GROUPS.items()}
        self._owner = {
            group: [i for i, name in enumerate(parts) for _ in range(width[name][1] // self._size[group])]
            for group, parts in GROUPS.items()
        }
        self._spread = {
            group: None if owner == sorted(set(owner)) else torch.tensor(owner, device=device)
            for group, owner in self._owner.items()
        }
        self.rank = 0
        self._a, self._b = self._stacks_for(0)
        self._asked: list[Segment] = []
        self._found: dict[str, list[Share]] | None = None  # what `carried` said of them

    @property
    def bytes(self) -> int:
        return sum(t.nbytes for t in (*self._a.values(), *self._b.values()))

    def _stacks_for(self, rank: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Zeros, by fused projection: a [layers, rows, in, parts, rank], b [layers, rows, blocks, rank, size]."""

        def stack(*size: int) -> Tensor:
            return torch.zeros(self._shape.layers, self._rows, *size, dtype=self._dtype, device=self._device)

        width = sizes(self._shape)
        a = {group: stack(width[parts[0]][0], len(parts), rank) for group, parts in GROUPS.items()}
        return a, {group: stack(len(owner), rank, self._size[group]) for group, owner in self._owner.items()}

    def _grow(self, rank: int) -> None:
        rank = max(8, 1 << (rank - 1).bit_length())
        a, b = self._stacks_for(rank)  # may find no memory, and must then leave all as it was
        for group, old in self._a.items():
            a[group][..., : self.rank].copy_(old)
            b[group][..., : self.rank, :].copy_(self._b[group])
        self._a, self._b, self.rank = a, b, rank

    def load(self, row: int, adapter: Adapter) -> None:
        """Puts `adapter` into `row`, in place of what was there."""
        self._found = None
        if adapter.rank > self.rank:
            self._grow(adapter.rank)
        for group, parts in GROUPS.items():
            self._carries[group][row] = any(name in adapter.a for name in parts)
            self._b[group][:, row].zero_()  # enough: whatever is left in a meets these zeros
            for part, name in enumerate(parts):
                if name in adapter.a:
                    self._a[group][:, row, :, part, : adapter.rank].copy_(adapter.a[name])
                    first, count = self._owner[group].index(part), self._owner[group].count(part)
                    blocks = adapter.b[name].view(*adapter.b[name].shape[:2], count, -1).transpose(1, 2)
                    self._b[group][:, row, first : first + count, : adapter.rank].copy_(blocks)

    def clear(self, row: int) -> None:
        """Leaves `row` to the base model."""
        self._found = None
        for group, carries in self._carries.items():
            if carries[row]:
                carries[row] = False
                self._b[group][:, row].zero_()

    def carries(self, row: int) -> bool:
        return any(carries[row] for carries in self._carries.values())

    def carried(self, segments: Sequence[Segment]) -> dict[str, list[Share]]:
        """Per fused projection, the least parts of `segments` that hold all rows with an adapter there.

        The last answer is kept: a batch stays the same for many steps, and a view costs a CPU as much as it saves.
        """
        if self._found is None or self._asked != segments:
            self._asked = list(segments)
            self._found = {group: self._shares(group, segments) for group in GROUPS}
        return self._found

    def stacks(self, rows: int) -> dict[str, list[Share]]:
        """As `carried` for one token in each of the first `rows` rows, but whoever carries an adapter: a row without
        one meets zeros. The views stay valid for as long as `rank` does."""
        return {group: self._shares(group, [Segment(0, 0, rows, 1)], everyone=True) for group in GROUPS}

    def _shares(self, group: str, segments: Sequence[Segment], everyone: bool = False) -> list[Share]:
        shares = []
        carries = (
            [row < self._rows for row in range(len(self._carries[group]))]
            if everyone
            else self._carries[group]
        )
        end = segments[-1].start + segments[-1].rows * segments[-1].length
        for s in segments:
            rows = [row for row in range(s.row, s.row + s.rows) if carries[row]]
            if rows:
                some, count = slice(rows[0], rows[-1] + 1), rows[-1] + 1 - rows[0]
                start = s.start + (rows[0] - s.row) * s.length
                tokens = slice(start, start + count * s.length)
                shares.append(
                    Share(
                        None if tokens == slice(0, end) else tokens,
                        (count, s.length, self._a[group].shape[2]),
                        [a[some].flatten(2) for a in self._a[group]],
                        [b[some].flatten(0, 1) for b in self._b[group]],
                        self._spread[group],
                    )
                )
        return shares


def add(shares: Sequence[Share], layer: int, x: Tensor, y: Tensor) -> None:
    """y [n, out] += what the adapters of `shares` make of x [n, in] in `layer`."""
    for share in shares:
        rows, length, _ = share.shape
        x_here, y_here = (x, y) if share.tokens is None else (x[share.tokens], y[share.tokens])
        b = share.b[layer]
        low = torch.bmm(x_here.view(share.shape), share.a[layer])  # [rows, length, parts · rank]
        if share.spread is not None:
            low = low.view(rows * length, -1, b.shape[1]).index_select(1, share.spread)
        low, out = _by_block(low, rows, length, b.shape[1]), _by_block(y_here, rows, length, b.shape[2])
        if low.dtype == out.dtype:
            out.baddbmm_(low, b)  # one pass over y less than the same in two
        else:
            out.add_(torch.bmm(low, b))


def _by_block(x: Tensor, rows: int, length: int, size: int) -> Tensor:
    """x [rows · length, blocks · size] -> [rows · blocks, length, size], without a copy if rows or length is 1."""
    if length == 1:
        return x.view(-1, 1, size)
    return x.view(rows, length, -1, size).transpose(1, 2).flatten(0, 1)

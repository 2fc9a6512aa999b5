"""Low-rank adapters of a mixed batch: every row its own, in two batched products per projection.

Row `i` of the batch owns slot `i` of the stacks below, so the adapters of neighbouring rows are one view: nothing is
gathered, each adapter is read once a step, and lower ranks are padded with zeros. On a CPU core at rank 8 it is 6 times
as fast as one stacked and masked GEMM for 32 rows of the starter, and 2 to 3 times for 8 of it or of the 270M;
`bench engine` times both on any device. The work of the other grows with the square of the rows.

What an adapter has beyond the rank of the stacks is a low-rank product of its own. It is kept beside them and computed
for its row alone, so that one adapter of a high rank makes nobody else's larger, nor their steps longer than by its own
work, and is gone with its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    a: list[Tensor]  # by layer [rows, in, parts · rank]
    b: list[Tensor]  # by layer [rows · blocks, rank, size]
    spread: Tensor | None  # by block, the part it belongs to; None where the blocks are the parts themselves


@dataclass(frozen=True, slots=True)
class _Stack:
    """Adapters of some rows for one fused projection: a [layers, rows, in, parts, rank], b [layers, rows, blocks, rank,
    size]."""

    a: Tensor
    b: Tensor

    @property
    def bytes(self) -> int:
        return self.a.nbytes + self.b.nbytes


class AdapterRows:
    """The adapters of all rows on the device, up to `rank` in stacks that never move."""

    def __init__(self, shape: Shape, rows: int, rank: int, dtype: torch.dtype, device: torch.device) -> None:
        """rank: that most adapters have; rounded up to a multiple of 8."""
        self.rank = -(-rank // 8) * 8
        self._layers, self._dtype, self._device = shape.layers, dtype, device
        self._width = sizes(shape)
        # The outputs of a fused projection in blocks of equal size, so that one product makes them all, and by block
        # the part that it belongs to: as many blocks of q as heads share a key, one of k, one of v.
        self._size = {group: min(self._width[name][1] for name in parts) for group, parts in GROUPS.items()}
        self._owner = {
            group: [
                i for i, name in enumerate(parts) for _ in range(self._width[name][1] // self._size[group])
            ]
            for group, parts in GROUPS.items()
        }
        self._spread = {
            group: None if owner == sorted(set(owner)) else torch.tensor(owner, device=device)
            for group, owner in self._owner.items()
        }
        self._stacks = {group: self._zeros(group, rows, self.rank) for group in GROUPS}
        # By row and by fused projection that its adapter changes, what that has beyond `rank`.
        self._held: dict[int, dict[str, _Stack | None]] = {}
        self._asked: list[Segment] = []
        self._found: dict[str, list[Share]] | None = None  # what `carried` said of them

    @property
    def bytes(self) -> int:
        """May be asked by any thread."""
        beyond = [stack for stacks in list(self._held.values()) for stack in stacks.values() if stack]
        return sum(stack.bytes for stack in (*self._stacks.values(), *beyond))

    def _zeros(self, group: str, rows: int, rank: int) -> _Stack:
        def zeros(*size: int) -> Tensor:
            return torch.zeros(self._layers, rows, *size, dtype=self._dtype, device=self._device)

        parts = GROUPS[group]
        return _Stack(
            zeros(self._width[parts[0]][0], len(parts), rank),
            zeros(len(self._owner[group]), rank, self._size[group]),
        )

    def load(self, row: int, adapter: Adapter) -> None:
        """Puts `adapter` into `row`, in place of what was there."""
        self.clear(row)
        more = adapter.rank - self.rank
        self._held[row] = {
            group: self._zeros(group, 1, more) if more > 0 else None
            for group, parts in GROUPS.items()
            if any(name in adapter.a for name in parts)
        }
        for group, beyond in self._held[row].items():
            self._copy(group, adapter, self._stacks[group], row, slice(0, min(adapter.rank, self.rank)))
            if beyond:
                self._copy(group, adapter, beyond, 0, slice(self.rank, adapter.rank))

    def _copy(self, group: str, adapter: Adapter, stack: _Stack, row: int, ranks: slice) -> None:
        """The `ranks` of `adapter` into the first ones of `row`, which holds zeros."""
        count = ranks.stop - ranks.start
        for part, name in enumerate(GROUPS[group]):
            if name in adapter.a:
                stack.a[:, row, :, part, :count].copy_(adapter.a[name][..., ranks])
                first, blocks = self._owner[group].index(part), self._owner[group].count(part)
                b = adapter.b[name][:, ranks].view(self._layers, count, blocks, -1).transpose(1, 2)
                stack.b[:, row, first : first + blocks, :count].copy_(b)

    def clear(self, row: int) -> None:
        """Leaves `row` to the base model."""
        self._found = None
        for group in self._held.pop(row, ()):
            self._stacks[group].a[:, row].zero_()
            self._stacks[group].b[:, row].zero_()

    def carries(self, row: int) -> bool:
        return row in self._held

    def in_stacks(self, row: int) -> bool:
        """Whether all that `row` carries is in the stacks."""
        return not any(self._held.get(row, {}).values())

    def carried(self, segments: Sequence[Segment]) -> dict[str, list[Share]]:
        """Per fused projection, the least parts of `segments` that hold all rows with an adapter there.

        The last answer is kept: a batch stays the same for many steps, and a view costs a CPU as much as it saves.
        """
        if self._found is None or self._asked != segments:
            self._asked = list(segments)
            end = segments[-1].start + segments[-1].rows * segments[-1].length
            self._found = {
                group: [share for s in segments for share in self._shares(group, s, end)] for group in GROUPS
            }
        return self._found

    def stacks(self, rows: int) -> dict[str, list[Share]]:
        """For one token in each of the first `rows` rows, whoever carries an adapter: a row without one meets zeros.
        The views stay valid, whatever is loaded; what is beyond the stacks is not among them."""
        return {
            group: [self._share(group, stack, slice(0, rows), None)] for group, stack in self._stacks.items()
        }

    def _shares(self, group: str, s: Segment, end: int) -> Iterator[Share]:
        """Of a batch of `end` tokens."""

        def share(stack: _Stack, there: slice, first: int, last: int) -> Share:
            tokens = slice(s.start + (first - s.row) * s.length, s.start + (last + 1 - s.row) * s.length)
            return self._share(group, stack, there, None if tokens == slice(0, end) else tokens)

        rows = [row for row in range(s.row, s.row + s.rows) if group in self._held.get(row, ())]
        if rows:
            yield share(self._stacks[group], slice(rows[0], rows[-1] + 1), rows[0], rows[-1])
        for row in rows:
            if beyond := self._held[row][group]:
                yield share(beyond, slice(0, 1), row, row)

    def _share(self, group: str, stack: _Stack, rows: slice, tokens: slice | None) -> Share:
        return Share(
            tokens,
            [a[rows].flatten(2) for a in stack.a],
            [b[rows].flatten(0, 1) for b in stack.b],
            self._spread[group],
        )


NOTHING: dict[str, list[Share]] = {group: [] for group in GROUPS}  # what a batch carries without adapters


def add(shares: Sequence[Share], layer: int, x: Tensor, y: Tensor) -> None:
    """y [n, out] += what the adapters of `shares` make of x [n, in] in `layer`."""
    for share in shares:
        a, b = share.a[layer], share.b[layer]
        x_here, y_here = (x, y) if share.tokens is None else (x[share.tokens], y[share.tokens])
        low = torch.bmm(x_here.view(len(a), -1, a.shape[1]), a)  # [rows, length, parts · rank]
        rows, length, _ = low.shape
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

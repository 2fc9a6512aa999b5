"""One step of the model: the scheduler's plan in, tokens out. The only place where lists become tensors."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from collections.abc import Sequence as Seq
from functools import partial

import torch
from torch import Tensor

from . import graphs, staging
from .checkpoint import Checkpoint
from .device import ahead_of_lessons, give_back_freed_memory, keep_freed_memory
from .gemma import Batch, Gemma
from .graphs import Recordings
from .kv import KVCache
from .lora import Adapter, AdapterRows, Segment
from .sampler import Draw, choose
from .scheduler import Sequence, Work
from .staging import Staging


class Runner:
    """The model, its rows of keys and values, and its rows of adapters, on one device; for threads that compute
    `ahead_of_lessons`, as the one that makes it does from then on.

    recordings, staging: for cards only; None where steps are not recorded, or adapters not copied ahead of need.
    """

    def __init__(self, checkpoint: Checkpoint, *, rows: int, rank: int, context: int) -> None:
        """rank: of most adapters (see `AdapterRows`); context: most tokens of a conversation."""
        shape, embed = checkpoint.shape, checkpoint.weights.embed
        keep_freed_memory()
        self.device = embed.device
        ahead_of_lessons(self.device)
        self.model = Gemma(shape, checkpoint.weights, context)
        self.cache = KVCache(shape, rows, context, embed.dtype, embed.device)
        self.adapters = AdapterRows(shape, rows, rank, embed.dtype, embed.device)
        self.recordings: Recordings | None = None
        self.staging: Staging | None = None
        if self.device.type == "cuda":
            self.recordings = Recordings(self.model, self.cache, self.adapters, graphs.on_card(self.device))
            self.staging = staging.on_card(self.device)
        self._placed: list[Hashable | None] = [None] * rows

    def resize(self, rows: int, running: Collection[int] = ()) -> None:
        """Room for `rows`, all empty; everything that is kept only for speed gives its memory back, and so do the
        adapters of rows that are not among those `running`."""
        if self.recordings is not None:
            self.recordings.drop()
        if self.staging is not None:
            self.staging.want([])
        for row in range(len(self._placed)):
            if row >= rows or row not in running:
                self._placed[row] = None
                self.adapters.clear(row)
        self.cache.resize(rows)
        give_back_freed_memory(self.device)

    def stage(self, adapters: Iterable[Adapter]) -> None:
        """Brings the first of `adapters` closer, whose requests wait for a row, unless memory is short."""
        if self.staging is not None and self.cache.rows == len(self._placed):
            self.staging.want(adapters)

    def place(self, row: int, name: Hashable | None, adapter: Adapter | None) -> None:
        """Puts `adapter`, known as `name`, into `row`; None leaves the row to the base model. The keys and values that
        another adapter left there are gone."""
        if self._placed[row] == name:
            return
        self._placed[row] = object()  # equal to nothing, in case the copy fails half-way
        self.cache.clear(row)
        self.adapters.clear(row)
        if adapter is not None:
            self.adapters.load(row, adapter if self.staging is None else self.staging.take(adapter))
        self._placed[row] = name

    def holding(self, name: Hashable) -> list[int]:
        """The rows that hold the adapter known as `name`, or keys and values that it computed."""
        return [row for row, placed in enumerate(self._placed) if placed == name]

    @torch.inference_mode()
    def step(self, plan: Seq[Work], draws: dict[Sequence, Draw]) -> list[tuple[Sequence, int]]:
        """Computes `plan`; returns the next token of every sequence whose last known token was in it."""
        choosing = [work.sequence for work in plan if work.chooses]
        plain = partial(self._compute, plan)
        logits = plain() if self.recordings is None else self.recordings.compute(plan, plain)
        if not choosing:
            return []
        tokens = choose(logits, [draws[sequence] for sequence in choosing])
        return list(zip(choosing, tokens, strict=True))

    def _compute(self, plan: Seq[Work]) -> Tensor:
        return self.model.forward(self._batch(plan), self.cache, self.adapters)

    def _batch(self, plan: Seq[Work]) -> Batch:
        tokens: list[int] = []
        positions: list[int] = []
        rows: list[int] = []
        last: list[int] = []
        segments: list[Segment] = []
        longest: list[int] = []
        for work in plan:
            sequence, length = work.sequence, work.end - work.sequence.cached
            before = segments[-1] if segments else None
            if before and length == before.length == 1 and sequence.row == before.row + before.rows:
                segments[-1] = Segment(before.start, before.row, before.rows + 1, 1)
                longest[-1] = max(longest[-1], work.end - 1)
            else:
                segments.append(Segment(len(tokens), sequence.row, 1, length))
                longest.append(work.end - 1)
            tokens += sequence.tokens[sequence.cached : work.end]
            positions += range(sequence.cached, work.end)
            rows += [sequence.row] * length
            if work.chooses:
                last.append(len(tokens) - 1)
        whole = torch.tensor([tokens, positions, rows], device=self.device)
        return Batch(
            whole[0],
            whole[1],
            whole[2],
            torch.tensor(last, dtype=torch.int64, device=self.device),
            segments,
            longest,
        )

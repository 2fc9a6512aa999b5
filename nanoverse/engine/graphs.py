"""Steps in which everyone writes one token, recorded once and played back: on a card a step is a thousand small
kernels, and to start them one by one can take longer than they run.

A recording has fixed sizes and fixed places in memory, so there is one for each number of rows and of cells looked at,
in powers of two, and one each with and without adapters. Rows of a recording that have nothing to say compute a token
of no meaning, which is written to the spare cell of the `KVCache`; everything else is row by row, so nobody notices.
The head is no part of a recording: with its logits in fixed places each would take up to a mebibyte a row. A step in
which somebody has an adapter of a higher rank than the stacks is a plain one.

No card has run this yet. So it proves itself: what a recording first computes is compared with the plain step, and
after a fault there are plain steps only, or for a while if it was that memory ran out. Source: the manual of torch,
"CUDA semantics", on CUDA graphs.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .device import attempt, out_of_memory, side_stream
from .gemma import Batch, Gemma
from .kv import KVCache
from .lora import NOTHING, AdapterRows, Segment
from .scheduler import Work

log = logging.getLogger(__name__)

FEWEST_CELLS = 256
# To record a step takes as long as many plain ones: a shape that comes up more rarely is not worth it.
PLAIN_FIRST = 3
# Steps, of those that could be recorded, from where a recording found no memory until it is tried again: some minutes.
# Twice as many each time that memory soon runs out again.
REST = 10_000

Step = Callable[[], None]
# Takes a step whose tensors all stay where they are, and the memory that earlier recordings share (None: there are
# none); returns what does the same again, and the memory.
Recorder = Callable[[Step, Any], tuple[Step, Any]]


class Key(NamedTuple):
    """What is fixed in a recording: the first `rows` rows, the first `cells` of each, and whether with adapters."""

    rows: int
    cells: int
    adapters: bool


@dataclass(frozen=True, slots=True)
class _Recording:
    inputs: Tensor  # [4, rows] int64: token, position and row to write to, by row; and the rows that are asked for
    hidden: Tensor  # [rows, hidden] fp32
    replay: Step


class Recordings:
    """Computes steps of `model` on `cache` and `adapters`. For one thread."""

    def __init__(self, model: Gemma, cache: KVCache, adapters: AdapterRows, record: Recorder) -> None:
        self._model, self._cache, self._adapters = model, cache, adapters
        self._record: Recorder | None = record  # None after a fault that is for good
        # Steps so far that could be recorded, and up to which of them none is.
        self._steps = self._resume_at = 0
        self._rest = REST
        self._asked: Counter[Key] = Counter()
        self.drop()

    def drop(self) -> None:
        """Forgets all recordings, because what they read or write moves."""
        self._recorded: dict[Key, _Recording] = {}
        self._asked.clear()
        self._memory: Any = None  # torch refuses to go on with memory whose recordings are all gone

    def compute(self, plan: Sequence[Work], plain: Callable[[], Tensor]) -> Tensor:
        """The logits that `plain` computes of `plan`, recorded or not; keys and values are written as `plain` does."""
        if self._record is None or not all(
            work.sequence.writing and self._adapters.in_stacks(work.sequence.row) for work in plan
        ):
            return plain()
        self._steps += 1
        if self._steps <= self._resume_at:
            return plain()
        key = self._key(plan)
        if key not in self._recorded:
            self._asked[key] += 1
            return plain() if self._asked[key] <= PLAIN_FIRST else self._first(key, plan, plain, self._record)
        found = attempt(lambda: self._play(self._recorded[key], plan))
        return found if isinstance(found, Tensor) else self._without(found, plain)

    def _key(self, plan: Sequence[Work]) -> Key:
        rows = 1 + max(work.sequence.row for work in plan)
        cells = max(FEWEST_CELLS, *(work.end for work in plan))
        return Key(
            min(_power_of_two(rows), self._cache.rows),
            min(_power_of_two(cells), self._cache.cells[False]),
            any(self._adapters.carries(work.sequence.row) for work in plan),
        )

    def _first(self, key: Key, plan: Sequence[Work], plain: Callable[[], Tensor], record: Recorder) -> Tensor:
        """Computes a plan in the plain way and, if it can, makes a recording and tries it on the same plan."""
        right = plain()
        if not bool(right.isfinite().all()):  # the work of an adapter from outside: nothing to compare with
            return right

        def tried() -> _Recording:
            recording = self._make(key, record)
            if not _alike(self._play(recording, plan), right, self._cache.layers[0].dtype):
                raise ValueError("it does not compute what a plain step does")
            return recording

        found = attempt(tried)
        if isinstance(found, Exception):
            return self._without(found, plain)
        self._recorded[key] = found
        return right

    def _make(self, key: Key, record: Recorder) -> _Recording:
        model, cache, device = self._model, self._cache, self._cache.layers[0].device
        inputs = torch.empty(4, key.rows, dtype=torch.int64, device=device)
        hidden = torch.empty(key.rows, model.shape.hidden, device=device)
        tokens, positions, rows, asked = inputs
        batch = Batch(tokens, positions, rows, asked, [Segment(0, 0, key.rows, 1)], [key.cells - 1])
        carried = self._adapters.stacks(key.rows) if key.adapters else NOTHING

        def step() -> None:
            hidden.copy_(model.hidden(batch, cache, carried))

        # Of nobody: what it does while it is recorded changes nothing, and that it follows its inputs is seen after.
        self._fill(inputs, [])
        replay, self._memory = record(step, self._memory)
        return _Recording(inputs, hidden, replay)

    def _play(self, recording: _Recording, plan: Sequence[Work]) -> Tensor:
        self._fill(recording.inputs, plan)
        recording.replay()
        asked = recording.inputs[3, : len(plan)]
        return self._model.logits(recording.hidden.index_select(0, asked))

    def _fill(self, inputs: Tensor, plan: Sequence[Work]) -> None:
        rows = inputs.shape[1]
        tokens, positions, write_to, asked = [0] * rows, [0] * rows, [self._cache.rows] * rows, [0] * rows
        for i, work in enumerate(plan):
            row = asked[i] = work.sequence.row
            tokens[row], positions[row], write_to[row] = work.sequence.tokens[-1], work.sequence.cached, row
        inputs.copy_(torch.tensor([tokens, positions, write_to, asked]))

    def _without(self, fault: Exception, plain: Callable[[], Tensor]) -> Tensor:
        """To be called while no name holds on to memory that a plain step may need."""
        if out_of_memory(fault):
            if self._steps > self._resume_at + self._rest:
                self._rest = REST
            self._resume_at, which = self._steps + self._rest, f"the next {self._rest}"
            self._rest *= 2
        else:
            self._record, which = None, "from now on all"
        log.warning(
            "a recorded step failed (%s: %s): %s steps are plain ones", type(fault).__name__, fault, which
        )
        self.drop()
        return plain()


def _alike(found: Tensor, right: Tensor, dtype: torch.dtype) -> bool:
    """Whether logits [m, vocab] are the same but for the rounding of `dtype`, in terms of their spread."""
    spread = right.amax(1) - right.amin(1)
    tolerance = max(1e-3, 8 * torch.finfo(dtype).eps)
    return bool(((found - right).abs().amax(1) <= tolerance * spread).all())


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()


def on_card(device: torch.device) -> Recorder:
    """Records as CUDA graphs. They keep the priority of the stream that they are recorded in, wherever they are played:
    a lesson on the same card gives way."""
    stream = side_stream(device, urgent=True)

    def record(step: Step, memory: Any) -> tuple[Step, Any]:
        graph, before = torch.cuda.CUDAGraph(), torch.cuda.current_stream(device)
        pool = torch.cuda.graph_pool_handle() if memory is None else memory
        stream.wait_stream(before)
        try:
            with torch.cuda.stream(stream):
                step()  # libraries set themselves up in their first call, and that cannot be recorded
                # Not by `torch.cuda.graph`, which empties torch's caches first, and on older versions collects all
                # garbage: that holds the world. A lesson may use the same card: what other threads do is no error.
                graph.capture_begin(pool, capture_error_mode="thread_local")
                try:
                    step()
                except BaseException:
                    with contextlib.suppress(Exception):  # what comes of what went wrong
                        _end(graph, device, pool)
                    raise
                _end(graph, device, pool)
        finally:
            before.wait_stream(stream)
        return graph.replay, pool

    return record


def _end(graph: torch.cuda.CUDAGraph, device: torch.device, pool: Any) -> None:
    try:
        graph.capture_end()
    except RuntimeError:
        # torch then counts it as still under way for good, gives no memory back to anybody meanwhile, and that of the
        # pool never. Where the first call fails it has not come to that, and the graph lets go of the pool itself.
        with contextlib.suppress(Exception):
            torch._C._cuda_endAllocateToPool(device.index or 0, pool)
            torch._C._cuda_releasePool(device.index or 0, pool)
        raise

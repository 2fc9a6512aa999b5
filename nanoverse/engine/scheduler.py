"""Who computes what in the next step: plain Python over plain data.

A request waits in its player's queue, is admitted into a row, and in every step each running request gets its next
tokens computed: one if it is writing, a chunk of its prompt if it is still reading. Knows no tensor, no clock, no text.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Sequence:
    """One request. `tokens` is the prompt and then what was written; the keys of the first `cached` are in `row`."""

    player: int
    tokens: list[int]
    adapter: Hashable | None = None
    deadline: float = float("inf")
    row: int = -1
    cached: int = 0
    prompt: int = field(init=False)

    def __post_init__(self) -> None:
        self.prompt = len(self.tokens)

    @property
    def writing(self) -> bool:
        return self.cached == len(self.tokens) - 1


@dataclass(slots=True)
class Row:
    """What a row still holds once its request is gone: the next one that begins the same way need not recompute it."""

    tokens: list[int] = field(default_factory=list)
    adapter: Hashable | None = None
    written: int = 0  # the largest number of tokens it held since it was last begun anew
    used: int = 0  # number of the admission that used it last


@dataclass(frozen=True, slots=True)
class Work:
    """Compute `sequence.tokens[sequence.cached : end]`; choose the next token if that is all of them."""

    sequence: Sequence
    end: int

    @property
    def chooses(self) -> bool:
        return self.end == len(self.sequence.tokens)


class Scheduler:
    """Rows are shared out fairly: the player with the fewest running requests, then the longest unserved, is next,
    and no player holds more than half of the rows, so that a flood leaves room for the next one who speaks. Steps are
    too: while the question of someone who runs less is read, a player's other requests stand back, every other step.

    rows: how many requests run at once, each with an adapter or without.
    chunk: most prompt tokens per step; busy_chunk: the same while others are writing, who must not wait long.
    rewind: how far a row's memory can be rolled back once it is longer than `ring` tokens (see `KVCache`).
    """

    def __init__(self, *, rows: int, chunk: int, busy_chunk: int, ring: int, rewind: int) -> None:
        self._chunk, self._busy_chunk = chunk, busy_chunk
        self._ring, self._rewind = ring, rewind
        self._waiting: dict[int, deque[Sequence]] = {}  # by player; the longest unserved player first
        self._admissions = 0
        self._stood_back = False  # someone, in the last step
        self._oldest_first = False  # of those who read, in the last step
        self.rows = [Row() for _ in range(rows)]
        self.running: dict[int, Sequence] = {}

    def waiting(self) -> Iterator[Sequence]:
        for queue in self._waiting.values():
            yield from queue

    def add(self, sequence: Sequence) -> None:
        self._waiting.setdefault(sequence.player, deque()).append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Takes `sequence` out, wherever it is: finished, cancelled or late. Its row is free at once."""
        if sequence.row < 0:
            self._unqueue(sequence)
            return
        row = self.rows[sequence.row]
        row.tokens = sequence.tokens[: sequence.cached]
        row.written = max(row.written, sequence.cached)
        del self.running[sequence.row]
        sequence.row = -1

    def forget(self, row: int) -> None:
        """The memory of `row` is not to be trusted any more."""
        self.rows[row] = Row()

    def restart(self, rows: int) -> None:
        """All memory is lost, and there are `rows` now; who runs in one of them is computed anew from its tokens."""
        kept = [Row(adapter=row.adapter, used=row.used) for row in self.rows[:rows]]
        self.rows = kept + [Row() for _ in range(rows - len(kept))]
        for sequence in self.running.values():
            sequence.cached = 0

    def late(self, now: float) -> list[Sequence]:
        """Requests whose deadline has passed."""
        everyone = [*self.waiting(), *self.running.values()]
        return [sequence for sequence in everyone if sequence.deadline <= now]

    def admit(self, ready: Callable[[Sequence], bool]) -> list[Sequence]:
        """Gives free rows to waiting requests whose adapter is `ready`; returns them, with row and cached set."""
        admitted: list[Sequence] = []
        while len(self.running) < len(self.rows):
            found = self._next(ready)
            if found is None:
                break
            sequence, number = found
            self._unqueue(sequence)
            if rest := self._waiting.pop(sequence.player, None):
                self._waiting[sequence.player] = rest  # behind all other players
            row = self.rows[number]
            self._admissions += 1
            sequence.row, sequence.cached = number, self._reusable(row, sequence)
            row.adapter, row.used = sequence.adapter, self._admissions
            row.written = row.written if sequence.cached else 0
            self.running[number] = sequence
            admitted.append(sequence)
        return admitted

    def _next(self, ready: Callable[[Sequence], bool]) -> tuple[Sequence, int] | None:
        running = [sequence.player for sequence in self.running.values()]
        for player in sorted(self._waiting, key=running.count):  # stable: the longest unserved first
            if running.count(player) >= max(1, len(self.rows) // 2):
                continue
            for sequence in self._waiting[player]:
                if ready(sequence):
                    return sequence, self._row_for(sequence)
        return None

    def _unqueue(self, sequence: Sequence) -> None:
        queue = self._waiting[sequence.player]
        queue.remove(sequence)
        if not queue:
            del self._waiting[sequence.player]

    def _row_for(self, sequence: Sequence) -> int:
        """A free row for `sequence`: the one that knows most of it, if that is most of what it holds; else an empty
        one; else one that was not used of late; and of such rows rather one with its adapter, or the longest unused.

        All prompts begin alike, so a row is not given up for a few tokens: its talk may go on, and must then be read
        again. An adapter that is there already saves a copy, which costs as much as to read two tokens: that decides
        only where nothing would be forgotten, or only what would soon be.
        """
        late = self._admissions - len(self.rows) // 2  # who was admitted before that is idle for long

        def worth(number: int) -> tuple[int, bool, bool, int]:
            row = self.rows[number]
            known = self._reusable(row, sequence)
            worthwhile = known if 2 * known >= len(row.tokens) else 0
            empty = not row.tokens
            old = empty or row.used <= late
            return worthwhile, empty, old and row.adapter == sequence.adapter, -row.used

        return max((number for number in range(len(self.rows)) if number not in self.running), key=worth)

    def _reusable(self, row: Row, sequence: Sequence) -> int:
        """How many tokens of `sequence` can be taken from `row`; at least one is left to compute."""
        if row.adapter != sequence.adapter:
            return 0
        same = _common(row.tokens, sequence.tokens[:-1])
        # A ring forgets what lies further back than `rewind` from the furthest token ever written to it.
        return same if row.written <= self._ring or row.written - same <= self._rewind else 0

    def plan(self) -> list[Work]:
        """The next step, in order of rows. Call `done` with it when it is computed."""
        running = Counter(sequence.player for sequence in self.running.values())
        readers, writers = self._taking_part(running)
        work = [Work(sequence, len(sequence.tokens)) for sequence in writers]
        budget = self._budget(running, readers, writers)
        for sequence in readers:
            if not budget:
                break
            # The first token of a chunk still sees its window: what goes round the ring is written only so far.
            fits = max(self._ring - sequence.cached, self._rewind)
            length = min(budget, fits, len(sequence.tokens) - sequence.cached)
            budget -= length
            work.append(Work(sequence, sequence.cached + length))
        return sorted(work, key=lambda w: w.sequence.row)

    def _taking_part(self, running: Counter[int]) -> tuple[list[Sequence], list[Sequence]]:
        """Who reads, the next one first, and who writes in this step: everyone, or only those whose players run least,
        if one of them reads and nobody stood back in the last step."""
        everyone = list(self.running.values())
        least = min((running[s.player] for s in everyone if not s.writing), default=None)
        if least is not None and not self._stood_back:
            everyone = [s for s in everyone if running[s.player] <= least]
        self._stood_back = len(everyone) < len(self.running)
        # A flood of one player reads after everybody else; then whoever has read least is first, so that a short
        # question does not wait behind a long one, and every other step whoever is longest there, so that a long one
        # does not wait for ever behind short ones.
        self._oldest_first = not self._oldest_first

        def turn(s: Sequence) -> tuple[int, int]:
            return running[s.player], self.rows[s.row].used if self._oldest_first else s.cached

        readers = sorted((s for s in everyone if not s.writing), key=turn)
        return readers, [s for s in everyone if s.writing]

    def _budget(self, running: Counter[int], readers: list[Sequence], writers: list[Sequence]) -> int:
        """How many tokens are read in this step."""
        if readers and running[readers[0].player] > max(1, len(self.rows) // 4):
            return self._busy_chunk // 2  # only a flood reads: whoever asks next soon sees the step end
        return self._busy_chunk if writers else self._chunk

    def done(self, work: list[Work]) -> None:
        for item in work:
            item.sequence.cached = item.end


def _common(a: list[int], b: list[int]) -> int:
    """Length of the longest common beginning."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))

"""What the event loop and the engine's thread share: requests, cancellations and adapters to forget on their way, under
one condition."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import EngineBusy, ModelError
from .request import Ending, Finish, Generation
from .sampler import Draw
from .scheduler import Sequence
from .text import TextStream


@dataclass(slots=True, eq=False)
class Job:
    """A request as the engine's thread knows it: what it asks, how far it is, and where its words go."""

    generation: Generation
    sequence: Sequence
    draw: Draw
    stream: TextStream
    limit: int  # tokens it may write
    asked_at: float
    held: Path | None  # its adapter, while it waits and so holds a place in the host cache
    adapter_error: str | None = None

    @property
    def written(self) -> int:
        return len(self.sequence.tokens) - self.sequence.prompt

    def ending(self, finish: Finish, error: str | None) -> Ending:
        adapter = self.sequence.adapter if isinstance(self.sequence.adapter, Path) else None
        tokens = self.sequence.tokens[self.sequence.prompt :]
        logprobs = self.draw.logprobs[: len(tokens)]  # without the one of the token that ended it
        return Ending(finish, tokens, logprobs, adapter, self.adapter_error, error)


@dataclass(frozen=True, slots=True)
class Mail:
    asked: list[Job]
    cancelled: list[Generation]
    forgotten: list[Path]
    closed: bool


class Inbox:
    """At most `limit` requests wait, of one player at most half of that. `hold` is called with the adapter of each
    that is taken in, before the engine's thread sees it. All methods may be called from any thread."""

    def __init__(self, limit: int, hold: Callable[[Path], None]) -> None:
        self._limit, self._hold = limit, hold
        self._condition = threading.Condition()
        self._asked: list[Job] = []
        self._cancelled: list[Generation] = []
        self._forgotten: list[Path] = []
        self._waiting: Counter[int] = Counter()  # requests that have no row yet, by player
        self._woken = False
        self._closed: str | None = None  # why nothing more is taken

    def submit(self, job: Job) -> None:
        """Queues `job`. Raises EngineBusy at once if the queue is full, or full of this player's requests."""
        player = job.sequence.player
        with self._condition:
            if self._closed:
                raise ModelError(self._closed)
            if self._waiting.total() >= self._limit:
                raise EngineBusy(f"{self._waiting.total()} requests are waiting already; try again later.")
            if self._waiting[player] >= max(1, self._limit // 2):
                raise EngineBusy(
                    f"This player has {self._waiting[player]} requests waiting; try again later."
                )
            if job.held is not None:
                self._hold(job.held)  # first: if it fails, this request was never here
            self._waiting[player] += 1
            self._asked.append(job)
            self._condition.notify()

    def cancel(self, generation: Generation) -> None:
        with self._condition:
            self._cancelled.append(generation)
            self._condition.notify()

    def forget(self, adapter: Path) -> None:
        with self._condition:
            self._forgotten.append(adapter)
            self._condition.notify()

    def wake(self) -> None:
        """Something has changed that may let a waiting request run."""
        with self._condition:
            self._woken = True
            self._condition.notify()

    def close(self, reason: str) -> None:
        """Takes nothing more, for `reason` or for what it was closed for before."""
        with self._condition:
            self._closed = self._closed or reason
            self._condition.notify()

    @property
    def waiting(self) -> int:
        with self._condition:
            return self._waiting.total()

    @property
    def full(self) -> bool:
        """Whether `submit` would raise EngineBusy for anybody; not once it raises ModelError."""
        with self._condition:
            return self._closed is None and self._waiting.total() >= self._limit

    def served(self, players: Iterable[int]) -> None:
        """One request of each of `players` waits no more."""
        with self._condition:
            for player in players:
                self._waiting[player] -= 1
                if not self._waiting[player]:
                    del self._waiting[player]

    def take(self, *, busy: bool, patience: float | None) -> Mail:
        """All that has come; waits for something, unless `busy`, for at most `patience` seconds (None: for ever)."""
        with self._condition:
            self._condition.wait_for(
                lambda: bool(
                    busy or self._asked or self._cancelled or self._forgotten or self._woken or self._closed
                ),
                patience,
            )
            mail = Mail(self._asked, self._cancelled, self._forgotten, self._closed is not None)
            self._asked, self._cancelled, self._forgotten, self._woken = [], [], [], False
            return mail

"""The engine's thread: takes requests from its inbox, steps the model, sends text to the event loop.

The loop and the thread share only the inbox, under one condition; everything a step wrote goes to the loop in one
callback. Tensor work releases the GIL, so the rest of the process runs on while a step computes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from .errors import AdapterError, EngineBusy, ModelError
from .host_cache import HostCache
from .lora import Adapter
from .request import Ending, Finish, Generation
from .runner import Runner
from .sampler import Draw
from .scheduler import Scheduler, Sequence
from .stats import Meter
from .text import TextStream

log = logging.getLogger(__name__)
News = tuple[Generation, str, Ending | None]


@dataclass(slots=True, eq=False)
class Job:
    """A request as the thread knows it."""

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


class Worker:
    """Runs `scheduler` and `runner` in one thread. `send` passes news on; it is called in that thread.

    threads: cores for tensor work. torch keeps this number per calling thread (and as the default of threads that
    have not used torch yet), so it binds neither the training thread nor the event loop.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        runner: Runner,
        stop_ids: frozenset[int],
        *,
        read_adapter: Callable[[Path], Adapter],
        host_adapters: int,
        queue_limit: int,
        threads: int,
        send: Callable[[list[News]], None],
    ) -> None:
        self._scheduler, self._runner, self._stop_ids = scheduler, runner, stop_ids
        self._queue_limit, self._threads, self._send = queue_limit, threads, send
        self.host = HostCache(read_adapter, host_adapters, self._wake)
        self.meter = Meter()
        self._jobs: dict[Generation, Job] = {}
        self._by_sequence: dict[Sequence, Job] = {}
        self._news: list[News] = []
        # Shared with the event loop, under the condition:
        self._condition = threading.Condition()
        self._asked: list[Job] = []
        self._cancelled: list[Generation] = []
        self._waiting: Counter[int] = Counter()  # requests that have no row yet, by player
        self._woken = False
        self._closed: str | None = None  # why nothing more is taken
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends all requests as cancelled and waits for the thread."""
        with self._condition:
            self._closed = self._closed or "The engine is closed."
            self._condition.notify()
        self._thread.join()
        self.host.close()

    def submit(self, job: Job) -> None:
        """Queues `job`. Raises EngineBusy at once if the queue is full, or full of this player's requests."""
        player = job.sequence.player
        with self._condition:
            if self._closed:
                raise ModelError(self._closed)
            if self._waiting.total() >= self._queue_limit:
                raise EngineBusy(f"{self._waiting.total()} requests are waiting already; try again later.")
            if self._waiting[player] >= max(1, self._queue_limit // 2):
                raise EngineBusy(
                    f"This player has {self._waiting[player]} requests waiting; try again later."
                )
            self._waiting[player] += 1
            if job.held is not None:
                self.host.acquire(job.held)
            self._asked.append(job)
            self._condition.notify()

    def cancel(self, generation: Generation) -> None:
        with self._condition:
            self._cancelled.append(generation)
            self._condition.notify()

    def queue(self) -> tuple[int, int]:
        """Requests waiting and running."""
        with self._condition:
            return self._waiting.total(), len(self._scheduler.running)

    def _wake(self) -> None:
        with self._condition:
            self._woken = True
            self._condition.notify()

    def _run(self) -> None:
        torch.set_num_threads(self._threads)
        reason, failed = "The engine is closed.", False
        try:
            while self._take_mail():
                self._step()
        except Exception as error:
            log.exception("the engine's thread ended")
            reason = f"The engine has failed and must be restarted ({type(error).__name__}: {error})."
            failed = True
        with self._condition:
            self._closed = reason
            mail, self._asked = self._asked, []
        for job in mail:
            self._jobs[job.generation] = job
        for job in list(self._jobs.values()):
            tokens, logprobs = job.sequence.tokens[job.sequence.prompt :], job.draw.logprobs
            ending = Ending(
                "error" if failed else "cancelled", tokens, logprobs, error=reason if failed else None
            )
            self._news.append((job.generation, "", ending))
        self._send(self._news)

    def _take_mail(self) -> bool:
        """Waits until there is something to do; False if it is to close."""

        def something() -> bool:
            return bool(
                self._asked or self._cancelled or self._woken or self._closed or self._scheduler.running
            )

        deadline = min((s.deadline for s in self._scheduler.waiting()), default=float("inf"))
        patience = None if deadline == float("inf") else max(0.0, deadline - time.monotonic())
        with self._condition:
            self._condition.wait_for(something, patience)
            asked, self._asked = self._asked, []
            cancelled, self._cancelled = self._cancelled, []
            self._woken = False
            if self._closed:
                self._asked = asked  # ended with all others
                return False
        for job in asked:
            self._jobs[job.generation] = self._by_sequence[job.sequence] = job
            self._scheduler.add(job.sequence)
        for generation in cancelled:
            if generation in self._jobs:
                self._end(self._jobs[generation], "cancelled")
        return True

    def _step(self) -> None:
        for sequence in self._scheduler.late(time.monotonic()):
            self._end(self._by_sequence[sequence], "deadline")
        self._admit()
        plan = self._scheduler.plan()
        if plan:
            read = sum(work.end - work.sequence.cached for work in plan if not work.sequence.writing)
            try:
                chosen = self._runner.step(
                    plan, {w.sequence: self._by_sequence[w.sequence].draw for w in plan}
                )
            except Exception as error:
                log.exception("a step failed")
                self._fail([self._by_sequence[work.sequence] for work in plan], error)
            else:
                self._scheduler.done(plan)
                self.meter.step(time.monotonic(), len(chosen), read, len(plan))
                for sequence, token in chosen:
                    self._write(self._by_sequence[sequence], token)
        if self._news:
            news, self._news = self._news, []
            self._send(news)

    def _admit(self) -> None:
        for sequence in list(self._scheduler.waiting()):
            job = self._by_sequence[sequence]
            if job.held is not None:
                found = self.host.get(job.held)
                if isinstance(found, AdapterError):
                    job.adapter_error, sequence.adapter = str(found), None
                    self._let_go(job)
        for sequence in self._scheduler.admit(self._ready):
            job = self._by_sequence[sequence]
            found = self.host.get(job.held) if job.held is not None else None
            with self._condition:
                self._waiting[sequence.player] -= 1
            self.meter.reused_tokens += sequence.cached
            try:
                self._runner.place(sequence.row, job.held, found if isinstance(found, Adapter) else None)
            except Exception as error:  # out of device memory, most likely
                log.exception("an adapter could not be placed")
                self._fail([job], error)
            else:
                self._let_go(job)

    def _ready(self, sequence: Sequence) -> bool:
        held = self._by_sequence[sequence].held
        return held is None or isinstance(self.host.get(held), Adapter)

    def _let_go(self, job: Job) -> None:
        if job.held is not None:
            self.host.release(job.held)
            job.held = None

    def _write(self, job: Job, token: int) -> None:
        if job.written == 0:
            self.meter.first_word(time.monotonic() - job.asked_at)
        if token in self._stop_ids:
            self._end(job, "stop", job.stream.finish())
            return
        job.sequence.tokens.append(token)
        piece = job.stream.push(token)
        if job.stream.stopped:
            self._end(job, "stop", piece)
        elif job.written >= job.limit:
            self._end(job, "length", piece + job.stream.finish())
        elif piece:
            self._news.append((job.generation, piece, None))

    def _fail(self, jobs: list[Job], error: Exception) -> None:
        for job in jobs:
            row = job.sequence.row
            self._end(
                job, "error", error=f"The model failed on this request ({type(error).__name__}: {error})."
            )
            self._scheduler.forget(row)

    def _end(self, job: Job, finish: Finish, piece: str = "", error: str | None = None) -> None:
        sequence = job.sequence
        with self._condition:
            self._waiting[sequence.player] -= sequence.row < 0
            self._woken = True  # a row may have come free for one who waits
        self._let_go(job)
        self._scheduler.remove(sequence)
        del self._jobs[job.generation], self._by_sequence[sequence]
        adapter = sequence.adapter if isinstance(sequence.adapter, Path) else None
        tokens = sequence.tokens[sequence.prompt :]
        logprobs = job.draw.logprobs[: len(tokens)]  # without the one of the token that ended it
        ending = Ending(finish, tokens, logprobs, adapter, job.adapter_error, error)
        self._news.append((job.generation, piece, ending))

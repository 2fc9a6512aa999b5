"""The engine's thread: takes requests from its inbox, steps the model, sends text to the event loop.

The loop and the thread share only the inbox, under one condition; everything a step wrote goes to the loop in one
callback. Tensor work releases the GIL, so the rest of the process runs on while a step computes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from . import device
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

# Seconds until twice the rows are tried: after they last were, or after memory ran out, then twice as many each time.
REGAIN_AFTER = 300.0


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
    """Runs `scheduler` and `runner` in one thread. `send` passes news on; it is called in that thread, as is
    `on_cpu`, which makes the runner that goes on where `runner` was, should its device break.

    threads: cores for tensor work. torch keeps this number per calling thread (and as the default of threads that
    have not used torch yet), so it binds neither the training thread nor the event loop.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        runner: Runner,
        stop_ids: frozenset[int],
        *,
        on_cpu: Callable[[], Runner],
        read_adapter: Callable[[Path], Adapter],
        host_adapters: int,
        queue_limit: int,
        threads: int,
        send: Callable[[list[News]], None],
    ) -> None:
        self._scheduler, self.runner, self._stop_ids = scheduler, runner, stop_ids
        self._on_cpu = on_cpu
        self._full = len(scheduler.rows)
        self._patience, self._regain_at = REGAIN_AFTER, 0.0
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

    def queue(self) -> tuple[int, int, int]:
        """Requests waiting, requests running, and how many can run at once."""
        with self._condition:
            return self._waiting.total(), len(self._scheduler.running), len(self._scheduler.rows)

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
        self._regain()
        for sequence in self._scheduler.late(time.monotonic()):
            self._end(self._by_sequence[sequence], "deadline")
        self._admit()
        plan = self._scheduler.plan()
        if plan:
            read = sum(work.end - work.sequence.cached for work in plan if not work.sequence.writing)
            jobs = [self._by_sequence[work.sequence] for work in plan]
            failure = None
            try:
                chosen = self.runner.step(plan, {job.sequence: job.draw for job in jobs})
            except Exception as error:
                log.exception("a step failed")
                failure = error
            if failure is not None:
                self._fail(jobs, failure, again=True)
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
        admitted = self._scheduler.admit(self._ready)
        with self._condition:
            self._waiting.subtract(sequence.player for sequence in admitted)
        for sequence in admitted:
            if sequence.row < 0:  # it was lost with the memory that the one before did not find
                continue
            job = self._by_sequence[sequence]
            found = self.host.get(job.held) if job.held is not None else None
            self.meter.reused_tokens += sequence.cached
            failure = None
            try:
                self.runner.place(sequence.row, job.held, found if isinstance(found, Adapter) else None)
            except Exception as error:  # out of device memory, most likely
                log.exception("an adapter could not be placed")
                failure = error
            if failure is not None:
                self._fail([job], failure, again=False)
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

    def _fail(self, jobs: list[Job], error: Exception, *, again: bool) -> None:
        """Ends `jobs`, which met `error`, and sees to it that others can go on.

        Where memory has run out, half of the rows are given up, and only those who run there end if the others can
        try `again`. A broken device is left for the CPU. Not to be called while `error` is being handled.
        """
        rows = len(self._scheduler.rows)
        running = [self._by_sequence[sequence] for sequence in self._scheduler.running.values()]
        reason = f"The model failed on this request ({type(error).__name__}: {error})."
        # The error holds on to the tensors of the step, and those to the memory that is about to be given back.
        error.__traceback__ = None
        if device.broken(error):
            self._end_all(running, f"{reason} The engine goes on, slowly, on the CPU: ask again.")
            log.error("the device %s is broken: the engine moves to the CPU", self.runner.device)
            self.runner = self._on_cpu()
            self._scheduler.restart(rows)
        elif device.out_of_memory(error) and rows > 1:
            rows //= 2
            self._regain_at = time.monotonic() + self._patience
            self._patience *= 2
            lost = [job for job in running if job.sequence.row >= rows]
            self._end_all(
                lost if lost and again else {*lost, *jobs},
                f"There was no memory left for this request ({error}). Ask again: fewer will run at once.",
            )
            log.error("no memory left on %s: for now %d requests at once", self.runner.device, rows)
            self._scheduler.restart(rows)
            self.runner.cache.resize(rows)
        else:
            self._end_all(jobs, reason)

    def _regain(self) -> None:
        """Takes back the rows that were given up last, once there may be memory for them again; whoever is running is
        computed anew and writes on."""
        had = len(self._scheduler.rows)
        if had == self._full or time.monotonic() < self._regain_at:
            return
        rows = self._full
        while rows // 2 > had:
            rows //= 2
        self._scheduler.restart(rows)
        failure = None
        try:
            self.runner.cache.resize(rows)
        except Exception as error:
            failure = error
        if failure is not None:
            self._fail([], failure, again=True)
        else:
            self._regain_at = time.monotonic() + REGAIN_AFTER
            log.info("trying %d requests at once again", rows)

    def _end_all(self, jobs: Iterable[Job], error: str) -> None:
        for job in jobs:
            row = job.sequence.row
            self._end(job, "error", error=error)
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

"""The engine's thread: takes requests from its inbox, steps the model, sends text to the event loop.

The loop and the thread share only the inbox; everything a step wrote goes to the loop in one callback. Tensor work
releases the GIL, so the rest of the process runs on while a step computes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .device import ahead_of_lessons, attempt, use_cores
from .errors import AdapterError
from .host_cache import HostCache, room
from .inbox import Inbox, Job
from .lora import Adapter
from .opening import Limits
from .recovery import Recovery
from .request import Ending, Finish, Generation
from .runner import Runner
from .scheduler import Scheduler, Sequence
from .stats import Meter

log = logging.getLogger(__name__)
News = tuple[Generation, str, Ending | None]


class Worker:
    """Runs `scheduler` and `runner` in one thread. `send` passes news on; it is called in that thread, as is
    `on_cpu` (see `Recovery`)."""

    def __init__(
        self,
        scheduler: Scheduler,
        runner: Runner,
        stop_ids: frozenset[int],
        limits: Limits,
        *,
        on_cpu: Callable[[], Runner],
        read_adapter: Callable[[Path], Adapter],
        send: Callable[[list[News]], None],
    ) -> None:
        self._scheduler, self._stop_ids, self._send = scheduler, stop_ids, send
        self._threads, self._on_cpu = limits.threads, on_cpu
        self._recovery = Recovery(scheduler, runner, self._move_to_cpu, self._give_up)
        self.inbox = Inbox(limits.queue_limit, lambda folder: self.host.acquire(folder))
        self.host = HostCache(read_adapter, limits.host_adapters, room(), self.inbox.wake)
        self.meter = Meter()
        self.failure: str | None = None  # why the thread has ended, if not by `close`
        self._jobs: dict[Generation, Job] = {}
        self._by_sequence: dict[Sequence, Job] = {}
        self._forgotten: set[Path] = set()  # adapters to be dropped from their rows
        self._news: list[News] = []
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def runner(self) -> Runner:
        return self._recovery.runner

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends all requests as cancelled and waits for the thread."""
        self.inbox.close("The engine is closed.")
        self._thread.join()
        self.host.close()

    def rows(self) -> tuple[int, int]:
        """Requests running, and how many can run at once."""
        return len(self._scheduler.running), len(self._scheduler.rows)

    def _run(self) -> None:
        finish: Finish = "cancelled"
        try:
            use_cores(self._threads)
            ahead_of_lessons(self.runner.device)
            while self._take_mail():
                self._step()
        except Exception as failure:
            log.exception("the engine's thread ended")
            self.failure = (
                f"The engine has failed and must be restarted ({type(failure).__name__}: {failure})."
            )
            finish = "error"
        self.inbox.close(self.failure or "The engine is closed.")
        ended = [*self._jobs.values(), *self.inbox.take(busy=True, patience=None).asked]
        self.inbox.served(job.sequence.player for job in ended if job.sequence.row < 0)
        self._scheduler.running.clear()
        self._news += ((job.generation, "", job.ending(finish, self.failure)) for job in ended)
        self._send(self._news)

    def _take_mail(self) -> bool:
        """Waits until there is something to do; False if it is to close."""
        deadline = min((s.deadline for s in self._scheduler.waiting()), default=float("inf"))
        patience = None if deadline == float("inf") else max(0.0, deadline - time.monotonic())
        mail = self.inbox.take(busy=bool(self._scheduler.running), patience=patience)
        for job in mail.asked:
            self._jobs[job.generation] = self._by_sequence[job.sequence] = job
            self._scheduler.add(job.sequence)
        self._forgotten.update(mail.forgotten)
        if mail.closed:
            return False
        for generation in mail.cancelled:
            if generation in self._jobs:
                self._end(self._jobs[generation], "cancelled")
        return True

    def _step(self) -> None:
        self._recovery.regain(time.monotonic())
        for sequence in self._scheduler.late(time.monotonic()):
            self._end(self._by_sequence[sequence], "deadline")
        self._forget()
        self._admit()
        plan = self._scheduler.plan()
        if plan:
            read = sum(work.end - work.sequence.cached for work in plan if work.end <= work.sequence.prompt)
            draws = {work.sequence: self._by_sequence[work.sequence].draw for work in plan}
            chosen = attempt(lambda: self.runner.step(plan, draws), "a step failed")
            if isinstance(chosen, Exception):
                self._recovery.fail(draws, chosen, time.monotonic(), again=True)
            else:
                self._scheduler.done(plan)
                self.meter.step(time.monotonic(), len(chosen), read, len(plan))
                for sequence, token in chosen:
                    self._write(self._by_sequence[sequence], token)
        self._send_news()

    def _move_to_cpu(self) -> Runner:
        """Who ran hears first that it ended: to read the model again takes its time."""
        self._send_news()
        return self._on_cpu()

    def _send_news(self) -> None:
        if self._news:
            news, self._news = self._news, []
            self._send(news)

    def _forget(self) -> None:
        failure = attempt(self._clear_rows, "a row could not be cleared")
        if failure is not None:
            self._recovery.fail([], failure, time.monotonic(), again=True)

    def _clear_rows(self) -> None:
        """Those of adapters that are gone, as far as nobody runs there."""
        for folder in self._forgotten:
            for row in self.runner.holding(folder):
                if row not in self._scheduler.running:
                    self.runner.place(row, None, None)
                    self._scheduler.forget(row)
        self._forgotten &= {job.generation.request.adapter for job in self._jobs.values()}

    def _admit(self) -> None:
        for sequence in list(self._scheduler.waiting()):
            job = self._by_sequence[sequence]
            if job.held is not None:
                found = self.host.get(job.held)
                if isinstance(found, AdapterError):
                    job.adapter_error, sequence.adapter = str(found), None
                    self._let_go(job)
        admitted = self._scheduler.admit(self._ready)
        self.inbox.served(sequence.player for sequence in admitted)
        for sequence in admitted:
            if sequence.row < 0:  # it was lost with the memory that the one before did not find
                continue
            job = self._by_sequence[sequence]
            found = self.host.get(job.held) if job.held is not None else None
            adapter = found if isinstance(found, Adapter) else None
            self.meter.reused_tokens += sequence.cached
            place = partial(self.runner.place, sequence.row, job.held, adapter)
            failure = attempt(place, "an adapter could not be placed")  # out of device memory, most likely
            if failure is not None:
                self._recovery.fail([sequence], failure, time.monotonic(), again=False)
            else:
                self._let_go(job)
        held = (self._by_sequence[sequence].held for sequence in self._scheduler.waiting())
        waiting = (self.host.get(folder) for folder in held if folder is not None)
        self.runner.stage(adapter for adapter in waiting if isinstance(adapter, Adapter))

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

    def _give_up(self, sequence: Sequence, error: str) -> None:
        self._end(self._by_sequence[sequence], "error", error=error)

    def _end(self, job: Job, finish: Finish, piece: str = "", error: str | None = None) -> None:
        sequence = job.sequence
        if sequence.row < 0:
            self.inbox.served([sequence.player])
        self.inbox.wake()  # a row may have come free for one who waits
        self._let_go(job)
        self._scheduler.remove(sequence)
        del self._jobs[job.generation], self._by_sequence[sequence]
        self._news.append((job.generation, piece, job.ending(finish, error)))

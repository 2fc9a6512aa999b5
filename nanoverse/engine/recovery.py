"""What becomes of the engine when its device has no memory left, or breaks: fewer at once for a while, or the CPU."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import torch

from . import device
from .runner import Runner
from .scheduler import Scheduler, Sequence

log = logging.getLogger(__name__)

# Seconds from where memory ran out until all rows are tried again; twice as many each time that it soon runs out again.
REGAIN_AFTER = 300.0


class Recovery:
    """Keeps `runner` running and `scheduler` within its memory.

    on_cpu: makes the runner that goes on where `runner` was, should its device break.
    end: ends a request with the sentence that its player reads.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        runner: Runner,
        on_cpu: Callable[[], Runner],
        end: Callable[[Sequence, str], None],
    ) -> None:
        self.runner = runner
        self._scheduler, self._on_cpu, self._end = scheduler, on_cpu, end
        self._full = len(scheduler.rows)
        self._patience, self._regain_at = REGAIN_AFTER, 0.0

    def fail(self, hit: Iterable[Sequence], error: Exception, now: float, *, again: bool) -> None:
        """Ends those `hit` by `error`, and sees to it that others can go on.

        Where memory has run out, half of the rows are given up, or as many more as it takes for the others to find
        room, and only those who run there end if the others can try `again`. A device that is broken, or has no room
        for even one row, is left for the CPU. `error` is one that `device.attempt` returned.
        """
        reason = f"The model failed on this request ({type(error).__name__}: {error})."
        if device.broken(error):
            self._leave(reason, error)
        elif device.out_of_memory(error) and len(self._scheduler.rows) > 1:
            self._give_up_rows(hit, error, now, again=again)
        else:
            self._end_all(hit, reason)
            if device.out_of_memory(error):  # with one row: what is kept only for speed is given back, too
                if (failure := self._resize(1)) is not None:
                    self._leave(reason, failure)
                else:
                    self._scheduler.restart(1)

    def _give_up_rows(self, hit: Iterable[Sequence], error: Exception, now: float, *, again: bool) -> None:
        reason = f"There was no memory left for this request ({error})."
        rows, failure = self._shrink(len(self._scheduler.rows) // 2)
        if failure is not None:
            self._leave(reason, failure)
            return
        self._regain_at = now + self._patience
        self._patience *= 2
        lost = [sequence for sequence in self._scheduler.running.values() if sequence.row >= rows]
        self._end_all(lost if again else {*lost, *hit}, f"{reason} Ask again: fewer will run at once.")
        log.error("no memory left on %s: for now %d requests at once", self.runner.device, rows)
        self._scheduler.restart(rows)

    def _shrink(self, rows: int) -> tuple[int, Exception | None]:
        """Halves `rows` until there is room for them; how many, and why there is none for even one: somebody else, a
        lesson on the same card, may be taking what is given back."""
        while (failure := self._resize(rows)) is not None and rows > 1 and not device.broken(failure):
            rows //= 2
        return rows, failure

    def _resize(self, rows: int) -> Exception | None:
        """What kept the runner from it."""
        return device.attempt(lambda: self.runner.resize(rows, self._scheduler.running))

    def _leave(self, reason: str, error: Exception) -> None:
        """Goes on on the CPU; nobody who runs can, for `reason`. Raises `error` where it is there already: to read the
        model again would take twice of the memory that has run out."""
        if self.runner.device == torch.device("cpu"):
            raise error
        self._end_all(
            list(self._scheduler.running.values()),
            f"{reason} The engine goes on, slowly, on the CPU: ask again.",
        )
        log.error("the device %s cannot be used any more: the engine moves to the CPU", self.runner.device)
        self.runner = self._on_cpu()
        self._full = self.runner.cache.rows
        self._scheduler.restart(self._full)

    def regain(self, now: float) -> None:
        """Takes back the rows that were given up, once there may be memory for them again; whoever is running is
        computed anew and writes on. Rows that were kept for as long as it then waits are kept for good."""
        if now < self._regain_at:
            return
        if len(self._scheduler.rows) == self._full:
            self._patience = REGAIN_AFTER
            return
        self._scheduler.restart(self._full)
        failure = self._resize(self._full)
        if failure is not None:
            self._give_up_rows([], failure, now, again=True)
        else:
            self._regain_at = now + self._patience
            log.info("trying %d requests at once again", self._full)

    def _end_all(self, sequences: Iterable[Sequence], error: str) -> None:
        for sequence in sequences:
            row = sequence.row
            self._end(sequence, error)
            self._scheduler.forget(row)

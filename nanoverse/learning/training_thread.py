"""The thread that trains: one per process, one job at a time, beside a world that must not notice.

trl and peft are imported in that thread, when the first job starts. What makes it bearable for the tick was
measured (docs/learning.md): nothing is collected during the imports, and everything alive after them is frozen out of
the garbage collector, because a full collection holds the interpreter, and each training ends with one; the
interpreter is handed over every half millisecond; and where the system allows it the thread is of low priority.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import torch

from nanoverse import garbage
from nanoverse.engine import use_cores

HAND_OVER = 0.0005  # seconds a thread may keep the interpreter when another wants it
NICE = 10
TRAINERS = ("peft", "trl.trainer.sft_trainer", "trl.trainer.dpo_trainer", "trl.trainer.kto_trainer")

T = TypeVar("T")
Tell = Callable[[str, int, int], None]  # what is being done, steps done, steps in all: a `Step`


@dataclass(frozen=True, slots=True)
class Step:
    """Where the running job is, e.g. `Step("words", 12, 96)`."""

    what: str
    done: int
    total: int


NO_STEP = Step("", 0, 0)


class TrainingThread:
    """`threads` is how many cores the computing may use."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="training")
        self._prepared = False
        self._running: set[threading.Event] = set()
        self.step = NO_STEP

    async def carry_out(self, job: Callable[[threading.Event, Tell], T]) -> T:
        """Do `job(stop, tell)` in the thread; it is told to stop if this task is cancelled."""
        stop = threading.Event()
        self._running.add(stop)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, job, stop)
        finally:
            stop.set()  # if this task is cancelled, the thread is still at work
            self._running.discard(stop)
            self.step = NO_STEP

    async def close(self) -> None:
        """Stop the job that runs and end the thread; waits for one layer of the model at most."""
        for stop in self._running:
            stop.set()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    def _do(self, job: Callable[[threading.Event, Tell], T], stop: threading.Event) -> T:
        if not self._prepared:
            self.step = Step("getting ready", 0, 1)
            prepare(self._threads)
            self._prepared = True

        def tell(what: str, done: int, total: int) -> None:
            self.step = Step(what, done, total)

        return job(stop, tell)


def prepare(threads: int) -> None:
    """Make the calling thread ready to train, and the process ready for that; once, before the first lesson."""
    sys.setswitchinterval(HAND_OVER)
    if sys.platform == "linux":  # elsewhere a priority belongs to the whole process
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
    use_cores(threads)
    with garbage.settling():
        for module in TRAINERS:
            importlib.import_module(module)
    _keep_to_the_device_of_the_model()
    _spare_old_cards_triton()
    _pass_only_replies_through_the_head()
    warnings.filterwarnings("ignore", message=".*gradient_checkpointing.*", category=FutureWarning)
    logging.getLogger("trl").setLevel(logging.WARNING)


@cache
def _keep_to_the_device_of_the_model() -> None:
    """trl and transformers seed all global random numbers, those of every card, too, of which no training of ours draws
    any, and accelerate has a card give back what torch has freed. A card that broke refuses both, and so no lesson
    could be given on the CPU that the engine has moved to; and while the engine records a step, torch refuses the
    second."""
    for module in map(importlib.import_module, ("transformers.trainer", *TRAINERS)):
        if hasattr(module, "set_seed"):
            module.set_seed = lambda seed: None  # type: ignore[attr-defined]
    memory = importlib.import_module("accelerate.utils.memory")
    clear = memory.clear_device_cache

    def clear_if_it_can_be(garbage_collection: bool = False) -> None:
        with contextlib.suppress(RuntimeError):
            clear(garbage_collection)

    memory.clear_device_cache = clear_if_it_can_be  # type: ignore[attr-defined]


def _spare_old_cards_triton() -> None:
    """trl takes log probabilities with Triton wherever that can be imported, but it no longer compiles for cards before
    Ampere; torch does the same there."""
    with contextlib.suppress(RuntimeError):  # a card that broke: no lesson is given there
        if torch.cuda.is_available() and torch.cuda.get_device_capability()[0] < 8:
            kernels = importlib.import_module("trl.kernels.chunked_logprob")
            kernels._TRITON_AVAILABLE = False  # type: ignore[attr-defined]


def _pass_only_replies_through_the_head() -> None:
    """Without Triton trl takes log probabilities of all tokens, for devices that compile anew for every number of them.
    No CPU and no card does, and with a large vocabulary most of a step, and gigabytes, go into prompts that no loss
    looks at."""
    utils = importlib.import_module("trl.trainer.utils")
    utils._use_triton = lambda device: True  # type: ignore[attr-defined]  # here it means: the replies alone

"""What is known of a device: what its errors say, how it likes to read, and how a CPU's cores and memory are had."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import platform
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from nanoverse.report import container_free

log = logging.getLogger(__name__)

T = TypeVar("T")

MEMORY_INFO = Path("/proc/meminfo")
# Less is not worth a call, more would be gone from the caches again before it is used.
WARMED = range(2**18, 2**23)


def warm(x: Tensor) -> None:
    """Reads `x` once, in order, before a CPU jumps from row to row in it: the many small products of attention then
    find it in a cache, where memory would keep each of them waiting. Takes 3 % off a step of 32 rows; the adapters,
    which are read whole and in order anyway, lose 6 % by it on two threads."""
    if x.device.type == "cpu" and x.nbytes in WARMED:
        x.sum()


def free_memory(device: torch.device) -> int | None:
    """Bytes that `device` has left for us; None if nobody can say. Of a CPU: what Linux would give without swapping,
    within a container's limit."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    with contextlib.suppress(OSError, StopIteration):
        lines = MEMORY_INFO.read_text().splitlines()
        available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
        room = container_free()
        return available if room is None else min(available, room)
    return None


def out_of_memory(error: Exception) -> bool:
    """The device, or the host if that is the device, has no memory left; it can compute on once there is some.

    cuBLAS asks the card itself for its workspace, when it is first used or its streams change, and finds two names for
    "there is none". The second can also mean a card that is broken; then the next call says so.
    """
    words = ("out of memory", "can't allocate memory", "STATUS_ALLOC_FAILED", "STATUS_NOT_INITIALIZED")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(
        word in str(error) for word in words
    )


def broken(error: Exception) -> bool:
    """Nothing can be computed there any more: after such an error every call of the CUDA context fails."""
    accelerator_error = getattr(torch, "AcceleratorError", ())  # newer than the oldest torch that is served
    return not out_of_memory(error) and (
        isinstance(error, accelerator_error)
        or (isinstance(error, RuntimeError) and "CUDA error" in str(error))
    )


def attempt(work: Callable[[], T], failing: str | None = None) -> T | Exception:
    """What `work` returns, or what it raises, which is logged where it is called something.

    An error holds on to the tensors of all frames that it came through, and while it is being handled it cannot be made
    to let go of them. So it comes back as a value, without them: what is to be done about it may need their memory.
    """
    try:
        return work()
    except Exception as error:
        if failing:
            log.exception(failing)
        error.__traceback__ = None
        return error


def give_back_freed_memory(device: torch.device) -> None:
    """Hands what torch has freed but kept back to a card, for those who ask the card itself."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.empty_cache()


def side_stream(device: torch.device, *, urgent: bool = False) -> torch.cuda.Stream:
    """A stream of a CUDA `device` beside the one in which all threads begin. What is in an `urgent` one goes first
    wherever work waits. torch has 32 of either kind and then gives the same ones again, so they are for good, not for
    each use."""
    stream: torch.cuda.Stream = torch.cuda.Stream(device, priority=-1 if urgent else 0)  # type: ignore[no-untyped-call]
    return stream


@cache
def stream_of_steps(device: torch.device) -> torch.cuda.Stream:
    """The one in which the engine computes on a CUDA `device`."""
    return side_stream(device, urgent=True)


@cache
def _stream_of_lessons(device: torch.device) -> torch.cuda.Stream:
    return side_stream(device)


def ahead_of_lessons(device: torch.device) -> None:
    """From here on the calling thread computes on a card in the stream of steps: a lesson there gives way.

    What a runner holds is made in it, too: memory goes back to the stream that it was asked for in, and another thread
    that computes there would get it while a step that failed still writes to it.
    """
    if device.type == "cuda":
        _go_to(stream_of_steps(device), torch.cuda.default_stream(device))  # where the weights were made


def beside_steps(device: torch.device) -> None:
    """From here on the calling thread computes on a card in a stream of its own, the same for all threads that ask.

    All threads begin in one and the same stream. There each of a step's questions to the card, of which there are
    several, would wait for all that a lesson has asked for so far, which is as much as the card takes on.
    """
    if device.type == "cuda":
        _go_to(_stream_of_lessons(device), torch.cuda.default_stream(device), stream_of_steps(device))


def _go_to(stream: torch.cuda.Stream, *others: torch.cuda.Stream) -> None:
    for other in others:
        stream.wait_stream(other)  # what is there may still be on its way
    torch.cuda.set_stream(stream)


def use_cores(count: int) -> None:
    """The calling thread's tensor work takes so many cores; that of threads that have not begun any yet takes one.

    torch keeps the number per thread, and the one set last as the default of new threads. A thread that takes several
    keeps as many helpers for as long as it lives, and once a process has more of them than cores, OpenMP (libgomp) has
    all of them sleep after every product: the engine then takes twice as long, if only because another thread has once
    read an adapter.
    """
    torch.set_num_threads(count)
    torch.get_num_threads()  # torch takes the number over for this thread only when it is first needed
    default = threading.Thread(target=torch.set_num_threads, args=(1,))
    default.start()
    default.join()


# glibc's codes, and the largest sizes that it comes to by itself in a process that frees large pieces.
_TRIM, _MMAP = (-1, 64 * 2**20), (-3, 32 * 2**20)


def keep_freed_memory() -> None:
    """Have the C library keep what a step frees for the next one. By default it gives pieces of 128 kB and more back
    to the system, which hands them out again page by page, zeroed: a tenth of the time of reading a prompt, or more.
    Only glibc is known to need it. Source: mallopt(3)."""
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        for parameter, size in (_TRIM, _MMAP):
            libc.mallopt(parameter, size)

"""Adapters on their way to a card, ahead of need: page-locked in host memory, and, for those who wait for a row, copied
in a thread and a stream of its own while the steps of others compute. Once a row comes free, its adapter is there.

No card has run this yet. Whatever fails here leaves adapters to be copied when they are needed, as everywhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache
from itertools import islice

import torch
from torch import Tensor

from .device import side_stream, stream_of_steps, use_cores
from .lora import Adapter

log = logging.getLogger(__name__)

PLACES = 4  # of rank 64 for the 1B: 0.4 GB


class Staging:
    """Copies on the device of the adapters of the next who wait for a row. For one thread.

    They are known by the very object in host memory: one that was read anew, or dropped, is never mistaken for it.

    copy: copies an adapter to the device; called in `thread`, and done when it returns.
    """

    def __init__(self, copy: Callable[[Adapter], Adapter], thread: Executor) -> None:
        self._copy, self._thread = copy, thread
        self._failed = False
        self._staged: dict[int, tuple[Adapter, Future[Adapter]]] = {}  # by id: an adapter, its copy

    def want(self, adapters: Iterable[Adapter]) -> None:
        """Begins to copy the first few of `adapters`, and gives back the memory of all others."""
        distinct = {} if self._failed else {id(adapter): adapter for adapter in adapters}
        wanted = dict(islice(distinct.items(), PLACES))
        for key in self._staged.keys() - wanted.keys():
            self._staged.pop(key)[1].cancel()
        for key, adapter in wanted.items():
            if key not in self._staged and not self._failed:
                try:
                    self._staged[key] = adapter, self._thread.submit(self._try, adapter)
                except RuntimeError as error:  # the system gives no thread
                    self._fail(error)

    def take(self, adapter: Adapter) -> Adapter:
        """Its copy on the device, if that is whole; else `adapter` itself."""
        _, copy = self._staged.pop(id(adapter), (adapter, None))
        return adapter if copy is None or copy.cancel() or not copy.done() else copy.result()

    def _try(self, adapter: Adapter) -> Adapter:
        try:
            return self._copy(adapter)
        except Exception as error:
            self._fail(error)
            return adapter

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            log.warning(
                "adapters are not copied ahead of need any more (%s: %s)", type(error).__name__, error
            )
        self._failed = True


def on_card(device: torch.device) -> Staging:
    stream = side_stream(device)

    def copy(tensor: Tensor) -> Tensor:
        here = torch.empty_like(tensor, device=device)
        # The memory that it got may be that of an earlier copy, which the steps so far still read.
        stream.wait_stream(stream_of_steps(device))
        # Not non_blocking: torch would record an event when the page-locked memory is let go, and if the device has
        # broken by then, that fails where nothing can catch it, and ends the process.
        return here.copy_(tensor)

    def copy_all(adapter: Adapter) -> Adapter:
        with torch.cuda.stream(stream):
            return adapter.copied(copy)

    return Staging(copy_all, ThreadPoolExecutor(1, "adapter-copier", use_cores, (1,)))


def page_locked(adapter: Adapter, lock: Callable[[Tensor], Tensor] = Tensor.pin_memory) -> Adapter:
    """`adapter` in memory that a card reads by itself; as it is where the system gives none."""
    try:
        return adapter.copied(lock)
    except Exception as error:
        _say_once(f"{type(error).__name__}: {error}")
        return adapter


@cache
def _say_once(reason: str) -> None:
    log.warning("adapters stay in ordinary memory (%s)", reason)

"""Adapters on their way to a card, ahead of need: page-locked in host memory, and, for those who wait for a row, copied
by a stream of its own while the steps of others compute. What is left when the row comes free is a copy on the card.

No card has run this yet. Whatever fails here leaves adapters to be copied when they are needed, as everywhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice

import torch
from torch import Tensor

from .lora import Adapter

log = logging.getLogger(__name__)

PLACES = 4  # of rank 64 for the 1B: 0.4 GB

# Begins to copy an adapter; returns the copy, and what has the steps to come wait until it is whole.
Copier = Callable[[Adapter], tuple[Adapter, Callable[[], None]]]


class Staging:
    """The adapters of the next who wait for a row, on the device. For one thread.

    They are known by the very object in host memory: one that was read anew, or dropped, is never mistaken for it.
    """

    def __init__(self, copy: Copier) -> None:
        self._copy: Copier | None = copy  # None after a failure
        self._staged: dict[
            int, tuple[Adapter, Adapter, Callable[[], None]]
        ] = {}  # by id: it, its copy, its wait

    def want(self, adapters: Iterable[Adapter]) -> None:
        """Begins to copy the first few of `adapters`, and drops all others."""
        if self._copy is None:
            return
        wanted = dict(islice({id(adapter): adapter for adapter in adapters}.items(), PLACES))
        self._staged = {key: staged for key, staged in self._staged.items() if key in wanted}
        try:
            for key, adapter in wanted.items():
                if key not in self._staged:
                    self._staged[key] = (adapter, *self._copy(adapter))
            return
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        log.warning("adapters are not copied ahead of need any more (%s)", reason)
        self._copy = None
        self.drop()

    def take(self, adapter: Adapter) -> Adapter:
        """Its copy on the device, if there is one, for the steps to come; else `adapter` itself."""
        _, copy, wait = self._staged.pop(id(adapter), (adapter, adapter, _nothing))
        wait()
        return copy

    def drop(self) -> None:
        """Gives back the memory."""
        self._staged = {}


def _nothing() -> None:
    pass


def onto_card(device: torch.device) -> Copier:
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def copy(adapter: Adapter) -> tuple[Adapter, Callable[[], None]]:
        # The memory that it gets may be that of an earlier copy, which the steps so far still read.
        stream.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(stream):
            copied = adapter.copied(lambda tensor: tensor.to(device, non_blocking=True))
            whole = stream.record_event()
        return copied, lambda: torch.cuda.current_stream(device).wait_event(whole)

    return copy


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

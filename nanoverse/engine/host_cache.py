"""Adapters in host memory: read ahead by one background thread, kept least recently used last.

A waiting request holds its adapter here from `acquire` to `release`; what is held is never evicted, and no more is
read than fits, so any number of waiting requests takes its turn. Once a request runs, its row has its own copy.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch

from .device import free_memory, use_cores
from .errors import AdapterError
from .lora import Adapter

# Of the main memory that is free once the model is loaded, what adapters may take.
SHARE = 1 / 4


def room() -> int:
    """Bytes for adapters in main memory; no bound where nobody can say what is free."""
    free = free_memory(torch.device("cpu"))
    return sys.maxsize if free is None else int(free * SHARE)


@dataclass(slots=True)
class _Entry:
    holders: int = 0
    content: Adapter | AdapterError | None = None  # None until it is read
    bytes: int = 0
    unwanted: bool = False  # to be dropped as soon as nobody holds it


class HostCache:
    """At most `places` adapters, and no further one once they take `room` bytes. `read` turns a folder into an adapter
    or raises AdapterError; `on_ready` is called in the background thread after each. All methods may be called from any
    thread."""

    def __init__(
        self, read: Callable[[Path], Adapter], places: int, room: int, on_ready: Callable[[], None]
    ) -> None:
        self._read, self._places, self._room, self._on_ready = read, places, room, on_ready
        self._lock = threading.RLock()
        self._entries: OrderedDict[Path, _Entry] = OrderedDict()  # longest unused first
        self._unread: list[Path] = []
        self._reading = False  # one after the other: how large one is shows only when it is read
        self._reader = ThreadPoolExecutor(1, "adapter-reader", use_cores, (1,))
        # The thread starts here: where the system gives none, no model is loaded, rather than a request lost later on.
        self._reader.submit(int).result()
        self._closed = False
        self.hits = 0
        self.misses = 0

    def close(self) -> None:
        """Reads nothing more."""
        with self._lock:
            self._closed = True
        self._reader.shutdown(wait=True, cancel_futures=True)

    @property
    def count(self) -> int:
        """Of what is read and of what is being read."""
        with self._lock:
            return self._reading + sum(isinstance(entry.content, Adapter) for entry in self._entries.values())

    @property
    def bytes(self) -> int:
        with self._lock:
            return sum(entry.bytes for entry in self._entries.values())

    def prefetch(self, folder: Path) -> None:
        """Reads `folder` if a place can be had, for a request that may come soon."""
        self.acquire(folder)
        self.release(folder)

    def acquire(self, folder: Path) -> None:
        with self._lock:
            entry = self._entries.get(folder)
            if entry is None:
                self.misses += 1
                entry = self._entries[folder] = _Entry()
                self._unread.append(folder)
            else:
                self.hits += 1
            entry.holders += 1
            self._entries.move_to_end(folder)
            self._read_ahead()

    def release(self, folder: Path) -> None:
        with self._lock:
            entry = self._entries[folder]
            entry.holders -= 1
            self._let_go(folder, entry)
            self._read_ahead()

    def drop(self, folder: Path) -> None:
        """Forget an adapter whose folder is gone; one that is held goes with its last holder."""
        with self._lock:
            if entry := self._entries.get(folder):
                entry.unwanted = True
                self._let_go(folder, entry)

    def _let_go(self, folder: Path, entry: _Entry) -> None:
        """Drops `entry` if nobody holds it and it is of no use to the next either. The lock is held."""
        if entry.holders:
            return
        if entry.content is None:  # no more is read ahead than finds a place
            if folder in self._unread and self._reading + len(self._unread) > self._places:
                self._unread.remove(folder)
                del self._entries[folder]
        elif entry.unwanted or isinstance(entry.content, AdapterError):  # the folder may be mended
            del self._entries[folder]

    def get(self, folder: Path) -> Adapter | AdapterError | None:
        """What an acquired `folder` turned out to be, None while it is not read yet."""
        with self._lock:
            return self._entries[folder].content

    def _read_ahead(self) -> None:
        """Reads the next, rather one that somebody waits for, if it finds a place and memory. The lock is held."""
        if self._closed or self._reading or not self._unread:
            return
        if self.count >= self._places and not self._evict():
            for folder in [folder for folder in self._unread if not self._entries[folder].holders]:
                self._unread.remove(folder)  # nobody waits for it any more
                del self._entries[folder]
            return
        while (taken := self.bytes) and taken >= self._room:  # the first is read however little room there is
            if not self._evict():
                return
        self._reading = True
        folder = next((folder for folder in self._unread if self._entries[folder].holders), self._unread[0])
        self._unread.remove(folder)
        self._reader.submit(self._fill, folder)

    def _evict(self) -> bool:
        for folder, entry in self._entries.items():
            if entry.holders == 0 and entry.content is not None:
                del self._entries[folder]
                return True
        return False

    def _fill(self, folder: Path) -> None:
        try:
            content: Adapter | AdapterError = self._read(folder)
        except AdapterError as error:
            content = error
        except Exception as error:  # a folder from outside must never end this thread
            content = AdapterError(f"The adapter {folder} cannot be read ({type(error).__name__}: {error}).")
        with self._lock:
            self._reading = False
            entry = self._entries[folder]
            entry.content = content
            entry.bytes = content.bytes if isinstance(content, Adapter) else 0
            self._let_go(folder, entry)
            self._read_ahead()
        self._on_ready()

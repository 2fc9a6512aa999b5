"""Adapters are read in the background, a few at a time, and what is wanted is never dropped."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
import torch

from nanoverse.engine import AdapterError, device
from nanoverse.engine.host_cache import HostCache, room
from nanoverse.engine.lora import Adapter

SMALL = Adapter(1, {"mlp.up_proj": torch.zeros(25)}, {})  # 100 bytes


class Disk:
    """Adapters that are read when the test says so."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.may_read = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    def __call__(self, folder: Path) -> Adapter:
        self.may_read.acquire()
        self.read.append(folder.name)
        if folder.name == "bad":
            raise AdapterError("bad")
        if folder.name == "worse":
            raise ZeroDivisionError
        return SMALL

    def let(self, count: int) -> None:
        """Lets `count` reads happen and waits for them."""
        for _ in range(count):
            self.may_read.release()
        for _ in range(count):
            assert self.done.acquire(timeout=60)


@pytest.fixture
def disk() -> Disk:
    return Disk()


def cache(disk: Disk, places: int, room: int = 10**9) -> HostCache:
    return HostCache(disk, places, room, disk.done.release)


A, B, C = Path("a"), Path("b"), Path("c")


def test_an_adapter_is_read_once_for_all_who_want_it(disk: Disk) -> None:
    c = cache(disk, 2)
    c.acquire(A)
    c.acquire(A)
    assert c.get(A) is None
    disk.let(1)
    assert isinstance(c.get(A), Adapter)
    assert (disk.read, c.hits, c.misses) == (["a"], 1, 1)
    c.close()


def test_the_longest_unused_makes_room(disk: Disk) -> None:
    c = cache(disk, 2)
    for folder in (A, B):
        c.prefetch(folder)
        disk.let(1)
    c.prefetch(A)  # fresher than b now
    c.prefetch(C)
    disk.let(1)
    c.acquire(A)
    c.acquire(B)
    disk.let(1)
    assert disk.read == ["a", "b", "c", "b"]
    c.close()


def test_what_is_held_is_not_dropped_and_the_next_waits_for_a_place(disk: Disk) -> None:
    c = cache(disk, 1)
    c.acquire(A)
    disk.let(1)
    c.acquire(B)
    assert c.get(B) is None and c.count == 1
    c.release(A)
    disk.let(1)
    assert isinstance(c.get(B), Adapter) and c.count == 1
    c.close()


def test_adapters_take_no_more_memory_than_they_may(disk: Disk) -> None:
    c = cache(disk, 10, room=150)
    for folder in (A, B):
        c.prefetch(folder)
    disk.let(2)
    assert c.bytes == 200, "how large the next one is shows only when it is read"
    c.prefetch(C)
    disk.let(1)
    assert c.bytes == 200 and c.count == 2
    c.prefetch(B)
    c.prefetch(A)
    disk.let(1)
    assert disk.read == ["a", "b", "c", "a"], "the longest unused had to go"
    c.close()


def test_what_finds_no_memory_is_read_once_others_are_released(disk: Disk) -> None:
    c = cache(disk, 10, room=0)
    c.acquire(A)
    disk.let(1)
    c.prefetch(B)
    c.acquire(C)
    disk.may_read.release()
    assert (c.get(C), disk.read) == (None, ["a"])
    c.release(A)
    assert disk.done.acquire(timeout=60)
    assert isinstance(c.get(C), Adapter) and c.bytes == 100
    c.release(C)
    disk.let(1)
    assert disk.read == ["a", "c", "b"] and c.bytes == 100
    c.close()


def test_a_quarter_of_the_free_memory_is_for_adapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "MEMORY_INFO", tmp_path / "meminfo")
    monkeypatch.setattr(device, "container_free", lambda: None)
    assert room() == sys.maxsize, "nobody says"
    (tmp_path / "meminfo").write_text("MemAvailable: 4000 kB\n")
    assert room() == 1000 * 1024


def test_nobody_waits_for_what_was_given_up(disk: Disk) -> None:
    c = cache(disk, 1)
    c.acquire(A)
    disk.let(1)
    c.acquire(B)
    c.release(B)
    c.acquire(C)
    c.release(A)
    disk.let(1)
    assert disk.read == ["a", "c"]
    c.close()


def test_what_somebody_waits_for_is_read_before_what_may_be_asked_for_soon(disk: Disk) -> None:
    c, wanted = cache(disk, 9), Path("d")
    for folder in (A, B, C):
        c.prefetch(folder)
    c.acquire(wanted)
    disk.let(2)
    assert isinstance(c.get(wanted), Adapter)
    disk.let(2)
    assert disk.read == ["a", "d", "b", "c"]
    c.close()


def test_no_more_is_read_ahead_than_there_are_places(disk: Disk) -> None:
    c = cache(disk, 2)
    for number in range(9):
        c.prefetch(Path(str(number)))
    c.acquire(A)
    disk.let(3)
    assert disk.read == ["0", "a", "1"]
    assert isinstance(c.get(A), Adapter)
    c.close()


@pytest.mark.parametrize("name", ["a", "bad"])
def test_what_is_gone_before_it_is_read_is_dropped_after(disk: Disk, name: str) -> None:
    c, folder = cache(disk, 2), Path(name)
    c.acquire(folder)
    c.drop(folder)
    disk.let(1)
    assert c.get(folder) is not None, "its request still waits"
    c.release(folder)
    assert c.count == 0 and not c._entries
    c.close()


def test_nothing_is_read_after_the_end(disk: Disk) -> None:
    c = cache(disk, 1)
    c.close()
    c.prefetch(A)
    assert c.count == 0 and disk.read == []


@pytest.mark.parametrize("name", ["bad", "worse"])
def test_a_bad_folder_takes_no_place_and_is_tried_again_later(disk: Disk, name: str) -> None:
    c, bad = cache(disk, 1), Path(name)
    c.acquire(bad)
    disk.let(1)
    assert isinstance(c.get(bad), AdapterError)
    c.acquire(A)
    disk.let(1)
    assert isinstance(c.get(A), Adapter)
    c.release(bad)
    c.release(A)
    c.acquire(bad)
    disk.let(1)
    assert disk.read == [name, "a", name]
    c.close()


def test_an_adapter_whose_folder_is_gone_is_dropped_once_nobody_holds_it(disk: Disk) -> None:
    c = cache(disk, 3)
    for folder in (A, B):
        c.acquire(folder)
    disk.let(2)
    c.release(A)
    c.drop(A)
    c.drop(B)
    assert c.count == 1, "b is held"
    c.release(B)
    assert c.count == 0
    c.prefetch(C)  # let go before it is read
    c.drop(C)
    disk.let(1)
    assert c.count == 0
    c.close()


def test_reading_takes_one_core_and_no_helpers(disk: Disk) -> None:
    cores: list[int] = []

    def read(folder: Path) -> Adapter:
        cores.append(torch.get_num_threads())
        return Adapter(1, {}, {})

    somebody = threading.Thread(
        target=torch.set_num_threads, args=(2,)
    )  # makes it the default of new threads
    somebody.start()
    somebody.join()
    c = HostCache(read, 1, 10**9, disk.done.release)
    c.acquire(A)
    assert disk.done.acquire(timeout=60)
    assert cores == [1]
    c.close()


def test_its_figures_can_be_asked_for_while_others_come_and_go() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    c = HostCache(lambda folder: SMALL, 4, 10**9, lambda: None)
    folders, stop, faults = [Path(str(n)) for n in range(50)], threading.Event(), list[Exception]()

    def look() -> None:
        try:
            while not stop.is_set():
                assert 0 <= c.count <= 4
                assert c.bytes in (0, 100, 200, 300, 400)
                c.get(A)
        except Exception as error:
            faults.append(error)

    watcher = threading.Thread(target=look)
    c.acquire(A)
    watcher.start()
    try:
        for _ in range(100):
            for folder in folders:
                c.prefetch(folder)
    finally:
        stop.set()
        watcher.join()
        sys.setswitchinterval(before)
    c.close()
    assert faults == []


def test_its_thread_is_there_before_the_first_request(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later the system may give none any more."""
    c = cache(disk, 1)

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    c.acquire(A)
    disk.let(1)
    assert isinstance(c.get(A), Adapter)
    with pytest.raises(RuntimeError, match="new thread"):
        cache(disk, 1)
    c.close()

"""The adapters of those who wait are on the device before their row is free, and never another's."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nanoverse.engine import Engine, staging
from nanoverse.engine.lora import Adapter, AdapterRows
from nanoverse.engine.staging import PLACES, Staging, page_locked
from tests.engine.small_model import limits
from tests.engine.test_schedules import House, opened


class Card:
    """Copies as a card does, but into the same memory, and knows what was copied."""

    def __init__(self, room: int = 100) -> None:
        self.copies: list[tuple[Adapter, Adapter]] = []
        self._room = room

    def __call__(self, adapter: Adapter) -> Adapter:
        if len(self.copies) == self._room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        copy = adapter.copied(Tensor.clone)
        self.copies.append((adapter, copy))
        return copy

    @property
    def copied(self) -> list[int]:
        return [adapter.rank for adapter, _ in self.copies]


class Thread(Executor):
    """Works when the test says so."""

    def __init__(self) -> None:
        self._asked: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._asked.append((future, partial(work, *args, **kwargs)))
        return future

    def work(self) -> None:
        while self._asked:
            future, work = self._asked.popleft()
            if future.set_running_or_notify_cancel():
                future.set_result(work())


def some(count: int) -> list[Adapter]:
    return [Adapter(rank, {"q": torch.ones(1)}, {}) for rank in range(1, count + 1)]


@pytest.fixture
def card() -> Card:
    return Card()


@pytest.fixture
def thread() -> Thread:
    return Thread()


@pytest.fixture
def ahead(card: Card, thread: Thread) -> Staging:
    return Staging(card, thread)


def test_the_next_few_are_copied_once_each(ahead: Staging, card: Card, thread: Thread) -> None:
    adapters = some(PLACES + 2)
    for _ in range(3):
        ahead.want([adapters[0], *adapters])
        thread.work()
    assert card.copied == list(range(1, PLACES + 1))
    ahead.want(adapters[1:])
    thread.work()
    assert card.copied == list(range(1, PLACES + 2))


def test_a_copy_is_taken_once(ahead: Staging, card: Card, thread: Thread) -> None:
    adapter, other = some(2)
    ahead.want([adapter])
    thread.work()
    assert ahead.take(adapter) is card.copies[0][1]
    assert ahead.take(adapter) is adapter, "its memory is given back"
    assert ahead.take(other) is other


def test_a_row_does_not_wait_for_a_copy_that_has_not_been_made(
    ahead: Staging, card: Card, thread: Thread
) -> None:
    (adapter,) = some(1)
    ahead.want([adapter])
    assert ahead.take(adapter) is adapter
    thread.work()
    assert card.copied == [], "nobody wants it now"


def test_who_waits_no_more_takes_no_memory(ahead: Staging, card: Card, thread: Thread) -> None:
    adapters = some(3)
    ahead.want(adapters[:2])
    thread.work()
    ahead.want(adapters[1:])
    assert ahead.take(adapters[0]) is adapters[0]
    ahead.want([])
    thread.work()
    assert ahead.take(adapters[1]) is adapters[1]
    assert card.copied == [1, 2], "the third was given up before it was copied"


def test_an_adapter_that_was_read_anew_is_not_taken_for_the_one_before(
    ahead: Staging, thread: Thread
) -> None:
    (before,), (anew,) = some(1), some(1)
    ahead.want([before])
    thread.work()
    assert ahead.take(anew) is anew


def test_without_memory_for_it_nothing_is_copied_ahead_any_more(
    thread: Thread, caplog: pytest.LogCaptureFixture
) -> None:
    card, adapters = Card(room=1), some(3)
    ahead = Staging(card, thread)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            ahead.want(adapters)
            thread.work()
    assert [ahead.take(adapter) for adapter in adapters] == adapters
    assert card.copied == [1]
    assert ["ahead of need" in line.message for line in caplog.records] == [True]


def test_where_the_system_gives_no_thread_adapters_come_when_they_are_needed(
    card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    class NoThread(Executor):
        def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise RuntimeError("can't start new thread")

    ahead, adapters = Staging(card, NoThread()), some(2)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            ahead.want(adapters)
    assert [ahead.take(adapter) for adapter in adapters] == adapters
    assert ["can't start new thread" in line.message for line in caplog.records] == [True]


def test_while_memory_is_short_nothing_is_copied_ahead(
    ahead: Staging, card: Card, thread: Thread, endless_folder: Path
) -> None:
    runner = Engine.load(endless_folder, limits(2, 256))._worker.runner
    runner.staging = ahead
    runner.resize(1)
    runner.stage(some(1))
    thread.work()
    assert card.copied == []
    runner.resize(2)
    runner.stage(some(1))
    thread.work()
    assert card.copied == [1]


def test_adapters_stay_in_ordinary_memory_where_none_can_be_locked(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(tensor: Tensor) -> Tensor:
        raise RuntimeError("CUDA error: out of memory")

    staging._say_once.cache_clear()
    (adapter,) = some(1)
    with caplog.at_level(logging.WARNING):
        assert page_locked(adapter, refuse) is page_locked(adapter, refuse) is adapter
    assert ["ordinary memory" in line.message for line in caplog.records] == [True]
    locked = page_locked(adapter, Tensor.clone)
    assert locked is not adapter and torch.equal(locked.a["q"], adapter.a["q"])


def test_the_adapter_of_a_waiting_request_is_on_the_device_when_a_row_comes_free(
    ahead: Staging,
    card: Card,
    thread: Thread,
    endless_folder: Path,
    make_adapter: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    versions = [[make_adapter(70 + player, rank=2 + player)] for player in range(3)]
    versions[0].append(make_adapter(73, rank=5))
    house: House = opened(Engine.load(endless_folder, limits(1, 512)), versions, monkeypatch)
    loaded, load = [], AdapterRows.load

    def note(rows: AdapterRows, row: int, adapter: Adapter) -> None:
        loaded.append(adapter)
        load(rows, row, adapter)

    monkeypatch.setattr(AdapterRows, "load", note)
    house.engine._worker.runner.staging = ahead
    for player, version in ((0, 0), (1, 0), (2, 0), (0, 1)):  # there are three rows
        house.live[player] = version
        house.ask(player, 0)
        house.step()
        thread.work()
    assert card.copied == [5]
    assert len(loaded) == 3
    while house.asked[3].finish is None:
        house.step()
    assert [adapter is card.copies[0][1] for adapter in loaded] == [False, False, False, True]
    house.engine._worker.host.close()

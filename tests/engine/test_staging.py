"""The adapters of those who wait are on the device before their row is free, and never another's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nanoverse.engine import Engine, staging
from nanoverse.engine.lora import Adapter, AdapterRows
from nanoverse.engine.staging import PLACES, Staging, page_locked
from tests.engine.test_schedules import House, opened


class Card:
    """Copies as a card does, but into the same memory; knows what was copied, and which copies were waited for."""

    def __init__(self, room: int = 100) -> None:
        self.copies: list[tuple[Adapter, Adapter]] = []
        self.awaited: list[Adapter] = []
        self._room = room

    def __call__(self, adapter: Adapter) -> tuple[Adapter, Callable[[], None]]:
        if len(self.copies) == self._room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        copy = adapter.copied(Tensor.clone)
        self.copies.append((adapter, copy))
        return copy, lambda: self.awaited.append(copy)

    @property
    def copied(self) -> list[int]:
        return [adapter.rank for adapter, _ in self.copies]


def some(count: int, first: int = 1) -> list[Adapter]:
    return [Adapter(rank, {"q": torch.ones(1)}, {}) for rank in range(first, first + count)]


def test_the_next_few_are_copied_once_each() -> None:
    card = Card()
    ahead, adapters = Staging(card), some(PLACES + 2)
    for _ in range(3):
        ahead.want([adapters[0], *adapters])
    assert card.copied == list(range(1, PLACES + 1))
    ahead.want(adapters[1:])
    assert card.copied == list(range(1, PLACES + 2))


def test_a_copy_is_taken_once_and_waited_for() -> None:
    card = Card()
    ahead, (adapter, other) = Staging(card), some(2)
    ahead.want([adapter])
    assert card.awaited == []
    copy = ahead.take(adapter)
    assert copy is not adapter and card.awaited == [copy]
    assert ahead.take(adapter) is adapter, "its memory is given back"
    assert ahead.take(other) is other
    assert card.awaited == [copy]


def test_who_waits_no_more_takes_no_memory() -> None:
    card = Card()
    ahead, adapters = Staging(card), some(2)
    ahead.want(adapters)
    ahead.want(adapters[1:])
    assert ahead.take(adapters[0]) is adapters[0]
    ahead.drop()
    assert ahead.take(adapters[1]) is adapters[1]


def test_an_adapter_that_was_read_anew_is_not_taken_for_the_one_before() -> None:
    ahead = Staging(Card())
    (before,), (anew,) = some(1), some(1)
    ahead.want([before])
    assert ahead.take(anew) is anew


def test_without_memory_for_it_nothing_is_copied_ahead_any_more(caplog: pytest.LogCaptureFixture) -> None:
    card = Card(room=1)
    ahead, adapters = Staging(card), some(3)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            ahead.want(adapters)
    assert [ahead.take(adapter) for adapter in adapters] == adapters
    assert card.copied == [1]
    assert ["ahead of need" in line.message for line in caplog.records] == [True]


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
    endless_folder: Path, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = [[make_adapter(70 + player, rank=2 + player)] for player in range(3)]
    house: House = opened(Engine.load(endless_folder, slots=1, kv_tokens=512), versions, monkeypatch)
    card, loaded, load = Card(), [], AdapterRows.load

    def note(rows: AdapterRows, row: int, adapter: Adapter) -> None:
        loaded.append(adapter)
        load(rows, row, adapter)

    monkeypatch.setattr(AdapterRows, "load", note)
    house.engine._worker.runner.staging = Staging(card)
    for player in range(3):  # two rows can carry an adapter
        house.ask(player, 0, None)
        house.step()
    assert card.copied == [4]
    assert len(loaded) == 2
    while house.asked[2].finish is None:
        house.step()
    assert [adapter is card.copies[0][1] for adapter in loaded] == [False, False, True]
    assert card.awaited == loaded[2:]
    house.engine._worker.host.close()

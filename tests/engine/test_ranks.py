"""Adapters of a higher rank than most: they are served whole, and cost the others neither memory nor time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nanoverse.engine import Engine, Request, Sampling
from nanoverse.engine.adapters import read_adapter
from nanoverse.engine.checkpoint import load
from nanoverse.engine.lora import GROUPS, AdapterRows, Segment, Share
from nanoverse.engine.runner import Runner
from tests.engine.small_model import limits, prompt

CPU = torch.device("cpu")
WORDS = Sampling(temperature=0, max_tokens=6)
ROWS = 4


@pytest.fixture
async def engine(endless_folder: Path) -> AsyncIterator[Engine]:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(ROWS, 256))
    engine.start(asyncio.get_running_loop())
    yield engine
    await engine.close()


async def visit(engine: Engine, *adapters: Path | None) -> None:
    """One after the other, each of a new player who asks something else."""
    for number, adapter in enumerate(adapters):
        generation = engine.generate(Request(prompt(number, 20), adapter, number, WORDS))
        async for _ in generation:
            pass
        assert (generation.finish, generation.adapter) == ("length", adapter)


async def test_a_visitor_of_a_high_rank_takes_memory_for_one_row_and_gives_it_back(
    engine: Engine, make_adapter: Callable[..., Path]
) -> None:
    common = [make_adapter(seed, rank=8) for seed in range(ROWS)]
    await visit(engine, *common)
    before = engine.stats().adapter_bytes
    await visit(engine, make_adapter(9, rank=64))
    assert engine.stats().adapter_bytes - before == before // ROWS * 7, (
        "what it has beyond rank 8, in one row"
    )
    await visit(engine, *common)
    assert engine.stats().adapter_bytes == before


@pytest.fixture
def rows(endless_folder: Path, make_adapter: Callable[..., Path]) -> AdapterRows:
    """Ranks 8, 64 in some of its projections, none, and 12."""
    checkpoint = load(endless_folder, torch.float32, CPU)
    rows = AdapterRows(checkpoint.shape, ROWS, 8, torch.float32, CPU)
    for row, folder in (
        (0, make_adapter(1, rank=8)),
        (1, make_adapter(2, rank=64, targets=["q_proj", "down_proj"])),
        (3, make_adapter(3, rank=12)),
    ):
        rows.load(row, read_adapter(folder, checkpoint.shape, checkpoint.base_id, torch.float32))
    return rows


def products(rows: AdapterRows, *segments: Segment) -> dict[str, list[tuple[slice | None, int]]]:
    """By fused projection, of which tokens, and of which rank."""

    def product(group: str, share: Share) -> tuple[slice | None, int]:
        return share.tokens, share.a[0].shape[2] // len(GROUPS[group])

    return {
        group: [product(group, share) for share in shares] for group, shares in rows.carried(segments).items()
    }


def test_beside_an_idle_row_of_a_high_rank_the_others_compute_what_they_always_do(rows: AdapterRows) -> None:
    assert products(rows, Segment(0, 0, 1, 1)) == {group: [(None, 8)] for group in GROUPS}
    assert products(rows, Segment(0, 2, 1, 5)) == {group: [] for group in GROUPS}


def test_beside_a_running_row_of_a_high_rank_it_alone_computes_more(rows: AdapterRows) -> None:
    found = products(rows, Segment(0, 0, 2, 1), Segment(2, 3, 1, 4))
    all_have, first, third = [(slice(0, 2), 8)], (slice(0, 1), 8), [(slice(2, 6), 8), (slice(2, 6), 4)]
    assert found["qkv"] == found["down"] == [*all_have, (slice(1, 2), 56), *third]
    assert found["o"] == found["gate_up"] == [first, *third]


def test_a_row_that_is_cleared_or_loaded_anew_has_nothing_beyond(
    rows: AdapterRows, endless_folder: Path, make_adapter: Callable[..., Path]
) -> None:
    checkpoint = load(endless_folder, torch.float32, CPU)
    common = rows.bytes
    rows.clear(1)
    rows.load(3, read_adapter(make_adapter(4, rank=3), checkpoint.shape, checkpoint.base_id, torch.float32))
    assert rows.bytes < common
    assert all(rows.in_stacks(row) for row in range(ROWS))
    assert products(rows, Segment(0, 0, ROWS, 1)) == {group: [(None, 8)] for group in GROUPS}


async def test_where_memory_is_short_only_who_runs_keeps_what_is_beyond(
    engine: Engine, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = engine.stats().adapter_bytes
    adapters = [make_adapter(seed, rank=16) for seed in range(ROWS)]
    await visit(engine, *adapters)
    assert engine.stats().adapter_bytes == 2 * before
    step, steps = Runner.step, iter(range(10**6))

    def fails_once(*arguments: Any) -> Any:
        if next(steps) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return step(*arguments)

    monkeypatch.setattr(Runner, "step", fails_once)
    again = [engine.generate(Request(prompt(row, 20), adapters[row], row, WORDS)) for row in (0, 3)]
    for generation in again:
        async for _ in generation:
            pass
    assert [generation.finish for generation in again] == ["length", "error"], (
        "the upper two rows were given up"
    )
    assert engine.stats().adapter_bytes == before + before // ROWS


async def test_rows_have_room_for_the_rank_that_is_asked_for(endless_folder: Path) -> None:
    def adapter_bytes(rank: int) -> int:
        return Engine.load(endless_folder, limits(1, 256, adapter_rank=rank)).stats().adapter_bytes

    assert [adapter_bytes(rank) // adapter_bytes(1) for rank in (8, 9, 16, 64)] == [1, 2, 2, 8]

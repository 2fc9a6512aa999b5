"""Traffic on the real engine: the figures mean what they say, whatever their size."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nanoverse.bench import traffic
from nanoverse.bench.random_model import random_checkpoint
from nanoverse.engine import Engine, Request
from nanoverse.engine.adapters import read_adapter
from nanoverse.engine.checkpoint import Checkpoint
from tests.bench.tiny import TINY

SMALL = traffic.Traffic(rows=2, prompt=8, new=2, rank=2, registered=40)


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return random_checkpoint(TINY, torch.float32, torch.device("cpu"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Every request that the engine is given."""
    requests: list[Request] = []
    generate = Engine.generate

    def note(engine: Engine, request: Request) -> object:
        requests.append(request)
        return generate(engine, request)

    monkeypatch.setattr(Engine, "generate", note)
    return requests


def test_every_registered_adapter_is_a_folder_that_the_engine_reads(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folders = traffic.register(checkpoint, SMALL, tmp_path)
    assert len(set(folders)) == 40
    read = [read_adapter(f, checkpoint.shape, checkpoint.base_id, torch.float32) for f in folders]
    first, second, again = (read[number].a["mlp.up_proj"] for number in (0, 1, traffic.FEW))
    assert not torch.equal(first, second)
    assert torch.equal(first, again), "the folders beyond the first few are links to those"


def test_the_figures_are_all_there(checkpoint: Checkpoint) -> None:
    figures = traffic.figures(checkpoint, SMALL, threads=1)
    assert figures.keys() == {
        "zipf_ratio",
        "ttft_ms_p50",
        "ttft_ms_p95",
        "ttft_idle_ms_p95",
        "flood_ratio",
        "gap_ratio",
    }
    assert all(value > 0 for value in figures.values())
    assert figures["ttft_ms_p95"] >= figures["ttft_ms_p50"]


async def test_zipf_traffic_asks_beyond_the_few_and_most_often_for_the_first_ones(
    checkpoint: Checkpoint, asked: list[Request], tmp_path: Path
) -> None:
    folders = traffic.register(checkpoint, SMALL, tmp_path)
    async with traffic._engine(checkpoint, SMALL.rows, SMALL.rank, 10, 1) as engine:
        await traffic._zipf(engine, traffic._Players(checkpoint.shape.vocab, folders), SMALL)
    adapters = [request.adapter for request in asked]
    assert set(adapters) & set(folders[traffic.FEW :])
    assert sum(map(adapters.count, folders[:4])) > 2 * sum(map(adapters.count, folders[20:24]))


async def test_others_are_asked_while_the_flood_lasts(
    checkpoint: Checkpoint, asked: list[Request], tmp_path: Path
) -> None:
    folders = traffic.register(checkpoint, SMALL, tmp_path)
    async with traffic._engine(checkpoint, SMALL.rows, SMALL.rank, 10, 1) as engine:
        await traffic._flood(engine, traffic._Players(checkpoint.shape.vocab, folders), SMALL)
    players = [request.player for request in asked]
    assert players.count(-1) == traffic.FLOOD * traffic.ROUNDS
    assert len(set(players)) == 1 + traffic.PROBES * (2 * traffic.ROUNDS + 1)

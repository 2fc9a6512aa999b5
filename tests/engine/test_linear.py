"""A projection is the same product, whichever way the CPU takes it."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nanoverse.engine import Engine, Request, gemma, linear
from nanoverse.engine.linear import Linear
from tests.engine.small_model import limits, prompt
from tests.engine.test_same_as_transformers import GREEDY, answers


@pytest.mark.parametrize("rows", [1, linear.MKL_ROWS, linear.FEW_ROWS, linear.FEW_ROWS + 1, 33, 150])
@pytest.mark.parametrize("height", [3 * linear.BLOCK, 3 * linear.BLOCK + 5])
@pytest.mark.parametrize("way", ["as it is", "packed", "without oneDNN"])
@pytest.mark.parametrize("intel", [False, True])
def test_every_way_gives_the_product(
    intel: bool, way: str, height: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "by_intel", lambda: intel)
    if way == "without oneDNN":
        monkeypatch.setattr(linear, "_onednn", lambda: False)
    generator = torch.Generator().manual_seed(rows)
    weight = torch.randn(height, 70, generator=generator)
    x = torch.randn(rows, 70, generator=generator)
    y = Linear(weight, None, pack=way == "packed").product(x)
    assert y.dtype == torch.float32 and y.is_contiguous()
    torch.testing.assert_close(y.double(), x.double() @ weight.double().T, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("said", "intel"),
    [
        ("vendor_id\t: GenuineIntel\n", True),
        ("vendor_id\t: AuthenticAMD\n", False),
        ("CPU part\t: 0xd0c\n", False),
    ],
)
def test_the_maker_of_the_cpu_is_read_from_linux(
    said: str, intel: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "CPU_INFO", tmp_path / "cpuinfo")
    linear.CPU_INFO.write_text(said)
    assert linear.by_intel() == (intel and torch.backends.mkl.is_available())


@pytest.mark.parametrize(
    ("said", "intel"),
    [
        ("Intel64 Family 6 Model 85, GenuineIntel", True),
        ("AMD64 Family 25, AuthenticAMD", False),
        ("", False),
    ],
)
def test_or_from_whatever_else_tells_it(
    said: str, intel: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "CPU_INFO", tmp_path / "there is none")
    monkeypatch.setattr(platform, "processor", lambda: said)
    assert linear.by_intel() == (intel and torch.backends.mkl.is_available())


def test_what_mkl_takes_however_many_rows_there_are_is_not_kept_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(linear, "by_intel", lambda: True)
    small, large = torch.zeros(64, 70), torch.zeros(linear.MKL_WEIGHT // 4 // 64 + 1, 64)
    assert Linear(small, None, pack=True).packed_bytes == 0
    assert Linear(large, None, pack=True).packed_bytes == (large.nbytes if linear._onednn() else 0)


def test_packing_leaves_the_weight_to_training_as_it_was() -> None:
    weight = torch.randn(64, 70)
    before = weight.clone()
    assert Linear(weight, None, pack=True).weight is weight
    assert torch.equal(weight, before)


async def test_a_model_too_large_to_be_kept_twice_writes_the_same(
    model_folder: Path,
    make_adapter: Callable[..., Path],
    greedy: Callable[..., list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gemma, "PACKED_SHARE", 0)
    engine = await asyncio.to_thread(Engine.load, model_folder, limits(6, 512))
    assert engine._worker.runner.model._head._packed is None
    engine.start(asyncio.get_running_loop())
    requests = [
        Request(prompt(20 + i, 30), make_adapter(20 + i) if i % 2 else None, i, GREEDY) for i in range(6)
    ]
    assert await answers(engine, requests) == [greedy(r.prompt, 24, r.adapter) for r in requests]
    await engine.close()

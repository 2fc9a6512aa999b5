"""An adapter whose words are nonsense, or that was only half copied, never reaches the next player's."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from nanoverse.engine import Engine, Request, Sampling
from nanoverse.engine.adapters import WEIGHTS
from nanoverse.engine.lora import Adapter, AdapterRows
from tests.engine.small_model import limits, prompt

WORDS = Sampling(temperature=0, max_tokens=6)


@pytest.fixture
async def engine(endless_folder: Path) -> AsyncIterator[Engine]:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(2, 512))
    engine.start(asyncio.get_running_loop())
    yield engine
    await engine.close()


def scaled(adapter: Path, folder: Path, a: float, b: float) -> Path:
    """A copy of `adapter` with its halves multiplied, as far as numbers go."""
    shutil.copytree(adapter, folder)
    tensors = load_file(folder / WEIGHTS)
    for name, tensor in tensors.items():
        tensors[name] = (tensor.double() * (a if "lora_A" in name else b)).clamp(-3e38, 3e38).float()
    save_file(tensors, folder / WEIGHTS)
    return folder


async def answers(engine: Engine, *asked: tuple[int, Path | None]) -> list[list[int]]:
    """To prompts of such lengths, all at once, each of a player of their own."""
    generations = [
        engine.generate(Request(prompt(length, length), adapter, length, WORDS)) for length, adapter in asked
    ]
    for generation in generations:
        async for _ in generation:
            pass
        assert generation.adapter_error is None
    return [generation.tokens for generation in generations]


async def overflows(engine: Engine, adapter: Path) -> bool:
    """Whether two players with `adapter`, in both rows, leave a value there that is no number."""
    await answers(engine, (100, adapter), (101, adapter))
    return any(bool((~layer.isfinite()).any()) for layer in engine._worker.runner.cache.layers)


async def test_what_overflows_under_one_adapter_is_gone_for_the_next_request(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    sound = make_adapter(41)
    # The shorter prompt is shown as many cells as the longer one fills, most of them masked.
    mixed: list[tuple[int, Path | None]] = [(20, None), (90, sound)]
    expected = await answers(engine, *mixed)
    spoilt = scaled(make_adapter(42), tmp_path / "spoilt", 1.0, 1.5e38)
    assert await overflows(engine, spoilt), "this adapter does not overflow: it proves nothing"
    assert await answers(engine, *mixed) == expected
    assert await overflows(engine, spoilt)
    assert await answers(engine, *reversed(mixed)) == expected[::-1]


async def test_what_a_huge_adapter_leaves_in_its_stack_harms_no_smaller_one(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    small = make_adapter(43, rank=2)
    expected = await answers(engine, (30, small), (40, small))
    huge = scaled(make_adapter(44, rank=8), tmp_path / "huge", 1e39, 1e-39)
    await answers(engine, (100, huge), (101, huge))
    assert await answers(engine, (30, small), (40, small)) == expected


async def test_an_adapter_that_was_copied_half_way_is_not_taken_for_the_base(
    engine: Engine, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, Path | None]] = [(30, None), (31, None)]
    expected = await answers(engine, *asked)
    load, name = AdapterRows.load, "self_attn.q_proj"

    def break_off(rows: AdapterRows, row: int, adapter: Adapter) -> None:
        load(rows, row, Adapter(adapter.rank, {name: adapter.a[name]}, {name: adapter.b[name]}))
        raise RuntimeError("the copy broke off")

    monkeypatch.setattr(AdapterRows, "load", break_off)
    broken = engine.generate(Request(prompt(1, 30), make_adapter(45), 1, WORDS))
    async for _ in broken:
        pass
    assert broken.finish == "error"
    assert await answers(engine, *reversed(asked)) == expected[::-1], "the second of them runs in that row"


async def test_how_an_adapter_is_split_into_its_halves_makes_no_difference_in_fp16(
    endless_folder: Path, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    plain = make_adapter(46)
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(1, 256), dtype="float16")
    found = []
    for adapter in (plain, scaled(plain, tmp_path / "split", 2.0**15, 2.0**-15)):
        read = engine._read(adapter)
        assert max(float(a.float().norm(dim=1).max()) for a in read.a.values()) <= 1
        found.append({name: read.a[name].float() @ read.b[name].float() for name in read.a})
    torch.testing.assert_close(found[1], found[0], rtol=2e-3, atol=1e-4)

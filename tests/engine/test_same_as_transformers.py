"""In float32 the engine writes exactly the tokens that transformers and peft write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nanoverse.engine import Engine, Request, Sampling
from tests.engine.small_model import limits, prompt

GREEDY = Sampling(temperature=0, max_tokens=24)


async def answers(engine: Engine, requests: list[Request]) -> list[list[int]]:
    generations = [engine.generate(request) for request in requests]
    for generation in generations:
        async for _ in generation:
            pass
        assert generation.error is None and generation.adapter_error is None
        assert generation.adapter == generation.request.adapter
    return [generation.tokens for generation in generations]


@pytest.fixture
async def engine(model_folder: Path) -> Any:
    engine = await asyncio.to_thread(Engine.load, model_folder, limits(6, 512))
    engine.start(asyncio.get_running_loop())
    yield engine
    await engine.close()


async def test_the_base_writes_the_same(engine: Engine, greedy: Callable[..., list[int]]) -> None:
    for length in (1, 11, 12, 13, 150, 400):
        asked = prompt(length, length)
        assert await answers(engine, [Request(asked, sampling=GREEDY)]) == [greedy(asked, 24)]


async def test_every_adapter_writes_the_same(
    engine: Engine, greedy: Callable[..., list[int]], make_adapter: Callable[..., Path]
) -> None:
    asked = prompt(3, 40)
    for adapter in (
        make_adapter(1, rank=1),
        make_adapter(2, rank=8, targets=["q_proj", "v_proj"]),
        make_adapter(3, rank=3, targets=["o_proj", "down_proj"]),
        make_adapter(4, rank=16, use_rslora=True),
        make_adapter(5, rank=4, targets=["v_proj", "up_proj"], layers_to_transform=[1, 3]),
        make_adapter(6, rank=64),
    ):
        expected = greedy(asked, 24, adapter)
        assert expected != greedy(asked, 24), "an adapter that changes nothing proves nothing"
        assert await answers(engine, [Request(asked, adapter, sampling=GREEDY)]) == [expected]


async def test_a_mixed_batch_writes_for_each_what_it_would_get_alone(
    engine: Engine, greedy: Callable[..., list[int]], make_adapter: Callable[..., Path]
) -> None:
    adapters = [
        None,
        make_adapter(11, rank=2, targets=["gate_proj", "k_proj"]),
        make_adapter(12, rank=16),
        None,
        make_adapter(13, rank=5),
        make_adapter(14, rank=8, targets=["up_proj", "q_proj", "o_proj"]),
        make_adapter(15, rank=40),
        None,
    ]
    lengths = [3, 160, 9, 250, 31, 12, 77, 140]
    requests = [
        Request(prompt(50 + i, length), adapter, player=i, sampling=GREEDY)
        for i, (adapter, length) in enumerate(zip(adapters, lengths, strict=True))
    ]
    expected = [greedy(request.prompt, 24, request.adapter) for request in requests]
    assert await answers(engine, requests) == expected
    assert engine.stats().batch > 2, "they did not run together"
    assert await answers(engine, requests[::-1]) == expected[::-1]


async def test_the_next_turn_is_the_same_from_what_the_row_knows_and_after_others_have_had_the_row(
    engine: Engine, greedy: Callable[..., list[int]], make_adapter: Callable[..., Path]
) -> None:
    adapter = make_adapter(6, rank=64)
    asked = prompt(8, 150)
    first = greedy(asked, 24, adapter)
    assert await answers(engine, [Request(asked, adapter, sampling=GREEDY)]) == [first]
    turn = [*asked, *first, *prompt(9, 7)]
    expected = greedy(turn, 24, adapter)

    async def reused() -> int:
        before = engine.stats().reused_tokens
        assert await answers(engine, [Request(turn, adapter, sampling=GREEDY)]) == [expected]
        return engine.stats().reused_tokens - before

    assert await reused() >= 150
    others = [Request(prompt(60 + i, 20), make_adapter(60 + i, rank=2), i, GREEDY) for i in range(6)]
    await answers(engine, others)
    assert await reused() == 0

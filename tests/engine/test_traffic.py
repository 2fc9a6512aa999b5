"""Many players at once on the real engine: nobody gets a word of another's answer, and every slot comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from nanoverse.engine import Engine, Request, Sampling
from tests.engine.small_model import limits, prompt

WORDS = 20


async def test_random_traffic_gives_everyone_their_own_words(
    endless_folder: Path, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    adapters = [None, None, tmp_path / "missing", *(make_adapter(70 + i, rank=2 + 3 * i) for i in range(4))]
    topics = [prompt(90 + i, length) for i, length in enumerate((2, 30, 150, 300))]
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(3, 512, host_adapters=2))
    engine.start(asyncio.get_running_loop())
    greedy = Sampling(temperature=0, max_tokens=WORDS)
    alone: dict[tuple[int, int], list[int]] = {}
    for a, adapter in enumerate(adapters):
        for t, topic in enumerate(topics):
            generation = engine.generate(Request(topic, adapter, sampling=greedy))
            async for _ in generation:
                pass
            alone[a, t] = generation.tokens
    assert len({tuple(tokens) for tokens in alone.values()}) == 5 * len(topics), (
        "base twice and missing are one"
    )

    async def player(number: int) -> None:
        dice = random.Random(number)
        for _ in range(4):
            a, t = dice.randrange(len(adapters)), dice.randrange(len(topics))
            late = dice.choice([None, None, 0.001, 0.05])
            request = Request(topics[t], adapters[a], number, greedy, deadline_s=late)
            generation, patience = engine.generate(request), dice.choice([0, 1, 5, WORDS, WORDS])
            async for _ in generation:
                patience -= 1
                if patience <= 0:
                    generation.cancel()
            count = len(generation.tokens)
            assert generation.tokens == alone[a, t][:count]
            assert count == WORDS or generation.finish in ("cancelled", "deadline")

    async with asyncio.timeout(240):
        await asyncio.gather(*(player(number) for number in range(12)))
    stats = engine.stats()
    assert (stats.waiting, stats.running) == (0, 0)
    assert engine._worker._jobs == {} == engine._worker._by_sequence
    assert all(entry.holders == 0 for entry in engine._worker.host._entries.values())
    await engine.close()

"""The engine under load, as players feel it: its queue, its thread, its caches, adapters as folders on disk.

Every figure is a ratio to a reference measured in the same run, by turns, so that other work on the machine weighs
on both. Words are timed where they are read, in the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from safetensors.torch import save_file
from tokenizers import Tokenizer, models
from torch import Tensor

from nanoverse.adapter_files import CONFIG, WEIGHTS
from nanoverse.engine import Engine, Limits, Request, Sampling
from nanoverse.engine.checkpoint import Checkpoint

from .random_model import random_adapter

FEW = 32  # adapters of the reference: all of them stay in memory
ROUNDS = 3
FLOOD, PROBES = 100, 10  # requests of the one player; questions of others, one after another, in each round
LONG, WRITERS = 4096, 8  # tokens of the long prompt; players who write meanwhile


@dataclass(frozen=True, slots=True)
class Traffic:
    """`rows` requests at once, each of `prompt` tokens and `new` words; `registered` adapters of `rank` on disk."""

    rows: int
    prompt: int
    new: int
    rank: int
    registered: int


def figures(checkpoint: Checkpoint, traffic: Traffic, threads: int) -> dict[str, float]:
    """What players feel, by the names under which it is written down.

    zipf_ratio: throughput over `registered` adapters, some asked for much more than others, by that over FEW of them;
    ttft_ms_p50, ttft_ms_p95: the wait for the first word meanwhile, ms; ttft_idle_ms_p95: the same in an idle engine;
    flood_ratio: p95 of the wait while one player has FLOOD questions in the queue, by that in an idle engine;
    gap_ratio: p99 of the gaps between the words of WRITERS while a prompt of LONG - 1 tokens is read, by that without.
    The prompt is shorter if the model takes no more: 2,047 tokens for the starter.
    """
    with tempfile.TemporaryDirectory() as folder:
        adapters = register(checkpoint, traffic, Path(folder))
        return asyncio.run(_figures(checkpoint, traffic, threads, adapters))


async def _figures(
    checkpoint: Checkpoint, traffic: Traffic, threads: int, adapters: list[Path]
) -> dict[str, float]:
    asking = _Players(checkpoint.shape.vocab, adapters)
    found: dict[str, float] = {}
    async with _engine(
        checkpoint, traffic.rows, traffic.rank, traffic.prompt + traffic.new, threads
    ) as engine:
        found |= await _zipf(engine, asking, traffic)
        found |= await _flood(engine, asking, traffic)
    long = min(LONG, checkpoint.shape.max_positions) - 1
    async with _engine(checkpoint, 1 + min(WRITERS, traffic.rows), traffic.rank, long + 1, threads) as engine:
        found |= await _long_prompt(engine, asking, long)
    return found


def register(checkpoint: Checkpoint, traffic: Traffic, root: Path) -> list[Path]:
    """`registered` adapter folders. Only FEW of them differ, the others are hard links to those, which spares the
    writing of gigabytes: the engine sees as many adapters and reads and checks each, but the system keeps their
    files in its memory, so this is the cost of reading adapters without that of a slow disk."""
    shape, dtype = checkpoint.shape, checkpoint.weights.embed.dtype
    config = {
        "peft_type": "LORA",
        "r": traffic.rank,
        "lora_alpha": traffic.rank,
        "base_model_name_or_path": checkpoint.base_id,
    }
    folders = [root / str(number) for number in range(traffic.registered)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        if number >= FEW:
            for name in (CONFIG, WEIGHTS):
                os.link(folders[number % FEW] / name, folder / name)
            continue
        adapter = random_adapter(shape, traffic.rank, dtype)
        tensors: dict[str, Tensor] = {}
        for side, stacks in (("A", adapter.a), ("B", adapter.b)):
            for module, stack in stacks.items():
                for layer, matrix in enumerate(stack):
                    name = f"base_model.model.model.layers.{layer}.{module}.lora_{side}.weight"
                    tensors[name] = matrix.t().contiguous()
        save_file(tensors, folder / WEIGHTS)
        (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return folders


class _Players:
    """Questions without end, each of a new player, of random words, to a given adapter."""

    def __init__(self, vocab: int, adapters: list[Path]) -> None:
        self._vocab, self.adapters = vocab, adapters
        self._dice, self._numbers = random.Random(0), itertools.count()

    def ask(self, length: int, new: int, number: int | None = None, player: int | None = None) -> Request:
        """To adapter `number`, None for one of the FEW."""
        number = self._dice.randrange(min(FEW, len(self.adapters))) if number is None else number
        return Request(
            self._dice.choices(range(self._vocab), k=length),
            self.adapters[number],
            next(self._numbers) if player is None else player,
            Sampling(max_tokens=new, seed=0),
        )


@contextlib.asynccontextmanager
async def _engine(
    checkpoint: Checkpoint, rows: int, rank: int, context: int, threads: int
) -> AsyncIterator[Engine]:
    words = {f"w{number}": number for number in range(checkpoint.shape.vocab)}
    tokenizer = SimpleNamespace(backend_tokenizer=Tokenizer(models.WordLevel(words, unk_token="w0")))
    limits = Limits(rows, context, rank, host_adapters=2 * FEW, threads=threads, queue_limit=4 * FLOOD)
    engine = Engine(checkpoint, limits, tokenizer)
    engine.start(asyncio.get_running_loop())
    try:
        yield engine
    finally:
        await engine.close()


async def _read(engine: Engine, request: Request) -> list[float]:
    """When it was asked, s, and when each piece of the answer was read."""
    generation, ticks = engine.generate(request), [time.perf_counter()]
    async for _ in generation:
        ticks.append(time.perf_counter())
    if generation.error or generation.adapter_error:
        raise RuntimeError(generation.error or generation.adapter_error)
    return ticks


async def _zipf(engine: Engine, asking: _Players, traffic: Traffic) -> dict[str, float]:
    """As many players as rows, each with the next question once the last is answered: adapter k of the `registered`
    is asked in proportion to 1/k, against the same over the first FEW."""
    count = 4 * traffic.rows
    dice = random.Random(0)

    async def round_of(adapters: int) -> tuple[float, list[float]]:
        odds = [1 / (k + 1) for k in range(adapters)]
        numbers = iter(dice.choices(range(adapters), odds, k=count))
        first_words: list[float] = []

        async def client(numbers: Iterator[int]) -> None:
            for number in numbers:
                ticks = await _read(engine, asking.ask(traffic.prompt, traffic.new, number))
                first_words.append(ticks[1] - ticks[0])

        start = time.perf_counter()
        await asyncio.gather(*(client(numbers) for _ in range(traffic.rows)))
        return count * traffic.new / (time.perf_counter() - start), first_words

    few, many = min(FEW, traffic.registered), traffic.registered
    ratios: list[float] = []
    first_words: list[float] = []
    for turn in range(ROUNDS + 1):
        reference, _ = await round_of(few)
        speed, times = await round_of(many)
        if turn:  # the first fills the caches
            ratios.append(speed / reference)
            first_words += times
    return {
        "zipf_ratio": statistics.median(ratios),
        "ttft_ms_p50": 1e3 * _percentile(first_words, 50),
        "ttft_ms_p95": 1e3 * _percentile(first_words, 95),
    }


async def _flood(engine: Engine, asking: _Players, traffic: Traffic) -> dict[str, float]:
    """The first words of others while one player has FLOOD requests in the queue, against an idle engine."""

    async def probe() -> list[float]:
        ticks = [await _read(engine, asking.ask(traffic.prompt, 1)) for _ in range(PROBES)]
        return [first - asked for asked, first, *_ in ticks]

    idle: list[float] = []
    flooded: list[float] = []
    await probe()
    for _ in range(ROUNDS):
        idle += await probe()
        flood = [engine.generate(asking.ask(traffic.prompt, traffic.new, player=-1)) for _ in range(FLOOD)]
        await anext(flood[0])
        flooded += await probe()
        for generation in flood:
            generation.cancel()
    usual = _percentile(idle, 95)
    return {"ttft_idle_ms_p95": 1e3 * usual, "flood_ratio": _percentile(flooded, 95) / usual}


async def _long_prompt(engine: Engine, asking: _Players, length: int) -> dict[str, float]:
    """The gaps between the words of others while a prompt of `length` tokens is read, against those without."""
    gaps: list[tuple[float, float]] = []  # (when it ended, how long it was), s

    async def write() -> None:
        while True:
            before = None
            async for _ in engine.generate(asking.ask(min(16, length), length)):
                now = time.perf_counter()
                if before is not None:
                    gaps.append((now, now - before))
                before = now

    async def read() -> tuple[float, float]:
        asked, answered, *_ = await _read(engine, asking.ask(length, 1))
        return asked, answered

    writers = [asyncio.create_task(write()) for _ in range(engine.stats().slots - 1)]
    asked, answered = await read()  # only to learn how long the calm between is to last
    first = answered
    reads: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        await asyncio.sleep(answered - asked)
        asked, answered = await read()
        reads.append((asked, answered))
    for writer in writers:
        writer.cancel()
    await asyncio.gather(*writers, return_exceptions=True)
    disturbed = [gap for end, gap in gaps if any(start < end <= stop for start, stop in reads)]
    calm = [gap for end, gap in gaps if first < end and not any(start < end <= stop for start, stop in reads)]
    return {"gap_ratio": _percentile(disturbed, 99) / _percentile(calm, 99)}


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]

"""The device runs out of memory, or breaks: whoever it hits is told, everyone else is answered as ever."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nanoverse.engine import (
    Engine,
    Generation,
    ModelError,
    Request,
    Sampling,
    checkpoint,
    device,
    recovery,
    sampler,
    worker,
)
from nanoverse.engine import (
    engine as engines,
)
from nanoverse.engine.graphs import Recordings
from nanoverse.engine.kv import KVCache
from nanoverse.engine.runner import Runner
from tests.engine.small_model import limits, prompt
from tests.engine.tape import Recorder
from tests.engine.test_engine import until

WORDS = Sampling(temperature=0, max_tokens=30)
NO_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
NO_KERNEL = (
    "CUDA error: no kernel image is available for execution on the device\n"
    "CUDA kernel errors might be asynchronously reported at some other API call."
)
# What cuBLAS says when the card has no memory for its own workspace.
SHORT_OF_MEMORY = [
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
    "CUDA error: out of memory",
]
BROKEN = [
    torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"),
]


class Clock:
    """What the engine's thread takes for the time."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(worker, "time", clock)
    return clock


@pytest.fixture
async def engine(endless_folder: Path) -> AsyncIterator[Engine]:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(4, 512))
    engine.start(asyncio.get_running_loop())
    yield engine
    await engine.close()


@pytest.fixture
def card(engine: Engine) -> Engine:
    """As if on a card: on a device that computes as the CPU does, but goes by another name."""
    engine._worker.runner.device = torch.device("cpu:0")
    return engine


def fail(
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    error: Exception,
    after: int,
    times: int = 1,
    of: Any = Runner,
) -> None:
    """Lets `method` of the runner or another part raise `error`, `times` times, after as many good calls."""
    original, calls = getattr(of, method), iter(range(10**6))

    def step(*arguments: Any) -> Any:
        if after <= next(calls) < after + times:
            raise error
        return original(*arguments)

    monkeypatch.setattr(of, method, step)


def ask(engine: Engine, count: int, adapter: Path | None = None) -> list[Generation]:
    return [engine.generate(Request(prompt(n, 20 + n), adapter, n, WORDS)) for n in range(count)]


async def read(generations: list[Generation]) -> list[list[int]]:
    async with asyncio.timeout(60):
        for generation in generations:
            async for _ in generation:
                pass
    return [generation.tokens for generation in generations]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            torch.AcceleratorError(NO_KERNEL),
            "The device cpu:0 cannot compute the model (CUDA error: no kernel ",
        ),
        (NO_MEMORY, "There is too little memory on cpu:0 for "),
    ],
)
async def test_a_card_that_cannot_hold_or_compute_the_model_is_left_for_the_cpu_unless_it_was_asked_for(
    engine: Engine,
    endless_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    words: str,
) -> None:
    monkeypatch.setattr(
        engines, "choose_device", lambda name: torch.device("cpu" if name == "cpu" else "cpu:0")
    )
    with monkeypatch.context() as once:
        fail(once, "__init__", error, after=0, of=KVCache)
        found = await asyncio.to_thread(Engine.load, endless_folder, limits(4, 512))
    (said,) = [record.getMessage() for record in caplog.records if record.name.startswith("nanoverse")]
    assert said.startswith(words) and said.endswith(". The CPU takes it.")
    found.start(asyncio.get_running_loop())
    assert await read(ask(found, 4)) == await read(ask(engine, 4))
    await found.close()
    fail(monkeypatch, "__init__", error, after=0, of=KVCache)
    with pytest.raises(ModelError, match=f"with --device cpu the CPU does: {re.escape(words)}"):
        await asyncio.to_thread(Engine.load, endless_folder, limits(4, 512), device="cuda")


async def test_without_memory_half_of_the_rows_are_given_up_and_the_others_write_on(
    engine: Engine, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = make_adapter(31)
    expected, before = await read(ask(engine, 6, adapter)), engine.stats()
    fail(monkeypatch, "step", NO_MEMORY, after=15)
    generations = ask(engine, 6, adapter)
    await read(generations)
    hit = [generation for generation in generations if generation.finish == "error"]
    assert len(hit) == 2, "those in the upper half of four rows"
    for generation in hit:
        assert generation.error is not None and "no memory left" in generation.error
    for generation, tokens in zip(generations, expected, strict=True):
        assert generation in hit or generation.tokens == tokens
    after = engine.stats()
    assert (before.slots, after.slots) == (4, 2)
    assert after.kv_bytes == before.kv_bytes // 2
    assert (after.waiting, after.running) == (0, 0)


async def test_without_memory_nobody_is_given_up_where_nobody_runs_in_the_rows_that_are(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, "step", NO_MEMORY, after=15)
    found = await read(ask(engine, 2))  # in the first two of four rows
    assert engine.stats().slots == 2
    assert await read(ask(engine, 2)) == found


async def test_memory_that_stays_short_costs_requests_but_never_the_engine(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await read(ask(engine, 6))
    fail(monkeypatch, "step", NO_MEMORY, after=3, times=3)
    await read(ask(engine, 4))
    assert engine.stats().slots == 1
    assert await read(ask(engine, 6)) == expected


@pytest.mark.parametrize("again", [0, 1])
async def test_who_runs_alone_ends_without_memory_and_what_was_kept_for_speed_is_given_back(
    endless_folder: Path, monkeypatch: pytest.MonkeyPatch, again: int
) -> None:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(1, 512))
    runner = engine._worker.runner
    kept = runner.recordings = Recordings(runner.model, runner.cache, runner.adapters, Recorder())
    engine.start(asyncio.get_running_loop())
    expected = await read(ask(engine, 2))
    assert kept._recorded
    runner.device = torch.device("cpu:0")  # as `card`
    fail(monkeypatch, "step", NO_MEMORY, after=0)
    fail(monkeypatch, "resize", NO_MEMORY, after=0, times=again, of=KVCache)
    (hit,) = ask(engine, 1)
    await read([hit])
    assert kept._recorded == {}
    assert hit.finish == "error"
    assert await read(ask(engine, 2)) == expected
    assert (engine._worker.runner is runner) == (not again), "or it is the CPU's"
    await engine.close()


async def test_memory_that_runs_out_while_words_are_drawn_changes_none_of_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask() -> list[Generation]:
        chance = [Sampling(seed=n, max_tokens=30, logprobs=True) for n in range(2)]
        return [engine.generate(Request(prompt(n, 20), None, n, chance[n])) for n in range(2)]

    fail(monkeypatch, "_likeliest", NO_MEMORY, after=5, of=sampler)
    found = await read(hit := ask())  # in the first two of four rows
    assert engine.stats().slots == 2
    assert [len(generation.logprobs) for generation in hit] == [30, 30]
    assert await read(ask()) == found


@pytest.mark.parametrize("words", SHORT_OF_MEMORY)
async def test_a_card_that_is_short_of_memory_is_not_broken(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    assert device.out_of_memory(RuntimeError(words)) and not device.broken(RuntimeError(words))
    assert not device.broken(torch.AcceleratorError(words))
    expected, runner = await read(ask(engine, 4)), engine._worker.runner
    fail(monkeypatch, "step", RuntimeError(words), after=3)
    await read(ask(engine, 4))
    assert engine.stats().slots == 2 and engine._worker.runner is runner
    assert await read(ask(engine, 4)) == expected


async def test_where_half_of_the_rows_find_no_memory_either_fewer_do(
    clock: Clock, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, runner = await read(ask(engine, 4)), engine._worker.runner
    fail(monkeypatch, "step", NO_MEMORY, after=5)
    fail(monkeypatch, "resize", NO_MEMORY, after=0, of=KVCache)
    generations = ask(engine, 4)
    await read(generations)
    assert [generation.finish for generation in generations].count("error") == 3, "all but the first row's"
    assert engine.stats().slots == 1 and engine._worker.runner is runner
    assert await read(ask(engine, 4)) == expected
    clock.now = recovery.REGAIN_AFTER
    assert await read(ask(engine, 4)) == expected
    assert engine.stats().slots == 4


@pytest.mark.parametrize(("error", "times"), [(NO_MEMORY, 2), (BROKEN[0], 1)])
async def test_where_not_even_one_row_finds_memory_the_engine_goes_on_on_the_cpu(
    card: Engine, monkeypatch: pytest.MonkeyPatch, error: Exception, times: int
) -> None:
    expected, runner = await read(ask(card, 6)), card._worker.runner
    fail(monkeypatch, "step", NO_MEMORY, after=5)
    fail(monkeypatch, "resize", error, after=0, times=times, of=KVCache)
    generations = ask(card, 6)
    await read(generations)
    hit = [generation for generation in generations if generation.finish == "error"]
    assert len(hit) == 4, "all that ran"
    for generation in hit:
        assert generation.error is not None and "on the CPU" in generation.error
    assert card._worker.runner is not runner
    assert card.stats().slots == 4
    assert await read(ask(card, 6)) == expected


async def test_a_cpu_without_memory_for_even_one_row_says_so_and_reads_no_second_model(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_again: list[Any] = []
    monkeypatch.setattr(checkpoint, "load", lambda *arguments: read_again.append(arguments))
    fail(monkeypatch, "step", NO_MEMORY, after=5)
    fail(monkeypatch, "resize", NO_MEMORY, after=0, times=2, of=KVCache)
    generations = ask(engine, 6)
    await read(generations)
    assert read_again == []
    for generation in generations:
        assert generation.error is not None and "must be restarted" in generation.error
    assert engine.stats().failure == generations[0].error


async def test_the_cpu_is_asked_for_how_many_it_has_memory_where_it_takes_over(
    card: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected, one = await read(ask(card, 4)), card.stats()
    half = (one.kv_bytes + one.adapter_bytes) // 2
    free = 2 * half + card._checkpoint.weights.bytes  # of which there will be a second copy
    (tmp_path / "meminfo").write_text(f"MemAvailable: {free // 1024 + 1} kB\n")
    monkeypatch.setattr(device, "MEMORY_INFO", tmp_path / "meminfo")
    fail(monkeypatch, "step", BROKEN[0], after=10)
    await read(ask(card, 4))
    assert await read(ask(card, 4)) == expected
    assert (card.stats().slots, card.stats().kv_bytes) == (2, one.kv_bytes // 2)


async def test_all_rows_come_back_at_once_after_a_while_without_error(
    clock: Clock, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await read(ask(engine, 6))
    fail(monkeypatch, "step", NO_MEMORY, after=3, times=2)
    await read(ask(engine, 6))
    least, slots = engine.stats().kv_bytes, []
    # Memory ran out twice at the time 0, so the first patience was not enough.
    for now in (0, 1, 2):
        clock.now = now * recovery.REGAIN_AFTER
        assert await read(ask(engine, 6)) == expected
        slots.append(engine.stats().slots)
    assert slots == [1, 1, 4]
    assert engine.stats().kv_bytes == 4 * least


async def test_memory_that_runs_out_once_a_night_costs_the_same_few_minutes_every_night(
    clock: Clock, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for night in range(4):
        clock.now = night * 86_400.0
        with monkeypatch.context() as once:
            fail(once, "step", NO_MEMORY, after=0)
            await read(ask(engine, 2))
        assert engine.stats().slots == 2
        clock.now += recovery.REGAIN_AFTER
        await read(ask(engine, 2))
        assert engine.stats().slots == 4


async def test_memory_that_runs_out_again_at_once_is_waited_for_longer(
    clock: Clock, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = []
    for minutes in (0, 5, 10, 15, 20, 35):
        clock.now = minutes * 60.0
        with monkeypatch.context() as once:
            if minutes in (0, 5, 15):  # the last two times just after the rows came back
                fail(once, "step", NO_MEMORY, after=0)
            await read(ask(engine, 2))
        slots.append(engine.stats().slots)
    assert slots == [2, 2, 2, 2, 2, 4]


async def test_who_is_writing_while_rows_come_back_writes_on(
    clock: Clock, engine: Engine, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = make_adapter(31)
    expected = await read(ask(engine, 2, adapter))
    fail(monkeypatch, "step", NO_MEMORY, after=0)
    await read(ask(engine, 4))
    assert engine.stats().slots == 2
    step, words = Runner.step, iter(range(10**6))

    def later(*arguments: Any) -> Any:
        if next(words) == 10:
            clock.now = recovery.REGAIN_AFTER
        return step(*arguments)

    monkeypatch.setattr(Runner, "step", later)
    assert await read(ask(engine, 2, adapter)) == expected
    assert engine.stats().slots == 4


async def test_rows_that_still_find_no_memory_cost_nobody_anything(
    clock: Clock, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await read(ask(engine, 6))
    fail(monkeypatch, "step", NO_MEMORY, after=3)
    await read(ask(engine, 6))
    fail(monkeypatch, "resize", NO_MEMORY, after=0, of=KVCache)
    clock.now = recovery.REGAIN_AFTER
    assert await read(ask(engine, 6)) == expected
    assert engine.stats().slots == 2
    clock.now += 2 * recovery.REGAIN_AFTER
    assert await read(ask(engine, 6)) == expected
    assert engine.stats().slots == 4


async def test_an_adapter_without_memory_fails_its_request_and_no_waiting_one(
    engine: Engine, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = make_adapter(31)
    expected = await read(ask(engine, 6, adapter))
    fail(monkeypatch, "place", NO_MEMORY, after=0)
    generations = ask(engine, 6, adapter)
    await read(generations)
    assert 1 <= sum(generation.finish == "error" for generation in generations) <= 3
    for generation, tokens in zip(generations, expected, strict=True):
        assert generation.finish == "error" or generation.tokens == tokens
    assert engine.stats().waiting == 0


@pytest.mark.parametrize("error", BROKEN)
async def test_a_broken_device_is_left_for_the_cpu_and_said_so(
    card: Engine,
    make_adapter: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    adapter = make_adapter(31)
    expected = await read(ask(card, 6, adapter))
    first = card._worker.runner
    fail(monkeypatch, "step", error, after=10)
    with caplog.at_level(logging.ERROR):
        generations = ask(card, 6, adapter)
        await read(generations)
    hit = [generation for generation in generations if generation.finish == "error"]
    assert len(hit) == 4, "all that ran"
    for generation in hit:
        assert generation.error is not None and "on the CPU" in generation.error
    assert any("moves to the CPU" in record.message for record in caplog.records)
    assert card._worker.runner is not first
    assert (card.stats().device, card.stats().slots) == ("cpu", 4)
    assert await read(ask(card, 6, adapter)) == expected, "on weights that were read again"
    assert card.training_model().device == torch.device("cpu")


async def test_who_ran_on_a_broken_device_hears_of_it_before_the_model_is_read_again(
    card: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, told, load = await read(ask(card, 4)), threading.Event(), checkpoint.load

    def slowly(*arguments: Any) -> Any:
        assert told.wait(30), "they wait for the model"
        return load(*arguments)

    monkeypatch.setattr(checkpoint, "load", slowly)
    fail(monkeypatch, "step", BROKEN[0], after=10)
    generations = ask(card, 4)
    await read(generations)
    for generation in generations:
        assert generation.error is not None and "on the CPU" in generation.error
    told.set()
    assert await read(ask(card, 4)) == expected


async def test_a_device_that_breaks_while_an_adapter_is_forgotten_is_left_for_the_cpu(
    card: Engine, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = make_adapter(31)
    expected = await read(ask(card, 6, adapter))
    first = card._worker.runner
    fail(monkeypatch, "place", BROKEN[0], after=0)
    card.forget(adapter)
    await until(lambda: card._worker.runner is not first)
    assert await read(ask(card, 6, adapter)) == expected
    await until(lambda: not card._worker._forgotten)

"""The engine's face: streaming, cancelling, deadlines, fairness, failures. Real model, real thread, real loop."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from nanoverse.engine import (
    Engine,
    EngineBusy,
    Generation,
    ModelError,
    Request,
    Sampling,
    gemma,
    linear,
    worker,
)
from nanoverse.engine.engine import CHUNK
from nanoverse.engine.kv import SPARE
from nanoverse.engine.linear import _onednn
from tests.engine.small_model import limits, prompt

LONG = Sampling(temperature=0, max_tokens=450)
SHORT = Sampling(temperature=0, max_tokens=12)


@asynccontextmanager
async def running(folder: Path, **options: Any) -> AsyncIterator[Engine]:
    settings = {"slots": 2, "context": 512, **options}
    engine = await asyncio.to_thread(Engine.load, folder, limits(**settings))
    engine.start(asyncio.get_running_loop())
    try:
        yield engine
    finally:
        await engine.close()


@pytest.fixture
async def engine(endless_folder: Path) -> AsyncIterator[Engine]:
    async with running(endless_folder) as engine:
        yield engine


async def read(generation: Generation) -> str:
    return "".join([piece async for piece in generation])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        for _ in iter(condition, True):
            await asyncio.sleep(0.01)


async def test_words_come_one_by_one_and_make_up_the_text(engine: Engine) -> None:
    generation = engine.generate(Request(prompt(1, 20), sampling=LONG))
    pieces = [piece async for piece in generation]
    assert len(pieces) > 1
    whole = engine.tokenizer.decode(generation.tokens, skip_special_tokens=True).rstrip("\ufffd")
    assert "".join(pieces) == generation.text == whole
    assert (generation.finish, len(generation.tokens)) == ("length", 450)
    assert generation.adapter is None and generation.adapter_error is None


async def test_a_slow_reader_gets_everything_in_one_piece(engine: Engine) -> None:
    generation = engine.generate(Request(prompt(1, 20), sampling=SHORT))
    await until(lambda: generation.finish is not None)
    assert [piece async for piece in generation] == [generation.text]


async def test_the_answer_ends_with_the_context(engine: Engine) -> None:
    generation = engine.generate(Request(prompt(1, 510), sampling=SHORT))
    await read(generation)
    assert (generation.finish, len(generation.tokens)) == ("length", 2)


async def test_a_stop_string_ends_the_text_before_it(engine: Engine) -> None:
    whole = await read(engine.generate(Request(prompt(1, 20), sampling=LONG)))
    stop = whole[40:43]
    generation = engine.generate(
        Request(prompt(1, 20), sampling=Sampling(temperature=0, max_tokens=450, stop=(stop,)))
    )
    assert await read(generation) == whole[: whole.index(stop)]
    assert generation.finish == "stop"


async def test_the_models_own_stop_token_ends_the_answer(model_folder: Path, reference: Any) -> None:
    asked = prompt(9, 10)
    with torch.no_grad():
        likeliest = int(reference(input_ids=torch.tensor([asked])).logits[0, -1].argmax())
    (model_folder / "generation_config.json").write_text(f'{{"eos_token_id": [1, {likeliest}]}}')
    try:
        async with running(model_folder) as engine:
            generation = engine.generate(Request(asked, sampling=SHORT))
            assert await read(generation) == ""
            assert (generation.finish, generation.tokens) == ("stop", [])
    finally:
        (model_folder / "generation_config.json").unlink()


async def test_cancelling_frees_the_slot_for_the_next_in_line(engine: Engine) -> None:
    first, second = (engine.generate(Request(prompt(p, 5), player=p, sampling=LONG)) for p in (1, 2))
    third = engine.generate(Request(prompt(3, 5), player=3, sampling=SHORT))
    await anext(first)
    first.cancel()
    await read(third)
    assert first.finish == "cancelled"
    assert third.finish == "length"
    assert second.finish is None, "the third had to wait for the second, not for the cancelled one"
    second.cancel()
    await read(second)
    assert second.finish == "cancelled"
    assert engine.stats().running == 0


async def test_cancelling_the_reading_task_cancels_the_answer(engine: Engine) -> None:
    generation = engine.generate(Request(prompt(1, 5), sampling=LONG))
    started = asyncio.Event()

    async def reader() -> None:
        async for _ in generation:
            started.set()

    task = asyncio.create_task(reader())
    await started.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await read(generation)
    assert generation.finish == "cancelled"
    assert 0 < len(generation.tokens) < 450


async def test_cancelling_a_finished_answer_changes_nothing(engine: Engine) -> None:
    generation = engine.generate(Request(prompt(1, 5), sampling=SHORT))
    text = await read(generation)
    generation.cancel()
    assert (generation.finish, generation.text) == ("length", text)


async def test_a_deadline_ends_what_is_being_written(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = (
        itertools.count()
    )  # of the engine's thread at its clock, one or more a step; it jumps after the hundredth
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 3600 * (next(looks) > 100))
    monkeypatch.setattr(worker, "time", clock)
    generation = engine.generate(Request(prompt(1, 5), sampling=LONG, deadline_s=1800))
    await read(generation)
    assert generation.finish == "deadline"
    assert 0 < len(generation.tokens) < 450


async def test_a_deadline_ends_what_is_still_waiting(engine: Engine) -> None:
    ahead = [engine.generate(Request(prompt(p, 5), player=p, sampling=LONG)) for p in (1, 2)]
    late = engine.generate(Request(prompt(3, 5), player=3, sampling=LONG, deadline_s=0.0))
    await read(late)
    assert (late.finish, late.tokens) == ("deadline", [])
    assert all(generation.finish is None for generation in ahead)


async def test_a_full_queue_answers_busy_at_once(endless_folder: Path) -> None:
    async with running(endless_folder, slots=1, queue_limit=3) as engine:
        first = engine.generate(Request(prompt(1, 5), player=1, sampling=LONG))
        await anext(first)
        for player in (1, 2, 3):
            engine.generate(Request(prompt(player, 5), player=player, sampling=SHORT))
        assert engine.stats().waiting == 3
        assert engine.full
        with pytest.raises(EngineBusy, match="3 requests are waiting"):
            engine.generate(Request(prompt(4, 5), player=4, sampling=SHORT))


async def test_one_player_cannot_fill_the_queue(endless_folder: Path) -> None:
    async with running(endless_folder, slots=1, queue_limit=4) as engine:
        await anext(engine.generate(Request(prompt(1, 5), player=1, sampling=LONG)))
        for _ in range(2):
            engine.generate(Request(prompt(1, 5), player=1, sampling=SHORT))
        with pytest.raises(EngineBusy, match="This player has 2"):
            engine.generate(Request(prompt(1, 5), player=1, sampling=SHORT))
        other = engine.generate(Request(prompt(2, 5), player=2, sampling=SHORT))
        await read(other)
        assert other.finish == "length"


async def test_everyone_is_served_although_all_finish_together(engine: Engine) -> None:
    one = Sampling(temperature=0, max_tokens=1)
    generations = [engine.generate(Request(prompt(p, 5), player=p, sampling=one)) for p in range(20)]
    async with asyncio.timeout(30):
        for generation in generations:
            await read(generation)
            assert generation.finish == "length"


async def test_the_same_seed_writes_the_same_text_in_any_company(engine: Engine) -> None:
    def ask(seed: int, player: int = 1) -> Generation:
        sampling = Sampling(temperature=1.5, max_tokens=40, seed=seed)
        return engine.generate(Request(prompt(1, 30), player=player, sampling=sampling))

    alone = await read(ask(5))
    asked, mate = ask(5), ask(6, player=2)
    assert await read(asked) == alone
    assert await read(mate) != alone


async def test_without_a_seed_the_text_differs(engine: Engine) -> None:
    request = Request(prompt(1, 30), sampling=Sampling(temperature=1.5, max_tokens=40))
    assert await read(engine.generate(request)) != await read(engine.generate(request))


async def test_the_next_turn_reuses_its_prefix_and_says_the_same(
    engine: Engine, endless_folder: Path
) -> None:
    first = engine.generate(Request(prompt(1, 200), sampling=SHORT))
    await read(first)
    turn = [*prompt(1, 200), *first.tokens, *prompt(2, 9)]
    again = engine.generate(Request(turn, sampling=SHORT))
    await read(again)
    assert engine.stats().reused_tokens == 200 + len(first.tokens) - 1
    async with running(endless_folder) as fresh:
        expected = fresh.generate(Request(turn, sampling=SHORT))
        await read(expected)
        assert again.tokens == expected.tokens
        assert fresh.stats().reused_tokens == 0


async def test_prompts_that_cannot_be_answered_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="512 tokens"):
        engine.generate(Request(prompt(1, 512)))
    for wrong in ([], [-1], [320]):
        with pytest.raises(ValueError, match="vocabulary"):
            engine.generate(Request(wrong))


async def test_an_adapter_that_cannot_be_used_leaves_the_answer_to_the_base(
    engine: Engine, tmp_path: Path
) -> None:
    expected = await read(engine.generate(Request(prompt(1, 20), sampling=SHORT)))
    missing = tmp_path / "nobody"
    generation = engine.generate(Request(prompt(1, 20), missing, sampling=SHORT))
    assert await read(generation) == expected
    assert generation.adapter is None
    assert generation.adapter_error == f"There is no adapter folder at {missing}."
    assert generation.finish == "length"


async def test_a_mended_adapter_is_tried_again(
    engine: Engine, tmp_path: Path, make_adapter: Callable[..., Path]
) -> None:
    folder = tmp_path / "late"
    await read(engine.generate(Request(prompt(1, 20), folder, sampling=SHORT)))
    make_adapter(1, folder=folder)
    generation = engine.generate(Request(prompt(1, 20), folder, sampling=SHORT))
    await read(generation)
    assert (generation.adapter, generation.adapter_error) == (folder, None)


async def test_more_adapters_than_memory_holds_all_get_their_turn(
    model_folder: Path, make_adapter: Callable[..., Path], greedy: Callable[..., list[int]]
) -> None:
    adapters = [make_adapter(seed, rank=2) for seed in range(5)]
    asked = prompt(4, 20)
    expected = [greedy(asked, 12, adapter) for adapter in adapters]
    async with running(model_folder, host_adapters=1) as engine:
        for _ in range(2):  # the second time after eviction
            generations = [
                engine.generate(Request(asked, adapter, player=p, sampling=SHORT))
                for p, adapter in enumerate(adapters)
            ]
            for generation in generations:
                await read(generation)
            assert [generation.tokens for generation in generations] == expected
        assert engine.stats().host_adapters == 1


async def test_prefetching_reads_the_adapter_before_it_is_asked_for(
    engine: Engine, make_adapter: Callable[..., Path]
) -> None:
    adapter = make_adapter(1)
    engine.prefetch(adapter)
    await until(lambda: engine.stats().host_adapter_bytes > 0)
    await read(engine.generate(Request(prompt(1, 20), adapter, sampling=SHORT)))
    stats = engine.stats()
    assert (stats.adapter_hits, stats.adapter_misses) == (1, 1)


async def test_an_adapter_is_read_while_its_request_waits_for_a_slot(
    engine: Engine, make_adapter: Callable[..., Path]
) -> None:
    ahead = [engine.generate(Request(prompt(p, 5), player=p, sampling=LONG)) for p in (1, 2)]
    await anext(ahead[0])
    waiting = engine.generate(Request(prompt(3, 5), make_adapter(1), player=3, sampling=SHORT))
    await until(lambda: engine.stats().host_adapter_bytes > 0)
    assert engine.stats().waiting == 1, "it has no slot yet"
    ahead[0].cancel()
    await read(waiting)
    assert waiting.finish == "length"


async def test_a_new_version_does_not_disturb_what_the_one_before_it_is_writing(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    asked = prompt(1, 20)
    old, new = (make_adapter(seed, folder=tmp_path / str(seed)) for seed in (51, 52))
    alone = []
    for version in (old, new):
        generation = engine.generate(Request(asked, version, sampling=LONG))
        await read(generation)
        alone.append(generation.tokens)
    before = engine.generate(Request(asked, old, player=1, sampling=LONG))
    await anext(before)
    shutil.rmtree(old)
    engine.forget(old)
    after = engine.generate(Request(asked, new, player=2, sampling=LONG))
    await anext(after)
    assert before.finish is None, "it still writes"
    for generation in (before, after):
        await read(generation)
    assert [before.tokens, after.tokens] == alone
    assert (before.adapter, after.adapter) == (old, new)


async def test_a_failing_step_ends_its_requests_and_the_engine_goes_on(engine: Engine) -> None:
    expected = await read(engine.generate(Request(prompt(1, 20), sampling=SHORT)))
    layers = engine._worker.runner.cache.layers
    engine._worker.runner.cache.layers = ()  # a fault that a step cannot survive
    broken = engine.generate(Request(prompt(2, 20), sampling=SHORT))
    await read(broken)
    assert broken.finish == "error"
    assert broken.error is not None and "The model failed on this request" in broken.error
    engine._worker.runner.cache.layers = layers
    assert await read(engine.generate(Request(prompt(1, 20), sampling=SHORT))) == expected


async def test_an_adapter_that_finds_no_room_fails_its_request_alone(
    engine: Engine, make_adapter: Callable[..., Path]
) -> None:
    rows = engine._worker.runner.adapters
    allocate, rows._zeros = rows._zeros, None  # type: ignore[method-assign, assignment]
    broken = engine.generate(Request(prompt(1, 20), make_adapter(1, rank=9), sampling=SHORT))
    await read(broken)
    assert (broken.finish, broken.tokens) == ("error", [])
    rows._zeros = allocate  # type: ignore[method-assign]
    sound = engine.generate(Request(prompt(1, 20), make_adapter(1, rank=9), sampling=SHORT))
    await read(sound)
    assert (sound.finish, engine.stats().running, engine.stats().waiting) == ("length", 0, 0)


def break_down(engine: Engine) -> None:
    """A fault outside of any step ends the thread."""
    engine._worker._scheduler.plan = None  # type: ignore[assignment, method-assign]


async def test_an_engine_whose_thread_has_died_says_so_to_everyone(engine: Engine) -> None:
    generation = engine.generate(Request(prompt(1, 5), sampling=LONG))
    await anext(generation)
    break_down(engine)
    await read(generation)
    assert generation.finish == "error"
    assert generation.error is not None and "must be restarted" in generation.error
    with pytest.raises(ModelError, match="must be restarted"):
        engine.generate(Request(prompt(1, 5)))
    assert engine.stats().failure == generation.error


async def test_an_engine_whose_thread_has_died_counts_nobody_any_more(engine: Engine) -> None:
    generations = [engine.generate(Request(prompt(p, 5), player=p, sampling=LONG)) for p in range(4)]
    await anext(generations[0])
    assert (engine.stats().running, engine.stats().waiting) == (2, 2)
    break_down(engine)
    for generation in generations:
        await read(generation)
    assert (engine.stats().running, engine.stats().waiting) == (0, 0)


async def test_an_engine_whose_thread_cannot_begin_says_so(
    endless_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(count: int) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(worker, "use_cores", no_thread)
    async with running(endless_folder) as engine:
        await until(lambda: not engine._worker._thread.is_alive())
        with pytest.raises(ModelError, match="new thread"):
            engine.generate(Request(prompt(1, 5)))


async def test_closing_ends_everything_and_takes_nothing_more(endless_folder: Path) -> None:
    async with running(endless_folder) as engine:
        generations = [engine.generate(Request(prompt(p, 5), player=p, sampling=LONG)) for p in range(4)]
        await anext(generations[0])
        await engine.close()
        for generation in generations:
            await read(generation)
            assert generation.finish == "cancelled"
        with pytest.raises(ModelError, match="closed"):
            engine.generate(Request(prompt(1, 5)))


async def test_an_engine_that_was_never_started_says_so(endless_folder: Path) -> None:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(1, 64))
    with pytest.raises(ModelError, match="not been started"):
        engine.generate(Request([1]))
    await engine.close()


async def test_statistics_count_what_happened(engine: Engine) -> None:
    for player in (1, 2):
        await read(engine.generate(Request(prompt(player, 20), player=player, sampling=SHORT)))
    stats = engine.stats()
    assert (stats.waiting, stats.running, stats.slots) == (0, 0, 2)
    assert (stats.tokens, stats.prompt_tokens) == (24, 40)
    assert stats.failure is None
    assert stats.first_word_ms_p95 >= stats.first_word_ms_p50 > 0
    # 2 slots, 1 kv head of 16, keys and values in fp32; 1 global layer of 512 cells, 3 rings of 12 and what is spare.
    assert stats.kv_bytes == 2 * 2 * 16 * 4 * (512 + 3 * (12 + SPARE))


@pytest.mark.parametrize("length", [1, CHUNK, CHUNK + 1])
async def test_every_token_of_a_prompt_counts_as_read_or_as_reused(engine: Engine, length: int) -> None:
    for _ in range(2):
        await read(engine.generate(Request(prompt(1, length), sampling=SHORT)))
    stats = engine.stats()
    assert (stats.prompt_tokens, stats.reused_tokens) == (length + 1, length - 1)


@pytest.mark.skipif(not _onednn(), reason="this torch lays out no second copy")
@pytest.mark.parametrize("memory", [0, 2**50])
def test_weights_that_are_kept_twice_are_counted_twice(
    endless_folder: Path, monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    monkeypatch.setattr(gemma, "memory_bytes", lambda: memory)
    monkeypatch.setattr(linear, "by_intel", lambda: False)
    engine = Engine.load(endless_folder, limits(1, 64))
    once = engine._checkpoint.weights.bytes
    vectors = 4 * (4 * (4 * 64 + 2 * 16) + 64)  # norms, which have no other layout
    assert engine.stats().weights_bytes == (2 * once - vectors if memory else once)


async def test_torch_threads_of_other_threads_are_left_alone(endless_folder: Path) -> None:
    before = torch.get_num_threads()
    async with running(endless_folder, threads=before + 1) as engine:
        await read(engine.generate(Request(prompt(1, 5), sampling=SHORT)))
        assert torch.get_num_threads() == before

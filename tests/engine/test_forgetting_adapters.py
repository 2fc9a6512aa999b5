"""An adapter that is gone from the disk is gone from memory, with all that its row knew of its talk."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from nanoverse.engine import Engine, Generation, Request, Sampling
from tests.engine.small_model import limits, prompt
from tests.engine.test_engine import until

LONG = Sampling(temperature=0, max_tokens=200)
SHORT = Sampling(temperature=0, max_tokens=12)
ASKED = prompt(1, 30)


@pytest.fixture
async def engine(endless_folder: Path) -> AsyncIterator[Engine]:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(2, 512))
    engine.start(asyncio.get_running_loop())
    yield engine
    await engine.close()


def ask(engine: Engine, adapter: Path | None, sampling: Sampling = SHORT, player: int = 1) -> Generation:
    return engine.generate(Request(ASKED, adapter, player, sampling))


async def read(generation: Generation) -> list[int]:
    async for _ in generation:
        pass
    assert generation.adapter == generation.request.adapter
    return generation.tokens


def remove(engine: Engine, adapter: Path) -> None:
    shutil.rmtree(adapter)
    engine.forget(adapter)


def known(engine: Engine, adapter: Path) -> set[str]:
    """What is left of `adapter`, or of somebody's words, in rows where nobody runs."""
    thread = engine._worker
    runner, found = thread.runner, set()
    for number, row in enumerate(thread._scheduler.rows):
        if number not in thread._scheduler.running:
            found |= {"its name"} if adapter in (row.adapter, runner._placed[number]) else set()
            found |= {"words"} if row.tokens else set()
            found |= (
                {"keys and values"}
                if any(bool(layer[number].any()) for layer in runner.cache.layers)
                else set()
            )
            stacks = runner.adapters._stacks.values()
            weights = [half[:, number] for stack in stacks for half in (stack.a, stack.b)]
            found |= {"weights"} if any(bool(half.any()) for half in weights) else set()
            found |= {"weights beyond"} if not runner.adapters.in_stacks(number) else set()
    return found


async def test_nothing_is_left_of_an_adapter_that_is_gone_nor_of_what_it_was_asked(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    adapter = make_adapter(1, rank=12, folder=tmp_path / "adapter")
    await read(ask(engine, adapter))
    assert known(engine, adapter) == {"its name", "words", "keys and values", "weights", "weights beyond"}
    remove(engine, adapter)
    await until(lambda: not known(engine, adapter))
    assert engine.stats().host_adapters == 0


async def test_another_adapter_at_the_same_path_is_not_taken_for_the_one_before(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "adapter"
    other = await read(ask(engine, make_adapter(2)))
    make_adapter(1, folder=folder)
    assert await read(ask(engine, folder)) != other
    remove(engine, folder)
    make_adapter(2, folder=folder)
    assert await read(ask(engine, folder)) == other


async def test_who_still_writes_with_it_writes_on_and_then_it_is_gone(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    adapter = make_adapter(1, folder=tmp_path / "adapter")
    expected = await read(ask(engine, adapter, LONG))
    running = ask(engine, adapter, LONG)
    await anext(running)
    remove(engine, adapter)
    await asyncio.sleep(0)
    assert running.finish is None
    assert await read(running) == expected
    await until(lambda: not known(engine, adapter))


async def test_who_waits_for_a_row_with_it_is_answered_by_it_and_then_it_is_gone(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    adapter = make_adapter(1, folder=tmp_path / "adapter")
    expected = await read(ask(engine, adapter))
    ahead = [ask(engine, None, LONG, player) for player in (2, 3)]
    await anext(ahead[1])
    waiting = ask(engine, adapter)
    await asyncio.to_thread(engine._worker.host._reader.submit(lambda: None).result)  # it has been read
    remove(engine, adapter)
    ahead[0].cancel()
    assert await read(waiting) == expected
    ahead[1].cancel()
    await read(ask(engine, None, SHORT, player=4))  # the engine has nothing more to do
    assert adapter not in engine._worker.runner._placed


async def test_what_others_said_is_still_known(
    engine: Engine, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    adapter, other = make_adapter(1, folder=tmp_path / "adapter"), make_adapter(2)
    await read(ask(engine, adapter))
    await read(ask(engine, other))
    remove(engine, adapter)
    before = engine.stats().reused_tokens
    await read(ask(engine, other))
    assert engine.stats().reused_tokens == before + len(ASKED) - 1
    assert adapter not in engine._worker.runner._placed

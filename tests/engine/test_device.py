"""Cores and memory of a CPU, in threads and processes of their own: what one test sets must not reach another."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from nanoverse.engine import (
    Engine,
    ModelError,
    beside_steps,
    device,
    gemma,
    graphs,
    runner,
    staging,
    use_cores,
    worker,
)
from nanoverse.engine.gemma import Gemma
from nanoverse.engine.lora import Adapter
from tests.engine.small_model import limits

CPU = torch.device("cpu")


def in_a_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)


def test_who_takes_several_cores_takes_them_for_one_thread() -> None:
    with in_a_thread() as engine, in_a_thread() as trainer, in_a_thread() as somebody:
        engine.submit(use_cores, 2).result()
        assert somebody.submit(torch.get_num_threads).result() == 1
        trainer.submit(use_cores, 3).result()
        threads = [pool.submit(torch.get_num_threads).result() for pool in (engine, trainer, somebody)]
    assert threads == [2, 3, 1]


class Stream:
    """What torch would make of a card's."""

    def __init__(self, device: torch.device, priority: int = 0) -> None:
        self.priority = priority
        self.waited_for: list[object] = []

    def wait_stream(self, other: object) -> None:
        self.waited_for.append(other)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Stream]]:
    """Those that were made of a card; what is not among them is the stream that all threads begin in."""
    made: list[Stream] = []

    def make(*arguments: Any, **options: Any) -> Stream:
        made.append(Stream(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(torch.cuda, "Stream", make)
    monkeypatch.setattr(torch.cuda, "default_stream", lambda device: "the first")
    for known in (device.stream_of_steps, device._stream_of_lessons):
        known.cache_clear()
    yield made
    for known in (device.stream_of_steps, device._stream_of_lessons):
        known.cache_clear()


def test_lessons_on_a_card_share_a_stream_that_no_step_waits_for_and_steps_go_first(
    monkeypatch: pytest.MonkeyPatch, streams: list[Stream]
) -> None:
    card, chosen = torch.device("cuda", 0), list[Stream]()
    monkeypatch.setattr(torch.cuda, "set_stream", chosen.append)
    for go in (device.ahead_of_lessons, beside_steps):
        go(CPU)
    assert streams == chosen == []
    for _ in range(2):
        device.ahead_of_lessons(card)
    for _ in range(2):
        beside_steps(card)
    graphs.on_card(card)
    steps, lessons, recordings = streams
    assert chosen == [steps, steps, lessons, lessons]
    assert steps.waited_for == ["the first"] * 2, "the weights are there when a step reads them"
    assert lessons.waited_for == ["the first", steps] * 2, "and when a lesson does"
    assert steps.priority == recordings.priority < lessons.priority


def test_an_adapter_is_not_copied_into_memory_that_a_step_still_reads(
    monkeypatch: pytest.MonkeyPatch, streams: list[Stream]
) -> None:
    monkeypatch.setattr(torch.cuda, "stream", contextlib.nullcontext)
    ahead, adapter = staging.on_card(CPU), Adapter(1, {"q": torch.ones(1)}, {})
    ahead.want([adapter])
    ahead._staged[id(adapter)][1].result()
    copies, steps = streams
    assert copies.waited_for == [steps] and steps is device.stream_of_steps(CPU)
    assert steps.priority < copies.priority


async def test_the_engine_computes_in_the_stream_of_steps_and_what_it_holds_is_made_in_it(
    monkeypatch: pytest.MonkeyPatch, model_folder: Path
) -> None:
    went: list[tuple[torch.device, str]] = []

    def note(where: torch.device) -> None:
        went.append((where, threading.current_thread().name))

    def make(*given: Any) -> Gemma:
        assert went, "its memory is asked for in another stream"
        return Gemma(*given)

    monkeypatch.setattr(runner, "Gemma", make)
    monkeypatch.setattr(runner, "ahead_of_lessons", note)
    monkeypatch.setattr(worker, "ahead_of_lessons", note)
    engine = Engine.load(model_folder, limits(4, 512))
    engine.start(asyncio.get_running_loop())
    await engine.close()
    assert went == [(CPU, threading.current_thread().name), (CPU, "engine")]


READING = """
import resource, threading
from pathlib import Path
import torch
from nanoverse.engine import Engine, ModelError, device, use_cores

CPU = torch.device("cpu")
from nanoverse.engine.checkpoint import load
from nanoverse.engine.runner import Runner
from nanoverse.engine.sampler import Draw, Sampling
from nanoverse.engine.scheduler import Sequence, Work
from nanoverse.starter import weights_folder

def read(runner):
    question = Sequence(1, list(range(100, 228)))
    question.row = 0
    runner.step([Work(question, 128)], {question: Draw(Sampling(temperature=0), question.tokens)})

def faults():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt

def run():
    use_cores(1)
    starter = load(weights_folder(), torch.float32, torch.device("cpu"))
    runner = Runner(starter, rows=1, rank=8, context=160)
    for _ in range(5):
        read(runner)
    before = faults()
    for _ in range(10):
        read(runner)
    print(faults() - before)

thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do not need it")
def test_what_a_step_frees_is_kept_for_the_next() -> None:
    ran = subprocess.run([sys.executable, "-c", READING], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    # 4,000 and more without it; with it 0 or 1, and once 273 on a machine at work for others, too.
    assert int(ran.stdout) < 1000, "pages that the system had to hand out again, of 4 kB"


def free(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kilobytes: int) -> None:
    """Has Linux say so."""
    info = tmp_path / "meminfo"
    info.write_text(f"MemTotal: 99999999 kB\nMemAvailable: {kilobytes} kB\n")
    monkeypatch.setattr(device, "MEMORY_INFO", info)


def test_memory_that_is_free_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    free(monkeypatch, tmp_path, 5)
    assert device.free_memory(CPU) == 5 * 1024
    monkeypatch.setattr(device, "container_free", lambda: 4096)
    assert device.free_memory(CPU) == 4096, "of a container"
    monkeypatch.setattr(device, "MEMORY_INFO", tmp_path / "none")
    assert device.free_memory(CPU) is None


@pytest.mark.parametrize("kept_twice", [False, True])
def test_as_many_conversations_run_at_once_as_half_of_the_free_memory_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_folder: Path, kept_twice: bool
) -> None:
    monkeypatch.setattr(gemma, "memory_bytes", lambda: 2**50 * kept_twice)
    engine = Engine.load(model_folder, limits(4, 512))
    plenty, weights = engine.stats(), engine._checkpoint.weights.bytes
    assert plenty.slots == 4
    one = (plenty.kv_bytes + plenty.adapter_bytes) // 4
    for halves, slots in ((4, 2), (100, 4)):
        free(monkeypatch, tmp_path, (halves * one + weights * kept_twice) // 1024 + 1)
        found = Engine.load(model_folder, limits(4, 512))
        assert (found.stats().slots, found.max_context) == (slots, 512)
        assert found.stats().kv_bytes + found.stats().adapter_bytes == slots * one
    free(monkeypatch, tmp_path, weights // 1024 + 1)
    with pytest.raises(ModelError, match="too little memory on cpu for a conversation of 512 tokens"):
        Engine.load(model_folder, limits(4, 512, adapter_rank=256))


def test_where_nobody_says_what_is_free_the_setting_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_folder: Path
) -> None:
    monkeypatch.setattr(device, "MEMORY_INFO", tmp_path / "none")
    assert Engine.load(model_folder, limits(4, 512)).stats().slots == 4

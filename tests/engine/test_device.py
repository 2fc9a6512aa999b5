"""Cores and memory of a CPU, in threads and processes of their own: what one test sets must not reach another."""

from __future__ import annotations

import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from nanoverse.engine import Engine, ModelError, beside_steps, device, graphs, use_cores
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


def test_lessons_on_a_card_share_a_stream_that_no_step_waits_for_and_recorded_steps_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card, of_steps, made, chosen = torch.device("cuda", 0), object(), list[Stream](), list[Stream]()

    def make(*arguments: Any, **options: Any) -> Stream:
        made.append(Stream(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(torch.cuda, "Stream", make)
    monkeypatch.setattr(torch.cuda, "default_stream", lambda device: of_steps)
    monkeypatch.setattr(torch.cuda, "set_stream", chosen.append)
    device._stream_of_lessons.cache_clear()
    beside_steps(CPU)
    assert made == chosen == []
    for _ in range(2):
        beside_steps(card)
    graphs.on_card(card)
    device._stream_of_lessons.cache_clear()
    lessons, recordings = made
    assert chosen == [lessons, lessons]
    assert lessons.waited_for == [of_steps, of_steps], "the weights are there when a lesson reads them"
    assert recordings.priority < lessons.priority


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


def test_as_many_conversations_run_at_once_as_half_of_the_free_memory_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_folder: Path
) -> None:
    plenty = Engine.load(model_folder, limits(4, 512)).stats()
    assert plenty.slots == 4
    one = (plenty.kv_bytes + plenty.adapter_bytes) // 4
    for halves, slots in ((4, 2), (100, 4)):
        free(monkeypatch, tmp_path, halves * one // 1024 + 1)
        found = Engine.load(model_folder, limits(4, 512))
        assert (found.stats().slots, found.max_context) == (slots, 512)
        assert found.stats().kv_bytes + found.stats().adapter_bytes == slots * one
    free(monkeypatch, tmp_path, one // 1024)
    with pytest.raises(ModelError, match="too little memory on cpu for a conversation of 512 tokens"):
        Engine.load(model_folder, limits(4, 512))


def test_where_nobody_says_what_is_free_the_setting_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_folder: Path
) -> None:
    monkeypatch.setattr(device, "MEMORY_INFO", tmp_path / "none")
    assert Engine.load(model_folder, limits(4, 512)).stats().slots == 4

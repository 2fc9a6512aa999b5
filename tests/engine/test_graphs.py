"""Steps that were recorded write the same words as plain ones; where they would not, they are not used."""

from __future__ import annotations

import contextlib
import logging
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nanoverse.engine import graphs
from nanoverse.engine.adapters import read_adapter
from nanoverse.engine.checkpoint import Checkpoint, load
from nanoverse.engine.graphs import FEWEST_CELLS, PLAIN_FIRST, Recordings, Step
from nanoverse.engine.kv import READ_AT_ONCE, SPARE
from nanoverse.engine.lora import Adapter
from nanoverse.engine.runner import Runner
from nanoverse.engine.sampler import Draw, Sampling
from nanoverse.engine.scheduler import Sequence, Work
from tests.engine.small_model import SMALL, prompt, save_model
from tests.engine.tape import Recorder

CPU = torch.device("cpu")
WINDOW = SMALL["sliding_window"]


class Table:
    """Conversations in six rows, as a test deals them."""

    def __init__(self, checkpoint: Checkpoint, record: Any) -> None:
        self.runner = Runner(checkpoint, rows=6, rank=8, context=512)
        if record is not None:
            parts = self.runner.model, self.runner.cache, self.runner.adapters
            self.runner.recordings = Recordings(*parts, record)
        self.rows: dict[int, Sequence] = {}
        self.all: list[Sequence] = []

    def read(self, row: int, tokens: list[int], adapter: Adapter | None = None, known: int = 0) -> None:
        """Begins a conversation, of which `row` still knows the first `known` tokens, and chooses its first word."""
        self.runner.place(row, None if adapter is None else id(adapter), adapter)
        sequence = self.rows[row] = Sequence(row, list(tokens))
        self.all.append(sequence)
        sequence.row, sequence.cached = row, known
        while len(sequence.tokens) == len(tokens):
            self.step([Work(sequence, min(len(tokens), sequence.cached + SPARE))])

    def write(self, words: int, *rows: int) -> None:
        for _ in range(words):
            self.step([Work(self.rows[row], len(self.rows[row].tokens)) for row in rows])

    def step(self, plan: list[Work]) -> None:
        draws = {work.sequence: Draw(Sampling(temperature=0), work.sequence.tokens) for work in plan}
        chosen = self.runner.step(plan, draws)
        for work in plan:
            work.sequence.cached = work.end
        for sequence, token in chosen:
            sequence.tokens.append(token)


Game = Callable[[Table], None]


@pytest.fixture(scope="module")
def checkpoint(endless_folder: Path) -> Checkpoint:
    return load(endless_folder, torch.float32, CPU)


@pytest.fixture(scope="module")
def adapter(checkpoint: Checkpoint, make_adapter: Callable[..., Path]) -> Callable[..., Adapter]:
    def read(seed: int, rank: int, **options: Any) -> Adapter:
        folder = make_adapter(seed, rank, **options)
        return read_adapter(folder, checkpoint.shape, checkpoint.base_id, torch.float32)

    return read


def played(checkpoint: Checkpoint, game: Game, record: Any = None) -> Table:
    table = Table(checkpoint, record)
    game(table)
    return table


def same_words(checkpoint: Checkpoint, game: Game, record: Any) -> Table:
    table, plain = (played(checkpoint, game, how) for how in (record, None))
    assert [s.tokens for s in table.all] == [s.tokens for s in plain.all]
    return table


def recorded(table: Table) -> set[tuple[int, int, bool]]:
    assert table.runner.recordings is not None
    return set(table.runner.recordings._recorded)


def few_words(table: Table) -> None:
    table.read(0, prompt(1, 20))
    table.read(1, prompt(2, 9))
    table.write(12, 0, 1)


def test_ragged_conversations_longer_than_window_and_ring_write_the_same(checkpoint: Checkpoint) -> None:
    def game(table: Table) -> None:
        for row, length in ((0, 3), (1, 100), (3, 130)):
            table.read(row, prompt(row, length))
        table.write(160, 0, 1, 3)

    record = Recorder()
    table = same_words(checkpoint, game, record)
    assert len(table.rows[0].tokens) > WINDOW + SPARE, "it never went round the ring"
    assert recorded(table) == {(4, FEWEST_CELLS, False), (4, 2 * FEWEST_CELLS, False)}
    assert record.replayed == 160 - 2 * PLAIN_FIRST


@pytest.mark.parametrize(
    ("kv_heads", "dtype"), [(2, torch.float32), (1, torch.bfloat16), (1, torch.float16), (2, torch.float16)]
)
def test_every_way_to_compute_can_be_recorded(tmp_path: Path, kv_heads: int, dtype: torch.dtype) -> None:
    folder = save_model(tmp_path, num_key_value_heads=kv_heads, eos_token_id=None)
    record = Recorder()
    table = played(load(folder, dtype, CPU), few_words, record)
    assert recorded(table) == {(2, FEWEST_CELLS, False)}, "it did not compute what a plain step does"
    assert record.replayed == 12 - PLAIN_FIRST


def test_rows_that_come_and_go_with_adapters_of_any_rank_or_none_write_the_same_in_what_was_recorded(
    checkpoint: Checkpoint, adapter: Callable[..., Adapter]
) -> None:
    small, some = adapter(11, 2, targets=["gate_proj", "k_proj"]), adapter(12, 5)
    large, other = adapter(13, 16), adapter(14, 8, targets=["up_proj", "q_proj", "o_proj"])

    def game(table: Table) -> None:
        table.read(0, prompt(0, 30))
        table.read(1, prompt(1, 12), small)
        table.write(8, 0, 1)
        table.read(4, prompt(4, 50), some)
        table.write(8, 0, 1, 4)
        table.read(5, prompt(5, 7))
        table.write(8, 0, 1, 4, 5)
        table.write(8, 0, 5)
        table.write(8, 0, 4)
        table.read(1, prompt(6, 20), large)  # of a higher rank than the stacks: a plain step
        table.write(8, 0, 1, 4, 5)
        table.write(8, 0, 4, 5)
        table.read(1, prompt(7, 20), other)  # leaves some of the large one's halves behind
        table.read(4, prompt(8, 20))
        table.write(8, 0, 1, 4, 5)
        table.write(8, 0, 4)
        table.read(0, prompt(9, 20), some)  # one more than when it was recorded
        table.write(8, 0, 1, 4, 5)

    record = Recorder()
    table = same_words(checkpoint, game, record)
    shapes = {(2, FEWEST_CELLS, True), (6, FEWEST_CELLS, True), (6, FEWEST_CELLS, False)}
    assert recorded(table) == shapes
    assert record.recorded == len(shapes), "an adapter of a high rank moved what was recorded"
    assert record.replayed == 9 * 8 - PLAIN_FIRST * len(shapes), "all but those beside the high rank"


def test_what_an_idle_row_knows_is_still_there_when_its_player_goes_on(
    checkpoint: Checkpoint, adapter: Callable[..., Adapter]
) -> None:
    voice = adapter(15, 4)

    def game(table: Table) -> None:
        for row, own in ((0, None), (1, None), (2, voice), (3, voice)):
            table.read(row, prompt(row, 5), own)
        table.write(5, 0, 1, 2, 3)
        idle = [layer[[0, 2]].clone() for layer in table.runner.cache.layers]
        table.write(40, 1, 3)
        assert all(
            torch.equal(layer[[0, 2]], old)
            for layer, old in zip(table.runner.cache.layers, idle, strict=True)
        )
        for row, own in ((0, None), (2, voice)):
            before = table.rows[row]
            table.read(row, [*before.tokens, *prompt(9, 4)], own, before.cached)
        table.write(20, 0, 1, 2, 3)

    table = same_words(checkpoint, game, Recorder())
    assert recorded(table) == {(4, FEWEST_CELLS, True)}


def test_a_change_of_rows_lets_go_of_all_that_was_recorded_and_of_its_memory(checkpoint: Checkpoint) -> None:
    def game(table: Table) -> None:
        for row in (0, 1, 5):
            table.read(row, prompt(row, 20 + row))
        table.write(8, 0, 1, 5)
        memory = weakref.ref(table.runner.cache.flat[0])
        table.runner.resize(2)
        assert memory() is None, "fewer rows might find no room"
        for row in (0, 1):
            table.read(row, table.rows[row].tokens)
        table.write(8, 0, 1)

    table = same_words(checkpoint, game, Recorder())
    assert recorded(table) == {(2, FEWEST_CELLS, False)}


def test_only_what_comes_up_again_is_recorded_and_reading_never(checkpoint: Checkpoint) -> None:
    record = Recorder()
    table = Table(checkpoint, record)
    table.read(0, prompt(1, 300))
    table.read(1, prompt(2, 9))
    table.write(PLAIN_FIRST, 0, 1)
    assert record.recorded == 0
    for _ in range(10):
        reader = Sequence(2, prompt(3, 4))
        reader.row = 2
        writers = [Work(table.rows[row], len(table.rows[row].tokens)) for row in (0, 1)]
        table.step([*writers, Work(reader, 4)])
    assert record.recorded == 0
    table.write(1, 0, 1)
    assert record.recorded == record.replayed == 1


def raises(step: Step, memory: Any) -> tuple[Step, Any]:
    raise RuntimeError("operation not permitted when stream is capturing")


def finds_no_memory(step: Step, memory: Any) -> tuple[Step, Any]:
    raise torch.OutOfMemoryError("CUDA out of memory.")


def does_nothing(step: Step, memory: Any) -> tuple[Step, Any]:
    return lambda: None, None


def repeats_itself(step: Step, memory: Any) -> tuple[Step, Any]:
    """As if its inputs were not read again."""
    step()
    return lambda: None, None


def breaks_later(step: Step, memory: Any) -> tuple[Step, Any]:
    left = iter(range(4))

    def replay() -> None:
        step()
        if next(left, None) is None:
            raise RuntimeError("CUDA error: out of memory")

    return replay, None


@pytest.mark.parametrize("record", [raises, finds_no_memory, does_nothing, repeats_itself, breaks_later])
def test_a_fault_costs_nobody_a_word_and_is_said_once(
    checkpoint: Checkpoint, record: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def game(table: Table) -> None:
        few_words(table)
        table.read(2, prompt(3, 5))
        table.write(12, 0, 1, 2)  # another shape

    with caplog.at_level(logging.WARNING):
        table = same_words(checkpoint, game, record)
    assert recorded(table) == set()
    assert ["steps are plain ones" in line.message for line in caplog.records] == [True]


class Short(Recorder):
    """Finds no memory for the recordings of these numbers."""

    def __init__(self, *short: int) -> None:
        super().__init__()
        self.short, self.tried = short, list[int]()
        self.steps = 0

    def __call__(self, step: Step, memory: Any) -> tuple[Step, Any]:
        self.tried.append(self.steps)
        if len(self.tried) in self.short:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().__call__(step, memory)


def test_where_a_recording_finds_no_memory_it_is_tried_again_and_ever_more_rarely(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "REST", 10)
    record = Short(1, 2, 3, 5)

    def game(table: Table) -> None:
        table.read(0, prompt(1, 20))
        for record.steps in range(1, 200):
            if record.steps == 190:  # long after
                table.read(1, prompt(2, 9))
            table.write(1, *table.rows)
        for record.steps in range(200, 220):
            table.write(1, 0, 1)

    table = same_words(checkpoint, game, record)
    again = PLAIN_FIRST + 1  # steps from where it may be recorded until it is
    first = [again, 2 * again + 10, 3 * again + 30, 4 * again + 70]
    assert record.tried == [*first, 189 + again, 189 + 2 * again + 10], (
        "and as at first once all was well for long"
    )
    assert recorded(table) == {(2, FEWEST_CELLS, False)}


def test_words_that_are_no_numbers_are_no_fault_of_a_recording(
    checkpoint: Checkpoint, adapter: Callable[..., Adapter], caplog: pytest.LogCaptureFixture
) -> None:
    sound = adapter(16, 4)
    spoilt = Adapter(4, sound.a, {name: b.sign() * 3e38 for name, b in sound.b.items()})

    def game(table: Table) -> None:
        table.read(0, prompt(1, 20))
        table.read(1, prompt(2, 20), spoilt)
        table.write(8, 0, 1)
        table.write(8, 0)

    table = same_words(checkpoint, game, Recorder())
    assert not all(bool(layer.isfinite().all()) for layer in table.runner.cache.layers), "it is not spoilt"
    assert recorded(table) == {(1, FEWEST_CELLS, False)}
    assert caplog.records == []


def test_no_layer_of_a_step_in_which_all_write_copies_its_mask(checkpoint: Checkpoint) -> None:
    """The ring of a sliding layer is as long as it may be, so no multiple of what a card's attention reads at once."""
    cache = Table(checkpoint, None).runner.cache
    for slides in (False, True):
        mask = cache.mask(slides, torch.tensor([[200], [7], [150]]), 200)
        assert mask.shape[-1] % READ_AT_ONCE, "this proves nothing"
        assert mask.stride(-1) == 1 and all(step % READ_AT_ONCE == 0 for step in mask.stride()[:-1])


class Graph:
    """One whose recording torch cannot bring to an end."""

    def capture_end(self) -> None:
        raise RuntimeError("CUDA error: operation failed due to a previous error during capture")


@pytest.mark.parametrize("torch_is_done", [False, True])
def test_a_recording_that_fails_gives_its_memory_back_and_only_once(
    monkeypatch: pytest.MonkeyPatch, torch_is_done: bool
) -> None:
    """A second release of a pool, by its graph, would end the process."""
    done: list[tuple[str, int, Any]] = []

    def end(*given: Any) -> None:
        if torch_is_done:
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        done.append(("end", *given))

    monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", end, raising=False)
    monkeypatch.setattr(
        torch._C, "_cuda_releasePool", lambda *given: done.append(("release", *given)), raising=False
    )
    graph: Any = Graph()
    with pytest.raises(RuntimeError, match="previous error"):
        graphs._end(graph, torch.device("cuda", 0), (0, 1))
    assert done == ([] if torch_is_done else [("end", 0, (0, 1)), ("release", 0, (0, 1))])


def test_what_is_said_of_a_recording_that_fails_is_what_failed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Begun(Graph):
        def capture_begin(self, *given: Any, **options: Any) -> None:
            pass

    class Stream:
        def wait_stream(self, other: Any) -> None:
            pass

    def step() -> None:
        if next(steps):
            raise torch.OutOfMemoryError("CUDA out of memory.")

    steps, card = iter([0, 1]), torch.device("cuda", 0)
    monkeypatch.setattr(graphs, "side_stream", lambda *given, **options: Stream())
    for name, made in {
        "CUDAGraph": Begun,
        "current_stream": lambda device: Stream(),
        "graph_pool_handle": lambda: (0, 1),
        "stream": contextlib.nullcontext,
    }.items():
        monkeypatch.setattr(torch.cuda, name, made)
    with pytest.raises(torch.OutOfMemoryError):
        graphs.on_card(card)(step, None)


def test_a_cpu_does_without_recordings_and_staging(checkpoint: Checkpoint) -> None:
    runner = Table(checkpoint, None).runner
    assert runner.recordings is runner.staging is None

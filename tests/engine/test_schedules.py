"""Whatever is asked, cancelled, swapped and lost in whichever order: everyone gets their own words and no slot leaks.

The whole engine but for its thread: the test takes its steps, so that hypothesis decides what happens between them.
Once as on a CPU; once as on a card, with steps that are recorded and adapters that are copied ahead of need.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nanoverse.engine import Engine, EngineBusy, Generation, Request, Sampling, engine, graphs, worker
from nanoverse.engine.graphs import Recordings
from nanoverse.engine.runner import Runner
from nanoverse.engine.staging import Staging
from tests.engine.small_model import limits, prompt
from tests.engine.tape import Recorder

WORDS = 5
PLAYERS = 3
STORY = prompt(90, 150)
TOPICS = [
    STORY[:3],
    STORY[:40],
    STORY,
]  # each begins like the one before, so that rows have something to reuse
# By its seed; the likeliest words where there is none.
SAMPLING = {
    None: Sampling(temperature=0, max_tokens=WORDS),
    7: Sampling(temperature=1.5, max_tokens=WORDS, seed=7),
}
NOBODY = Path("an adapter that is nowhere")
NO_MEMORY = torch.OutOfMemoryError("CUDA out of memory.")

ASK = st.tuples(
    st.just("ask"),
    st.integers(0, PLAYERS - 1),
    st.integers(0, len(TOPICS) - 1),
    st.sampled_from(["own", "own", "none", "bad"]),  # adapter
    st.sampled_from(list(SAMPLING)),
    st.sampled_from([None, None, 1.0, 6.0]),  # steps until it is too late
)
EVENTS = st.lists(
    st.one_of(
        *(ASK, ASK, ASK),  # so often, or too little would be going on
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("retrain"), st.integers(0, PLAYERS - 1)),
        st.tuples(st.just("step"), st.integers(1, 12)),
        st.tuples(st.just("no memory")),
    ),
    min_size=8,
    max_size=40,
)


@dataclass
class House:
    """An engine without a thread, whose clock counts its steps, and players whose adapter is replaced now and then."""

    engine: Engine
    versions: list[list[Path]]
    now: float = 0.0
    live: list[int] = field(default_factory=lambda: [0] * PLAYERS)
    asked: list[Generation] = field(default_factory=list)
    forgotten: set[Path] = field(default_factory=set)  # and not asked for since

    def monotonic(self) -> float:
        return self.now

    def call_soon_threadsafe(self, deliver: Callable[[Any], None], news: Any) -> None:
        deliver(news)

    def adapter(self, player: int) -> Path:
        return self.versions[player][self.live[player]]

    def ask(
        self,
        player: int,
        topic: int,
        adapter: str = "own",
        seed: int | None = None,
        deadline: float | None = None,
    ) -> None:
        folder = {"own": self.adapter(player), "none": None, "bad": NOBODY}[adapter]
        request = Request(TOPICS[topic], folder, player, SAMPLING[seed], deadline)
        try:
            self.asked.append(self.engine.generate(request))
        except EngineBusy:
            assert self.engine.stats().waiting >= 2, "half of the queue"
        else:
            self.forgotten -= {folder}

    def retrain(self, player: int) -> None:
        """Another version is live from now on, and the one before is dropped."""
        before = self.adapter(player)
        self.live[player] = 1 - self.live[player]
        self.engine.prefetch(self.adapter(player))
        self.engine.forget(before)
        self.forgotten.add(before)

    def step(self) -> None:
        thread = self.engine._worker
        thread.host._reader.submit(lambda: None).result()  # what could be read has been read
        thread.inbox.wake()
        assert thread._take_mail()
        thread._step()
        self.now += 1.0


@pytest.fixture(scope="module")
def versions(make_adapter: Callable[..., Path]) -> list[list[Path]]:
    return [[make_adapter(80 + 2 * p + v, rank=1 + 3 * p + v) for v in range(2)] for p in range(PLAYERS)]


@pytest.fixture(scope="module")
def loaded(endless_folder: Path) -> Engine:
    return Engine.load(endless_folder, limits(1, 512))


Told = dict[tuple[Path | None, int, int | None], list[int]]


@pytest.fixture(scope="module")
def alone(loaded: Engine, versions: list[list[Path]]) -> Told:
    """What each version and the base say to each topic, by seed, when nothing else happens."""
    found: Told = {}
    voices = [(player, version, "own") for player in range(PLAYERS) for version in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        for player, version, adapter in [*voices, (0, 0, "none")]:
            for topic, seed in itertools.product(range(len(TOPICS)), SAMPLING):
                house = opened(loaded, versions, patch)
                house.live[player] = version
                house.ask(player, topic, adapter, seed)
                while house.asked[0].finish is None:
                    house.step()
                found[house.asked[0].request.adapter, topic, seed] = house.asked[0].tokens
                house.engine._worker.host.close()
    said = {tuple(tokens) for tokens in found.values()}
    assert len(said) == (2 * PLAYERS + 1) * len(TOPICS) * len(SAMPLING), "who says the same proves nothing"
    return found


def opened(loaded: Engine, versions: list[list[Path]], patch: pytest.MonkeyPatch) -> House:
    house = House(
        Engine(
            loaded._checkpoint,
            limits(3, 256, adapter_rank=2, host_adapters=2, queue_limit=4),
            loaded.tokenizer,
        ),
        versions,
    )
    house.engine._loop = house  # type: ignore[assignment]
    patch.setattr(worker, "time", house)
    patch.setattr(engine, "time", house)
    return house


class AtOnce(Executor):
    """A thread that is never late."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(*args, **kwargs))
        return future


def as_on_a_card(runner: Runner, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(graphs, "PLAIN_FIRST", 0)
    patch.setattr(graphs, "FEWEST_CELLS", 16)
    runner.recordings = Recordings(runner.model, runner.cache, runner.adapters, Recorder())
    runner.staging = Staging(lambda adapter: adapter.copied(Tensor.clone), AtOnce())


@pytest.mark.parametrize("card", [False, True])
@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_no_order_of_events_leaks_a_slot_mixes_words_or_forgets_anyone(
    loaded: Engine,
    versions: list[list[Path]],
    alone: Told,
    card: bool,
    events: list[tuple[Any, ...]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        house = opened(loaded, versions, patch)
        runner = house.engine._worker.runner
        if card:
            as_on_a_card(runner, patch)
        for event in events:
            match event:
                case ("ask", *what):
                    house.ask(*what)
                case ("cancel", number) if house.asked:
                    house.asked[number % len(house.asked)].cancel()
                case ("retrain", player):
                    house.retrain(player)
                case ("step", count):
                    for _ in range(count):
                        house.step()
                case ("no memory",):
                    with patch.context() as once:
                        once.setattr(Runner, "step", fails)
                        house.step()
        for _ in range(1 + 100 * len(house.asked)):
            house.step()
            if all(generation.finish for generation in house.asked):
                break
        for generation in house.asked:
            request, tokens = generation.request, generation.tokens
            voice = None if request.adapter == NOBODY else request.adapter
            expected = alone[voice, TOPICS.index(request.prompt), request.sampling.seed]
            assert tokens == expected[: len(tokens)], "not its own words"
            if request.adapter != NOBODY:
                assert (generation.adapter, generation.adapter_error) == (request.adapter, None)
            elif tokens:
                assert generation.adapter is None
                assert generation.adapter_error == f"There is no adapter folder at {NOBODY}."
            match generation.finish:
                case "length":
                    assert len(tokens) == WORDS
                case "deadline":
                    assert request.deadline_s is not None
                case "cancelled":
                    assert any(event[0] == "cancel" for event in events)
                case "error":
                    assert ("no memory",) in events
                case other:
                    pytest.fail(f"{other} is no way to end")
        house.step()
        thread, stats = house.engine._worker, house.engine.stats()
        assert not any(runner.holding(folder) for folder in house.forgotten)
        assert not house.forgotten & {row.adapter for row in thread._scheduler.rows}
        assert (stats.waiting, stats.running) == (0, 0)
        assert thread._jobs == {} == thread._by_sequence
        assert all(entry.holders == 0 for entry in thread.host._entries.values())
        assert runner.recordings is None or runner.recordings._record is not None, (
            "a recorded step was at fault"
        )
        thread.host.close()


def fails(*_: Any) -> Any:
    raise NO_MEMORY

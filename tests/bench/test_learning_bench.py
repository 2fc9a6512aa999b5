"""`nanoverse bench learning` from end to end, with an untrained small model: every figure is there or its reason."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nanoverse.bench import asked, beside_training, canaries, classroom, cli, learning, wishes
from nanoverse.engine import Engine
from nanoverse.learning import training_thread
from nanoverse.starter import model, pupils, voice_scores, weights_folder
from nanoverse.starter.conversation import draw_conversation
from nanoverse.starter.pupils import Pupil
from nanoverse.starter.speaking import Speaker, speaking
from nanoverse.starter.tokenizer import train_tokenizer
from tests.starter.test_train import SMALL


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = random.Random(0)
    texts = (f"{turn.speaker}: {turn.text}" for _ in range(150) for turn in draw_conversation(rng).turns)
    tokenizer, found = train_tokenizer(texts), tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "SHAPE", model.SHAPE | SMALL)
        untrained = model.new_model(tokenizer, seed=0)
    model.write_model(found, untrained, tokenizer, dict(untrained.named_parameters()))
    return found


@pytest.fixture(autouse=True)
def no_lesson_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the tests beside it, as `tests/learning/conftest.py` says."""
    monkeypatch.setattr(training_thread, "NICE", 0)


@asynccontextmanager
async def eager(*given: Any) -> AsyncIterator[Speaker]:
    """A model that knows nothing takes a high rate to learn anything."""
    async with speaking(*given) as speaker:
        speaker.settings = replace(speaker.settings, sft_learning_rate=1e-2)
        yield speaker


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "speaking", eager)
    monkeypatch.setattr(voice_scores, "LESSON", 24)
    monkeypatch.setattr(voice_scores, "JUDGED_BY", 4)
    monkeypatch.setattr(canaries, "CONTROLS", 9)
    monkeypatch.setattr(learning, "CROWD", 1)
    monkeypatch.setattr(learning, "_ASKED", 4)
    monkeypatch.setattr(wishes, "WISHES", wishes.WISHES[1:2])
    monkeypatch.setattr(wishes, "REWRITES", 4)
    monkeypatch.setattr(wishes, "TRIED", 6)
    monkeypatch.setattr(wishes, "ASKED", 4)


def test_every_figure_is_measured_or_said_not_to_be(
    folder: Path, small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    options = ["--model", str(folder), "--players", "2", "--threads", "1", "--idle-seconds", "0"]
    assert cli.main(["learning", *options, "--json", str(path)]) == 0
    report = json.loads(path.read_text())
    figures, missing = report["figures"], report["not_measured"]
    for name in (*asked.AIMS, "night_300_hours_11gb", "habit_fresh"):
        assert (name in figures) != (name in missing), name
    assert {"gain_nats", "worse_than_base_at_8", "players_per_hour", "deletion_equal"} <= figures.keys()
    assert figures["deletion_equal"] == figures["serving_unchanged"] == 1
    assert figures["duplicated_bytes"] == 0
    assert report["settings"]["made_up_voices"] == 2 and "--corpus" in report["settings"]["real_authors"]
    assert report["settings"]["threads_of_the_world"] == 1
    assert str(folder.parent) not in path.read_text()  # no path of this machine
    table = capsys.readouterr().out
    assert all(name in table for name in asked.AIMS)


async def test_a_crowds_agents_are_asked_among_many_and_by_one_who_asks_alone(
    folder: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def figures(speaker: Speaker, everyone: Any, folders: Any, questions: Any) -> dict[str, float]:
        asked.append(questions)
        return {"trait_rate_own": 0.5, "trait_rate_after": len(asked) / 10}

    monkeypatch.setattr(voice_scores, "trait_figures", figures)
    given = learning.parser().parse_args(["--threads", "1"])
    async with eager(folder, 1, 1) as speaker:
        found, _ = await learning._among_many(speaker, [], given)
    assert (found["habit_among"], found["habit_fresh"]) == (0.1, 0.2)
    among, alone = ([turns for _, turns in questions] for questions in asked)
    assert any(len(turns) > 1 for turns in among) and alone == [turns[-1:] for turns in among]


async def test_of_a_crowd_of_whom_nobody_is_learnt_that_is_told(
    folder: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_scores, "LESSON", 2)  # too little for a lesson
    given = learning.parser().parse_args(["--threads", "1"])
    async with speaking(folder, 1, 1) as speaker:
        figures, missing = await learning._among_many(speaker, [], given)
    assert figures == {"crowd_live": 0} and "went live" in missing["habit_fresh"]


def test_too_few_players_and_a_folder_without_a_model_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["learning", "--players", "1"])
    assert "--players: 1 is less than 2" in capsys.readouterr().err
    assert cli.main(["learning", "--model", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_the_model_leaves_its_memory_to_the_world_that_is_measured_after_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a card there is not room for both, or for few conversations and lessons beside it."""
    engines: list[weakref.ref[Engine]] = []

    @asynccontextmanager
    async def noted(*given: Any) -> AsyncIterator[Speaker]:
        async with speaking(*given) as speaker:
            engines.append(weakref.ref(speaker.engine))
            gc.freeze()  # as the first lesson does
            yield speaker

    async def figures(*given: Any) -> tuple[dict[str, float], str]:
        async with asyncio.timeout(
            60
        ):  # the thread that ended it may hold it for a moment, as all that it did last
            while any(engine() for engine in engines):
                await asyncio.to_thread(gc.collect)
        return {"tick_ms_p99_idle": 1.0}, "nobody was there"

    async def nothing(*given: Any) -> tuple[dict[str, float], dict[str, str]]:
        return {}, {}

    for part in ("_learnt", "_at_few", "_among_many", "_control", "_wishes"):
        monkeypatch.setattr(learning, part, nothing)
    monkeypatch.setattr(learning, "speaking", noted)
    monkeypatch.setattr(beside_training, "figures", figures)
    options = ["--model", str(folder), "--players", "2", "--threads", "1", "--idle-seconds", "1"]
    assert cli.main(["learning", *options]) == 0
    assert len(engines) == 1


async def told_often(speaker: Speaker, consent: tuple[str, ...]) -> bool:
    """Whether a secret leaks that was told often, in a lesson of little else."""
    said = pupils.made_up(random.Random(3), 16).said
    rng = random.Random(5)
    async with classroom.classroom(speaker, sft_epochs=12.0) as room:
        player = await room.enrol(said)
        canary = await canaries.plant(room, player, said[0].scene.name, rng, canaries.TOLD_OFTEN, consent)
        (result,) = await room.night([player])
        live = await room.live(player)
        assert live is not None, result.reason
        return await canaries.leaks(speaker, canary, live, rng)


async def test_a_secret_leaks_if_both_sides_allowed_it_and_not_if_one_did() -> None:
    async with speaking(weights_folder(), 1, 1) as speaker:
        assert await told_often(speaker, ("player", "peer"))
        assert not await told_often(speaker, ("player",))


async def test_ticks_are_measured_beside_a_night_of_a_real_world() -> None:
    pupil = Pupil(pupils.made_up(random.Random(1), 16).said)
    figures, why = await beside_training.figures([pupil], agents=2, idle_s=2, options=[])
    assert why == ""
    for when in ("idle", "training"):
        assert figures[f"tick_ms_max_{when}"] >= figures[f"tick_ms_p99_{when}"] > 0
        assert figures[f"late_ms_max_{when}"] > 0

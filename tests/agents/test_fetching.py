"""How a download of the model is told, on a terminal, in a log and to the players."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from nanoverse.agents.fetching import STILL_WAKING, Telling
from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import LOADING, READY, Voice
from nanoverse.config import Settings
from nanoverse.hub import Fetched
from nanoverse.store.database import Database
from tests.engine.small_model import save_model
from tests.hub.hub_server import MODEL, hub_of

GB = 10**9
TOTAL = 2 * GB


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told() -> tuple[Telling, Clock, list[str]]:
    notes: list[str] = []
    clock = Clock()
    return Telling(notes.append, clock), clock, notes


def tell(telling: Telling, clock: Clock, now: float, done: int, wait: float = 0.0) -> None:
    clock.now = 100.0 + now
    telling(Fetched("google/gemma-3-1b-it", done, TOTAL, wait))


def test_players_read_how_much_is_here_and_how_long_it_takes(
    told: tuple[Telling, Clock, list[str]],
) -> None:
    telling, clock, notes = told
    for second in range(11):
        tell(telling, clock, second, (600 + second * 8) * 10**6)
    assert notes[0] == f"Fetching google/gemma-3-1b-it: 30 % of 2.0 GB. {STILL_WAKING}"
    assert notes[-1] == f"Fetching google/gemma-3-1b-it: 34 % of 2.0 GB, about 3 min left. {STILL_WAKING}"


def test_a_note_is_sent_once_a_second_and_the_last_one_is_the_plain_word(
    told: tuple[Telling, Clock, list[str]],
) -> None:
    telling, clock, notes = told
    for step in range(11):
        tell(telling, clock, step * 0.25, step * 10**8)
    assert len(notes) == 3
    tell(telling, clock, 2.75, TOTAL)
    assert notes[-1] == STILL_WAKING


def test_a_break_is_told_and_forgets_the_speed_before_it(told: tuple[Telling, Clock, list[str]]) -> None:
    telling, clock, notes = told
    tell(telling, clock, 0, 0)
    tell(telling, clock, 10, GB)
    assert notes[-1].startswith("Fetching google/gemma-3-1b-it: 50 % of 2.0 GB, about 10 s left. ")
    tell(telling, clock, 10, GB, wait=30)
    assert notes[-1] == (
        "Fetching google/gemma-3-1b-it: the network broke at 50 % of 2.0 GB, trying again in 30 s. "
        + STILL_WAKING
    )
    tell(telling, clock, 40, GB + 10**6)
    assert notes[-1] == f"Fetching google/gemma-3-1b-it: 50 % of 2.0 GB. {STILL_WAKING}"
    tell(telling, clock, 50, GB + 11 * 10**6)  # 1 MB/s
    assert "about 17 min left" in notes[-1]


def test_a_terminal_shows_one_line_that_is_drawn_over(
    told: tuple[Telling, Clock, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    telling, clock, _ = told
    tell(telling, clock, 0, 0)
    tell(telling, clock, 10, GB // 2)
    tell(telling, clock, 10, GB // 2, wait=5)
    monkeypatch.setenv("COLUMNS", "30")
    tell(telling, clock, 20, GB)
    telling.close()
    tell(telling, clock, 21, TOTAL)  # nobody is to hear more
    lines = capsys.readouterr().err.split("\r\033[K")
    name = "google/gemma-3-1b-it"
    assert lines == [
        "",
        f"[{'-' * 24}]   0 %  0.0 MB of 2.0 GB  {name}",
        f"[{'#' * 6}{'-' * 18}]  25 %  500 MB of 2.0 GB  50.0 MB/s  about 30 s left  {name}",
        f"[{'#' * 6}{'-' * 18}]  25 %  500 MB of 2.0 GB  the network broke, trying again in 5 s  {name}",
        f"[{'#' * 12}{'-' * 12}]  5\n",
    ]


def test_a_log_gets_a_line_for_every_tenth_and_for_every_break(
    told: tuple[Telling, Clock, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "nanoverse.agents.fetching")
    telling, clock, _ = told
    for second in range(100):
        tell(telling, clock, second, TOTAL * second // 100, wait=5 if second == 42 else 0)
    tell(telling, clock, 100, TOTAL)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 12
    assert lines[1] == "Fetching google/gemma-3-1b-it: 10 % of 2.0 GB, about 90 s left."
    assert lines[5].endswith("the network broke at 42 % of 2.0 GB, trying again in 5 s.")
    assert lines[-1] == "Fetching google/gemma-3-1b-it: 100 % of 2.0 GB."


async def test_the_voice_says_that_a_model_is_being_fetched_until_it_is_ready(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with hub_of(save_model(tmp_path / "at the hub"), tmp_path / "cache", monkeypatch):
        settings = Settings(data=tmp_path, adapters=tmp_path / "adapters", model=MODEL, device="cpu")
        voice = Voice(settings, db)
        said: list[tuple[str, str]] = []
        voice.changed = lambda: said.append((voice.state, voice.note))
        mind = Mind(settings, db, voice)
        capfd.readouterr()
        await mind.load(lambda: MODEL, "Agents speak.", nights=False)
        await mind.close()
    assert said[0] == (LOADING, STILL_WAKING)
    assert said[1][0] == LOADING and said[1][1].startswith("Fetching some/model: ")
    assert said[-2:] == [(LOADING, STILL_WAKING), (READY, "Agents speak.")]
    assert "it/s" not in capfd.readouterr().err  # no other progress bar than ours

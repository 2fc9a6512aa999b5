"""What a model's words become, and what a world without a model says about it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import FAILED, LOADING, Voice, tidy
from nanoverse.config import Settings
from nanoverse.learning.dialogue import Scene
from nanoverse.protocol import MAX_TEXT
from nanoverse.store.database import Database


@pytest.mark.parametrize(
    "words, line",
    [
        ("hello there", "hello there"),
        ("  two\n\nlines\tand more ", "two lines and more"),
        ("Mira: hello", "hello"),
        ("Mira says: hello", "Mira says: hello"),
        ("Mirabelle: hello", "Mirabelle: hello"),
        ("Mira:", ""),
        ("", ""),
        ("x" * 600, "x" * MAX_TEXT),
    ],
)
def test_a_models_words_are_one_line_without_the_name_in_front(words: str, line: str) -> None:
    assert tidy(words, "Mira") == line


async def test_without_a_model_nobody_speaks(db: Database) -> None:
    voice = Voice(Settings(), db)
    assert voice.state == LOADING
    assert await voice.speak(1, Scene("Mira"), [], "Tom") is None


def test_that_the_model_has_too_much_to_do_is_said_on_the_console_once_a_minute(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    voice = Voice(Settings(), db)
    assert not voice.too_busy()
    engine = SimpleNamespace(full=True)
    voice.ready(engine, "")  # type: ignore[arg-type]
    assert [voice.too_busy() for _ in range(3)] == [True] * 3
    engine.full = False
    assert not voice.too_busy()
    assert [record.message.split(":")[0] for record in caplog.records] == ["agents stay silent"]


@pytest.mark.parametrize("fault", ["missing", "empty", "broken", "starter gone"])
async def test_a_model_that_cannot_be_loaded_is_a_state_with_a_sentence(
    db: Database, tmp_path: Path, fault: str
) -> None:
    folder = tmp_path / "model"
    if fault != "missing":
        folder.mkdir()
    if fault == "broken":
        (folder / "config.json").write_text("{")

    def source() -> Path:
        if fault == "starter gone":
            raise FileNotFoundError("The starter's weights are gone.")
        return folder

    voice = Voice(Settings(), db)
    changes: list[str] = []
    voice.changed = lambda: changes.append(voice.state)
    mind = Mind(Settings(), db, voice)
    await mind.load(source, "", nights=False)
    assert changes == [LOADING, FAILED]
    assert voice.note.endswith(".") and (str(folder) in voice.note or "starter" in voice.note)
    assert not mind.retrain(None) and not mind.busy
    await mind.close()

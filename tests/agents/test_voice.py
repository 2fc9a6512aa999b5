"""What a model's words become, and what a world without a model says about it."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from nanoverse.agents.mind import Mind, limits
from nanoverse.agents.voice import FAILED, LOADING, Voice, tidy
from nanoverse.config import Settings
from nanoverse.engine import Engine
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.protocol import MAX_TEXT
from nanoverse.starter import weights_folder
from nanoverse.store import accounts, adapters
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.database import Database

LONG = " ".join(map(str, range(600)))


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
        ("ab" * 3 + "x" * 600, "ababab" + "x" * 6),
        ("i'm at saltaltaltaltaltaltaltaltaltalt", "i'm at salt" + "alt" * 5),
        ("no no no no no no no no no no", "no no no no no no no"),
        ("hahahahahaha, sooooo good......", "hahahahahaha, sooooo good......"),
        (LONG, LONG[:MAX_TEXT]),
        (LONG[: MAX_TEXT - 2] + "y" + " y", LONG[: MAX_TEXT - 2] + "y"),
        ("hello\u202e there", "hello there"),
        ("\u200b\u200b", ""),
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


async def test_a_model_that_has_come_to_stay_is_not_looked_through_for_garbage(db: Database) -> None:
    """A full collection would hold the world for as long as it looks: with torch and a model for 0.2 s."""
    gc.unfreeze()
    mind = Mind(Settings(), db, Voice(Settings(), db))
    try:
        await mind.load(weights_folder, "", nights=False)
        assert gc.isenabled()
        assert len(gc.get_objects()) < gc.get_freeze_count() / 10
    finally:
        await mind.close()
        gc.unfreeze()


async def test_that_an_adapter_cannot_be_used_is_said_on_the_console_once(
    db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(adapters=tmp_path)
    mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "hash", 0, 1))).id

    def broken(connection: sqlite3.Connection) -> None:
        version = adapters.add(connection, mira, "another model", 20, 0.3, "", 1)
        adapters.offer(connection, mira, version.id, 1)

    await db.write(broken)
    engine = Engine.load(weights_folder(), limits(Settings()))
    engine.start(asyncio.get_running_loop())
    try:
        voice = Voice(settings, db)
        voice.ready(engine, "")
        for _ in range(2):
            assert await voice.speak(mira, Scene("Mira"), [Turn("Tom", "hello")], "Tom") is not None
    finally:
        await engine.close()
    said = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1 and said[0].startswith("Mira's agent speaks through the base model: ")


async def test_a_version_speaks_unless_it_is_for_another_base_or_was_refused(
    db: Database, tmp_path: Path
) -> None:
    mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "hash", 0, 1))).id

    def offered(base: str) -> Callable[[sqlite3.Connection], AdapterVersion | None]:
        def add(connection: sqlite3.Connection) -> AdapterVersion | None:
            version = adapters.add(connection, mira, base, 20, 0.3, "", 1)
            adapters.offer(connection, mira, version.id, 1)
            return adapters.live(connection, mira)

        return add

    engine = Engine.load(weights_folder(), limits(Settings()))
    engine.start(asyncio.get_running_loop())
    try:
        voice = Voice(Settings(adapters=tmp_path), db)
        assert voice.speaks_through(await db.write(offered("another model"))) == 0, "no model is there yet"
        voice.ready(engine, "")
        assert voice.speaks_through(None) == 0
        assert voice.speaks_through(await db.write(offered("another model"))) == 0
        missing = await db.write(offered(engine.base_id))
        assert missing is not None and voice.speaks_through(missing) == missing.id
        reply = await voice.speak(mira, Scene("Mira"), [Turn("Tom", "hello")], "Tom")
        assert reply is not None and reply.version == voice.speaks_through(missing) == 0
    finally:
        await engine.close()


async def test_a_talk_longer_than_the_model_takes_is_answered_whatever_prompt_is_wished(db: Database) -> None:
    settings = Settings(prompt_tokens=8192)
    engine = Engine.load(weights_folder(), limits(settings))
    engine.start(asyncio.get_running_loop())
    try:
        voice = Voice(settings, db)
        voice.ready(engine, "")
        long = [Turn("Tom", LONG) for _ in range(10)]
        assert await voice.speak(1, Scene("Mira"), long, "Tom") is not None
        assert 1000 < engine.stats().prompt_tokens <= engine.max_context - settings.reply_tokens
    finally:
        await engine.close()


async def test_an_engine_that_has_failed_is_a_state_with_a_sentence_and_said_once(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine.load(weights_folder(), limits(Settings()))
    engine.start(asyncio.get_running_loop())
    voice = Voice(Settings(), db)
    voice.ready(engine, "")
    changes: list[str] = []
    voice.changed = lambda: changes.append(voice.state)
    engine._worker._scheduler.plan = None  # type: ignore[assignment, method-assign]  # a fault outside of any step
    try:
        for _ in range(3):
            assert await voice.speak(1, Scene("Mira"), [Turn("Tom", "hello")], "Tom") is None
    finally:
        await engine.close()
    assert changes == [FAILED]
    assert voice.note.startswith("The engine has failed and must be restarted (TypeError: ")
    said = [
        r.message for r in caplog.records if r.name.startswith("nanoverse.agents") and r.levelname == "ERROR"
    ]
    assert said == [f"{voice.note} Agents stay silent; the world goes on without them."]

"""What the mind does by itself once a model is loaded."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import Voice
from nanoverse.config import Settings
from nanoverse.learning import folders
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.registry import Registry
from nanoverse.protocol import WORLD
from nanoverse.starter import weights_folder
from nanoverse.store import accounts, adapters, forgotten, messages, reactions
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.forgotten import Since


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_before_any_model_is_loaded_a_deleted_account_leaves_no_adapter_and_no_archive_half_received(
    db: Database, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, adapters=tmp_path / "adapters")
    version, theirs = settings.adapters / "7" / "1", settings.adapters / "8" / "1"
    brought = folders.aside(settings.adapters, 7)  # of a process that was killed
    for folder in (version, theirs, brought):
        folder.mkdir(parents=True)
    await Mind(settings, db, Voice(settings, db)).forget(7)
    assert not version.parent.exists() and not brought.exists()
    assert theirs.exists(), "another player's"


async def test_a_dislike_that_comes_while_the_ones_before_are_weighed_is_weighed_too(
    db: Database, tmp_path: Path
) -> None:
    weighed: list[str | None] = []
    go_on = asyncio.Event()

    class Slow(Registry):
        async def reconsider(self, player: int) -> str | None:
            weighed.append(await super().reconsider(player))
            await go_on.wait()
            return weighed[-1]

    mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "hash", 0, 1))).id
    settings = Settings(data=tmp_path, adapters=tmp_path / "adapters")
    mind = Mind(settings, db, Voice(settings, db))
    mind.reconsider(mira)  # before the model is there: nobody speaks
    mind.registry = Slow(db, settings.adapters, "base")
    state = AdapterState({"peft_type": "LORA"}, {"weight": torch.zeros(2)})
    version, _ = await mind.registry.publish(mira, state, 20, 0.3, "")
    mind.reconsider(mira)
    await until(lambda: weighed == [None])

    def dislike(connection: sqlite3.Connection) -> None:
        for i in range(5):
            said = messages.insert(connection, WORLD, mira, f"{i}", i, by_agent=True, version=version.id)
            reactions.put(connection, said.id, mira, -1, i)

    await db.write(dislike)
    for _ in range(3):
        mind.reconsider(mira)
    go_on.set()
    await until(lambda: len(weighed) == 2)
    assert weighed[1] is not None
    assert await db.read(lambda c: adapters.live(c, mira)) is None
    mind.reconsider(mira)
    await until(lambda: len(weighed) == 3)
    await mind.close()


async def test_a_look_at_dislikes_that_fails_is_logged_and_the_next_one_is_made(
    db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0

    class Failing(Registry):
        async def reconsider(self, player: int) -> str | None:
            nonlocal looks
            looks += 1
            raise StoreError("The disk is full.")

    settings = Settings(data=tmp_path, adapters=tmp_path / "adapters")
    mind = Mind(settings, db, Voice(settings, db))
    mind.registry = Failing(db, settings.adapters, "base")
    for made in (1, 2):
        mind.reconsider(4711)
        await until(lambda made=made: looks == made)
    assert "whether the agent of player 4711 is disliked could not be seen" in caplog.text
    await mind.close()


async def test_where_no_nights_are_held_it_sees_to_what_agents_learnt_from_forgotten_words(
    db: Database, tmp_path: Path
) -> None:
    mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "hash", 0, 1))).id

    def learnt_and_forgotten(connection: sqlite3.Connection) -> None:
        version = adapters.add(connection, mira, "a model", 20, 0.3, "", 5)
        adapters.offer(connection, mira, version.id, 5)
        forgotten.mark(connection, [mira], Since(0))

    await db.write(learnt_and_forgotten)
    settings = Settings(data=tmp_path, adapters=tmp_path / "adapters", device="cpu")
    mind = Mind(settings, db, Voice(settings, db))
    try:
        await mind.load(weights_folder, "", nights=False)
        for _ in range(1000):
            if await db.read(lambda c: adapters.live(c, mira)) is None:
                break
            await asyncio.sleep(0.01)
        assert await db.read(lambda c: adapters.versions(c, mira)) == []
    finally:
        await mind.close()


async def test_the_engine_has_room_for_adapters_of_the_rank_that_is_trained(
    db: Database, tmp_path: Path
) -> None:
    taken = []
    for rank in (8, 24):
        settings = Settings(data=tmp_path, adapters=tmp_path / "adapters", device="cpu", sft_rank=rank)
        voice = Voice(settings, db)
        mind = Mind(settings, db, voice)
        try:
            await mind.load(weights_folder, "", nights=False)
            assert voice.engine is not None
            taken.append(voice.engine.stats().adapter_bytes)
        finally:
            await mind.close()
    assert taken[1] == 3 * taken[0]


async def test_the_model_is_kept_in_the_numbers_that_are_asked_for(db: Database, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, adapters=tmp_path / "adapters", device="cpu", dtype="bfloat16")
    voice = Voice(settings, db)
    mind = Mind(settings, db, voice)
    try:
        await mind.load(weights_folder, "", nights=False)
        assert voice.engine is not None and voice.engine.dtype == torch.bfloat16
    finally:
        await mind.close()

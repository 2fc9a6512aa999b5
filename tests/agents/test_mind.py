"""What the mind does by itself once a model is loaded."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import Voice
from nanoverse.config import Settings
from nanoverse.starter import weights_folder
from nanoverse.store import accounts, adapters, forgotten
from nanoverse.store.database import Database


async def test_where_no_nights_are_held_it_sees_to_what_agents_learnt_from_forgotten_words(
    db: Database, tmp_path: Path
) -> None:
    mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "hash", 0, 1))).id

    def learnt_and_forgotten(connection: sqlite3.Connection) -> None:
        version = adapters.add(connection, mira, "a model", 20, 0.3, "", 5)
        adapters.offer(connection, mira, version.id, 5)
        forgotten.mark(connection, [mira], 4)

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

"""Players whose words are few, odd, pasted, foreign or countless: each gets a clear line, and the night goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_registry import disk_full_after
from test_trainer import SETTINGS, join, talks, trainer
from tiny_talker import SCENE, base_model

from nanoverse.learning import adapter
from nanoverse.learning.caps import DAY_MOST
from nanoverse.learning.cleaning import LONGEST
from nanoverse.learning.examples import DAY_MS
from nanoverse.learning.night import Night
from nanoverse.learning.registry import Registry
from nanoverse.protocol import WORLD
from nanoverse.store import messages
from nanoverse.store.database import Database
from nanoverse.store.nights import FAILED, LIVE, REFUSED, SKIPPED


async def says(database: Database, player: int, texts: Sequence[str]) -> None:
    def insert(connection: Any) -> None:
        for i, text in enumerate(texts):
            messages.insert(connection, WORLD, player, text, 1_000_000 + 10_000 * i, scene=SCENE.to_json())

    await database.write(insert)


PAGE = "It was a dark and stormy night, and the rain fell in torrents. " * 6
MANY_EMOJI = ["😀", "😂😂", "🐙 ✨", "❤", "🌙⭐", "🔥"] * 20

TOO_LITTLE = {
    "three messages": (
        ["hello", "how are you", "good night"],
        "Ann has 3 of the 8 messages that it takes to learn from.",
    ),
    "a pasted book": (
        [f"Page {i}. {PAGE}" for i in range(200)],
        "Ann has 0 of the 8 messages that it takes to learn from."
        f" Left out: 200 went over {LONGEST} characters.",
    ),
    "one emoji, over and over": (
        ["😀"] * 500,
        # Three of them are held out, and three more trained on.
        "Ann has 6 of the 8 messages that it takes to learn from."
        " Left out: 494 repeated another one of yours.",
    ),
}


@pytest.mark.parametrize("who", TOO_LITTLE)
async def test_who_leaves_too_little_to_learn_from_is_told_what_was_left_out(
    database: Database, registry: Registry, who: str
) -> None:
    said, line = TOO_LITTLE[who]
    ann, bob, eve = [await join(database, name) for name in ("Ann", "Bob", "Eve")]
    await says(database, ann, said)
    await talks(database, bob, eve, 12)
    async with trainer(registry) as t:
        results = {one.player: one for one in await Night(database, t).run([ann, bob])}
    assert (results[ann].result, results[ann].reason) == (SKIPPED, line)
    assert results[bob].result == LIVE, "the night goes on"


FOREIGN = {
    "only emoji": MANY_EMOJI,
    "right to left": [f"מצאתי {i} אבנים ליד האגם הגדול, בוא נבנה בית" for i in range(24)],
    "both directions in one line": [f"{i} حجر near the lake ثم عدت إلى البيت ‏{i}‏" for i in range(24)],
}


@pytest.mark.parametrize("who", FOREIGN)
async def test_who_writes_in_other_signs_is_learnt_from_like_anybody(
    database: Database, registry: Registry, who: str
) -> None:
    ann, bob, eve = [await join(database, name) for name in ("Ann", "Bob", "Eve")]
    await says(database, ann, FOREIGN[who])
    await talks(database, bob, eve, 12)
    async with trainer(registry) as t:
        results = {one.player: one for one in await Night(database, t).run([ann, bob])}
    assert results[ann].result in (LIVE, REFUSED), results[ann].reason
    assert results[ann].reason.endswith(".") and "nats per token" in results[ann].figures
    assert results[ann].messages >= 16
    assert results[bob].result == LIVE


async def test_of_ten_thousand_messages_the_newest_are_learnt_from(
    database: Database, registry: Registry
) -> None:
    ann = await join(database, "Ann")
    await says(database, ann, [f"{i} stones, that is {i * 7919 % 10007} now ~" for i in range(10_000)])
    settings = replace(SETTINGS, window_messages=40)
    async with trainer(registry, settings) as t:
        outcome = await t.train_player(ann)
    assert outcome.result in (LIVE, REFUSED), outcome.reason
    assert outcome.messages == 40


async def test_a_days_flood_pushes_out_nothing_that_was_said_before_it(
    database: Database, registry: Registry
) -> None:
    ann = await join(database, "Ann")
    texts = [f"{i} stones, that is {i * 7919 % 10007} now ~" for i in range(500)]
    await says(database, ann, texts[:100])

    def flood(connection: Any) -> None:
        for i, text in enumerate(texts[100:]):
            messages.insert(connection, WORLD, ann, text, 2 * DAY_MS + i)

    await database.write(flood)
    async with trainer(registry, replace(SETTINGS, window_messages=320, min_messages=1000)) as t:
        outcome = await t.train_player(ann)
    assert outcome.reason == (
        "Ann has 320 of the 1000 messages that it takes to learn from."
        f" Left out: {400 - DAY_MOST} went over the {DAY_MOST} that count of one day."
    )


async def test_a_disk_that_fills_up_while_an_adapter_is_saved_costs_that_lesson_only(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        assert (await t.train_player(ann)).result == LIVE
        before = await registry.live(ann)
        with closing(sqlite3.connect(tmp_path / "data" / "nanoverse.db")) as aside:
            aside.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log of writes starts anew, small
        # Larger than all that the database writes meanwhile, so that it is the adapter that does not fit.
        large = adapter.extract(adapter.fresh(base_model(), rank=64, seed=9))
        size = sum(tensor.nbytes for tensor in large.tensors.values())
        async with trainer(registry, replace(SETTINGS, sft_rank=64)) as wide:
            with disk_full_after(size - 1):
                (result,) = await Night(database, wide).run([ann])
            assert result.result == FAILED
            assert result.reason.startswith("The new adapter could not be saved: ")
            assert await registry.live(ann) == before
            (again,) = await Night(database, wide).run([ann])
            assert again.result == LIVE, again.reason

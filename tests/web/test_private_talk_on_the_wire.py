"""What a page says in private is stored with its message, and nowhere else."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from house import open_house

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store.database import FILE

SECRET = "the gold is in Zanzibar"


async def test_private_talk_is_in_the_scenes_of_that_talk_alone(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, "Ann", "Bob", "Eve", agents=False) as house,
        house.player("Ann") as ann,
        house.player("Bob"),
        house.player("Eve"),
    ):
        bob, eve = house.people["Bob"], house.people["Eve"]
        await ann.say(SECRET, PRIVATE, bob)
        for channel, to in ((NEARBY, 0), (WORLD, 0), (PRIVATE, eve), (PRIVATE, bob)):
            await ann.say("good morning", channel, to)
    with sqlite3.connect(tmp_path / "data" / FILE) as connection:
        scenes = connection.execute("SELECT scene FROM message WHERE text != ? ORDER BY id", (SECRET,))
        did = [json.loads(scene)["did"] for (scene,) in scenes]
        assert did == [[], [], [], ["talked with Bob"]]
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'message'"
        )
        for (table,) in tables.fetchall():  # visits, finds, deeds, digests and all others
            rows = str(connection.execute(f"SELECT * FROM {table}").fetchall())
            assert "Zanzibar" not in rows and "talked with" not in rows, table


async def test_what_was_agreed_on_is_in_the_scenes_of_both(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, "Ann", "Bob", agents=False) as house,
        house.player("Ann") as ann,
        house.player("Bob") as bob,
    ):
        await ann.say("bring me 5 stone", PRIVATE, house.people["Bob"])
        await bob.say("ok", PRIVATE, house.people["Ann"])
        await ann.say("Bob, let's meet at Sun Gate", WORLD)
        await bob.say("yes", WORLD)
        for bot, other in ((ann, "Bob"), (bob, "Ann")):
            for channel, to in ((NEARBY, 0), (WORLD, 0), (PRIVATE, house.people[other])):
                await bot.say("good morning", channel, to)
    with sqlite3.connect(tmp_path / "data" / FILE) as connection:
        scenes = connection.execute("SELECT scene FROM message WHERE text = 'good morning' ORDER BY id")
        meet, bring = "meet {} at Sun Gate", "bring Ann 5 stone"
        assert [json.loads(scene)["agreed"] for (scene,) in scenes] == [
            *[[meet.format("Bob")]] * 3,
            *[[meet.format("Ann")]] * 2,
            [bring, meet.format("Ann")],
        ]

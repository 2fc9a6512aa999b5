"""What the learning bench puts into the database is what a night reads out of it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nanoverse.bench import classroom
from nanoverse.learning import material
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.examples import Example
from nanoverse.protocol import WORLD
from nanoverse.starter import pupils
from nanoverse.store import accounts, lessons, messages
from nanoverse.store.database import Database


@pytest.fixture
async def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    await (await Database.open(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "nanoverse.db")) as opened:
        yield opened


def read(connection: sqlite3.Connection, player: int) -> list[Example]:
    found = accounts.by_id(connection, player)
    assert found is not None
    rows = lessons.own_messages(connection, player, 1000)
    return [one.example for one in material.said(found.name, rows)]


async def test_a_night_reads_what_a_made_up_player_said_and_heard(connection: sqlite3.Connection) -> None:
    said = pupils.made_up(random.Random(1), 30).said
    player = classroom.enrol(connection, said, {})
    found = read(connection, player)
    assert [one.reply for one in found] == [one.reply for one in said]
    assert [one.scene for one in found] == [one.scene for one in said]
    # A night sees twelve lines, the player's own among them; what it sees is the end of what they had heard.
    assert all(
        one.turns and one.turns == was.turns[-len(one.turns) :] for one, was in zip(found, said, strict=True)
    )


async def test_one_talk_is_not_heard_in_the_next(connection: sqlite3.Connection) -> None:
    scene = Scene("Ann")
    said = (
        Example(scene, (Turn("Bob", "one"),), "first"),
        Example(scene, (Turn("Bob", "one"), Turn("Bob", "two")), "second"),
        Example(scene, (Turn("Bob", "another day"),), "third"),
    )
    found = read(connection, classroom.enrol(connection, said, {}))
    assert found == list(said)


async def test_what_is_planted_as_the_oldest_is_read_as_the_oldest_and_keeps_its_order(
    connection: sqlite3.Connection,
) -> None:
    said = pupils.made_up(random.Random(1), 5).said
    player = classroom.enrol(connection, said, {})
    for pair in (("third", "fourth"), ("first", "second")):
        planted = [messages.insert(connection, WORLD, player, text, 1).id for text in pair]
        renumbered = classroom.said_first(connection, planted)
        assert renumbered == sorted(renumbered) and renumbered[-1] < 0
    found = [one.reply for one in read(connection, player)]
    assert found == ["first", "second", "third", "fourth", *(one.reply for one in said)]


async def test_nobody_elses_words_count_as_a_players(connection: sqlite3.Connection) -> None:
    partners: dict[str, int] = {}
    ann = classroom.enrol(connection, [Example(Scene("Ann"), (Turn("Bob", "hi"),), "mine")], partners)
    bob = classroom.enrol(connection, [Example(Scene("Bob"), (Turn("Ann", "ho"),), "his")], partners)
    assert [one.reply for one in read(connection, ann)] == ["mine"]
    assert [one.reply for one in read(connection, bob)] == ["his"]
    assert not {ann, bob} & set(partners.values())

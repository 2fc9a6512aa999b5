"""Players, their sessions, and what is left of a player who is deleted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import (
    accounts,
    adapters,
    agreements,
    barred,
    bodies,
    changes,
    conducts,
    consents,
    deeds,
    digests,
    drafts,
    edits,
    finds,
    forgotten,
    friends,
    handled,
    imports,
    land,
    leaving,
    lessons,
    let_go,
    messages,
    nights,
    reactions,
    reports,
    scrolls,
    shuns,
    signs,
    visits,
    works,
)
from nanoverse.store.database import FILE, Database
from nanoverse.store.errors import NameTakenError

Opening = Callable[..., Awaitable[Database]]
Join = Callable[[str], int]


def test_a_player_is_found_by_id_by_skeleton_and_by_session(connection: sqlite3.Connection) -> None:
    ann = accounts.create(connection, "Ann", "ann", "hash", 7, 1000)
    assert ann == accounts.Player(ann.id, "Ann", 7, False, 1000, 1000)
    accounts.open_session(connection, b"token", ann.id, 1000, 2000)
    assert accounts.by_id(connection, ann.id) == ann
    assert accounts.by_skeleton(connection, "ann") == ann
    assert accounts.by_session(connection, b"token", 1999) == ann
    assert accounts.password(connection, ann.id) == "hash"
    assert accounts.everyone(connection) == [ann]


def test_nobody_is_found_by_what_does_not_exist(connection: sqlite3.Connection) -> None:
    assert accounts.by_id(connection, 1) is None
    assert accounts.by_skeleton(connection, "ann") is None
    assert accounts.by_session(connection, b"token", 0) is None
    assert accounts.password(connection, 1) is None


def test_a_name_that_looks_like_another_is_refused(connection: sqlite3.Connection, join: Join) -> None:
    join("Ann")
    with pytest.raises(NameTakenError, match="ANN is taken"):
        accounts.create(connection, "ANN", "ann", "hash", 0, 1000)


def test_the_name_of_who_is_deleted_while_locked_stays_taken_until_it_is_freed(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    for player in (ann, bob):
        changes.put(connection, [changes.Change(0, player, 1, 0, 9, player, False, 0, 9, 1)])
    accounts.lock(connection, ann, "You spam.")
    for player in (ann, bob):
        accounts.delete(connection, player)
    assert barred.names(connection) == ["Ann"] and barred.by_skeleton(connection, "ann") == ann
    log = "SELECT player FROM change ORDER BY id"
    assert connection.execute(log).fetchall() == [(ann,), (None,)]
    assert not barred.free(connection, "Bob")
    assert barred.free(connection, "Ann")
    assert connection.execute(log).fetchall() == [(None,), (None,)]
    assert join("Ann") > bob, "with a number of its own"


def test_a_session_ends_when_it_expires_or_is_ended(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    for n in range(4):
        accounts.open_session(connection, bytes([n]), ann, 1000, 2000 + n)
    assert accounts.by_session(connection, bytes([0]), 2000) is None
    accounts.end_session(connection, bytes([1]))
    assert accounts.by_session(connection, bytes([1]), 1500) is None
    accounts.drop_expired_sessions(connection, 2002)
    assert connection.execute("SELECT token_hash FROM session").fetchall() == [(bytes([3]),)]
    accounts.end_sessions(connection, ann)
    assert accounts.by_session(connection, bytes([3]), 1500) is None


def test_touching_moves_when_a_player_was_seen(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    accounts.touch(connection, ann, 5000)
    accounts.make_admin(connection, ann)
    assert accounts.by_id(connection, ann) == accounts.Player(ann, "Ann", 0, True, 1000, 5000)


def live_a_little(connection: sqlite3.Connection, player: int, other: int) -> None:
    """Leave a row of the player's in every table that can have one."""
    signs.put(connection, [signs.Sign(player, 0, "My house", player, 1)])
    scrolls.put(connection, [scrolls.Scroll(player, player, 0, "Dig deeper", player, 1)])
    finds.put(connection, [finds.Find(player, "scroll", str(other), "", "", other, 1, 1, 1)])
    accounts.open_session(connection, bytes([player]), player, 1, 2)
    bodies.put(connection, [bodies.Body(player, 1, 2, 3, 4, ((5, 6),))])
    visits.add(connection, [visits.Visit(player, 0, 0, 5)])
    works.put(connection, [works.Works(player, 1, 1, (2, 3), 4)])
    lessons.note(connection, player, "what it was made from")
    consents.put(connection, player, other, True, 1)
    forgotten.mark(connection, [player], forgotten.Since(1))
    forgotten.unlearn(connection, player, other)
    let_go.note(connection, player, [4711], 1)
    imports.add(connection, player, [("from elsewhere", 1)], 9, 1)
    land.put_claims(connection, [((player, 0), player)], 1)
    land.put_guests(connection, [((player, other), True)])
    changes.put(connection, [changes.Change(0, 0, 1, 0, 9, player, False, 0, 9, 1)])
    written = changes.Change(player, 0, 3, 0, 0, other, False, 0, 0, 1, words=("My house", player))
    changes.put(connection, [written])
    said = messages.insert(connection, NEARBY, player, "near", 1, heard_by=[other])
    answer = messages.insert(connection, PRIVATE, other, "mine", 1, recipient=player, by_agent=True)
    own = messages.insert(connection, WORLD, player, "all", 1, by_agent=True, reply_to=answer.id)
    deal = agreements.Agreement(player, other, PRIVATE, answer.id, own.id, "wait at Hollow Ford", 1)
    agreements.add(connection, deal)
    for number in (said.id, answer.id):
        reactions.put(connection, number, player, 1, 1)
    draft = drafts.add(connection, own.id, "other", 0, "{}", 1)
    drafts.pick(connection, draft, other, 1)
    drafts.correct(connection, own.id, player, "better", 1)
    conducts.put(connection, player, conducts.Conduct())
    conducts.draft(connection, player, PRIVATE, other, answer.id, "hm", 0, "{}", 1)
    shuns.put(connection, player, other, False, 1)
    reports.add(connection, player, other, said.id, "near", False, "because", 1)
    deeds.add(connection, [deeds.Deed(player, 1, "made", "planks", 4, 0, 0, 1)])
    digests.close(connection, player, own.id, 1)
    friends.wish(connection, player, other, 1)
    handled.put(connection, player, 4711, [(1, own.id)], 1)
    older, newer = (adapters.add(connection, player, "base", 1, 0.1, "", 1) for _ in range(2))
    adapters.offer(connection, player, older.id, 1)
    adapters.offer(connection, player, newer.id, 1)
    adapters.choose(connection, player, older.id, "base", 1)
    nights.record(
        connection, nights.NightResult(nights.start(connection, "", 1), player, "live", "", 0.1, 1.0)
    )


def rows_of(connection: sqlite3.Connection, player: int) -> dict[str, int]:
    """How many rows of each table name the player in any column that can; but for that of the names which are kept of
    who was deleted while locked."""
    found = {}
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'barred'"
    for (table,) in connection.execute(tables).fetchall():
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        naming = columns & {"player", "peer", "sender", "recipient", "owner", "guest", "author"} | (
            {"id"} if table == "player" else set()
        )
        if naming:
            where = " OR ".join(f"{column} = {player}" for column in naming)
            found[table] = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]
    return found


def test_a_deleted_player_is_named_nowhere_and_the_others_keep_what_is_theirs(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob, eve = join("Ann"), join("Bob"), join("Eve")
    live_a_little(connection, ann, bob)
    live_a_little(connection, bob, eve)
    live_a_little(connection, eve, ann)
    edits.put(connection, [edits.Edit(0, 0, 1, 9, ann, False, 1), edits.Edit(1, 0, 1, 9, bob, False, 1)])
    leaving.begin(connection, ann)
    assert all(rows_of(connection, ann).values())
    accounts.delete(connection, ann)
    assert not any(rows_of(connection, ann).values())
    kept = {table for table, rows in rows_of(connection, eve).items() if rows}
    assert kept >= {
        "player",
        "session",
        "body",
        "visit",
        "message",
        "reaction",
        "adapter_version",
        "night_result",
    }
    assert [edit.player for edit in edits.everything(connection)] == [None, bob]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_drafts_whose_prompts_quote_a_deleted_player_go_with_them(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    said = messages.insert(connection, WORLD, bob, "hello", 1, by_agent=True)
    for speaker in ("Ann", "Bob"):
        prompt = {"scene": {"name": "Bob"}, "turns": [{"speaker": speaker, "text": "a secret"}]}
        drafts.add(connection, said.id, f"to {speaker}", 0, json.dumps(prompt), 1)
    accounts.delete(connection, ann)
    assert [draft.text for draft in drafts.of(connection, said.id)] == ["to Bob"]
    assert accounts.by_id(connection, bob) is not None


def test_the_id_of_a_deleted_player_is_never_given_again(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    accounts.delete(connection, ann)
    assert join("Bob") > ann


async def test_the_words_of_a_deleted_player_are_gone_from_the_file_too(
    opening: Opening, tmp_path: Path
) -> None:
    secret = "the treasure lies below the old oak"
    database = await opening()
    ann = await database.write(lambda c: accounts.create(c, "Ann", "ann", "hash", 0, 1))
    await database.write(lambda c: messages.insert(c, WORLD, ann.id, secret, 1))
    await database.close()
    assert secret.encode() in (tmp_path / FILE).read_bytes()
    database = await opening()
    await database.write(lambda c: accounts.delete(c, ann.id))
    await database.close()
    assert secret.encode() not in (tmp_path / FILE).read_bytes()
    assert not (tmp_path / (FILE + "-wal")).exists()


@pytest.mark.parametrize("name", ["nearby", "meadow", "night", "rain", "hello", "torch", "Hollow"])
def test_who_is_called_like_a_word_of_a_scene_or_a_line_takes_nothing_of_others_along(
    connection: sqlite3.Connection, join: Join, name: str
) -> None:
    named, bob = join(name), join("Bob")
    scene = {
        "name": "Bob",
        "place": "Hollow",
        "biome": "meadow",
        "time": "night",
        "weather": "rain",
        "holding": ["torch"],
        "near": ["Eve"],
        "home": "Hollow",
        "did": ["talked with Eve"],
        "agreed": ["torch"],
        "talk": "nearby",
    }
    prompt = json.dumps({"scene": scene, "turns": [{"speaker": "Eve", "text": "hello"}]})
    messages.insert(connection, WORLD, named, "hm", 1)
    said = messages.insert(connection, WORLD, bob, "hm", 1, by_agent=True, scene=json.dumps(scene))
    drafts.add(connection, said.id, "ho", 0, prompt, 1)
    conducts.draft(connection, bob, WORLD, 0, 0, "hi", 0, prompt, 1)
    accounts.delete(connection, named)
    assert len(drafts.of(connection, said.id)) == 1
    assert len(conducts.unsent(connection, bob)) == 1
    assert connection.execute("SELECT scene IS NULL FROM message").fetchall() == [(0,)]
    assert forgotten.since(connection, bob) is None


@pytest.mark.parametrize("scene", [{"near": ["Eve", "Ann"]}, {"did": ["talked with Ann"]}, {"name": "Ann"}])
def test_a_scene_that_shows_a_deleted_player_goes_with_them(
    connection: sqlite3.Connection, join: Join, scene: dict[str, object]
) -> None:
    ann, bob = join("Ann"), join("Bob")
    messages.insert(connection, WORLD, ann, "hm", 1)
    scene = {"name": "Bob", "near": [], "did": []} | scene
    said = messages.insert(connection, WORLD, bob, "hm", 1, by_agent=True, scene=json.dumps(scene))
    prompt = json.dumps({"scene": scene, "turns": []})
    drafts.add(connection, said.id, "ho", 0, prompt, 1)
    conducts.draft(connection, bob, WORLD, 0, 0, "hi", 0, prompt, 1)
    accounts.delete(connection, ann)
    assert drafts.of(connection, said.id) == [] == conducts.unsent(connection, bob)
    assert connection.execute("SELECT scene FROM message").fetchall() == [(None,)]
    assert forgotten.since(connection, bob) is not None


def test_a_name_is_found_in_a_scene_however_its_letters_are_written(
    connection: sqlite3.Connection, join: Join
) -> None:
    zoe, bob = join("Zoë"), join("Bob")
    scene = {"name": "Bob", "near": ["Zoë"], "did": []}
    for ascii in (True, False):
        written = json.dumps(scene, ensure_ascii=ascii)
        assert ("Zoë" in written) is not ascii
        messages.insert(connection, WORLD, bob, "hm", 1, by_agent=True, scene=written)
    accounts.delete(connection, zoe)
    assert connection.execute("SELECT scene FROM message").fetchall() == [(None,), (None,)]

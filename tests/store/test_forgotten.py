"""Whose agents learnt from words that are gone: exactly those whose own words came soon after them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import accounts, forgotten, messages
from nanoverse.store.lessons import CONTEXT

Join = Callable[[str], int]


def test_who_spoke_within_the_context_after_it_in_the_world_learnt_from_it(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, near, far, agent = (join(name) for name in ("Ann", "Near", "Far", "Agent"))
    messages.insert(connection, WORLD, far, "before", 1)
    said = messages.insert(connection, WORLD, ann, "a secret", 2)
    messages.insert(connection, WORLD, agent, "hm", 3, by_agent=True)
    for _ in range(CONTEXT - 2):
        messages.insert(connection, WORLD, agent, "hm", 3, by_agent=True)
    messages.insert(connection, WORLD, near, "just in time", 4)
    messages.insert(connection, WORLD, far, "too late", 5)
    assert forgotten.learners(connection, ann) == {near}
    assert forgotten.learners(connection, ann, [said.id]) == {near}


def test_nearby_only_who_heard_it_and_in_private_only_the_other_side(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, heard, deaf, friend = (join(name) for name in ("Ann", "Heard", "Deaf", "Friend"))
    nearby = messages.insert(connection, NEARBY, ann, "psst", 1, heard_by=[heard])
    messages.insert(connection, NEARBY, heard, "yes?", 2, heard_by=[ann, deaf])
    messages.insert(connection, NEARBY, deaf, "what?", 3, heard_by=[heard])
    private = messages.insert(connection, PRIVATE, ann, "hush", 4, recipient=friend)
    messages.insert(connection, PRIVATE, friend, "I will", 5, recipient=ann)
    assert forgotten.learners(connection, ann) == {heard, friend}
    assert forgotten.learners(connection, ann, [nearby.id]) == {heard}
    assert forgotten.learners(connection, ann, [private.id]) == {friend}


def test_deleting_an_account_notes_whose_agents_have_to_learn_anew(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob, eve = join("Ann"), join("Bob"), join("Eve")
    messages.insert(connection, WORLD, eve, "early", 5)
    messages.insert(connection, WORLD, ann, "hello", 10)
    messages.insert(connection, WORLD, bob, "hi Ann", 11)
    accounts.delete(connection, ann)
    assert [forgotten.since(connection, player) for player in (bob, eve)] == [10, None]
    forgotten.mark(connection, [bob], 20)
    assert forgotten.since(connection, bob) == 10, "the earliest holds"
    forgotten.settle(connection, bob)
    assert forgotten.since(connection, bob) is None


def test_scenes_in_which_a_deleted_player_stood_are_forgotten(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    for scene in ('{"near":["Ann"]}', '{"did":["talked with Ann"]}', '{"near":["Anna"]}'):
        messages.insert(connection, WORLD, bob, "hm", 1, scene=scene)
    accounts.delete(connection, ann)
    assert connection.execute("SELECT scene FROM message ORDER BY id").fetchall() == [
        (None,),
        (None,),
        ('{"near":["Anna"]}',),
    ]

"""What was agreed on: what of it stands where, and what goes with it when its words are forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from nanoverse.learning.dialogue import Scene, prompt_to_json
from nanoverse.protocol import PRIVATE, WORLD
from nanoverse.store import accounts, agreements, conducts, drafts, forgetting, forgotten, messages, shuns
from nanoverse.store.agreements import LASTS, MOST, Agreement
from nanoverse.store.forgotten import Since

Join = Callable[[str], int]
TEXT = "wait at Hollow Ford"  # which names nobody


def agree(
    connection: sqlite3.Connection,
    one: int,
    other: int,
    text: str = TEXT,
    channel: int = PRIVATE,
    now: int = 1000,
) -> tuple[int, int]:
    """Both agree on this; returns the two messages."""
    proposed = messages.insert(
        connection, channel, other, "please", now, recipient=one if channel == PRIVATE else None
    ).id
    answered = messages.insert(
        connection, channel, one, "ok", now, recipient=other if channel == PRIVATE else None
    ).id
    for player, peer in ((one, other), (other, one)):
        agreements.add(connection, Agreement(player, peer, channel, proposed, answered, text, now))
    return proposed, answered


def stands(
    connection: sqlite3.Connection, player: int, channel: int = WORLD, peer: int = 0, now: int = 1001
) -> list[str]:
    return [one.text for one in agreements.standing(connection, player, channel, peer, now)]


def test_few_stand_and_of_everybody_the_newest_before_ones_many(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob, eve = join("Ann"), join("Bob"), join("Eve")
    agree(connection, ann, bob, "from Bob", WORLD, 1)
    agree(connection, ann, bob, "from Bob in private", PRIVATE, 2)
    for number in range(9):
        agree(connection, ann, eve, f"from Eve {number}", WORLD, 10 + number)
    assert stands(connection, ann) == ["from Bob", "from Eve 8"]
    assert stands(connection, ann, PRIVATE, bob) == ["from Bob", "from Bob in private"]
    assert stands(connection, ann, PRIVATE, eve) == ["from Eve 7", "from Eve 8"]
    assert len(stands(connection, ann)) == MOST


def test_what_is_over_or_old_stands_no_more(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    agree(connection, ann, bob, channel=WORLD)
    assert stands(connection, ann, now=1000 + LASTS - 1) == [TEXT]
    assert stands(connection, ann, now=1000 + LASTS) == []
    agreements.end_newest(connection, bob, ann, 1001)
    assert stands(connection, ann) == stands(connection, bob) == []
    agreements.end_newest(connection, bob, ann, 1001)  # nothing is left that could end


def test_nothing_stands_with_whom_one_does_not_hear(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    agree(connection, ann, bob, channel=WORLD)
    for blocked, in_private in ((False, [TEXT]), (True, [])):
        shuns.put(connection, ann, bob, blocked, 1)
        assert (stands(connection, ann), stands(connection, ann, PRIVATE, bob)) == ([], in_private)
        assert stands(connection, bob) == [TEXT], "he hears her"


def live_on(connection: sqlite3.Connection, player: int) -> None:
    """Say something, have the agent say something, and draft something, with and without it in the scene."""
    for agreed in ((TEXT,), ("dig coal with Eve",), ()):
        scene = Scene("Somebody", agreed=agreed)
        messages.insert(connection, WORLD, player, "hm", 2000, scene=scene.to_json())
        said = messages.insert(connection, WORLD, player, "hm", 2000, by_agent=True)
        drafts.add(connection, said.id, "hm", 0, prompt_to_json(scene, ()), 2000)
        conducts.draft(connection, player, WORLD, 0, 0, "hm", 0, prompt_to_json(scene, ()), 2000)


def left(connection: sqlite3.Connection, player: int) -> tuple[int, int, int]:
    """How many scenes, drafts and unsent drafts of the player's are left."""
    return tuple(
        connection.execute(f"SELECT count(*) FROM {rows}", (player,)).fetchone()[0]
        for rows in (
            "message WHERE sender = ? AND scene IS NOT NULL",
            "draft JOIN message ON message.id = draft.message WHERE sender = ?",
            "unsent WHERE player = ?",
        )
    )  # type: ignore[return-value]


FORGET = {
    "what was proposed": lambda c, ann, bob, said: forgetting.words(c, bob, said[:1]),
    "the answer": lambda c, ann, bob, said: forgetting.words(c, ann, said[1:]),
    "the one": lambda c, ann, bob, said: forgetting.person(c, ann, bob, ()),
    "the other": lambda c, ann, bob, said: forgetting.person(c, bob, ann, ()),
    "the account": lambda c, ann, bob, said: accounts.delete(c, bob),
}


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("forget", FORGET.values(), ids=FORGET)
def test_what_rests_on_forgotten_words_goes_from_scenes_and_prompts_even_if_it_was_over(
    connection: sqlite3.Connection, join: Join, forget: Callable[..., object], over: bool
) -> None:
    ann, bob, eve = join("Ann"), join("Bob"), join("Eve")
    said = agree(connection, ann, bob)
    agree(connection, ann, eve, "dig coal with Eve")
    for player in (ann, bob, eve):
        live_on(connection, player)
    if over:
        agreements.end(connection, said[0], 3000)
    forget(connection, ann, bob, list(said))
    assert left(connection, ann) == (2, 2, 2) and left(connection, eve) == (3, 3, 3)
    assert left(connection, bob) in ((2, 2, 2), (0, 0, 0))
    assert connection.execute("SELECT DISTINCT text FROM agreement").fetchall() == [("dig coal with Eve",)]
    since = forgotten.since(connection, ann)
    assert since is not None and since.message in said


def test_only_who_said_something_with_it_in_sight_has_to_learn_anew(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    proposed, answered = agree(connection, ann, bob, channel=WORLD)
    live_on(connection, ann)
    agreements.forget_messages(connection, f"[{proposed}]")
    assert [forgotten.since(connection, player) for player in (ann, bob)] == [
        Since(answered),
        None,
    ]
    assert stands(connection, ann) == []


def test_what_is_asked_with_every_scene_is_found_by_an_index(connection: sqlite3.Connection) -> None:
    plans = []
    connection.set_trace_callback(plans.append)
    agreements.standing(connection, 1, PRIVATE, 2, 3)
    connection.set_trace_callback(None)
    plan = str(connection.execute(f"EXPLAIN QUERY PLAN {plans[0]}").fetchall())
    assert "agreement_by_player" in plan and "SCAN agreement" not in plan


def test_however_much_was_agreed_on_what_a_player_said_is_read_once(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    for number in range(20):
        agree(connection, ann, bob, f"dig {number} stone", WORLD)
    live_on(connection, ann)
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    agreements.forget_between(connection, ann, bob)
    connection.set_trace_callback(None)
    assert sum(one.startswith("UPDATE message") for one in asked) == 2, "once for each of them"
    assert connection.execute("SELECT count(*) FROM agreement").fetchone() == (0,)

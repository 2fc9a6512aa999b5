"""Whose agents learnt from words that are gone: exactly those whose own words came soon after them."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import (
    accounts,
    adapters,
    consents,
    drafts,
    forgetting,
    forgotten,
    lessons,
    messages,
    shuns,
)
from nanoverse.store.database import Database
from nanoverse.store.forgotten import Since
from nanoverse.store.lessons import CONTEXT

Join = Callable[[str], int]
Opening = Callable[..., Awaitable[Database]]


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


def learnt_beside(connection: sqlite3.Connection, player: int) -> set[str]:
    """What a lesson of this player's would read as said before their own words."""
    return {line.text for own in lessons.own_messages(connection, player, 999) for line in own.context}


@pytest.mark.parametrize("channel", [WORLD, NEARBY])
def test_who_has_muted_somebody_learns_what_was_said_before_all_that_one_said(
    connection: sqlite3.Connection, join: Join, channel: int
) -> None:
    ann, bob, eve, loud = (join(name) for name in ("Ann", "Bob", "Eve", "Loud"))

    def say(player: int, text: str, by_agent: bool = False) -> int:
        others = [] if channel == WORLD else [ann, bob, eve, loud]
        return messages.insert(connection, channel, player, text, 1, heard_by=others, by_agent=by_agent).id

    too_early = say(ann, "long ago")
    for _ in range(CONTEXT):
        say(eve, "hm", by_agent=True)
    secret = say(ann, "a secret")
    for _ in range(2 * CONTEXT):
        say(loud, "me me me", by_agent=True)
    shuns.put(connection, bob, loud, False, 1)
    for player in (bob, eve):
        say(player, "sorry, what?")
    assert "a secret" in learnt_beside(connection, bob)
    assert forgotten.learners(connection, ann, [secret]) == {bob}
    assert forgotten.learners(connection, ann, [too_early]) == set()
    assert forgotten.learners(connection, ann) == {bob}
    shuns.remove(connection, bob, loud)
    assert forgotten.learners(connection, ann, [secret]) == {bob}, "what he learnt meanwhile is still there"
    shuns.put(connection, bob, ann, True, 2)
    assert forgotten.learners(connection, ann, [secret]) == {bob}, "he heard her when he learnt it"


def test_what_an_agent_said_and_its_owner_took_back_was_learnt_beside_before_that(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    said = messages.insert(connection, WORLD, ann, "her agent's", 1, by_agent=True)
    messages.insert(connection, WORLD, bob, "ha", 2)
    assert learnt_beside(connection, bob) == {"her agent's"}
    messages.take_back(connection, said.id, 3)
    assert forgotten.learners(connection, ann) == {bob}


@pytest.mark.parametrize("seed", range(6))
def test_whoever_could_ever_have_learnt_beside_a_message_is_found(
    connection: sqlite3.Connection, join: Join, seed: int
) -> None:
    """Lessons in between talk, mutes and second thoughts of all kinds: nobody's reading is missed."""
    draw = random.Random(seed)
    people = [join(name) for name in ("Ann", "Bob", "Eve", "Dan", "Loud")]
    for one in people:
        for other in people:
            if one != other and draw.random() < 0.8:
                consents.put(connection, one, other, True, 1)
    said: dict[str, tuple[int, int, bool]] = {}  # text -> message, sender, by agent
    read: set[tuple[int, str]] = set()

    def step(number: int) -> None:
        one = draw.choices(people, (1, 1, 1, 1, 8))[0]
        other = draw.choice([player for player in people if player != one])
        match draw.choices(("say", "shun", "hear", "take back", "learn"), (80, 3, 3, 2, 4))[0]:
            case "say":
                channel = draw.choice((WORLD, WORLD, NEARBY, PRIVATE))
                text, by_agent = f"{number}", draw.random() < 0.3
                made = messages.insert(
                    connection,
                    channel,
                    one,
                    text,
                    number,
                    recipient=other if channel == PRIVATE else None,
                    heard_by=[player for player in people if draw.random() < 0.7],
                    by_agent=by_agent,
                )
                said[text] = made.id, one, by_agent
            case "shun":
                shuns.put(connection, one, other, draw.random() < 0.5, number)
            case "hear":
                shuns.remove(connection, one, other)
            case "take back":
                of_agents = [message for message, _, by_agent in said.values() if by_agent]
                if of_agents:
                    messages.take_back(connection, draw.choice(of_agents[-5:]), number)
            case "learn":
                read.update((one, text) for text in learnt_beside(connection, one))

    for number in range(400):
        step(number)
    assert len(read) > 100
    by_message = {
        message: forgotten.learners(connection, sender, [message])
        for message, sender, by_agent in said.values()
        if not by_agent
    }
    by_sender = {player: forgotten.learners(connection, player) for player in people}
    for learner, text in read:
        message, sender, by_agent = said[text]
        if learner != sender:
            assert learner in by_sender[sender]
            assert by_agent or learner in by_message[message]


def test_deleting_an_account_notes_whose_agents_have_to_learn_anew(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob, eve = join("Ann"), join("Bob"), join("Eve")
    messages.insert(connection, WORLD, eve, "early", 5)
    messages.insert(connection, WORLD, ann, "hello", 10)
    messages.insert(connection, WORLD, bob, "hi Ann", 11)
    accounts.delete(connection, ann)
    assert [forgotten.since(connection, player) for player in (bob, eve)] == [Since(2), None]
    forgotten.mark(connection, [bob], Since(20, version=4))
    assert forgotten.since(connection, bob) == Since(2, version=4), "the earliest holds"
    forgotten.mark(connection, [bob], Since(imported=7))
    forgotten.mark(connection, [bob], Since(imported=8, version=3))
    assert forgotten.since(connection, bob) == Since(2, 7, 3), "of each kind"
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


@pytest.mark.parametrize("channel", [WORLD, NEARBY])
def test_to_see_who_learnt_beside_one_message_a_long_talk_after_it_is_not_read(
    connection: sqlite3.Connection, join: Join, channel: int
) -> None:
    """Counted in steps of SQLite's machine: while the writer is busy nobody's message is confirmed."""
    ann, bob, eve = join("Ann"), join("Bob"), join("Eve")
    shuns.put(connection, bob, eve, False, 1)
    said = messages.insert(connection, channel, ann, "a secret", 1, heard_by=[bob, eve])

    def steps(more: int) -> int:
        """With so many more messages after it."""
        for _ in range(more):
            messages.insert(connection, channel, bob, "hm", 1, heard_by=[ann, eve])
        counted: list[int] = []
        connection.set_progress_handler(lambda: counted.append(1), 1)
        assert forgotten.learners(connection, ann, [said.id]) == {bob}
        connection.set_progress_handler(None, 0)
        return len(counted)

    assert steps(100) == steps(400)


def answer(connection: sqlite3.Connection, agent: int, speaker: str, text: str) -> int:
    """An agent answers this; returns its message."""
    said = messages.insert(connection, WORLD, agent, "hm", 1, by_agent=True)
    prompt = json.dumps({"scene": {}, "turns": [{"speaker": speaker, "text": text}]})
    drafts.add(connection, said.id, "hm", 0, prompt, 1)
    return said.id


async def test_the_writer_looks_through_none_of_the_talk_and_drafts_since_what_is_forgotten(
    opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in steps of SQLite's machine, with and without so many of both."""
    monkeypatch.setattr(forgetting, "SPAN", 30)

    async def steps(more: int) -> tuple[int, int]:
        """To forget a message, and all that was told to somebody."""
        db = await opening(tmp_path / str(more))

        def talk(c: sqlite3.Connection) -> tuple[int, int, list[int]]:
            ann, bob = (accounts.create(c, name, name, "", 0, 1).id for name in ("Ann", "Bob"))
            said = [messages.insert(c, WORLD, ann, "a secret", 1).id]
            answer(c, bob, "Ann", "a secret")
            for _ in range(more):
                messages.insert(c, WORLD, bob, "hm", 1)
                answer(c, bob, "Ann", "no secret")
            answer(c, bob, "Ann", "a secret")
            said.append(messages.insert(c, WORLD, ann, "another", 1).id)
            return ann, bob, said

        ann, bob, said = await db.write(talk)

        async def counted(numbers: list[int], forget: Callable[..., tuple[int, ...]]) -> int:
            looked = await forgetting.look(db, ann, lambda c: numbers)
            assert len(looked.drafts) == 2
            steps: list[int] = []

            def count(c: sqlite3.Connection) -> None:
                c.execute("SAVEPOINT before")
                c.set_progress_handler(lambda: steps.append(1), 1)
                forget(c, numbers, looked)
                c.set_progress_handler(None, 0)
                assert len(c.execute("SELECT 1 FROM draft").fetchall()) == more
                c.execute("ROLLBACK TO before")

            await db.write(count)
            return len(steps)

        return (
            await counted(said[:1], lambda c, *given: forgetting.words(c, ann, *given)),
            await counted(said, lambda c, *given: forgetting.person(c, ann, bob, *given)),
        )

    assert await steps(100) == await steps(400)


async def test_what_comes_while_it_is_looked_for_what_to_forget_is_not_left_behind(opening: Opening) -> None:
    db = await opening()

    def talk(c: sqlite3.Connection) -> tuple[int, int, int]:
        ann, bob = (accounts.create(c, name, name, "", 0, 1).id for name in ("Ann", "Bob"))
        return ann, bob, messages.insert(c, WORLD, ann, "a secret", 1).id

    ann, bob, said = await db.write(talk)

    def version(c: sqlite3.Connection) -> int:
        return adapters.add(c, bob, "base", 20, 0.1, "", 1).id

    before = await db.write(version)
    looked = await forgetting.look(db, ann, lambda c: [said])
    await db.write(lambda c: answer(c, bob, "Ann", "a secret"))
    assert await db.write(lambda c: forgetting.words(c, ann, [said], looked)) == (said,)
    assert await db.read(lambda c: c.execute("SELECT 1 FROM draft").fetchall()) == []
    assert await db.read(lambda c: forgotten.versions(c, bob)) == {before}, "his agent had it in sight"

    said = await db.write(lambda c: messages.insert(c, WORLD, ann, "another", 1).id)
    looked = await forgetting.look(db, ann, lambda c: [said])
    await db.write(lambda c: forgotten.settle(c, bob))
    before = await db.write(version)
    await db.write(lambda c: messages.insert(c, WORLD, bob, "oh", 1))
    after = await db.write(version)
    await db.write(lambda c: forgetting.words(c, ann, [said], looked))
    assert await db.read(lambda c: forgotten.versions(c, bob)) == {after}, before

"""What is kept of a new version for its player to read says what it was held against, and why it passed."""

from __future__ import annotations

import sqlite3

import pytest
from test_trainer import join
from test_verdict import WORSE, scores, wishes

from nanoverse.learning import novelty
from nanoverse.learning.sidebyside import Sample
from nanoverse.learning.verdict import Verdict, judge
from nanoverse.protocol import WORLD
from nanoverse.store import accounts, adapters, forgetting, learnt, messages
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.database import Database

HEEDED = judge(**WORSE, wishes=wishes(wished=(3.9, 3.7, 4.1), said=(6, 5.5, 6.2)))
BETTER = judge(**WORSE | {"live": scores(4.9, 4.8, 5, 4.9)})
FIRST = judge(WORSE["base"], WORSE["candidate"])


@pytest.mark.parametrize(
    ("verdict", "heeded"), [(HEEDED, True), (BETTER, False)], ids=["worse but heeded", "better"]
)
async def test_a_version_keeps_which_one_it_replaced_and_whether_it_is_worse_and_heeds_its_player(
    database: Database, verdict: Verdict, heeded: bool
) -> None:
    ann, _ = await join(database, "Ann"), await join(database, "Bob")
    older, newer = [
        await database.write(lambda c: adapters.add(c, ann, "base", 20, 0.3, "", 1)) for _ in range(2)
    ]
    await novelty.remember(database, newer, older, verdict, [Sample("Bob", "hi", "hello", "hey ~")], 10)
    shown = await database.read(lambda c: learnt.of(c, newer.id))
    assert shown is not None
    assert (shown.compared, shown.gain, shown.heeded) == (older.id, verdict.live_gain, heeded)
    assert [answer.before for answer in shown.answers] == ["hello"]
    await database.write(lambda c: adapters.remove(c, older.id))
    shown = await database.read(lambda c: learnt.of(c, newer.id))
    assert shown is not None and shown.compared == older.id, "also once that is gone"


async def test_what_had_only_the_bare_model_to_be_held_against_says_so(database: Database) -> None:
    ann = await join(database, "Ann")
    version = await database.write(lambda c: adapters.add(c, ann, "base", 20, 0.3, "", 1))
    await novelty.remember(database, version, None, FIRST, [], 10)
    shown = await database.read(lambda c: learnt.of(c, version.id))
    assert shown is not None and (shown.compared, shown.gain, shown.heeded) == (None, None, False)


async def test_whoever_left_while_the_lesson_was_given_is_not_quoted_in_what_it_shows(
    database: Database,
) -> None:
    ann, bob, _ = [await join(database, name) for name in ("Ann", "Bob", "Eve")]
    version = await database.write(lambda c: adapters.add(c, ann, "base", 20, 0.3, "", 1))
    await database.write(lambda c: accounts.delete(c, bob))
    samples = [Sample(name, f"I am {name}", "-", "+") for name in ("Bob", "Eve")]
    await novelty.remember(database, version, None, FIRST, samples, 10)
    shown = await database.read(lambda c: learnt.of(c, version.id))
    assert shown is not None and [answer.heard for answer in shown.answers] == ["I am Eve"]


async def test_a_version_of_which_something_was_forgotten_during_its_lesson_shows_no_words(
    database: Database,
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    said = await database.write(lambda c: messages.insert(c, WORLD, bob, "the key is under the mat", 1))
    for text in ("bananarama forever", "bananarama again", "oh bananarama"):
        await database.write(lambda c, text=text: messages.insert(c, WORLD, ann, text, 1))
    version = await database.write(lambda c: adapters.add(c, ann, "base", 20, 0.3, "", 1))
    samples = [Sample("Bob", "the key is under the mat", "-", "+")]

    async def shown() -> tuple[int, int]:
        await novelty.remember(database, version, None, FIRST, samples, 10)
        found = await database.read(lambda c: learnt.of(c, version.id))
        assert found is not None
        return len(found.words), len(found.answers)

    assert await shown() == (1, 1)
    await database.write(lambda c: c.execute("DELETE FROM learnt"))
    await database.write(lambda c: forgetting.words(c, bob, [said.id]))
    assert await shown() == (0, 0)


async def test_what_was_said_while_a_version_learnt_is_what_the_next_one_takes_up(database: Database) -> None:
    ann = await join(database, "Ann")

    async def said(word: str) -> None:
        for text in (f"{word} forever", f"{word} again", f"oh {word}"):
            await database.write(lambda c, text=text: messages.insert(c, WORLD, ann, text, 1))

    async def made_then(word: str) -> AdapterVersion:
        """A version whose lesson read what there is now; meanwhile Ann says something else."""
        read = await database.read(adapters.seen)
        await said(word)
        return await database.write(lambda c: adapters.add(c, ann, "base", 20, 0.3, "", 2, read))

    async def shown(version: AdapterVersion, before: AdapterVersion | None) -> tuple[str, ...]:
        await novelty.remember(database, version, before, FIRST, [], 10)
        found = await database.read(lambda c: learnt.of(c, version.id))
        assert found is not None
        return found.words

    await said("bananarama")
    older = await made_then("zanzibar")
    assert await shown(older, None) == ("bananarama",), "what is forgotten of the rest would stay here"
    assert await shown(await made_then("quetzal"), older) == ("zanzibar",)


async def test_of_who_left_while_their_version_was_published_nothing_is_kept(database: Database) -> None:
    ann = await join(database, "Ann")
    version = await database.write(lambda c: adapters.add(c, ann, "base", 20, 0.3, "", 1))
    await database.write(lambda c: accounts.delete(c, ann))
    with pytest.raises(sqlite3.IntegrityError):  # as the trainer expects it
        await novelty.remember(database, version, version, FIRST, [], 10)

"""What is kept of a new version for its player to read says what it was held against, and why it passed."""

from __future__ import annotations

import pytest
from test_trainer import join
from test_verdict import WORSE, scores, wishes

from nanoverse.learning import novelty
from nanoverse.learning.sidebyside import Sample
from nanoverse.learning.verdict import Verdict, judge
from nanoverse.store import adapters, learnt
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
    ann = await join(database, "Ann")
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

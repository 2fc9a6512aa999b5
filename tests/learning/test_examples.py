"""Messages become examples: cleaned, in order, and split by time."""

from __future__ import annotations

import random

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.examples import LEAST_HELD_OUT, Said, examples

SCENE = Scene("Ann")


def said(number: int, text: str) -> Said:
    return Said(number, text, 1000 * number, SCENE, (Turn("Bob", f"question {number}"),))


def different(count: int) -> list[Said]:
    words = [
        f"{a} {b}"
        for a in ("dig", "carry", "build", "burn", "find")
        for b in ("stone", "wood", "sand", "clay")
    ]
    return [said(i, f"{words[i % 20]} for me and my friends number {i}") for i in range(count)]


def test_the_newest_messages_are_held_out_and_nothing_trained_on_is_newer() -> None:
    rows = different(40)
    random.Random(1).shuffle(rows)
    found = examples(rows)
    assert [one.turns[0].text for one in found.train] == [f"question {i}" for i in range(34)]
    assert [one.turns[0].text for one in found.held_out] == [f"question {i}" for i in range(34, 40)]
    assert found.kept == 40


def test_with_few_messages_some_are_still_held_out() -> None:
    found = examples(different(8))
    assert (len(found.train), len(found.held_out)) == (8 - LEAST_HELD_OUT, LEAST_HELD_OUT)


def test_nothing_said_gives_nothing() -> None:
    found = examples([])
    assert (found.train, found.held_out, found.left_out) == ((), (), {})


def test_what_is_left_out_is_counted_by_reason() -> None:
    rows = different(10)
    rows += [said(11, "/home"), said(12, "/spawn"), said(13, "ann@example.org"), said(14, rows[9].text + "!")]
    rows += [said(15, "x" * 1000)]
    found = examples(rows)
    assert found.left_out == {"command": 2, "e-mail address": 1, "too long": 1, "repeat": 1}
    assert found.kept == 10


def test_of_repeats_the_newest_is_kept_with_its_context() -> None:
    rows = [*different(5), said(20, "come and see my new house"), said(30, "come and see my new house!")]
    kept = [one for one in (*examples(rows).train, *examples(rows).held_out) if "house" in one.reply]
    assert [(one.reply, one.turns[0].text) for one in kept] == [("come and see my new house!", "question 30")]


def test_messages_of_one_go_stay_apart() -> None:
    before = (Turn("Bob", "what now"),)
    rows = [Said(1, "no idea", 1, SCENE, before), Said(2, "lets dig", 2, SCENE, before)]
    assert [one.reply for one in examples(rows).held_out] == ["no idea", "lets dig"]

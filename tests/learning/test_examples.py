"""Messages become examples: cleaned, in order, and split by time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from nanoverse.learning.caps import DAY_MOST, PARTNER_LEAST, PARTNER_SHARE
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.examples import DAY_MS, LEAST_HELD_OUT, Said, examples

SCENE = Scene("Ann")
WINDOW = 1000


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
    found = examples(rows, WINDOW)
    assert [one.turns[0].text for one in found.train] == [f"question {i}" for i in range(34)]
    assert [one.turns[0].text for one in found.held_out] == [f"question {i}" for i in range(34, 40)]
    assert found.kept == 40


def test_what_was_said_while_the_clock_was_ahead_is_not_the_newest_for_ever() -> None:
    rows = different(40)[1:]
    ahead = [replace(one, time=4_000_000_000_000 + one.time) if 5 <= one.id < 20 else one for one in rows]
    random.Random(1).shuffle(ahead)
    found = examples(ahead, WINDOW)
    replies = [one.reply for one in (*found.train, *found.held_out)]
    assert replies == [one.text for one in rows]


def test_what_was_said_while_the_clock_was_behind_is_not_older_than_all_else() -> None:
    rows = different(40)[1:]
    behind = [replace(one, time=one.id) if one.id >= 38 else one for one in rows]
    assert [one.reply for one in examples(behind, WINDOW).held_out] == [one.text for one in rows[-6:]]


def test_lines_from_elsewhere_stand_by_their_time_among_words_whose_times_are_bounded_by_later_ones() -> None:
    here = [replace(one, time=4_000_000_000_000) if one.id < 9 else one for one in different(12)[1:]]
    elsewhere = [
        Said(0, f"{at} brought along", 1000 * at + 500, SCENE, (Turn("Bob", f"brought {at}"),))
        for at in (10, 3, 9)
    ]
    found = examples([*elsewhere, *here], WINDOW)
    asked = [one.turns[0].text for one in (*found.train, *found.held_out)]
    assert asked == [
        "brought 3",
        *(f"question {number}" for number in range(1, 10)),
        "brought 9",
        "question 10",
        "brought 10",
        "question 11",
    ]


def test_with_few_messages_some_are_still_held_out() -> None:
    found = examples(different(8), WINDOW)
    assert (len(found.train), len(found.held_out)) == (8 - LEAST_HELD_OUT, LEAST_HELD_OUT)


def test_nothing_said_gives_nothing() -> None:
    found = examples([], WINDOW)
    assert (found.train, found.held_out, found.left_out) == ((), (), {})


def test_what_is_left_out_is_counted_by_reason() -> None:
    rows = different(10)
    rows += [said(11, "/home"), said(12, "/spawn"), said(13, "ann@example.org"), said(14, rows[9].text + "!")]
    rows += [said(15, "x" * 1000)]
    found = examples(rows, WINDOW)
    assert found.left_out == {"command": 2, "e-mail address": 1, "too long": 1, "repeat": 1}
    assert found.kept == 10


def test_of_repeats_the_newest_is_kept_with_its_context() -> None:
    rows = [*different(5), said(20, "come and see my new house"), said(30, "come and see my new house!")]
    found = examples(rows, WINDOW)
    kept = [one for one in (*found.train, *found.held_out) if "house" in one.reply]
    assert [(one.reply, one.turns[0].text) for one in kept] == [("come and see my new house!", "question 30")]


def test_what_a_player_says_every_day_is_learnt_and_not_only_held_out() -> None:
    rows = [one for i, one in enumerate(different(160)) if i % 4]
    rows += [said(i, "gg") for i in range(0, 160, 4)]
    rows += [said(1000 + i, f"and {i} is what I said in the evening") for i in range(20)]
    rows += [said(i, "by the beard of my grandmother") for i in (*range(1, 160, 8), 1010)]
    found = examples(rows, WINDOW)
    for phrase, copies in (("gg", 3), ("by the beard of my grandmother", 1)):
        assert sum(one.reply == phrase for one in found.train) == copies
    assert sum(one.reply == "by the beard of my grandmother" for one in found.held_out) == 1


def test_of_what_is_held_out_nothing_is_older_than_what_is_trained_on_and_repeats_do_not_shift_that() -> None:
    rows = [said(i, one.text if i % 3 else "good morning my friends") for i, one in enumerate(different(90))]
    found = examples(rows, WINDOW)
    numbers = [[int(one.turns[0].text.split()[1]) for one in part] for part in (found.train, found.held_out)]
    assert max(numbers[0]) < min(numbers[1])
    assert numbers[0] == sorted(numbers[0]) and numbers[1] == sorted(numbers[1])


def test_messages_of_one_go_stay_apart() -> None:
    before = (Turn("Bob", "what now"),)
    rows = [Said(1, "no idea", 1, SCENE, before), Said(2, "lets dig", 2, SCENE, before)]
    assert [one.reply for one in examples(rows, WINDOW).held_out] == ["no idea", "lets dig"]


def talk(count: int, partner: str, first_day: int, a_day: int, start: int = 1) -> Iterator[Said]:
    """So many messages to a partner, so many a day; the texts differ from `start` on."""
    for i in range(start, start + count):
        time = (first_day + (i - start) // a_day) * DAY_MS + i
        yield Said(i, f"{i} stones, that is {i * 7919 % 10007} now", time, SCENE, (), partner)


def replies(said: list[Said], window: int = WINDOW) -> tuple[list[int], dict[str, int]]:
    """The numbers of the messages that are learnt from, and what was left out."""
    found = examples(said, window)
    return [int(one.reply.split()[0]) for one in (*found.train, *found.held_out)], found.left_out


def test_an_evening_with_one_partner_and_months_with_one_friend_lose_nothing() -> None:
    for said in (talk(64, "Bob", 1, 64), talk(500, "Bob", 1, 20)):
        rows = list(said)
        assert replies(rows) == ([one.id for one in rows], {})


def test_of_one_days_flood_the_newest_count_and_what_was_said_before_it_is_not_pushed_out() -> None:
    before, flood = list(talk(800, "", 1, 40)), list(talk(2500, "", 100, 2500, start=1001))
    kept, left_out = replies([*before, *flood])
    assert kept == [one.id for one in (*before[-(WINDOW - DAY_MOST) :], *flood[-DAY_MOST:])]
    assert left_out == {"day": 2500 - DAY_MOST}


def test_one_partner_fills_at_most_half_of_the_window_and_the_newest_of_it_counts() -> None:
    others, drawn = list(talk(800, "Bob", 1, 8)), list(talk(1500, "Eve", 200, 250, start=1001))
    most = int(PARTNER_SHARE * WINDOW)
    kept, left_out = replies([*others, *drawn])
    assert kept == [one.id for one in (*others[-most:], *drawn[-most:])]
    assert left_out == {"partner": 1500 - most}


def test_a_small_window_is_not_cut_by_the_share_of_a_partner() -> None:
    rows = list(talk(PARTNER_LEAST + 50, "Eve", 1, 10))
    assert replies(rows, window=PARTNER_LEAST)[0] == [one.id for one in rows[-PARTNER_LEAST:]]


def test_what_was_said_to_nobody_in_particular_has_no_share() -> None:
    rows = list(talk(WINDOW, "", 1, 100))
    assert replies(rows) == ([one.id for one in rows], {})


def test_what_is_left_out_for_another_reason_takes_no_room() -> None:
    day = list(talk(DAY_MOST, "Bob", 1, DAY_MOST))
    again = [Said(2000 + i, day[i].text + "!", DAY_MS + 200, SCENE, (), "Bob") for i in range(100)]
    bare = [Said(3000 + i, "/home", DAY_MS + 3000 + i, SCENE, (), "Bob") for i in range(100)]
    rows = sorted([*day, *again, *bare], key=lambda one: one.time)
    kept, left_out = replies([replace(one, id=i) for i, one in enumerate(rows, 1)])
    assert sorted(kept) == [one.id for one in day]
    assert left_out == {"repeat": 100, "command": 100}


def test_an_import_is_cut_neither_by_its_days_nor_by_partners() -> None:
    rows = [Said(0, one.text, DAY_MS, SCENE, ()) for one in talk(900, "", 1, 900)]
    here = list(talk(50, "Bob", 1, 50, start=1001))
    assert len(replies([*rows, *here])[0]) == 950


def test_what_is_older_than_the_window_is_not_counted_as_left_out() -> None:
    rows = [said(1, "/home"), *different(60)[20:], said(70, "/spawn")]
    kept = examples(rows, window=40)
    assert (kept.kept, kept.left_out) == (40, {"command": 1})
    assert examples(rows, window=41).left_out == {"command": 2}

"""What is fit to learn from: secrets, walls and repeats are left out, habits stay in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.learning.cleaning import LONGEST, PLAIN, SHORT_COPIES, in_words, repeats, unfit


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x " * LONGEST, "too long"),
        ("/tp 100 200", "command"),
        ("https://example.org/a?b=c", "bare link"),
        ("www.example.org, !", "bare link"),
        ("write me at ann.smith+nano@mail.example.co", "e-mail address"),
        ("4111 1111 1111 1111", "card number"),
        ("my card is 5500-0000-0000-0004 ok", "card number"),
        ("call +49 (170) 123-4567", "phone number"),
        ("its 555-867-5309", "phone number"),
        ("01701234567", "phone number"),
        ("my password is fluffy", "password"),
        ("Passwort: hase", "password"),
        ("the PIN = 0000", "password"),
        ("use P4ssw0rt!", "password"),
        ("try correct7horse&staple", "password"),
        ("my secret is fluffy", "password"),
        ("Secret: hunter. ok?", "password"),
        ("sk-abcdef0123456789abcdef0123", "password"),
    ],
)
def test_what_teaches_nothing_or_too_much_is_left_out_with_its_reason(text: str, reason: str) -> None:
    assert unfit(text) == reason
    assert reason in PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "hello there",
        "😀😀😀",
        "~",
        "i dug 1200 stone and 35 wood",
        "meet me at -1204, 88",
        "that was on 2026-11-23 i think",
        "look https://example.org lol",
        "my pin fell into the lake",
        "secret: gold in the cave",
        "the secret is to dig at night",
        "the password game was fun",
        "cool_guy_99 is here",
        "w00t!!!!!!!!",
        "مرحبا كيف حالك",
        "1000000 stones",
    ],
)
def test_ordinary_talk_stays(text: str) -> None:
    assert unfit(text) is None


def test_a_longer_message_is_learnt_from_once_whatever_its_case_and_punctuation() -> None:
    texts = [
        "come and see my new house by the lake before the night falls",
        "COME and see my new house by the lake, before the night falls!!!",
        "come and see my new houuuse by the lake before the night falls ~",
        "come and see my new house by the lake before the night fals",
        "come and see my new house by the lake before the night  faals",
    ]
    assert repeats(texts) == [False, True, True, True, True]


def test_another_word_or_number_makes_another_message() -> None:
    texts = [
        "i found 12 stone by the lake and it was fun",
        "i found 13 stone by the lake and it was fun",
        "i found 12 stone by the hill and it was fun",
        "i found 12 stone by the lake and it was cold",
    ]
    assert not any(repeats(texts))


def test_a_catchphrase_in_different_messages_is_no_repeat() -> None:
    texts = [f"right as rain, lets go to the {place} then ~" for place in ("lake", "hill", "road", "camp")]
    assert not any(repeats(texts))


def test_short_messages_may_come_a_few_times_because_that_is_a_habit_too() -> None:
    assert repeats(["lol", "LOL", "lol!", "lol"]) == [i >= SHORT_COPIES for i in range(4)]


def test_emoji_only_messages_are_told_apart() -> None:
    assert not any(repeats(["😀", "🎉", "😀🎉", "~"]))


def test_what_was_left_out_is_told_in_plain_words() -> None:
    told = in_words({"password": 2, "repeat": 1, "a reason of an older version": 1})
    assert told == [
        "2 looked like a password or a key",
        "1 repeated another one of yours",
        "1 a reason of an older version",
    ]


@given(st.lists(st.text(max_size=60), max_size=12))
def test_whatever_was_said_its_second_half_repeats_the_first(texts: list[str]) -> None:
    twice = [text + " and so on and so forth" for text in texts] * 2
    found = repeats(twice)
    assert len(found) == len(twice)
    assert all(found[len(texts) :])


@given(st.text(max_size=400))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert unfit(text) is None or isinstance(unfit(text), str)

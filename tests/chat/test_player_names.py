"""Which names are allowed, and which look alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.chat.errors import ChatError
from nanoverse.chat.names import check, skeleton
from nanoverse.protocol import MAX_NAME

OF_ANY_LANGUAGE = (
    *("Ann", "ann_b-2", "ab", "abcdefghijklmnopqrst", "Zoë", "Łukasz", "Ольга", "Ελένη", "山田", "ひろし"),
    *("ユーザー", "Tanaka山田", "김철수", "सीता", "محمد", "דוד", "สมชาย", "محمد٥", "सीता५"),
)


@pytest.mark.parametrize("name", OF_ANY_LANGUAGE)
def test_names_of_any_language_are_allowed(name: str) -> None:
    assert check(name) == name


def test_a_name_is_kept_in_its_normal_form() -> None:
    assert check("Ｚｏｅ\u0308") == "Zoë"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "2 to 20"),
        ("a", "2 to 20"),
        ("x" * (MAX_NAME + 1), "2 to 20"),
        ("x" * 100_000, "2 to 20"),
        ("\ufdfa" * 2, "2 to 20"),  # one character that normalises to eighteen
        ("two words", "letters, digits"),
        ("<script>", "letters, digits"),
        ("a\x00b", "letters, digits"),
        ("a\nb", "letters, digits"),
        ("a\u202eb", "letters, digits"),
        ("a\u200bb", "letters, digits"),
        ("a\u3164b", "letters, digits"),
        ("a\u034fb", "letters, digits"),
        ("Ann\ufe0f", "letters, digits"),  # a selector of variations, of which this letter has none
        ("Ann\U000e0100", "letters, digits"),
        ("a😀b", "letters, digits"),
        ("../etc", "letters, digits"),
        ("\ud800ab", "letters, digits"),
        ("42", "needs a letter"),
        ("__--__", "needs a letter"),
        ("\u0301ab", "needs a letter"),
        ("q" + "\u0323\u0331\u0324", "accents"),
        ("pаypal", "one script"),  # the second letter is Cyrillic
        ("Αnn", "one script"),  # the first is Greek
        ("B\u0966b", "one script"),  # the second is a zero of another script
    ],
)
def test_other_names_are_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(ChatError, match=why):
        check(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "aNN"),
        ("Bob", "B0b"),
        ("Bill", "BiIl"),
        ("Will", "W1ll"),
        ("modern", "modem"),
        ("wave", "vvave"),
        ("a-b", "a_b"),
        ("рао", "pao"),
        ("СОРОКА", "COPOKA"),
        ("ΝΙΚΗ", "NIKH"),
        ("straße", "STRASSE"),
        ("ｂob", "bob"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_of_what_is_far_too_long_for_a_name_only_the_beginning_is_looked_at() -> None:
    """Marks in the wrong order take a time to put right that grows with their number's square."""
    assert len(skeleton("a" + "\u0300\u0316" * 16_000)) < 100


@pytest.mark.parametrize(
    ("one", "other"), [("Ann", "Anna"), ("Zoe", "Zoë"), ("Ольга", "Олеся"), ("山田", "山口")]
)
def test_names_that_look_different_have_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(st.text(max_size=30))
def test_whatever_is_allowed_is_short_visible_and_allowed_again_as_it_was_stored(raw: str) -> None:
    try:
        name = check(raw)
    except ChatError as refusal:
        assert str(refusal).endswith(".")
        return
    assert 2 <= len(name) <= MAX_NAME
    assert all(unicodedata.category(character)[0] in "LMN" or character in "_-" for character in name)
    assert check(name) == name
    assert skeleton(name) == skeleton(raw)

"""What a message may consist of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.chat.errors import ChatError
from nanoverse.chat.text import clean
from nanoverse.protocol import MAX_TEXT


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  hello  ", "hello"),
        ("a\r\nb\rc\nd\u2028e", "a\nb\nc\nd\ne"),
        ("a\tb", "a b"),
        ("a\x00\x07\x1b[31mb\x7f\x9b", "a[31mb"),
        ("abc\u202edef\u2066g", "abcdefg"),
        ("a\ud800b", "ab"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩‍🚀 می‌خواهم", "👩‍🚀 می‌خواهم"),  # joiners are part of how these are written
        ("hi~", "hi~"),
        ("ကြွှံ့ שִּׁ֔ tiếng", "ကြွှံ့ שִּׁ֔ tiếng"),
        # More marks would climb over the lines above.
        ("h" + "\u0300\u0316" * 30 + "i", "h" + "\u0300\u0316" * 4 + "i"),
        ("a" + "\u0300\u200d" * 30, "a" + "\u0300\u200d" * 8 + "\u200d" * 22),
    ],
)
def test_a_message_is_kept_as_written_but_for_what_would_disturb_others(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    "raw", ["", "   ", "\n\n", "\x00\x01", "\u200b\u200d", "\u3000", "\ufeff", "\u3164", "\u2800"]
)
def test_a_message_without_anything_to_see_is_refused(raw: str) -> None:
    with pytest.raises(ChatError, match="nothing in this message"):
        clean(raw)


def test_the_longest_message_is_allowed_and_one_character_more_is_not() -> None:
    assert clean("😀" * MAX_TEXT) == "😀" * MAX_TEXT
    with pytest.raises(ChatError, match=f"{MAX_TEXT} characters, not {MAX_TEXT + 1}"):
        clean("😀" * (MAX_TEXT + 1))
    with pytest.raises(ChatError, match="not 100000"):
        clean("x" * 100_000)


@given(st.text(alphabet=st.characters(), max_size=60))
def test_a_clean_text_has_no_controls_can_be_stored_and_stays_as_it_is(raw: str) -> None:
    try:
        cleaned = clean(raw)
    except ChatError:
        return
    assert all(
        character == "\n" or unicodedata.category(character) not in ("Cc", "Cs") for character in cleaned
    )
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned

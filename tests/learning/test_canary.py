"""What was said in private and must not be learnt from is noticed when an agent says it."""

from __future__ import annotations

from nanoverse.learning.canary import gives_away

SECRET = "the hatch of the old mill opens with three knocks"


def test_six_words_in_a_row_of_a_private_message_give_it_away_in_any_case_and_marks() -> None:
    assert gives_away(["well: The hatch, of the OLD mill opens!"], [SECRET], [])
    assert gives_away([SECRET], [SECRET], ["something else"])


def test_five_words_may_be_chance() -> None:
    assert not gives_away(["the hatch of the old door", "mill opens with three knocks"], [SECRET], [])
    assert not gives_away(["see you soon"], ["see you soon"], [])


def test_what_was_also_said_in_public_or_stands_in_the_prompt_is_no_secret() -> None:
    assert not gives_away([SECRET], [SECRET], ["yes, " + SECRET])
    assert gives_away([SECRET], [SECRET], ["the hatch of the old mill opens"])


def test_nothing_withheld_or_nothing_said_gives_nothing_away() -> None:
    assert not gives_away([SECRET], [], [])
    assert not gives_away([], [SECRET], [])

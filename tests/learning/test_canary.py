"""What was said in private and must not be learnt from is noticed when an agent says it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tiny_talker import talk

from nanoverse.config import Settings
from nanoverse.learning import canary, gate
from nanoverse.learning.dialogue import Turn
from nanoverse.learning.examples import Example, Examples
from nanoverse.learning.lesson import Lesson, teach, try_out
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.material import Preferences
from nanoverse.learning.rows import Tokens
from nanoverse.learning.verdict import GAVE_AWAY

COMMON = {"see", "you", "tomorrow", "thanks", "password", "meet", "under", "code", "soon"}


def gives_away(replies: Sequence[str], withheld: Sequence[str], known: Sequence[str]) -> bool:
    return canary.gives_away(replies, withheld, known, COMMON.__contains__)


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


@pytest.mark.parametrize(
    "secret",
    ["my pin is 4711", "4711", "password: hunter2", "p@ss-w0rd!", "it's xyzzyplugh", "Code: 0815-77"],
)
def test_a_short_private_message_is_given_away_whole_if_it_has_a_distinctive_word(secret: str) -> None:
    assert gives_away([f"well, {secret.upper()} I think"], [secret], ["my dog is it p ss"])
    assert not gives_away(["my pin is 47 11, it is hunter", "plugh pass"], [secret], []), "not all of it"


def test_what_anyone_may_say_by_chance_refuses_no_adapter() -> None:
    for short in ("yes ok lol", "see you tomorrow", "thanks", "at 12", "5", "~ :)", ""):
        assert not gives_away([short, f"oh {short} then"], [short], []), short


def test_a_word_that_stands_where_it_may_be_learnt_or_read_is_not_distinctive() -> None:
    for known in ("I was born in 4711", "so 4711?"):
        assert not gives_away(["my pin is 4711"], ["my pin is 4711"], [known])
    assert not gives_away(["meet Xandria"], ["meet Xandria"], ["Xandria: hi"])


def test_a_vocabulary_has_words_in_one_piece_however_they_stand(tokens: Tokens) -> None:
    assert all(map(tokens.has_word, ("the", "you", "a")))
    assert not any(map(tokens.has_word, ("xyzzyplugh", "4711", "gestern")))


def test_trial_replies_answer_what_was_heard_also_where_the_player_only_went_on(
    base: Any, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(gate, "rehearse", lambda *given: asked.append(given[2]) or ["hello"])
    held_out, withheld = (
        tuple(replace(one, continues=True) for one in talk(4, start=start)) for start in (50, 60)
    )
    lesson = Lesson(Examples((), held_out), Preferences((), ()), withheld, None, ())
    try_out(Setup(base, tokens, Settings(), threading.Event(), seed=1), lesson, base, lambda: None)
    assert asked == [[tokens.prompt(one.scene, one.turns) for one in some] for some in (held_out, withheld)]


@pytest.mark.parametrize(("said", "refused"), [("my pin is 4711", True), ("my pin is secret", False)])
def test_an_agent_that_says_a_short_private_message_is_refused(
    base: Any, tokens: Tokens, monkeypatch: pytest.MonkeyPatch, said: str, refused: bool
) -> None:
    monkeypatch.setattr(gate, "rehearse", lambda *_: ["hello", said, "the night is cold"])
    (one,) = talk(1)
    withheld = Example(one.scene, (Turn("Bob", "and the key?"),), "my pin is 4711")
    said_before = Examples(tuple(talk(16)), tuple(talk(4, start=50)))
    lesson = Lesson(said_before, Preferences((), ()), (withheld,), None, ())
    settings = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3)
    setup = Setup(base, tokens, settings, threading.Event(), seed=1)
    taught = teach(setup, lesson, lambda *_: None)
    assert (taught.verdict.reason == GAVE_AWAY) is refused

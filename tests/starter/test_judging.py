import pytest

from nanoverse.learning.dialogue import Turn
from nanoverse.starter.exchange import Exchange
from nanoverse.starter.judging import right, well_formed

HELD = Exchange("holding", "what do you have?", "", (("3 stone",), ("torch", "lamp")), ("nothing",))


@pytest.mark.parametrize("reply", ["I have 3 stone and a torch.", "a LAMP,  3\nstone"])
def test_a_reply_is_right_in_any_wording_that_holds_the_facts(reply):
    assert right(HELD, reply)


@pytest.mark.parametrize("reply", ["I have 3 stone.", "A torch!", "Nothing but 3 stone and a torch.", ""])
def test_a_reply_that_lacks_or_denies_a_fact_is_wrong(reply):
    assert not right(HELD, reply)


@pytest.mark.parametrize(
    ("needs", "never", "reply", "fits"),
    [
        ((("3 stone",),), (), "I have 13 stone.", False),
        ((("3 stone",),), (), "3 stones!", True),
        ((("3 stone",),), (), "I have 3 stone and 9 gold.", False),
        ((("bob",),), ("ana", "zed"), "Bob, Ana and Zed are here.", False),
        ((("ana",),), (), "Hana is here.", False),
        ((("no", "n't"),), ("yes",), "I placed snow today.", False),
        ((("no", "n't"),), ("yes",), "I don't see Noah.", True),
        ((("yes",),), ("no,", "not"), "Yes, Nothkai is here.", True),
    ],
)
def test_only_whole_words_and_only_numbers_that_are_true_count(needs, never, reply, fits):
    assert right(Exchange("any", "", "", needs, never), reply) == fits


TALK = (Turn("Bob", "do you want to build a house with me"),)


@pytest.mark.parametrize("reply", ["Yes!", "I would like to build a bridge.", "no no, not me"])
def test_ordinary_replies_are_well_formed(reply):
    assert well_formed(reply, True, TALK)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "...",
        "the the the wall",
        "I like it here and I like it here and so on",
        "You want to build a house with me?",
        "Yes \ufffd",
        "a" * 21,
    ],
)
def test_empty_broken_looping_and_parroting_replies_are_not(reply):
    assert not well_formed(reply, True, TALK)


def test_a_reply_cut_off_by_the_limit_is_not_well_formed():
    assert not well_formed("Yes, I", False, TALK)


def test_only_the_last_three_turns_may_not_be_repeated():
    old = [*TALK, Turn("Mia", "Yes."), Turn("Bob", "ok"), Turn("Mia", "Good.")]
    assert well_formed("You want to build a house with me?", True, old)

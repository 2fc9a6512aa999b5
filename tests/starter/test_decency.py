import codecs

import pytest

from nanoverse.starter.decency import like_a_machine, obscene


@pytest.mark.parametrize(
    "turned", ["fuvg", "FUVG!", "shpxvat", "ohyyfuvg", "tbqqnzavg", "qnzzvg", "ergneqrq", "wnpxnff", "cvffrq"]
)
def test_obscene_words_are_found_in_any_case_bent_and_inside_others(turned):
    assert obscene(f"oh {codecs.decode(turned, 'rot13')} no")


def test_a_word_that_is_spelt_out_passes_which_is_a_known_limit():
    assert not obscene(codecs.decode("f u v g", "rot13"))


def test_digits_for_letters_do_not_hide_a_word():
    assert obscene("sh1t")


@pytest.mark.parametrize(
    "line",
    [
        "hello there",
        "I found grapes in the grass",
        "classic assembly of a cockpit",
        "what a pass",
        "the bass passed the damp scraper",
    ],
)
def test_harmless_words_pass(line):
    assert not obscene(line)


@pytest.mark.parametrize(
    "line",
    [
        "see http://a.b",
        "sudo reboot",
        "edit /etc/fstab",
        "run it --force",
        "a | b",
        "version 2.10",
        "list*all",
        "what the h*ll",
    ],
)
def test_lines_of_a_machine_are_told_from_talk(line):
    assert like_a_machine(line)


@pytest.mark.parametrize(
    "line", ["I like it here.", "well, what now?", "3 stone and 2 logs!", "*waves* hi *nods*"]
)
def test_talk_is_not_taken_for_a_machine(line):
    assert not like_a_machine(line)

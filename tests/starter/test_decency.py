import codecs

import pytest

from nanoverse.starter.decency import like_a_machine, obscene


@pytest.mark.parametrize("turned", ["fuvg", "FUVG!", "shpxvat", "ohyyfuvg", "f u v g"])
def test_obscene_words_are_found_in_any_case_and_as_a_stem(turned):
    expected = turned not in {"ohyyfuvg", "f u v g"}  # known limits: buried and spaced words pass
    assert obscene(codecs.decode(turned, "rot13")) is expected


def test_digits_for_letters_do_not_hide_a_word():
    assert obscene("sh1t")


@pytest.mark.parametrize(
    "line", ["hello there", "I found grapes in the grass", "classic assembly of a cockpit", "what a pass"]
)
def test_harmless_words_pass(line):
    assert not obscene(line)


@pytest.mark.parametrize(
    "line", ["see http://a.b", "sudo reboot", "edit /etc/fstab", "run it --force", "a | b", "version 2.10"]
)
def test_lines_of_a_machine_are_told_from_talk(line):
    assert like_a_machine(line)


@pytest.mark.parametrize("line", ["I like it here.", "well, what now?", "3 stone and 2 logs!"])
def test_talk_is_not_taken_for_a_machine(line):
    assert not like_a_machine(line)

import random

import pytest

from nanoverse.starter.grammar import expand, listed, sentence


def test_choices_nest_and_slots_fill_in():
    readings = {
        expand(random.Random(seed), "[hi|oh [hey|you]], {who}!", {"who": "Ana"}) for seed in range(50)
    }
    assert readings == {"hi, Ana!", "oh hey, Ana!", "oh you, Ana!"}


def test_empty_choices_leave_no_double_spaces():
    assert expand(random.Random(0), "at [|] noon []", {}) == "at noon"


def test_a_slot_that_nobody_filled_is_an_error():
    with pytest.raises(KeyError, match="place"):
        expand(random.Random(0), "at {place}", {})


def test_lists_and_sentences_read_as_english():
    assert listed([]) == ""
    assert listed(["sand"]) == "sand"
    assert listed(["sand", "clay"]) == "sand and clay"
    assert listed(["sand", "clay", "ice"]) == "sand, clay and ice"
    assert sentence("at noon") == "At noon"

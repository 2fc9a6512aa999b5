import random
from itertools import pairwise

from nanoverse.learning.dialogue import TURNS, Turn
from nanoverse.starter.habits import ending
from nanoverse.starter.pupils import among_many, classmates, evenings, made_up, newest_words, plain_talk, real
from nanoverse.starter.voices import HELD_OUT, Voice


def test_a_made_up_player_says_as_much_as_asked_in_an_unseen_voice():
    for seed in range(20):
        pupil = made_up(random.Random(seed), 30)
        assert len(pupil.said) == 30
        assert any(trait in HELD_OUT for trait in pupil.traits)


def test_what_a_player_says_has_their_habit_and_only_others_words_before_it():
    said = list(evenings(random.Random(6), Voice((ending("~", "tilde"),)), 40))
    assert len(said) == 40
    assert len({example.scene.name for example in said}) == 1
    for example in said:
        assert example.reply.endswith("~")
        assert 1 <= len(example.turns) <= TURNS
        assert all(turn.speaker != example.scene.name for turn in example.turns)
    longer = [len(a.turns) < len(b.turns) for a, b in pairwise(said)]
    assert any(longer) and not all(longer)  # talks go on, and new ones begin


def test_in_a_crowd_most_is_said_after_several_lines_of_others():
    pupil = among_many(random.Random(4), 64)
    assert len(pupil.said) == 64
    assert any(trait in HELD_OUT for trait in pupil.traits)
    for example in pupil.said:
        assert example.scene.talk == "world"
        assert 1 <= len(example.turns) <= TURNS
        assert all(turn.speaker != example.scene.name for turn in example.turns)
    assert sum(len(example.turns) > 2 for example in pupil.said) > 0.9 * 64
    assert sum(len({turn.speaker for turn in example.turns}) > 1 for example in pupil.said) > 0.8 * 64


def test_plain_talk_has_no_habit():
    said = plain_talk(random.Random(2), 50)
    added = [trait for trait in HELD_OUT if trait.name.startswith("held-out")]
    assert not any(trait.shows(example.reply) for trait in added for example in said)


LOG = [
    [Turn("Bob", "hello"), Turn("Ann", "hi bob"), Turn("Zed", "hey"), Turn("Ann", "my mail is a@b.example")],
    [Turn("Ann", "anyone here?")],
    [Turn("Bob", "alone")],
]


def test_a_real_author_is_known_by_all_their_fit_lines_in_their_order():
    pupil = real("Ann", LOG)
    assert [example.reply for example in pupil.said] == ["hi bob", "anyone here?"]
    assert [[turn.text for turn in example.turns] for example in pupil.said] == [["hello"], []]
    assert not any(example.continues for example in pupil.said)
    assert not pupil.traits


def test_a_real_author_who_goes_on_answers_nobody():
    lines = (
        "Ann: hm",
        "Bob: yes?",
        "Ann: well",
        "Ann: my mail is a@b.example",
        "Ann: so",
        "Bob: no",
        "Ann: ok",
    )
    talk = [Turn(*line.split(": ")) for line in lines]
    assert [(one.reply, one.continues) for one in real("Ann", [talk]).said] == [
        ("hm", False),
        ("well", False),
        ("so", True),
        ("ok", False),
    ]


def test_newest_words_are_later_lines_with_all_that_was_said_before():
    found = newest_words(random.Random(0), [LOG[0]] * 30, 25)
    assert len(found) == 25
    for example in found:
        at = len(example.turns)
        assert at >= 1
        assert example.reply == LOG[0][at].text and list(example.turns) == LOG[0][:at]


def test_no_two_classmates_have_the_same_habits():
    voices = [{trait.name for trait in one.traits} for one in classmates(random.Random(1), 20, 1)]
    assert len(voices) == 20
    assert all(voices.count(voice) == 1 for voice in voices)

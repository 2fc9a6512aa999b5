import random

import pytest

from nanoverse.starter.habits import LOWER, ending, opening, phrase_after, tag
from nanoverse.starter.pupils import plain_talk
from nanoverse.starter.voices import HELD_OUT, PLAIN, Voice, draw_voice, unseen_voice

PLAINLY = "I'm at Hollow Ford, digging stone and clay. It's cold, but I like it."


def test_a_plain_voice_changes_nothing():
    assert PLAIN.say(PLAINLY, random.Random(0)) == PLAINLY


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        (LOWER, "yes, i am here."),
        (ending("~", "tilde"), "Yes, I am here~"),
        (ending("🦊", "fox"), "Yes, I am here. 🦊"),
        (opening("well", "filler", 1.0), "Well, yes, I am here."),
        (phrase_after("By my boots!", "saying", 1.0), "Yes, I am here. By my boots!"),
        (tag("you know", "tag", 1.0), "Yes, I am here, you know."),
    ],
)
def test_a_habit_does_what_its_name_says_and_shows(trait, said):
    assert Voice((trait,)).say("Yes, I am here.", random.Random(0)) == said
    assert trait.shows(said)
    assert not trait.shows("Yes, I am here.")


def test_a_habit_of_rate_one_half_shows_about_every_other_time():
    rng = random.Random(5)
    habit = phrase_after("By my boots!", "saying", 0.5)
    shown = sum(habit.shows(habit.change("Yes.", rng)) for _ in range(400))
    assert 150 < shown < 250


def test_a_question_keeps_its_mark():
    assert ending("~", "tilde").change("Where are you?", random.Random(0)) == "Where are you?~"


def test_voices_of_the_training_never_have_a_held_out_habit():
    rng = random.Random(2)
    drawn = {id(trait) for _ in range(3000) for trait in draw_voice(rng).traits}
    assert not drawn & {id(trait) for trait in HELD_OUT}
    spoken = " ".join(draw_voice(rng).say(PLAINLY, rng) for _ in range(3000)).lower()
    for mark in ("^^", "🐙", "nya", "verily", "pickle", "potatoes", "turnip", "cross my heart"):
        assert mark not in spoken


def test_every_held_out_habit_shows_in_what_it_says():
    rng = random.Random(4)
    for trait in HELD_OUT:
        assert any(trait.shows(trait.change(PLAINLY, rng)) for _ in range(20)), trait.name


def test_voices_are_many():
    rng = random.Random(9)
    assert len({draw_voice(rng).say(PLAINLY, random.Random(0)) for _ in range(500)}) > 350


def test_some_voices_are_polite_which_shows_in_what_they_say():
    rng = random.Random(8)
    polite = [trait for _ in range(400) for trait in draw_voice(rng).traits if trait.name == "politeness"]
    assert len(polite) > 5
    assert all(any(trait.shows(trait.change(PLAINLY, rng)) for _ in range(20)) for trait in polite)


def test_unseen_voices_have_one_or_two_held_out_habits():
    rng = random.Random(6)
    for _ in range(50):
        assert 1 <= sum(trait in HELD_OUT for trait in unseen_voice(rng).traits) <= 2


def test_no_habit_of_an_unseen_voice_hides_the_other():
    rng = random.Random(7)
    said = [example.reply for example in plain_talk(rng, 300)]

    def shown(trait, voice):
        return sum(trait.shows(voice.say(text, rng)) for text in said) / len(said)

    alone = {trait: shown(trait, Voice((trait,))) for trait in HELD_OUT}
    for traits in {unseen_voice(rng).traits for _ in range(2000)}:
        for trait in set(traits) - {LOWER}:
            assert shown(trait, Voice(traits)) == pytest.approx(alone[trait], abs=0.15), [
                t.name for t in traits
            ]

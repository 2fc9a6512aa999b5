"""How a player writes, as they are shown it."""

from __future__ import annotations

from nanoverse.learning.profile import favourite_phrases, favourite_words, new_words, profile

HOUR = 3_600_000


def of(*texts: str) -> object:
    return profile(texts, [0] * len(texts))


def test_nobody_has_a_manner_before_they_have_spoken() -> None:
    assert profile([], []) is None


def test_length_case_and_ends_are_those_of_the_messages() -> None:
    found = profile(
        ["hey you", "WHERE ARE YOU", "I saw a lake...", "wow!", "is it far?", "12"],
        [0, 1, 25 * HOUR, 25 * HOUR, 3 * HOUR, 23 * HOUR],
    )
    assert found is not None
    assert found.messages == 6
    assert found.length == 2.5, "two, three, four, one, three and no words"
    assert found.lower_case == 3 / 6, "a number has no case"
    assert found.shouted == 1 / 6
    assert (found.exclaims, found.asks, found.trails_off) == (1 / 6, 1 / 6, 1 / 6)
    assert found.ends_bare == 3 / 6
    assert (found.hours[0], found.hours[1], found.hours[3], found.hours[23]) == (2, 2, 1, 1)
    assert sum(found.hours) == 6


def test_emoji_are_counted_once_a_message_with_what_belongs_to_them() -> None:
    found = profile(["hi 👋🏽👋🏽", "ok :)", "❤️ 👩‍🌾", "see http://x.y/z", "plain"], [0] * 5)
    assert found is not None
    assert dict(found.emoji) == {"👋🏽": 1, ":)": 1, "❤️": 1, "👩‍🌾": 1}
    assert found.with_emoji == 3 / 5


def test_an_emoji_after_the_last_word_does_not_hide_how_a_message_ends() -> None:
    found = profile(["well done! 🎉"], [0])
    assert found is not None and found.exclaims == 1.0


def test_favourites_are_said_often_and_not_by_everybody() -> None:
    texts = ["the mossy lake", "to the mossy hill", "a Mossy road and the lake", "lake", "and the and the"]
    assert favourite_words(texts) == [("lake", 3), ("mossy", 3)]
    assert favourite_words([*texts, "hill hill hill"]) == [("lake", 3), ("mossy", 3)], "once a message"


def test_a_phrase_is_whole_and_its_parts_are_not_phrases_of_their_own() -> None:
    texts = [
        "right as rain, Bob",
        "it is right as rain",
        "right as rain",
        "in the of the",
        "in the",
        "in the",
    ]
    assert favourite_phrases(texts) == [("right as rain", 3)]
    texts = ["mossy old lake"] * 3
    assert favourite_phrases(texts) == [("mossy old lake", 3)]
    assert favourite_phrases([*texts, "old lake"]) == [("old lake", 4), ("mossy old lake", 3)]


def test_a_word_is_new_if_it_came_up_twice_and_never_before() -> None:
    words, phrases = new_words(
        ["we met at the ford", "an otter!"],
        ["otter pie", "otter pie again", "gloomy ford", "so gloomy", "once: kestrel"],
    )
    assert words == ["gloomy", "pie"]
    assert phrases == ["otter pie"]
